//! A message as the service keeps it.

use crate::message::Message;
use crate::time::Time;

use super::api::{DeadLetterSource, PubsubMessage};

/// A message of a topic.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Published {
    pub(super) message: Message,
    /// `publishTime`.
    pub(super) at: Time,
    /// The how-manieth of its topic it is, from 1: its `messageId`. Later ones were not published earlier.
    pub(super) number: u64,
    pub(super) source: Option<DeadLetterSource>,
    pub(super) ordering_key: u16,
}

impl Published {
    pub(super) fn new(
        own: &PubsubMessage,
        source: Option<DeadLetterSource>,
        number: u64,
        at: Time,
    ) -> Published {
        Published { message: own.message, at, number, source, ordering_key: own.ordering_key }
    }

    /// The same, to be published anew.
    pub(super) fn again(&self) -> PubsubMessage {
        PubsubMessage { message: self.message, ordering_key: self.ordering_key }
    }
}

/// A message that a subscription has not got rid of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Entry {
    pub(super) own: Published,
    /// Since when it is available, this time.
    pub(super) since: Time,
    /// How often it was delivered.
    pub(super) deliveries: u32,
    /// How often it came back: nacks and expired leases.
    pub(super) failures: u16,
    /// The same since there is a dead-letter policy that works.
    pub(super) attempts: u16,
}

impl Entry {
    #[inline]
    pub(super) fn new(own: &Published, since: Time) -> Entry {
        Entry { own: *own, since, deliveries: 0, failures: 0, attempts: 0 }
    }

    /// The order in which messages leave where nothing else decides: who is available first.
    #[inline]
    pub(super) fn rank(&self) -> (u64, u64) {
        (self.since.as_nanos(), self.own.number)
    }
}

/// The point so many seconds after another.
#[inline]
pub(super) fn after(time: Time, seconds: u32) -> Time {
    later(time, u64::from(seconds) * 1_000_000_000)
}

/// The point so many nanoseconds after another.
#[inline]
pub(super) fn later(time: Time, nanos: u64) -> Time {
    Time::from_nanos(time.as_nanos().saturating_add(nanos))
}

/// A count of deliveries as the journal counts attempts.
#[inline]
pub(super) fn attempt(deliveries: u32) -> u16 {
    u16::try_from(deliveries).unwrap_or(u16::MAX)
}
