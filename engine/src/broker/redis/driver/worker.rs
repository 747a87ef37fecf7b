//! How one worker gets its messages.

use std::collections::VecDeque;

use super::super::EntryId;
use super::super::reply::StreamEntry;
use super::super::request::{AutoClaim, End, Move, ReadGroup, Which};
use super::plan::Claiming;
use super::{
    ClientId, Entry, Few, GroupCommand, Held, Line, ListCommand, MessageId, Pool, PubSubCommand, Push, RETRY,
    Redis, RedisDriver, Reply, Request, RequestId, StoreId, Take, Task, Time, Wait, WorkerId,
    client_of_worker,
};

/// What a worker's connection is about.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Worker {
    /// The application waits for a message.
    pub(super) asks: bool,
    /// The request by which it gets one, while that is not answered.
    pub(super) open: Option<(RequestId, Purpose)>,
    /// What was fetched and not handed over.
    pub(super) fetched: VecDeque<Held>,
    /// What the application has.
    pub(super) hand: Option<Held>,
    /// Where it goes on to look for what it had before its connection was lost.
    pub(super) recovers: Option<RecoverAfter>,
    pub(super) subscribed: bool,
    /// When it looks for idle entries, and from where on.
    pub(super) next_claim: Option<Time>,
    cursor: Option<EntryId>,
    /// Acknowledgements of what failed for good, in the order of asking.
    pub(super) burying: VecDeque<(RequestId, MessageId, StoreId)>,
}

/// The id after which own entries were not looked at.
pub(super) type RecoverAfter = EntryId;

/// What a request is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Purpose {
    /// To get a value or entries.
    Fetch,
    /// To get entries that the server does not keep as pending: by `NOACK`.
    FetchNoAck,
    /// To find what it had before.
    Recover,
    /// To take over what others left.
    Claim,
    /// To be subscribed.
    Subscribe,
}

impl Worker {
    /// Its connection is a new one, and what it had is no longer in its hands.
    pub(super) fn reconnect(&mut self) {
        self.open = None;
        self.fetched.clear();
        self.hand = None;
        self.subscribed = false;
        self.burying.clear();
        self.recovers = Some(EntryId::ZERO);
    }
}

impl RedisDriver {
    /// Hands a worker what was fetched for it, or sees to it that something is.
    #[inline]
    pub(super) fn advance(&mut self, worker: WorkerId, line: &mut impl Line<Redis>) {
        let own = self.worker(worker);
        if !own.asks {
            return;
        }
        if let Some(held) = own.fetched.pop_front() {
            own.asks = false;
            own.hand = Some(held);
            if held.bytes != 0 {
                self.ask(client_of_worker(worker), Request::Taken(held.bytes.into()), line);
            }
            return line.deliver(worker, held.entry);
        }
        if own.open.is_none()
            && let Some((request, purpose)) = self.next_request(worker, line.now())
        {
            let id = self.ask(client_of_worker(worker), request, line);
            self.worker(worker).open = Some((id, purpose));
        }
    }

    /// What a worker that has nothing asks for.
    fn next_request(&self, worker: WorkerId, now: Time) -> Option<(Request, Purpose)> {
        let (pool, own) = (self.plan.pool(worker)?, self.workers.get(usize::from(worker.0))?);
        let (consumer, processing) = pool.names(worker);
        match (pool.take, own.recovers) {
            (Take::Pop(end), _) => {
                let pop = ListCommand::BlockingPop(Few::One(pool.key), end, Wait::Forever);
                Some((Request::List(pop), Purpose::Fetch))
            }
            (Take::Move(end), Some(_)) => {
                let back = Move { source: processing, from: End::Left, destination: pool.key, to: end };
                Some((Request::List(ListCommand::Move(back, Wait::No)), Purpose::Recover))
            }
            (Take::Move(end), None) => {
                let take = Move { source: pool.key, from: end, destination: processing, to: End::Left };
                Some((Request::List(ListCommand::Move(take, Wait::Forever)), Purpose::Fetch))
            }
            (Take::Group, Some(after)) if !pool.no_ack => {
                Some((reads(pool.read(consumer, Which::Own(after))), Purpose::Recover))
            }
            (Take::Group, _) => {
                if pool.claiming == Claiming::NowAndThen && own.next_claim.is_some_and(|at| at <= now) {
                    let claim = AutoClaim {
                        key: pool.key,
                        group: pool.group,
                        consumer,
                        min_idle: pool.min_idle,
                        start: own.cursor.unwrap_or(EntryId::ZERO),
                        count: pool.count,
                        just_id: false,
                    };
                    return Some((Request::Group(GroupCommand::AutoClaim(Box::new(claim))), Purpose::Claim));
                }
                Some((reads(pool.read(consumer, Which::New)), pool.reads_new()))
            }
            (Take::Subscribe, _) if own.subscribed => None,
            (Take::Subscribe, _) => {
                let subscribe = match pool.pattern {
                    Some(pattern) => PubSubCommand::PatternSubscribe(Few::One(pattern)),
                    None => PubSubCommand::Subscribe(Few::One(pool.key)),
                };
                Some((Request::PubSub(subscribe), Purpose::Subscribe))
            }
        }
    }

    /// A worker is answered.
    #[inline]
    pub(super) fn hears(
        &mut self,
        worker: WorkerId,
        id: RequestId,
        reply: Reply,
        line: &mut impl Line<Redis>,
    ) {
        let own = self.worker(worker);
        let Some((_, purpose)) = own.open.take_if(|(open, _)| *open == id) else {
            return self.buried(worker, id, &reply, line);
        };
        self.note_claim(worker, purpose, &reply, line.now());
        if purpose == Purpose::Subscribe {
            self.worker(worker).subscribed = true;
            return;
        }
        if let Reply::Error(_) = reply {
            // The group is gone, or memory is used up: again later, as patient clients do.
            self.declare(line);
            return self.later(line.now() + RETRY, Task::Retry(worker));
        }
        if let Reply::Streams(streams) = &reply {
            let entries = streams.iter().flat_map(|(_, entries)| entries);
            self.fetch_all(worker, entries, purpose, line);
        } else if let Reply::Popped(_, entry) = reply {
            self.fetch(worker, entry, EntryId::ZERO, false);
        } else if let Reply::Value(entry) = reply {
            // What is moved back is for whoever comes first.
            if purpose == Purpose::Fetch {
                self.fetch(worker, entry, EntryId::ZERO, true);
            }
        } else if let Reply::AutoClaimed(claimed) = &reply {
            self.fetch_all(worker, claimed.entries.iter(), purpose, line);
        } else if reply == Reply::Nil && purpose == Purpose::Recover {
            self.worker(worker).recovers = None;
        }
        self.advance(worker, line);
    }

    /// Notes when to look for idle entries next: when a look is through, and from the first read on.
    fn note_claim(&mut self, worker: WorkerId, purpose: Purpose, reply: &Reply, now: Time) {
        let Some(every) = self.plan.pool(worker).map(|pool| pool.claim_every) else { return };
        let own = self.worker(worker);
        if let Reply::AutoClaimed(claimed) = reply
            && claimed.cursor != EntryId::ZERO
        {
            own.cursor = Some(claimed.cursor);
        } else if purpose == Purpose::Claim {
            (own.cursor, own.next_claim) = (None, Some(now + every));
        } else {
            own.next_claim = own.next_claim.or(Some(now + every));
        }
    }

    fn fetch(&mut self, worker: WorkerId, entry: Entry, id: EntryId, kept: bool) {
        self.worker(worker).fetched.push_back(Held { entry, id, bytes: 0, kept });
    }

    fn fetch_all<'a>(
        &mut self,
        worker: WorkerId,
        entries: impl Iterator<Item = &'a StreamEntry>,
        purpose: Purpose,
        line: &mut impl Line<Redis>,
    ) {
        let mut last = None;
        for entry in entries {
            last = Some(entry.id);
            match (entry.body, entry.store) {
                (Some(body), Some(store)) => {
                    let attempt = u16::try_from(entry.deliveries.max(1)).unwrap_or(u16::MAX);
                    // Of a claimed one the earlier deliveries are told.
                    let attempt = attempt.saturating_add(u16::from(entry.idle.is_some()));
                    let entered = if attempt == 1 { body.added } else { line.now() };
                    // `NOACK` does not apply to what was pending before.
                    let kept = purpose != Purpose::FetchNoAck || entry.idle.is_some();
                    let body = Entry { message: body.message, entered, attempt, store };
                    self.fetch(worker, body, entry.id, kept);
                }
                // Its body was trimmed away: there is nothing left to be done.
                _ => self.acknowledge(worker, entry.id, line),
            }
        }
        if purpose == Purpose::Recover {
            self.worker(worker).recovers = last;
        }
    }

    /// A worker is told what it did not ask for.
    pub(super) fn is_told(&mut self, worker: WorkerId, push: Push, line: &mut impl Line<Redis>) {
        match push {
            Push::Message { message, published, store, bytes, .. } => {
                let entry = Entry { message, entered: published, attempt: 1, store };
                let held = Held { entry, id: EntryId::ZERO, bytes, kept: false };
                self.worker(worker).fetched.push_back(held);
                self.advance(worker, line);
            }
            Push::Closed => {
                // It connects anew at once; what is in its socket it still has.
                let own = self.worker(worker);
                own.subscribed = false;
                own.fetched.iter_mut().for_each(|held| held.bytes = 0);
                own.open = None;
                let pool = self.plan.pool(worker);
                if let Some((request, purpose)) = pool.and_then(|_| self.next_request(worker, line.now())) {
                    let id = self.ask(client_of_worker(worker), request, line);
                    self.worker(worker).open = Some((id, purpose));
                }
            }
        }
    }

    /// The connection of a worker.
    pub(super) fn client(worker: WorkerId) -> ClientId {
        client_of_worker(worker)
    }
}

impl Pool {
    /// What a read of new entries is for.
    #[inline]
    pub(super) fn reads_new(&self) -> Purpose {
        if self.no_ack { Purpose::FetchNoAck } else { Purpose::Fetch }
    }

    #[inline]
    pub(super) fn read(&self, consumer: super::super::name::Name, which: Which) -> ReadGroup {
        let claim = (self.claiming == Claiming::WithEachRead).then_some(self.min_idle);
        ReadGroup {
            group: self.group,
            consumer,
            streams: Few::One((self.key, which)),
            count: Some(self.count),
            block: self.block,
            no_ack: self.no_ack,
            claim: claim.filter(|_| which == Which::New),
        }
    }
}

pub(super) fn reads(read: ReadGroup) -> Request {
    Request::Group(GroupCommand::Read(Box::new(read)))
}
