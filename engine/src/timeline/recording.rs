//! A history as data: what a link, a file or a report of a fault holds.

use crate::command::{Command, Problem};
use crate::json::{self, Node, Tree, object};
#[cfg(feature = "systems")]
use crate::knob::Value;
use crate::scenario::{Problems, Scenario};
use crate::simulation::END;

/// The version of this engine.
pub const ENGINE: &str = env!("CARGO_PKG_VERSION");

/// A command as it was given: after so many events, at this time.
///
/// Many events can share a time, so the number of events decides; the time is for reading, and
/// for commands given while nothing happened.
#[derive(Clone, PartialEq, Debug)]
pub struct Stamped {
    /// How many events were processed before it.
    pub events: u64,
    /// The time, in nanoseconds.
    pub nanos: u64,
    /// The command.
    pub act: Command,
}

/// All it takes to have the same history again: what a link or a bug report holds.
#[derive(Clone, PartialEq, Debug)]
pub struct Recording {
    /// The version of the engine that it was made with.
    pub engine: String,
    /// The experiment.
    pub scenario: Scenario,
    /// The seed.
    pub seed: u64,
    /// What the visitor did.
    pub commands: Vec<Stamped>,
    /// How far it went, in nanoseconds.
    pub until: u64,
}

impl Recording {
    /// Reads a recording; its scenario is validated, its commands are not until it is replayed.
    ///
    /// # Errors
    /// What is wrong with it, and what is permitted.
    pub fn from_json(text: &str) -> Result<Recording, Problems> {
        let tree = json::parse(text).map_err(|problem| Problems(vec![problem]))?;
        Recording::from_tree(&tree)
    }

    /// The recording as JSON, which [`Recording::from_json`] reads.
    pub fn to_json(&self) -> String {
        self.to_tree().to_string()
    }

    /// The recording in few words, for links: a command is `[events, nanos, "producer.rate", 50]`, or
    /// `[events, nanos, {"stop":"consumer"}]`, both counted from the one before it. With a name, that stands for the
    /// scenario.
    #[cfg(feature = "systems")]
    pub fn to_short_json(&self, name: Option<&str>) -> String {
        let scenario = name.map_or_else(|| self.scenario.to_tree(), Tree::from);
        let (mut events, mut nanos) = (0, 0);
        let short = |stamped: &Stamped| {
            let mut list = vec![(stamped.events - events).into(), (stamped.nanos - nanos).into()];
            (events, nanos) = (stamped.events, stamped.nanos);
            if let Command::Set { knob, to } = &stamped.act {
                list.extend([knob.as_str().into(), to.to_tree()]);
            } else {
                list.push(stamped.act.to_tree());
            }
            Tree::List(list)
        };
        let commands = Tree::List(self.commands.iter().map(short).collect());
        object([
            ("engine", self.engine.as_str().into()),
            ("scenario", scenario),
            ("seed", self.seed.into()),
            ("until", self.until.into()),
            ("commands", commands),
        ])
        .to_string()
    }

    /// Reads what [`Recording::to_short_json`] has written; `known` has the scenarios that are named.
    ///
    /// # Errors
    /// What is wrong with it, and what is permitted.
    #[cfg(feature = "systems")]
    pub fn from_short_json(
        text: &str,
        known: impl Fn(&str) -> Option<Scenario>,
    ) -> Result<Recording, Problems> {
        let single = |problem| Problems(vec![problem]);
        let tree = json::parse(text).map_err(single)?;
        let node = Node::root(&tree);
        node.only(&["engine", "scenario", "seed", "until", "commands"]).map_err(single)?;
        let field = |name| node.field(name).map_err(single);
        let own = field("scenario")?;
        let scenario = match own.text() {
            Ok(name) => {
                known(name).ok_or_else(|| single(own.refuse("the name of a scenario that there is")))?
            }
            Err(_) => Scenario::from_tree(own.tree())?,
        };
        let (mut events, mut nanos) = (0_u64, 0_u64);
        let mut commands = Vec::new();
        for node in field("commands")?.items().map_err(single)? {
            let read = Stamped::read_short(&node, events, nanos).map_err(single)?;
            (events, nanos) = (read.events, read.nanos);
            commands.push(read);
        }
        Ok(Recording {
            engine: field("engine")?.text().map_err(single)?.into(),
            scenario,
            seed: field("seed")?.whole(u64::MAX).map_err(single)?,
            commands,
            until: field("until")?.whole(END.as_nanos()).map_err(single)?,
        })
    }

    fn from_tree(tree: &Tree) -> Result<Recording, Problems> {
        let single = |problem| Problems(vec![problem]);
        let node = Node::root(tree);
        node.only(&["engine", "scenario", "seed", "commands", "until"]).map_err(single)?;
        let scenario = Scenario::from_tree(node.field("scenario").map_err(single)?.tree())?;
        let mut recording =
            Recording { engine: String::new(), scenario, seed: 0, commands: Vec::new(), until: 0 };
        recording.fill(&node).map_err(single)?;
        Ok(recording)
    }

    /// Reads all but the scenario, one field after the other into its place.
    fn fill(&mut self, node: &Node) -> Result<(), Problem> {
        self.engine = node.field("engine")?.text()?.into();
        self.seed = node.field("seed")?.whole(u64::MAX)?;
        self.commands = node.field("commands")?.each(Stamped::read)?;
        self.until = node.field("until")?.whole(END.as_nanos())?;
        Ok(())
    }

    fn to_tree(&self) -> Tree {
        object([
            ("engine", self.engine.as_str().into()),
            ("scenario", self.scenario.to_tree()),
            ("seed", self.seed.into()),
            ("commands", Tree::List(self.commands.iter().map(Stamped::to_tree).collect())),
            ("until", self.until.into()),
        ])
    }
}

impl Stamped {
    #[cfg(feature = "systems")]
    fn read_short(node: &Node, events: u64, nanos: u64) -> Result<Stamped, Problem> {
        let items = node.items()?;
        let act = match items.as_slice() {
            [_, _, knob, to] => Command::Set { knob: knob.text()?.into(), to: Value::read(to)? },
            [_, _, act] => Command::read(act)?,
            _ => return Err(node.refuse("a list of events, nanoseconds, and a command")),
        };
        Ok(Stamped {
            events: events.saturating_add(items[0].whole(u64::MAX)?),
            nanos: nanos.saturating_add(items[1].whole(END.as_nanos())?).min(END.as_nanos()),
            act,
        })
    }

    fn read(node: &Node) -> Result<Stamped, Problem> {
        node.only(&["events", "nanos", "act"])?;
        Ok(Stamped {
            events: node.field("events")?.whole(u64::MAX)?,
            nanos: node.field("nanos")?.whole(END.as_nanos())?,
            act: Command::read(&node.field("act")?)?,
        })
    }

    fn to_tree(&self) -> Tree {
        object([("events", self.events.into()), ("nanos", self.nanos.into()), ("act", self.act.to_tree())])
    }
}
