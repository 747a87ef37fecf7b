//! The words of topics, producers, fetches and brokers.

use std::time::Duration;

use queuescope_engine::Time;
use queuescope_engine::broker::kafka::request::{
    Acks, Books, BrokerId, Error, Fetch, Few, Isolation, Operate, Produce, Read, Reply, Request, Sent,
    Sequence, Spec, Tp,
};
use queuescope_engine::broker::kafka::{Kafka, Setting, TopicSettings};
use queuescope_engine::broker::server::Server;
use queuescope_engine::message::Message;

use super::super::super::protocol::modelled::Wire;
use super::{Dialogue, client_side};

/// What `request.timeout.ms` is by default.
const TIMEOUT: Duration = Duration::from_secs(30);

const WORDS: &[&str] = &[
    "config",
    "create",
    "alter",
    "delete-records",
    "kill",
    "stop",
    "start",
    "stall",
    "resume",
    "produce",
    "init",
    "fetch",
    "offsets",
    "commit-transaction",
    "abort-transaction",
    "add-offsets",
];

/// Whether an action is about logs.
pub(super) fn is_one(words: &[&str]) -> bool {
    words.first().is_some_and(|first| WORDS.contains(first))
}

fn number<T: std::str::FromStr>(word: &str, what: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("{word:?} is no {what}"))
}

fn seconds(word: &str) -> Result<Duration, String> {
    let seconds = word.strip_suffix('s').ok_or_else(|| format!("{word:?} is no time, such as 5s"))?;
    number::<f64>(seconds, "number of seconds").map(Duration::from_secs_f64)
}

/// The options `NAME=VALUE` among some words, and the others.
fn options<'a>(words: &[&'a str], names: &[&str]) -> (Vec<(&'a str, &'a str)>, Vec<&'a str>) {
    let (mut found, mut rest) = (Vec::new(), Vec::new());
    for word in words {
        match word.split_once('=').filter(|(name, _)| names.contains(name)) {
            Some(option) => found.push(option),
            None => rest.push(*word),
        }
    }
    (found, rest)
}

impl Dialogue {
    pub(super) fn log(&mut self, client: &str, words: &[&str], wire: &mut Wire<Kafka>) -> Result<(), String> {
        let broker = |word: &str| number(word, "broker").map(BrokerId);
        let request = match words {
            ["create", name, settings @ ..] => {
                let mut own = TopicSettings::default();
                set(&mut own, settings)?;
                self.topics.push(((*name).to_owned(), own.clone()));
                let id = wire.ask(client, Request::CreateTopic(Box::new(((*name).to_owned(), own))));
                self.quiet.insert(id);
                return Ok(());
            }
            ["config", settings @ ..] => {
                let verdict = client_side::config(settings, &self.version)?;
                wire.observe(client, verdict);
                return Ok(());
            }
            ["alter", name, settings @ ..] => self.alter(name, settings)?,
            ["delete-records", tp, offset] => Request::DeleteRecords(self.tp(tp)?, number(offset, "offset")?),
            ["kill", id] => Request::Operate(Operate::Kill(broker(id)?)),
            ["stop", id] => Request::Operate(Operate::Stop(broker(id)?)),
            ["start", id] => Request::Operate(Operate::Start(broker(id)?)),
            ["stall", id] => Request::Operate(Operate::Stall(broker(id)?)),
            ["resume", id] => Request::Operate(Operate::Resume(broker(id)?)),
            ["produce", tp, rest @ ..] => self.produce(client, tp, rest, wire)?,
            ["init"] => Request::InitProducerId(None),
            ["init", id, rest @ ..] => {
                let timeout = match options(rest, &["timeout"]).0[..] {
                    [(_, timeout)] => seconds(timeout)?,
                    _ => Duration::from_secs(60),
                };
                Request::InitProducerId(Some(Box::new(((*id).to_owned(), timeout))))
            }
            ["fetch", tp, rest @ ..] => self.fetch(client, tp, rest, wire)?,
            ["offsets", tp, spec, rest @ ..] => {
                let spec = match *spec {
                    "earliest" => Spec::Earliest,
                    "latest" => Spec::Latest,
                    time => Spec::Timestamp(Time::ZERO + seconds(time)?),
                };
                Request::ListOffsets(self.tp(tp)?, spec, isolation(rest))
            }
            ["commit-transaction"] => self.end(client, true)?,
            ["abort-transaction"] => self.end(client, false)?,
            ["add-offsets", group, offsets @ ..] => {
                let group = self.group(client, group, wire);
                let (pid, epoch) = self.producer(client)?;
                let offset = |word: &&str| {
                    let (tp, offset) = word.split_once('=').ok_or("an offset is written as orders-0=5")?;
                    Ok((self.tp(tp)?, number(offset, "offset")?))
                };
                let offsets = offsets.iter().map(offset).collect::<Result<_, String>>()?;
                Request::TxnOffsetCommit(pid, epoch, group, offsets)
            }
            _ => return Err(format!("{words:?} cannot be read; see the README")),
        };
        wire.ask(client, request);
        Ok(())
    }

    fn alter(&mut self, name: &str, settings: &[&str]) -> Result<Request, String> {
        let topic = self.topic(name)?;
        if let [word] = settings
            && let Some(count) = word.strip_prefix("partitions=")
        {
            return Ok(Request::CreatePartitions(topic, number(count, "number of partitions")?));
        }
        let own = &mut self.topics[usize::from(topic.0)].1;
        set(own, settings)?;
        Ok(Request::Configure(Some(topic), Setting::Topic(Box::new(own.clone()))))
    }

    fn producer(
        &self,
        client: &str,
    ) -> Result<(queuescope_engine::broker::kafka::request::Pid, u16), String> {
        self.producers.get(client).copied().ok_or_else(|| format!("{client} has no producer id: init first"))
    }

    fn end(&mut self, client: &str, commit: bool) -> Result<Request, String> {
        let (pid, epoch) = self.producer(client)?;
        Ok(Request::EndTxn(pid, epoch, commit))
    }

    /// A record: `a`, `key=a`, `key=null`; `a:100` is of 100 bytes.
    fn record(&mut self, word: &str, wire: &mut Wire<Kafka>) -> Result<Sent, String> {
        let (key, value) = match word.split_once('=') {
            Some((key, value)) => (Some(key), value),
            None => (None, word),
        };
        let (label, size) = match value.split_once(':') {
            Some((label, size)) => (label, number(size, "number of bytes")?),
            None => (value, 1),
        };
        let key = key.map_or(0, |key| self.key(key));
        let message = Message { key, size, ..wire.message(label) };
        Ok(Sent { message, tombstone: label == "null" })
    }

    fn produce(
        &mut self,
        client: &str,
        tp: &str,
        words: &[&str],
        wire: &mut Wire<Kafka>,
    ) -> Result<Request, String> {
        let tp = self.tp(tp)?;
        let (found, rest) = options(words, &["acks", "seq", "timeout", "epoch"]);
        let (mut acks, mut base, mut timeout, mut epoch) = (Acks::All, None, TIMEOUT, None);
        for (name, value) in found {
            match (name, value) {
                ("acks", "0") => acks = Acks::None,
                ("acks", "1") => acks = Acks::Leader,
                ("acks", "all") => acks = Acks::All,
                ("seq", base_sequence) => base = Some(number(base_sequence, "sequence number")?),
                ("epoch", number_of) => epoch = Some(number(number_of, "epoch")?),
                ("timeout", time) => timeout = seconds(time)?,
                _ => return Err(format!("{name}={value} is not known")),
            }
        }
        let transactional = rest.contains(&"in-transaction");
        let sequence = match base {
            Some(base) => {
                let (pid, own) = self.producer(client)?;
                Some(Sequence { pid, epoch: epoch.unwrap_or(own), base, transactional })
            }
            None => None,
        };
        let records = rest.iter().filter(|word| **word != "in-transaction");
        let records = records.map(|word| self.record(word, wire)).collect::<Result<Vec<_>, _>>()?;
        self.batches += 1;
        let records = if let [one] = records[..] { Few::One(one) } else { Few::Many(records) };
        let batch = self.batches;
        Ok(Request::Produce(Box::new(Produce {
            tp,
            records,
            acks,
            timeout,
            sequence,
            batch,
            books: Books::New,
        })))
    }

    fn fetch(
        &mut self,
        client: &str,
        tp: &str,
        words: &[&str],
        wire: &mut Wire<Kafka>,
    ) -> Result<Request, String> {
        let tp = self.tp(tp)?;
        let (found, rest) = options(words, &["from", "max", "bytes", "group"]);
        let mut fetch = Fetch {
            tp,
            group: None,
            offset: 0,
            records: u32::MAX,
            bytes: 1 << 20,
            isolation: isolation(&rest),
            waits: rest.contains(&"wait"),
        };
        for (name, value) in found {
            match name {
                "from" => fetch.offset = number(value, "offset")?,
                "max" => fetch.records = number(value, "number of records")?,
                "bytes" => fetch.bytes = number(value, "number of bytes")?,
                _ => fetch.group = Some(self.group(client, value, wire)),
            }
        }
        Ok(Request::Fetch(fetch))
    }

    pub(super) fn log_answers(&mut self, client: &str, reply: &Reply, wire: &mut Wire<Kafka>) {
        let text = match reply {
            Reply::Done | Reply::Topic(_) | Reply::Group(_) | Reply::Metadata(_) | Reply::Coordinator(_) => {
                return;
            }
            Reply::Produced(tp, Some(base)) => format!("{} at {base}", self.name(*tp)),
            Reply::Produced(tp, None) => format!("{} sent", self.name(*tp)),
            Reply::Unproduced(tp, error, _) | Reply::Unfetched(tp, error) => {
                format!("{} {}", self.name(*tp), name(*error))
            }
            Reply::ProducerId(pid, epoch) => {
                self.producers.insert(client.to_owned(), (*pid, *epoch));
                format!("producer {} epoch {epoch}", pid.0)
            }
            Reply::Fetched(fetched) => {
                let records = fetched.records.all();
                let shown = if records.is_empty() {
                    format!("nothing, next {}", fetched.next)
                } else {
                    self.records(records, wire)
                };
                format!("{} {shown}", self.name(fetched.tp))
            }
            Reply::Offset(tp, offset) => {
                let offset = offset.map_or("none".to_owned(), |offset| offset.to_string());
                format!("{} {offset}", self.name(*tp))
            }
            Reply::Error(error) => name(*error),
        };
        wire.observe(client, text);
    }

    fn records(&self, records: &[Read], wire: &Wire<Kafka>) -> String {
        let shown = records.iter().map(|record| {
            let label = wire.label(record.message.id);
            match record.message.key {
                0 => format!("{}:{label}", record.offset),
                key => {
                    let key = self.keys.get(usize::from(key) - 1).map_or("?", |key| key);
                    format!("{}:{key}={label}", record.offset)
                }
            }
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    /// What a log holds, if it is asked for one.
    pub(super) fn log_state(
        &mut self,
        words: &[&str],
        server: &Kafka,
        wire: &Wire<Kafka>,
    ) -> Option<Result<String, String>> {
        Some(match words {
            ["hash" | "partition" | "runs" | "picked" | "weights", ..] => client_side::partitioner(words),
            ["log", tp] => self.tp(tp).map(|tp| self.contents(server, tp, wire)),
            ["ends", tp] => self.tp(tp).and_then(|tp| {
                let status = server.status(tp).ok_or("there is no such partition")?;
                let (start, end) = (status.start, status.end);
                Ok(format!("start {start} stable {} high {} end {end}", status.stable, status.high_watermark))
            }),
            ["leader", tp] => self.tp(tp).and_then(|tp| {
                let status = server.status(tp).ok_or("there is no such partition")?;
                let leader = status.leader.map_or("none".to_owned(), |leader| leader.0.to_string());
                let isr: Vec<String> = status.in_sync.iter().map(|broker| broker.0.to_string()).collect();
                Ok(format!("{leader} epoch {} isr {}", status.epoch, isr.join(" ")))
            }),
            ["segments", tp] => self.tp(tp).and_then(|tp| {
                let status = server.status(tp).ok_or("there is no such partition")?;
                let segments: Vec<String> = status.segments.iter().map(ToString::to_string).collect();
                Ok(segments.join(" "))
            }),
            ["store", tp, group] => {
                let name = format!("{tp}/{group}");
                let holdings = server.holdings();
                let found = holdings.iter().find(|holding| holding.name == name);
                found
                    .map(|holding| format!("waiting {} held {}", holding.waiting, holding.held))
                    .ok_or_else(|| "no group of this name reads it".to_owned())
            }
            _ => return None,
        })
    }

    /// The records of a log, as one sees them who reads it uncommitted.
    fn contents(&self, server: &Kafka, tp: Tp, wire: &Wire<Kafka>) -> String {
        let all = server.records(tp);
        if all.is_empty() { "none".into() } else { self.records(&all, wire) }
    }
}

/// Puts settings of a topic in force.
fn set(topic: &mut TopicSettings, settings: &[&str]) -> Result<(), String> {
    for setting in settings {
        let (name, value) = setting.split_once('=').ok_or_else(|| format!("{setting:?} is no setting"))?;
        topic.set_text(name, value)?;
    }
    Ok(())
}

fn isolation(words: &[&str]) -> Isolation {
    if words.contains(&"committed") { Isolation::ReadCommitted } else { Isolation::ReadUncommitted }
}

/// An error by the name of its exception in the Java client.
fn name(error: Error) -> String {
    format!("{error:?}")
}
