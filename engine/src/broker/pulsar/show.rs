//! What there is to count and to see of the broker.

use crate::broker::server::Holding;
use crate::id::WorkerId;
use crate::view::{GroupView, LogView, MemberView, ReaderView, RecordView, StoreView};

use super::dispatch::selector::Selector;
use super::key::key_hash;
use super::name::Name;
use super::request::Type;
use super::server::Pulsar;
use super::subscription::Subscription;
use super::topic::Topic;

/// What there is to know of a consumer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsumerStats {
    /// Its name.
    pub name: Name,
    /// How many messages it may be sent.
    pub permits: i64,
    /// How many messages it has.
    pub unacked: u64,
    /// Whether it is the active one.
    pub active: bool,
    /// The slots of `Key_Shared` that it has: half-open ranges from 0 on.
    pub shares: Vec<(u32, u32)>,
}

/// What there is to know of a subscription.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubscriptionStats {
    /// Entries that are not acknowledged.
    pub backlog: u64,
    /// Messages that consumers have.
    pub unacked: u64,
    /// Messages that wait for their time.
    pub delayed: u64,
    /// The mark-delete position: all before it is acknowledged.
    pub mark: u64,
    /// What is acknowledged after it.
    pub acked: Vec<(u64, u64)>,
    /// The next position that is dispatched for the first time.
    pub read: u64,
    /// Its consumers.
    pub consumers: Vec<ConsumerStats>,
}

/// What there is to know of a topic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TopicStats {
    /// The first position that is still stored, and the next to be.
    pub entries: (u64, u64),
    /// Its ledgers: id, entries, whether it is offloaded, whether BookKeeper has it no more.
    pub ledgers: Vec<(u64, u64, bool, bool)>,
    /// The bytes of the backlog of its slowest subscription.
    pub backlog_bytes: u64,
    /// How many connections send to it.
    pub producers: u64,
}

impl Pulsar {
    /// What there is to know of a topic.
    pub fn topic_stats(&self, topic: Name) -> Option<TopicStats> {
        let topic = &self.topics[self.topic_named(topic)?];
        let ends = topic.log.ledgers().skip(1).map(|ledger| ledger.first).chain([topic.log.end()]);
        let ledgers = topic.log.ledgers().zip(ends).map(|(ledger, end)| {
            (ledger.id, end - ledger.first, ledger.offloaded.is_some(), ledger.only_offloaded)
        });
        Some(TopicStats {
            entries: (topic.log.first(), topic.log.end()),
            ledgers: ledgers.collect(),
            backlog_bytes: topic.backlog_bytes(),
            producers: topic.producers.len() as u64,
        })
    }

    fn find(&self, topic: Name, subscription: Name) -> Option<(&Topic, &Subscription)> {
        let topic = &self.topics[self.topic_named(topic)?];
        Some((topic, topic.subscriptions.iter().find(|own| own.name == subscription)?))
    }

    /// What there is to know of a subscription.
    pub fn subscription_stats(&self, topic: Name, subscription: Name) -> Option<SubscriptionStats> {
        let (topic, own) = self.find(topic, subscription)?;
        let shares = own.by_key.selector.as_ref().map(Selector::shares).unwrap_or_default();
        let consumers = own.consumers.iter().map(|consumer| ConsumerStats {
            name: consumer.name,
            permits: consumer.permits,
            unacked: consumer.unacked,
            active: own.active == Some(consumer.id),
            shares: shares
                .iter()
                .filter(|(.., owner)| *owner == consumer.id)
                .map(|(start, end, _)| (*start, *end))
                .collect(),
        });
        Some(SubscriptionStats {
            backlog: own.cursor.backlog(topic.log.end()),
            unacked: own.held,
            delayed: own.delayed,
            mark: own.cursor.mark,
            acked: own.cursor.acked.iter().collect(),
            read: own.cursor.read,
            consumers: consumers.collect(),
        })
    }

    /// The slot of a key in a `Key_Shared` subscription, and the name of the consumer that has it.
    pub fn key_owner(&self, topic: Name, subscription: Name, key: &str) -> Option<(u32, Name)> {
        let (_, own) = self.find(topic, subscription)?;
        let selector = own.by_key.selector.as_ref()?;
        let slot = selector.slot(key_hash(key.as_bytes()));
        let owner = own.place_of(selector.owner(slot)?)?;
        Some((slot, own.consumers[owner].name))
    }

    /// How people name a topic: without what nearly all names begin with.
    pub(super) fn short_name(&self, topic: Name) -> &str {
        let text = self.names.text(topic);
        let text = text.strip_prefix("non-").unwrap_or(text);
        text.strip_prefix("persistent://public/default/").unwrap_or(text)
    }

    pub(super) fn all_holdings(&self) -> Vec<Holding> {
        let all =
            self.topics.iter().flat_map(|topic| topic.subscriptions.iter().map(move |own| (topic, own)));
        let holding = |(topic, own): (&Topic, &Subscription)| Holding {
            store: own.store,
            name: format!("{}/{}", self.short_name(topic.name), self.names.text(own.name)),
            waiting: own.waiting,
            held: own.held,
            delayed: own.delayed,
        };
        all.map(holding).collect()
    }

    pub(super) fn views(&self, limit: usize) -> Vec<StoreView> {
        self.topics.iter().map(|topic| self.view(topic, limit)).collect()
    }

    fn view(&self, topic: &Topic, limit: usize) -> StoreView {
        let log = &topic.log;
        let sum = |count: fn(&Subscription) -> u64| topic.subscriptions.iter().map(count).sum();
        let segments: Vec<u64> = log.ledgers().rev().take(limit).map(|ledger| ledger.first).collect();
        let shared_out = |own: &&Subscription| own.kind == Type::KeyShared;
        let before: usize = self
            .topics
            .iter()
            .take_while(|other| other.name != topic.name)
            .map(|other| other.subscriptions.iter().filter(shared_out).count())
            .sum();
        let mut group = before as u16;
        let readers = topic.subscriptions.iter().map(|own| {
            let of = (own.kind == Type::KeyShared).then(|| {
                group += 1;
                group - 1
            });
            let active = own.active.and_then(|active| own.place_of(active));
            ReaderView {
                name: self.names.text(own.name).to_owned(),
                group: of,
                committed: Some(own.cursor.mark),
                settled: own.cursor.mark,
                position: own.cursor.read,
                owner: active.map(|place| WorkerId(own.consumers[place].client.0)),
                waiting: own.waiting,
                holes: own.cursor.acked.iter().take(limit).collect(),
            }
        });
        let view = LogView {
            start: log.first(),
            end: log.end(),
            readable: log.end(),
            segments: segments.into_iter().rev().collect(),
            readers: readers.collect(),
            records: records(topic).take(limit).collect(),
        };
        StoreView {
            name: self.short_name(topic.name).to_owned(),
            depth: sum(|own| own.waiting),
            held: sum(|own| own.held),
            delayed: sum(|own| own.delayed),
            oldest: log.get(topic.consumed()).map(|slot| slot.stored),
            log: Some(view),
            ..StoreView::default()
        }
    }

    pub(super) fn group_views(&self) -> Vec<GroupView> {
        let all =
            self.topics.iter().flat_map(|topic| topic.subscriptions.iter().map(move |own| (topic, own)));
        let all = all.filter(|(_, own)| own.kind == Type::KeyShared);
        all.map(|(topic, own)| self.group_view(topic, own)).collect()
    }

    fn group_view(&self, topic: &Topic, own: &Subscription) -> GroupView {
        let draining = !own.by_key.draining.is_empty();
        let joining = own.consumers.iter().any(|consumer| consumer.joined_at.is_some());
        let shares = own.by_key.selector.as_ref().map(Selector::shares).unwrap_or_default();
        let members = own.consumers.iter().map(|consumer| MemberView {
            worker: WorkerId(consumer.client.0),
            shares: shares
                .iter()
                .filter(|(.., owner)| *owner == consumer.id)
                .map(|(start, end, _)| (*start, *end))
                .collect(),
            leaving: Vec::new(),
        });
        GroupView {
            name: format!("{}/{}", self.short_name(topic.name), self.names.text(own.name)),
            state: match (own.consumers.is_empty(), draining, joining) {
                (true, ..) => "no consumers",
                (_, true, _) => "draining",
                (_, _, true) => "joining",
                _ => "stable",
            },
            rebalancing: draining || joining,
            generation: own.generation,
            of: own.by_key.selector.as_ref().map_or(0, Selector::slots),
            unit: "hash slots",
            members: members.collect(),
        }
    }
}

/// The messages of a topic, newest first. Those of a batch have one number.
fn records(topic: &Topic) -> impl Iterator<Item = RecordView> + '_ {
    let slots = (topic.log.first()..topic.log.end()).rev();
    let slots = slots.filter_map(|position| Some((position, topic.log.get(position)?)));
    slots.flat_map(|(offset, slot)| {
        let record = |message: &crate::message::Message| RecordView {
            offset,
            message: message.id,
            producer: message.producer,
            key: message.key,
            since: slot.stored,
        };
        slot.messages().iter().rev().map(record).collect::<Vec<_>>()
    })
}
