//! What there is in an experiment, as the service knows it: topics first, then subscriptions, then their properties.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::broker::topology::{Part, Topology};
use crate::id::RequestId;
use crate::knob::Value;

use super::super::TOPIC;
use super::super::api::{
    Code, DeadLetterPolicy, Fault, Field, Reply, Request, RetryPolicy, SnapshotName, SubscriptionName,
    TopicName,
};
use super::super::approximate::Approximations;

/// Where a part is found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Address {
    /// The service was not asked yet, or has not answered.
    Unknown,
    /// The service has refused to make it.
    Nowhere,
    Topic(TopicName),
    Subscription(SubscriptionName),
}

/// What a client knows of a part.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Known {
    name: Arc<str>,
    is_topic: bool,
    address: Address,
    exactly_once: bool,
    /// The latest snapshot that was taken of it, and how many were.
    snapshot: Option<SnapshotName>,
    snapshots: u32,
}

/// What was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Asked {
    /// To make the part at this place.
    Part(u16),
    /// To take a snapshot of it.
    Snapshot(u16),
}

/// The parts of an experiment, by their place in its topology.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Parts {
    known: Vec<Known>,
    /// Whether the service has answered for all.
    complete: bool,
    /// What is not answered yet.
    pub(super) asked: VecDeque<(RequestId, Asked)>,
}

/// How the service approximates.
pub(super) fn approximations(topology: &Topology) -> Approximations {
    let (sheet, mut all) = (&topology.settings, Approximations::default());
    all.set_jitter(sheet.text("jitter") == "on");
    for name in ["lost-acks", "lost-replies", "publish-errors", "unavailable"] {
        all.set_share(name, sheet.number(name).unwrap_or(0.0));
    }
    all
}

/// The place of the part of this name.
pub(super) fn place(topology: &Topology, name: &str) -> Option<u16> {
    topology.parts.iter().position(|part| part.name == name).map(|place| place as u16)
}

/// A whole number that a knob is set to; nothing if it is unset.
pub(super) fn whole(value: Option<&Value>) -> Option<u32> {
    match value? {
        Value::Number(number) => Some(*number as u32),
        Value::Choice(_) => None,
    }
}

fn retry_policy(part: &Part) -> Option<RetryPolicy> {
    let set = |name| part.settings.number(name).map(|seconds| Duration::from_nanos((seconds * 1e9) as u64));
    let (minimum, maximum) = (set("minimumBackoff"), set("maximumBackoff"));
    if minimum.is_none() && maximum.is_none() {
        return None;
    }
    let minimum = minimum.unwrap_or(Duration::from_secs(10));
    let maximum = maximum.unwrap_or(Duration::from_secs(600)).max(minimum);
    Some(RetryPolicy { minimum, maximum })
}

/// What is fixed when a subscription is made.
fn fixed(part: &Part) -> Vec<Field> {
    let sheet = &part.settings;
    let mut all = vec![Field::EnableMessageOrdering(sheet.text("enableMessageOrdering") == "true")];
    let filter = sheet.text("filter");
    if !filter.is_empty() {
        all.push(Field::Filter(filter.into()));
    }
    all
}

impl Parts {
    pub(super) fn new(topology: &Topology) -> Parts {
        let known = |part: &Part| Known {
            name: part.name.as_str().into(),
            is_topic: part.kind == TOPIC,
            address: Address::Unknown,
            exactly_once: part.settings.text("enableExactlyOnceDelivery") == "true",
            snapshot: None,
            snapshots: 0,
        };
        let known = topology.parts.iter().map(known).collect();
        Parts { known, complete: topology.parts.is_empty(), asked: VecDeque::new() }
    }

    /// Whether the service has answered for all.
    #[inline]
    pub(super) fn are_known(&self) -> bool {
        self.complete
    }

    /// What makes topics, or subscriptions once there are topics.
    pub(super) fn declarations(&mut self, topology: &Topology, topics: bool) -> Vec<(Asked, Request)> {
        let mut all = Vec::new();
        for (at, part) in topology.parts.iter().enumerate() {
            if self.known[at].is_topic != topics || self.known[at].address != Address::Unknown {
                continue;
            }
            let name = self.known[at].name.clone();
            if topics {
                let retention = whole(part.settings.get("messageRetentionDuration"));
                all.push((Asked::Part(at as u16), Request::CreateTopic { name, retention }));
            } else if let Some(topic) = self.topic_of(topology, part) {
                let fields = fixed(part);
                let request = Request::CreateSubscription { name, topic, fields };
                all.push((Asked::Part(at as u16), request));
            } else {
                // Without a topic there is no subscription.
                self.known[at].address = Address::Nowhere;
            }
        }
        self.look();
        all
    }

    /// The topic from which a link leads to a subscription.
    fn topic_of(&self, topology: &Topology, part: &Part) -> Option<TopicName> {
        let links = topology.links.iter().filter(|link| link.to == part.name);
        links.filter_map(|link| self.topic(place(topology, &link.from)?)).next()
    }

    /// What was asked for under this number.
    pub(super) fn answered(&mut self, id: RequestId) -> Option<Asked> {
        if self.asked.front()?.0 != id {
            return None;
        }
        self.asked.pop_front().map(|(_, what)| what)
    }

    /// What finds a part that there is already.
    pub(super) fn find(&self, what: Asked, reply: &Reply) -> Option<Request> {
        let Reply::Failed(Fault { code: Code::AlreadyExists, .. }) = reply else { return None };
        let Asked::Part(at) = what else { return None };
        let known = self.known.get(usize::from(at))?;
        let name = known.name.clone();
        Some(if known.is_topic { Request::GetTopic(name) } else { Request::GetSubscription(name) })
    }

    pub(super) fn note(&mut self, what: Asked, reply: &Reply) {
        match what {
            Asked::Part(at) => {
                self.known[usize::from(at)].address = match reply {
                    Reply::Topic(topic) => Address::Topic(*topic),
                    Reply::Subscription(subscription) => Address::Subscription(*subscription),
                    Reply::Ok
                    | Reply::Snapshot(..)
                    | Reply::Published(_)
                    | Reply::Received(_)
                    | Reply::Each(_)
                    | Reply::Failed(_) => Address::Nowhere,
                };
            }
            Asked::Snapshot(at) => {
                if let Reply::Snapshot(snapshot, _) = reply {
                    self.known[usize::from(at)].snapshot = Some(*snapshot);
                }
            }
        }
        self.look();
    }

    fn look(&mut self) {
        self.complete = self.known.iter().all(|known| known.address != Address::Unknown);
    }

    /// Whether there are all topics.
    pub(super) fn has_topics(&self) -> bool {
        self.known.iter().all(|known| !known.is_topic || known.address != Address::Unknown)
    }

    /// Sets all properties of a part, one by one: one that the service refuses leaves the others.
    pub(super) fn properties(&mut self, topology: &Topology, at: u16) -> Vec<Request> {
        let Some(part) = topology.parts.get(usize::from(at)) else { return Vec::new() };
        let sheet = &part.settings;
        if let Some(topic) = self.topic(at) {
            return vec![Request::UpdateTopic {
                topic,
                retention: whole(sheet.get("messageRetentionDuration")),
            }];
        }
        let Some(subscription) = self.subscription(at) else { return Vec::new() };
        let is = |name: &str| sheet.text(name) == "true";
        self.known[usize::from(at)].exactly_once = is("enableExactlyOnceDelivery");
        let fields = [
            Field::AckDeadlineSeconds(whole(sheet.get("ackDeadlineSeconds")).unwrap_or(10)),
            Field::RetryPolicy(retry_policy(part)),
            Field::DeadLetterPolicy(self.dead_letters(topology, part)),
            Field::MessageRetentionDuration(
                whole(sheet.get("messageRetentionDuration")).unwrap_or(7 * 86_400),
            ),
            Field::RetainAckedMessages(is("retainAckedMessages")),
            Field::ExpirationTtl(whole(sheet.get("expirationPolicy.ttl"))),
            Field::EnableExactlyOnceDelivery(is("enableExactlyOnceDelivery")),
        ];
        let update = |field| Request::UpdateSubscription { subscription, fields: vec![field] };
        fields.into_iter().map(update).collect()
    }

    /// The policy of the link that leads from a subscription to a topic.
    fn dead_letters(&self, topology: &Topology, part: &Part) -> Option<DeadLetterPolicy> {
        let link = topology.links.iter().find(|link| link.from == part.name)?;
        Some(DeadLetterPolicy {
            topic: self.topic(place(topology, &link.to)?)?,
            attempts: whole(link.settings.get("maxDeliveryAttempts")).unwrap_or(5) as u16,
            permitted: link.settings.text("permission") != "missing",
        })
    }

    /// The topic at a place, if it is one.
    #[inline]
    pub(super) fn topic(&self, at: u16) -> Option<TopicName> {
        match self.known.get(usize::from(at))?.address {
            Address::Topic(topic) => Some(topic),
            Address::Unknown | Address::Nowhere | Address::Subscription(_) => None,
        }
    }

    /// The subscription at a place, if it is one.
    #[inline]
    pub(super) fn subscription(&self, at: u16) -> Option<SubscriptionName> {
        match self.known.get(usize::from(at))?.address {
            Address::Subscription(subscription) => Some(subscription),
            Address::Unknown | Address::Nowhere | Address::Topic(_) => None,
        }
    }

    /// Whether the subscription at a place has exactly-once delivery.
    pub(super) fn is_exactly_once(&self, at: u16) -> bool {
        self.known.get(usize::from(at)).is_some_and(|known| known.exactly_once)
    }

    /// A name for another snapshot of a part.
    pub(super) fn next_snapshot(&mut self, at: u16) -> Option<Arc<str>> {
        let known = self.known.get_mut(usize::from(at))?;
        known.snapshots += 1;
        Some(format!("{}-{}", known.name, known.snapshots).into())
    }

    /// The latest snapshot of a part.
    pub(super) fn snapshot(&self, at: u16) -> Option<SnapshotName> {
        self.known.get(usize::from(at))?.snapshot
    }
}
