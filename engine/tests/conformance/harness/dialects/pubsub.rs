//! The words of Pub/Sub: those of its API, as the README beside the cases explains them.

use std::collections::BTreeMap;
use std::time::Duration;

use queuescope_engine::broker::pubsub::api::{
    DeadLetterPolicy, Fault, Field, PubsubMessage, Push, ReceivedMessage, Reply, Request, RetryPolicy,
    SeekTarget, SnapshotName, StreamingPull, SubscriptionName, TopicName,
};
use queuescope_engine::broker::pubsub::{Approximations, PubSub};
use queuescope_engine::broker::server::{Down, Server as _};
use queuescope_engine::id::{MessageId, RequestId, StoreId};
use queuescope_engine::scenario::parse_span;

use super::super::protocol::modelled::{Dialect, Wire};

/// The server with the settings of a case.
pub(crate) fn server(given: &[(String, String)]) -> Result<PubSub, String> {
    let (mut settings, mut seed) = (Approximations::default(), 1);
    for (name, value) in given {
        let share = value.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
        match (name.as_str(), value.as_str(), share) {
            ("jitter", "on" | "off", _) => settings.set_jitter(value == "on"),
            ("seed", ..) => seed = number(name, value)?.into(),
            (_, _, Some(share)) if settings.set_share(name, share) => {}
            _ => {
                return Err(format!(
                    "{name}={value} is no setting; it must be one of jitter (on, off), seed, and lost-acks, \
                     lost-replies, unavailable, publish-errors, each from 0 to 1"
                ));
            }
        }
    }
    Ok(PubSub::new(settings, seed))
}

fn number(name: &str, value: &str) -> Result<u32, String> {
    value.parse().map_err(|_| format!("{name}: {value:?} is no whole number from 0"))
}

/// A word of the form NAME=VALUE.
fn pair(word: &str) -> Result<(&str, &str), String> {
    word.split_once('=').ok_or_else(|| format!("{word:?} is not of the form NAME=VALUE"))
}

/// A number, or nothing for the word that means none.
fn number_or(none: &str, name: &str, value: &str) -> Result<Option<u32>, String> {
    if value == none { Ok(None) } else { number(name, value).map(Some) }
}

/// What was asked, as far as the answer's words depend on it.
enum Asked {
    Topic(String),
    Subscription(String),
    Snapshot(String),
    Publish(Vec<String>),
    Pull(String),
    Other,
}

#[derive(Default)]
pub(crate) struct PubSubWords {
    topics: BTreeMap<String, TopicName>,
    subscriptions: BTreeMap<String, SubscriptionName>,
    snapshots: BTreeMap<String, SnapshotName>,
    asked: BTreeMap<RequestId, Asked>,
    /// What was received, by subscription and label, the first delivery first.
    received: BTreeMap<(SubscriptionName, String), Vec<ReceivedMessage>>,
    /// Ordering keys, numbered from 1 in the order of their first use.
    keys: Vec<String>,
}

impl PubSubWords {
    /// A topic by its name; one that was never made has a number too.
    fn topic(&self, name: &str) -> TopicName {
        self.topics.get(name).copied().unwrap_or(TopicName(u16::MAX))
    }

    fn subscription(&self, name: &str) -> SubscriptionName {
        self.subscriptions.get(name).copied().unwrap_or(SubscriptionName(StoreId(u16::MAX)))
    }

    fn snapshot(&self, name: &str) -> SnapshotName {
        self.snapshots.get(name).copied().unwrap_or(SnapshotName(u16::MAX))
    }

    fn ordering_key(&mut self, word: &str) -> u16 {
        let place = self.keys.iter().position(|own| own == word).unwrap_or_else(|| {
            self.keys.push(word.to_owned());
            self.keys.len() - 1
        });
        place as u16 + 1
    }

    /// A delivery: a label for the latest one on a subscription, `LABEL/N` for the N-th.
    fn delivery(&self, subscription: &str, word: &str) -> Result<&ReceivedMessage, String> {
        let (label, which) = word.split_once('/').unwrap_or((word, ""));
        let key = (self.subscription(subscription), label.to_owned());
        let all = self.received.get(&key).ok_or_else(|| format!("{label:?} was never received there"))?;
        let found = match which {
            "" => all.last(),
            which => all.get((number(word, which)? as usize).wrapping_sub(1)),
        };
        found.ok_or_else(|| format!("{word:?}: {label:?} was received {} times so far", all.len()))
    }

    fn deliveries(&self, subscription: &str, words: &[&str]) -> Result<Vec<ReceivedMessage>, String> {
        words.iter().map(|word| self.delivery(subscription, word).copied()).collect()
    }

    fn fields(&self, words: &[&str]) -> Result<Vec<Field>, String> {
        words.iter().map(|word| self.field(word)).collect()
    }

    fn field(&self, word: &str) -> Result<Field, String> {
        let (name, value) = pair(word)?;
        let wrong = |permitted: &str| Err(format!("{word:?} is not permitted; {name} is {permitted}"));
        let flag = || match value {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(format!("{word:?} is not permitted; {name} is true or false")),
        };
        Ok(match name {
            "ackDeadlineSeconds" => Field::AckDeadlineSeconds(number(name, value)?),
            "messageRetentionDuration" => Field::MessageRetentionDuration(number(name, value)?),
            "retainAckedMessages" => Field::RetainAckedMessages(flag()?),
            "expirationPolicy.ttl" => Field::ExpirationTtl(number_or("never", name, value)?),
            "enableMessageOrdering" => Field::EnableMessageOrdering(flag()?),
            "enableExactlyOnceDelivery" => Field::EnableExactlyOnceDelivery(flag()?),
            "filter" => Field::Filter(value.replace("\" \"", " ").into()),
            "retryPolicy" if value == "none" => Field::RetryPolicy(None),
            "retryPolicy" => {
                let Some((minimum, maximum)) = value.split_once('/') else {
                    return wrong("MINIMUM/MAXIMUM in seconds, or none");
                };
                let seconds = |value| Ok::<_, String>(Duration::from_secs(number(name, value)?.into()));
                let policy = RetryPolicy { minimum: seconds(minimum)?, maximum: seconds(maximum)? };
                Field::RetryPolicy(Some(policy))
            }
            "deadLetterPolicy" if value == "none" => Field::DeadLetterPolicy(None),
            "deadLetterPolicy" => {
                let words: Vec<&str> = value.split('/').collect();
                let (topic, attempts, permitted) = match words[..] {
                    [topic, attempts] => (topic, attempts, true),
                    [topic, attempts, "no-permission"] => (topic, attempts, false),
                    _ => return wrong("TOPIC/ATTEMPTS or TOPIC/ATTEMPTS/no-permission, or none"),
                };
                let attempts = number(name, attempts)? as u16;
                let policy = DeadLetterPolicy { topic: self.topic(topic), attempts, permitted };
                Field::DeadLetterPolicy(Some(policy))
            }
            _ => return Err(format!("{word:?} is no property of a subscription")),
        })
    }

    /// Messages with their parameters: `LABEL [NAME=VALUE ...] LABEL ...`.
    fn messages(
        &mut self,
        words: &[&str],
        wire: &mut Wire<PubSub>,
    ) -> Result<(Vec<String>, Vec<PubsubMessage>), String> {
        let (mut labels, mut messages) = (Vec::new(), Vec::<PubsubMessage>::new());
        for word in words {
            let Some((name, value)) = word.split_once('=') else {
                messages.push(PubsubMessage { message: wire.message(word), ordering_key: 0 });
                labels.push((*word).to_owned());
                continue;
            };
            let ordering_key = if name == "orderingKey" { self.ordering_key(value) } else { 0 };
            let own = messages.last_mut().ok_or("a label stands before the parameters of a message")?;
            match name {
                "orderingKey" => own.ordering_key = ordering_key,
                "size" => own.message.size = number(name, value)?,
                "key" => own.message.key = number(name, value)? as u16,
                _ => return Err(format!("{word:?} is no parameter of a message")),
            }
        }
        Ok((labels, messages))
    }

    fn streaming_pull(&self, subscription: &str, words: &[&str]) -> Result<StreamingPull, String> {
        let subscription = self.subscription(subscription);
        let mut stream = StreamingPull { subscription, ack_deadline: None, max_messages: 0, max_bytes: 0 };
        for word in words {
            let (name, value) = pair(word)?;
            match name {
                "streamAckDeadlineSeconds" => stream.ack_deadline = Some(number(name, value)?),
                "maxOutstandingMessages" => stream.max_messages = number(name, value)?,
                "maxOutstandingBytes" => stream.max_bytes = number(name, value)?.into(),
                _ => return Err(format!("{word:?} is no parameter of a stream")),
            }
        }
        Ok(stream)
    }

    /// Calls that are about messages.
    fn message_call(
        &mut self,
        words: &[&str],
        wire: &mut Wire<PubSub>,
    ) -> Result<Option<(Request, Asked)>, String> {
        Ok(Some(match *words {
            ["publish", topic, ref rest @ ..] => {
                let (labels, messages) = self.messages(rest, wire)?;
                (Request::Publish { topic: self.topic(topic), messages }, Asked::Publish(labels))
            }
            ["pull", name] => {
                (Request::Pull { subscription: self.subscription(name), max: 1000 }, Asked::Pull(name.into()))
            }
            ["pull", name, word] => {
                let ("maxMessages", value) = pair(word)? else {
                    return Err(format!("{word:?} is no parameter of a pull"));
                };
                let max = number(word, value)?;
                (Request::Pull { subscription: self.subscription(name), max }, Asked::Pull(name.into()))
            }
            ["streaming-pull", name, ref rest @ ..] => {
                (Request::StreamingPull(self.streaming_pull(name, rest)?), Asked::Other)
            }
            ["stream-ack-deadline", name, seconds] => {
                let (subscription, seconds) = (self.subscription(name), number("seconds", seconds)?);
                (Request::StreamAckDeadline { subscription, seconds }, Asked::Other)
            }
            ["close", name] => (Request::CloseStreams(self.subscription(name)), Asked::Other),
            ["acknowledge", name, one] => {
                (Request::Acknowledge(self.delivery(name, one)?.ack_id), Asked::Other)
            }
            ["acknowledge", name, ref rest @ ..] => {
                let ids = self.deliveries(name, rest)?.iter().map(|own| own.ack_id).collect();
                (Request::AcknowledgeAll(ids), Asked::Other)
            }
            ["nack", name, ref rest @ ..] => {
                let ids = self.deliveries(name, rest)?.iter().map(|own| own.ack_id).collect();
                (Request::ModifyAckDeadlines(ids, 0), Asked::Other)
            }
            ["modify-ack-deadline", name, one, seconds] => {
                let (id, seconds) = (self.delivery(name, one)?.ack_id, number("seconds", seconds)?);
                (Request::ModifyAckDeadline(id, seconds), Asked::Other)
            }
            _ => return Ok(None),
        }))
    }

    /// Calls that are about topics, subscriptions and snapshots.
    fn resource_call(&mut self, words: &[&str]) -> Result<(Request, Asked), String> {
        let retention = |words: &[&str]| match words {
            [] => Ok(None),
            [word] => match pair(word)? {
                ("messageRetentionDuration", value) => number_or("none", word, value),
                _ => Err(format!("{word:?} is no property of a topic")),
            },
            _ => Err("a topic has one property, messageRetentionDuration".to_owned()),
        };
        Ok(match *words {
            ["create-topic", name, ref rest @ ..] => {
                let request = Request::CreateTopic { name: name.into(), retention: retention(rest)? };
                (request, Asked::Topic(name.to_owned()))
            }
            ["update-topic", name, ref rest @ ..] => {
                let request = Request::UpdateTopic { topic: self.topic(name), retention: retention(rest)? };
                (request, Asked::Other)
            }
            ["delete-topic", name] => (Request::DeleteTopic(self.topic(name)), Asked::Other),
            ["get-topic", name] => (Request::GetTopic(name.into()), Asked::Topic(name.to_owned())),
            ["create-subscription", name, topic, ref rest @ ..] => {
                let (topic, fields) = (self.topic(topic), self.fields(rest)?);
                let request = Request::CreateSubscription { name: name.into(), topic, fields };
                (request, Asked::Subscription(name.to_owned()))
            }
            ["get-subscription", name] => {
                (Request::GetSubscription(name.into()), Asked::Subscription(name.to_owned()))
            }
            ["update-subscription", name, ref rest @ ..] => {
                let (subscription, fields) = (self.subscription(name), self.fields(rest)?);
                (Request::UpdateSubscription { subscription, fields }, Asked::Other)
            }
            ["delete-subscription", name] => {
                (Request::DeleteSubscription(self.subscription(name)), Asked::Other)
            }
            ["seek", name, word] => {
                let target = match pair(word)? {
                    ("time", value) => SeekTarget::Time(parse_span(value)?),
                    ("snapshot", value) => SeekTarget::Snapshot(self.snapshot(value)),
                    _ => return Err(format!("{word:?} is not time=SPAN or snapshot=NAME")),
                };
                (Request::Seek { subscription: self.subscription(name), target }, Asked::Other)
            }
            ["create-snapshot", name, subscription] => {
                let subscription = self.subscription(subscription);
                let request = Request::CreateSnapshot { name: name.into(), subscription };
                (request, Asked::Snapshot(name.to_owned()))
            }
            ["delete-snapshot", name] => (Request::DeleteSnapshot(self.snapshot(name)), Asked::Other),
            _ => return Err(format!("{:?} is no action", words.join(" "))),
        })
    }

    /// What a client does without asking the service; whether it was that.
    fn look(&self, client: &str, words: &[&str], wire: &mut Wire<PubSub>) -> Result<bool, String> {
        match *words {
            ["disconnect"] => wire.cut(client),
            ["outage"] => wire.restart(Down::Killed),
            ["compare", name, one, other] => {
                let (one, other) = (self.delivery(name, one)?, self.delivery(name, other)?);
                let ids = if one.ack_id == other.ack_id { "same ackId" } else { "different ackIds" };
                let same = one.message_id == other.message_id;
                wire.observe(client, format!("{ids}, {} messageId", if same { "same" } else { "different" }));
            }
            ["describe", name, one] => {
                let own = self.delivery(name, one)?;
                let mut text = format!("messageId {}, publishTime {}", own.message_id, own.publish_time);
                if let Some(key) = own.ordering_key.checked_sub(1) {
                    text += &format!(", orderingKey {}", self.keys[usize::from(key)]);
                }
                if let Some(source) = own.source {
                    let from = self.subscriptions.iter().find(|(_, own)| **own == source.subscription);
                    let name = from.map_or("?", |(name, _)| name);
                    let (count, time) = (source.delivery_count, source.publish_time);
                    text += &format!(", dead letter of {name}, delivered {count} times, published {time}");
                }
                wire.observe(client, text);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Takes note of a delivery, and tells it.
    fn tell(&mut self, own: &ReceivedMessage, subscription: SubscriptionName, wire: &Wire<PubSub>) -> String {
        let label = wire.label(MessageId(own.message.id.0)).to_owned();
        let text = match own.delivery_attempt {
            0 => label.clone(),
            attempt => format!("{label}#{attempt}"),
        };
        self.received.entry((subscription, label)).or_default().push(*own);
        text
    }

    /// The subscription of this number.
    fn name_of(&self, subscription: SubscriptionName) -> &str {
        let found = self.subscriptions.iter().find(|(_, own)| **own == subscription);
        found.map_or("?", |(name, _)| name)
    }
}

fn each(all: &[Result<(), Fault>]) -> String {
    match all.iter().find_map(|own| own.as_ref().err()) {
        None => "ok".into(),
        Some(_) => {
            let code = |own: &Result<(), Fault>| own.map_or_else(|fault| fault.code.name(), |()| "ok");
            format!("each: {}", all.iter().map(code).collect::<Vec<_>>().join(", "))
        }
    }
}

impl Dialect for PubSubWords {
    type Server = PubSub;

    fn act(&mut self, client: &str, words: &[&str], wire: &mut Wire<PubSub>) -> Result<(), String> {
        if self.look(client, words, wire)? {
            return Ok(());
        }
        let (request, asked) = match self.message_call(words, wire)? {
            Some(call) => call,
            None => self.resource_call(words)?,
        };
        let id = wire.ask(client, request);
        self.asked.insert(id, asked);
        Ok(())
    }

    fn reply(&mut self, client: &str, id: RequestId, reply: Reply, wire: &mut Wire<PubSub>) {
        let asked = self.asked.remove(&id).unwrap_or(Asked::Other);
        let text = match (reply, asked) {
            (Reply::Topic(topic), Asked::Topic(name)) => {
                let text = format!("topic {name}");
                self.topics.insert(name, topic);
                text
            }
            (Reply::Subscription(subscription), Asked::Subscription(name)) => {
                let text = format!("subscription {name}");
                self.subscriptions.insert(name, subscription);
                text
            }
            (Reply::Snapshot(snapshot, expires), Asked::Snapshot(name)) => {
                let text = format!("snapshot {name} until {expires}");
                self.snapshots.insert(name, snapshot);
                text
            }
            (Reply::Published(_), Asked::Publish(labels)) => format!("published {}", labels.join(" ")),
            (Reply::Received(all), Asked::Pull(name)) => {
                let subscription = self.subscription(&name);
                let words: Vec<String> = all.iter().map(|own| self.tell(own, subscription, wire)).collect();
                if words.is_empty() {
                    "received nothing".into()
                } else {
                    format!("received {}", words.join(" "))
                }
            }
            (Reply::Each(all), _) => each(&all),
            (Reply::Failed(fault), _) => format!("error {}", fault.code.name()),
            (Reply::Ok, _) => "ok".into(),
            (
                other @ (Reply::Topic(_)
                | Reply::Subscription(_)
                | Reply::Snapshot(..)
                | Reply::Published(_)
                | Reply::Received(_)),
                _,
            ) => format!("an answer to another question: {other:?}"),
        };
        wire.observe(client, text);
    }

    fn push(&mut self, client: &str, push: Push, wire: &mut Wire<PubSub>) {
        let text = match push {
            Push::Message(own) => {
                let subscription = own.subscription();
                self.tell(&own, subscription, wire)
            }
            Push::Closed(subscription) => format!("closed {}", self.name_of(subscription)),
        };
        wire.observe(client, text);
    }

    fn state(&mut self, subject: &str, server: &PubSub, wire: &Wire<PubSub>) -> Result<String, String> {
        let permitted = || {
            format!("{subject:?} can be contents SUBSCRIPTION or counts SUBSCRIPTION, of one that is there")
        };
        let (what, name) = subject.split_once(' ').ok_or_else(permitted)?;
        match what {
            "counts" => {
                let holdings = server.holdings();
                let own = holdings.iter().find(|own| own.name == name).ok_or_else(permitted)?;
                let (available, outstanding, later) = (own.waiting, own.held, own.delayed);
                Ok(format!("{available} available, {outstanding} outstanding, {later} backing off"))
            }
            "contents" => {
                let all = server.backlog(name, usize::MAX).ok_or_else(permitted)?;
                let all: Vec<&str> = all.iter().map(|(own, _)| wire.label(MessageId(own.id.0))).collect();
                Ok(if all.is_empty() { "nothing".into() } else { all.join(" ") })
            }
            _ => Err(permitted()),
        }
    }
}
