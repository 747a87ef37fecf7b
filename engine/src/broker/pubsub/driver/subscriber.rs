//! A worker's side: a stream that is pushed messages, leases that are extended, acknowledgements.
//!
//! Every worker is a subscriber client with a stream and a flow control of its own, and works on one message at a time;
//! what it has received waits here meanwhile, and its leases are extended too. Extensions come after nine tenths of
//! the deadline, and are as long as all but one acknowledgement in a hundred take, from 10 to 600 seconds. A message that
//! it has had for `max_lease_duration` is extended no more, though it is worked on still. A worker that is lost tells
//! nobody: what it had comes back when the last extension is over.

use std::collections::VecDeque;
use std::time::Duration;

use crate::broker::driver::{Direct, Failure, Line, client_of_worker};
use crate::broker::server::Outlet;
use crate::broker::topology::{Receiver, Topology};
use crate::id::{ClientId, WorkerId};
use crate::message::Entry;
use crate::time::Time;

use super::super::api::{AckId, ReceivedMessage, Request, StreamingPull, SubscriptionName};
use super::super::config::MAX_ACK_DEADLINE;
use super::super::message::later;
use super::super::service::PubSub;
use super::ack_times::{AckTimes, LEAST, MOST};
use super::declare::{Parts, place, whole};
use super::{Timer, Wire};

/// With exactly-once delivery no extension is shorter, in seconds.
const LEAST_EXACTLY_ONCE: u32 = 60;

/// What the workers of one receiver have in common.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Pool {
    pub(super) first: WorkerId,
    /// The place of the subscription.
    from: u16,
    max_messages: u32,
    max_bytes: u64,
    /// In seconds; 0 leaves leases alone.
    max_lease: u32,
    /// The bounds of an extension, in seconds; 0 where there is none.
    least: u32,
    most: u32,
    acks_poison: bool,
    jitter: bool,
}

impl Pool {
    pub(super) fn new(receiver: &Receiver, topology: &Topology) -> Pool {
        let sheet = &receiver.settings;
        let number = |name, usual| whole(sheet.get(name)).unwrap_or(usual);
        Pool {
            first: receiver.first,
            from: place(topology, &receiver.from).unwrap_or(u16::MAX),
            max_messages: number("max_messages", 1000),
            max_bytes: number("max_bytes", 104_857_600).into(),
            max_lease: number("max_lease_duration", 3600),
            least: number("min_duration_per_lease_extension", 0),
            most: number("max_duration_per_lease_extension", 0),
            acks_poison: sheet.text("on-poison") == "ack",
            jitter: topology.settings.text("jitter") == "on",
        }
    }
}

/// What a subscriber is lent.
pub(super) struct Lent<'a> {
    pub(super) pool: &'a Pool,
    pub(super) parts: &'a Parts,
    pub(super) wire: &'a mut Wire,
}

/// A message that a worker has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Held {
    own: ReceivedMessage,
    /// When it came.
    received: Time,
}

/// One worker.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Subscriber {
    worker: WorkerId,
    pub(super) pool: u16,
    /// Whether it is ready for a message and has none.
    wants: bool,
    /// Whether it has a stream.
    is_open: bool,
    /// What it works on.
    current: Option<Held>,
    /// What has come and waits for that.
    ahead: VecDeque<Held>,
    times: AckTimes,
    /// For how long it takes leases, in seconds.
    deadline: u32,
    /// Whether the next extension has its time.
    extends: bool,
}

impl Subscriber {
    pub(super) fn new(worker: WorkerId, pool: u16) -> Subscriber {
        Subscriber {
            worker,
            pool,
            wants: false,
            is_open: false,
            current: None,
            ahead: VecDeque::new(),
            times: AckTimes::default(),
            deadline: LEAST,
            extends: false,
        }
    }

    fn client(&self) -> ClientId {
        client_of_worker(self.worker)
    }

    #[inline]
    pub(super) fn receive(&mut self, lent: &mut Lent<'_>, line: &mut impl Line<PubSub>) {
        self.wants = true;
        match self.ahead.pop_front() {
            Some(held) => self.begin(held, line),
            None => self.open(lent, line),
        }
    }

    #[inline]
    fn begin(&mut self, held: Held, line: &mut impl Line<PubSub>) {
        self.wants = false;
        self.current = Some(held);
        let own = &held.own;
        let entry = Entry {
            message: own.message,
            entered: own.available,
            attempt: own.delivery_attempt.max(1),
            store: own.ack_id.subscription,
        };
        line.deliver(self.worker, entry);
    }

    /// Opens a stream, if it wants a message and has none.
    #[inline]
    pub(super) fn open(&mut self, lent: &mut Lent<'_>, line: &mut impl Line<PubSub>) {
        if self.wants && !self.is_open && lent.parts.are_known() {
            self.open_anew(lent, line);
        }
    }

    #[inline(never)]
    fn open_anew(&mut self, lent: &mut Lent<'_>, line: &mut impl Line<PubSub>) {
        let Some(subscription) = lent.parts.subscription(lent.pool.from) else { return };
        self.is_open = true;
        self.deadline = self.extension(lent);
        let stream = StreamingPull {
            subscription,
            ack_deadline: (lent.pool.max_lease != 0).then_some(self.deadline),
            max_messages: lent.pool.max_messages,
            max_bytes: lent.pool.max_bytes,
        };
        lent.wire.ask(self.client(), Request::StreamingPull(stream), line);
    }

    /// After a change of settings: a stream with the new ones takes the place of the old one.
    pub(super) fn reopen(&mut self, lent: &mut Lent<'_>, line: &mut impl Line<PubSub>) {
        if self.is_open
            && let Some(subscription) = lent.parts.subscription(lent.pool.from)
        {
            lent.wire.ask(self.client(), Request::CloseStreams(subscription), line);
            self.open_anew(lent, line);
        }
    }

    /// For how long it takes and extends leases.
    fn extension(&self, lent: &Lent<'_>) -> u32 {
        let Pool { least, most, .. } = *lent.pool;
        let exactly_once =
            if lent.parts.is_exactly_once(lent.pool.from) { LEAST_EXACTLY_ONCE } else { LEAST };
        let most = if most == 0 { MOST } else { most.clamp(LEAST, MOST) };
        let least = if least == 0 { exactly_once.min(most) } else { least.clamp(LEAST, MOST) };
        self.times.percentile_99().max(least).min(most.max(least))
    }

    /// A message has come.
    #[inline]
    pub(super) fn received(
        &mut self,
        own: ReceivedMessage,
        lent: &mut Lent<'_>,
        line: &mut impl Line<PubSub>,
    ) {
        // What comes on a stream that is closed comes back when its lease is over.
        if !self.is_open {
            return;
        }
        let held = Held { own, received: line.now() };
        if !self.extends && lent.pool.max_lease != 0 {
            self.extend_later(lent, line.now());
        }
        if self.wants && self.current.is_none() {
            self.begin(held, line);
        } else {
            self.ahead.push_back(held);
        }
    }

    /// The service has closed the stream, because the subscription is gone.
    pub(super) fn closed(&mut self) {
        self.is_open = false;
    }

    /// The stream is closed, and what waits here is given back.
    pub(super) fn withdraw(&mut self, lent: &mut Lent<'_>, line: &mut impl Line<PubSub>) {
        self.wants = false;
        if std::mem::take(&mut self.is_open)
            && let Some(subscription) = lent.parts.subscription(lent.pool.from)
        {
            lent.wire.ask(self.client(), Request::CloseStreams(subscription), line);
        }
        let ids: Vec<AckId> = self.ahead.drain(..).map(|held| held.own.ack_id).collect();
        if !ids.is_empty() {
            lent.wire.ask(self.client(), Request::ModifyAckDeadlines(ids, 0), line);
        }
    }

    /// As [`Subscriber::done`], if nothing comes between the call and its answer.
    #[inline]
    pub(super) fn done_at_once(&mut self, server: &mut PubSub, line: &mut impl Direct<PubSub>) -> bool {
        let now = Outlet::now(line);
        if !server.is_quiet(now) {
            return false;
        }
        let Some(held) = self.current.take() else { return false };
        self.times.note(now.nanos_since(held.received));
        server.acknowledge_at_once(&held.own.ack_id, line).ok();
        true
    }

    #[inline]
    pub(super) fn done(&mut self, wire: &mut Wire, line: &mut impl Line<PubSub>) {
        if let Some(held) = self.current.take() {
            self.times.note(line.now().nanos_since(held.received));
            wire.ask(self.client(), Request::Acknowledge(held.own.ack_id), line);
        }
    }

    pub(super) fn fail(&mut self, failure: Failure, lent: &mut Lent<'_>, line: &mut impl Line<PubSub>) {
        let seconds = match failure {
            Failure::Again => 0,
            // A deadline counts in whole seconds, and a retry must not come early.
            Failure::Later(span) => {
                let seconds = span.as_secs() + u64::from(span.subsec_nanos() != 0);
                u32::try_from(seconds).unwrap_or(u32::MAX).min(MAX_ACK_DEADLINE)
            }
            Failure::ForGood if lent.pool.acks_poison => return self.done(lent.wire, line),
            Failure::ForGood => 0,
        };
        if let Some(held) = self.current.take() {
            let request = Request::ModifyAckDeadline(held.own.ack_id, seconds);
            lent.wire.ask(self.client(), request, line);
        }
    }

    /// All that it has is lost to it, and nobody is told.
    pub(super) fn forget(&mut self, wire: &mut Wire) {
        wire.clear_timer(Timer::Lease(self.worker.0));
        *self = Subscriber::new(self.worker, self.pool);
    }

    fn extend_later(&mut self, lent: &mut Lent<'_>, now: Time) {
        self.extends = true;
        let most = u64::from(self.deadline) * 900_000_000;
        let wait = if lent.pool.jitter { (lent.wire.random.uniform() * most as f64) as u64 } else { most };
        lent.wire.set_timer(Timer::Lease(self.worker.0), later(now, wait));
    }

    /// Extends the leases of all that it has.
    pub(super) fn extend(&mut self, lent: &mut Lent<'_>, line: &mut impl Line<PubSub>) {
        self.extends = false;
        let now = line.now();
        let longest = Duration::from_secs(lent.pool.max_lease.into());
        let is_extended = |held: &&Held| now < held.received + longest;
        let all = self.current.iter().chain(&self.ahead).filter(is_extended);
        let ids: Vec<AckId> = all.map(|held| held.own.ack_id).collect();
        let Some(subscription) = lent.parts.subscription(lent.pool.from).filter(|_| !ids.is_empty()) else {
            return;
        };
        self.set_deadline(subscription, lent, line);
        lent.wire.ask(self.client(), Request::ModifyAckDeadlines(ids, self.deadline), line);
        self.extend_later(lent, now);
    }

    /// Messages that come from now on have a lease as long as those that are extended now.
    fn set_deadline(
        &mut self,
        subscription: SubscriptionName,
        lent: &mut Lent<'_>,
        line: &mut impl Line<PubSub>,
    ) {
        let seconds = self.extension(lent);
        if seconds != self.deadline {
            self.deadline = seconds;
            if self.is_open {
                lent.wire.ask(self.client(), Request::StreamAckDeadline { subscription, seconds }, line);
            }
        }
    }
}
