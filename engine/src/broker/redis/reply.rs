//! What the server answers, and what it tells unasked.

use std::fmt;

use crate::id::StoreId;
use crate::message::{Entry, Message};
use crate::time::Time;

use super::entry_id::EntryId;
use super::name::Name;

/// An entry as it is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct StreamEntry {
    /// Its id.
    pub id: EntryId,
    /// What it holds; nothing if it was deleted while it was pending.
    pub body: Option<Body>,
    /// How often it has been delivered to the group, this time included. Clients learn it from `XPENDING`.
    pub deliveries: u64,
    /// Of an entry that `XREADGROUP CLAIM` claimed: how long it had been idle, in nanoseconds.
    pub idle: Option<u64>,
    /// The number of the group as a store; nothing if it was not read by one.
    pub store: Option<StoreId>,
}

/// What an entry holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Body {
    /// The message.
    pub message: Message,
    /// When it was added.
    pub added: Time,
}

/// One line of `XPENDING key group start end count`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PendingEntry {
    /// Its id.
    pub id: EntryId,
    /// Who has it; nobody once it was given back by `XNACK`.
    pub owner: Option<Name>,
    /// How long ago it was delivered, in nanoseconds; nothing once it was given back.
    pub idle: Option<u64>,
    /// How often it was delivered.
    pub deliveries: u64,
}

/// What `XPENDING key group` tells.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PendingSummary {
    /// How many are pending.
    pub count: u64,
    /// The least and the greatest id of them.
    pub bounds: Option<(EntryId, EntryId)>,
    /// Who has how many.
    pub owners: Vec<(Name, u64)>,
}

/// What `XAUTOCLAIM` tells.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AutoClaimed {
    /// Where to go on; `0-0` when all were looked at.
    pub cursor: EntryId,
    /// What was claimed.
    pub entries: Vec<StreamEntry>,
    /// What was pending and is deleted: it no longer is pending.
    pub deleted: Vec<EntryId>,
    /// Whether it was asked for the ids alone.
    pub just_id: bool,
}

/// What `XINFO GROUPS` tells of a group.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GroupInfo {
    /// The id it was given last.
    pub last: EntryId,
    /// How many entries it has read, if that is known.
    pub read: Option<u64>,
    /// How many it is behind, if that is known.
    pub lag: Option<u64>,
    /// How many are pending.
    pub pending: u64,
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Reply {
    /// Done.
    Ok,
    /// Nothing there, or nothing came in time.
    Nil,
    /// A number.
    Integer(i64),
    /// A value of a list.
    Value(Entry),
    /// A value, and the list it was in.
    Popped(Name, Entry),
    /// Values of a list.
    Values(Vec<Entry>),
    /// The id of an entry.
    Id(EntryId),
    /// Entries of a stream.
    Entries(Vec<StreamEntry>),
    /// Entries of a stream, by their ids alone.
    Ids(Vec<EntryId>),
    /// Streams with their entries.
    Streams(Vec<(Name, Vec<StreamEntry>)>),
    /// `XDELEX`, `XACKDEL`: for each id 1 if it is deleted, -1 if there is none, 2 if it still is referred to.
    States(Vec<i8>),
    /// `XPENDING key group`.
    PendingSummary(Box<PendingSummary>),
    /// `XPENDING key group start end count`.
    Pending(Vec<PendingEntry>),
    /// `XAUTOCLAIM`.
    AutoClaimed(Box<AutoClaimed>),
    /// `XINFO GROUPS`.
    GroupInfo(Box<GroupInfo>),
    /// `SUBSCRIBE` and the like: for each channel, how many the client is subscribed to then.
    Subscribed(Vec<(Name, u32)>),
    /// `EXEC`: the answers in order.
    Exec(Vec<Reply>),
    /// It was refused.
    Error(Error),
}

/// Why a command was refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Error {
    /// The key holds something else.
    WrongType,
    /// Memory is used up.
    OutOfMemory,
    /// A command of the group was refused when it was queued.
    ExecAbort,
    /// The group is there already.
    BusyGroup,
    /// There is no such key or no such group on it.
    NoGroup,
    /// The stream on which the client was blocked is gone.
    Unblocked,
    /// Anything else, in the server's words.
    Refused(&'static str),
}

/// As the server words it; the first word is its code.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::WrongType => {
                f.write_str("WRONGTYPE Operation against a key holding the wrong kind of value")
            }
            Error::OutOfMemory => f.write_str("OOM command not allowed when used memory > 'maxmemory'."),
            Error::ExecAbort => f.write_str("EXECABORT Transaction discarded because of previous errors."),
            Error::BusyGroup => f.write_str("BUSYGROUP Consumer Group name already exists"),
            Error::NoGroup => f.write_str("NOGROUP No such key or consumer group"),
            Error::Unblocked => f.write_str("UNBLOCKED the stream key no longer exists"),
            Error::Refused(why) => write!(f, "ERR {why}"),
        }
    }
}

/// What comes unasked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Push {
    /// A message to a channel the client is subscribed to.
    Message {
        /// The channel.
        channel: Name,
        /// The pattern by which it is subscribed, if it is by one.
        pattern: Option<Name>,
        /// The message.
        message: Message,
        /// When it was published.
        published: Time,
        /// The number of the subscription as a store.
        store: StoreId,
        /// What it takes up in the socket until it is taken out.
        bytes: u32,
    },
    /// The server has cut the connection.
    Closed,
}
