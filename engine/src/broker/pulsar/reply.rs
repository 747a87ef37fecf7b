//! What the broker answers, and what it tells unasked.

use crate::id::StoreId;
use crate::message::Message;
use crate::time::Time;

use super::consumer::ConsumerId;
use super::name::Name;

/// An answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reply {
    /// It is done.
    Ok,
    /// A message is stored, under this id.
    Receipt {
        /// The ledger.
        ledger: u64,
        /// The entry in it.
        entry: u64,
    },
    /// A message was stored before; nobody knows under which id.
    Duplicate,
    /// So many messages are acknowledged that were not before.
    Acked(u32),
    /// The consumer is there, by this number.
    Subscribed(ConsumerId),
    /// It is not done.
    Error(Error),
}

/// Why something is not done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Error {
    /// Another consumer is connected, or a range of hashes is taken.
    ConsumerBusy(&'static str),
    /// The subscription is of another type.
    SubscriptionType,
    /// The subscription has consumers.
    SubscriptionBusy,
    /// There is no such topic.
    TopicNotFound,
    /// There is no such subscription.
    SubscriptionNotFound,
    /// There is no such consumer.
    ConsumerNotFound,
    /// The producer is not connected.
    ProducerNotConnected,
    /// The backlog is too large: the producer is to wait.
    ProducerBlockedQuotaExceededError,
    /// The backlog is too large: the producer is to fail.
    ProducerBlockedQuotaExceededException,
    /// The message is too large.
    MessageTooLarge,
    /// That cannot be done here.
    NotAllowed(&'static str),
}

/// What clients are told unasked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Push {
    /// A message.
    Message(Delivery),
    /// Whether a consumer of a `Failover` subscription is the active one.
    Active(ConsumerId, bool),
    /// A consumer is disconnected: it is to subscribe anew.
    ConsumerClosed(ConsumerId),
    /// A producer is disconnected from a topic: it is to connect anew.
    ProducerClosed(Name),
}

/// A message on its way to a consumer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Delivery {
    /// Who gets it.
    pub consumer: ConsumerId,
    /// What was sent before the consumer asked for everything anew is void.
    pub epoch: u32,
    /// The store that it is of.
    pub store: StoreId,
    /// The message.
    pub message: Message,
    /// The place of its entry in the topic.
    pub entry: u64,
    /// Its place in the batch.
    pub index: u16,
    /// How many messages the batch has; 0 if it is none.
    pub batch: u16,
    /// How often it was delivered before, as far as the broker remembers.
    pub redeliveries: u32,
    /// `RECONSUMETIMES`: how often it went to the retry letter topic.
    pub reconsumed: u16,
    /// When it was stored.
    pub stored: Time,
}
