//! What an experiment is made of, as its clients know it.

use std::time::Duration;

use crate::broker::topology::{self, Receiver, Sheet, Topology};
use crate::id::{ProducerId, WorkerId};
use crate::message::Message;

use super::super::group::GroupSettings;
use super::super::partitioner::Hashing;
use super::super::producer_config::ProducerConfig;
use super::super::request::{Acks, GroupId, Isolation, TopicId};
use super::super::server::Kafka;
use super::super::settings::{Settings, TopicSettings, millionths};
use super::super::version::Version;
use super::consumer::ConsumerSettings;

/// The plan.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Plan {
    pub(super) version: Version,
    /// By the place of the part.
    pub(super) topics: Vec<TopicId>,
    /// Their names.
    names: Vec<String>,
    /// How many partitions they were made with.
    partitions: Vec<u16>,
    /// By the place of the sender.
    pub(super) senders: Vec<Sender>,
    /// In the order of their first workers.
    pub(super) pools: Vec<Pool>,
}

/// A producer.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Sender {
    pub(super) id: ProducerId,
    pub(super) topic: TopicId,
    pub(super) config: ProducerConfig,
    /// Whether it is idempotent; nothing if its settings do not go together, so that it cannot be made.
    pub(super) idempotent: Option<bool>,
    pub(super) batch_size: u32,
    pub(super) buffer_memory: u64,
    pub(super) max_block: Duration,
    pub(super) retry_backoff: Duration,
    pub(super) hashing: Hashing,
    pub(super) ignores_keys: bool,
    pub(super) adaptive: bool,
}

impl Sender {
    fn new(own: &topology::Sender, topic: TopicId, version: Version) -> Sender {
        let sheet = &own.settings;
        let number = |name: &str| sheet.number(name).unwrap_or(0.0);
        let millis = |name: &str| Duration::from_millis(number(name) as u64);
        let config = ProducerConfig {
            acks: sheet.choice("acks", &[("all", Acks::All), ("1", Acks::Leader), ("0", Acks::None)]),
            idempotence: match sheet.text("enable.idempotence") {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            retries: number("retries") as u32,
            max_in_flight: number("max.in.flight.requests.per.connection") as u32,
            linger: millis("linger.ms"),
            request_timeout: millis("request.timeout.ms"),
            delivery_timeout: millis("delivery.timeout.ms"),
            transactional: false,
        };
        Sender {
            id: own.id,
            topic,
            idempotent: config.is_idempotent(version).ok(),
            config,
            batch_size: number("batch.size") as u32,
            buffer_memory: number("buffer.memory") as u64,
            max_block: millis("max.block.ms"),
            retry_backoff: millis("retry.backoff.ms"),
            hashing: sheet.choice(
                "partitioner",
                &[("murmur2", Hashing::Murmur2), ("consistent_random", Hashing::Crc32)],
            ),
            ignores_keys: sheet.text("partitioner.ignore.keys") == "true",
            adaptive: sheet.text("partitioner.adaptive.partitioning.enable") == "true",
        }
    }

    /// Whether the key of a message decides its partition.
    #[inline]
    pub(super) fn is_keyed(&self, message: &Message) -> bool {
        message.key != 0 && !self.ignores_keys
    }
}

/// What the cluster is set to.
pub(super) fn settings(topology: &Topology) -> Settings {
    let sheet = &topology.settings;
    let millis = |name: &str| Duration::from_millis(sheet.number(name).unwrap_or(0.0) as u64);
    let minutes = sheet.number("offsets.retention.minutes").unwrap_or(0.0) as u64;
    Settings {
        brokers: sheet.number("brokers").unwrap_or(1.0) as u8,
        replication_delay: millis("replication-delay"),
        broker_session_timeout: millis("broker.session.timeout.ms"),
        replica_lag_time_max: millis("replica.lag.time.max.ms"),
        retention_check_interval: millis("log.retention.check.interval.ms"),
        cleaner_backoff: millis("log.cleaner.backoff.ms"),
        groups: GroupSettings {
            initial_delay: millis("group.initial.rebalance.delay.ms"),
            min_session: millis("group.min.session.timeout.ms"),
            max_session: millis("group.max.session.timeout.ms"),
            offsets_retention: Duration::from_secs(minutes.saturating_mul(60)),
            modern_session: millis("group.consumer.session.timeout.ms"),
            modern_interval: millis("group.consumer.heartbeat.interval.ms"),
        },
    }
}

/// What a topic is set to.
pub(super) fn topic_settings(sheet: &Sheet) -> TopicSettings {
    let usual = TopicSettings::default();
    let number = |name: &str| sheet.number(name).unwrap_or(0.0);
    let millis = |name: &str| Duration::from_millis(number(name) as u64);
    let (deletes, compacts) = sheet.choice(
        "cleanup.policy",
        &[("delete", (true, false)), ("compact", (false, true)), ("compact,delete", (true, true))],
    );
    let retention = sheet.number("retention.ms");
    TopicSettings {
        partitions: number("partitions") as u16,
        replication_factor: number("replication.factor") as u8,
        min_insync_replicas: number("min.insync.replicas") as u8,
        unclean_leader_election: sheet.text("unclean.leader.election.enable") == "true",
        segment_bytes: number("segment.bytes") as u64,
        segment_time: millis("segment.ms"),
        retention: retention.map_or(usual.retention, |number| Some(Duration::from_millis(number as u64))),
        retention_bytes: sheet.number("retention.bytes").map(|number| number as u64),
        deletes,
        compacts,
        min_cleanable_dirty_ratio: millionths(number("min.cleanable.dirty.ratio")),
        delete_retention: millis("delete.retention.ms"),
        max_message_bytes: number("max.message.bytes") as u32,
    }
}

/// The workers of a consumer, who are members of one group.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Pool {
    pub(super) first: WorkerId,
    pub(super) topic: TopicId,
    pub(super) group: GroupId,
    pub(super) settings: ConsumerSettings,
    /// The topic that takes in what failed for good, and how many partitions it has.
    pub(super) dead: Option<(TopicId, u16)>,
}

impl Pool {
    /// What may be shown to it.
    pub(super) fn isolation(&self) -> Isolation {
        self.settings.isolation
    }
}

impl Plan {
    /// The plan of a topology, and the cluster that it describes.
    pub(super) fn new(topology: &Topology) -> (Plan, Kafka) {
        let version = Version::named(&topology.version);
        let mut server = Kafka::new(version, settings(topology));
        let topics: Vec<TopicId> = topology
            .parts
            .iter()
            .map(|part| server.topic(&part.name, topic_settings(&part.settings)))
            .collect();
        let partitions = topics.iter().map(|topic| server.partitions_of(*topic)).collect();
        let names = topology.parts.iter().map(|part| part.name.clone()).collect();
        let mut plan = Plan { version, topics, names, partitions, senders: Vec::new(), pools: Vec::new() };
        for receiver in &topology.receivers {
            let group = server.group(Plan::group_name(receiver));
            let topic = plan.topic_named(topology, &receiver.from);
            let settings = ConsumerSettings::new(&receiver.name, &receiver.settings);
            let link = topology.links.iter().find(|link| link.from == receiver.from);
            let dead = link.map(|link| plan.topic_named(topology, &link.to));
            let dead = dead.map(|dead| (dead, server.partitions_of(dead)));
            plan.pools.push(Pool { first: receiver.first, topic, group, settings, dead });
        }
        plan.reread(topology);
        (plan, server)
    }

    /// A consumer's `group.id`; its own name if it has none.
    fn group_name(receiver: &Receiver) -> &str {
        match receiver.settings.text("group.id") {
            "" => &receiver.name,
            name => name,
        }
    }

    fn topic_named(&self, topology: &Topology, name: &str) -> TopicId {
        let place = topology.parts.iter().position(|part| part.name == name);
        place.and_then(|place| self.topics.get(place).copied()).unwrap_or(TopicId(0))
    }

    /// Settings have changed.
    pub(super) fn reread(&mut self, topology: &Topology) {
        let sender =
            |own: &topology::Sender| Sender::new(own, self.topic_named(topology, &own.to), self.version);
        self.senders = topology.senders.iter().map(sender).collect();
        for (pool, receiver) in self.pools.iter_mut().zip(&topology.receivers) {
            pool.settings = ConsumerSettings::new(&receiver.name, &receiver.settings);
        }
    }

    /// The name of a topic.
    pub(super) fn name_of(&self, topic: TopicId) -> &str {
        let place = self.topics.iter().position(|own| *own == topic);
        place.and_then(|place| self.names.get(place)).map_or("", |name| name)
    }

    /// How many partitions a topic was made with.
    pub(super) fn partitions(&self, topic: TopicId) -> u16 {
        self.partitions.get(usize::from(topic.0)).copied().unwrap_or(1)
    }

    /// What a producer is set to.
    #[inline]
    pub(super) fn sender(&self, id: ProducerId) -> Option<&Sender> {
        // Nearly always its place is its number.
        match self.senders.get(usize::from(id.0)) {
            Some(sender) if sender.id == id => Some(sender),
            Some(_) | None => self.senders.iter().find(|sender| sender.id == id),
        }
    }

    /// The pool of a worker.
    #[inline]
    pub(super) fn pool(&self, worker: WorkerId) -> Option<&Pool> {
        let place = self.pools.partition_point(|pool| pool.first <= worker);
        self.pools.get(place.checked_sub(1)?)
    }
}
