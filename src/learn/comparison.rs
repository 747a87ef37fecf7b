//! The systems compared by running them: a table each of whose cells is a run, and says what that run has measured.
//!
//! `assets/learn/comparison.json` has the questions (who sends, who works, what goes wrong, what is read of it, and
//! which words follow from that) and the rows (a system as it is set up, and what of that a question changes). No line
//! here names a system: another one is another row.

mod data;
mod verdict;

#[cfg(test)]
mod tests;

use queuescope_engine::knob::Value;
use queuescope_engine::scenario::Problems;
use queuescope_engine::time::Time;
use queuescope_engine::{Problem, Scenario, json};

pub use verdict::Verdict;

use super::markup::put;
use verdict::Rule;

/// The table, as far as it was run.
#[derive(Clone, PartialEq, Debug)]
pub struct Comparison {
    /// Its columns.
    pub questions: Vec<Question>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// What its cells are made of, row after row, and within a row question after question.
    pub findings: Vec<Finding>,
    next: usize,
}

/// A column.
#[derive(Clone, PartialEq, Debug)]
pub struct Question {
    /// Its name.
    pub name: String,
    /// The head of the column.
    pub title: String,
    /// What is done to every system, and what is looked for.
    pub asks: String,
    rule: Rule,
}

/// A row: a system as it is set up.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What the system calls itself.
    pub system: &'static str,
    /// How it is set up, in its own terms.
    pub setup: String,
}

/// One experiment of a cell. A cell has several where a question is asked in several ways.
#[derive(Clone, PartialEq, Debug)]
pub struct Finding {
    /// The place of its row.
    pub row: usize,
    /// The place of its question.
    pub question: usize,
    /// In which way the question is asked; empty where there is only one.
    pub way: String,
    /// Which settings the row changes for it, in words; empty where it changes none worth telling.
    pub note: String,
    /// What is known so far.
    pub outcome: Outcome,
    experiment: Experiment,
    /// The kind of verdict that tests are to find.
    expect: Option<String>,
}

/// What is known of an experiment.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// It was not run yet.
    Open,
    /// It cannot be made with this system: why.
    Without(String),
    /// It was run.
    Found(Verdict),
    /// The data do not make an experiment: what is wrong with them.
    Wrong(String),
}

/// How an experiment is made: a scenario, what is set in it, and how long it runs.
#[derive(Clone, PartialEq, Debug)]
struct Experiment {
    base: json::Tree,
    set: Vec<(String, Value)>,
    until: Time,
}

impl Experiment {
    fn scenario(&self) -> Result<Scenario, Problems> {
        let set = self.set.iter().map(|(address, value)| (address.as_str(), value));
        Scenario::from_tree(&self.base)?.with(set)
    }
}

impl Comparison {
    /// Reads the table; nothing of it is run yet.
    ///
    /// # Errors
    /// What is not of the format. Whether each scenario is valid is found out when it is run.
    pub fn read(text: &str) -> Result<Comparison, Problem> {
        let tree = json::parse(text)?;
        data::read(&json::Node::root(&tree))
    }

    /// Runs the next experiment, with its scenario's own seed. Whether there are more of them.
    pub fn step(&mut self) -> bool {
        if let Some(finding) = self.findings.get_mut(self.next) {
            let rule = &self.questions[finding.question].rule;
            if finding.outcome == Outcome::Open {
                finding.outcome = finding.run(rule, None);
            }
            self.next += 1;
        }
        self.next < self.findings.len()
    }

    /// How many experiments were run, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        (self.next, self.findings.len())
    }

    /// The table as markup. Each finding has an element for its words, in the order of the findings.
    pub fn markup(&self) -> String {
        let mut text = String::from(
            "<p class=\"muted\" role=\"status\"></p><div class=\"scroll comparison\" tabindex=\"0\" role=\"group\" \
             aria-label=\"Comparison of the systems\"><table><thead><tr><th scope=\"col\">System</th>",
        );
        for question in &self.questions {
            put(&mut text, "<th scope=\"col\" title=\"{}\">{}</th>", &[&question.asks, &question.title]);
        }
        text.push_str("</tr></thead><tbody>");
        for (place, row) in self.rows.iter().enumerate() {
            put(&mut text, "<tr><th scope=\"row\">{}<small>{}</small></th>", &[row.system, &row.setup]);
            for question in 0..self.questions.len() {
                text.push_str("<td>");
                self.cell(place, question).for_each(|finding| finding.lay_out(&mut text));
                text.push_str("</td>");
            }
            text.push_str("</tr>");
        }
        text.push_str("</tbody></table></div>");
        text
    }

    /// What a cell is made of.
    pub fn cell(&self, row: usize, question: usize) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |own| (own.row, own.question) == (row, question))
    }
}

impl Finding {
    fn lay_out(&self, text: &mut String) {
        text.push_str("<div class=\"finding\">");
        if !self.way.is_empty() {
            put(text, "<b>{}</b>", &[&self.way]);
        }
        text.push_str("<span></span>");
        if !self.note.is_empty() {
            put(text, "<small>{}</small>", &[&self.note]);
        }
        text.push_str("</div>");
    }

    /// The scenario that stands behind it, to be opened; none where there is nothing to run.
    pub fn scenario(&self) -> Option<Scenario> {
        match self.outcome {
            Outcome::Without(_) | Outcome::Wrong(_) => None,
            Outcome::Open | Outcome::Found(_) => self.experiment.scenario().ok(),
        }
    }

    /// What stands in the cell: the verdict, or why there is none; nothing as long as it was not run.
    pub fn says(&self) -> &str {
        match &self.outcome {
            Outcome::Open => "",
            Outcome::Without(why) | Outcome::Wrong(why) => why,
            Outcome::Found(verdict) => &verdict.says,
        }
    }

    /// The time up to which it is run.
    pub fn until(&self) -> Time {
        self.experiment.until
    }

    fn run(&self, rule: &Rule, seed: Option<u64>) -> Outcome {
        let scenario = match self.experiment.scenario() {
            Ok(scenario) => scenario,
            Err(problems) => return Outcome::Wrong(problems.to_string()),
        };
        match rule.judge(&scenario, seed.unwrap_or(scenario.seed), self.experiment.until) {
            Ok(verdict) => Outcome::Found(verdict),
            Err(problem) => Outcome::Wrong(problem),
        }
    }
}
