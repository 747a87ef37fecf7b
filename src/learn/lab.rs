//! A lab: a broken system, its symptom first. The goal is a list of claims that the engine decides for the settings as
//! the visitor has turned them, for several seeds, from the start of the run.

use queuescope_engine::json::{self, Node};
use queuescope_engine::knob::Value;
use queuescope_engine::scenario::{Claim, check_claims};
use queuescope_engine::{Problem, Scenario};

use super::figure::{self, SCREEN, TRANSPORT, WHOLE};
use super::markup::{self, put};

/// It has to hold for so many seeds: luck is no repair.
pub const SEEDS: u64 = 3;

/// A lab.
#[derive(Clone, PartialEq, Debug)]
pub struct Lab {
    /// Its name, in links.
    pub name: String,
    /// The symptom, in a few words.
    pub title: String,
    /// The symptom.
    pub symptom: String,
    /// What is broken.
    pub scenario: Scenario,
    /// The addresses of the settings that can be turned.
    pub knobs: Vec<String>,
    /// What it takes.
    pub goals: Vec<Goal>,
    /// From a question to nearly the answer.
    pub hints: Vec<String>,
    /// Why it is so, a text a paragraph.
    pub cause: Vec<String>,
    /// The settings that repair it.
    pub solution: Vec<(String, Value)>,
}

/// One thing that has to hold.
#[derive(Clone, PartialEq, Debug)]
pub struct Goal {
    /// In words.
    pub says: String,
    /// As a claim.
    pub claim: Claim,
}

/// How it stands with a goal.
#[derive(Clone, PartialEq, Debug)]
pub struct Standing {
    /// Whether it holds.
    pub holds: bool,
    /// What was measured, in words, where it does not hold.
    pub measured: String,
}

impl Lab {
    /// Reads a lab.
    ///
    /// # Errors
    /// What is not of the format.
    pub fn read(text: &str) -> Result<Lab, String> {
        let tree = json::parse(text).map_err(|problem| problem.to_string())?;
        let node = Node::root(&tree);
        let scenario = node.field("scenario").map_err(|problem| problem.to_string())?;
        let scenario = Scenario::from_tree(scenario.tree()).map_err(|problems| problems.to_string())?;
        Lab::with(&node, scenario).map_err(|problem| problem.to_string())
    }

    fn with(node: &Node, scenario: Scenario) -> Result<Lab, Problem> {
        node.only(&["name", "title", "symptom", "scenario", "knobs", "goal", "hints", "cause", "solution"])?;
        let text = |name: &str| Ok(node.field(name)?.text()?.to_owned());
        let texts = |name: &str| node.field(name)?.each(|node| Ok(node.text()?.to_owned()));
        let solution = node.field("solution")?.entries()?;
        let value = |(address, node): (&str, Node)| Ok((address.to_owned(), Value::read(&node)?));
        Ok(Lab {
            name: text("name")?,
            title: text("title")?,
            symptom: text("symptom")?,
            scenario,
            knobs: texts("knobs")?,
            goals: node.field("goal")?.each(Goal::read)?,
            hints: texts("hints")?,
            cause: texts("cause")?,
            solution: solution.into_iter().map(value).collect::<Result<_, _>>()?,
        })
    }

    /// The lab as markup, as long as nothing is known of its goals: hints and cause are there, and hidden.
    pub fn markup(&self) -> String {
        let mut text = markup::of(
            "<p class=\"path\"><a href=\"#/learn/labs\">Labs</a></p><h1>{}</h1><p class=\"lead\">{}</p>\
             <div class=\"figure lab\"><section class=\"run\" aria-label=\"The system\">",
            &[&self.title, &self.symptom],
        );
        for piece in [SCREEN, WHOLE, "</section><div class=\"controls\"></div>", TRANSPORT] {
            text.push_str(piece);
        }
        put(
            &mut text,
            "</div><section><h2>The goal</h2><p>Turn the settings until all of this holds. The engine runs your system from \
             the start, with {} seeds, after each turn.</p><ul class=\"goals\">",
            &[&SEEDS.to_string()],
        );
        for goal in &self.goals {
            put(&mut text, "<li data-holds=\"\">{} <output aria-live=\"off\"></output></li>", &[&goal.says]);
        }
        text.push_str("</ul><p role=\"status\" class=\"solved\"></p></section><section><h2>Hints</h2><ol class=\"hints\">");
        for hint in &self.hints {
            put(&mut text, "<li hidden>{}</li>", &[hint]);
        }
        text.push_str(
            "</ol><div class=\"row\"><button type=\"button\" class=\"btn\">A hint</button>\
             <button type=\"button\" class=\"btn\">Explain it</button></div></section>\
             <section hidden><h2>The cause</h2>",
        );
        for paragraph in &self.cause {
            put(&mut text, "<p>{}</p>", &[paragraph]);
        }
        text.push_str("<p hidden><a href=\"#/learn/labs\">To the other labs</a></p></section>");
        text
    }

    /// How it stands with one of the goals in a scenario: for the first seed for which it does not hold, or else for all.
    pub fn judge(&self, goal: &Goal, scenario: &Scenario, seeds: impl IntoIterator<Item = u64>) -> Standing {
        let scenario = Scenario { claims: vec![goal.claim.clone()], ..scenario.clone() };
        for seed in seeds {
            if let Some(verdict) = check_claims(&scenario, seed).into_iter().find(|verdict| !verdict.held) {
                let value = figure::figure(&goal.claim.that, verdict.measured);
                let measured = format!("{value} at {} with seed {seed}", crate::format::clock(verdict.at));
                return Standing { holds: false, measured };
            }
        }
        Standing { holds: true, measured: String::new() }
    }

    /// The scenario as the solution has it.
    ///
    /// # Errors
    /// What of the solution the scenario does not take.
    pub fn solved(&self) -> Result<Scenario, String> {
        let settings = self.solution.iter().map(|(address, value)| (address.as_str(), value));
        self.scenario.with(settings).map_err(|problems| problems.to_string())
    }
}

impl Goal {
    fn read(node: &Node) -> Result<Goal, Problem> {
        let says = node.field("says")?.text()?.to_owned();
        let fields = node.entries()?.into_iter().filter(|(name, _)| *name != "says");
        let claim =
            json::Tree::Object(fields.map(|(name, node)| (name.to_owned(), node.tree().clone())).collect());
        Ok(Goal { says, claim: Claim::read(&Node::root(&claim))? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAB: &str = r#"{"name": "full", "title": "Orders are turned away", "symptom": "They are.",
        "scenario": {"version": 1, "name": "full", "title": "Full", "watch": "w", "why": "y",
            "broker": {"name": "queue", "system": "plain-queue", "set": {"capacity": 5}},
            "producers": [{"name": "producer", "set": {"rate": 2}}],
            "consumers": [{"name": "consumer", "set": {"rate": 1}}]},
        "knobs": ["consumer.workers"],
        "goal": [{"says": "None is refused", "at": "60s", "that": "refused", "is": "=", "to": 0}],
        "hints": ["How many can one worker do?"], "cause": ["More comes than goes."],
        "solution": {"consumer.workers": 3}}"#;

    #[test]
    fn a_lab_is_broken_until_it_is_solved() {
        let lab = Lab::read(LAB).unwrap();
        let before = lab.judge(&lab.goals[0], &lab.scenario, 1..=SEEDS);
        assert!(!before.holds && before.measured.ends_with("with seed 1"), "{}", before.measured);
        let after = lab.judge(&lab.goals[0], &lab.solved().unwrap(), 1..=SEEDS);
        assert_eq!(after, Standing { holds: true, measured: String::new() });
    }

    #[test]
    fn what_is_wrong_with_a_lab_is_said() {
        for (from, to, told) in [
            ("\"refused\"", "7", "that"),
            ("\"plain-queue\"", "\"none\"", "broker.system"),
            ("\"hints\"", "\"tips\"", "tips"),
        ] {
            let problem = Lab::read(&LAB.replace(from, to)).unwrap_err();
            assert!(problem.contains(told), "{problem}");
        }
        let lab = Lab::read(&LAB.replace("{\"consumer.workers\"", "{\"consumer.hands\"")).unwrap();
        assert!(lab.solved().unwrap_err().contains("hands"));
    }
}
