//! What a visitor, or a scenario's script, can do to a running simulation.

use std::fmt;

use crate::APPLICATIONS;
use crate::broker::server::Down;
use crate::json::{Node, Tree, object};
use crate::knob::Value;

/// One act. In JSON: `{"set":{"knob":"producer.rate","to":100}}`, `{"stop":"consumer"}`,
/// `{"crash":{"consumer":"consumer","worker":1}}`, `{"send":{"producer":"producer","count":5}}`.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// Changes a setting.
    Set {
        /// Its address: `who.name`.
        knob: String,
        /// The new value.
        to: Value,
    },
    /// Lets a producer send, or a consumer's workers take messages.
    Start(String),
    /// Stops a producer (what is on the link arrives all the same), or a consumer: its workers
    /// finish what they hold and take no more.
    Stop(String),
    /// A consumer's worker crashes, or all of them: what they hold goes back at once.
    Crash {
        /// Whose.
        consumer: String,
        /// Which worker, from 1; all if not given.
        worker: Option<u16>,
    },
    /// Crashed workers come back.
    Restart {
        /// Whose.
        consumer: String,
        /// Which worker, from 1; all if not given.
        worker: Option<u16>,
    },
    /// A consumer's worker hangs, or all of them: what it has it keeps, and does not go on with. If it has nothing that
    /// is so of what it gets next: it had asked for that already.
    Hang {
        /// Whose.
        consumer: String,
        /// Which worker, from 1; all if not given.
        worker: Option<u16>,
    },
    /// Workers that hang go on.
    Resume {
        /// Whose.
        consumer: String,
        /// Which worker, from 1; all if not given.
        worker: Option<u16>,
    },
    /// The network between a producer, or a consumer's workers, and the system is cut. Workers go on with what they
    /// have, and cannot say so.
    Cut(String),
    /// The network is there again.
    Mend(String),
    /// The service that a consumer's workers call is down: every attempt fails.
    Outage(String),
    /// That service is up again.
    Recover(String),
    /// The server goes down and comes back, with what it had kept safe.
    RestartServer(Down),
    /// The one who operates the system does one of the acts of its manual.
    Operate {
        /// Its name.
        act: String,
        /// The part that it is done to, where it is for parts.
        part: Option<String>,
        /// The number that it takes, where it takes one; what the manual offers first if not given.
        argument: Option<f64>,
    },
    /// A producer sends so many messages at once, beside its own arrivals.
    Send {
        /// Which producer.
        producer: String,
        /// How many, 1 to 1,000.
        count: u16,
    },
}

impl Command {
    pub(crate) fn to_tree(&self) -> Tree {
        let named = |name: &str, fields: Tree| object([(name, fields)]);
        let workers = |consumer: &str, worker: Option<u16>| match worker {
            Some(worker) => object([("consumer", consumer.into()), ("worker", u64::from(worker).into())]),
            None => object([("consumer", consumer.into())]),
        };
        match self {
            Command::Set { knob, to } => {
                named("set", object([("knob", knob.as_str().into()), ("to", to.to_tree())]))
            }
            Command::Start(who) => named("start", who.as_str().into()),
            Command::Stop(who) => named("stop", who.as_str().into()),
            Command::Crash { consumer, worker } => named("crash", workers(consumer, *worker)),
            Command::Restart { consumer, worker } => named("restart", workers(consumer, *worker)),
            Command::Hang { consumer, worker } => named("hang", workers(consumer, *worker)),
            Command::Resume { consumer, worker } => named("resume", workers(consumer, *worker)),
            Command::Cut(who) => named("cut", who.as_str().into()),
            Command::Mend(who) => named("mend", who.as_str().into()),
            Command::Outage(who) => named("outage", who.as_str().into()),
            Command::Recover(who) => named("recover", who.as_str().into()),
            Command::RestartServer(down) => named("restart-server", down_name(*down).into()),
            Command::Operate { act, .. } if !APPLICATIONS => named("operate", act.as_str().into()),
            Command::Operate { act, part, argument } => {
                let mut fields = vec![("act", Tree::from(act.as_str()))];
                fields.extend(part.iter().map(|part| ("part", part.as_str().into())));
                fields.extend(argument.iter().map(|number| ("argument", Tree::Number(*number))));
                let fields = fields.into_iter().map(|(name, field)| (name.to_owned(), field));
                named("operate", Tree::Object(fields.collect()))
            }
            Command::Send { producer, count } => named(
                "send",
                object([("producer", producer.as_str().into()), ("count", u64::from(*count).into())]),
            ),
        }
    }

    /// Reads a command as it stands in files.
    ///
    /// # Errors
    /// What is not of the format, and what is permitted in its place.
    pub fn read(node: &Node) -> Result<Command, Problem> {
        let unknown = || {
            node.refuse(if APPLICATIONS {
                "an object with one of the fields set, start, stop, crash, restart, hang, resume, cut, mend, \
                 outage, recover, restart-server, operate, send"
            } else {
                "an object with one of the fields set, start, stop, crash, restart, send"
            })
        };
        let (name, fields) = node.single().ok_or_else(unknown)?;
        let text = |name: &str| Ok(fields.field(name)?.text()?.to_owned());
        let worker = || {
            fields.only(&["consumer", "worker"])?;
            let worker = fields.optional("worker").map(|worker| worker.whole(u16::MAX.into()));
            Ok(worker.transpose()?.map(|worker| worker as u16))
        };
        match name {
            "set" => {
                fields.only(&["knob", "to"])?;
                Ok(Command::Set { knob: text("knob")?, to: Value::read(&fields.field("to")?)? })
            }
            "start" => Ok(Command::Start(fields.text()?.into())),
            "stop" => Ok(Command::Stop(fields.text()?.into())),
            "crash" => Ok(Command::Crash { consumer: text("consumer")?, worker: worker()? }),
            "restart" => Ok(Command::Restart { consumer: text("consumer")?, worker: worker()? }),
            "hang" if APPLICATIONS => Ok(Command::Hang { consumer: text("consumer")?, worker: worker()? }),
            "resume" if APPLICATIONS => {
                Ok(Command::Resume { consumer: text("consumer")?, worker: worker()? })
            }
            "cut" if APPLICATIONS => Ok(Command::Cut(fields.text()?.into())),
            "mend" if APPLICATIONS => Ok(Command::Mend(fields.text()?.into())),
            "outage" if APPLICATIONS => Ok(Command::Outage(fields.text()?.into())),
            "recover" if APPLICATIONS => Ok(Command::Recover(fields.text()?.into())),
            "restart-server" if APPLICATIONS => match fields.text()? {
                "stopped" => Ok(Command::RestartServer(Down::Stopped)),
                "killed" => Ok(Command::RestartServer(Down::Killed)),
                _ => Err(fields.refuse("\"stopped\" or \"killed\"")),
            },
            "operate" if APPLICATIONS => {
                fields.only(&["act", "part", "argument"])?;
                let part = fields.optional("part").map(|part| part.text().map(str::to_owned));
                let number = |node: Node| node.number().ok_or_else(|| node.refuse("a number"));
                let argument = fields.optional("argument").map(number).transpose()?;
                Ok(Command::Operate { act: text("act")?, part: part.transpose()?, argument })
            }
            "send" => {
                fields.only(&["producer", "count"])?;
                let count = fields.field("count")?.whole(u16::MAX.into())? as u16;
                Ok(Command::Send { producer: text("producer")?, count })
            }
            _ => Err(unknown()),
        }
    }
}

fn down_name(down: Down) -> &'static str {
    match down {
        Down::Stopped => "stopped",
        Down::Killed => "killed",
    }
}

/// A name as errors show it.
pub(crate) fn quoted(name: &str) -> String {
    Tree::from(name).to_string()
}

/// A list of names as errors show it.
pub(crate) fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(quoted).collect();
    format!("one of {}", quoted.join(", "))
}

/// Why a command, or a line of a scenario, cannot be: what it is about, and what is permitted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Where it is, for example `producers[0].set.rate`.
    pub path: String,
    /// The value that cannot be, as it was given.
    pub value: String,
    /// What would be permitted, and so what to do.
    pub permitted: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} is not permitted; it must be {}", self.path, self.value, self.permitted)
    }
}

impl std::error::Error for Problem {}
