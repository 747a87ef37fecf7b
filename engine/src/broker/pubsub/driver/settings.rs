//! How a producer publishes: the settings of its client library.

use crate::broker::topology::Topology;
use crate::message::Message;

use super::declare::{place, whole};
use super::seconds_of;

/// What becomes the ordering key of a message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum OrderingKey {
    Empty,
    Key,
    One,
}

const ORDERING_KEYS: &[(&str, OrderingKey)] =
    &[("none", OrderingKey::Empty), ("key", OrderingKey::Key), ("one", OrderingKey::One)];

/// What is done with a message for which flow control has no room.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Exceeded {
    Ignore,
    Block,
    Error,
}

const EXCEEDED: &[(&str, Exceeded)] =
    &[("ignore", Exceeded::Ignore), ("block", Exceeded::Block), ("error", Exceeded::Error)];

/// How a producer publishes.
#[derive(Clone, Copy, PartialEq, Hash, Debug)]
pub(super) struct Settings {
    pub(super) to: u16,
    pub(super) max_messages: u32,
    pub(super) max_bytes: u64,
    /// In nanoseconds.
    pub(super) max_latency: u64,
    ordering_key: OrderingKey,
    pub(super) message_limit: u32,
    pub(super) byte_limit: u64,
    pub(super) exceeded: Exceeded,
    /// When the application resumes a key, in nanoseconds after a failure; never if not said.
    pub(super) resumes_after: Option<u64>,
}

impl Settings {
    pub(super) fn new(place_of_sender: u16, topology: &Topology) -> Settings {
        let sheet = topology.senders.get(usize::from(place_of_sender)).map(|sender| &sender.settings);
        let number = |name, usual| sheet.and_then(|sheet| whole(sheet.get(name))).unwrap_or(usual);
        let seconds = |name| sheet.and_then(|sheet| sheet.number(name)).map(seconds_of);
        let sender = topology.senders.get(usize::from(place_of_sender));
        Settings {
            to: sender.and_then(|sender| place(topology, &sender.to)).unwrap_or(u16::MAX),
            max_messages: number("max_messages", 100),
            max_bytes: number("max_bytes", 1_000_000).into(),
            max_latency: seconds("max_latency").unwrap_or(10_000_000),
            ordering_key: sheet
                .map_or(OrderingKey::Empty, |sheet| sheet.choice("ordering_key", ORDERING_KEYS)),
            message_limit: number("message_limit", 1000),
            byte_limit: number("byte_limit", 10_000_000).into(),
            exceeded: sheet
                .map_or(Exceeded::Ignore, |sheet| sheet.choice("limit_exceeded_behavior", EXCEEDED)),
            resumes_after: seconds("resume_publish"),
        }
    }

    /// The ordering key of a message; 0 is the empty one.
    pub(super) fn key(&self, message: &Message) -> u16 {
        match self.ordering_key {
            OrderingKey::Empty => 0,
            OrderingKey::Key => message.key,
            OrderingKey::One => 1,
        }
    }
}
