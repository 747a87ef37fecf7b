//! What an experiment is made of, as its clients know it.

use crate::broker::topology::{Receiver, Topology};
use crate::id::{ProducerId, WorkerId};

use super::super::request::{GroupId, Isolation, TopicId};
use super::super::server::Kafka;
use super::super::settings::{Settings, TopicSettings};
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
}

/// The workers of a consumer, who are members of one group.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Pool {
    pub(super) first: WorkerId,
    pub(super) topic: TopicId,
    pub(super) group: GroupId,
    pub(super) settings: ConsumerSettings,
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
        let mut server = Kafka::new(version, Settings::default());
        let topics: Vec<TopicId> =
            topology.parts.iter().map(|part| server.topic(&part.name, TopicSettings::default())).collect();
        let names = topology.parts.iter().map(|part| part.name.clone()).collect();
        let mut plan = Plan { version, topics, names, senders: Vec::new(), pools: Vec::new() };
        for receiver in &topology.receivers {
            let group = server.group(Plan::group_name(receiver));
            let topic = plan.topic_named(topology, &receiver.from);
            let settings = ConsumerSettings::new(&receiver.name, &receiver.settings);
            plan.pools.push(Pool { first: receiver.first, topic, group, settings });
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
        let sender = |own: &crate::broker::topology::Sender| Sender {
            id: own.id,
            topic: self.topic_named(topology, &own.to),
        };
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

    /// The pool of a worker.
    #[inline]
    pub(super) fn pool(&self, worker: WorkerId) -> Option<&Pool> {
        let place = self.pools.partition_point(|pool| pool.first <= worker);
        self.pools.get(place.checked_sub(1)?)
    }
}
