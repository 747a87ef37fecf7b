//! The words of SQS: those of its API, as the README beside the cases explains them.

mod parameters;

use std::collections::BTreeMap;

use queuescope_engine::broker::server::Server as _;
use queuescope_engine::broker::sqs::api::{
    Fault, MoveMessages, Push, QueueUrl, Receive, Received, Reply, Request, SendEntry, SentMessage, TopicArn,
};
use queuescope_engine::broker::sqs::{Settings, Share, Sqs};
use queuescope_engine::id::{MessageId, RequestId, StoreId};

use self::parameters::{attribute, number, pair};
use super::super::protocol::modelled::{Dialect, Wire};

/// The server with the settings of a case.
pub(crate) fn server(given: &[(String, String)]) -> Result<Sqs, String> {
    let (mut settings, mut seed) = (Settings::default(), 1);
    for (name, value) in given {
        let share = || match value.parse::<f64>() {
            Ok(share) if (0.0..=1.0).contains(&share) => Ok(Share::of(share)),
            _ => Err(format!("{name}={value} is not permitted; it must be a number from 0 to 1")),
        };
        match name.as_str() {
            "sampling" if value == "on" || value == "off" => settings.sampling = value == "on",
            "reorder" => settings.reorder = share()?,
            "duplicates" => settings.duplicates = share()?,
            "missed-deletes" => settings.missed_deletes = share()?,
            "in-flight-quota" => settings.in_flight_quota = number(name, value)?,
            "fifo-rate" => settings.fifo_rate = number(name, value)?,
            "scan-window" => settings.scan_window = number(name, value)?,
            "seed" => seed = number(name, value)?.into(),
            _ => {
                return Err(format!(
                    "{name}={value} is no setting; it must be one of sampling (on, off), reorder, duplicates, \
                     missed-deletes, in-flight-quota, fifo-rate, scan-window, seed"
                ));
            }
        }
    }
    Ok(Sqs::new(settings, seed))
}

/// What was asked, as far as the answer's words depend on it.
enum Asked {
    Queue(String),
    Topic(String),
    Send(Vec<String>),
    Publish(String),
    /// The handles of a batch.
    Handles(Vec<String>),
    Other,
}

/// Numbers for words, in the order of their first use, from 1.
#[derive(Default)]
struct Numbered(Vec<String>);

impl Numbered {
    fn number(&mut self, word: &str) -> u32 {
        let place = self.0.iter().position(|own| own == word).unwrap_or_else(|| {
            self.0.push(word.to_owned());
            self.0.len() - 1
        });
        place as u32 + 1
    }

    fn word(&self, number: u32) -> &str {
        &self.0[number as usize - 1]
    }
}

#[derive(Default)]
pub(crate) struct SqsWords {
    queues: BTreeMap<String, QueueUrl>,
    topics: BTreeMap<String, TopicArn>,
    asked: BTreeMap<RequestId, Asked>,
    /// What receives brought, by label, the first receive first.
    received: BTreeMap<String, Vec<Received>>,
    groups: Numbered,
    bodies: Numbered,
    dedups: Numbered,
    attempts: Numbered,
}

impl SqsWords {
    /// A queue by its name; one that was never made has an address too.
    fn queue(&self, name: &str) -> QueueUrl {
        self.queues.get(name).copied().unwrap_or(QueueUrl(StoreId(u16::MAX)))
    }

    fn topic(&self, name: &str) -> TopicArn {
        self.topics.get(name).copied().unwrap_or(TopicArn(u16::MAX))
    }

    /// A handle: a label for the latest receive, `LABEL/N` for the N-th.
    fn handle(&self, word: &str) -> Result<&Received, String> {
        let (label, which) = word.split_once('/').unwrap_or((word, ""));
        let all = self.received.get(label).ok_or_else(|| format!("{label:?} was never received"))?;
        let found = match which {
            "" => all.last(),
            which => all.get((number(word, which)? as usize).wrapping_sub(1)),
        };
        found.ok_or_else(|| format!("{word:?}: {label:?} was received {} times so far", all.len()))
    }

    /// Messages with their parameters: `LABEL [NAME=VALUE ...] LABEL ...`.
    fn entries(
        &mut self,
        words: &[&str],
        wire: &mut Wire<Sqs>,
    ) -> Result<(Vec<String>, Vec<SendEntry>), String> {
        let (mut labels, mut entries) = (Vec::new(), Vec::<SendEntry>::new());
        for word in words {
            let Some((name, value)) = word.split_once('=') else {
                let message = wire.message(word);
                // Far from the numbers of bodies that are told.
                let body = message.id.0 | 1 << 32;
                entries.push(SendEntry { message, body, delay_seconds: None, group: None, dedup: None });
                labels.push((*word).to_owned());
                continue;
            };
            let entry = entries.last_mut().ok_or("a label stands before the parameters of a message")?;
            match name {
                "DelaySeconds" => entry.delay_seconds = Some(number(name, value)?),
                "MessageGroupId" => entry.group = Some(parameters::group(self.groups.number(value))),
                "MessageDeduplicationId" => entry.dedup = Some(self.dedups.number(value).into()),
                "Body" => entry.body = self.bodies.number(value).into(),
                "Size" => entry.message.size = number(name, value)?,
                "key" => {
                    entry.message.key = u16::try_from(number(name, value)?)
                        .map_err(|_| format!("{word} is not permitted; a key is a number up to 65535"))?;
                }
                _ => return Err(format!("{word:?} is no parameter of a message")),
            }
        }
        Ok((labels, entries))
    }

    fn receive(&mut self, queue: &str, words: &[&str]) -> Result<Receive, String> {
        let mut receive = Receive {
            queue: self.queue(queue),
            max: 1,
            visibility_timeout: None,
            wait_seconds: None,
            attempt: None,
        };
        for word in words {
            let (name, value) = pair(word)?;
            match name {
                "MaxNumberOfMessages" => receive.max = number(name, value)?,
                "VisibilityTimeout" => receive.visibility_timeout = Some(number(name, value)?),
                "WaitTimeSeconds" => receive.wait_seconds = Some(number(name, value)?),
                "ReceiveRequestAttemptId" => receive.attempt = Some(self.attempts.number(value).into()),
                _ => return Err(format!("{word:?} is no parameter of a receive")),
            }
        }
        Ok(receive)
    }

    fn move_messages(&self, source: &str, words: &[&str]) -> Result<MoveMessages, String> {
        let (destination, words) = match words {
            ["to", queue, rest @ ..] => (Some(self.queue(queue)), rest),
            rest => (None, rest),
        };
        let rate = match words {
            [] => None,
            [word] => match pair(word)? {
                ("MaxNumberOfMessagesPerSecond", value) => Some(number(word, value)?),
                _ => return Err(format!("{word:?} is no parameter of a message move task")),
            },
            _ => return Err("write: start-message-move-task SOURCE [to QUEUE] [NAME=VALUE]".into()),
        };
        Ok(MoveMessages { source: self.queue(source), destination, rate })
    }

    fn handles(&self, words: &[&str]) -> Result<Asked, String> {
        for word in words {
            self.handle(word)?;
        }
        Ok(Asked::Handles(words.iter().map(|word| (*word).to_owned()).collect()))
    }

    /// Calls that are about messages.
    fn message_call(
        &mut self,
        words: &[&str],
        wire: &mut Wire<Sqs>,
    ) -> Result<Option<(Request, Asked)>, String> {
        Ok(Some(match *words {
            ["send-message", queue, ref rest @ ..] => {
                let (labels, entries) = self.entries(rest, wire)?;
                let [entry] = entries[..] else { return Err("send-message sends one message".into()) };
                (Request::SendMessage { queue: self.queue(queue), entry }, Asked::Send(labels))
            }
            ["send-message-batch", queue, ref rest @ ..] => {
                let (labels, entries) = self.entries(rest, wire)?;
                (Request::SendMessageBatch { queue: self.queue(queue), entries }, Asked::Send(labels))
            }
            ["publish", topic, ref rest @ ..] => {
                let (mut labels, entries) = self.entries(rest, wire)?;
                let [entry] = entries[..] else { return Err("publish publishes one message".into()) };
                (Request::Publish { topic: self.topic(topic), entry }, Asked::Publish(labels.remove(0)))
            }
            ["receive-message", queue, ref rest @ ..] => {
                (Request::ReceiveMessage(self.receive(queue, rest)?), Asked::Other)
            }
            ["delete-message", queue, handle] => {
                let (queue, handle) = (self.queue(queue), self.handle(handle)?.handle);
                (Request::DeleteMessage { queue, handle }, Asked::Other)
            }
            ["delete-message-batch", queue, ref rest @ ..] => {
                let asked = self.handles(rest)?;
                let handles =
                    rest.iter().map(|word| Ok(self.handle(word)?.handle)).collect::<Result<_, String>>()?;
                (Request::DeleteMessageBatch { queue: self.queue(queue), handles }, asked)
            }
            ["change-message-visibility", queue, handle, seconds] => {
                let (handle, timeout) = (self.handle(handle)?.handle, number("seconds", seconds)?);
                let queue = self.queue(queue);
                (Request::ChangeMessageVisibility { queue, handle, timeout }, Asked::Other)
            }
            ["change-message-visibility-batch", queue, ref rest @ ..] => {
                let pairs: Vec<&[&str]> = rest.chunks(2).collect();
                let words: Vec<&str> = pairs.iter().map(|pair| pair[0]).collect();
                let asked = self.handles(&words)?;
                let change = |pair: &&[&str]| {
                    let seconds = pair.get(1).ok_or("a handle is followed by seconds")?;
                    Ok((self.handle(pair[0])?.handle, number("seconds", seconds)?))
                };
                let changes = pairs.iter().map(change).collect::<Result<_, String>>()?;
                (Request::ChangeMessageVisibilityBatch { queue: self.queue(queue), changes }, asked)
            }
            _ => return Ok(None),
        }))
    }

    /// Calls that are about queues and topics.
    fn queue_call(&mut self, words: &[&str]) -> Result<(Request, Asked), String> {
        let attributes =
            |words: &[&str]| words.iter().map(|word| attribute(word)).collect::<Result<Vec<_>, String>>();
        Ok(match *words {
            ["create-queue", name, ref rest @ ..] => {
                let attributes = attributes(rest)?;
                (Request::CreateQueue { name: name.into(), attributes }, Asked::Queue(name.to_owned()))
            }
            ["set-queue-attributes", queue, ref rest @ ..] => {
                let (queue, attributes) = (self.queue(queue), attributes(rest)?);
                (Request::SetQueueAttributes { queue, attributes }, Asked::Other)
            }
            ["get-queue-attributes", queue] => {
                (Request::GetQueueAttributes { queue: self.queue(queue) }, Asked::Other)
            }
            ["purge-queue", queue] => (Request::PurgeQueue { queue: self.queue(queue) }, Asked::Other),
            ["delete-queue", queue] => (Request::DeleteQueue { queue: self.queue(queue) }, Asked::Other),
            ["start-message-move-task", source, ref rest @ ..] => {
                (Request::StartMessageMoveTask(self.move_messages(source, rest)?), Asked::Other)
            }
            ["cancel-message-move-task", task] => {
                (Request::CancelMessageMoveTask { task: number("task", task)? }, Asked::Other)
            }
            ["list-message-move-tasks", source] => {
                (Request::ListMessageMoveTasks { source: self.queue(source) }, Asked::Other)
            }
            ["create-topic", name] => {
                (Request::CreateTopic { name: name.into() }, Asked::Topic(name.to_owned()))
            }
            ["subscribe", topic, queue, ref rest @ ..] => {
                let filter = match rest {
                    [] => "",
                    [word] => word
                        .strip_prefix("FilterPolicy=")
                        .ok_or_else(|| format!("{word:?} is no parameter of a subscription"))?,
                    _ => return Err("write: subscribe TOPIC QUEUE [FilterPolicy=JSON]".into()),
                };
                let (topic, queue) = (self.topic(topic), self.queue(queue));
                (Request::Subscribe { topic, queue, filter: filter.into() }, Asked::Other)
            }
            _ => return Err(format!("{:?} is no action", words.join(" "))),
        })
    }

    /// What a client does without asking the service; whether it was that.
    fn look(&self, client: &str, words: &[&str], wire: &mut Wire<Sqs>) -> Result<bool, String> {
        match *words {
            ["disconnect"] => wire.cut(client),
            ["compare", one, other] => {
                let same = self.handle(one)?.handle == self.handle(other)?.handle;
                wire.observe(client, if same { "same handle" } else { "different handles" });
            }
            ["describe", handle] => {
                let own = self.handle(handle)?;
                let (id, sent, first) = (own.id, own.sent(), own.first_received);
                let mut text = format!("MessageId {id}, SentTimestamp {sent}, first received {first}");
                if let Some(source) = own.source {
                    let name = self.queues.iter().find(|(_, url)| **url == source);
                    text += &format!(", from {}", name.map_or("?", |(name, _)| name));
                }
                if let Some(group) = own.group {
                    text += &format!(", group {}", self.groups.word(group.0));
                }
                if let Some(sequence) = own.sequence() {
                    text += &format!(", sequence {sequence}");
                }
                wire.observe(client, text);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn tell_received(&mut self, received: Vec<Received>, wire: &Wire<Sqs>) -> String {
        let mut text = String::from("received");
        for own in &received {
            let label = wire.label(own.message.id).to_owned();
            text += &format!(" {}", counted(&label, own.receive_count));
            self.received.entry(label).or_default().push(*own);
        }
        if received.is_empty() { "received nothing".into() } else { text }
    }
}

/// A label, and a count that is not 1.
fn counted(label: &str, count: u32) -> String {
    if count == 1 { label.to_owned() } else { format!("{label}#{count}") }
}

fn sent(label: &str, outcome: &Result<SentMessage, Fault>) -> String {
    match outcome {
        Ok(SentMessage { sequence: Some(sequence), .. }) => format!("sent {label} sequence {sequence}"),
        Ok(_) => format!("sent {label}"),
        Err(fault) => format!("failed {label} {}", fault.code.name()),
    }
}

fn batch(words: Vec<String>) -> String {
    format!("batch: {}", words.join(", "))
}

impl Dialect for SqsWords {
    type Server = Sqs;

    fn act(&mut self, client: &str, words: &[&str], wire: &mut Wire<Sqs>) -> Result<(), String> {
        if self.look(client, words, wire)? {
            return Ok(());
        }
        let (request, asked) = match self.message_call(words, wire)? {
            Some(call) => call,
            None => self.queue_call(words)?,
        };
        let id = wire.ask(client, request);
        self.asked.insert(id, asked);
        Ok(())
    }

    fn reply(&mut self, client: &str, id: RequestId, reply: Reply, wire: &mut Wire<Sqs>) {
        let asked = self.asked.remove(&id).unwrap_or(Asked::Other);
        let text = match (reply, asked) {
            (Reply::Url(url), Asked::Queue(name)) => {
                let text = format!("url {name} {}", url.0.0 + 1);
                self.queues.insert(name, url);
                text
            }
            (Reply::Topic(topic), Asked::Topic(name)) => {
                let text = format!("topic {name}");
                self.topics.insert(name, topic);
                text
            }
            (Reply::Sent(own), Asked::Send(labels)) => sent(&labels[0], &Ok(own)),
            (Reply::Sent(_), Asked::Publish(label)) => format!("published {label}"),
            (Reply::SentBatch(all), Asked::Send(labels)) => {
                batch(labels.iter().zip(&all).map(|(label, own)| sent(label, own)).collect())
            }
            (Reply::Received(received), _) => self.tell_received(received.into_iter().collect(), wire),
            (Reply::Batch(all), Asked::Handles(handles)) => {
                let entry = |(handle, outcome): (&String, &Result<(), Fault>)| match outcome {
                    Ok(()) => format!("ok {handle}"),
                    Err(fault) => format!("failed {handle} {}", fault.code.name()),
                };
                batch(handles.iter().zip(&all).map(entry).collect())
            }
            (Reply::Numbers(own), _) => format!(
                "attributes visible {}, in flight {}, delayed {}",
                own.visible, own.in_flight, own.delayed
            ),
            (Reply::Task(task), _) => format!("task {task}"),
            (Reply::Moved(moved), _) => format!("moved {moved}"),
            (Reply::Tasks(tasks), _) => {
                let task = |own: &queuescope_engine::broker::sqs::api::TaskView| {
                    format!("{} {} {} of {}", own.task, own.status.name(), own.moved, own.to_move)
                };
                format!("tasks: {}", tasks.iter().map(task).collect::<Vec<_>>().join(", "))
            }
            (Reply::Failed(fault), _) => format!("error {}", fault.code.name()),
            (Reply::Ok, _) => "ok".into(),
            (
                other @ (Reply::Url(_)
                | Reply::Topic(_)
                | Reply::Sent(_)
                | Reply::SentBatch(_)
                | Reply::Batch(_)),
                _,
            ) => format!("an answer to another question: {other:?}"),
        };
        wire.observe(client, text);
    }

    fn push(&mut self, _: &str, push: Push, _: &mut Wire<Sqs>) {
        match push {}
    }

    fn state(&mut self, subject: &str, server: &Sqs, wire: &Wire<Sqs>) -> Result<String, String> {
        let permitted =
            || format!("{subject:?} can be contents QUEUE or counts QUEUE, of a queue that is there");
        let (what, name) = subject.split_once(' ').ok_or_else(permitted)?;
        match what {
            "counts" => {
                let holdings = server.holdings();
                let own = holdings.iter().find(|own| own.name == name).ok_or_else(permitted)?;
                Ok(format!("{} visible, {} in flight, {} delayed", own.waiting, own.held, own.delayed))
            }
            "contents" => {
                let all = server.visible(name, usize::MAX).ok_or_else(permitted)?;
                let tell = |(message, receives): &(queuescope_engine::message::Message, u32)| {
                    counted(wire.label(MessageId(message.id.0)), receives + 1)
                };
                let all: Vec<String> = all.iter().map(tell).collect();
                Ok(if all.is_empty() { "nothing".into() } else { all.join(" ") })
            }
            _ => Err(permitted()),
        }
    }
}
