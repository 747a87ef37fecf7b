//! A message as AMQP has it: where it was published to, its properties and its headers.
//!
//! These are shared by all copies of a message, and by all messages that a producer sends with the same ones; what a
//! queue writes down for its own copy is in `queue.rs`.

use std::sync::Arc;

use crate::time::Time;

/// A name, a key or another short text.
pub type Name = Arc<str>;

/// A value in a table of arguments or headers. Values of different types are never equal.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Field {
    /// A whole number, of whatever width.
    Number(i64),
    /// A text.
    Text(Name),
    /// Yes or no.
    Bool(bool),
    /// No value; in a headers binding: the header has to be there.
    Void,
}

/// Arguments or headers. A table never changes, so all that have it share it.
pub type Table = Arc<[(Name, Field)]>;

/// The value under a name in a table.
#[inline(never)]
pub fn field<'a>(table: &'a Table, name: &str) -> Option<&'a Field> {
    table.iter().find(|(own, _)| **own == *name).map(|(_, value)| value)
}

/// What a publish says about where a message goes, and the message's properties.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Envelope {
    /// The exchange it was published to; empty for the default exchange.
    pub exchange: Name,
    /// Its routing key.
    pub key: Name,
    /// All else.
    pub properties: Properties,
}

/// The properties of a message, as far as a server acts upon them.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Properties {
    /// Whether `delivery_mode` is 2.
    pub persistent: bool,
    /// How long it may wait, in milliseconds, as the text that it is.
    pub expiration: Option<Name>,
    /// Its priority.
    pub priority: Option<u8>,
    /// The headers, without those below.
    pub headers: Table,
    /// Further routing keys, in the header CC.
    pub cc: Vec<Name>,
    /// Further routing keys, in the header BCC, which no consumer sees.
    pub bcc: Vec<Name>,
    /// Where it was dead-lettered: the header x-death. Written by the server alone.
    pub deaths: Deaths,
}

/// What the server writes down about the deaths of a message.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Deaths {
    /// The header x-death: one entry a queue and reason, the newest first.
    pub entries: Vec<Death>,
    /// The headers x-first-death-queue, -reason, -exchange: written once.
    pub first: Option<Place>,
    /// The headers x-last-death-queue, -reason, -exchange: written anew each time, since 4.0.
    pub last: Option<Place>,
}

/// Where and why a message was dead-lettered.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    /// The queue it was in.
    pub queue: Name,
    /// Why it left.
    pub reason: Reason,
    /// The exchange through which it had come.
    pub exchange: Name,
}

/// An entry of x-death.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Death {
    /// The queue it was in.
    pub queue: Name,
    /// Why it left.
    pub reason: Reason,
    /// How often it left that queue for that reason.
    pub count: u32,
    /// The exchange through which it had come.
    pub exchange: Name,
    /// The routing keys with which it had come, CC included, BCC not.
    pub keys: Vec<Name>,
    /// When that was first so.
    pub time: Time,
    /// The expiration that it had, which it loses.
    pub expiration: Option<Name>,
}

/// Why a message is dead-lettered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reason {
    /// A consumer refused it for good.
    Rejected,
    /// Its time to live was over.
    Expired,
    /// The queue was full.
    MaxLen,
    /// It had come back too often.
    DeliveryLimit,
}

impl Reason {
    /// As it stands in headers.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Rejected => "rejected",
            Reason::Expired => "expired",
            Reason::MaxLen => "maxlen",
            Reason::DeliveryLimit => "delivery_limit",
        }
    }
}

impl Envelope {
    /// Whether one of the keys by which it is routed is such: its own, those in CC, those in BCC.
    pub(super) fn has_key(&self, mut is_such: impl FnMut(&str) -> bool) -> bool {
        let Properties { cc, bcc, .. } = &self.properties;
        is_such(&self.key) || [cc, bcc].into_iter().flatten().any(|key| is_such(key))
    }

    /// The priority in a queue that knows `0..=max`.
    pub(super) fn priority(&self, max: u8) -> u8 {
        self.properties.priority.unwrap_or(0).min(max)
    }
}
