//! A server of the engine as a subject: its clients, its clock and its books.
//!
//! What is particular to a system is its [`Dialect`]: how the words of a case become its requests, and how its
//! answers become words.

use std::collections::VecDeque;

use queuescope_engine::Time;
use queuescope_engine::broker::server::{Down, Outlet, Server};
use queuescope_engine::id::{ClientId, MessageId, ProducerId, RequestId};
use queuescope_engine::journal::{Fact, Observer, What};
use queuescope_engine::message::Message;

use super::books::Books;
use super::{Observation, Subject};

/// The words of one system.
pub(crate) trait Dialect {
    /// Its server.
    type Server: Server;

    /// Does what a client does, by requests.
    ///
    /// # Errors
    /// What cannot be done, and what can.
    fn act(&mut self, client: &str, words: &[&str], wire: &mut Wire<Self::Server>) -> Result<(), String>;

    /// An answer has come. It may be observed, and may make the client ask for more.
    fn reply(
        &mut self,
        client: &str,
        id: RequestId,
        reply: <Self::Server as Server>::Reply,
        wire: &mut Wire<Self::Server>,
    );

    /// Something has come that nobody asked for.
    fn push(&mut self, client: &str, push: <Self::Server as Server>::Push, wire: &mut Wire<Self::Server>);

    /// What the thing that `subject` names holds.
    ///
    /// # Errors
    /// What can be named.
    fn state(
        &mut self,
        subject: &str,
        server: &Self::Server,
        wire: &Wire<Self::Server>,
    ) -> Result<String, String>;
}

/// What is still to be done to the server, in order.
enum Doing<S: Server> {
    Ask(ClientId, RequestId, S::Request),
    Cut(ClientId),
    Restart(Down),
}

/// What is between clients and server: who they are, what is under way, what was seen.
pub(crate) struct Wire<S: Server> {
    now: Time,
    clients: Vec<String>,
    labels: Vec<String>,
    asked: u32,
    doing: VecDeque<Doing<S>>,
    seen: Vec<Observation>,
}

impl<S: Server> Wire<S> {
    pub(crate) fn now(&self) -> Time {
        self.now
    }

    /// The connection of the client of this name.
    pub(crate) fn client(&mut self, name: &str) -> ClientId {
        let place = self.clients.iter().position(|own| own == name).unwrap_or_else(|| {
            self.clients.push(name.to_owned());
            self.clients.len() - 1
        });
        ClientId(place as u16)
    }

    /// Asks the server, once what is under way is through.
    pub(crate) fn ask(&mut self, client: &str, request: S::Request) -> RequestId {
        let client = self.client(client);
        self.asked += 1;
        self.doing.push_back(Doing::Ask(client, RequestId(self.asked), request));
        RequestId(self.asked)
    }

    /// Cuts a client's connection.
    pub(crate) fn cut(&mut self, client: &str) {
        let client = self.client(client);
        self.doing.push_back(Doing::Cut(client));
    }

    /// Takes the server down and up again.
    pub(crate) fn restart(&mut self, down: Down) {
        self.doing.push_back(Doing::Restart(down));
    }

    /// A new message that the case calls `label`. A label can be used again, for another message.
    pub(crate) fn message(&mut self, label: &str) -> Message {
        self.labels.push(label.to_owned());
        Message {
            id: MessageId(self.labels.len() as u64),
            producer: ProducerId(0),
            sent: self.now,
            key: 0,
            size: 0,
        }
    }

    /// What the case calls a message.
    pub(crate) fn label(&self, message: MessageId) -> &str {
        self.labels.get(message.0 as usize - 1).map_or("?", String::as_str)
    }

    /// A client sees something.
    pub(crate) fn observe(&mut self, client: &str, text: impl Into<String>) {
        self.seen.push(Observation { at: self.now, client: client.to_owned(), text: text.into() });
    }
}

enum Out<S: Server> {
    Reply(ClientId, RequestId, S::Reply),
    Push(ClientId, S::Push),
}

struct Collect<'a, S: Server> {
    now: Time,
    books: &'a mut Books,
    out: &'a mut VecDeque<Out<S>>,
}

impl<S: Server> Outlet<S::Reply, S::Push> for Collect<'_, S> {
    fn now(&self) -> Time {
        self.now
    }

    fn record(&mut self, what: What) {
        self.books.observe(&Fact { at: self.now, what });
    }

    fn reply(&mut self, client: ClientId, request: RequestId, reply: S::Reply) {
        self.out.push_back(Out::Reply(client, request, reply));
    }

    fn push(&mut self, client: ClientId, push: S::Push) {
        self.out.push_back(Out::Push(client, push));
    }
}

/// A server of the engine, with clients that speak a dialect.
pub(crate) struct Modelled<D: Dialect> {
    dialect: D,
    server: D::Server,
    wire: Wire<D::Server>,
    books: Books,
    out: VecDeque<Out<D::Server>>,
}

impl<D: Dialect> Modelled<D> {
    pub(crate) fn new(dialect: D, server: D::Server) -> Modelled<D> {
        let wire = Wire {
            now: Time::ZERO,
            clients: Vec::new(),
            labels: Vec::new(),
            asked: 0,
            doing: VecDeque::new(),
            seen: Vec::new(),
        };
        Modelled { dialect, server, wire, books: Books::default(), out: VecDeque::new() }
    }

    /// Goes on until nothing is under way.
    fn settle(&mut self) {
        loop {
            if let Some(out) = self.out.pop_front() {
                let (Out::Reply(client, ..) | Out::Push(client, _)) = &out;
                let name = self.wire.clients[usize::from(client.0)].clone();
                match out {
                    Out::Reply(_, id, reply) => self.dialect.reply(&name, id, reply, &mut self.wire),
                    Out::Push(_, push) => self.dialect.push(&name, push, &mut self.wire),
                }
            } else if let Some(doing) = self.wire.doing.pop_front() {
                let mut outlet = Collect { now: self.wire.now, books: &mut self.books, out: &mut self.out };
                match doing {
                    Doing::Ask(client, id, request) => self.server.request(client, id, request, &mut outlet),
                    Doing::Cut(client) => self.server.disconnect(client, &mut outlet),
                    Doing::Restart(down) => self.server.restart(down, &mut outlet),
                }
            } else {
                return;
            }
        }
    }
}

impl<D: Dialect> Subject for Modelled<D> {
    fn run_to(&mut self, to: Time) {
        let mut wakes = 0;
        while let Some(due) = self.server.due().filter(|due| *due <= to) {
            self.wire.now = self.wire.now.max(due);
            let mut outlet = Collect { now: self.wire.now, books: &mut self.books, out: &mut self.out };
            self.server.wake(&mut outlet);
            self.settle();
            wakes += 1;
            assert!(wakes < 1_000_000, "the server wants to be woken for ever at {}", self.wire.now);
        }
        self.wire.now = self.wire.now.max(to);
    }

    fn act(&mut self, client: &str, words: &[&str]) -> Result<(), String> {
        self.dialect.act(client, words, &mut self.wire)?;
        self.settle();
        Ok(())
    }

    fn observed(&mut self) -> Vec<Observation> {
        std::mem::take(&mut self.wire.seen)
    }

    fn state(&mut self, subject: &str) -> Result<Option<String>, String> {
        self.dialect.state(subject, &self.server, &self.wire).map(Some)
    }

    fn audit(&mut self) -> Result<(), String> {
        self.books.audit(&self.server.holdings())
    }
}
