//! What is asked of the coordinator of a group, and what it answers.
//!
//! What a member says of itself when it joins is opaque to a real coordinator; here it is typed. A first join is answered
//! at once as one, where a real member is told its id first and joins with that.

use std::sync::Arc;
use std::time::Duration;

use crate::id::ClientId;

use super::super::assignor::Assignor;
use super::super::assignor::server_side::ServerSide;
use super::super::request::{Few, GroupId, Isolation, TopicId, Tp};

/// A member, in the order of their first joining.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MemberId(pub u32);

/// What a member says of what it wants and has.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Wishes {
    /// `partition.assignment.strategy`: the assignors that it knows, the one it likes best first.
    pub assignors: Vec<Assignor>,
    /// The topics it subscribes to.
    pub topics: Vec<TopicId>,
    /// What it was assigned last.
    pub owned: Vec<Tp>,
    /// Whether it still reads that, as members do that rebalance cooperatively.
    pub keeps: bool,
    /// The generation in which it got that; 0 if it has nothing.
    pub generation: u32,
}

/// `JoinGroup`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Join {
    /// Which group.
    pub group: GroupId,
    /// Its id; none if it was never told one.
    pub member: Option<MemberId>,
    /// `client.id`.
    pub client: Arc<str>,
    /// `group.instance.id` of a static member.
    pub instance: Option<Arc<str>>,
    /// `session.timeout.ms`.
    pub session: Duration,
    /// `max.poll.interval.ms`: how long the group waits for it to rejoin.
    pub rebalance: Duration,
    /// What it wants.
    pub wishes: Wishes,
    /// What may be shown to it. For the books alone.
    pub isolation: Isolation,
}

/// Who asks, in which generation: what a stale member says does not count.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Who {
    /// Which group.
    pub group: GroupId,
    /// The member.
    pub member: MemberId,
    /// `group.instance.id` of a static member.
    pub instance: Option<Arc<str>>,
    /// The generation that it is in; in the newer protocol its epoch.
    pub generation: u32,
}

/// `SyncGroup`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Sync {
    /// Who.
    pub who: Who,
    /// From the leader: what each member is to read.
    pub shares: Vec<(MemberId, Vec<Tp>)>,
}

/// `OffsetCommit`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Commit {
    /// Which group.
    pub group: GroupId,
    /// Who; nobody if it is not a member, which is permitted while the group has none.
    pub who: Option<Box<Who>>,
    /// The next offset to be read of each partition.
    pub offsets: Few<(Tp, u64)>,
}

/// `ConsumerGroupHeartbeat` of the newer protocol: by it members join, leave, and are told what to read.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Beat {
    /// Which group.
    pub group: GroupId,
    /// Its id; none if it was never told one.
    pub member: Option<MemberId>,
    /// `client.id`.
    pub client: Arc<str>,
    /// `group.instance.id` of a static member.
    pub instance: Option<Arc<str>>,
    /// The epoch that it is in; 0 to join.
    pub epoch: u32,
    /// `max.poll.interval.ms`: how long it may take to give up what it is to give up.
    pub rebalance: Duration,
    /// The topics it subscribes to.
    pub topics: Vec<TopicId>,
    /// `group.remote.assignor`.
    pub assignor: ServerSide,
    /// What it reads.
    pub owned: Vec<Tp>,
    /// What may be shown to it. For the books alone.
    pub isolation: Isolation,
}

/// What a client asks.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Request {
    /// No request: a group is about to read these topics, and what they hold waits for it from now on. For the books
    /// alone.
    Reads(GroupId, Vec<TopicId>, Isolation),
    /// `JoinGroup`.
    Join(Box<Join>),
    /// `SyncGroup`.
    Sync(Box<Sync>),
    /// `Heartbeat`.
    Heartbeat(Box<Who>),
    /// `LeaveGroup`.
    Leave(Box<Who>),
    /// `ConsumerGroupHeartbeat`.
    Beat(Box<Beat>),
    /// `ConsumerGroupHeartbeat` with epoch -1: it leaves.
    Depart(Box<Who>),
    /// `OffsetCommit`.
    Commit(Commit),
    /// `OffsetFetch`.
    Offsets(GroupId, Few<Tp>),
    /// `OffsetDelete`.
    DeleteOffsets(GroupId, Vec<Tp>),
    /// `DeleteGroups`.
    Delete(GroupId),
    /// `DescribeGroups`.
    Describe(GroupId),
}

impl Request {
    /// The group that it is about.
    pub(super) fn group(&self) -> GroupId {
        match self {
            Request::Reads(group, ..)
            | Request::Offsets(group, _)
            | Request::DeleteOffsets(group, _)
            | Request::Delete(group)
            | Request::Describe(group) => *group,
            Request::Join(join) => join.group,
            Request::Sync(sync) => sync.who.group,
            Request::Heartbeat(who) | Request::Leave(who) | Request::Depart(who) => who.group,
            Request::Beat(beat) => beat.group,
            Request::Commit(commit) => commit.group,
        }
    }
}

/// Why a request was not carried out, by the name of the error code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Error {
    /// `UNKNOWN_MEMBER_ID`.
    UnknownMember,
    /// `ILLEGAL_GENERATION`.
    IllegalGeneration,
    /// `REBALANCE_IN_PROGRESS`.
    RebalanceInProgress,
    /// `FENCED_INSTANCE_ID`: another one has its instance id.
    FencedInstance,
    /// `INCONSISTENT_GROUP_PROTOCOL`: there is no assignor that all members know, or the group is of the other protocol.
    InconsistentProtocol,
    /// `INVALID_SESSION_TIMEOUT`.
    InvalidSessionTimeout,
    /// `GROUP_ID_NOT_FOUND`.
    GroupNotFound,
    /// `NON_EMPTY_GROUP`.
    NonEmptyGroup,
    /// `GROUP_SUBSCRIBED_TO_TOPIC`.
    Subscribed,
    /// `FENCED_MEMBER_EPOCH`.
    FencedEpoch,
    /// `STALE_MEMBER_EPOCH`.
    StaleEpoch,
    /// `UNRELEASED_INSTANCE_ID`.
    UnreleasedInstance,
    /// `UNKNOWN_TOPIC_OR_PARTITION`.
    UnknownPartition,
}

/// A member, as its leader is told.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Candidate {
    /// Its id.
    pub member: MemberId,
    /// Its id as text, which decides the order.
    pub name: Arc<str>,
    /// `group.instance.id` of a static member.
    pub instance: Option<Arc<str>>,
    /// What it wants.
    pub wishes: Wishes,
}

/// A member has joined.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Joined {
    /// Its id.
    pub member: MemberId,
    /// The generation.
    pub generation: u32,
    /// The assignor that all know.
    pub assignor: Assignor,
    /// Whether it is the one who assigns.
    pub leads: bool,
    /// All members, told to the leader; to a leader that came back and need not assign, nothing.
    pub members: Vec<Candidate>,
}

/// What a member of the newer protocol is told.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Beaten {
    /// Its id.
    pub member: MemberId,
    /// The epoch that it is in from now on.
    pub epoch: u32,
    /// When to come again.
    pub interval: Duration,
    /// What it is to read, if that is not what it said it reads.
    pub share: Option<Vec<Tp>>,
}

/// A member, as an administrator is told.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Described {
    /// `client.id`.
    pub client: Arc<str>,
    /// Its id.
    pub member: MemberId,
    /// Its connection.
    pub worker: ClientId,
    /// What it reads.
    pub share: Vec<Tp>,
    /// What of this it is to give up.
    pub leaving: Vec<Tp>,
}

/// A group, as an administrator is told.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Description {
    /// Its state, as Kafka writes it.
    pub state: &'static str,
    /// Its generation or epoch.
    pub generation: u32,
    /// The assignor.
    pub assignor: Option<&'static str>,
    /// Its members.
    pub members: Vec<Described>,
    /// The offsets that it has committed.
    pub offsets: Vec<(Tp, u64)>,
}

/// What a client is answered.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Reply {
    /// It is done, and there is nothing to tell.
    Done,
    /// It has joined.
    Joined(Box<Joined>),
    /// What it is to read.
    Synced(Vec<Tp>),
    /// Of a member of the newer protocol.
    Beaten(Box<Beaten>),
    /// Committed offsets; none where nothing was committed.
    Offsets(Few<(Tp, Option<u64>)>),
    /// The group.
    Described(Box<Description>),
    /// It was not carried out.
    Error(Error),
}

/// What it is told unasked: nothing.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Push {}
