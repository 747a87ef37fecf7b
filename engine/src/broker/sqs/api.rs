//! What clients ask SQS and SNS, and what they are answered: the API of 2012-11-05, in types.

use std::fmt;
use std::sync::Arc;

use crate::id::StoreId;
use crate::message::Message;
use crate::time::Time;

use super::Settings;
use super::attributes::Attribute;
use super::few::Few;

/// The address of a queue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct QueueUrl(pub StoreId);

/// The name of a topic across AWS.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TopicArn(pub u16);

/// A message group of a FIFO queue, a tenant of a standard one. The API takes a text of up to 128 characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GroupId(pub u32);

/// A `MessageDeduplicationId`: told by its sender, or a digest of the body.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DedupId {
    /// Told by its sender.
    Told(u64),
    /// Of the body, whose number stands for its SHA-256.
    Body(u64),
}

/// Names one receive of one message, not the message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReceiptHandle {
    pub(super) queue: StoreId,
    /// Whether it is of a FIFO queue.
    pub(super) fifo: bool,
    pub(super) lane: u32,
    pub(super) place: u32,
    /// Which receive of the message it was, from 1.
    pub(super) receive: u32,
    pub(super) sent: Time,
    pub(super) sequence: u64,
}

/// One message of `SendMessage`, `SendMessageBatch`, `Publish` or `PublishBatch`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SendEntry {
    /// The message. Its key is its attribute `key`, its size that of its body, 1 byte to 1 MiB.
    pub message: Message,
    /// Stands for the body: two bodies are equal if their numbers are.
    pub body: u64,
    /// Seconds before it becomes visible, 0 to 900; what its queue says if it is not given.
    pub delay_seconds: Option<u32>,
    /// Its group or tenant.
    pub group: Option<GroupId>,
    /// What tells it from a duplicate on a FIFO queue, if not its body.
    pub dedup: Option<u64>,
}

/// The parameters of a `ReceiveMessage`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Receive {
    /// From where.
    pub queue: QueueUrl,
    /// At most so many messages, 1 to 10.
    pub max: u32,
    /// Seconds for which they are hidden, 0 to 43,200; what the queue says if it is not given.
    pub visibility_timeout: Option<u32>,
    /// Seconds to wait for a first message, 0 to 20; what the queue says if it is not given.
    pub wait_seconds: Option<u32>,
    /// Names this receive on a FIFO queue, so that it can be repeated if its answer is lost.
    pub attempt: Option<u64>,
}

/// Where a message move task takes messages, and how fast.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MoveMessages {
    /// The dead-letter queue.
    pub source: QueueUrl,
    /// Where to; if it is not given, each back to the queue it came from.
    pub destination: Option<QueueUrl>,
    /// Messages per second, 1 to 500; as fast as that if it is not given.
    pub rate: Option<u32>,
}

/// What a client asks.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "they bear the names of the API, which documents them")]
pub enum Request {
    CreateQueue {
        name: Arc<str>,
        attributes: Vec<Attribute>,
    },
    SetQueueAttributes {
        queue: QueueUrl,
        attributes: Vec<Attribute>,
    },
    GetQueueAttributes {
        queue: QueueUrl,
    },
    DeleteQueue {
        queue: QueueUrl,
    },
    PurgeQueue {
        queue: QueueUrl,
    },
    SendMessage {
        queue: QueueUrl,
        entry: SendEntry,
    },
    SendMessageBatch {
        queue: QueueUrl,
        entries: Vec<SendEntry>,
    },
    ReceiveMessage(Receive),
    DeleteMessage {
        queue: QueueUrl,
        handle: ReceiptHandle,
    },
    DeleteMessageBatch {
        queue: QueueUrl,
        handles: Vec<ReceiptHandle>,
    },
    ChangeMessageVisibility {
        queue: QueueUrl,
        handle: ReceiptHandle,
        timeout: u32,
    },
    ChangeMessageVisibilityBatch {
        queue: QueueUrl,
        changes: Vec<(ReceiptHandle, u32)>,
    },
    StartMessageMoveTask(MoveMessages),
    CancelMessageMoveTask {
        task: u32,
    },
    ListMessageMoveTasks {
        source: QueueUrl,
    },
    CreateTopic {
        name: Arc<str>,
    },
    Subscribe {
        topic: TopicArn,
        queue: QueueUrl,
        filter: Arc<str>,
    },
    SetFilterPolicy {
        topic: TopicArn,
        queue: QueueUrl,
        filter: Arc<str>,
    },
    Publish {
        topic: TopicArn,
        entry: SendEntry,
    },
    PublishBatch {
        topic: TopicArn,
        entries: Vec<SendEntry>,
    },
    /// Not of the API: changes what the model leaves to chance, and its quotas.
    Configure(Settings),
}

/// A message that was taken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SentMessage {
    /// Its `MessageId`.
    pub id: u64,
    /// Its `SequenceNumber`, on a FIFO queue.
    pub sequence: Option<u64>,
}

/// A message as a receive hands it out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Received {
    /// The message.
    pub message: Message,
    /// For this receive.
    pub handle: ReceiptHandle,
    /// Its `MessageId`.
    pub id: u64,
    /// `ApproximateReceiveCount`, this receive included.
    pub receive_count: u32,
    /// `ApproximateFirstReceiveTimestamp`.
    pub first_received: Time,
    /// Since when it was visible.
    pub visible: Time,
    /// `MessageGroupId`.
    pub group: Option<GroupId>,
    /// `DeadLetterQueueSourceArn`, in a dead-letter queue.
    pub source: Option<QueueUrl>,
}

impl Received {
    /// `SentTimestamp`.
    pub fn sent(&self) -> Time {
        self.handle.sent
    }

    /// `SequenceNumber`, on a FIFO queue.
    pub fn sequence(&self) -> Option<u64> {
        self.handle.fifo.then_some(self.handle.sequence)
    }
}

/// The three numbers of `GetQueueAttributes`; exact here, up to a minute late in the real service.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Numbers {
    /// `ApproximateNumberOfMessages`.
    pub visible: u64,
    /// `ApproximateNumberOfMessagesNotVisible`.
    pub in_flight: u64,
    /// `ApproximateNumberOfMessagesDelayed`.
    pub delayed: u64,
}

/// What became of a message move task.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "they bear the names of the API, which documents them")]
pub enum TaskStatus {
    Running,
    Completed,
    Cancelled,
    Failed,
}

impl TaskStatus {
    /// As the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            TaskStatus::Running => "RUNNING",
            TaskStatus::Completed => "COMPLETED",
            TaskStatus::Cancelled => "CANCELLED",
            TaskStatus::Failed => "FAILED",
        }
    }
}

/// An entry of `ListMessageMoveTasks`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TaskView {
    /// Its number.
    pub task: u32,
    /// How it stands.
    pub status: TaskStatus,
    /// How many it has moved.
    pub moved: u64,
    /// How many were visible when it began.
    pub to_move: u64,
}

/// What a client is answered.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Reply {
    /// It is done; there is nothing more to say.
    Ok,
    /// Of `CreateQueue`.
    Url(QueueUrl),
    /// Of `CreateTopic`.
    Topic(TopicArn),
    /// Of `SendMessage` and `Publish`.
    Sent(SentMessage),
    /// Of `SendMessageBatch` and `PublishBatch`, entry by entry.
    SentBatch(Vec<Result<SentMessage, Fault>>),
    /// Of `ReceiveMessage`.
    Received(Few<Received>),
    /// Of the other batches, entry by entry.
    Batch(Vec<Result<(), Fault>>),
    /// Of `GetQueueAttributes`.
    Numbers(Numbers),
    /// Of `StartMessageMoveTask`.
    Task(u32),
    /// Of `CancelMessageMoveTask`: how many it had moved.
    Moved(u64),
    /// Of `ListMessageMoveTasks`, newest first.
    Tasks(Vec<TaskView>),
    /// The call failed as a whole.
    Failed(Fault),
}

/// SQS tells nobody anything unasked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Push {}

/// Why a call, or an entry of a batch, failed: the code of the API, and what was wrong.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fault {
    /// The code of the API.
    pub code: Code,
    /// What is permitted, or what to do.
    pub why: &'static str,
    /// The value that is not permitted, where it is a number.
    pub value: Option<i64>,
}

impl Fault {
    pub(super) fn new(code: Code, why: &'static str) -> Fault {
        Fault { code, why, value: None }
    }

    /// A parameter whose value is out of range.
    pub(super) fn value(value: u32, why: &'static str) -> Fault {
        Fault { code: Code::InvalidParameterValue, why, value: Some(value.into()) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            Some(value) => write!(f, "{}: {value} is not permitted: {}", self.code.name(), self.why),
            None => write!(f, "{}: {}", self.code.name(), self.why),
        }
    }
}

/// The codes of the API.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "they bear the names of the API, which documents them")]
pub enum Code {
    InvalidParameterValue,
    InvalidAttributeValue,
    MissingParameter,
    QueueDoesNotExist,
    QueueNameExists,
    QueueDeletedRecently,
    PurgeQueueInProgress,
    ReceiptHandleIsInvalid,
    OverLimit,
    RequestThrottled,
    EmptyBatchRequest,
    TooManyEntriesInBatchRequest,
    BatchRequestTooLong,
    ResourceNotFound,
    NotFound,
}

impl Code {
    /// As the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            Code::InvalidParameterValue => "InvalidParameterValue",
            Code::InvalidAttributeValue => "InvalidAttributeValue",
            Code::MissingParameter => "MissingParameter",
            Code::QueueDoesNotExist => "QueueDoesNotExist",
            Code::QueueNameExists => "QueueNameExists",
            Code::QueueDeletedRecently => "QueueDeletedRecently",
            Code::PurgeQueueInProgress => "PurgeQueueInProgress",
            Code::ReceiptHandleIsInvalid => "ReceiptHandleIsInvalid",
            Code::OverLimit => "OverLimit",
            Code::RequestThrottled => "RequestThrottled",
            Code::EmptyBatchRequest => "EmptyBatchRequest",
            Code::TooManyEntriesInBatchRequest => "TooManyEntriesInBatchRequest",
            Code::BatchRequestTooLong => "BatchRequestTooLong",
            Code::ResourceNotFound => "ResourceNotFoundException",
            Code::NotFound => "NotFound",
        }
    }
}
