//! The key by which `Key_Shared` shares messages out, and its hash.

use std::fmt::Write;

use crate::mechanism::murmur3::murmur3;

use super::ledger::Slot;
use super::name::{Name, Names};
use super::version::Version;

/// The hash of a key as Pulsar takes it: Murmur3 with the seed 0, without its sign.
pub fn key_hash(key: &[u8]) -> u32 {
    murmur3(key, 0) & 0x7fff_ffff
}

/// The hash that a Java producer takes by default: `String.hashCode`, without its sign.
pub fn java_string_hash(key: &str) -> u32 {
    crate::mechanism::java_hash::java_hash(key) as u32 & 0x7fff_ffff
}

/// The partition, of so many, that a hash chooses.
pub fn partition_of(hash: u32, partitions: u16) -> u16 {
    (hash % u32::from(partitions.max(1))) as u16
}

/// Before 4.0, the key of what has none.
const NONE_KEY: &str = "NONE_KEY";

/// A text on the stack. What is beyond its room is cut off.
pub(super) struct Text {
    bytes: [u8; 120],
    len: usize,
}

impl Text {
    pub(super) fn new() -> Text {
        Text { bytes: [0; 120], len: 0 }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// A whole number, in decimal digits.
    pub(super) fn number(&mut self, number: u64) {
        let (mut digits, mut first, mut rest) = ([0_u8; 20], 20, number);
        loop {
            first -= 1;
            digits[first] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        let _ = self.write_str(std::str::from_utf8(&digits[first..]).unwrap_or_default());
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = text.len().min(self.bytes.len() - self.len);
        self.bytes[self.len..self.len + room].copy_from_slice(&text.as_bytes()[..room]);
        self.len += room;
        Ok(())
    }
}

/// Keys by their numbers: those that were told have the text that was told, others are `key-N`.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Keys(pub(super) Names);

impl Keys {
    /// Puts the text of a key behind what stands there.
    pub(super) fn write(&self, key: u16, text: &mut Text) {
        match self.0.known(Name(key - 1)) {
            Some(known) => {
                let _ = text.write_str(known);
            }
            None => {
                let _ = text.write_str("key-");
                text.number(key.into());
            }
        }
    }

    /// The hash by which a message is shared out: of its ordering key, else of its key.
    pub(super) fn sticky_hash(&self, slot: &Slot, producers: &Names, version: Version) -> u32 {
        let ordering = slot.extra.as_ref().map_or(0, |extra| extra.ordering_key);
        let key = if ordering == 0 { slot.message.key } else { ordering };
        let mut text = Text::new();
        if key != 0 {
            self.write(key, &mut text);
        } else if version.spreads_keyless() {
            let _ = text.write_str(producers.text(slot.producer));
            let _ = text.write_str("-");
            text.number(slot.sequence);
        } else {
            let _ = text.write_str(NONE_KEY);
        }
        key_hash(text.as_bytes())
    }
}
