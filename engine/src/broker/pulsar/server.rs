//! The broker: its topics, and what clients ask it.

use crate::broker::server::{Down, Holding, Outlet, Server};
use crate::id::{ClientId, RequestId, StoreId};
use crate::mechanism::sorted::Sorted;
use crate::time::Time;
use crate::view::{GroupView, StoreView};

use super::Out;
use super::consumer::ConsumerId;
use super::key::Keys;
use super::ledger::ManagedLedger;
use super::name::{Name, Names};
use super::reply::{Error, Push, Reply};
use super::request::{Positions, Request, TopicSpec};
use super::settings::Settings;
use super::subscription::{Ground, Subscription};
use super::timers::Checks;
use super::topic::Topic;
use super::version::Version;

/// Where a consumer is: its client, the topic, the subscription there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Seat {
    pub(super) client: ClientId,
    pub(super) topic: u16,
    pub(super) subscription: u16,
}

/// A broker.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Pulsar {
    pub(super) version: Version,
    pub(super) settings: Settings,
    pub(super) names: Names,
    pub(super) keys: Keys,
    pub(super) topics: Vec<Topic>,
    /// The place of the topic of each name.
    by_name: Vec<u16>,
    pub(super) seats: Sorted<ConsumerId, Seat>,
    pub(super) last_consumer: u32,
    pub(super) stores: u16,
    pub(super) checks: Checks,
    /// Never later than the first thing that is due by itself.
    pub(super) due: Time,
}

const NOWHERE: u16 = u16::MAX;

/// What all subscriptions stand on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around<'a> {
    names: &'a Names,
    keys: &'a Keys,
    settings: &'a Settings,
    version: Version,
}

impl<'a> Around<'a> {
    #[inline]
    pub(super) fn of(
        names: &'a Names,
        keys: &'a Keys,
        settings: &'a Settings,
        version: Version,
    ) -> Around<'a> {
        Around { names, keys, settings, version }
    }

    /// The same with a topic.
    #[inline]
    pub(super) fn ground(self, log: &'a ManagedLedger, topic: Name, partition: Option<u16>) -> Ground<'a> {
        let Around { names, keys, settings, version } = self;
        Ground { log, settings, version, names, keys, topic, partition }
    }
}

impl Pulsar {
    /// A broker without topics.
    pub fn new(version: Version, settings: Settings) -> Pulsar {
        Pulsar {
            version,
            settings,
            names: Names::default(),
            keys: Keys::default(),
            topics: Vec::new(),
            by_name: Vec::new(),
            seats: Sorted::default(),
            last_consumer: 0,
            stores: 0,
            checks: Checks::default(),
            due: Time::MAX,
        }
    }

    /// The number of a name.
    pub fn tell(&mut self, text: &str) -> Name {
        self.names.tell(text).0
    }

    /// All names that were told.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    #[inline]
    pub(super) fn topic_named(&self, name: Name) -> Option<usize> {
        self.by_name.get(name.place()).filter(|place| **place != NOWHERE).map(|place| usize::from(*place))
    }

    /// The topic of a name, which is made if there is none: `non-persistent://...` stores nothing, `...-partition-3` is
    /// a partition.
    pub(super) fn topic_or_new(&mut self, name: Name) -> usize {
        if let Some(place) = self.topic_named(name) {
            return place;
        }
        let text = self.names.text(name);
        let persistent = !text.starts_with("non-persistent:");
        let partition = text.rsplit_once("-partition-").and_then(|(_, number)| number.parse().ok());
        if self.by_name.len() <= name.place() {
            self.by_name.resize(name.place() + 1, NOWHERE);
        }
        self.by_name[name.place()] = self.topics.len() as u16;
        self.topics.push(Topic::new(name, partition, persistent));
        self.topics.len() - 1
    }

    /// Acts on the subscription in a place of a topic.
    #[inline]
    pub(super) fn with<T>(
        &mut self,
        topic: usize,
        subscription: usize,
        act: impl FnOnce(&mut Subscription, Ground<'_>) -> T,
    ) -> Option<T> {
        let around = Around::of(&self.names, &self.keys, &self.settings, self.version);
        let topic = self.topics.get_mut(topic)?;
        let ground = around.ground(&topic.log, topic.name, topic.partition);
        Some(act(topic.subscriptions.get_mut(subscription)?, ground))
    }

    /// The seat of a consumer, if it is this client's.
    #[inline]
    fn seat(&self, client: ClientId, consumer: ConsumerId) -> Option<Seat> {
        self.seats.get(&consumer).copied().filter(|seat| seat.client == client)
    }

    /// Acts on a consumer's subscription.
    #[inline]
    fn with_seat<T>(
        &mut self,
        client: ClientId,
        consumer: ConsumerId,
        act: impl FnOnce(&mut Subscription, Ground<'_>) -> T,
    ) -> Option<T> {
        let seat = self.seat(client, consumer)?;
        self.with(seat.topic.into(), seat.subscription.into(), act)
    }

    fn create(&mut self, spec: &TopicSpec, out: &mut impl Out) {
        let place = self.topic_or_new(spec.name);
        let topic = &mut self.topics[place];
        topic.policies = Some(spec.policies);
        topic.partition = spec.partition.or(topic.partition);
        topic.persistent = spec.persistent;
        self.arm_checks(out.now());
    }

    /// A consumer can take so many messages more.
    #[inline]
    pub(super) fn flow(
        &mut self,
        client: ClientId,
        consumer: ConsumerId,
        permits: u32,
        out: &mut impl Out,
    ) -> Reply {
        let flowed = self.with_seat(client, consumer, |own, ground| {
            let place = own.place_of(consumer)?;
            own.consumers[place].permits += i64::from(permits);
            own.let_go(ground, out);
            own.dispatch(ground, out);
            own.later.first().map(|(at, _)| *at)
        });
        self.answer(flowed)
    }

    /// A consumer is done with entries.
    #[inline]
    pub(super) fn acknowledge(
        &mut self,
        client: ClientId,
        consumer: ConsumerId,
        positions: &Positions,
        out: &mut impl Out,
    ) -> Reply {
        let now = out.now();
        let acked = self.with_seat(client, consumer, |own, ground| {
            let (mut count, mut wakes) = (0, false);
            for position in positions.all() {
                let (acked, more) = own.acknowledge(ground, *position, out);
                count += acked;
                wakes |= more;
            }
            let due = own.cursor.note(ground.settings, now);
            if wakes {
                own.dispatch(ground, out);
            }
            (count, due)
        });
        let count = acked.map_or(0, |(count, _)| count);
        match self.answer(acked.map(|(_, due)| due)) {
            Reply::Ok => Reply::Acked(u32::try_from(count).unwrap_or(u32::MAX)),
            error @ (Reply::Receipt { .. }
            | Reply::Duplicate
            | Reply::Acked(_)
            | Reply::Subscribed(_)
            | Reply::Error(_)) => error,
        }
    }

    /// An answer to what a consumer asks; something may be due now.
    #[inline]
    fn answer(&mut self, done: Option<Option<Time>>) -> Reply {
        match done {
            None => Reply::Error(Error::ConsumerNotFound),
            Some(due) => {
                if let Some(due) = due {
                    self.due = self.due.min(due);
                }
                Reply::Ok
            }
        }
    }

    fn answer_to(&mut self, client: ClientId, request: Request, out: &mut impl Out) -> Reply {
        match request {
            Request::Name(text) => {
                self.names.tell(&text);
                Reply::Ok
            }
            Request::Key(text) => {
                self.keys.0.tell(&text);
                Reply::Ok
            }
            Request::Topic(spec) => {
                self.create(&spec, out);
                Reply::Ok
            }
            Request::Config(settings) => {
                self.settings = *settings;
                self.arm_checks(out.now());
                Reply::Ok
            }
            Request::Producer(topic) => self.connect_producer(client, topic, out),
            Request::CloseProducer(topic) => {
                if let Some(place) = self.topic_named(topic) {
                    self.topics[place].producers.retain(|own| *own != client);
                }
                Reply::Ok
            }
            Request::Send(send) => self.publish(client, send, out),
            Request::Subscribe(subscribe) => self.subscribe(client, &subscribe, out),
            Request::CloseConsumer(consumer) => match self.seat(client, consumer) {
                Some(seat) => {
                    self.remove_consumer(consumer, seat, out);
                    Reply::Ok
                }
                None => Reply::Error(Error::ConsumerNotFound),
            },
            Request::Unsubscribe(topic, subscription) => self.unsubscribe(topic, subscription, out),
            Request::Flow(consumer, permits) => self.flow(client, consumer, permits, out),
            Request::Ack(consumer, positions) => self.acknowledge(client, consumer, &positions, out),
            Request::AckThrough(consumer, entry) => self.acknowledge_through(client, consumer, entry, out),
            Request::Redeliver(consumer, entries) => {
                let seat = self.seat(client, consumer);
                self.redeliver(seat, consumer, &entries, out)
            }
            Request::RedeliverAll(consumer, epoch) => {
                let seat = self.seat(client, consumer);
                self.redeliver_all(seat, consumer, epoch, out)
            }
            Request::Operate(topic, subscription, operation) => {
                self.operate(topic, subscription, operation, out)
            }
            Request::Unload(topic) => self.unload(topic, out),
        }
    }

    #[inline]
    fn acknowledge_through(
        &mut self,
        client: ClientId,
        consumer: ConsumerId,
        entry: u64,
        out: &mut impl Out,
    ) -> Reply {
        let now = out.now();
        let acked = self.with_seat(client, consumer, |own, ground| {
            if own.shares() {
                return Err(Error::NotAllowed("no cumulative ack with Shared or Key_Shared"));
            }
            own.pass(ground, entry + 1, (crate::journal::Place::Done, crate::journal::Cause::Ack), out);
            Ok(own.cursor.note(ground.settings, now))
        });
        match acked {
            Some(Err(error)) => Reply::Error(error),
            Some(Ok(due)) => self.answer(Some(due)),
            None => self.answer(None),
        }
    }
}

impl Server for Pulsar {
    type Request = Request;
    type Reply = Reply;
    type Push = Push;

    #[inline]
    fn request(
        &mut self,
        client: ClientId,
        id: RequestId,
        request: Request,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        let reply = self.answer_to(client, request, out);
        out.reply(client, id, reply);
    }

    fn disconnect(&mut self, client: ClientId, out: &mut impl Outlet<Reply, Push>) {
        for topic in &mut self.topics {
            topic.producers.retain(|own| *own != client);
        }
        let own: Vec<(ConsumerId, Seat)> = self
            .seats
            .iter()
            .filter(|(_, seat)| seat.client == client)
            .map(|(id, seat)| (*id, *seat))
            .collect();
        for (consumer, seat) in own {
            self.remove_consumer(consumer, seat, out);
        }
    }

    #[inline]
    fn due(&self) -> Option<Time> {
        Some(self.due).filter(|due| *due < Time::MAX)
    }

    fn wake(&mut self, out: &mut impl Outlet<Reply, Push>) {
        self.run_due(out);
    }

    fn restart(&mut self, down: Down, out: &mut impl Outlet<Reply, Push>) {
        for place in 0..self.topics.len() {
            self.load_anew(place, down, out);
        }
        self.seats.clear();
        self.set_due();
    }

    fn holdings(&self) -> Vec<Holding> {
        self.all_holdings()
    }

    fn stores(&self, limit: usize) -> Vec<StoreView> {
        self.views(limit)
    }

    fn groups(&self) -> Vec<GroupView> {
        self.group_views()
    }
}

/// The store of the next subscription.
impl Pulsar {
    pub(super) fn next_store(&mut self) -> StoreId {
        let store = StoreId(self.stores);
        self.stores = self.stores.saturating_add(1);
        store
    }
}
