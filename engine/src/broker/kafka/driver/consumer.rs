//! `KafkaConsumer`: a member of a group that polls the partitions it was given.
//!
//! Each worker is an application with one consumer and one thread:
//!
//! ```text
//! loop {
//!     records = consumer.poll()    // joins or rejoins its group first, commits by itself if it is to
//!     for each record: process it  // the worker
//!     commit, if it is to be done by hand
//! }
//! ```
//!
//! The worker asks for a message; while there are some of the last poll it gets the next of these, else the application
//! polls. All that a consumer does beside happens in there, but for heartbeats, which a thread of their own sends while
//! the worker works (`member.rs`), and for fetches, which are under way while it does (`fetcher.rs`). What the worker
//! says of a record is in `settle.rs`, what is committed and when in `commit.rs`.

mod commit;
mod fetcher;
mod member;
mod modern;
mod settings;
mod settle;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::broker::driver::{Direct, Failure, Line, client_of_worker};
use crate::id::{ClientId, MessageId, RequestId, WorkerId};
use crate::mechanism::ranking::Ranking;
use crate::message::Entry;
use crate::time::Time;

use super::super::assignor::leader::Known;
use super::super::partition::Parked;
use super::super::request::{Error, Metadata, Reply, Request, Tp};
use super::super::server::Kafka;
use super::plan::Pool;
use super::{Asked, Common, METADATA_AGE};
use commit::Committing;
use fetcher::Fetcher;
use member::Membership;
pub(super) use settings::ConsumerSettings;

/// A record that a poll brought.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Held {
    tp: Tp,
    offset: u64,
    entry: Entry,
}

/// One consumer.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
struct Consumer {
    /// The application waits for a record: it is in `poll`, unless there are some of the last one.
    asks: bool,
    /// What the worker is at.
    hand: Option<Held>,
    /// What the last poll brought and the worker has not begun.
    batch: VecDeque<Held>,
    /// When the last poll brought something: since then the application has not polled.
    away_since: Option<Time>,
    membership: Membership,
    fetcher: Fetcher,
    committing: Committing,
    /// What it skips and sends to another topic, until that is answered.
    sent_away: Vec<(RequestId, MessageId)>,
}

/// All consumers of an experiment, by the numbers of their workers.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Consumers {
    all: Vec<Consumer>,
    /// Whose time is up first.
    timers: Ranking,
    topics: Vec<Known>,
    /// When all ask anew what there is of their topics.
    refresh: Option<Time>,
}

/// What a consumer is lent to act.
struct Act<'a, L> {
    worker: WorkerId,
    client: ClientId,
    pool: &'a Pool,
    topics: &'a [Known],
    asked: &'a mut Asked,
    line: &'a mut L,
}

impl<L: Line<Kafka>> Act<'_, L> {
    fn now(&self) -> Time {
        self.line.now()
    }

    fn ask(&mut self, request: Request) -> RequestId {
        let id = self.asked.next();
        self.line.ask(self.client, id, request);
        id
    }

    /// Its place among the workers of its pool, from 1.
    fn number(&self) -> u16 {
        self.worker.0 - self.pool.first.0 + 1
    }

    /// `client.id`.
    fn client_id(&self) -> Arc<str> {
        format!("{}-{}", self.pool.settings.client, self.number()).into()
    }

    /// `group.instance.id`.
    fn instance(&self) -> Option<Arc<str>> {
        let instance = self.pool.settings.instance.as_ref()?;
        Some(format!("{instance}-{}", self.number()).into())
    }
}

impl Consumer {
    /// Hands the worker a record, if it asks for one and there is one.
    fn advance(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        if !self.asks || self.committing.blocks() {
            return;
        }
        if self.batch.is_empty() && !self.poll(act) {
            return;
        }
        if let Some(held) = self.batch.pop_front() {
            self.asks = false;
            self.hand = Some(held);
            act.line.deliver(act.worker, held.entry);
        }
    }

    /// `poll`: whether it has brought something that can be processed.
    fn poll(&mut self, act: &mut Act<'_, impl Line<Kafka>>) -> bool {
        self.away_since = None;
        if self.commits_batch(act) || !self.sees_to_membership(act) {
            return false;
        }
        self.commits_by_itself(act);
        self.fetcher.take(&act.pool.settings, &mut self.batch);
        self.fetcher.send_fetches(act);
        if self.batch.is_empty() {
            return false;
        }
        self.away_since = Some(act.now());
        !self.commits_before(act)
    }

    /// Whether a poll is nothing now but taking what was fetched.
    #[inline]
    fn polls_merely(&self, now: Time, settings: &ConsumerSettings) -> bool {
        self.membership.is_settled(settings)
            && !self.committing.has_come(now, settings)
            && !self.commits_with_polls(settings)
    }

    /// Takes what was fetched, hands the worker the first of that, and fetches what is next.
    #[inline]
    fn takes_at_once(&mut self, server: &mut Kafka, act: &mut Act<'_, impl Direct<Kafka>>) {
        self.fetcher.take(&act.pool.settings, &mut self.batch);
        self.hand = self.batch.pop_front();
        self.asks = self.hand.is_none();
        self.away_since = self.hand.map(|_| act.now());
        if let Some(held) = &self.hand {
            act.line.deliver(act.worker, held.entry);
        }
        self.fetcher.fetch_at_once(server, act);
    }

    /// When it has to do something by itself.
    fn due(&self, pool: &Pool) -> Time {
        let mut due = self.membership.due(self.away_since, &pool.settings).min(self.fetcher.due());
        // It commits by itself only while it polls.
        if self.asks && self.membership.is_in() {
            due = due.min(self.committing.due(&self.fetcher));
        }
        due
    }

    /// A time is up.
    fn wake(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        self.beats(act);
        self.fetcher.wake(act);
        self.advance(act);
    }

    fn reply(&mut self, id: RequestId, reply: Reply, act: &mut Act<'_, impl Line<Kafka>>) {
        match reply {
            Reply::Fetched(fetched) => self.fetcher.fetched(id, *fetched),
            Reply::Unfetched(tp, error) => {
                self.fetcher.failed(id, tp, error, act);
                if error != Error::OffsetOutOfRange {
                    self.looks_up(act);
                }
            }
            Reply::Offset(tp, offset) => self.fetcher.found(id, tp, offset, act),
            Reply::Coordinator(reply) => self.coordinator_answers(id, reply, act),
            Reply::Metadata(metadata) => self.learns(id, &metadata),
            Reply::Produced(..) => self.is_sent_away(id, true, act),
            Reply::Unproduced(..) => self.is_sent_away(id, false, act),
            Reply::Error(_) => self.is_refused(id, act),
            Reply::Done | Reply::Topic(_) | Reply::Group(_) | Reply::ProducerId(..) => {}
        }
        self.advance(act);
    }
}

impl Consumers {
    /// Lets a consumer act, and sees to it that it is woken in time.
    fn with<L: Line<Kafka>>(
        &mut self,
        common: &mut Common,
        worker: WorkerId,
        line: &mut L,
        act: impl FnOnce(&mut Consumer, &mut Act<'_, L>),
    ) {
        let place = usize::from(worker.0);
        if self.all.len() <= place {
            self.all.resize_with(place + 1, Consumer::default);
        }
        let Some(pool) = common.plan.pool(worker) else { return };
        let client = client_of_worker(worker);
        let lent = &mut Act { worker, client, pool, topics: &self.topics, asked: &mut common.asked, line };
        act(&mut self.all[place], lent);
        self.set_timer(worker, pool);
    }

    fn set_timer(&mut self, worker: WorkerId, pool: &Pool) {
        let due = self.all[usize::from(worker.0)].due(pool);
        let thing = u32::from(worker.0);
        if due < Time::MAX {
            self.timers.set(thing, (due.as_nanos(), u64::from(worker.0)));
        } else {
            self.timers.clear(thing);
        }
    }

    /// All connect, for the first time or after the brokers were restarted: then a member is a member still, and reads
    /// from what it committed on.
    pub(super) fn open(&mut self, common: &mut Common, line: &mut impl Line<Kafka>) {
        self.refresh = (!common.plan.pools.is_empty()).then(|| line.now() + METADATA_AGE);
        let pools: Vec<_> =
            common.plan.pools.iter().map(|pool| (pool.group, pool.topic, pool.isolation())).collect();
        for (group, topic, isolation) in pools {
            common.ask(super::CARETAKER, member::reads(group, topic, isolation), line);
        }
        for number in 0..self.all.len() {
            self.with(common, WorkerId(number as u16), line, |own, act| {
                own.reconnects(act);
                own.advance(act);
            });
        }
    }

    /// Settings have changed; the plan has the new ones.
    pub(super) fn changed(&mut self, common: &mut Common, line: &mut impl Line<Kafka>) {
        for number in 0..self.all.len() {
            self.with(common, WorkerId(number as u16), line, |own, act| {
                own.settings_changed(act);
                own.advance(act);
            });
        }
    }

    pub(super) fn receive(&mut self, common: &mut Common, worker: WorkerId, line: &mut impl Line<Kafka>) {
        self.with(common, worker, line, |own, act| {
            own.asks = true;
            own.advance(act);
        });
    }

    /// Hands a worker the next record of the last poll, or polls where a poll is nothing but taking what was fetched.
    /// `false` if nothing was done.
    #[inline]
    pub(super) fn receive_at_once(
        &mut self,
        common: &mut Common,
        worker: WorkerId,
        server: &mut Kafka,
        line: &mut impl Direct<Kafka>,
    ) -> bool {
        let Some(own) = self.all.get_mut(usize::from(worker.0)) else { return false };
        if own.committing.blocks() {
            return false;
        }
        if let Some(held) = own.batch.pop_front() {
            own.hand = Some(held);
            line.deliver(worker, held.entry);
            return true;
        }
        self.poll_at_once(common, worker, server, line)
    }

    fn poll_at_once(
        &mut self,
        common: &mut Common,
        worker: WorkerId,
        server: &mut Kafka,
        line: &mut impl Direct<Kafka>,
    ) -> bool {
        let Some(own) = self.all.get_mut(usize::from(worker.0)) else { return false };
        let Some(pool) = common.plan.pool(worker) else { return false };
        if !own.polls_merely(Line::now(line), &pool.settings) {
            return false;
        }
        if own.fetcher.merely_waits() {
            own.asks = true;
            own.away_since = None;
        } else if own.fetcher.can_take() {
            let client = client_of_worker(worker);
            let (topics, asked) = (&self.topics[..], &mut common.asked);
            own.takes_at_once(server, &mut Act { worker, client, pool, topics, asked, line });
        } else {
            return false;
        }
        self.set_timer(worker, pool);
        true
    }

    /// There is more to be read of a partition than before. If just one consumer waits for that it fetches it at once,
    /// and takes it if its application is in a poll.
    #[inline]
    pub(super) fn serve_at_once(
        &mut self,
        common: &mut Common,
        tp: Tp,
        server: &mut Kafka,
        line: &mut impl Direct<Kafka>,
    ) {
        match server.only_parked(tp) {
            Some(parked) => self.serve_parked(common, &parked, server, line),
            None => server.serve_parked(tp, line),
        }
    }

    fn serve_parked(
        &mut self,
        common: &mut Common,
        parked: &Parked,
        server: &mut Kafka,
        line: &mut impl Direct<Kafka>,
    ) {
        let (tp, client) = (parked.fetch.tp, parked.client);
        let worker = WorkerId(client.0);
        let (Some(own), Some(pool)) = (self.all.get_mut(usize::from(client.0)), common.plan.pool(worker))
        else {
            return server.serve_parked(tp, line);
        };
        let polls_merely = || {
            own.batch.is_empty()
                && !own.committing.blocks()
                && own.fetcher.merely_waits()
                && own.polls_merely(Line::now(line), &pool.settings)
        };
        if (own.asks && !polls_merely()) || !own.fetcher.served_at_once(parked, server, line) {
            return server.serve_parked(tp, line);
        }
        if !own.asks {
            return;
        }
        if own.fetcher.can_take() {
            let (topics, asked) = (&self.topics[..], &mut common.asked);
            own.takes_at_once(server, &mut Act { worker, client, pool, topics, asked, line });
            self.set_timer(worker, pool);
        } else if !own.fetcher.merely_waits() {
            // What it was given is hidden from it: it asks for more.
            self.with(common, worker, line, Consumer::advance);
        }
    }

    /// Notes that a record is processed. `false` if it has to be committed at once, and nothing was done.
    #[inline]
    pub(super) fn done_at_once(&mut self, common: &Common, worker: WorkerId) -> bool {
        let Some(pool) = common.plan.pool(worker) else { return false };
        let Some(own) = self.all.get_mut(usize::from(worker.0)) else { return false };
        if pool.settings.commits_records() {
            return false;
        }
        let Some(held) = own.hand.take() else { return false };
        own.fetcher.processed(held.tp, held.offset);
        true
    }

    pub(super) fn withdraw(&mut self, common: &mut Common, worker: WorkerId, line: &mut impl Line<Kafka>) {
        self.with(common, worker, line, Consumer::closes);
    }

    pub(super) fn done(&mut self, common: &mut Common, worker: WorkerId, line: &mut impl Line<Kafka>) {
        self.with(common, worker, line, Consumer::has_done);
    }

    pub(super) fn fail(
        &mut self,
        common: &mut Common,
        worker: WorkerId,
        failure: Failure,
        line: &mut impl Line<Kafka>,
    ) {
        self.with(common, worker, line, |own, act| own.has_failed(failure, act));
    }

    pub(super) fn lost(&mut self, common: &mut Common, worker: WorkerId, line: &mut impl Line<Kafka>) {
        self.with(common, worker, line, |own, act| {
            *own = Consumer::default();
            act.line.cut(act.client);
        });
    }

    pub(super) fn reply(
        &mut self,
        common: &mut Common,
        worker: WorkerId,
        id: RequestId,
        reply: Reply,
        line: &mut impl Line<Kafka>,
    ) {
        if let Reply::Metadata(metadata) = &reply {
            self.learn(metadata, common);
        }
        self.with(common, worker, line, |own, act| own.reply(id, reply, act));
    }

    fn learn(&mut self, metadata: &Metadata, common: &Common) {
        let partitions = metadata.leaders.len() as u16;
        match self.topics.iter_mut().find(|known| known.topic == metadata.topic) {
            Some(known) => known.partitions = partitions,
            None => {
                let name = common.plan.name_of(metadata.topic).to_owned();
                self.topics.push(Known { topic: metadata.topic, name, partitions });
            }
        }
    }

    pub(super) fn due(&self) -> Time {
        let timer = self.timers.first().map_or(Time::MAX, |((due, _), _)| Time::from_nanos(due));
        timer.min(self.refresh.unwrap_or(Time::MAX))
    }

    pub(super) fn wake(&mut self, common: &mut Common, line: &mut impl Line<Kafka>) {
        while let Some(((due, _), worker)) = self.timers.first()
            && Time::from_nanos(due) <= line.now()
        {
            let worker = WorkerId(worker as u16);
            self.timers.clear(u32::from(worker.0));
            self.with(common, worker, line, Consumer::wake);
        }
        if self.refresh.is_some_and(|refresh| refresh <= line.now()) {
            self.refresh = Some(line.now() + METADATA_AGE);
            for number in 0..self.all.len() {
                self.with(common, WorkerId(number as u16), line, Consumer::looks_up);
            }
        }
    }
}
