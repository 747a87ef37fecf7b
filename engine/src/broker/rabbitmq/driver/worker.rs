//! A worker's connection: it subscribes on one channel, keeps what is pushed, and acknowledges.

use std::collections::VecDeque;

use super::super::at_once::First;
use super::super::dispatch::Handed;
use super::super::message::{Field, Name, Table};
use super::super::method::{Call, ConsumerTag, Method};
use super::super::node::Node;
use super::super::version::Series;
use super::{Client, Later, RECOVERY, Wire, name};
use crate::broker::driver::{Direct, Failure, Line, client_of_worker};
use crate::broker::topology::{Receiver, Topology};
use crate::id::{ClientId, StoreId, WorkerId};
use crate::journal::{Cause, Place, What};
use crate::message::{Entry, Message};
use crate::time::Time;

/// When a message counts as done with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Acks {
    /// Each when it is done.
    Manual,
    /// So many at once.
    Batched(u32),
    /// When it is sent.
    Automatic,
}

/// The name of a worker's consumer on its channel, and the one if it wants no acknowledgements: so a delivery says for
/// itself whether it has to be acknowledged.
const TAG: ConsumerTag = 1;
const TAG_NO_ACK: ConsumerTag = 2;

/// How messages are given back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum ReturnBy {
    Nack,
    Reject,
}

const RETURNS: &[(&str, ReturnBy)] = &[("basic.nack", ReturnBy::Nack), ("basic.reject", ReturnBy::Reject)];

/// What the workers of a pool have in common.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Pool {
    /// The number of its first worker.
    first: WorkerId,
    queue: Name,
    /// The name of each worker's consumer on its channel.
    pub(super) tag: ConsumerTag,
    prefetch: u16,
    acks: Acks,
    return_by: ReturnBy,
    priority: i64,
    /// Whether the queue itself lets messages wait that are given back.
    delays: bool,
}

impl Pool {
    pub(super) fn new(receiver: &Receiver, topology: &Topology) -> Pool {
        let settings = &receiver.settings;
        let number = |knob: &str| settings.number(knob).unwrap_or(0.0);
        let queue = topology.parts.iter().find(|part| part.name == receiver.from);
        let delays = queue.is_some_and(|part| {
            let quorum = part.settings.text("x-queue-type") == "quorum";
            let kind = part.settings.text("x-delayed-retry-type");
            let delayed = !["", "disabled"].contains(&kind);
            let least = part.settings.number("x-delayed-retry-min");
            Series::named(&topology.version).delays_retries() && quorum && delayed && least.is_some()
        });
        Pool {
            first: receiver.first,
            queue: name(&receiver.from),
            tag: if settings.text("ack-mode") == "automatic" { TAG_NO_ACK } else { TAG },
            prefetch: number("prefetch_count") as u16,
            acks: match settings.text("ack-mode") {
                "automatic" => Acks::Automatic,
                "batched" => Acks::Batched(number("ack-batch") as u32),
                _ => Acks::Manual,
            },
            return_by: settings.choice("return-by", RETURNS),
            priority: number("x-priority") as i64,
            delays,
        }
    }
}

/// A delivery that is with a worker.
#[derive(Clone, Copy, PartialEq, Hash, Debug)]
struct Fetched {
    tag: u64,
    /// What is to become an [`Entry`], by its parts: there can be very many of these.
    message: Message,
    entered: Time,
    attempt: u16,
    store: StoreId,
    /// Whether it counted as acknowledged when it was sent.
    acked: bool,
}

impl Fetched {
    #[inline]
    fn entry(&self) -> Entry {
        let Fetched { message, entered, attempt, store, .. } = *self;
        Entry { message, entered, attempt, store }
    }

    /// Nobody has it any more: the server thinks that it is done with.
    fn lose(&self, why: Cause, line: &mut impl Line<Node>) {
        if self.acked {
            let (message, store) = (self.message.id, self.store);
            let (from, to) = (Place::Done, Place::Lost);
            line.record(What::Moved { message, store, from, to, count: 1, why });
        }
    }
}

#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Worker {
    client: ClientId,
    /// The place of its pool.
    pool: u16,
    /// The number of its channel: one more each time that it is opened.
    channel: u16,
    open: bool,
    subscribed: bool,
    /// Whether it waits for a message.
    pub(super) wants: bool,
    /// Pushed, and not begun.
    fetched: VecDeque<Fetched>,
    /// What it is at.
    current: Option<Fetched>,
    /// How many are done and not acknowledged yet, and the latest of them.
    unsaid: u32,
    latest: u64,
    /// How many it keeps for later.
    kept: u32,
}

impl Worker {
    fn new(worker: WorkerId, pool: u16) -> Worker {
        Worker {
            client: client_of_worker(worker),
            pool,
            channel: 0,
            open: false,
            subscribed: false,
            wants: false,
            fetched: VecDeque::new(),
            current: None,
            unsaid: 0,
            latest: 0,
            kept: 0,
        }
    }

    /// Its channel is gone, with all that it held.
    pub(super) fn reset(&mut self, line: &mut impl Line<Node>) {
        (self.open, self.subscribed) = (false, false);
        let had = self.current.take();
        had.into_iter().chain(self.fetched.drain(..)).for_each(|own| own.lose(Cause::Disconnect, line));
        (self.unsaid, self.kept) = (0, 0);
    }

    /// Hands it the next message if it waits for one.
    #[inline]
    fn serve(&mut self, worker: WorkerId, line: &mut impl Line<Node>) {
        if self.wants
            && let Some(next) = self.fetched.pop_front()
        {
            self.begin(worker, next, line);
        }
    }

    #[inline]
    fn begin(&mut self, worker: WorkerId, next: Fetched, line: &mut impl Line<Node>) {
        self.wants = false;
        self.current = Some(next);
        line.deliver(worker, next.entry());
    }

    /// Acknowledges what is done and was not said yet.
    fn flush(&mut self, wire: &mut Wire, line: &mut impl Line<Node>) {
        if self.unsaid != 0 {
            self.unsaid = 0;
            wire.ask(self.client, self.channel, Method::Ack { tag: self.latest, multiple: true }, line);
        }
    }

    fn give_back(&self, tag: u64, how: ReturnBy, wire: &mut Wire, line: &mut impl Line<Node>) {
        let method = match how {
            ReturnBy::Nack => Method::Nack { tag, multiple: false, requeue: true },
            ReturnBy::Reject => Method::Reject { tag, requeue: true },
        };
        wire.ask(self.client, self.channel, method, line);
    }
}

impl Client {
    /// A worker exists from its first message on.
    #[inline(never)]
    fn add_worker(&mut self, worker: WorkerId) {
        while self.workers.len() <= usize::from(worker.0) {
            let own = WorkerId(self.workers.len() as u16);
            let pool = self.pools.iter().rposition(|pool| pool.first <= own).unwrap_or(0);
            self.workers.push(Worker::new(own, pool as u16));
        }
    }

    #[inline]
    fn parts_of(&mut self, worker: WorkerId) -> Option<(&mut Worker, &Pool, &mut Wire)> {
        let own = self.workers.get_mut(usize::from(worker.0))?;
        let pool = self.pools.get(usize::from(own.pool))?;
        Some((own, pool, &mut self.wire))
    }

    #[inline]
    pub(super) fn worker_receives(&mut self, worker: WorkerId, line: &mut impl Line<Node>) {
        if self.workers.len() <= usize::from(worker.0) {
            self.add_worker(worker);
        }
        let Some(own) = self.workers.get_mut(usize::from(worker.0)) else { return };
        own.wants = true;
        own.serve(worker, line);
        if !own.subscribed {
            self.subscribe(worker, line);
        } else if own.wants && own.unsaid != 0 {
            // There is nothing more to do: waiting for a full batch could be waiting for ever.
            own.flush(&mut self.wire, line);
        }
    }

    /// Subscribes, on a new channel if there is none.
    #[inline(never)]
    pub(super) fn subscribe(&mut self, worker: WorkerId, line: &mut impl Line<Node>) {
        let Some((own, pool, wire)) = self.parts_of(worker) else { return };
        if own.subscribed {
            return;
        }
        if !own.open {
            own.channel = own.channel.wrapping_add(1).max(1);
            own.open = true;
            wire.ask(own.client, own.channel, Call::Open.into(), line);
        }
        own.subscribed = true;
        let (prefetch_count, global) = (pool.prefetch, false);
        wire.ask(own.client, own.channel, Call::Qos { prefetch_count, global }.into(), line);
        let priority = (pool.priority != 0).then(|| (name("x-priority"), Field::Number(pool.priority)));
        let arguments: Table = priority.into_iter().collect();
        let (queue, tag, no_ack) = (pool.queue.clone(), pool.tag, pool.acks == Acks::Automatic);
        let call = Call::Consume { queue, tag, no_ack, exclusive: false, arguments };
        wire.ask(own.client, own.channel, call.into(), line);
    }

    /// A setting of a pool has changed, which before had a consumer of this name. What a consumer was told on subscribing it is told by subscribing anew.
    pub(super) fn subscribe_anew(
        &mut self,
        pool: u16,
        before: ConsumerTag,
        knob: &str,
        line: &mut impl Line<Node>,
    ) {
        let retold = ["prefetch_count", "ack-mode", "x-priority"].contains(&knob);
        for number in 0..self.workers.len() {
            let worker = WorkerId(number as u16);
            let Some((own, _, wire)) = self.parts_of(worker) else { continue };
            if own.pool != pool || !own.subscribed {
                continue;
            }
            own.flush(wire, line);
            if retold {
                own.subscribed = false;
                wire.ask(own.client, own.channel, Call::Cancel { tag: before }.into(), line);
                self.subscribe(worker, line);
            }
        }
    }

    /// It wants nothing more: what it has not begun goes back.
    pub(super) fn worker_withdraws(&mut self, worker: WorkerId, line: &mut impl Line<Node>) {
        let Some((own, pool, wire)) = self.parts_of(worker) else { return };
        own.wants = false;
        if !own.subscribed {
            return;
        }
        own.subscribed = false;
        wire.ask(own.client, own.channel, Call::Cancel { tag: pool.tag }.into(), line);
        own.flush(wire, line);
        while let Some(fetched) = own.fetched.pop_front() {
            if fetched.acked {
                fetched.lose(Cause::Disconnect, line);
            } else {
                own.give_back(fetched.tag, ReturnBy::Nack, wire, line);
            }
        }
    }

    #[inline]
    pub(super) fn worker_gets(&mut self, worker: WorkerId, delivery: &Handed, line: &mut impl Line<Node>) {
        let Some((own, _, wire)) = self.parts_of(worker) else { return };
        let counts = delivery.delivery_count.max(delivery.acquired_count).unwrap_or(0);
        let before = counts.max(delivery.redelivered.into());
        let Handed { message, entered, store, tag, .. } = *delivery;
        let (attempt, acked) = (before.saturating_add(1), delivery.consumer == Some(TAG_NO_ACK));
        let fetched = Fetched { tag, message, entered, attempt, store, acked };
        if !own.open || own.channel != delivery.channel {
            fetched.lose(Cause::Disconnect, line);
        } else if own.subscribed && own.wants && own.fetched.is_empty() {
            own.begin(worker, fetched, line);
        } else if own.subscribed {
            own.fetched.push_back(fetched);
            own.serve(worker, line);
        } else if fetched.acked {
            // It was under way when the worker lost interest.
            fetched.lose(Cause::Disconnect, line);
        } else {
            own.give_back(tag, ReturnBy::Nack, wire, line);
        }
    }

    #[inline]
    pub(super) fn worker_done(&mut self, worker: WorkerId, line: &mut impl Line<Node>) {
        let Some((own, pool, wire)) = self.parts_of(worker) else { return };
        let Some(Fetched { tag, acked, .. }) = own.current.take() else { return };
        match pool.acks {
            _ if acked => {}
            Acks::Batched(_) if own.kept != 0 => {
                // An ack of several would be one of what it keeps, too.
                wire.ask(own.client, own.channel, Method::Ack { tag, multiple: false }, line);
            }
            Acks::Manual | Acks::Automatic => {
                wire.ask(own.client, own.channel, Method::Ack { tag, multiple: false }, line);
            }
            Acks::Batched(count) => {
                own.unsaid += 1;
                own.latest = tag;
                if count <= own.unsaid {
                    own.flush(wire, line);
                }
            }
        }
    }

    /// As [`Client::worker_done`], by a call of the node; nothing is done, and nothing returned, if it is not one delivery
    /// that is to be acknowledged.
    #[inline]
    pub(super) fn ack_at_once(
        &mut self,
        worker: WorkerId,
        node: &mut Node,
        line: &mut impl Direct<Node>,
    ) -> Option<First> {
        let (own, pool, wire) = self.parts_of(worker)?;
        let Fetched { tag, acked, .. } = own.current?;
        if acked || matches!(pool.acks, Acks::Batched(_)) {
            return None;
        }
        let first = node.ack_at_once((own.client, own.channel), tag, line)?;
        own.current = None;
        wire.number();
        Some(first)
    }

    pub(super) fn worker_fails(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<Node>) {
        let Some((own, pool, wire)) = self.parts_of(worker) else { return };
        let Some(failed) = own.current.take() else { return };
        if failed.acked {
            // There is nothing to give back.
            failed.lose(Cause::Reject, line);
            return;
        }
        let tag = failed.tag;
        // What is done so far is said first: the batch must not take this one with it.
        own.flush(wire, line);
        match failure {
            Failure::Later(wait) if !pool.delays => {
                own.kept += 1;
                self.put_off(line.now() + wait, Later::GiveBack(worker, tag));
            }
            Failure::Again | Failure::Later(_) => own.give_back(tag, pool.return_by, wire, line),
            Failure::ForGood => {
                let (multiple, requeue) = (false, false);
                wire.ask(own.client, own.channel, Method::Nack { tag, multiple, requeue }, line);
            }
        }
    }

    /// What a worker has kept for later goes back now.
    pub(super) fn give_back(&mut self, worker: WorkerId, tag: u64, line: &mut impl Line<Node>) {
        if let Some((own, pool, wire)) = self.parts_of(worker)
            && own.open
        {
            own.kept = own.kept.saturating_sub(1);
            own.give_back(tag, pool.return_by, wire, line);
        }
    }

    /// The server has closed its channel, or its connection: it subscribes again after a while.
    pub(super) fn turned_away(&mut self, worker: WorkerId, channel: Option<u16>, line: &mut impl Line<Node>) {
        let Some(own) = self.workers.get_mut(usize::from(worker.0)) else { return };
        if !own.open || channel.is_some_and(|channel| channel != own.channel) {
            return;
        }
        own.reset(line);
        self.later.retain(|later| !matches!(later, Later::GiveBack(own, _) if *own == worker));
        self.put_off(line.now() + RECOVERY, Later::Subscribe(worker));
    }

    /// The server has canceled its consumer; its channel, and what it holds, it keeps.
    pub(super) fn canceled(&mut self, worker: WorkerId, channel: u16, now: Time) {
        let Some(own) = self.workers.get_mut(usize::from(worker.0)) else { return };
        if own.open && own.channel == channel && own.subscribed {
            own.subscribed = false;
            self.put_off(now + RECOVERY, Later::Subscribe(worker));
        }
    }
}
