//! A topic, or one partition of one: who sends to it, what it stores, who reads it.

use crate::id::ClientId;
use crate::journal::{Refusal, What};
use crate::mechanism::sorted::Sorted;
use crate::time::Time;

use super::ledger::{Extra, ManagedLedger, Slot};
use super::name::Name;
use super::reply::{Error, Reply};
use super::request::Send;
use super::server::{Around, Pulsar};
use super::settings::{Policies, QuotaPolicy, Settings};
use super::subscription::Subscription;
use super::{Out, facts};

/// A topic.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Topic {
    pub(super) name: Name,
    pub(super) partition: Option<u16>,
    pub(super) persistent: bool,
    /// Its own, if it has any; else those of the broker hold.
    pub(super) policies: Option<Policies>,
    pub(super) log: ManagedLedger,
    pub(super) subscriptions: Vec<Subscription>,
    /// The connections that send to it.
    pub(super) producers: Vec<ClientId>,
    /// For deduplication: of each producer, the greatest sequence id, and when it came.
    seen: Sorted<Name, (u64, Time)>,
}

impl Topic {
    pub(super) fn new(name: Name, partition: Option<u16>, persistent: bool) -> Topic {
        Topic {
            name,
            partition,
            persistent,
            policies: None,
            log: ManagedLedger::default(),
            subscriptions: Vec::new(),
            producers: Vec::new(),
            seen: Sorted::default(),
        }
    }

    pub(super) fn policies(&self, settings: &Settings) -> Policies {
        self.policies.unwrap_or(settings.policies)
    }

    #[inline]
    pub(super) fn deduplicates(&self, settings: &Settings) -> bool {
        self.policies.as_ref().unwrap_or(&settings.policies).deduplication
    }

    /// The least mark-delete position of all subscriptions: what is before it nobody needs.
    pub(super) fn consumed(&self) -> u64 {
        self.subscriptions.iter().map(|own| own.cursor.mark).min().unwrap_or(self.log.end())
    }

    /// Removes and offloads what can be.
    pub(super) fn trim(&mut self, settings: &Settings, now: Time) {
        let policies = self.policies(settings);
        self.log.trim(self.consumed(), &policies, now);
        if let Some(threshold) = policies.offload_threshold {
            self.log.offload(threshold, settings, now);
        }
    }

    /// Deduplication: whether this was sent before; else it is noted.
    fn is_duplicate(&mut self, send: &Send, now: Time) -> bool {
        let first = !self.seen.contains_key(&send.producer);
        let last = self.seen.entry(send.producer, || (send.sequence, now));
        if !first && send.sequence <= last.0 {
            return true;
        }
        *last = (send.sequence, now);
        false
    }

    /// Forgets producers that have not sent for so long.
    pub(super) fn forget_producers(&mut self, settings: &Settings, now: Time) {
        self.seen.retain(|_, (_, at)| now < *at + settings.producer_memory);
    }
}

impl Pulsar {
    /// A client wants to send to a topic.
    pub(super) fn connect_producer(&mut self, client: ClientId, name: Name, out: &mut impl Out) -> Reply {
        let place = self.topic_or_new(name);
        let now = out.now();
        let topic = &mut self.topics[place];
        let policies = topic.policies(&self.settings);
        if topic.is_over_quota(&policies, now) {
            match policies.quota_policy {
                QuotaPolicy::ProducerRequestHold => {
                    return Reply::Error(Error::ProducerBlockedQuotaExceededError);
                }
                QuotaPolicy::ProducerException => {
                    return Reply::Error(Error::ProducerBlockedQuotaExceededException);
                }
                QuotaPolicy::ConsumerBacklogEviction => {}
            }
        }
        if !topic.producers.contains(&client) {
            topic.producers.push(client);
        }
        Reply::Ok
    }

    /// A message or a batch comes.
    #[inline]
    pub(super) fn publish(&mut self, client: ClientId, send: Send, out: &mut impl Out) -> Reply {
        let Some(place) = self.topic_named(send.topic) else {
            return refused(&send, Error::TopicNotFound, out);
        };
        let now = out.now();
        let topic = &mut self.topics[place];
        if !topic.producers.contains(&client) {
            return refused(&send, Error::ProducerNotConnected, out);
        }
        let size = messages(&send).iter().map(|message| u64::from(message.size)).sum::<u64>();
        if self.settings.max_message_size < size {
            return refused(&send, Error::MessageTooLarge, out);
        }
        if topic.deduplicates(&self.settings) && topic.is_duplicate(&send, now) {
            facts::refuse(messages(&send), Refusal::Duplicate, out);
            return Reply::Duplicate;
        }
        let Send { producer, sequence, message, more, .. } = send;
        let extra = more.map(|more| {
            let more = *more;
            std::sync::Arc::new(Extra {
                messages: more.batch,
                deliver_at: more.deliver_at,
                ordering_key: more.ordering_key,
                reconsumed: more.reconsumed,
            })
        });
        let slot = Slot { message, extra, stored: now, producer, sequence, bytes: 0, ordinal: 0 };
        if !topic.persistent {
            self.pass_on(place, &slot, out);
            return Reply::Receipt { ledger: 0, entry: 0 };
        }
        let around = Around::of(&self.names, &self.keys, &self.settings, self.version);
        let position = topic.log.append(slot, &self.settings);
        let (log, subscriptions) = (&topic.log, &mut topic.subscriptions);
        let ground = around.ground(log, topic.name, topic.partition);
        if let Some(slot) = &log.get(position) {
            let copies = u16::try_from(subscriptions.len()).unwrap_or(u16::MAX);
            for message in slot.messages() {
                if copies != 1 {
                    out.record(What::Routed { message: message.id, copies });
                }
                for own in subscriptions.iter_mut() {
                    own.waiting += 1;
                    out.record(What::Enqueued { message: message.id, store: own.store });
                }
            }
            for own in subscriptions.iter_mut() {
                own.dispatch(ground, out);
                if let Some((at, _)) = own.later.first() {
                    self.due = self.due.min(*at);
                }
            }
        }
        let (ledger, entry) = log.id_of(position).unwrap_or((0, position));
        if self.checks.retention == Time::MAX {
            self.arm_checks(now);
        }
        Reply::Receipt { ledger, entry }
    }
}

fn messages(send: &Send) -> &[crate::message::Message] {
    match &send.more {
        Some(more) if !more.batch.is_empty() => &more.batch,
        Some(_) | None => std::slice::from_ref(&send.message),
    }
}

#[cold]
fn refused(send: &Send, error: Error, out: &mut impl Out) -> Reply {
    // What comes from a producer that was just disconnected is sent again once it is connected anew.
    if error != Error::ProducerNotConnected {
        facts::refuse(messages(send), Refusal::Invalid, out);
    }
    Reply::Error(error)
}
