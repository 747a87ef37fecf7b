//! The calls of the service and their answers, by the names of its API (`google.pubsub.v1`).
//!
//! Names of resources are numbers here: a client is told the number when it makes one. Times and spans are whole
//! nanoseconds of virtual time, or seconds where the API has whole seconds.

use std::sync::Arc;
use std::time::Duration;

use crate::id::StoreId;
use crate::message::Message;
use crate::time::Time;

use super::approximate::Approximations;

/// A topic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TopicName(pub u16);

/// A subscription.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SubscriptionName(pub StoreId);

/// A snapshot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SnapshotName(pub u16);

/// Names one delivery of a message, not the message. To a client it means nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AckId {
    pub(super) subscription: StoreId,
    pub(super) place: u32,
    pub(super) number: u64,
    pub(super) delivery: u32,
}

/// A message that is published.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PubsubMessage {
    /// The message; its key is its attribute `key`.
    pub message: Message,
    /// `orderingKey`; 0 is the empty one.
    pub ordering_key: u16,
}

/// What a dead letter tells in its attributes `CloudPubSubDeadLetterSource...`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DeadLetterSource {
    /// `...DeliveryCount`.
    pub delivery_count: u16,
    /// `...Subscription`.
    pub subscription: SubscriptionName,
    /// `...TopicPublishTime`.
    pub publish_time: Time,
}

/// A message that is delivered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ReceivedMessage {
    /// The message.
    pub message: Message,
    /// Names this delivery.
    pub ack_id: AckId,
    /// `messageId`, unique in its topic.
    pub message_id: u64,
    /// `publishTime`.
    pub publish_time: Time,
    /// `orderingKey`; 0 is the empty one.
    pub ordering_key: u16,
    /// `deliveryAttempt`; 0 without a dead-letter policy.
    pub delivery_attempt: u16,
    /// Since when it was available. No client is told that; pages and tables show it.
    pub available: Time,
    /// Where it comes from, if it is a dead letter.
    pub source: Option<DeadLetterSource>,
}

impl ReceivedMessage {
    /// The subscription that delivers it.
    pub fn subscription(&self) -> SubscriptionName {
        SubscriptionName(self.ack_id.subscription)
    }
}

/// How long to wait before a message that failed is delivered again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RetryPolicy {
    /// `minimumBackoff`, 0 to 600 s.
    pub minimum: Duration,
    /// `maximumBackoff`, 0 to 600 s.
    pub maximum: Duration,
}

/// What becomes of a message that fails again and again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DeadLetterPolicy {
    /// `deadLetterTopic`.
    pub topic: TopicName,
    /// `maxDeliveryAttempts`, 5 to 100; 0 means 5.
    pub attempts: u16,
    /// Whether the service account may publish to the topic and acknowledge on the subscription.
    pub permitted: bool,
}

/// A property of a subscription.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Field {
    /// `ackDeadlineSeconds`, 10 to 600.
    AckDeadlineSeconds(u32),
    /// `retryPolicy`.
    RetryPolicy(Option<RetryPolicy>),
    /// `deadLetterPolicy`.
    DeadLetterPolicy(Option<DeadLetterPolicy>),
    /// `messageRetentionDuration`, 600 to 2,678,400 s.
    MessageRetentionDuration(u32),
    /// `retainAckedMessages`.
    RetainAckedMessages(bool),
    /// `expirationPolicy.ttl`, from 86,400 s; nothing is never.
    ExpirationTtl(Option<u32>),
    /// `enableMessageOrdering`; only when the subscription is made.
    EnableMessageOrdering(bool),
    /// `enableExactlyOnceDelivery`.
    EnableExactlyOnceDelivery(bool),
    /// `filter`; only when the subscription is made.
    Filter(Arc<str>),
}

/// To where a subscription is set back or forward.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SeekTarget {
    /// What was published before is acknowledged, all else is not.
    Time(Time),
    /// The state at the snapshot.
    Snapshot(SnapshotName),
}

/// A stream that a client opens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct StreamingPull {
    /// From where it is fed.
    pub subscription: SubscriptionName,
    /// `streamAckDeadlineSeconds`, 10 to 600; nothing takes that of the subscription.
    pub ack_deadline: Option<u32>,
    /// `maxOutstandingMessages`; 0 is no limit.
    pub max_messages: u32,
    /// `maxOutstandingBytes`; 0 is no limit.
    pub max_bytes: u64,
}

/// A call.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Request {
    /// Makes a topic that keeps what is published for so many seconds, or not at all.
    CreateTopic {
        /// Its name.
        name: Arc<str>,
        /// `messageRetentionDuration`, 600 to 2,678,400 s.
        retention: Option<u32>,
    },
    /// Finds a topic by its name.
    GetTopic(Arc<str>),
    /// Finds a subscription by its name.
    GetSubscription(Arc<str>),
    /// Changes a topic's `messageRetentionDuration`.
    UpdateTopic {
        /// Which.
        topic: TopicName,
        /// In seconds.
        retention: Option<u32>,
    },
    /// Does away with a topic. Its subscriptions stay, without one.
    DeleteTopic(TopicName),
    /// Makes a subscription.
    CreateSubscription {
        /// Its name.
        name: Arc<str>,
        /// What it subscribes to.
        topic: TopicName,
        /// Its properties; the others have their defaults.
        fields: Vec<Field>,
    },
    /// Changes properties of a subscription, all of them or none.
    UpdateSubscription {
        /// Which.
        subscription: SubscriptionName,
        /// What they become.
        fields: Vec<Field>,
    },
    /// Does away with a subscription and its backlog.
    DeleteSubscription(SubscriptionName),
    /// Publishes messages, all of them or none.
    Publish {
        /// Where.
        topic: TopicName,
        /// Up to 1000.
        messages: Vec<PubsubMessage>,
    },
    /// Takes what is available now, at most so many.
    Pull {
        /// From where.
        subscription: SubscriptionName,
        /// `maxMessages`, from 1.
        max: u32,
    },
    /// Opens a stream; the client is then pushed messages.
    StreamingPull(StreamingPull),
    /// Changes the deadline that messages of the client's streams get from now on.
    StreamAckDeadline {
        /// Whose streams.
        subscription: SubscriptionName,
        /// 10 to 600 s.
        seconds: u32,
    },
    /// Closes the client's streams from a subscription. What they have is outstanding until its deadline.
    CloseStreams(SubscriptionName),
    /// Acknowledges a delivery.
    Acknowledge(AckId),
    /// Acknowledges several.
    AcknowledgeAll(Vec<AckId>),
    /// Sets a delivery's deadline to so many seconds from now, 0 to 600; 0 is a nack.
    ModifyAckDeadline(AckId, u32),
    /// The same of several.
    ModifyAckDeadlines(Vec<AckId>, u32),
    /// Sets back or forward what counts as acknowledged.
    Seek {
        /// Of which subscription.
        subscription: SubscriptionName,
        /// To where.
        target: SeekTarget,
    },
    /// Keeps the present state of a subscription.
    CreateSnapshot {
        /// Its name.
        name: Arc<str>,
        /// Of which subscription.
        subscription: SubscriptionName,
    },
    /// Does away with a snapshot.
    DeleteSnapshot(SnapshotName),
    /// How the service approximates from now on. No call of the API.
    Approximate(Approximations),
}

/// What is answered.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Reply {
    /// Done.
    Ok,
    /// A topic was made, or found.
    Topic(TopicName),
    /// A subscription was made, or found.
    Subscription(SubscriptionName),
    /// A snapshot was made, and is gone at this time.
    Snapshot(SnapshotName, Time),
    /// Messages were published; the first has this `messageId`, and each further one the next.
    Published(u64),
    /// What a pull got.
    Received(Vec<ReceivedMessage>),
    /// What came of each entry.
    Each(Vec<Result<(), Fault>>),
    /// It was not done.
    Failed(Fault),
}

/// What a client is told unasked.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Push {
    /// A message on a stream.
    Message(ReceivedMessage),
    /// The streams from a subscription are closed: it is gone.
    Closed(SubscriptionName),
}

/// Why a call failed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fault {
    /// The code.
    pub code: Code,
    /// What is permitted, or what to do.
    pub why: &'static str,
}

impl Fault {
    pub(super) const fn new(code: Code, why: &'static str) -> Fault {
        Fault { code, why }
    }

    pub(super) const fn invalid(why: &'static str) -> Fault {
        Fault { code: Code::InvalidArgument, why }
    }
}

/// The codes of faults.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Code {
    /// A value is not permitted.
    InvalidArgument,
    /// There is no such resource.
    NotFound,
    /// There is one of that name.
    AlreadyExists,
    /// Not in the present state.
    FailedPrecondition,
    /// The service could not do it now; nothing was done.
    Unavailable,
    /// No answer came in time; it may have been done all the same.
    DeadlineExceeded,
    /// Exactly-once delivery: the ackId is not that of the outstanding delivery.
    InvalidAckId,
}

impl Code {
    /// The code as the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            Code::InvalidArgument => "INVALID_ARGUMENT",
            Code::NotFound => "NOT_FOUND",
            Code::AlreadyExists => "ALREADY_EXISTS",
            Code::FailedPrecondition => "FAILED_PRECONDITION",
            Code::Unavailable => "UNAVAILABLE",
            Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Code::InvalidAckId => "PERMANENT_FAILURE_INVALID_ACK_ID",
        }
    }

    /// Whether a client tries again by itself.
    pub fn is_transient(self) -> bool {
        matches!(self, Code::Unavailable | Code::DeadlineExceeded)
    }
}
