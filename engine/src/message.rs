//! A message, and a message as it stands in a store.

use crate::id::{MessageId, ProducerId, StoreId};
use crate::time::Time;

/// What a producer sent. What else belongs to a message (the work it takes, whether an attempt
/// at it fails) is drawn from the seed and its number when it is needed, and so is never stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Message {
    /// Its number.
    pub id: MessageId,
    /// Who sent it.
    pub producer: ProducerId,
    /// When it was sent.
    pub sent: Time,
    /// What it is about: messages of one key belong together. 0 where its producer gives no keys.
    pub key: u16,
    /// The size of its body in bytes.
    pub size: u32,
}

/// A message that waits in a store or is held by a worker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Entry {
    /// The message.
    pub message: Message,
    /// When it entered the store, or re-entered it after a failure.
    pub entered: Time,
    /// Which delivery the next one is (waiting) or the present one was (held), from 1.
    pub attempt: u16,
    /// The store.
    pub store: StoreId,
}
