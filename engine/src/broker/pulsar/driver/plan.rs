//! What the topology says, in the names and requests of the broker.

use std::time::Duration;

use super::{
    Initial, Name, Operation, ProducerId, Pulsar, Request, Subscribe, Time, TopicSpec, Topology, Type,
    WorkerId,
};
use crate::broker::topology::{Part, Receiver, Sender, Sheet};
use crate::knob::Value;
use crate::mechanism::real::Real;
use crate::mechanism::shell_sort;

use super::super::manual::NON_PERSISTENT;
use super::super::settings::{Policies, Set, Settings};

/// A pool has at most so many workers.
const POOL: u16 = 50;

/// A part: its topic, or the topics of its partitions.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct PartPlan {
    pub(super) topics: Vec<Name>,
    persistent: bool,
    partitioned: bool,
    policies: Policies,
}

/// How messages are spread over partitions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Routing {
    RoundRobin,
    Single,
}

/// How one sends.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Sending {
    pub(super) id: ProducerId,
    pub(super) name: Name,
    pub(super) to: usize,
    pub(super) batching: bool,
    /// Whether messages of different keys go in different batches.
    pub(super) by_key: bool,
    pub(super) delay: Duration,
    pub(super) most: u32,
    pub(super) most_bytes: u64,
    pub(super) routing: Routing,
    pub(super) murmur: bool,
    pub(super) timeout: Duration,
    pub(super) deliver_after: Duration,
    /// Drawn from the seed: where a producer begins.
    pub(super) start: u32,
}

/// When a message that was given back is asked for again.
#[derive(Clone, Copy, PartialEq, Hash, Debug)]
pub(super) struct NackDelay {
    pub(super) delay: Duration,
    /// Growing from `delay`: the most, and the factor.
    pub(super) backoff: Option<(Duration, Real)>,
}

/// How a pool consumes.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Pool {
    first: WorkerId,
    pub(super) part: usize,
    pub(super) subscription: Name,
    /// By the place of the worker.
    names: Vec<Name>,
    pub(super) kind: Type,
    initial: Initial,
    priority: u16,
    out_of_order: bool,
    pub(super) queue: u32,
    pub(super) cumulative: bool,
    pub(super) ack_group: Duration,
    pub(super) ack_timeout: Duration,
    pub(super) tick: Duration,
    pub(super) batch_index: bool,
    pub(super) nack: NackDelay,
    /// `maxRedeliverCount`, if there is a dead-letter policy.
    pub(super) redeliveries: Option<u32>,
    pub(super) retry: bool,
    pub(super) dead_letters: Name,
    pub(super) retry_letters: Name,
}

/// All of it.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Plan {
    pub(super) parts: Vec<PartPlan>,
    pub(super) senders: Vec<Sending>,
    pub(super) pools: Vec<Pool>,
    pub(super) specs: Vec<TopicSpec>,
}

fn word(sheet: &Sheet, name: &str) -> String {
    sheet.text(name).to_owned()
}

fn whole(sheet: &Sheet, name: &str) -> u32 {
    sheet.number(name).unwrap_or(0.0) as u32
}

fn millis(sheet: &Sheet, name: &str) -> Duration {
    Duration::from_millis(whole(sheet, name).into())
}

/// Calls `set` with each setting of a sheet that is set.
fn each(sheet: &Sheet, mut set: impl FnMut(&str, Set<'_>)) {
    for knob in sheet.knobs() {
        match sheet.get(knob.name) {
            Some(Value::Number(number)) => set(knob.name, Set::Number(*number)),
            Some(Value::Choice(word)) if **word != *"unset" => set(knob.name, Set::Word(word)),
            Some(Value::Choice(_)) | None => {}
        }
    }
}

/// The settings of the broker from its sheet.
pub(super) fn settings(sheet: &Sheet) -> Settings {
    let mut settings = Settings::default();
    each(sheet, |name, to| {
        settings.set(name, to);
    });
    settings
}

fn policies(sheet: &Sheet) -> Policies {
    let mut policies = Policies::default();
    each(sheet, |name, to| {
        policies.set(name, to);
    });
    policies
}

fn place(topology: &Topology, part: &str) -> usize {
    topology.parts.iter().position(|own| own.name == *part).unwrap_or(0)
}

fn text_of(part: &Part) -> String {
    let domain = if part.kind == NON_PERSISTENT { "non-persistent" } else { "persistent" };
    format!("{domain}://public/default/{}", part.name)
}

impl Plan {
    /// Reads a topology, and tells the broker its names.
    pub(super) fn new(topology: &Topology, seed: u64, server: &mut Pulsar) -> Plan {
        let part = |part: &Part| {
            let (text, partitions) = (text_of(part), whole(&part.settings, "partitions"));
            let topics = match partitions {
                0 => vec![server.tell(&text)],
                _ => (0..partitions).map(|own| server.tell(&format!("{text}-partition-{own}"))).collect(),
            };
            PartPlan {
                topics,
                persistent: part.kind != NON_PERSISTENT,
                partitioned: partitions != 0,
                policies: Policies::default(),
            }
        };
        let parts: Vec<PartPlan> = topology.parts.iter().map(part).collect();
        let senders = topology.senders.iter().map(|sender| read_sender(sender, topology, seed, server));
        let senders: Vec<Sending> = senders.collect();
        let pools = topology.receivers.iter().map(|receiver| read_pool(receiver, topology, server));
        let pools: Vec<Pool> = pools.collect();
        let mut plan = Plan { parts, senders, pools, specs: Vec::new() };
        plan.reread(topology);
        plan
    }

    /// Reads all that can change while the experiment runs.
    pub(super) fn reread(&mut self, topology: &Topology) {
        for (plan, part) in self.parts.iter_mut().zip(&topology.parts) {
            plan.policies = policies(&part.settings);
        }
        for (sending, sender) in self.senders.iter_mut().zip(&topology.senders) {
            sending.reread(&sender.settings);
        }
        for (pool, receiver) in self.pools.iter_mut().zip(&topology.receivers) {
            pool.reread(&receiver.settings);
        }
        let places = 0..self.parts.len() as u16;
        self.specs = places.flat_map(|place| self.specs_of(place)).collect();
    }

    /// The topics of a part, with its policies.
    pub(super) fn specs_of(&self, place: u16) -> Vec<TopicSpec> {
        let Some(part) = self.parts.get(usize::from(place)) else { return Vec::new() };
        let spec = |(number, name): (u16, &Name)| TopicSpec {
            name: *name,
            partition: part.partitioned.then_some(number),
            persistent: part.persistent,
            policies: part.policies,
        };
        (0..).zip(&part.topics).map(spec).collect()
    }

    /// The subscriptions of all pools.
    pub(super) fn subscriptions(&self) -> Vec<Subscribe> {
        let mut all = Vec::new();
        for pool in &self.pools {
            let topics = self.topics(pool).into_iter();
            all.extend(
                topics.map(|topic| Subscribe { consumes: false, ..pool.subscribe(topic, pool.first) }),
            );
        }
        all
    }

    /// The topics from which a pool reads.
    pub(super) fn topics(&self, pool: &Pool) -> Vec<Name> {
        let mut topics = self.parts.get(pool.part).map(|part| part.topics.clone()).unwrap_or_default();
        if pool.retry {
            topics.push(pool.retry_letters);
        }
        topics
    }

    /// The place of a producer among those that send.
    #[inline]
    pub(super) fn sender(&self, producer: ProducerId) -> Option<usize> {
        let usual = usize::from(producer.0);
        if self.senders.get(usual).is_some_and(|sending| sending.id == producer) {
            return Some(usual);
        }
        self.senders.iter().position(|sending| sending.id == producer)
    }

    /// The pool of a worker.
    #[inline]
    pub(super) fn pool(&self, worker: WorkerId) -> Option<&Pool> {
        self.pools.iter().rev().find(|pool| pool.first <= worker)
    }

    /// The requests of an operator's act.
    pub(super) fn acts(
        &self,
        act: &str,
        part: Option<u16>,
        argument: Option<f64>,
        now: Time,
    ) -> Vec<Request> {
        let Some((place, topics)) =
            part.and_then(|place| Some((usize::from(place), &self.parts.get(usize::from(place))?.topics)))
        else {
            return Vec::new();
        };
        if act == "unload" {
            return topics.iter().map(|topic| Request::Unload(*topic)).collect();
        }
        let number = argument.unwrap_or(0.0);
        let span = Duration::from_nanos((number * 1e9) as u64);
        let operation = match act {
            "skip" => Operation::Skip(number as u64),
            "clear-backlog" => Operation::Clear,
            "expire-messages" => Operation::Expire(span),
            _ => Operation::SeekTime(Time::from_nanos(
                now.as_nanos().saturating_sub(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)),
            )),
        };
        let mut names: Vec<Name> =
            self.pools.iter().filter(|pool| pool.part == place).map(|pool| pool.subscription).collect();
        shell_sort::sort(&mut names);
        names.dedup();
        let each = |topic: &Name| names.iter().map(move |own| (*topic, *own)).collect::<Vec<_>>();
        let all = topics.iter().flat_map(each);
        all.map(|(topic, own)| Request::Operate(topic, own, operation)).collect()
    }
}

impl Pool {
    /// How a worker asks to consume from a topic.
    pub(super) fn subscribe(&self, topic: Name, worker: WorkerId) -> Subscribe {
        let place = usize::from(worker.0.saturating_sub(self.first.0));
        Subscribe {
            topic,
            subscription: self.subscription,
            // Retry letters are shared out however the topic itself is.
            kind: self.kind,
            initial: self.initial,
            consumes: true,
            consumer: self.names.get(place).copied().unwrap_or(self.subscription),
            priority: self.priority,
            sticky: Vec::new(),
            out_of_order: self.out_of_order,
        }
    }

    fn reread(&mut self, sheet: &Sheet) {
        self.queue = whole(sheet, "receiverQueueSize");
        self.cumulative =
            word(sheet, "ackType") == "cumulative" && matches!(self.kind, Type::Exclusive | Type::Failover);
        self.ack_group = millis(sheet, "acknowledgmentGroupTime");
        self.ack_timeout = sheet.span("ackTimeout");
        self.tick = millis(sheet, "ackTimeoutTickTime").max(Duration::from_millis(1));
        self.batch_index = word(sheet, "enableBatchIndexAcknowledgment") == "true";
        let backoff = (word(sheet, "redeliveryBackoff") == "on").then(|| {
            let factor = Real(sheet.number("redeliveryBackoffMultiplier").unwrap_or(1.0));
            (sheet.span("redeliveryBackoffMaxDelay"), factor)
        });
        let first =
            if backoff.is_some() { "redeliveryBackoffMinDelay" } else { "negativeAckRedeliveryDelay" };
        self.nack = NackDelay { delay: sheet.span(first), backoff };
        let shares = matches!(self.kind, Type::Shared | Type::KeyShared);
        let most = sheet.number("maxRedeliverCount").map(|most| most as u32);
        self.redeliveries = most.filter(|_| shares);
    }
}

impl Sending {
    fn reread(&mut self, sheet: &Sheet) {
        self.batching = word(sheet, "batchingEnabled") == "true";
        self.by_key = word(sheet, "batcherBuilder") == "KEY_BASED";
        self.delay = millis(sheet, "batchingMaxPublishDelay").max(Duration::from_millis(1));
        self.most = whole(sheet, "batchingMaxMessages").max(1);
        self.most_bytes = u64::from(whole(sheet, "batchingMaxBytes").max(1));
        self.routing = match sheet.text("messageRoutingMode") {
            "SinglePartition" => Routing::Single,
            _ => Routing::RoundRobin,
        };
        self.murmur = word(sheet, "hashingScheme") == "Murmur3_32Hash";
        self.timeout = sheet.span("sendTimeout");
        self.deliver_after = sheet.span("deliverAfter");
    }
}

fn read_sender(sender: &Sender, topology: &Topology, seed: u64, server: &mut Pulsar) -> Sending {
    // Any number that is not the same for all will do.
    let start = seed.wrapping_add(u64::from(sender.id.0)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
    Sending {
        id: sender.id,
        name: server.tell(&sender.name),
        to: place(topology, &sender.to),
        batching: false,
        by_key: false,
        delay: Duration::ZERO,
        most: 1,
        most_bytes: 1,
        routing: Routing::RoundRobin,
        murmur: false,
        timeout: Duration::ZERO,
        deliver_after: Duration::ZERO,
        start: start as u32,
    }
}

fn read_pool(receiver: &Receiver, topology: &Topology, server: &mut Pulsar) -> Pool {
    let sheet = &receiver.settings;
    let subscription = match sheet.text("subscriptionName") {
        "" => receiver.name.as_str(),
        named => named,
    };
    let part = place(topology, &receiver.from);
    let topic = topology.parts.get(part).map(text_of).unwrap_or_default();
    let link = topology.links.iter().find(|link| link.from == receiver.from);
    let dead = match link.and_then(|link| topology.parts.iter().find(|part| part.name == link.to)) {
        Some(part) => text_of(part),
        None => format!("{topic}-{subscription}-DLQ"),
    };
    let kinds = [
        ("Exclusive", Type::Exclusive),
        ("Failover", Type::Failover),
        ("Shared", Type::Shared),
        ("Key_Shared", Type::KeyShared),
    ];
    let initial = [("Latest", Initial::Latest), ("Earliest", Initial::Earliest)];
    Pool {
        first: receiver.first,
        part,
        subscription: server.tell(subscription),
        names: (1..=POOL).map(|number| server.tell(&format!("{}-{number}", receiver.name))).collect(),
        kind: sheet.choice("subscriptionType", &kinds),
        initial: sheet.choice("subscriptionInitialPosition", &initial),
        priority: whole(sheet, "priorityLevel") as u16,
        out_of_order: word(sheet, "allowOutOfOrderDelivery") == "true",
        queue: 0,
        cumulative: false,
        ack_group: Duration::ZERO,
        ack_timeout: Duration::ZERO,
        tick: Duration::ZERO,
        batch_index: false,
        nack: NackDelay { delay: Duration::ZERO, backoff: None },
        redeliveries: None,
        retry: word(sheet, "enableRetry") == "true",
        dead_letters: server.tell(&dead),
        retry_letters: server.tell(&format!("{topic}-{subscription}-RETRY")),
    }
}
