//! RabbitMQ: one node for all cases, and for each a virtual host of its own.

mod actions;
mod channel;
mod control;
mod node;
mod show;
mod wire;
mod words;

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_core::Stream;
use lapin::options::BasicGetOptions;
use lapin::{Connection, ConnectionProperties, Event};
use queuescope_engine::Time;
use tokio::runtime::Runtime;

use crate::clock::Clock;
use crate::harness::protocol::{Observation, Protocol, Subject};
use crate::process::patiently;
use actions::Failure;
use channel::{Channel, Sight, Teller};
use node::{Down, Node};
use wire::Wire;

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// What comes of an action without an answer has happened so much later: a delivery, a requeue.
const SETTLED: Duration = Duration::from_millis(15);
/// The same where it has to be written to disk first.
const SETTLED_ON_DISK: Duration = Duration::from_millis(40);
/// What is due by itself at an instant has happened so much later.
const DUE: Duration = Duration::from_millis(80);

/// A running node, and what its clients run on.
pub(crate) struct RabbitMq {
    node: Arc<Mutex<Node>>,
    runtime: Arc<Runtime>,
    pub(crate) version: String,
}

impl RabbitMq {
    pub(crate) fn start() -> Result<RabbitMq, String> {
        let node = Node::start()?;
        // One thread, so that confirms are told in the order in which they come.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = Arc::new(runtime.map_err(|error| error.to_string())?);
        let version = node.version.clone();
        Ok(RabbitMq { node: Arc::new(Mutex::new(node)), runtime, version })
    }

    pub(crate) fn start_case(&self, case: &Protocol) -> Result<Box<dyn Subject>, String> {
        let mut node = lock(&self.node);
        let (host, port) = (node.new_host()?, node.port);
        drop(node);
        let on_disk = case.steps.iter().any(|step| step.words.iter().any(|word| word.contains("quorum")));
        let (tell, hear) = channel();
        Ok(Box::new(Case {
            node: Arc::clone(&self.node),
            runtime: Arc::clone(&self.runtime),
            host,
            port,
            settled: if on_disk { SETTLED_ON_DISK } else { SETTLED },
            clock: Clock::start(),
            links: BTreeMap::new(),
            tell,
            hear,
            seen: Vec::new(),
        }))
    }
}

fn lock(node: &Mutex<Node>) -> MutexGuard<'_, Node> {
    node.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether what is done in a case is felt by all virtual hosts.
pub(crate) fn is_felt_by_all(case: &Protocol) -> bool {
    let by_operator = |words: &[String]| ["restart", "kill", "memory-alarm"].contains(&words[0].as_str());
    case.steps.iter().any(|step| step.client == "server" && by_operator(&step.words))
}

/// A connection and its channels.
struct Link {
    // In this order: channels, then the connection, then what it runs over.
    channels: BTreeMap<u16, Arc<Channel>>,
    connection: Connection,
    wire: Wire,
    /// What has happened to it; of an error lapin does not tell on which channel.
    events: Receiver<(Instant, Event)>,
}

impl Link {
    /// Tells what has happened.
    fn listen(&self) {
        while let Ok((at, event)) = self.events.try_recv() {
            let first = self.channels.values().next();
            match (event, first) {
                (Event::Error(error), _) => {
                    let is_lost = |channel: &&Arc<Channel>| !channel.channel.status().connected();
                    for channel in self.channels.values().filter(is_lost) {
                        channel.teller.fails(at, &error);
                    }
                }
                (Event::ConnectionBlocked(_), Some(channel)) => {
                    channel.teller.said(at, "connection.blocked".into());
                }
                (Event::ConnectionUnblocked, Some(channel)) => {
                    channel.teller.said(at, "connection.unblocked".into());
                }
                _ => {}
            }
        }
    }

    /// From here on nothing of it is observed.
    fn end(&self) {
        for channel in self.channels.values() {
            channel.teller.end();
        }
    }
}

struct Case {
    node: Arc<Mutex<Node>>,
    runtime: Arc<Runtime>,
    host: String,
    port: u16,
    settled: Duration,
    clock: Clock,
    links: BTreeMap<String, Link>,
    tell: Sender<Sight>,
    hear: Receiver<Sight>,
    seen: Vec<Observation>,
}

impl Case {
    fn listen(&mut self) {
        self.links.values().for_each(Link::listen);
        // What happens to a connection is told by another way than what comes over its channels.
        let mut sights: Vec<Sight> = self.hear.try_iter().collect();
        sights.sort_by_key(|sight| sight.at);
        let told = sights.into_iter();
        self.seen.extend(told.map(|Sight { client, at, text }| Observation {
            at: self.clock.at(at),
            client,
            text,
        }));
    }

    fn operate(&mut self, words: &[&str]) -> Result<(), String> {
        self.listen();
        let (node, host) = (Arc::clone(&self.node), self.host.clone());
        let mut node = lock(&node);
        let clock = &mut self.clock;
        match words {
            ["restart" | "kill"] => {
                let down = if words[0] == "kill" { Down::Killed } else { Down::Stopped };
                for (_, link) in std::mem::take(&mut self.links) {
                    link.end();
                    link.wire.cut();
                }
                clock.stopped(|| node.restart(down))
            }
            ["memory-alarm", state @ ("on" | "off")] => clock.stopped(|| node.memory_alarm(*state == "on")),
            ["policy", name, kind @ ("queues" | "exchanges"), pattern, settings @ ..] => {
                let definition = policy(settings)?;
                let pattern = regular_expression(pattern);
                clock.stopped(|| node.set_policy(&host, name, (&pattern, kind), &definition))
            }
            ["clear-policy", name] => clock.stopped(|| node.clear_policy(&host, name)),
            _ => Err("the server can: restart, kill, memory-alarm, policy, clear-policy".into()),
        }
    }

    /// Opens connection and channel where they are not there, or no longer.
    fn open(&mut self, client: &str) -> Result<(String, u16), String> {
        let (name, number) = client.split_once('/').unwrap_or((client, "1"));
        let number = number.parse().map_err(|_| format!("{client:?} is no channel: write NAME/2"))?;
        if self.links.get(name).is_some_and(|link| !link.connection.status().connected()) {
            self.links.remove(name);
        }
        if !self.links.contains_key(name) {
            let wire = Wire::to(self.port).map_err(|error| error.to_string())?;
            let address = format!("amqp://guest:guest@127.0.0.1:{}/{}", wire.port, self.host);
            let connect = Connection::connect(&address, ConnectionProperties::default());
            let connection = self.within(connect)?.map_err(|error| error.to_string())?;
            let (happens, events) = channel();
            let mut listener = Box::pin(connection.events_listener());
            self.runtime.spawn(async move {
                while let Some(event) = poll_fn(|context| listener.as_mut().poll_next(context)).await {
                    if happens.send((Instant::now(), event)).is_err() {
                        return;
                    }
                }
            });
            let link = Link { channels: BTreeMap::new(), connection, wire, events };
            self.links.insert(name.to_owned(), link);
        }
        let Some(link) = self.links.get(name) else { return Err("there is no connection".into()) };
        if link.channels.get(&number).is_none_or(|channel| channel.teller.has_ended()) {
            let channel =
                self.within(link.connection.create_channel())?.map_err(|error| error.to_string())?;
            let teller = Arc::new(Teller::new(client, self.tell.clone()));
            let (consumers, confirms) = (Mutex::default(), AtomicBool::new(false));
            let channel = Arc::new(Channel { channel, teller, consumers, confirms });
            if let Some(link) = self.links.get_mut(name) {
                link.channels.insert(number, channel);
            }
        }
        Ok((name.to_owned(), number))
    }

    fn within<T>(&self, future: impl Future<Output = T>) -> Result<T, String> {
        let patient = async { tokio::time::timeout(PATIENCE, future).await };
        self.runtime.block_on(patient).map_err(|_| format!("the server did not answer in {PATIENCE:?}"))
    }

    fn on_channel(&mut self, client: &str, words: &[&str]) -> Result<(), String> {
        let (name, number) = self.open(client)?;
        let Some(link) = self.links.get(&name) else { return Ok(()) };
        let Some(channel) = link.channels.get(&number).map(Arc::clone) else { return Ok(()) };
        let (teller, status) = (Arc::clone(&channel.teller), link.connection.status().clone());
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let task = self.runtime.spawn(actions::act(channel, words));
        // What is asked over a blocked connection is done when it no longer is.
        let done = patiently(PATIENCE, || (task.is_finished() || status.blocked()).then_some(()));
        done.ok_or_else(|| format!("the server did not answer in {PATIENCE:?}"))?;
        if !task.is_finished() {
            return Ok(());
        }
        match self.runtime.block_on(task).map_err(|error| error.to_string())? {
            Ok(()) => Ok(()),
            Err(Failure::Words(error)) => Err(error),
            Err(Failure::Client(error)) => {
                // Why a channel was closed may be told a little later than that it was.
                let why = patiently(PATIENCE, || {
                    self.listen();
                    teller.fails(Instant::now(), &error).then_some(())
                });
                why.ok_or_else(|| error.to_string())
            }
        }
    }

    fn close(&mut self, client: &str, words: &[&str]) -> Result<(), String> {
        self.listen();
        let (name, number) = client.split_once('/').unwrap_or((client, "1"));
        let Some(link) = self.links.get_mut(name) else { return Ok(()) };
        match words {
            ["channel.close"] => {
                let channel = number.parse().ok().and_then(|number: u16| link.channels.remove(&number));
                let Some(channel) = channel else { return Ok(()) };
                channel.teller.end();
                for (_, receiver) in channel.consumers().iter() {
                    receiver.cancelled.store(true, Ordering::SeqCst);
                }
                let close = channel.channel.close(200, "OK".into());
                self.within(close)?.map_err(|error| error.to_string())
            }
            _ => {
                let Some(link) = self.links.remove(name) else { return Ok(()) };
                link.end();
                if words == ["cut"] {
                    link.wire.cut();
                    return Ok(());
                }
                let close = link.connection.close(200, "OK".into());
                self.within(close)?.map_err(|error| error.to_string())
            }
        }
    }

    /// Takes all that is ready out of a queue, as it comes.
    fn contents(&mut self, queue: &str) -> Result<String, String> {
        if !lock(&self.node).has_queue(&self.host, queue)? {
            return Ok("absent".into());
        }
        let (name, number) = self.open("the case itself")?;
        let link = self.links.get(&name).and_then(|link| link.channels.get(&number));
        let Some(channel) = link else { return Err("there is no channel".into()) };
        let all = self.within(async {
            let mut all = Vec::new();
            let options = BasicGetOptions { no_ack: true };
            while let Some(message) = channel.channel.basic_get(queue.into(), options).await? {
                all.push(show::delivery(&message.delivery, &[]));
            }
            Ok::<_, lapin::Error>(all)
        });
        let all = all?.map_err(|error| error.to_string())?;
        Ok(if all.is_empty() { "none".into() } else { all.join(" ") })
    }
}

impl Subject for Case {
    fn run_to(&mut self, to: Time) {
        self.clock.wait(to, Duration::ZERO);
        self.listen();
    }

    fn act(&mut self, client: &str, words: &[&str]) -> Result<(), String> {
        match (client, words) {
            ("server", _) => self.operate(words)?,
            (_, ["channel.close" | "connection.close" | "cut"]) => self.close(client, words)?,
            _ => self.on_channel(client, words)?,
        }
        std::thread::sleep(self.settled);
        Ok(())
    }

    fn observed(&mut self) -> Vec<Observation> {
        self.listen();
        std::mem::take(&mut self.seen)
    }

    fn state(&mut self, subject: &str) -> Result<Option<String>, String> {
        std::thread::sleep(DUE);
        match subject.split_whitespace().collect::<Vec<_>>()[..] {
            ["queue", queue] => self.contents(queue).map(Some),
            ["messages", queue] => {
                let counts = lock(&self.node).messages(&self.host, queue)?;
                let told = counts.map(|(ready, unacked)| format!("{ready} ready, {unacked} unacked"));
                Ok(Some(told.unwrap_or_else(|| "absent".into())))
            }
            ["exchange", exchange] => {
                let present = lock(&self.node).has_exchange(&self.host, exchange)?;
                Ok(Some(if present { "present" } else { "absent" }.into()))
            }
            _ => Err("one of: queue QUEUE, messages QUEUE, exchange EXCHANGE".into()),
        }
    }

    fn audit(&mut self) -> Result<(), String> {
        Ok(())
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        for link in self.links.values() {
            link.end();
            link.wire.cut();
        }
        // What is left of it goes with the node.
        let _ = lock(&self.node).remove_host(&self.host);
    }
}

/// `KEY=VALUE ...` as JSON.
fn policy(settings: &[&str]) -> Result<String, String> {
    let mut definition = serde_json::Map::new();
    for setting in settings {
        let (name, value) =
            setting.split_once('=').ok_or(format!("{setting:?} is not of the form KEY=VALUE"))?;
        let value = match value.parse::<i64>() {
            Ok(number) => number.into(),
            Err(_) => words::unquoted(value).into(),
        };
        definition.insert(name.to_owned(), value);
    }
    Ok(serde_json::Value::Object(definition).to_string())
}

/// A name, or the beginning of names and `*`.
fn regular_expression(pattern: &str) -> String {
    match pattern.strip_suffix('*') {
        Some(beginning) => format!("^{}", beginning.replace('.', "[.]")),
        None => format!("^{}$", pattern.replace('.', "[.]")),
    }
}
