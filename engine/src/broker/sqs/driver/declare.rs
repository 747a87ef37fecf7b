//! What there is in an experiment, as the service knows it: addresses, attributes, subscriptions.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::broker::topology::{Link, Part, Topology};
use crate::id::RequestId;
use crate::knob;

use super::super::api::{QueueUrl, Reply, Request, TopicArn};
use super::super::attributes::{Attribute, DeduplicationScope, FifoThroughputLimit, RedriveAllowPolicy};
use super::super::settings::{Settings, Share};
use super::super::{FIFO, TOPIC};
use super::whole;

/// Where a part is found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Address {
    Queue(QueueUrl),
    Topic(TopicArn),
}

/// What a client knows of a part.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Known {
    /// The name that the service has for it.
    name: Arc<str>,
    pub(super) fifo: bool,
    pub(super) content_based: bool,
    /// In seconds.
    pub(super) visibility_timeout: u32,
    pub(super) wait_seconds: u32,
    attributes: Vec<Attribute>,
    address: Option<Address>,
}

/// What was asked for, by the place of the part.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Declared(u16);

#[derive(Clone, PartialEq, Hash, Debug)]
struct Join {
    from: u16,
    to: u16,
    max_receive_count: u32,
    filter: Arc<str>,
}

/// The parts of an experiment, by their place in its topology.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Parts {
    known: Vec<Known>,
    joins: Vec<Join>,
    /// Whether all have their address.
    complete: bool,
    /// Declarations that are not answered yet.
    pub(super) asked: VecDeque<(RequestId, Declared)>,
}

/// The settings of the service.
pub(super) fn settings(topology: &Topology) -> Settings {
    let sheet = &topology.settings;
    let share = |name| Share::of(sheet.number(name).unwrap_or(0.0));
    let usual = Settings::default();
    let quota = |name, usual| whole(sheet.get(name)).unwrap_or(usual);
    Settings {
        sampling: sheet.text("sampling") == "on",
        reorder: share("reorder"),
        duplicates: share("duplicates"),
        missed_deletes: share("missed-deletes"),
        in_flight_quota: quota("in-flight-quota", usual.in_flight_quota),
        fifo_rate: quota("fifo-rate", usual.fifo_rate),
        scan_window: quota("scan-window", usual.scan_window),
    }
}

/// The place of the part of this name.
pub(super) fn place(topology: &Topology, name: &str) -> Option<u16> {
    topology.parts.iter().position(|part| part.name == name).map(|place| place as u16)
}

/// The attributes of a queue, each of which can be set by itself: one that the service refuses leaves the others.
fn attributes(part: &Part) -> Vec<Attribute> {
    let sheet = &part.settings;
    let set = |name: &str, attribute: fn(u32) -> Attribute| whole(sheet.get(name)).map(attribute);
    let numbers = [
        set("VisibilityTimeout", Attribute::VisibilityTimeout),
        set("DelaySeconds", Attribute::DelaySeconds),
        set("MessageRetentionPeriod", Attribute::MessageRetentionPeriod),
        set("ReceiveMessageWaitTimeSeconds", Attribute::ReceiveMessageWaitTimeSeconds),
        set("MaximumMessageSize", Attribute::MaximumMessageSize),
    ];
    let mut all: Vec<Attribute> = numbers.into_iter().flatten().collect();
    let deny = sheet.text("RedriveAllowPolicy") == "denyAll";
    let allow = if deny { RedriveAllowPolicy::DenyAll } else { RedriveAllowPolicy::AllowAll };
    all.push(Attribute::RedriveAllowPolicy(allow));
    if part.kind == FIFO {
        const SCOPES: &[(&str, DeduplicationScope)] =
            &[("queue", DeduplicationScope::Queue), ("messageGroup", DeduplicationScope::MessageGroup)];
        const LIMITS: &[(&str, FifoThroughputLimit)] = &[
            ("perQueue", FifoThroughputLimit::PerQueue),
            ("perMessageGroupId", FifoThroughputLimit::PerMessageGroupId),
        ];
        let content_based = sheet.text("ContentBasedDeduplication") == "true";
        all.push(Attribute::ContentBasedDeduplication(content_based));
        all.push(Attribute::DeduplicationScope(sheet.choice("DeduplicationScope", SCOPES)));
        all.push(Attribute::FifoThroughputLimit(sheet.choice("FifoThroughputLimit", LIMITS)));
    }
    all
}

/// A name as the service takes it: 80 letters, digits, - and _, with .fifo behind them where that is due.
fn name_of(part: &Part, fifo: bool) -> Arc<str> {
    let stem = part.name.strip_suffix(".fifo").unwrap_or(&part.name);
    let letter = |letter: char| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' };
    let stem: String = stem.chars().map(letter).take(75).collect();
    if fifo { format!("{stem}.fifo").into() } else { stem.into() }
}

fn join(topology: &Topology, link: &Link) -> Option<Join> {
    Some(Join {
        from: place(topology, &link.from)?,
        to: place(topology, &link.to)?,
        max_receive_count: whole(link.settings.get("maxReceiveCount")).unwrap_or(10),
        filter: link.settings.text("FilterPolicy").into(),
    })
}

impl Parts {
    pub(super) fn new(topology: &Topology) -> Parts {
        // A topic is FIFO if one of the queues behind it is.
        let feeds_fifo =
            |part: &Part| {
                topology.links.iter().filter(|link| link.from == part.name).any(|link| {
                    topology.parts.iter().any(|other| other.name == link.to && other.kind == FIFO)
                })
            };
        let known = |part: &Part| {
            let fifo = part.kind == FIFO || part.kind == TOPIC && feeds_fifo(part);
            let mut known = Known {
                name: name_of(part, fifo),
                fifo,
                content_based: false,
                visibility_timeout: 0,
                wait_seconds: 0,
                attributes: Vec::new(),
                address: None,
            };
            known.learn(part);
            known
        };
        Parts {
            known: topology.parts.iter().map(known).collect(),
            joins: topology.links.iter().filter_map(|link| join(topology, link)).collect(),
            complete: topology.parts.is_empty(),
            asked: VecDeque::new(),
        }
    }

    /// Whether all have their address.
    #[inline]
    pub(super) fn are_known(&self) -> bool {
        self.complete
    }

    #[inline]
    pub(super) fn get(&self, place: u16) -> Option<&Known> {
        self.known.get(usize::from(place))
    }

    /// What makes all parts; their attributes are set once all are there.
    pub(super) fn declarations(&self, topology: &Topology) -> Vec<(Declared, Request)> {
        let part = |(place, (known, part)): (usize, (&Known, &Part))| {
            let name = known.name.clone();
            let request = if part.kind == TOPIC {
                Request::CreateTopic { name }
            } else {
                let attributes = if known.fifo { vec![Attribute::FifoQueue(true)] } else { Vec::new() };
                Request::CreateQueue { name, attributes }
            };
            (Declared(place as u16), request)
        };
        self.known.iter().zip(&topology.parts).enumerate().map(part).collect()
    }

    /// What was asked for under this number.
    pub(super) fn answered(&mut self, id: RequestId) -> Option<Declared> {
        if self.asked.front()?.0 != id {
            return None;
        }
        self.asked.pop_front().map(|(_, what)| what)
    }

    pub(super) fn note(&mut self, what: Declared, reply: &Reply) {
        let address = &mut self.known[usize::from(what.0)].address;
        if let Reply::Url(queue) = reply {
            *address = Some(Address::Queue(*queue));
        } else if let Reply::Topic(topic) = reply {
            *address = Some(Address::Topic(*topic));
        }
        self.complete = self.known.iter().all(|known| known.address.is_some());
    }

    /// Sets all attributes of all queues, one by one.
    pub(super) fn attributes(&self) -> impl Iterator<Item = Request> {
        self.known.iter().flat_map(Known::set_attributes)
    }

    /// Joins all that a topology joins: subscriptions of topics, dead-letter queues of queues.
    pub(super) fn joins(&self) -> impl Iterator<Item = Request> {
        self.joins.iter().filter_map(|join| self.request(join))
    }

    fn request(&self, join: &Join) -> Option<Request> {
        let filter = join.filter.clone();
        match (self.address(join.from)?, self.address(join.to)?) {
            (Address::Topic(topic), Address::Queue(queue)) => {
                Some(Request::Subscribe { topic, queue, filter })
            }
            (Address::Queue(queue), Address::Queue(_)) => {
                let policy = (self.get(join.to)?.name.clone(), join.max_receive_count);
                let attributes = vec![Attribute::RedrivePolicy(Some(policy))];
                Some(Request::SetQueueAttributes { queue, attributes })
            }
            (Address::Topic(_) | Address::Queue(_), Address::Topic(_)) => None,
        }
    }

    /// After a setting of a part has changed.
    pub(super) fn changed(&mut self, topology: &Topology, place: u16) -> Vec<Request> {
        let place = usize::from(place);
        let (Some(known), Some(part)) = (self.known.get_mut(place), topology.parts.get(place)) else {
            return Vec::new();
        };
        known.learn(part);
        known.set_attributes()
    }

    /// After a setting of a link has changed.
    pub(super) fn joined(&mut self, topology: &Topology, place: u16) -> Option<Request> {
        let changed = join(topology, topology.links.get(usize::from(place))?)?;
        let request = self.request(&changed);
        let same = |own: &&mut Join| own.from == changed.from && own.to == changed.to;
        if let Some(own) = self.joins.iter_mut().find(same) {
            *own = changed;
        }
        request
    }

    #[inline]
    pub(super) fn address(&self, place: u16) -> Option<Address> {
        self.get(place)?.address
    }

    /// The queue at a place, if it is one.
    #[inline]
    pub(super) fn queue(&self, place: u16) -> Option<QueueUrl> {
        match self.address(place)? {
            Address::Queue(queue) => Some(queue),
            Address::Topic(_) => None,
        }
    }
}

impl Known {
    fn learn(&mut self, part: &Part) {
        let number = |name| part.settings.get(name).map_or(0.0, knob::number) as u32;
        self.content_based = part.settings.text("ContentBasedDeduplication") == "true";
        self.visibility_timeout = number("VisibilityTimeout");
        self.wait_seconds = number("ReceiveMessageWaitTimeSeconds");
        self.attributes = if part.kind == TOPIC { Vec::new() } else { attributes(part) };
    }

    fn set_attributes(&self) -> Vec<Request> {
        let Some(Address::Queue(queue)) = self.address else { return Vec::new() };
        let set = |own: &Attribute| Request::SetQueueAttributes { queue, attributes: vec![own.clone()] };
        self.attributes.iter().map(set).collect()
    }
}
