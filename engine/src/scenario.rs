//! A whole experiment as data: who is there, their settings, a script of timed commands, the
//! story, and claims that are checked by running it.
//!
//! The only way in is [`Scenario::from_json`], which validates; so whatever holds a scenario
//! holds one that runs.
//!
//! ```
//! use queuescope_engine::{Scenario, Simulation, Time};
//!
//! let scenario = Scenario::from_json(r#"{
//!     "version": 1, "name": "example", "title": "Example",
//!     "watch": "The queue fills.", "why": "More comes than goes.",
//!     "broker": {"name": "queue", "system": "plain-queue", "set": {"capacity": 10}},
//!     "producers": [{"name": "producer", "set": {"rate": 2}}],
//!     "consumers": [{"name": "consumer", "set": {"rate": 1}}],
//!     "claims": [{"at": "60s", "that": "queue.size", "is": "=", "to": 10}]
//! }"#).expect("a valid scenario");
//! let mut simulation: Simulation = Simulation::new(&scenario, scenario.seed);
//! simulation.run_until(Time::from_secs(60), u64::MAX, &mut ());
//! assert_eq!(simulation.ledger().waiting, 10);
//! ```

mod claim;
mod span;

use std::fmt;

pub use claim::{Claim, Relation, Verdict, check_claims};
pub use span::parse_span;

use crate::broker::SYSTEMS;
use crate::client::{producer, worker};
use crate::command::{Command, Problem, one_of, quoted};
use crate::journal::Window;
use crate::json::{self, Node, Tree, object};
use crate::knob::{Knob, Value};
use crate::simulation::Simulation;
use crate::time::Time;

/// The version of the format that this engine reads and writes.
pub const VERSION: u32 = 1;

/// How many producers, and how many consumers, a scenario may have.
pub const MAX_CLIENTS: usize = 8;

/// An experiment.
#[derive(Clone, PartialEq, Debug)]
pub struct Scenario {
    /// The version of the format: 1.
    pub version: u32,
    /// Its name in links and commands: lower-case words joined by hyphens.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// One sentence on what to watch.
    pub watch: String,
    /// Why it happens.
    pub why: String,
    /// The seed it starts with.
    pub seed: u64,
    /// The queue.
    pub broker: BrokerSettings,
    /// Who sends.
    pub producers: Vec<ClientSettings>,
    /// Who works.
    pub consumers: Vec<ClientSettings>,
    /// What happens by itself, in order of time.
    pub script: Vec<Timed>,
    /// What is true of it, for every seed.
    pub claims: Vec<Claim>,
}

/// The seed of a scenario that names none.
const DEFAULT_SEED: u64 = 7;

/// Settings by the names of their knobs.
pub type Settings = Vec<(String, Value)>;

/// The system in the middle.
#[derive(Clone, PartialEq, Debug)]
pub struct BrokerSettings {
    /// What it is called in addresses of knobs.
    pub name: String,
    /// Which system it is.
    pub system: String,
    /// Its settings; what is not named has its default.
    pub set: Settings,
}

/// A producer or a consumer.
#[derive(Clone, PartialEq, Debug)]
pub struct ClientSettings {
    /// What it is called in addresses of knobs.
    pub name: String,
    /// Whether it runs from the start.
    pub running: bool,
    /// Its settings; what is not named has its default.
    pub set: Settings,
}

/// A command and its time.
#[derive(Clone, PartialEq, Debug)]
pub struct Timed {
    /// When, as a span since the start: `"90s"`, `"1.5min"`.
    pub at: Time,
    /// What.
    pub act: Command,
}

/// All that is wrong with a scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Problem::to_string).collect();
        write!(f, "{}", lines.join("\n"))
    }
}

impl std::error::Error for Problems {}

impl Scenario {
    /// Reads and validates a scenario.
    ///
    /// # Errors
    /// Every problem found, each with its path, its value and what is permitted. Text that is
    /// not JSON, or not of the format, gives the one problem at which reading stopped.
    pub fn from_json(text: &str) -> Result<Scenario, Problems> {
        let tree = json::parse(text).map_err(|problem| Problems(vec![problem]))?;
        Scenario::from_tree(&tree)
    }

    /// The scenario as JSON, which [`Scenario::from_json`] reads.
    pub fn to_json(&self) -> String {
        self.to_tree().to_string()
    }

    pub(crate) fn from_tree(tree: &Tree) -> Result<Scenario, Problems> {
        let scenario = Scenario::read(&Node::root(tree)).map_err(|problem| Problems(vec![problem]))?;
        scenario.validate()?;
        Ok(scenario)
    }

    fn read(node: &Node) -> Result<Scenario, Problem> {
        node.only(&[
            "version",
            "name",
            "title",
            "watch",
            "why",
            "seed",
            "broker",
            "producers",
            "consumers",
            "script",
            "claims",
        ])?;
        let text = |name: &str| Ok(node.field(name)?.text()?.to_owned());
        let list = |name: &str| node.optional(name).map_or(Ok(Vec::new()), |node| node.items());
        let broker = node.field("broker")?;
        broker.only(&["name", "system", "set"])?;
        Ok(Scenario {
            version: node.field("version")?.whole(u32::MAX.into())? as u32,
            name: text("name")?,
            title: text("title")?,
            watch: text("watch")?,
            why: text("why")?,
            seed: node.optional("seed").map_or(Ok(DEFAULT_SEED), |seed| seed.whole(u64::MAX))?,
            broker: BrokerSettings {
                name: broker.field("name")?.text()?.into(),
                system: broker.field("system")?.text()?.into(),
                set: read_settings(&broker)?,
            },
            producers: clients(&node.field("producers")?)?,
            consumers: clients(&node.field("consumers")?)?,
            script: list("script")?.iter().map(Timed::read).collect::<Result<_, _>>()?,
            claims: list("claims")?.iter().map(Claim::read).collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn to_tree(&self) -> Tree {
        let broker = object([
            ("name", self.broker.name.as_str().into()),
            ("system", self.broker.system.as_str().into()),
            ("set", settings_tree(&self.broker.set)),
        ]);
        object([
            ("version", u64::from(self.version).into()),
            ("name", self.name.as_str().into()),
            ("title", self.title.as_str().into()),
            ("watch", self.watch.as_str().into()),
            ("why", self.why.as_str().into()),
            ("seed", self.seed.into()),
            ("broker", broker),
            ("producers", Tree::List(self.producers.iter().map(ClientSettings::to_tree).collect())),
            ("consumers", Tree::List(self.consumers.iter().map(ClientSettings::to_tree).collect())),
            ("script", Tree::List(self.script.iter().map(Timed::to_tree).collect())),
            ("claims", Tree::List(self.claims.iter().map(Claim::to_tree).collect())),
        ])
    }

    /// Checks what the format alone cannot: names, ranges, order.
    pub(crate) fn validate(&self) -> Result<(), Problems> {
        let mut problems = Vec::new();
        self.check_form(&mut problems);
        self.check_names(&mut problems);
        self.check_settings(&mut problems);
        if problems.is_empty() {
            // Commands and claims are checked by the simulation that would run them.
            self.check_script(&mut problems);
        }
        if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
    }

    fn check_form(&self, problems: &mut Vec<Problem>) {
        if self.version != VERSION {
            let permitted = format!("{VERSION}, the version this engine reads");
            problems.push(Problem { path: "version".into(), value: self.version.to_string(), permitted });
        }
        for (path, clients) in [("producers", &self.producers), ("consumers", &self.consumers)] {
            if !(1..=MAX_CLIENTS).contains(&clients.len()) {
                let permitted = format!("a list of 1 to {MAX_CLIENTS}");
                problems.push(Problem {
                    path: path.into(),
                    value: format!("{} of them", clients.len()),
                    permitted,
                });
            }
        }
    }

    fn check_names(&self, problems: &mut Vec<Problem>) {
        let mut seen = Vec::new();
        let clients = |path: &'static str, clients: &[ClientSettings]| -> Vec<(String, String)> {
            let named = |(index, client): (usize, &ClientSettings)| {
                (format!("{path}[{index}].name"), client.name.clone())
            };
            clients.iter().enumerate().map(named).collect()
        };
        let mut all = vec![("broker.name".to_owned(), self.broker.name.clone())];
        all.extend(clients("producers", &self.producers));
        all.extend(clients("consumers", &self.consumers));
        for (path, name) in all.into_iter().chain([("name".to_owned(), self.name.clone())]) {
            let is_word = |word: &str| {
                !word.is_empty()
                    && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            };
            if !name.split('-').all(is_word) {
                let permitted = "lower-case words joined by hyphens".into();
                problems.push(Problem { path: path.clone(), value: quoted(&name), permitted });
            }
            if path != "name" && seen.contains(&name) {
                let permitted = "a name that nothing else in the scenario has".into();
                problems.push(Problem { path, value: quoted(&name), permitted });
            } else if path != "name" {
                seen.push(name);
            }
        }
    }

    fn check_settings(&self, problems: &mut Vec<Problem>) {
        match SYSTEMS.iter().find(|(name, _)| *name == self.broker.system) {
            Some((_, knobs)) => check_against(knobs, "broker.set", &self.broker.set, problems),
            None => {
                let permitted = one_of(SYSTEMS.iter().map(|(name, _)| *name));
                let value = quoted(&self.broker.system);
                problems.push(Problem { path: "broker.system".into(), value, permitted });
            }
        }
        for (index, client) in self.producers.iter().enumerate() {
            check_against(producer::KNOBS, &format!("producers[{index}].set"), &client.set, problems);
        }
        for (index, client) in self.consumers.iter().enumerate() {
            check_against(worker::KNOBS, &format!("consumers[{index}].set"), &client.set, problems);
        }
    }

    fn check_script(&self, problems: &mut Vec<Problem>) {
        let bare = Scenario { script: Vec::new(), claims: Vec::new(), ..self.clone() };
        let simulation: Simulation = Simulation::observed(&bare, self.seed, &mut Window::new(1));
        let mut last = Time::ZERO;
        for (index, timed) in self.script.iter().enumerate() {
            if timed.at < last {
                let permitted = format!("{last} or later: the script is in order of time");
                problems.push(Problem {
                    path: format!("script[{index}].at"),
                    value: timed.at.to_string(),
                    permitted,
                });
            }
            last = timed.at;
            if let Err(problem) = simulation.check(&timed.act) {
                problems.push(Problem { path: format!("script[{index}].do: {}", problem.path), ..problem });
            }
        }
        for (index, claim) in self.claims.iter().enumerate() {
            if let Err(problem) = claim.check(&simulation) {
                problems.push(Problem { path: format!("claims[{index}].{}", problem.path), ..problem });
            }
        }
    }
}

impl ClientSettings {
    fn read(node: &Node) -> Result<ClientSettings, Problem> {
        node.only(&["name", "running", "set"])?;
        Ok(ClientSettings {
            name: node.field("name")?.text()?.into(),
            running: node.optional("running").map_or(Ok(true), |running| running.flag())?,
            set: read_settings(node)?,
        })
    }

    fn to_tree(&self) -> Tree {
        object([
            ("name", self.name.as_str().into()),
            ("running", Tree::Flag(self.running)),
            ("set", settings_tree(&self.set)),
        ])
    }
}

impl Timed {
    fn read(node: &Node) -> Result<Timed, Problem> {
        node.only(&["at", "do"])?;
        Ok(Timed { at: span::read(&node.field("at")?)?, act: Command::read(&node.field("do")?)? })
    }

    fn to_tree(&self) -> Tree {
        object([("at", span::to_tree(self.at)), ("do", self.act.to_tree())])
    }
}

fn clients(node: &Node) -> Result<Vec<ClientSettings>, Problem> {
    node.items()?.iter().map(ClientSettings::read).collect()
}

fn read_settings(node: &Node) -> Result<Settings, Problem> {
    let entries = node.optional("set").map_or(Ok(Vec::new()), |set| set.entries())?;
    entries.iter().map(|(name, value)| Ok(((*name).to_owned(), Value::read(value)?))).collect()
}

fn settings_tree(settings: &Settings) -> Tree {
    Tree::Object(settings.iter().map(|(name, value)| (name.clone(), value.to_tree())).collect())
}

fn check_against(knobs: &[Knob], path: &str, settings: &Settings, problems: &mut Vec<Problem>) {
    for (name, value) in settings {
        let outcome = match knobs.iter().find(|knob| knob.name == name) {
            Some(knob) => knob.check(value),
            None => {
                let names: Vec<&str> = knobs.iter().map(|knob| knob.name).collect();
                Err(format!("a setting of one of the names {}", names.join(", ")))
            }
        };
        if let Err(permitted) = outcome {
            problems.push(Problem { path: format!("{path}.{name}"), value: value.to_string(), permitted });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(broker_set: &str, rest: &str) -> String {
        format!(
            r#"{{"version":1,"name":"n","title":"t","watch":"w","why":"y",
            "broker":{{"name":"queue","system":"plain-queue","set":{broker_set}}},
            "producers":[{{"name":"producer"}}],"consumers":[{{"name":"consumer"}}]{rest}}}"#
        )
    }

    fn errors(text: &str) -> String {
        Scenario::from_json(text).unwrap_err().to_string()
    }

    #[test]
    fn a_value_out_of_range_is_named_with_its_range() {
        assert_eq!(
            errors(&json(r#"{"capacity":0}"#, "")),
            "broker.set.capacity: 0 is not permitted; it must be a whole number from 1 to 100000 messages"
        );
        assert!(errors(&json(r#"{"capacity":"ten"}"#, "")).contains("a whole number from 1 to 100000"));
        assert!(
            errors(&json(r#"{"when-full":"explode"}"#, ""))
                .contains(r#"one of "refuse", "drop-oldest", "block""#)
        );
        assert!(errors(&json(r#"{"size":3}"#, "")).contains("capacity, when-full, attempts"));
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let text = json(r#"{"capacity":0,"attempts":101}"#, "");
        assert_eq!(errors(&text).lines().count(), 2);
    }

    #[test]
    fn a_script_is_checked_before_it_runs() {
        let wrong = r#","script":[{"at":"5s","do":{"set":{"knob":"producer.rate","to":1000000}}},
            {"at":"1s","do":{"stop":"nobody"}}]"#;
        let errors = errors(&json("{}", wrong));
        assert!(errors.contains("script[0].do: producer.rate: 1000000 is not permitted"), "{errors}");
        assert!(errors.contains("script[1].at: 1.000s is not permitted"), "{errors}");
        assert!(errors.contains(r#"one of "producer", "consumer""#), "{errors}");
    }

    #[test]
    fn text_that_is_no_scenario_gives_a_path_and_no_panic() {
        for text in [
            "",
            "[]",
            "{",
            "null",
            "{\"version\":1}",
            &json("{}", ",\"extra\":1"),
            &json("{\"capacity\":null}", ""),
        ] {
            assert!(!errors(text).is_empty());
        }
        assert!(
            errors(&json("{}", r#","script":[{"at":"soon","do":{"stop":"producer"}}]"#))
                .starts_with("script[0].at")
        );
    }
}
