//! What clients ask, what they are answered, what they are told.
//!
//! On the wire of a real cluster a client speaks with one broker after the other, each the leader of some partitions.
//! Here there is one server for all of them: a request about a partition goes to that partition's leader, and is
//! answered [`Error::Unreachable`] when that broker is down. Topics and groups are told by name once and go by number
//! from then on. A fetch is for one partition, where a real one is for all that a client reads from one broker.

use std::time::Duration;

use crate::id::StoreId;
use crate::journal::Refusal;
use crate::message::Message;
use crate::time::Time;

use super::group;
use super::settings::{Setting, TopicSettings};

/// The number of a topic, in the order of making.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TopicId(pub u16);

/// The number of a group, in the order in which groups were told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GroupId(pub u16);

/// A partition of a topic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tp {
    /// The topic.
    pub topic: TopicId,
    /// Which of its partitions, from 0.
    pub partition: u16,
}

/// A broker, by its id from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BrokerId(pub u8);

/// A producer's id, given by `InitProducerId`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pid(pub u32);

/// Several of one kind, of which mostly there is one: that takes no memory of its own.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Few<T> {
    /// One.
    One(T),
    /// Any number.
    Many(Vec<T>),
}

impl<T: Copy> Few<T> {
    /// Puts another one behind them.
    #[inline]
    pub(super) fn push(&mut self, another: T) {
        match self {
            Few::Many(many) if many.is_empty() => *self = Few::One(another),
            Few::Many(many) => many.push(another),
            Few::One(one) => *self = Few::Many(vec![*one, another]),
        }
    }
}

impl<T> Few<T> {
    /// All of them, in order.
    #[inline]
    pub fn all(&self) -> &[T] {
        match self {
            Few::One(one) => std::slice::from_ref(one),
            Few::Many(many) => many,
        }
    }
}

/// Which producer batches may be taken for read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Isolation {
    /// All that is committed to the log.
    ReadUncommitted,
    /// Nothing of open and of aborted transactions.
    ReadCommitted,
}

/// `acks` of a produce request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Acks {
    /// No answer is wanted.
    None,
    /// The leader has it.
    Leader,
    /// The high watermark has passed it.
    All,
}

/// A record to be appended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Sent {
    /// What the application sent. A key of 0 is no key.
    pub message: Message,
    /// A value that is null: of its key nothing is left.
    pub tombstone: bool,
}

/// What an idempotent or transactional producer says of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Sequence {
    /// The producer.
    pub pid: Pid,
    /// Its epoch.
    pub epoch: u16,
    /// The number of the first record among those of this producer in this partition, from 0.
    pub base: u32,
    /// Whether it is part of the producer's transaction.
    pub transactional: bool,
}

/// One batch of records for a partition.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Produce {
    /// Where to.
    pub tp: Tp,
    /// The records.
    pub records: Few<Sent>,
    /// When to answer.
    pub acks: Acks,
    /// How long the broker may wait for other replicas.
    pub timeout: Duration,
    /// Of an idempotent producer.
    pub sequence: Option<Sequence>,
    /// A number of its own among all batches of its client. For the books alone: no real request has it.
    pub batch: u32,
    /// What the books are told of it; no real request has it.
    pub books: Books,
}

/// What the books are told of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Books {
    /// It was never sent before.
    New,
    /// It was sent before, and may have been appended.
    Again,
    /// Its records are copies of what was read: dead letters.
    Copies,
}

/// A fetch from one partition.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fetch {
    /// Where from.
    pub tp: Tp,
    /// The group for which this is read. For the books alone: no real request has it.
    pub group: Option<GroupId>,
    /// The first offset that is wanted.
    pub offset: u64,
    /// How many records at most.
    pub records: u32,
    /// `max.partition.fetch.bytes`: how many bytes at most; one record is always given.
    pub bytes: u32,
    /// What may be read.
    pub isolation: Isolation,
    /// Whether to wait until there is something; without it the answer may be empty.
    pub waits: bool,
}

/// Which offset is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Spec {
    /// The first that is kept.
    Earliest,
    /// The next to be read: the high watermark, or the last stable offset.
    Latest,
    /// The first of a record that is not older.
    Timestamp(Time),
}

/// What is done to a broker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Operate {
    /// It is killed.
    Kill(BrokerId),
    /// It is stopped, and has time to hand over what it leads.
    Stop(BrokerId),
    /// It is started.
    Start(BrokerId),
    /// It copies nothing from other brokers any more.
    Stall(BrokerId),
    /// It copies again.
    Resume(BrokerId),
}

/// What a client asks.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Request {
    /// Makes a topic, or finds it.
    CreateTopic(Box<(String, TopicSettings)>),
    /// Adds partitions to a topic until there are so many.
    CreatePartitions(TopicId, u16),
    /// The number of a group.
    TellGroup(String),
    /// What there is of a topic.
    Metadata(TopicId),
    /// Appends a batch.
    Produce(Box<Produce>),
    /// A producer gives up on a batch, for this reason. No answer tells it anything. For the books alone: what was
    /// never appended is refused.
    GiveUp(Box<Produce>, Refusal),
    /// A producer asks for its id; one with a transactional id and the time that its transactions may take ends what is
    /// open under that id.
    InitProducerId(Option<Box<(String, Duration)>>),
    /// What a group has read is to be committed with the transaction of a producer.
    TxnOffsetCommit(Pid, u16, GroupId, Box<[(Tp, u64)]>),
    /// A transaction is committed, or else aborted.
    EndTxn(Pid, u16, bool),
    /// Nothing before an offset is to be read any more.
    DeleteRecords(Tp, u64),
    /// Something is done to a broker.
    Operate(Operate),
    /// Reads from a partition.
    Fetch(Fetch),
    /// Asks for an offset.
    ListOffsets(Tp, Spec, Isolation),
    /// Changes a setting while it runs.
    Configure(Option<TopicId>, Setting),
    /// What is asked of the coordinator of a group.
    Group(group::request::Request),
}

/// Why a request was not carried out, by the name of the error code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Error {
    /// The broker does not answer, or the connection broke before it did.
    Unreachable,
    /// `NOT_LEADER_OR_FOLLOWER`, or no leader at all (`LEADER_NOT_AVAILABLE`).
    NotLeader,
    /// `UNKNOWN_TOPIC_OR_PARTITION`.
    UnknownPartition,
    /// `NOT_ENOUGH_REPLICAS`: not appended.
    NotEnoughReplicas,
    /// `NOT_ENOUGH_REPLICAS_AFTER_APPEND`.
    NotEnoughReplicasAfterAppend,
    /// `REQUEST_TIMED_OUT`: other replicas took too long. Appended.
    TimedOut,
    /// `OFFSET_OUT_OF_RANGE`.
    OffsetOutOfRange,
    /// `OUT_OF_ORDER_SEQUENCE_NUMBER`.
    OutOfOrderSequence,
    /// `INVALID_PRODUCER_EPOCH`, `PRODUCER_FENCED`: another producer has its transactional id.
    ProducerFenced,
    /// `INVALID_TXN_STATE`.
    InvalidTxnState,
    /// `INVALID_RECORD`: a record without a key in a compacted topic.
    InvalidRecord,
    /// `MESSAGE_TOO_LARGE`.
    MessageTooLarge,
    /// `INVALID_PARTITIONS`: there cannot be fewer than before.
    InvalidPartitions,
}

/// A record as it is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Read {
    /// Its offset.
    pub offset: u64,
    /// The message.
    pub message: Message,
    /// When it was appended.
    pub appended: Time,
    /// How often it was given to its group, this time included; 1 without a group.
    pub attempt: u16,
    /// Whether its value is null.
    pub tombstone: bool,
}

/// What a fetch brings.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Fetched {
    /// From where.
    pub tp: Tp,
    /// The offset to fetch from next: behind the last record, and behind what is not shown.
    pub next: u64,
    /// The high watermark, or the last stable offset where only what is committed was asked for.
    pub end: u64,
    /// The records.
    pub records: Few<Read>,
    /// The store of the group for which it is read. For the books alone.
    pub store: Option<StoreId>,
}

/// What there is of a topic: of each partition the leader, if there is one.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Metadata {
    /// The topic.
    pub topic: TopicId,
    /// The leaders.
    pub leaders: Vec<Option<BrokerId>>,
}

/// What a client is answered.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Reply {
    /// It is done, and there is nothing to tell.
    Done,
    /// The topic.
    Topic(TopicId),
    /// The group.
    Group(GroupId),
    /// What there is of a topic.
    Metadata(Box<Metadata>),
    /// A batch was appended at this offset; there is none for a batch without acknowledgement.
    Produced(Tp, Option<u64>),
    /// A batch was not acknowledged. `true` if it was appended all the same; for the books alone.
    Unproduced(Tp, Error, bool),
    /// The id of a producer, and its epoch.
    ProducerId(Pid, u16),
    /// What was read.
    Fetched(Box<Fetched>),
    /// Nothing was read.
    Unfetched(Tp, Error),
    /// An offset; none if no record is as young as that.
    Offset(Tp, Option<u64>),
    /// It was not carried out.
    Error(Error),
    /// What the coordinator answers.
    Coordinator(group::request::Reply),
}

/// What a client is told unasked: nothing. It finds out by asking.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Push {
    /// From the coordinator.
    Group(group::request::Push),
}
