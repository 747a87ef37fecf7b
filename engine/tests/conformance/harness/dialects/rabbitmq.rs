//! The words of RabbitMQ's cases, as `rabbitmq/README.md` lists them, turned into methods and back.

mod action;
mod shown;

use std::collections::BTreeMap;

use queuescope_engine::broker::rabbitmq::Node;
use queuescope_engine::broker::rabbitmq::method::{
    Call, Code, ConsumerTag, Delivery, Method, Operation, Policy, Push, Reply, Request,
};
use queuescope_engine::broker::rabbitmq::settings::NodeSettings;
use queuescope_engine::broker::rabbitmq::version::Series;
use queuescope_engine::broker::server::Down;
use queuescope_engine::id::RequestId;

use super::super::protocol::Protocol;
use super::super::protocol::modelled::{Dialect, Wire};
use action::{Options, Which};

/// The node that a case asks for.
///
/// # Errors
/// Names the settings there are.
pub(crate) fn node(case: &Protocol, version: &str) -> Result<Node, String> {
    let mut settings = NodeSettings::default();
    for (name, value) in &case.settings {
        match name.as_str() {
            "consumer_timeout" => {
                settings.consumer_timeout =
                    value.parse().map_err(|_| format!("{value:?} is no time in ms"))?;
            }
            "permit.transient_nonexcl_queues" => settings.transient_nonexcl_queues = value == "true",
            "permit.global_qos" => settings.global_qos = value == "true",
            _ => {
                let known = "consumer_timeout, permit.transient_nonexcl_queues, permit.global_qos";
                return Err(format!("there is no setting {name:?}; there are {known}"));
            }
        }
    }
    Ok(Node::new(Series::named(version), settings))
}

/// What a request was about.
enum Asked {
    /// That it is done need not be seen.
    Quiet,
    Publish(String),
    Get(Vec<String>),
    Passive(String),
}

/// What a consumer does with what it gets.
#[derive(Clone, Default)]
struct Behavior {
    then: String,
    /// How often it still does so; for ever if not said.
    times: Option<u32>,
    show: Vec<String>,
}

/// A channel that is open.
#[derive(Default)]
struct Channel {
    /// What it holds, by delivery tag.
    held: BTreeMap<u64, String>,
    consumers: BTreeMap<String, Behavior>,
}

/// Clients that speak AMQP.
#[derive(Default)]
pub(crate) struct Amqp {
    /// By connection and number.
    channels: BTreeMap<(String, u16), Channel>,
    asked: BTreeMap<RequestId, (u16, Asked)>,
    /// The names of consumers, by the numbers that stand for them.
    tags: Vec<String>,
}

type Lines<'a> = &'a mut Wire<Node>;

/// The name under which a channel's client is seen.
fn seen_as(connection: &str, channel: u16) -> String {
    if channel == 1 { connection.to_owned() } else { format!("{connection}/{channel}") }
}

impl Amqp {
    /// The number that stands for a consumer's name.
    fn tag(tags: &mut Vec<String>, name: &str) -> ConsumerTag {
        let known = tags.iter().position(|own| own == name);
        let place = known.unwrap_or_else(|| {
            tags.push(name.to_owned());
            tags.len() - 1
        });
        place as ConsumerTag
    }

    fn named(&self, tag: ConsumerTag) -> String {
        self.tags.get(usize::from(tag)).cloned().unwrap_or_default()
    }

    fn ask(&mut self, connection: &str, channel: u16, method: Method, asked: Asked, wire: Lines<'_>) {
        let id = wire.ask(connection, Request::Channel(channel, method));
        self.asked.insert(id, (channel, asked));
    }

    fn operate(&mut self, words: &[&str], wire: Lines<'_>) -> Result<(), String> {
        let operation = match words {
            ["restart" | "kill"] => {
                self.channels.clear();
                wire.restart(if words == ["kill"] { Down::Killed } else { Down::Stopped });
                return Ok(());
            }
            ["memory-alarm", to @ ("on" | "off")] => Operation::MemoryAlarm(*to == "on"),
            ["policy", name, to @ ("queues" | "exchanges"), pattern, definition @ ..] => {
                let definition =
                    definition.iter().map(|word| action::setting(word)).collect::<Result<_, _>>()?;
                let policy =
                    Policy { queues: *to == "queues", pattern: action::text(pattern).into(), definition };
                Operation::SetPolicy { name: action::text(name).into(), policy }
            }
            ["clear-policy", name] => Operation::ClearPolicy(action::text(name).into()),
            _ => return Err("the server can: restart, kill, memory-alarm, policy, clear-policy".into()),
        };
        wire.ask("server", Request::Operator(operation.into()));
        Ok(())
    }

    fn close_connection(&mut self, connection: &str) {
        self.channels.retain(|(own, _), _| own != connection);
    }

    /// A channel, or its connection, was closed by the server.
    fn closed(&mut self, connection: &str, channel: u16, code: Code, wire: Lines<'_>) {
        if code.is_hard() {
            let client = seen_as(connection, channel);
            wire.observe(&client, format!("connection closed {}", code as u16));
            self.close_connection(connection);
        } else {
            self.channels.remove(&(connection.to_owned(), channel));
            wire.observe(&seen_as(connection, channel), format!("closed {}", code as u16));
        }
    }

    /// The tags that the words name.
    fn tags(&self, connection: &str, channel: u16, which: &Which) -> Result<Vec<u64>, String> {
        let held = self.channels.get(&(connection.to_owned(), channel)).map(|channel| &channel.held);
        match which {
            Which::Tag(tag) => Ok(vec![*tag]),
            Which::Labels(labels) => {
                let find = |label: &String| {
                    let own = held.and_then(|held| held.iter().rev().find(|(_, own)| *own == label));
                    own.map(|(tag, _)| *tag).ok_or_else(|| format!("this channel does not hold {label:?}"))
                };
                labels.iter().map(find).collect()
            }
        }
    }

    fn judge(
        &mut self,
        connection: &str,
        channel: u16,
        words: &[&str],
        wire: Lines<'_>,
    ) -> Result<(), String> {
        let ([name, which, ..], options) = (words, Options::read(&words[2.min(words.len())..])?) else {
            return Err("write: basic.ack, basic.nack or basic.reject, then LABEL or tag=N".into());
        };
        let (multiple, requeue) = (options.flag("multiple"), options.named("requeue") == Some("true"));
        if *name != "basic.ack" && options.named("requeue").is_none() {
            return Err(format!("{name} needs requeue=true or requeue=false"));
        }
        for tag in self.tags(connection, channel, &Which::read(which)?)? {
            if let Some(own) = self.channels.get_mut(&(connection.to_owned(), channel)) {
                own.held.retain(|own, _| *own != tag && (tag < *own || !multiple));
            }
            let method = match *name {
                "basic.ack" => Method::Ack { tag, multiple },
                "basic.nack" => Method::Nack { tag, multiple, requeue },
                _ => Method::Reject { tag, requeue },
            };
            self.ask(connection, channel, method, Asked::Quiet, wire);
        }
        Ok(())
    }

    fn publish(
        &mut self,
        connection: &str,
        channel: u16,
        words: &[&str],
        wire: Lines<'_>,
    ) -> Result<(), String> {
        let [exchange, key, labels, options @ ..] = words else {
            return Err("write: basic.publish EXCHANGE KEY LABEL [OPTION ...]".into());
        };
        let options = Options::read(options)?;
        let envelope = options.envelope(exchange, key)?;
        let size = options.number("size")?;
        for label in action::labels(labels)? {
            let mut message = wire.message(&label);
            message.size = size.unwrap_or(label.len() as i64) as u32;
            let mandatory = options.flag("mandatory");
            let method = Method::Publish { message, envelope: envelope.clone().into(), mandatory };
            self.ask(connection, channel, method, Asked::Publish(label), wire);
        }
        Ok(())
    }

    fn received(
        &mut self,
        connection: &str,
        delivery: &Delivery,
        show: &[String],
        wire: Lines<'_>,
    ) -> String {
        let label = wire.label(delivery.message.id).to_owned();
        let key = (connection.to_owned(), delivery.channel);
        if let Some(channel) = self.channels.get_mut(&key) {
            channel.held.insert(delivery.tag, label.clone());
        }
        let mark = if delivery.redelivered { "r" } else { "" };
        let told: String =
            show.iter().map(|name| format!(" {name}={}", shown::value(delivery, name))).collect();
        format!("{label}{mark}{told}")
    }

    fn delivered(&mut self, connection: &str, delivery: &Delivery, wire: Lines<'_>) {
        let tag = delivery.consumer.map(|tag| self.named(tag)).unwrap_or_default();
        let key = (connection.to_owned(), delivery.channel);
        let Some(behavior) = self.channels.get_mut(&key).and_then(|own| own.consumers.get_mut(&tag)) else {
            return;
        };
        let show = behavior.show.clone();
        let acts = behavior.times != Some(0) && !behavior.then.is_empty();
        behavior.times = behavior.times.map(|times| times.saturating_sub(1));
        let then = behavior.then.clone();
        let text = self.received(connection, delivery, &show, wire);
        wire.observe(&seen_as(connection, delivery.channel), format!("deliver {tag} {text}"));
        if !acts {
            return;
        }
        let (tag, multiple) = (delivery.tag, false);
        let method = match then.as_str() {
            "ack" => Method::Ack { tag, multiple },
            "nack" => Method::Nack { tag, multiple, requeue: true },
            "reject" => Method::Reject { tag, requeue: true },
            _ => Method::Nack { tag, multiple, requeue: false },
        };
        if let Some(channel) = self.channels.get_mut(&key) {
            channel.held.remove(&tag);
        }
        self.ask(connection, delivery.channel, method, Asked::Quiet, wire);
    }

    fn get(
        &mut self,
        connection: &str,
        channel: u16,
        (queue, options): (&str, &[&str]),
        wire: Lines<'_>,
    ) -> Result<(), String> {
        let options = Options::read(options)?;
        for _ in 0..options.number("times")?.unwrap_or(1) {
            let call = Call::Get { queue: action::text(queue).into(), no_ack: options.flag("no-ack") };
            self.ask(connection, channel, call.into(), Asked::Get(options.list("show")), wire);
        }
        Ok(())
    }
}

/// What a consumer does with what it gets.
fn behavior(options: &[&str]) -> Result<Behavior, String> {
    let options = Options::read(options)?;
    let times = options.number("times")?.map(|times| times as u32);
    let then = options.named("then").unwrap_or_default().to_owned();
    if !["", "ack", "nack", "reject", "discard"].contains(&then.as_str()) {
        return Err(format!("then={then}: write ack, nack, reject or discard"));
    }
    Ok(Behavior { then, times, show: options.list("show") })
}

impl Dialect for Amqp {
    type Server = Node;

    fn act(&mut self, client: &str, words: &[&str], wire: Lines<'_>) -> Result<(), String> {
        if client == "server" {
            return self.operate(words, wire);
        }
        let (connection, channel) = match client.split_once('/') {
            Some((connection, number)) => {
                (connection, number.parse().map_err(|_| format!("{number:?} is no number of a channel"))?)
            }
            None => (client, 1),
        };
        match words {
            ["cut"] => {
                self.close_connection(connection);
                wire.cut(connection);
                return Ok(());
            }
            ["connection.close"] => {
                self.close_connection(connection);
                wire.ask(connection, Request::CloseConnection);
                return Ok(());
            }
            _ => {}
        }
        let key = (connection.to_owned(), channel);
        if !self.channels.contains_key(&key) {
            self.channels.insert(key.clone(), Channel::default());
            self.ask(connection, channel, Call::Open.into(), Asked::Quiet, wire);
        }
        match words {
            ["basic.publish", rest @ ..] => return self.publish(connection, channel, rest, wire),
            ["basic.ack" | "basic.nack" | "basic.reject", ..] => {
                return self.judge(connection, channel, words, wire);
            }
            ["basic.get", queue, options @ ..] => {
                return self.get(connection, channel, (queue, options), wire);
            }
            ["basic.consume", _, tag, options @ ..] => {
                let behavior = behavior(options)?;
                if let Some(own) = self.channels.get_mut(&key) {
                    own.consumers.entry(action::text(tag).to_owned()).or_insert(behavior);
                }
            }
            ["channel.close"] => {
                self.channels.remove(&key);
            }
            ["basic.recover"] => {
                if let Some(own) = self.channels.get_mut(&key) {
                    own.held.clear();
                }
            }
            _ => {}
        }
        let call = action::method(words, |name| Amqp::tag(&mut self.tags, name))?;
        let asked = if let Call::QueueDeclare(declare) = &call
            && declare.passive
        {
            Asked::Passive(declare.name.to_string())
        } else {
            Asked::Quiet
        };
        self.ask(connection, channel, call.into(), asked, wire);
        Ok(())
    }

    fn reply(&mut self, connection: &str, id: RequestId, reply: Reply, wire: Lines<'_>) {
        let Some((channel, asked)) = self.asked.remove(&id) else { return };
        let client = seen_as(connection, channel);
        let text = match (reply, asked) {
            (Reply::Failed(code), _) => return self.closed(connection, channel, code, wire),
            (Reply::Confirmed, Asked::Publish(label)) => format!("ack {label}"),
            (Reply::Nacked, Asked::Publish(label)) => format!("nack {label}"),
            (Reply::Empty, _) => "get empty".to_owned(),
            (Reply::Got(delivery), Asked::Get(show)) => {
                format!("get {}", self.received(connection, &delivery, &show, wire))
            }
            (Reply::Purged(count), _) => format!("purged {count}"),
            (Reply::Deleted(count), _) => format!("deleted {count}"),
            (Reply::Declared { ready, consumers }, Asked::Passive(queue)) => {
                format!("declared {queue} {ready} ready, {consumers} consumers")
            }
            _ => return,
        };
        wire.observe(&client, text);
    }

    fn push(&mut self, connection: &str, push: Push, wire: Lines<'_>) {
        match push {
            Push::Deliver(delivery) => self.delivered(connection, &delivery, wire),
            Push::Return { channel, message } => {
                let text = format!("return {} 312", wire.label(message.id));
                wire.observe(&seen_as(connection, channel), text);
            }
            Push::ChannelClosed { channel, code } => self.closed(connection, channel, code, wire),
            Push::ConnectionClosed(code) => self.closed(connection, 1, code, wire),
            Push::ConsumerCancelled { channel, tag } => {
                let tag = self.named(tag);
                if let Some(own) = self.channels.get_mut(&(connection.to_owned(), channel)) {
                    own.consumers.remove(&tag);
                }
                wire.observe(&seen_as(connection, channel), format!("cancel {tag}"));
            }
            Push::Blocked => wire.observe(connection, "connection.blocked"),
            Push::Unblocked => wire.observe(connection, "connection.unblocked"),
        }
    }

    fn state(&mut self, subject: &str, node: &Node, wire: &Wire<Node>) -> Result<String, String> {
        match subject.split_once(' ') {
            Some(("queue", queue)) => Ok(match node.ready_in(queue) {
                None => "absent".into(),
                Some(ready) if ready.is_empty() => "none".into(),
                Some(ready) => {
                    let mark = |redelivered| if redelivered { "r" } else { "" };
                    let labels =
                        ready.iter().map(|(id, again)| format!("{}{}", wire.label(*id), mark(*again)));
                    labels.collect::<Vec<_>>().join(" ")
                }
            }),
            Some(("messages", queue)) => Ok(match node.count_in(queue) {
                None => "absent".into(),
                Some((ready, unacked)) => format!("{ready} ready, {unacked} unacked"),
            }),
            Some(("exchange", name)) => {
                Ok(if node.has_exchange(name) { "present" } else { "absent" }.to_owned())
            }
            _ => Err("there are: queue NAME, messages NAME, exchange NAME".into()),
        }
    }
}
