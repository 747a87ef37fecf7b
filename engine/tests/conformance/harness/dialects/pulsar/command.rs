//! The commands of clients and operators.

use std::time::Duration;

use queuescope_engine::Time;
use queuescope_engine::broker::pulsar::request::{
    Initial, More, Operation, Position, Positions, Request, Send, Subscribe, TopicSpec, Type,
};
use queuescope_engine::broker::pulsar::{
    ConsumerId, Name, Pulsar, Settings, java_string_hash, key_hash, partition_of,
};
use queuescope_engine::message::Message;
use queuescope_engine::scenario::parse_span;

use super::super::super::protocol::modelled::Wire;
use super::{Dialogue, set};

/// A client's words on their way to the broker.
pub(super) struct Words<'a> {
    dialogue: &'a mut Dialogue,
    client: &'a str,
    words: &'a [&'a str],
    wire: &'a mut Wire<Pulsar>,
}

/// `name=value` among the words.
fn option<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
}

fn number<T: std::str::FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("{word:?} is no number"))
}

fn span(word: &str) -> Result<Duration, String> {
    Ok(parse_span(word)?.since(Time::ZERO))
}

const HOW: &str = "one of: send, batch, connect, subscribe, flow, ack, ack-through, redeliver, redeliver-all, close, \
                   unsubscribe, create, set, seek, skip, clear, expire, unload, hash, disconnects";

impl<'a> Words<'a> {
    pub(super) fn new(
        dialogue: &'a mut Dialogue,
        client: &'a str,
        words: &'a [&'a str],
        wire: &'a mut Wire<Pulsar>,
    ) -> Words<'a> {
        Words { dialogue, client, words, wire }
    }

    fn topic(&mut self, word: &str) -> Name {
        self.dialogue.topic(self.client, word, self.wire)
    }

    fn name(&mut self, word: &str) -> Name {
        self.dialogue.name(self.client, word, self.wire)
    }

    fn ask(&mut self, request: Request) {
        self.wire.ask(self.client, request);
    }

    pub(super) fn act(&mut self) -> Result<(), String> {
        let words = self.words;
        match words {
            ["send", topic, label, options @ ..] => self.send(topic, &[label], options)?,
            ["batch", topic, rest @ ..] => {
                let labels: Vec<&str> = rest.iter().copied().filter(|word| !word.contains('=')).collect();
                self.send(topic, &labels, rest)?;
            }
            ["connect", topic] => {
                let topic = self.topic(topic);
                self.dialogue.producers.entry((self.client.to_owned(), topic)).or_insert(0);
                let id = self.wire.ask(self.client, Request::Producer(topic));
                self.dialogue.told.insert(id);
            }
            ["subscribe", topic, subscription, kind, options @ ..] => {
                self.subscribe(topic, subscription, kind, options)?;
            }
            ["unsubscribe", topic, subscription] => {
                let (topic, subscription) = (self.topic(topic), self.name(subscription));
                self.ask(Request::Unsubscribe(topic, subscription));
            }
            ["create", topic, policies @ ..] => self.create(topic, policies)?,
            ["hash", key, counts @ ..] => self.hash(key, counts)?,
            ["set", settings @ ..] => {
                // The settings of a broker are all told at once: those that the case has not set are the defaults.
                let mut own = Settings::default();
                for setting in settings {
                    let (name, value) = setting.split_once('=').ok_or("write set NAME=VALUE")?;
                    set(&mut own, name, value)?;
                }
                self.ask(Request::Config(Box::new(own)));
            }
            ["unload", topic] => {
                let topic = self.topic(topic);
                self.ask(Request::Unload(topic));
            }
            ["seek" | "skip" | "clear" | "expire", topic, subscription, rest @ ..] => {
                let operation = self.operation(words[0], rest)?;
                let (topic, subscription) = (self.topic(topic), self.name(subscription));
                self.ask(Request::Operate(topic, subscription, operation));
            }
            _ => self.consume()?,
        }
        Ok(())
    }

    /// What a consumer does.
    fn consume(&mut self) -> Result<(), String> {
        match self.words {
            ["flow", permits] => {
                let (consumer, permits) = (self.consumer()?, number(permits)?);
                self.ask(Request::Flow(consumer, permits));
            }
            ["ack", labels @ ..] => {
                let got = labels.iter().map(|label| self.got(label)).collect::<Result<Vec<_>, _>>()?;
                let consumer = got.first().ok_or("ack is followed by messages")?.0;
                let all: Vec<Position> = got.iter().map(|(_, position)| *position).collect();
                let positions = if let [one] = all[..] { Positions::One(one) } else { Positions::Many(all) };
                self.ask(Request::Ack(consumer, positions));
            }
            ["ack-through", label] => {
                let (consumer, position) = self.got(label)?;
                self.ask(Request::AckThrough(consumer, position.entry));
            }
            ["redeliver", labels @ ..] => {
                let got = labels.iter().map(|label| self.got(label)).collect::<Result<Vec<_>, _>>()?;
                let consumer = got.first().ok_or("redeliver is followed by messages")?.0;
                let entries = got.iter().map(|(_, position)| position.entry).collect();
                self.ask(Request::Redeliver(consumer, entries));
            }
            ["redeliver-all"] => {
                let consumer = self.consumer()?;
                self.ask(Request::RedeliverAll(consumer, 1));
            }
            ["close"] => {
                for consumer in self.dialogue.consumers.remove(self.client).unwrap_or_default() {
                    self.ask(Request::CloseConsumer(consumer));
                }
            }
            _ => return Err(HOW.into()),
        }
        Ok(())
    }

    fn consumer(&self) -> Result<ConsumerId, String> {
        let own = self.dialogue.consumers.get(self.client).and_then(|all| all.last());
        own.copied().ok_or_else(|| format!("{} has no consumer", self.client))
    }

    /// Where the client got a message: `a`; with `a*` the whole batch that it is of is meant.
    fn got(&self, label: &str) -> Result<(ConsumerId, Position), String> {
        let (label, whole) = label.strip_suffix('*').map_or((label, false), |label| (label, true));
        let got = self.dialogue.got.get(&(self.client.to_owned(), label.to_owned()));
        let (consumer, position) =
            got.copied().ok_or_else(|| format!("{} never got {label:?}", self.client))?;
        let index = if whole { None } else { position.index };
        Ok((consumer, Position { index, ..position }))
    }

    fn send(&mut self, word: &str, labels: &[&str], options: &[&str]) -> Result<(), String> {
        let topic = self.topic(word);
        let by = self.client.to_owned();
        let is_connected = self.dialogue.producers.contains_key(&(by.clone(), topic));
        if !is_connected {
            let id = self.wire.ask(self.client, Request::Producer(topic));
            self.dialogue.quiet.insert(id);
        }
        let key = option(options, "key").map_or(0, |key| self.dialogue.key(self.client, key, self.wire));
        let ordering_key =
            option(options, "order").map_or(0, |key| self.dialogue.key(self.client, key, self.wire));
        let size = option(options, "size").map_or(Ok(1), number)?;
        let after = option(options, "after").map(span).transpose()?;
        let deliver_at = after.map_or(Time::ZERO, |after| self.wire.now() + after);
        let messages: Vec<Message> =
            labels.iter().map(|label| Message { key, size, ..self.wire.message(label) }).collect();
        let producer = self.name(option(options, "producer").unwrap_or(&by));
        let next = self.dialogue.producers.entry((by, topic)).or_insert(0);
        let sequence = option(options, "seq").map_or(Ok(*next), number)?;
        *next = sequence + 1;
        let message = *messages.first().ok_or("no message is named")?;
        let batch = if self.words[0] == "batch" { messages } else { Vec::new() };
        let plain = batch.is_empty() && deliver_at == Time::ZERO && ordering_key == 0;
        let more = (!plain).then(|| Box::new(More { batch, deliver_at, ordering_key, reconsumed: 0 }));
        self.ask(Request::Send(Send { topic, producer, sequence, message, more }));
        Ok(())
    }

    fn subscribe(&mut self, topic: &str, name: &str, kind: &str, options: &[&str]) -> Result<(), String> {
        let kind = match kind {
            "Exclusive" => Type::Exclusive,
            "Failover" => Type::Failover,
            "Shared" => Type::Shared,
            "Key_Shared" => Type::KeyShared,
            _ => return Err(format!("{kind:?} is no type: Exclusive, Failover, Shared, Key_Shared")),
        };
        let range = |text: &str| -> Result<(u32, u32), String> {
            let (start, end) = text.split_once('-').ok_or("a range is START-END")?;
            Ok((number(start)?, number(end)?))
        };
        let sticky = match option(options, "sticky") {
            Some(ranges) => ranges.split(',').map(range).collect::<Result<Vec<_>, _>>()?,
            None => Vec::new(),
        };
        let consumer = self.name(option(options, "as").unwrap_or(self.client));
        let permits = option(options, "permits").map_or(Ok(1000), number)?;
        let earliest = option(options, "from") == Some("earliest");
        let asked = Subscribe {
            topic: self.topic(topic),
            subscription: self.name(name),
            kind,
            initial: if earliest { Initial::Earliest } else { Initial::Latest },
            consumes: !options.contains(&"nobody"),
            consumer,
            priority: option(options, "priority").map_or(Ok(0), number)?,
            sticky,
            out_of_order: options.contains(&"out-of-order"),
        };
        let id = self.wire.ask(self.client, Request::Subscribe(Box::new(asked)));
        self.dialogue.subscribing.insert(id, permits);
        Ok(())
    }

    fn create(&mut self, topic: &str, policies: &[&str]) -> Result<(), String> {
        let mut own = Settings::default();
        for policy in policies {
            let (name, value) = policy.split_once('=').ok_or("write create TOPIC NAME=VALUE ...")?;
            set(&mut own, name, value)?;
        }
        let partition = topic.rsplit_once("-partition-").and_then(|(_, number)| number.parse().ok());
        let persistent = !topic.starts_with("np:");
        let name = self.topic(topic);
        let spec = TopicSpec { name, partition, persistent, policies: own.policies };
        self.ask(Request::Topic(Box::new(spec)));
        Ok(())
    }

    fn operation(&mut self, what: &str, rest: &[&str]) -> Result<Operation, String> {
        Ok(match (what, rest) {
            ("seek", ["earliest"]) => Operation::Seek(0),
            ("seek", ["latest"]) => Operation::Seek(u64::MAX),
            ("seek", ["time", time]) => Operation::SeekTime(parse_span(time)?),
            ("seek", [label]) => {
                let seen = self.dialogue.seen.get(*label);
                Operation::Seek(*seen.ok_or_else(|| format!("{label:?} was never seen"))?)
            }
            ("skip", [count]) => Operation::Skip(number(count)?),
            ("clear", []) => Operation::Clear,
            ("expire", [age]) => Operation::Expire(span(age)?),
            _ => {
                return Err("write: seek T S earliest|latest|MESSAGE|time TIME, skip T S N, clear T S, \
                            expire T S AGE"
                    .into());
            }
        })
    }

    /// What a client computes by itself: the hashes of a key, and the partition that each chooses of so many.
    fn hash(&mut self, key: &str, counts: &[&str]) -> Result<(), String> {
        let key = key.trim_matches('"');
        let (murmur, java) = (key_hash(key.as_bytes()), java_string_hash(key));
        let mut text = format!("murmur3 {murmur} java {java}");
        for count in counts {
            let of = number(count)?;
            text += &format!(" of {of}: {}/{}", partition_of(java, of), partition_of(murmur, of));
        }
        self.wire.observe(self.client, text);
        Ok(())
    }
}
