//! The words of Kafka cases: close to the names of the API keys and of the tools.

mod client_side;
mod group;
mod log;

use std::collections::BTreeMap;

use queuescope_engine::broker::kafka::request::{GroupId, Pid, Push, Reply, TopicId, Tp};
use queuescope_engine::broker::kafka::{Kafka, Settings, TopicSettings, Version};
use queuescope_engine::broker::server::Down;
use queuescope_engine::id::RequestId;

use super::super::protocol::modelled::{Dialect, Wire};

/// What a case has said so far.
#[derive(Default)]
pub(crate) struct Dialogue {
    /// The version that the case runs against.
    version: String,
    /// The topics, in the order of making, with what they were made with.
    topics: Vec<(String, TopicSettings)>,
    /// The groups, in the order in which they were named.
    groups: Vec<String>,
    /// The keys, in the order in which they were named; the first is no key.
    keys: Vec<String>,
    /// Requests of which the answer is not observed.
    quiet: std::collections::BTreeSet<RequestId>,
    /// The ids of producers that asked for one, and their epochs.
    producers: BTreeMap<String, (Pid, u16)>,
    /// The numbers of batches.
    batches: u32,
    /// What belongs to groups and their members.
    members: group::Members,
}

/// The server that a case asks for.
///
/// # Errors
/// Names the setting that is not one.
pub(crate) fn server(settings: &[(String, String)], version: &str) -> Result<Kafka, String> {
    let mut own = Settings::default();
    for (name, value) in settings {
        own.set_text(name, value)?;
    }
    Ok(Kafka::new(Version::named(version), own))
}

impl Dialogue {
    /// Of a case that runs against this version.
    pub(crate) fn of(version: &str) -> Dialogue {
        Dialogue { version: version.to_owned(), ..Dialogue::default() }
    }

    /// The topic of this name.
    fn topic(&self, name: &str) -> Result<TopicId, String> {
        let place = self.topics.iter().position(|(own, _)| own == name);
        place.map(|place| TopicId(place as u16)).ok_or_else(|| format!("there is no topic {name:?}"))
    }

    /// A partition, as `orders-0`.
    fn tp(&self, word: &str) -> Result<Tp, String> {
        let error = || format!("{word:?} is no partition, such as orders-0");
        let (topic, partition) = word.rsplit_once('-').ok_or_else(error)?;
        Ok(Tp { topic: self.topic(topic)?, partition: partition.parse().map_err(|_| error())? })
    }

    fn name(&self, tp: Tp) -> String {
        let topic = self.topics.get(usize::from(tp.topic.0)).map_or("?", |(name, _)| name);
        format!("{topic}-{}", tp.partition)
    }

    /// The number of a group; the server is told it before it is used.
    fn group(&mut self, client: &str, name: &str, wire: &mut Wire<Kafka>) -> GroupId {
        let place = self.groups.iter().position(|own| own == name).unwrap_or_else(|| {
            self.groups.push(name.to_owned());
            let id =
                wire.ask(client, queuescope_engine::broker::kafka::request::Request::TellGroup(name.into()));
            self.quiet.insert(id);
            self.groups.len() - 1
        });
        GroupId(place as u16)
    }

    fn key(&mut self, name: &str) -> u16 {
        let place = self.keys.iter().position(|own| own == name).unwrap_or_else(|| {
            self.keys.push(name.to_owned());
            self.keys.len() - 1
        });
        place as u16 + 1
    }
}

impl Dialect for Dialogue {
    type Server = Kafka;

    fn act(&mut self, client: &str, words: &[&str], wire: &mut Wire<Kafka>) -> Result<(), String> {
        match words {
            ["restarts"] => wire.restart(Down::Stopped),
            ["disconnects"] => wire.cut(client),
            _ if log::is_one(words) => self.log(client, words, wire)?,
            _ => self.of_groups(client, words, wire)?,
        }
        Ok(())
    }

    fn reply(&mut self, client: &str, id: RequestId, reply: Reply, wire: &mut Wire<Kafka>) {
        if self.quiet.remove(&id) {
            return;
        }
        match reply {
            Reply::Coordinator(reply) => self.coordinator_answers(client, id, reply, wire),
            Reply::Done
            | Reply::Topic(_)
            | Reply::Group(_)
            | Reply::Metadata(_)
            | Reply::Produced(..)
            | Reply::Unproduced(..)
            | Reply::ProducerId(..)
            | Reply::Fetched(_)
            | Reply::Unfetched(..)
            | Reply::Offset(..)
            | Reply::Error(_) => self.log_answers(client, &reply, wire),
        }
    }

    fn push(&mut self, client: &str, push: Push, wire: &mut Wire<Kafka>) {
        match push {
            Push::Group(push) => self.coordinator_tells(client, push, wire),
        }
    }

    fn state(&mut self, subject: &str, server: &Kafka, wire: &Wire<Kafka>) -> Result<String, String> {
        let words: Vec<&str> = subject.split_whitespace().collect();
        match self.log_state(&words, server, wire) {
            Some(state) => state,
            None => self.group_state(&words, server, wire),
        }
    }
}
