//! Entries that were written a while ago. There are many of them, so they are packed where that can be: a message for each
//! entry, and nothing else to it.

use std::ops::Deref;
use std::sync::Arc;

use crate::id::{MessageId, ProducerId};
use crate::message::Message;
use crate::time::Time;

use super::ledger::Slot;
use super::name::Name;

/// Entries in a row.
#[derive(Clone, Debug)]
pub(super) enum Chunk {
    Plain(Arc<[Slot]>),
    Packed(Arc<Pack>),
}

/// An entry that was looked up.
#[derive(Debug)]
pub(super) enum Seen<'a> {
    There(&'a Slot),
    Unpacked(Slot),
}

impl Deref for Seen<'_> {
    type Target = Slot;

    #[inline]
    fn deref(&self) -> &Slot {
        match self {
            Seen::There(slot) => slot,
            Seen::Unpacked(slot) => slot,
        }
    }
}

/// Packed entries.
#[derive(Debug)]
pub(super) struct Pack {
    /// The least of all, from which others are counted.
    id: u64,
    sequence: u64,
    /// Of the first.
    bytes: u64,
    ordinal: u64,
    all: Box<[Packed]>,
}

/// An entry in so many bytes as it takes.
#[derive(Clone, Copy, Debug)]
struct Packed {
    sent: Time,
    id: u32,
    /// How long after that it was stored, in nanoseconds.
    lag: u32,
    /// The bytes up to and with it.
    end: u32,
    sequence: u32,
    by: ProducerId,
    key: u16,
    producer: Name,
}

impl Chunk {
    /// Packs entries, or keeps them as they are.
    pub(super) fn new(slots: &[Slot]) -> Chunk {
        match Pack::new(slots) {
            Some(pack) => Chunk::Packed(Arc::new(pack)),
            None => Chunk::Plain(slots.into()),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<Seen<'_>> {
        match self {
            Chunk::Plain(slots) => slots.get(index).map(Seen::There),
            Chunk::Packed(pack) => pack.get(index).map(Seen::Unpacked),
        }
    }
}

impl Pack {
    fn new(slots: &[Slot]) -> Option<Pack> {
        let first = slots.first()?;
        let id = slots.iter().map(|slot| slot.message.id.0).min()?;
        let sequence = slots.iter().map(|slot| slot.sequence).min()?;
        let (bytes, ordinal) = (first.bytes, first.ordinal);
        let pack = |slot: &Slot| {
            let Message { id: own, producer: by, sent, key, size } = slot.message;
            let end = slot.bytes - bytes + u64::from(size);
            Some(Packed {
                sent,
                id: u32::try_from(own.0 - id).ok()?,
                lag: u32::try_from(slot.stored.as_nanos().checked_sub(sent.as_nanos())?).ok()?,
                end: u32::try_from(end).ok()?,
                sequence: u32::try_from(slot.sequence - sequence).ok()?,
                by,
                key,
                producer: slot.producer,
            })
        };
        let mut all = Vec::with_capacity(slots.len());
        for slot in slots {
            if slot.extra.is_some() {
                return None;
            }
            all.push(pack(slot)?);
        }
        Some(Pack { id, sequence, bytes, ordinal, all: all.into() })
    }

    fn get(&self, index: usize) -> Option<Slot> {
        let own = self.all.get(index)?;
        let begin =
            index.checked_sub(1).and_then(|before| self.all.get(before)).map_or(0, |before| before.end);
        let message = Message {
            id: MessageId(self.id + u64::from(own.id)),
            producer: own.by,
            sent: own.sent,
            key: own.key,
            size: own.end - begin,
        };
        Some(Slot {
            message,
            extra: None,
            stored: Time::from_nanos(own.sent.as_nanos() + u64::from(own.lag)),
            producer: own.producer,
            sequence: self.sequence + u64::from(own.sequence),
            bytes: self.bytes + u64::from(begin),
            ordinal: self.ordinal + index as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::ledger::Extra;
    use super::*;

    proptest! {
        /// Whatever is put in comes out, packed or not.
        #[test]
        fn entries_come_out_as_they_went_in(
            entries in prop::collection::vec(
                (0..1_u64 << 33, 0..1_u64 << 40, 0..1_u64 << 33, 0..1_u32 << 24, 0..200_u8), 1..60),
            wide in any::<bool>(),
        ) {
            let (mut slots, mut bytes) = (Vec::new(), 1 << 40);
            for (ordinal, (id, sent, lag, size, rest)) in (77..).zip(entries) {
                let (id, lag) = if wide { (id, lag) } else { (id >> 4, lag >> 4) };
                let extra = Extra { messages: Vec::new(), deliver_at: Time::MAX, ordering_key: 1, reconsumed: 0 };
                let message = Message {
                    id: MessageId(id),
                    producer: ProducerId(rest.into()),
                    sent: Time::from_nanos(sent),
                    key: rest.into(),
                    size,
                };
                slots.push(Slot {
                    message,
                    extra: (rest == 0).then(|| Arc::new(extra)),
                    stored: Time::from_nanos(sent + lag),
                    producer: Name(rest.into()),
                    sequence: id ^ 5,
                    bytes,
                    ordinal,
                });
                bytes += u64::from(size);
            }
            let chunk = Chunk::new(&slots);
            for (index, slot) in slots.iter().enumerate() {
                let seen = chunk.get(index);
                prop_assert_eq!(seen.as_deref(), Some(slot));
            }
            prop_assert!(chunk.get(slots.len()).is_none());
            let usual = !wide && slots.iter().all(|slot| slot.extra.is_none()) && bytes - (1 << 40) < 1 << 32;
            prop_assert_eq!(usual, usual && matches!(chunk, Chunk::Packed(_)));
        }
    }
}
