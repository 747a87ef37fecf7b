//! What happened: facts with their time, and those who read them.
//!
//! An *event* is what is scheduled; a *fact* is what came of it. Metrics, the ledger, the
//! charts, the animation and every test read facts; none reaches into a broker.

use crate::digest::Digest;
use crate::id::{MessageId, ProducerId, StoreId, WorkerId};
use crate::message::Message;
use crate::time::Time;

/// One thing that happened, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fact {
    /// When, in virtual time.
    pub at: Time,
    /// What.
    pub what: What,
}

/// Why a message was not stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Refusal {
    /// The store was full and its policy is to refuse.
    Full,
    /// The server has used up the memory it is allowed.
    Memory,
    /// The request was not valid, or asked for what is not there.
    Invalid,
    /// The server could not be reached.
    Unreachable,
    /// The server had it already: the producer is told that all is well.
    Duplicate,
    /// There were more requests than a quota allows, and the client has tried often enough.
    Throttled,
    /// No store wanted it, and its producer had asked to be told.
    Unroutable,
}

impl Refusal {
    /// The reason, as it stands in exports.
    pub fn name(self) -> &'static str {
        match self {
            Refusal::Full => "full",
            Refusal::Memory => "memory",
            Refusal::Invalid => "invalid",
            Refusal::Unreachable => "unreachable",
            Refusal::Duplicate => "duplicate",
            Refusal::Throttled => "throttled",
            Refusal::Unroutable => "unroutable",
        }
    }
}

/// Why a stored message left without being worked on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Drop {
    /// It was the oldest in a full store whose policy is to drop the oldest.
    Oldest,
}

/// Why a message came back to its store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Return {
    /// The work on it failed.
    Failed,
    /// Its worker crashed.
    Crashed,
}

/// Where the copy of a message is that one reader of a store is to get.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// Not at the store yet: on a link, or kept by a blocked producer.
    Arriving,
    /// In the store, ready to be delivered.
    Waiting,
    /// Delivered, and neither acknowledged nor returned.
    Held,
    /// In the store, and not to be delivered before a certain time.
    Delayed,
    /// Acknowledged.
    Done,
    /// Turned away on arrival.
    Refused,
    /// Pushed out of a full store.
    Dropped,
    /// Gone because its time to live or its retention was over.
    Expired,
    /// Given up: no attempts left, or rejected for good.
    Dead,
    /// Removed by someone who asked for that: purged, deleted, trimmed.
    Removed,
    /// Gone with a restart or with whoever held it alone in memory.
    Lost,
}

/// Why a copy went from one place to another, where the places alone do not say it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Cause {
    /// It was acknowledged or deleted by whoever held it.
    Ack,
    /// It counted as acknowledged when it was sent out.
    AutoAck,
    /// It was returned or refused by whoever held it.
    Reject,
    /// Whoever held it is gone: its channel, its connection, its membership.
    Disconnect,
    /// Whoever held it took too long.
    Timeout,
    /// Its time to live or its retention was over.
    Expiry,
    /// The store was full.
    Length,
    /// It had been delivered as often as is permitted.
    DeliveryLimit,
    /// It had to wait for a time first, or that time is over.
    Delay,
    /// The store was emptied or deleted.
    Purge,
    /// The server started anew.
    Restart,
    /// Another one took it over from whoever held it.
    Claim,
    /// The position of its reader was moved.
    Seek,
    /// It was sent back from among the dead letters.
    Redrive,
    /// The log was shared out anew among the members of its group.
    Rebalance,
    /// A later record of its key made it superfluous.
    Compaction,
    /// The copy of the log that leads now did not have it.
    Truncation,
    /// The transaction that it belongs to was given up.
    Abort,
}

impl Cause {
    /// The cause, as it stands in exports.
    pub fn name(self) -> &'static str {
        match self {
            Cause::Ack => "ack",
            Cause::AutoAck => "auto-ack",
            Cause::Reject => "reject",
            Cause::Disconnect => "disconnect",
            Cause::Timeout => "timeout",
            Cause::Expiry => "expiry",
            Cause::Length => "length",
            Cause::DeliveryLimit => "delivery limit",
            Cause::Delay => "delay",
            Cause::Purge => "purge",
            Cause::Restart => "restart",
            Cause::Claim => "claim",
            Cause::Seek => "seek",
            Cause::Redrive => "redrive",
            Cause::Rebalance => "rebalance",
            Cause::Compaction => "compaction",
            Cause::Truncation => "truncation",
            Cause::Abort => "abort",
        }
    }
}

/// What can happen. Spans are in nanoseconds of virtual time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// A producer sent a message.
    Published {
        /// The message.
        message: Message,
    },
    /// A server has decided where a message goes: so many stores get a copy of it, 0 if none wants it.
    /// Without this fact it is one.
    Routed {
        /// The message.
        message: MessageId,
        /// How many copies.
        copies: u16,
    },
    /// A message is published anew, and not by its producer's wish: as a dead letter on its way, or because there is
    /// once more to be worked on what had been, or what had been lost.
    Republished {
        /// The message.
        message: MessageId,
        /// How many copies.
        copies: u16,
        /// Whether it is a dead letter.
        dead: bool,
    },
    /// It is in the store, at the tail.
    Enqueued {
        /// The message.
        message: MessageId,
        /// The store.
        store: StoreId,
    },
    /// It found the store full and was turned away.
    Refused {
        /// The message.
        message: MessageId,
        /// Who sent it and was told.
        producer: ProducerId,
        /// Why.
        why: Refusal,
    },
    /// It found the store full; its producer keeps it and sends nothing until there is room.
    Blocked {
        /// The message.
        message: MessageId,
        /// Who waits.
        producer: ProducerId,
    },
    /// All that a blocked producer kept is stored: it sends again.
    Unblocked {
        /// Who waited.
        producer: ProducerId,
    },
    /// It left the store without being worked on.
    Dropped {
        /// The message.
        message: MessageId,
        /// Why.
        why: Drop,
    },
    /// A worker took it.
    Delivered {
        /// The message.
        message: MessageId,
        /// The store it was in.
        store: StoreId,
        /// Who took it.
        worker: WorkerId,
        /// Which delivery of this message this is, from 1.
        attempt: u16,
        /// Time in the store since it entered or re-entered it.
        waited: u64,
        /// Whether the worker begins on it at once; where it does not, [`What::Taken`] tells when it does.
        begins: bool,
    },
    /// A worker begins on a message that was fetched for it ahead.
    Taken {
        /// The message.
        message: MessageId,
        /// Who begins.
        worker: WorkerId,
        /// Which delivery of this message this is, from 1.
        attempt: u16,
    },
    /// The work on it is done.
    Acked {
        /// The message.
        message: MessageId,
        /// Who did it.
        worker: WorkerId,
        /// Which delivery this was, from 1.
        attempt: u16,
        /// Time in the store before this delivery.
        waited: u64,
        /// Time with the worker in this delivery.
        service: u64,
        /// Time since it was sent.
        total: u64,
        /// Whether that ended its stay in the store; where it does not, [`What::Moved`] tells of the end.
        settled: bool,
        /// What the message was about.
        key: u16,
        /// Whether the work had an effect: a message that was done before is skipped by one who remembers that.
        effect: bool,
    },
    /// It was turned down, and its producer keeps it to send it again.
    Postponed {
        /// The message.
        message: MessageId,
        /// Who.
        producer: ProducerId,
    },
    /// A producer sends it again.
    Resent {
        /// The message.
        message: MessageId,
        /// Who.
        producer: ProducerId,
        /// The how many-th time this is, from 2.
        attempt: u16,
        /// Whether it was turned down before; else the producer has merely heard nothing of it.
        refused: bool,
    },
    /// The answer to a message has come to its producer.
    Replied {
        /// The message that was to be answered.
        message: MessageId,
        /// Who asked.
        producer: ProducerId,
        /// How long it took from the sending, in nanoseconds; nothing if the producer had given up.
        took: Option<u64>,
    },
    /// A producer gives up waiting for the answer to a message.
    Unanswered {
        /// The message.
        message: MessageId,
        /// Who asked.
        producer: ProducerId,
    },
    /// The work will not be done, and the system has been told that it is: nobody will try again.
    Forgone {
        /// The message.
        message: MessageId,
        /// Who had it.
        worker: WorkerId,
    },
    /// The work on it failed.
    Failed {
        /// The message.
        message: MessageId,
        /// Whose attempt failed.
        worker: WorkerId,
        /// Which delivery this was, from 1.
        attempt: u16,
        /// Time in the store before this delivery.
        waited: u64,
        /// Time with the worker in this delivery.
        service: u64,
    },
    /// Its worker crashed.
    Crashed {
        /// The message.
        message: MessageId,
        /// Who crashed.
        worker: WorkerId,
        /// Which delivery this was, from 1.
        attempt: u16,
        /// Time in the store before this delivery.
        waited: u64,
        /// Time with the worker until it crashed.
        service: u64,
    },
    /// It is in the store again, at the head.
    Requeued {
        /// The message.
        message: MessageId,
        /// The store.
        store: StoreId,
        /// Which delivery the next one will be.
        attempt: u16,
        /// Why it came back.
        why: Return,
    },
    /// It has used up its permitted attempts.
    Dead {
        /// The message.
        message: MessageId,
        /// Who had it last.
        worker: WorkerId,
        /// How many attempts were made.
        attempts: u16,
    },
    /// Copies changed their place in any other way.
    Moved {
        /// The message; of several, the first.
        message: MessageId,
        /// The store.
        store: StoreId,
        /// Where they were.
        from: Place,
        /// Where they are now.
        to: Place,
        /// How many.
        count: u32,
        /// Why.
        why: Cause,
    },
    /// A group begins to share out anew what it reads.
    Rebalancing {
        /// The group, by its place among the server's groups.
        group: u16,
        /// Which sharing out it will be, from 1.
        generation: u32,
    },
    /// A group has shared out what it reads.
    Rebalanced {
        /// The group.
        group: u16,
        /// Which sharing out this was, from 1.
        generation: u32,
    },
    /// A share of what is read goes to a worker.
    Assigned {
        /// Whose it is from now on.
        worker: WorkerId,
        /// Which.
        store: StoreId,
    },
    /// A share of what is read is taken from a worker.
    Revoked {
        /// Whose it was.
        worker: WorkerId,
        /// Which.
        store: StoreId,
    },
    /// So many workers are at work or ready for it from now on.
    Staffed {
        /// How many, over all consumers.
        workers: u16,
    },
    /// A producer began to send.
    Started {
        /// Which.
        producer: ProducerId,
    },
    /// A producer stopped sending.
    Stopped {
        /// Which.
        producer: ProducerId,
    },
}

impl What {
    /// The name of the fact, as it stands in exports.
    pub fn name(&self) -> &'static str {
        match self {
            What::Published { .. } => "published",
            What::Routed { .. } => "routed",
            What::Republished { .. } => "republished",
            What::Enqueued { .. } => "enqueued",
            What::Refused { .. } => "refused",
            What::Blocked { .. } => "blocked",
            What::Unblocked { .. } => "unblocked",
            What::Dropped { .. } => "dropped",
            What::Delivered { .. } => "delivered",
            What::Taken { .. } => "taken",
            What::Acked { .. } => "acked",
            What::Postponed { .. } => "postponed",
            What::Resent { .. } => "resent",
            What::Replied { .. } => "replied",
            What::Unanswered { .. } => "unanswered",
            What::Forgone { .. } => "forgone",
            What::Failed { .. } => "failed",
            What::Crashed { .. } => "crashed",
            What::Requeued { .. } => "requeued",
            What::Dead { .. } => "dead",
            What::Moved { .. } => "moved",
            What::Rebalancing { .. } => "rebalancing",
            What::Rebalanced { .. } => "rebalanced",
            What::Assigned { .. } => "assigned",
            What::Revoked { .. } => "revoked",
            What::Staffed { .. } => "staffed",
            What::Started { .. } => "started",
            What::Stopped { .. } => "stopped",
        }
    }

    /// Whether it happens only with applications and systems on a wire.
    #[inline(always)]
    pub(crate) fn is_of_applications(&self) -> bool {
        matches!(
            self,
            What::Routed { .. }
                | What::Republished { .. }
                | What::Moved { .. }
                | What::Taken { .. }
                | What::Postponed { .. }
                | What::Resent { .. }
                | What::Replied { .. }
                | What::Unanswered { .. }
                | What::Forgone { .. }
                | What::Rebalancing { .. }
                | What::Rebalanced { .. }
                | What::Assigned { .. }
                | What::Revoked { .. }
        )
    }

    /// The message it is about, if it is about one.
    pub fn message(&self) -> Option<MessageId> {
        match *self {
            What::Published { message } => Some(message.id),
            What::Routed { message, .. }
            | What::Republished { message, .. }
            | What::Moved { message, .. }
            | What::Enqueued { message, .. }
            | What::Refused { message, .. }
            | What::Blocked { message, .. }
            | What::Dropped { message, .. }
            | What::Delivered { message, .. }
            | What::Taken { message, .. }
            | What::Postponed { message, .. }
            | What::Resent { message, .. }
            | What::Replied { message, .. }
            | What::Unanswered { message, .. }
            | What::Forgone { message, .. }
            | What::Acked { message, .. }
            | What::Failed { message, .. }
            | What::Crashed { message, .. }
            | What::Requeued { message, .. }
            | What::Dead { message, .. } => Some(message),
            What::Unblocked { .. }
            | What::Rebalancing { .. }
            | What::Rebalanced { .. }
            | What::Assigned { .. }
            | What::Revoked { .. }
            | What::Staffed { .. }
            | What::Started { .. }
            | What::Stopped { .. } => None,
        }
    }
}

/// Someone who is told every fact as it happens.
pub trait Observer {
    /// Takes note of `fact`.
    fn observe(&mut self, fact: &Fact);

    /// Takes note of two facts of one moment, where that is cheaper than one after the other.
    #[inline(always)]
    fn observe_both(&mut self, first: &Fact, second: &Fact) {
        self.observe(first);
        self.observe(second);
    }
}

/// Nobody: a run without observers pays nothing for them.
impl Observer for () {
    #[inline]
    fn observe(&mut self, _: &Fact) {}
}

impl<O: Observer> Observer for &mut O {
    #[inline]
    fn observe(&mut self, fact: &Fact) {
        (**self).observe(fact);
    }

    #[inline]
    fn observe_both(&mut self, first: &Fact, second: &Fact) {
        (**self).observe_both(first, second);
    }
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    #[inline]
    fn observe(&mut self, fact: &Fact) {
        self.0.observe(fact);
        self.1.observe(fact);
    }

    #[inline]
    fn observe_both(&mut self, first: &Fact, second: &Fact) {
        self.0.observe_both(first, second);
        self.1.observe_both(first, second);
    }
}

/// How many facts there were, and the digest that tells whether two journals are the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Journal {
    count: u64,
    digest: Digest,
}

impl Journal {
    /// The digest of all facts so far.
    pub fn digest(&self) -> u64 {
        self.digest.value()
    }

    /// How many facts so far.
    pub fn count(&self) -> u64 {
        self.count
    }
}

/// Packs the small parts of a fact into one word, its kind on top; the lowest 16 bits are left free.
#[inline(always)]
fn head(kind: u8, who: u16, attempt: u16, why: u8) -> u64 {
    u64::from(kind) << 56 | u64::from(who) << 40 | u64::from(attempt) << 24 | u64::from(why) << 16
}

impl Observer for Journal {
    /// Each fact as a group of words: its kind and its small parts, the time, and what else there is.
    #[inline(always)]
    fn observe(&mut self, fact: &Fact) {
        self.count += 1;
        let at = fact.at.as_nanos();
        let digest = &mut self.digest;
        match fact.what {
            What::Published { message } => {
                let about = u64::from(message.key) << 32 | u64::from(message.size);
                digest.words([head(1, message.producer.0, 0, 0), at, message.id.0, about]);
            }
            What::Enqueued { message, store } => digest.words([head(2, store.0, 0, 0), at, message.0]),
            What::Refused { message, producer, why } => {
                digest.words([head(3, producer.0, 0, why as u8), at, message.0]);
            }
            What::Blocked { message, producer } => digest.words([head(4, producer.0, 0, 0), at, message.0]),
            What::Unblocked { producer } => digest.words([head(5, producer.0, 0, 0), at]),
            What::Dropped { message, why } => digest.words([head(6, 0, 0, why as u8), at, message.0]),
            What::Delivered { message, store, worker, attempt, waited, begins } => {
                let head = head(7, worker.0, attempt, u8::from(!begins)) | u64::from(store.0);
                digest.words([head, at, message.0, waited]);
            }
            What::Acked { message, worker, attempt, waited, service, total, settled, key, effect } => {
                let why = u8::from(!settled) | u8::from(!effect) << 1;
                let head = head(8, worker.0, attempt, why) | u64::from(key);
                digest.words([head, at, message.0, waited, service, total]);
            }
            What::Failed { message, worker, attempt, waited, service } => {
                digest.words([head(9, worker.0, attempt, 0), at, message.0, waited, service]);
            }
            What::Crashed { message, worker, attempt, waited, service } => {
                digest.words([head(10, worker.0, attempt, 0), at, message.0, waited, service]);
            }
            What::Requeued { message, store, attempt, why } => {
                digest.words([head(11, store.0, attempt, why as u8), at, message.0]);
            }
            What::Dead { message, worker, attempts } => {
                digest.words([head(12, worker.0, attempts, 0), at, message.0]);
            }
            What::Staffed { workers } => digest.words([head(13, workers, 0, 0), at]),
            What::Started { producer } => digest.words([head(14, producer.0, 0, 0), at]),
            What::Stopped { producer } => digest.words([head(15, producer.0, 0, 0), at]),
            What::Routed { message, copies } => digest.words([head(16, copies, 0, 0), at, message.0]),
            What::Republished { message, copies, dead } => {
                digest.words([head(17, copies, 0, u8::from(!dead)), at, message.0]);
            }
            What::Moved { message, store, from, to, count, why } => {
                let places = u16::from(from as u8) << 8 | u16::from(to as u8);
                digest.words([head(18, store.0, places, why as u8), at, message.0, count.into()]);
            }
            What::Taken { message, worker, attempt } => {
                digest.words([head(19, worker.0, attempt, 0), at, message.0]);
            }
            What::Resent { message, producer, attempt, refused } => {
                digest.words([head(20, producer.0, attempt, u8::from(refused)), at, message.0]);
            }
            What::Replied { message, producer, took } => {
                let head = head(21, producer.0, 0, u8::from(took.is_none()));
                digest.words([head, at, message.0, took.unwrap_or(0)]);
            }
            What::Unanswered { message, producer: by } => digest.words([head(22, by.0, 0, 0), at, message.0]),
            What::Forgone { message, worker } => digest.words([head(23, worker.0, 0, 0), at, message.0]),
            What::Rebalancing { group, generation } => {
                digest.words([head(24, group, 0, 0), at, generation.into()]);
            }
            What::Rebalanced { group, generation } => {
                digest.words([head(25, group, 0, 0), at, generation.into()]);
            }
            What::Assigned { worker, store } => digest.words([head(26, worker.0, store.0, 0), at]),
            What::Revoked { worker, store } => digest.words([head(27, worker.0, store.0, 0), at]),
            What::Postponed { message, producer: by } => digest.words([head(28, by.0, 0, 0), at, message.0]),
        }
    }
}

/// The latest facts, so many and no more.
#[derive(Clone, Debug)]
pub struct Window {
    /// Fact `n` of the run is at `n` modulo its length, a power of two. It has its full length from the start,
    /// so that to put a fact in its place is all there is to do.
    facts: Vec<Fact>,
    limit: u64,
    /// How many facts of the run it has seen.
    seen: u64,
    /// Those before this one it does not hold, whatever stands in their place.
    first: u64,
}

/// What stands where no fact was put yet.
const BLANK: Fact = Fact { at: Time::ZERO, what: What::Staffed { workers: 0 } };

impl Window {
    /// A window of the latest `limit` facts; at least one.
    pub fn new(limit: usize) -> Window {
        let limit = limit.max(1);
        Window { facts: vec![BLANK; limit.next_power_of_two()], limit: limit as u64, seen: 0, first: 0 }
    }

    /// The facts it holds, oldest first.
    pub fn facts(&self) -> impl ExactSizeIterator<Item = &Fact> {
        self.since(self.oldest())
    }

    /// As [`Window::new`], of a run that has told `count` facts already.
    pub fn starting(limit: usize, count: u64) -> Window {
        Window { seen: count, first: count, ..Window::new(limit) }
    }

    /// The facts from this number on, oldest first; those that it holds.
    pub fn since(&self, number: u64) -> impl ExactSizeIterator<Item = &Fact> {
        let from = number.clamp(self.oldest(), self.seen);
        (0..(self.seen - from) as usize).map(move |index| &self.facts[self.place(from + index as u64)])
    }

    /// The run was taken to where it has had `count` facts: it holds the latest of those that it has seen.
    /// If it holds none of them it is empty until new ones come.
    pub fn go_to(&mut self, count: u64) {
        // What was passed over is not there to be held.
        self.first = if self.seen < count { count } else { self.oldest().min(count) };
        self.seen = count;
    }

    /// How many facts of the run it has seen.
    pub fn count(&self) -> u64 {
        self.seen
    }

    /// The number of the oldest fact it holds.
    pub fn oldest(&self) -> u64 {
        self.first.max(self.seen.saturating_sub(self.limit))
    }

    #[inline(always)]
    fn place(&self, number: u64) -> usize {
        number as usize & (self.facts.len() - 1)
    }
}

impl Observer for Window {
    #[inline(always)]
    fn observe(&mut self, fact: &Fact) {
        let place = self.place(self.seen);
        self.seen += 1;
        self.facts[place] = *fact;
    }

    #[inline(always)]
    fn observe_both(&mut self, first: &Fact, second: &Fact) {
        let (place, next) = (self.place(self.seen), self.place(self.seen + 1));
        self.seen += 2;
        self.facts[place] = *first;
        self.facts[next] = *second;
    }
}

/// Every fact, for tests and exports of short runs.
impl Observer for Vec<Fact> {
    fn observe(&mut self, fact: &Fact) {
        self.push(*fact);
    }
}
