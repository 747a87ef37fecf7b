//! What clients ask of the server. Each request is one command, by whose name its comment begins.

use std::sync::Arc;
use std::time::Duration;

use crate::id::MessageId;
use crate::message::Message;

use super::entry_id::EntryId;
use super::name::Name;
use super::settings::Setting;

/// One, nearly always; else several. One costs no allocation.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Few<T> {
    /// Just one.
    One(T),
    /// Any other number.
    Many(Vec<T>),
}

impl<T> Few<T> {
    /// All of them.
    pub fn all(&self) -> &[T] {
        match self {
            Few::One(one) => std::slice::from_ref(one),
            Few::Many(many) => many,
        }
    }
}

/// An end of a list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum End {
    /// Its head.
    Left,
    /// Its tail.
    Right,
}

/// A value of a list: a message, and what its body says of how often it was tried. The server counts nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Value {
    /// The message.
    pub message: Message,
    /// Which attempt the next one is, from 1, as the body says.
    pub attempt: u16,
}

/// How long a command waits for what is not there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wait {
    /// Not at all: it is answered nil at once.
    No,
    /// So long.
    For(Duration),
    /// For ever.
    Forever,
}

/// The id that `XADD` is to give.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NewId {
    /// `*`: from the clock.
    Auto,
    /// `ms-*`: the next sequence number of this millisecond.
    At(u64),
    /// This one.
    Explicit(EntryId),
}

/// `KEEPREF`, `DELREF`, `ACKED`: what becomes of the references that groups have to entries that are removed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum References {
    /// They stay, and point to nothing.
    #[default]
    Keep,
    /// They are removed too.
    Delete,
    /// Only what all groups have read and acknowledged is removed.
    Acked,
}

/// Down to what a stream is trimmed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Limit {
    /// `MAXLEN`: so many entries.
    Length(u64),
    /// `MINID`: entries from this id on.
    Id(EntryId),
}

/// `=` or `~`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Precision {
    /// `=`.
    Exact,
    /// `~`: whole nodes only.
    Nodes,
}

/// How a stream is to be trimmed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Trim {
    /// Down to what.
    pub to: Limit,
    /// How exactly.
    pub precision: Precision,
    /// `LIMIT`, permitted with `~` only: how many entries at most at a time. 0 is no limit; if it is not said, it is a
    /// hundred times what a node holds.
    pub limit: Option<u32>,
    /// What becomes of references.
    pub references: References,
}

/// `IDMP`: an entry is added once, however often it is sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Once {
    /// Whose ids they are.
    pub producer: Name,
    /// The id that is the same when it is sent again.
    pub id: u64,
}

/// `XADD`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Add {
    /// The stream.
    pub key: Name,
    /// What is added.
    pub message: Message,
    /// Whether the stream is made if there is none: not with `NOMKSTREAM`.
    pub make: bool,
    /// How the stream is trimmed afterwards, if it is.
    pub trim: Option<Trim>,
    /// What few say. Without it the id comes from the clock, and the entry is added however often it is sent.
    pub special: Option<Box<Special>>,
}

/// What few say with `XADD`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Special {
    /// Its id.
    pub id: NewId,
    /// That it is not to be added twice.
    pub once: Option<Once>,
}

/// After what `XREAD` reads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum After {
    /// `$`: what is there now.
    Last,
    /// This id.
    Id(EntryId),
}

/// `XREAD`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Read {
    /// Which streams, each after what.
    pub streams: Few<(Name, After)>,
    /// How many entries of each at most.
    pub count: Option<u32>,
    /// How long to wait.
    pub block: Wait,
}

/// What `XREADGROUP` reads of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Which {
    /// `>`: what the group was never given.
    New,
    /// What the consumer was given and has not acknowledged, after this id.
    Own(EntryId),
}

/// `XREADGROUP`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ReadGroup {
    /// The group.
    pub group: Name,
    /// The consumer, made on its first use.
    pub consumer: Name,
    /// What of which streams.
    pub streams: Few<(Name, Which)>,
    /// How many entries of each at most.
    pub count: Option<u32>,
    /// How long to wait.
    pub block: Wait,
    /// Whether what is read counts as acknowledged at once.
    pub no_ack: bool,
    /// `CLAIM`: what is pending at least so long is read first, whosesoever it is.
    pub claim: Option<Duration>,
}

/// From where on a group reads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Start {
    /// `$`: what is added from now on.
    Last,
    /// What comes after this id.
    After(EntryId),
}

/// The range that `XPENDING` is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PendingRange {
    /// The least idle time.
    pub idle: Duration,
    /// The least id.
    pub start: EntryId,
    /// The greatest id.
    pub end: EntryId,
    /// How many at most.
    pub count: u32,
    /// Whose alone, if one's alone.
    pub consumer: Option<Name>,
}

/// What `XCLAIM` sets the idle time to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Idle {
    /// To nothing: as if it were delivered now.
    Reset,
    /// `IDLE`: to so much.
    For(Duration),
    /// `TIME`: as if it were delivered at this time of the server's clock, in milliseconds.
    Since(u64),
}

/// `XCLAIM`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Claim {
    /// The stream.
    pub key: Name,
    /// The group.
    pub group: Name,
    /// Whose they are to be.
    pub consumer: Name,
    /// How long they must have been idle.
    pub min_idle: Duration,
    /// Which entries.
    pub ids: Few<EntryId>,
    /// `IDLE` or `TIME`.
    pub idle: Idle,
    /// `RETRYCOUNT`: what the count of deliveries is set to.
    pub retry_count: Option<u64>,
    /// `FORCE`: also what is not pending.
    pub force: bool,
    /// `JUSTID`: without the bodies, and without counting a delivery.
    pub just_id: bool,
}

/// `XAUTOCLAIM`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AutoClaim {
    /// The stream.
    pub key: Name,
    /// The group.
    pub group: Name,
    /// Whose they are to be.
    pub consumer: Name,
    /// How long they must have been idle.
    pub min_idle: Duration,
    /// From which id on.
    pub start: EntryId,
    /// How many at most; ten times as many are looked at.
    pub count: u32,
    /// `JUSTID`.
    pub just_id: bool,
}

/// What `XNACK` does to the count of deliveries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NackMode {
    /// `SILENT`: this one did not count.
    Silent,
    /// `FAIL`: it counted.
    Fail,
    /// `FATAL`: to the greatest there is.
    Fatal,
}

/// `XNACK`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Nack {
    /// The stream.
    pub key: Name,
    /// The group.
    pub group: Name,
    /// What becomes of the count of deliveries.
    pub mode: NackMode,
    /// Which entries.
    pub ids: Few<EntryId>,
    /// `RETRYCOUNT`: what the count of deliveries is set to instead.
    pub retry_count: Option<u64>,
    /// `FORCE`: also what is not pending.
    pub force: bool,
}

/// `LMOVE` or `BLMOVE`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Move {
    /// From which list.
    pub source: Name,
    /// From which end of it.
    pub from: End,
    /// To which list.
    pub destination: Name,
    /// To which end of it.
    pub to: End,
}

/// The commands of lists.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ListCommand {
    /// `LPUSH`, `RPUSH`.
    Push(Name, End, Few<Value>),
    /// `LPOP`, `RPOP`; with a number, so many at most.
    Pop(Name, End, Option<u32>),
    /// `BLPOP`, `BRPOP`: keys are tried in this order.
    BlockingPop(Few<Name>, End, Wait),
    /// `LMOVE`; with a wait `BLMOVE`.
    Move(Move, Wait),
    /// `LREM key count value`: from the left, from the right if the count is negative, all if it is 0.
    Remove(Name, i64, MessageId),
    /// `LTRIM key start stop`: from the left counted from 0, from the right from -1.
    Trim(Name, i64, i64),
    /// `LLEN`.
    Length(Name),
    /// `LRANGE key start stop`.
    Range(Name, i64, i64),
}

/// The commands of streams.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum StreamCommand {
    /// `XADD`.
    Add(Box<Add>),
    /// `XLEN`.
    Length(Name),
    /// `XRANGE key start end [COUNT n]`.
    Range(Name, EntryId, EntryId, Option<u32>),
    /// `XDEL`.
    Delete(Name, Few<EntryId>),
    /// `XDELEX`.
    DeleteWith(Name, References, Few<EntryId>),
    /// `XTRIM`.
    Trim(Name, Box<Trim>),
    /// `XREAD`.
    Read(Box<Read>),
    /// `XCFGSET key [IDMP-DURATION s] [IDMP-MAXSIZE n]`.
    ConfigureOnce(Name, Option<u32>, Option<u32>),
}

/// The commands of consumer groups. Each names a stream and a group of it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum GroupCommand {
    /// `XGROUP CREATE key group start [MKSTREAM]`.
    Create(Name, Name, Start, bool),
    /// `XGROUP SETID`.
    SetId(Name, Name, Start),
    /// `XGROUP DESTROY`.
    Destroy(Name, Name),
    /// `XGROUP DELCONSUMER`.
    Dismiss(Name, Name, Name),
    /// `XINFO GROUPS`, of which it tells one.
    Info(Name, Name),
    /// `XREADGROUP`.
    Read(Box<ReadGroup>),
    /// `XACK`.
    Ack(Name, Name, Few<EntryId>),
    /// `XACKDEL`.
    AckDelete(Name, Name, References, Few<EntryId>),
    /// `XPENDING key group`.
    Pending(Name, Name),
    /// `XPENDING key group [IDLE ms] start end count [consumer]`.
    PendingRange(Name, Name, Box<PendingRange>),
    /// `XCLAIM`.
    Claim(Box<Claim>),
    /// `XAUTOCLAIM`.
    AutoClaim(Box<AutoClaim>),
    /// `XNACK`.
    Nack(Box<Nack>),
}

/// The commands of Pub/Sub.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum PubSubCommand {
    /// `SUBSCRIBE`.
    Subscribe(Few<Name>),
    /// `PSUBSCRIBE`.
    PatternSubscribe(Few<Name>),
    /// `UNSUBSCRIBE`; from all channels if none is named.
    Unsubscribe(Few<Name>),
    /// `PUNSUBSCRIBE`; from all patterns if none is named.
    PatternUnsubscribe(Few<Name>),
    /// `PUBLISH`.
    Publish(Name, Message),
    /// `PUBSUB NUMSUB`.
    Subscribers(Name),
}

/// A command.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Request {
    /// No command: tells a name, which has the next number from then on.
    Tell(Arc<str>),
    /// No command: TCP tells the server that the client has taken so many bytes out of its socket.
    Taken(u64),
    /// `CONFIG SET`.
    Config(Setting),
    /// `MULTI`, these commands, `EXEC`.
    Exec(Vec<Request>),
    /// `DEL`.
    Delete(Few<Name>),
    /// Of lists.
    List(ListCommand),
    /// Of streams.
    Stream(StreamCommand),
    /// Of consumer groups.
    Group(GroupCommand),
    /// Of Pub/Sub.
    PubSub(PubSubCommand),
}

impl Request {
    /// Whether it can change what is kept in the keyspace.
    pub(super) fn writes(&self) -> bool {
        match self {
            Request::Exec(commands) => commands.iter().any(Request::writes),
            Request::Delete(_) => true,
            Request::List(command) => !matches!(command, ListCommand::Length(_) | ListCommand::Range(..)),
            Request::Stream(command) => !matches!(
                command,
                StreamCommand::Length(_) | StreamCommand::Range(..) | StreamCommand::Read(_)
            ),
            Request::Group(command) => !matches!(
                command,
                GroupCommand::Info(..) | GroupCommand::Pending(..) | GroupCommand::PendingRange(..)
            ),
            Request::Tell(_) | Request::Taken(_) | Request::Config(_) | Request::PubSub(_) => false,
        }
    }

    /// Whether it is refused when memory is used up, because it would use more. What pops, reads and acknowledges goes
    /// on.
    pub(super) fn needs_memory(&self) -> bool {
        match self {
            Request::Exec(commands) => commands.iter().any(Request::needs_memory),
            Request::List(command) => matches!(command, ListCommand::Push(..) | ListCommand::Move(..)),
            Request::Stream(command) => matches!(command, StreamCommand::Add(_)),
            Request::Group(command) => matches!(command, GroupCommand::Create(..)),
            Request::Tell(_)
            | Request::Taken(_)
            | Request::Config(_)
            | Request::Delete(_)
            | Request::PubSub(_) => false,
        }
    }

    /// The messages with it, in their order.
    pub(super) fn for_each_sent(&self, then: &mut dyn FnMut(&Message)) {
        match self {
            Request::Exec(commands) => commands.iter().for_each(|command| command.for_each_sent(then)),
            Request::List(ListCommand::Push(_, _, values)) => {
                values.all().iter().for_each(|value| then(&value.message));
            }
            Request::Stream(StreamCommand::Add(add)) => then(&add.message),
            Request::PubSub(PubSubCommand::Publish(_, message)) => then(message),
            Request::List(_)
            | Request::Stream(_)
            | Request::PubSub(_)
            | Request::Group(_)
            | Request::Tell(_)
            | Request::Taken(_)
            | Request::Config(_)
            | Request::Delete(_) => {}
        }
    }

    /// How long it waits for what is not there.
    pub(super) fn wait(&self) -> Wait {
        match self {
            Request::List(ListCommand::BlockingPop(_, _, wait) | ListCommand::Move(_, wait)) => *wait,
            Request::Stream(StreamCommand::Read(read)) => read.block,
            Request::Group(GroupCommand::Read(read)) => read.block,
            Request::List(_)
            | Request::Stream(_)
            | Request::Group(_)
            | Request::Tell(_)
            | Request::Taken(_)
            | Request::Config(_)
            | Request::Exec(_)
            | Request::Delete(_)
            | Request::PubSub(_) => Wait::No,
        }
    }

    /// The keys on which it waits, in their order.
    pub(super) fn for_each_awaited(&self, then: &mut dyn FnMut(Name)) {
        match self {
            Request::List(ListCommand::BlockingPop(keys, ..)) => {
                keys.all().iter().for_each(|key| then(*key));
            }
            Request::List(ListCommand::Move(how, _)) => then(how.source),
            Request::Stream(StreamCommand::Read(read)) => {
                read.streams.all().iter().for_each(|(key, _)| then(*key));
            }
            Request::Group(GroupCommand::Read(read)) => {
                read.streams.all().iter().for_each(|(key, _)| then(*key));
            }
            Request::List(_)
            | Request::Stream(_)
            | Request::Group(_)
            | Request::Tell(_)
            | Request::Taken(_)
            | Request::Config(_)
            | Request::Exec(_)
            | Request::Delete(_)
            | Request::PubSub(_) => {}
        }
    }
}
