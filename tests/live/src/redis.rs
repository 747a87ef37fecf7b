//! Redis: a server process for each case, since its settings are those of the process.

mod client;
mod reply;
mod server;
mod state;
mod words;

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use queuescope_engine::Time;

use crate::clock::Clock;
use crate::harness::protocol::{Observation, Protocol, Subject};
use crate::process::patiently;
use client::{Client, Sight};
use server::{Down, Server};
use words::Values;

pub(crate) use server::version;

/// How long a client may take to answer what does not block.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is due by itself at an instant has happened so much later.
const SETTLED: Duration = Duration::from_millis(60);

/// Starts a server for a case.
pub(crate) fn start(case: &Protocol) -> Result<Box<dyn Subject>, String> {
    let server = Server::start(&case.settings)?;
    let (tell, hear) = channel();
    Ok(Box::new(Redis {
        server,
        clock: Clock::start(),
        clients: BTreeMap::new(),
        tell,
        hear,
        values: Values::default(),
        seen: Vec::new(),
    }))
}

struct Redis {
    server: Server,
    clock: Clock,
    clients: BTreeMap<String, Client>,
    tell: Sender<Sight>,
    hear: Receiver<Sight>,
    values: Values,
    seen: Vec<Observation>,
}

impl Redis {
    /// Takes up what clients have received, and tells it in the words of a case.
    fn listen(&mut self) {
        while let Ok(sight) = self.hear.try_recv() {
            let Some(client) = self.clients.get_mut(&sight.client) else { continue };
            if let Some(text) = client.sees(&sight, &self.values) {
                let at = self.clock.at(sight.at);
                self.seen.push(Observation { at, client: sight.client, text });
            }
        }
    }

    fn operate(&mut self, words: &[&str]) -> Result<(), String> {
        let down = match words {
            ["kill"] => Down::Killed,
            ["restart"] => Down::Stopped,
            _ => return Err("the server can: kill, restart".into()),
        };
        self.listen();
        self.clients.clear();
        let server = &mut self.server;
        self.clock.stopped(|| server.restart(down))
    }

    /// Until the client has been answered, or is known to wait.
    fn wait_for(&mut self, name: &str) -> Result<(), String> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            self.listen();
            let Some(client) = self.clients.get(name) else { return Ok(()) };
            if client.is_answered() || self.server.is_blocked(client.id)? {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(format!("{name} was not answered in {PATIENCE:?}"))
    }
}

impl Subject for Redis {
    fn run_to(&mut self, to: Time) {
        self.clock.wait(to, Duration::ZERO);
        self.listen();
    }

    fn act(&mut self, name: &str, words: &[&str]) -> Result<(), String> {
        if name == "server" {
            return self.operate(words);
        }
        if words == ["disconnects"] {
            self.listen();
            let gone = self.clients.remove(name).map(|client| client.id);
            // The server notices at its next turn.
            return match gone.map(|id| patiently(PATIENCE, || self.server.is_gone(id).then_some(()))) {
                Some(None) => Err(format!("the server keeps the connection of {name}")),
                Some(Some(())) | None => Ok(()),
            };
        }
        if !self.clients.contains_key(name) {
            let client = Client::connect(self.server.port(), name, self.tell.clone())?;
            self.clients.insert(name.to_owned(), client);
        }
        let Some(client) = self.clients.get_mut(name) else { return Ok(()) };
        match words {
            ["stops-reading"] => {
                client.stops_reading();
                Ok(())
            }
            ["reads-again"] => {
                client.reads_again();
                Ok(())
            }
            _ => {
                client.ask(words::command(words, &mut self.values)?)?;
                self.wait_for(name)
            }
        }
    }

    fn observed(&mut self) -> Vec<Observation> {
        self.listen();
        std::mem::take(&mut self.seen)
    }

    fn state(&mut self, subject: &str) -> Result<Option<String>, String> {
        std::thread::sleep(SETTLED);
        self.listen();
        let words: Vec<&str> = subject.split_whitespace().collect();
        state::of(&words, self.server.control(), &self.values).map(Some)
    }

    fn audit(&mut self) -> Result<(), String> {
        Ok(())
    }
}
