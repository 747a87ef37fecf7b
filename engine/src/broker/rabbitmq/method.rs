//! What goes over the wire: the methods of AMQP 0-9-1, what they are answered, and what the server says unasked.
//!
//! Names, flags and codes are those of the protocol. Methods that it answers with nothing (publish without confirms,
//! ack, nack, reject) get no reply here either.
//!
//! What travels for each message is small; all else is behind a pointer, which a clone of a request shares.

use std::sync::Arc;

use super::message::{Envelope, Name, Table};
use crate::id::StoreId;
use crate::message::Message;
use crate::time::Time;

/// The name of a consumer on its channel, which its client chooses: `consumer-tag`, a text, for which a number stands.
pub type ConsumerTag = u16;

/// What a client asks.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Request {
    /// A method on the channel of this number.
    Channel(u16, Method),
    /// `connection.close`.
    CloseConnection,
    /// What the one who operates the server does by other ways than AMQP.
    Operator(Arc<Operation>),
}

impl Request {
    /// The message that it carries to the server, if it carries one.
    pub fn message(&self) -> Option<&Message> {
        match self {
            Request::Channel(_, Method::Publish { message, .. }) => Some(message),
            Request::Channel(..) | Request::CloseConnection | Request::Operator(_) => None,
        }
    }
}

/// What the one who operates the server can do.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Operation {
    /// Sets the policy of this name.
    SetPolicy {
        /// Its name.
        name: Name,
        /// The policy.
        policy: Policy,
    },
    /// Takes the policy of this name away.
    ClearPolicy(Name),
    /// The memory high watermark is reached, or no longer is.
    MemoryAlarm(bool),
    /// Changes settings of the node.
    Configure(super::settings::NodeSettings),
}

/// Settings for all queues, or all exchanges, whose names fit.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Policy {
    /// Whether it is for queues; else it is for exchanges.
    pub queues: bool,
    /// The name it is for, or the beginning of the names and `*`.
    pub pattern: Name,
    /// The settings, without `x-`.
    pub definition: Table,
}

/// The type of an exchange: how it decides where a message goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ExchangeType {
    /// Where the key is equal.
    Direct,
    /// Everywhere.
    Fanout,
    /// Where the key fits the pattern.
    Topic,
    /// Where the headers fit.
    Headers,
}

/// The types by name.
pub const EXCHANGE_TYPES: &[(&str, ExchangeType)] = &[
    ("direct", ExchangeType::Direct),
    ("fanout", ExchangeType::Fanout),
    ("topic", ExchangeType::Topic),
    ("headers", ExchangeType::Headers),
];

/// `exchange.declare`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ExchangeDeclare {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub kind: ExchangeType,
    /// Whether it outlives a restart.
    pub durable: bool,
    /// Whether it is deleted when its last binding goes.
    pub auto_delete: bool,
    /// Whether only exchanges can publish to it.
    pub internal: bool,
    /// Whether to ask only if it is there.
    pub passive: bool,
    /// `alternate-exchange` and the like.
    pub arguments: Table,
}

/// `queue.declare`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct QueueDeclare {
    /// Its name.
    pub name: Name,
    /// Whether it outlives a restart.
    pub durable: bool,
    /// Whether it belongs to this connection alone and goes with it.
    pub exclusive: bool,
    /// Whether it is deleted when its last consumer goes.
    pub auto_delete: bool,
    /// Whether to ask only if it is there.
    pub passive: bool,
    /// The x-arguments.
    pub arguments: Table,
}

/// A binding, as it is made and unmade.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Bind {
    /// The queue or exchange that gets the messages.
    pub destination: Name,
    /// The exchange from which they come.
    pub source: Name,
    /// The routing key or pattern.
    pub key: Name,
    /// For headers exchanges.
    pub arguments: Table,
}

/// A method of AMQP 0-9-1.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Method {
    /// `basic.publish`.
    Publish {
        /// The message.
        message: Message,
        /// Where to, and its properties.
        envelope: Arc<Envelope>,
        /// Whether it is to be returned if no queue gets it.
        mandatory: bool,
    },
    /// `basic.ack`.
    Ack {
        /// The delivery tag.
        tag: u64,
        /// Whether all before it are meant too.
        multiple: bool,
    },
    /// `basic.nack`.
    Nack {
        /// The delivery tag.
        tag: u64,
        /// Whether all before it are meant too.
        multiple: bool,
        /// Whether it goes back to its queue.
        requeue: bool,
    },
    /// `basic.reject`.
    Reject {
        /// The delivery tag.
        tag: u64,
        /// Whether it goes back to its queue.
        requeue: bool,
    },
    /// One that is answered.
    Call(Arc<Call>),
}

impl From<Call> for Method {
    fn from(call: Call) -> Method {
        Method::Call(Arc::new(call))
    }
}

/// A synchronous method of AMQP 0-9-1: its client waits for the answer.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Call {
    /// `channel.open`.
    Open,
    /// `channel.close`.
    Close,
    /// `exchange.declare`.
    ExchangeDeclare(ExchangeDeclare),
    /// `exchange.delete`.
    ExchangeDelete {
        /// Its name.
        name: Name,
        /// Only if nothing is bound to it.
        if_unused: bool,
    },
    /// `exchange.bind`.
    ExchangeBind(Bind),
    /// `exchange.unbind`.
    ExchangeUnbind(Bind),
    /// `queue.declare`.
    QueueDeclare(QueueDeclare),
    /// `queue.delete`.
    QueueDelete {
        /// Its name.
        name: Name,
        /// Only if it has no consumers.
        if_unused: bool,
        /// Only if nothing is ready in it.
        if_empty: bool,
    },
    /// `queue.purge`.
    QueuePurge {
        /// Its name.
        name: Name,
    },
    /// `queue.bind`.
    QueueBind(Bind),
    /// `queue.unbind`.
    QueueUnbind(Bind),
    /// `confirm.select`.
    ConfirmSelect,
    /// `basic.qos`.
    Qos {
        /// How many deliveries may be unacknowledged; 0 is no limit.
        prefetch_count: u16,
        /// Whether that is for the channel; else it is for each consumer that subscribes from now on.
        global: bool,
    },
    /// `basic.consume`.
    Consume {
        /// The queue.
        queue: Name,
        /// The name of the consumer on its channel.
        tag: ConsumerTag,
        /// Whether a delivery counts as acknowledged when it is sent.
        no_ack: bool,
        /// Whether it wants to be the only one.
        exclusive: bool,
        /// `x-priority`, `x-consumer-timeout`.
        arguments: Table,
    },
    /// `basic.cancel`.
    Cancel {
        /// The name of the consumer.
        tag: ConsumerTag,
    },
    /// `basic.get`.
    Get {
        /// The queue.
        queue: Name,
        /// Whether the delivery counts as acknowledged when it is sent.
        no_ack: bool,
    },
    /// `basic.recover` with requeue: all that this channel holds goes back.
    Recover,
}

/// Why the server closes a channel or a connection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Code {
    /// 403
    AccessRefused = 403,
    /// 404
    NotFound = 404,
    /// 405
    ResourceLocked = 405,
    /// 406
    PreconditionFailed = 406,
    /// 504
    ChannelError = 504,
    /// 506
    ResourceError = 506,
    /// 530
    NotAllowed = 530,
    /// 540
    NotImplemented = 540,
    /// 541
    InternalError = 541,
}

impl Code {
    /// Whether it closes the whole connection, and not its channel alone.
    pub fn is_hard(self) -> bool {
        Code::ChannelError as u16 <= self as u16
    }
}

/// What a request is answered.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Reply {
    /// It is done: declare-ok, bind-ok, consume-ok and the like.
    Done,
    /// `queue.declare-ok`.
    Declared {
        /// How many messages are ready.
        ready: u64,
        /// How many consumers there are.
        consumers: u32,
    },
    /// `queue.purge-ok`, with how many there were.
    Purged(u64),
    /// `queue.delete-ok`, with how many were ready.
    Deleted(u64),
    /// `basic.get-ok`.
    Got(Delivery),
    /// `basic.get-empty`.
    Empty,
    /// The confirm of a publish: `basic.ack`.
    Confirmed,
    /// The other confirm of a publish: `basic.nack`.
    Nacked,
    /// The channel is closed, or the connection: [`Code::is_hard`].
    Failed(Code),
}

/// What the server says unasked.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Push {
    /// `basic.deliver`.
    Deliver(Delivery),
    /// `basic.return`: no queue wanted a mandatory message (312).
    Return {
        /// The channel it was published on.
        channel: u16,
        /// The message.
        message: Message,
    },
    /// `channel.close`.
    ChannelClosed {
        /// Which.
        channel: u16,
        /// Why.
        code: Code,
    },
    /// `connection.close`.
    ConnectionClosed(Code),
    /// `basic.cancel`: a consumer is no longer one.
    ConsumerCancelled {
        /// Its channel.
        channel: u16,
        /// Its name.
        tag: ConsumerTag,
    },
    /// `connection.blocked`.
    Blocked,
    /// `connection.unblocked`.
    Unblocked,
}

/// A message on its way to a client.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Delivery {
    /// The channel.
    pub channel: u16,
    /// The consumer; none in the answer to a get.
    pub consumer: Option<ConsumerTag>,
    /// The number by which it is acknowledged.
    pub tag: u64,
    /// Whether it was delivered before, as far as the queue knows.
    pub redelivered: bool,
    /// The message.
    pub message: Message,
    /// How it was published.
    pub envelope: Arc<Envelope>,
    /// The header x-delivery-count of quorum queues: failed deliveries so far.
    pub delivery_count: Option<u16>,
    /// The header x-acquired-count of quorum queues since 4.3: deliveries so far.
    pub acquired_count: Option<u16>,
    /// Since when it was ready.
    pub entered: Time,
    /// The queue it is from.
    pub store: StoreId,
}
