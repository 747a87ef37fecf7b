//! The words of Redis cases: those of `redis-cli`.

mod command;
mod tell;

use std::collections::{BTreeMap, BTreeSet};

use queuescope_engine::broker::redis::reply::{Push, Reply};
use queuescope_engine::broker::redis::request::{
    End, GroupCommand, ListCommand, PendingRange, PubSubCommand, Request, StreamCommand,
};
use queuescope_engine::broker::redis::{EntryId, Name, Names, Redis, Settings, Version};
use queuescope_engine::broker::server::{Down, Outlet, Server};
use queuescope_engine::id::{ClientId, MessageId, RequestId};
use queuescope_engine::journal::What;
use queuescope_engine::{Time, message::Message};

use super::super::protocol::modelled::{Dialect, Wire};
use command::Words;

/// What a case has said so far.
#[derive(Default)]
pub(crate) struct Dialogue {
    /// The names that the server was told, in the same order.
    names: Names,
    /// The message that was called so last.
    messages: BTreeMap<String, MessageId>,
    /// The commands of clients between `MULTI` and `EXEC`.
    groups: BTreeMap<String, Vec<Request>>,
    /// Clients that leave what comes in their sockets.
    deaf: BTreeSet<String>,
    /// What has come for them.
    unread: BTreeMap<String, Vec<Push>>,
    /// Requests of which the answer is not observed.
    quiet: BTreeSet<RequestId>,
    /// `SUBSCRIBE` and the like, of which the answer begins with the name.
    subscribing: BTreeMap<RequestId, String>,
}

/// What the server's clock shows when a case starts, in milliseconds: far from ids that cases choose.
const CLOCK_START: u64 = 1_600_000_000_000;

/// The server that a case asks for.
///
/// # Errors
/// Names the setting that is not one, and those that are.
pub(crate) fn server(settings: &[(String, String)], version: &str) -> Result<Redis, String> {
    let mut own = Settings { clock_start: CLOCK_START, ..Settings::default() };
    for (name, value) in settings {
        own.set_text(name, &value.replace('_', " "))?;
    }
    Ok(Redis::new(Version::named(version), own))
}

impl Dialogue {
    /// The number of a name; the server is told it before it is used.
    fn name(&mut self, client: &str, text: &str, wire: &mut Wire<Redis>) -> Name {
        let (name, new) = self.names.tell(text);
        if new {
            let id = wire.ask(client, Request::Tell(text.into()));
            self.quiet.insert(id);
        }
        name
    }

    /// A new message: `a`, or `a:100000` for one of so many bytes that is called `a`.
    fn message(&mut self, word: &str, wire: &mut Wire<Redis>) -> Message {
        let sized = word.split_once(':').and_then(|(label, size)| Some((label, size.parse::<u32>().ok()?)));
        let (label, size) = sized.unwrap_or((word, word.len() as u32));
        let message = Message { size, ..wire.message(label) };
        self.messages.insert(label.to_owned(), message.id);
        message
    }

    fn observe(&mut self, client: &str, text: String, wire: &mut Wire<Redis>) {
        wire.observe(client, text);
    }

    /// A client takes what has come out of its socket.
    fn takes(&mut self, client: &str, push: Push, wire: &mut Wire<Redis>) {
        let text = tell::push(&push, &self.names, wire);
        self.observe(client, text, wire);
        if let Push::Message { bytes, .. } = push {
            let id = wire.ask(client, Request::Taken(bytes.into()));
            self.quiet.insert(id);
        }
    }
}

impl Dialect for Dialogue {
    type Server = Redis;

    fn act(&mut self, client: &str, words: &[&str], wire: &mut Wire<Redis>) -> Result<(), String> {
        let (quiet, words) = match words {
            ["quiet", rest @ ..] => (true, rest),
            _ => (false, words),
        };
        match (client, words) {
            ("server", ["kill"]) => wire.restart(Down::Killed),
            ("server", ["restart"]) => wire.restart(Down::Stopped),
            ("server", _) => return Err("the server can kill or restart".into()),
            (_, ["disconnects"]) => {
                self.groups.remove(client);
                self.deaf.remove(client);
                self.unread.remove(client);
                wire.cut(client);
            }
            (_, ["stops-reading"]) => {
                self.deaf.insert(client.to_owned());
            }
            (_, ["reads-again"]) => {
                self.deaf.remove(client);
                for push in self.unread.remove(client).unwrap_or_default() {
                    self.takes(client, push, wire);
                }
            }
            (_, ["MULTI"]) => {
                self.groups.insert(client.to_owned(), Vec::new());
            }
            (_, ["EXEC"]) => {
                let commands = self.groups.remove(client).ok_or("EXEC without MULTI")?;
                let id = wire.ask(client, Request::Exec(commands));
                if quiet {
                    self.quiet.insert(id);
                }
            }
            _ => {
                let request = Words::new(self, client, words, wire).command()?;
                match self.groups.get_mut(client) {
                    Some(commands) => commands.push(request),
                    None => {
                        let subscribes = matches!(request, Request::PubSub(_));
                        let id = wire.ask(client, request);
                        if subscribes {
                            self.subscribing.insert(id, words[0].to_ascii_lowercase());
                        }
                        if quiet {
                            self.quiet.insert(id);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn reply(&mut self, client: &str, id: RequestId, reply: Reply, wire: &mut Wire<Redis>) {
        if self.quiet.remove(&id) {
            return;
        }
        if let Reply::Subscribed(channels) = &reply {
            let kind = self.subscribing.remove(&id).unwrap_or_default();
            for (name, count) in channels {
                let text = format!("{kind} {} {count}", self.names.text(*name));
                self.observe(client, text, wire);
            }
            return;
        }
        let text = tell::reply(&reply, &self.names, wire);
        self.observe(client, text, wire);
    }

    fn push(&mut self, client: &str, push: Push, wire: &mut Wire<Redis>) {
        match push {
            Push::Message { .. } if self.deaf.contains(client) => {
                self.unread.entry(client.to_owned()).or_default().push(push);
            }
            Push::Message { .. } => self.takes(client, push, wire),
            Push::Closed => {
                self.observe(client, "closed".into(), wire);
            }
        }
    }

    fn state(&mut self, subject: &str, server: &Redis, wire: &Wire<Redis>) -> Result<String, String> {
        let words: Vec<&str> = subject.split_whitespace().collect();
        let mut ask = |text: &str| self.names.tell(text);
        let (request, kind) = match words[..] {
            ["list", key] => (Request::List(ListCommand::Range(ask(key).0, 0, -1)), "values"),
            ["stream", key] => {
                let range = StreamCommand::Range(ask(key).0, EntryId::ZERO, EntryId::MAX, None);
                (Request::Stream(range), "values")
            }
            ["key", key] | ["length", key] => (Request::List(ListCommand::Length(ask(key).0)), words[0]),
            ["pending", key, group] => {
                let range = PendingRange {
                    idle: std::time::Duration::ZERO,
                    start: EntryId::ZERO,
                    end: EntryId::MAX,
                    count: u32::MAX,
                    consumer: None,
                };
                (
                    Request::Group(GroupCommand::PendingRange(ask(key).0, ask(group).0, Box::new(range))),
                    "pending",
                )
            }
            ["group", key, group] => (Request::Group(GroupCommand::Info(ask(key).0, ask(group).0)), "group"),
            ["subscribers", channel] => {
                (Request::PubSub(PubSubCommand::Subscribers(ask(channel).0)), "number")
            }
            _ => {
                return Err("one of: list KEY, stream KEY, length KEY, key KEY, pending KEY GROUP, \
                            group KEY GROUP, subscribers CHANNEL"
                    .into());
            }
        };
        let reply = Question::ask(server, request, wire.now());
        Ok(match (kind, reply) {
            ("key", Reply::Integer(0)) => "none".into(),
            ("key", Reply::Integer(_)) => "list".into(),
            ("key", _) => "stream".into(),
            ("length", Reply::Error(_)) => {
                let length = Request::Stream(StreamCommand::Length(self.names.tell(words[1]).0));
                tell::reply(&Question::ask(server, length, wire.now()), &self.names, wire)
            }
            ("values", reply) => tell::contents(&reply, &self.names, wire),
            ("pending", Reply::Pending(entries)) => tell::owners(&entries, &self.names, wire),
            (_, reply) => tell::reply(&reply, &self.names, wire),
        })
    }
}

/// A question to a copy of the server, so that asking changes nothing.
struct Question {
    now: Time,
    reply: Reply,
}

impl Question {
    fn ask(server: &Redis, request: Request, now: Time) -> Reply {
        let mut question = Question { now, reply: Reply::Nil };
        server.clone().request(ClientId(u16::MAX), RequestId(0), request, &mut question);
        question.reply
    }
}

impl Outlet<Reply, Push> for Question {
    fn now(&self) -> Time {
        self.now
    }

    fn record(&mut self, _: What) {}

    fn reply(&mut self, _: ClientId, _: RequestId, reply: Reply) {
        self.reply = reply;
    }

    fn push(&mut self, _: ClientId, _: Push) {}
}

/// The end of a list that a word names.
fn end(word: &str) -> Result<End, String> {
    match word {
        "LEFT" => Ok(End::Left),
        "RIGHT" => Ok(End::Right),
        _ => Err(format!("{word:?} is no end of a list: LEFT or RIGHT")),
    }
}
