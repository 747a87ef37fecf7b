//! The words of Pulsar cases: the commands of its binary protocol, and those of `pulsar-admin`.

mod command;
mod tell;

use std::collections::{BTreeMap, BTreeSet};

use queuescope_engine::broker::pulsar::reply::{Push, Reply};
use queuescope_engine::broker::pulsar::request::{Position, Request};
use queuescope_engine::broker::pulsar::{ConsumerId, Name, Names, Pulsar, Set, Settings, Version};
use queuescope_engine::broker::server::Down;
use queuescope_engine::id::RequestId;

use super::super::protocol::modelled::{Dialect, Wire};
use command::Words;

/// What a case has said so far.
#[derive(Default)]
pub(crate) struct Dialogue {
    /// The names that the broker was told, in the same order; and the keys.
    names: Names,
    keys: Names,
    /// What is sent by whom to which topic: connected, and the next sequence id.
    producers: BTreeMap<(String, Name), u64>,
    /// Where each message was for the one who got it: the latest of that name.
    got: BTreeMap<(String, String), (ConsumerId, Position)>,
    /// Where a message was seen at all.
    seen: BTreeMap<String, u64>,
    /// The consumers of each client, in the order of subscribing.
    consumers: BTreeMap<String, Vec<ConsumerId>>,
    /// Requests to subscribe, and the permits that are to be given then.
    subscribing: BTreeMap<RequestId, u32>,
    /// Requests of which the answer is observed where it is no error.
    told: BTreeSet<RequestId>,
    /// Requests of which no answer is observed.
    quiet: BTreeSet<RequestId>,
}

/// The broker that a case asks for.
///
/// # Errors
/// Names the setting that is not one.
pub(crate) fn server(settings: &[(String, String)], version: &str) -> Result<Pulsar, String> {
    let mut own = Settings::default();
    for (name, value) in settings {
        set(&mut own, name, value)?;
    }
    Ok(Pulsar::new(Version::named(version), own))
}

fn set(settings: &mut Settings, name: &str, value: &str) -> Result<(), String> {
    let to = value.parse().map_or(Set::Word(value), Set::Number);
    if settings.set(name, to) { Ok(()) } else { Err(format!("there is no setting {name:?} of that kind")) }
}

impl Dialogue {
    /// The number of a name; the broker is told it before it is used.
    fn name(&mut self, client: &str, text: &str, wire: &mut Wire<Pulsar>) -> Name {
        let (name, new) = self.names.tell(text);
        if new {
            let id = wire.ask(client, Request::Name(text.into()));
            self.quiet.insert(id);
        }
        name
    }

    /// The topic of a word: `t`, `np:t`.
    fn topic(&mut self, client: &str, word: &str, wire: &mut Wire<Pulsar>) -> Name {
        let text = match word.strip_prefix("np:") {
            Some(rest) => format!("non-persistent://public/default/{rest}"),
            None => format!("persistent://public/default/{word}"),
        };
        self.name(client, &text, wire)
    }

    /// The number of a key, from 1 on.
    fn key(&mut self, client: &str, word: &str, wire: &mut Wire<Pulsar>) -> u16 {
        let text = word.trim_matches('"');
        let (name, new) = self.keys.tell(text);
        if new {
            let id = wire.ask(client, Request::Key(text.into()));
            self.quiet.insert(id);
        }
        name.0 + 1
    }
}

impl Dialect for Dialogue {
    type Server = Pulsar;

    fn act(&mut self, client: &str, words: &[&str], wire: &mut Wire<Pulsar>) -> Result<(), String> {
        match (client, words) {
            ("broker", ["kill"]) => {
                self.producers.clear();
                wire.restart(Down::Killed);
            }
            ("broker", ["restart"]) => {
                self.producers.clear();
                wire.restart(Down::Stopped);
            }
            ("broker", _) => return Err("the broker can kill or restart".into()),
            (_, ["disconnects"]) => {
                self.consumers.remove(client);
                self.producers.retain(|(own, _), _| own != client);
                wire.cut(client);
            }
            _ => Words::new(self, client, words, wire).act()?,
        }
        Ok(())
    }

    fn reply(&mut self, client: &str, id: RequestId, reply: Reply, wire: &mut Wire<Pulsar>) {
        if self.quiet.remove(&id) {
            return;
        }
        match reply {
            Reply::Subscribed(consumer) => {
                self.consumers.entry(client.to_owned()).or_default().push(consumer);
                let permits = self.subscribing.remove(&id).unwrap_or(0);
                if permits != 0 {
                    let id = wire.ask(client, Request::Flow(consumer, permits));
                    self.quiet.insert(id);
                }
            }
            Reply::Ok | Reply::Acked(_) if !self.told.contains(&id) => {}
            Reply::Ok | Reply::Acked(_) | Reply::Receipt { .. } | Reply::Duplicate | Reply::Error(_) => {
                wire.observe(client, tell::reply(reply));
            }
        }
    }

    fn push(&mut self, client: &str, push: Push, wire: &mut Wire<Pulsar>) {
        match push {
            Push::Message(delivery) => {
                let label = wire.label(delivery.message.id).to_owned();
                let index = (delivery.batch != 0).then_some(delivery.index);
                let position = Position { entry: delivery.entry, index };
                self.got.insert((client.to_owned(), label.clone()), (delivery.consumer, position));
                self.seen.insert(label.clone(), delivery.entry);
                let text = match delivery.redeliveries {
                    0 => label,
                    times => format!("{label} redelivered {times}"),
                };
                wire.observe(client, text);
            }
            Push::Active(_, active) => wire.observe(client, if active { "active" } else { "inactive" }),
            Push::ConsumerClosed(consumer) => {
                if let Some(own) = self.consumers.get_mut(client) {
                    own.retain(|own| *own != consumer);
                }
                wire.observe(client, "consumer closed");
            }
            Push::ProducerClosed(topic) => {
                self.producers.remove(&(client.to_owned(), topic));
                wire.observe(client, "producer closed");
            }
        }
    }

    fn state(&mut self, subject: &str, server: &Pulsar, _: &Wire<Pulsar>) -> Result<String, String> {
        tell::state(subject, server, &mut self.names)
    }
}
