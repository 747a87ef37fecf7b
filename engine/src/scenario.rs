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
#[cfg(feature = "systems")]
mod edit;
mod plan;
mod settings;
mod span;

use std::fmt;

pub use claim::{Claim, Relation, Verdict, check_claims, measure};
#[cfg(feature = "systems")]
pub use edit::Edit;
pub use settings::{BrokerSettings, ClientSettings, LinkSettings, PartSettings, Setting, Settings, Then};
pub use span::parse_span;

use self::settings::{Role, clients, each};
use crate::APPLICATIONS;
use crate::command::{Command, Problem};
use crate::json::{self, Node, Tree, object};
use crate::time::Time;
use crate::timeline;

/// The version of the format that this engine reads and writes.
pub const VERSION: u32 = 1;

/// How many producers, and how many consumers, a scenario may have.
pub const MAX_CLIENTS: usize = 16;

/// An experiment.
#[derive(Clone, PartialEq, Debug, Default)]
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
    /// What to change, and what then happens; may be empty.
    pub tries: String,
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

    /// The same experiment with another script, a list as it stands in files: `[{"at": "5s", "do": {...}}]`. Its claims
    /// were about another history, and are left out.
    ///
    /// # Errors
    /// As [`Scenario::from_json`], with paths from `script` on.
    pub fn with_script(&self, text: &str) -> Result<Scenario, Problems> {
        let one = |problem| Problems(vec![problem]);
        let tree = object([("script", json::parse(text).map_err(one)?)]);
        let script = each(&Node::root(&tree), "script", Timed::read).map_err(one)?;
        let scenario = Scenario { script, claims: Vec::new(), ..self.clone() };
        scenario.validate()?;
        Ok(scenario)
    }

    /// The scenario that is a part of something larger.
    ///
    /// # Errors
    /// As [`Scenario::from_json`].
    pub fn from_tree(tree: &Tree) -> Result<Scenario, Problems> {
        let scenario = Scenario::read(&Node::root(tree)).map_err(|problem| Problems(vec![problem]))?;
        scenario.validate()?;
        Ok(scenario)
    }

    fn read(node: &Node) -> Result<Scenario, Problem> {
        let names: &[&str] = &[
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
            "try",
            "claims",
        ];
        // Claims are for tests and for the runner; who has the plain queue alone has all its settings in sight to try.
        node.only(if APPLICATIONS { names } else { &names[..10] })?;
        let mut scenario = Scenario::default();
        scenario.fill(node)?;
        Ok(scenario)
    }

    /// Reads one field after the other into its place: what stops halfway is dropped in one place, by whoever called.
    fn fill(&mut self, node: &Node) -> Result<(), Problem> {
        self.version = node.field("version")?.whole(u32::MAX.into())? as u32;
        let (names, words) = ((&mut self.name, &mut self.title), (&mut self.watch, &mut self.why));
        for (name, text) in [("name", names.0), ("title", names.1), ("watch", words.0), ("why", words.1)] {
            node.field(name)?.text()?.clone_into(text);
        }
        self.seed = node.optional("seed").map_or(Ok(DEFAULT_SEED), |seed| seed.whole(u64::MAX))?;
        self.broker.fill(&node.field("broker")?)?;
        self.producers = clients(&node.field("producers")?, Role::Producer)?;
        self.consumers = clients(&node.field("consumers")?, Role::Consumer)?;
        self.script = each(node, "script", Timed::read)?;
        if APPLICATIONS {
            if let Some(tries) = node.optional("try") {
                tries.text()?.clone_into(&mut self.tries);
            }
            self.claims = each(node, "claims", Claim::read)?;
        }
        Ok(())
    }

    pub(crate) fn to_tree(&self) -> Tree {
        let mut tree = object([
            ("version", u64::from(self.version).into()),
            ("name", self.name.as_str().into()),
            ("title", self.title.as_str().into()),
            ("watch", self.watch.as_str().into()),
            ("why", self.why.as_str().into()),
            ("seed", self.seed.into()),
            ("broker", self.broker.to_tree()),
            ("producers", Tree::List(self.producers.iter().map(|own| own.to_tree(Role::Producer)).collect())),
            ("consumers", Tree::List(self.consumers.iter().map(|own| own.to_tree(Role::Consumer)).collect())),
            ("script", Tree::List(self.script.iter().map(Timed::to_tree).collect())),
        ]);
        if APPLICATIONS && let Tree::Object(fields) = &mut tree {
            if !self.tries.is_empty() {
                fields.push(("try".to_owned(), self.tries.as_str().into()));
            }
            fields.push(("claims".to_owned(), Tree::List(self.claims.iter().map(Claim::to_tree).collect())));
        }
        tree
    }

    /// Checks what the format alone cannot: names, ranges, order.
    pub(crate) fn validate(&self) -> Result<(), Problems> {
        let mut problems = Vec::new();
        self.check_form(&mut problems);
        self.check_plan(&mut problems);
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

    fn check_script(&self, problems: &mut Vec<Problem>) {
        let bare = Scenario { script: Vec::new(), claims: Vec::new(), ..self.clone() };
        let simulation = timeline::trial(&bare, self.seed);
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
        for (index, claim) in self.claims.iter().enumerate().filter(|_| APPLICATIONS) {
            if let Err(problem) = claim.check(&simulation) {
                problems.push(Problem { path: format!("claims[{index}].{}", problem.path), ..problem });
            }
        }
    }
}

impl Timed {
    fn read(node: &Node) -> Result<Timed, Problem> {
        node.only(&["at", "do"])?;
        Ok(Timed { at: span::read(&node.field("at")?)?, act: Command::read(&node.field("do")?)? })
    }

    /// The entry as it stands in files.
    pub fn to_json(&self) -> String {
        self.to_tree().to_string()
    }

    fn to_tree(&self) -> Tree {
        object([("at", span::to_tree(self.at)), ("do", self.act.to_tree())])
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
    fn a_script_can_be_replaced_by_another() {
        let scenario = Scenario::from_json(&json("{}", "")).unwrap();
        let script = r#"[{"at":"5s","do":{"stop":"producer"}},{"at":"9s","do":{"start":"producer"}}]"#;
        let other = scenario.with_script(script).unwrap();
        let lines: Vec<String> = other.script.iter().map(Timed::to_json).collect();
        assert_eq!(format!("[{}]", lines.join(",")), script);
        assert_eq!(other.with_script("[]").unwrap(), scenario);
        let wrong = |script: &str| scenario.with_script(script).unwrap_err().to_string();
        assert!(wrong("[").contains("JSON"), "{}", wrong("["));
        assert!(wrong(r#"[{"at":"soon","do":{"stop":"producer"}}]"#).starts_with("script[0].at"));
        assert!(wrong(r#"[{"at":"1s","do":{"stop":"nobody"}}]"#).starts_with("script[0].do"));
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
