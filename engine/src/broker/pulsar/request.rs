//! What clients ask the broker: the binary protocol, and the admin API.

use std::time::Duration;

use crate::message::Message;
use crate::time::Time;

use super::consumer::ConsumerId;
use super::name::Name;
use super::settings::{Policies, Settings};

/// A request.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Request {
    /// Tells a name.
    Name(Box<str>),
    /// Tells the text of the next key.
    Key(Box<str>),
    /// Makes a topic, or changes its policies.
    Topic(Box<TopicSpec>),
    /// Changes the broker's settings.
    Config(Box<Settings>),
    /// A client wants to send to a topic.
    Producer(Name),
    /// It wants to no more.
    CloseProducer(Name),
    /// It sends.
    Send(Send),
    /// A client wants to consume.
    Subscribe(Box<Subscribe>),
    /// It wants to no more.
    CloseConsumer(ConsumerId),
    /// A subscription is deleted: topic, subscription.
    Unsubscribe(Name, Name),
    /// A consumer can take so many messages more.
    Flow(ConsumerId, u32),
    /// A consumer is done with these.
    Ack(ConsumerId, Positions),
    /// A consumer is done with all up to and with this entry.
    AckThrough(ConsumerId, u64),
    /// A consumer wants these again, sometime, somewhere.
    Redeliver(ConsumerId, Vec<u64>),
    /// A consumer of an `Exclusive` or `Failover` subscription wants all again that it has not acknowledged. What was sent
    /// before it is void from now on, which it tells by the number.
    RedeliverAll(ConsumerId, u32),
    /// An operator acts on a subscription: topic, subscription.
    Operate(Name, Name, Operation),
    /// A topic moves to another broker.
    Unload(Name),
}

/// A topic that is to be there.
#[derive(Clone, Copy, PartialEq, Hash, Debug)]
pub struct TopicSpec {
    /// Its whole name.
    pub name: Name,
    /// Which partition of a partitioned topic it is.
    pub partition: Option<u16>,
    /// Whether its messages are stored.
    pub persistent: bool,
    /// Its policies.
    pub policies: Policies,
}

/// A message or a batch.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Send {
    /// To which topic.
    pub topic: Name,
    /// The name of the producer.
    pub producer: Name,
    /// Its number of the message, or of the last of the batch.
    pub sequence: u64,
    /// The message, or the first of the batch.
    pub message: Message,
    /// What else there is to it.
    pub more: Option<Box<More>>,
}

/// What most messages have not.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct More {
    /// All messages of a batch; none if it is none.
    pub batch: Vec<Message>,
    /// `deliverAt`: not before this.
    pub deliver_at: Time,
    /// The ordering key; 0 for none.
    pub ordering_key: u16,
    /// `RECONSUMETIMES`: how often it went to the retry letter topic.
    pub reconsumed: u16,
}

/// Where an entry is, and which message of it, if that is one of a batch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position {
    /// The place of the entry in the topic.
    pub entry: u64,
    /// The place of the message in a batch; none for the whole entry.
    pub index: Option<u16>,
}

/// One, or several.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Positions {
    /// One.
    One(Position),
    /// Several.
    Many(Vec<Position>),
}

impl Positions {
    /// All of them.
    pub fn all(&self) -> &[Position] {
        match self {
            Positions::One(one) => std::slice::from_ref(one),
            Positions::Many(many) => many,
        }
    }
}

/// The type of a subscription.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Type {
    /// One consumer.
    Exclusive,
    /// One active consumer, others stand by.
    Failover,
    /// All share.
    Shared,
    /// All share, by key.
    KeyShared,
}

/// Where a new subscription begins.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Initial {
    /// With what is sent from now on.
    Latest,
    /// With the oldest that is there.
    Earliest,
}

/// A consumer that wants to be one.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Subscribe {
    /// To which topic.
    pub topic: Name,
    /// Of which subscription, which is made if there is none.
    pub subscription: Name,
    /// What type that has to be of.
    pub kind: Type,
    /// Where it begins if it is new.
    pub initial: Initial,
    /// Whether there is a consumer at all; else only the subscription is made.
    pub consumes: bool,
    /// The name of the consumer.
    pub consumer: Name,
    /// Its priority; 0 is the best.
    pub priority: u16,
    /// `KeySharedPolicy.stickyHashRange`: the ranges of slots it wants; none for automatic ones.
    pub sticky: Vec<(u32, u32)>,
    /// `allowOutOfOrderDelivery`.
    pub out_of_order: bool,
}

/// What an operator does to a subscription.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Operation {
    /// Its position is moved to the first message that was published at this time or later.
    SeekTime(Time),
    /// Its position is moved to this entry.
    Seek(u64),
    /// So many of its oldest entries are skipped.
    Skip(u64),
    /// All of its backlog is.
    Clear,
    /// All that is older.
    Expire(Duration),
}
