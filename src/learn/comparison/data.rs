//! The table as it stands in its file. An experiment is put together of layers: the question, the way in which it is
//! asked, the row, and the row's answer to that question. What a later layer says stands in place of what an earlier
//! one says; settings and scripts are joined.

use queuescope_engine::broker::manual;
use queuescope_engine::json::{Node, Tree, object};
use queuescope_engine::knob::Value;
use queuescope_engine::time::Time;
use queuescope_engine::{Problem, shell_sort};

use super::verdict::{Rule, span};
use super::{Comparison, Experiment, Finding, Outcome, Question, Row};

/// Reads all of it.
pub(super) fn read(node: &Node) -> Result<Comparison, Problem> {
    node.only(&["questions", "rows"])?;
    let nodes = (node.field("questions")?, node.field("rows")?);
    let questions = nodes.0.each(question)?;
    let rows = nodes.1.each(row)?;
    let mut findings = Vec::new();
    for (row, layer) in nodes.1.items()?.iter().enumerate() {
        let answers = layer.field("answers")?;
        let names: Vec<&str> = questions.iter().map(|question| question.name.as_str()).collect();
        answers.only(&names)?;
        for (question, asked) in nodes.0.items()?.iter().enumerate() {
            let answer = answers.field(names[question])?;
            let place = Place { question, row, asked, layer };
            place.ask(&answer, &rows[row].name, &names, &mut findings)?;
        }
    }
    Ok(Comparison { questions, rows, findings, next: 0 })
}

fn text(node: &Node, name: &str) -> Result<String, Problem> {
    Ok(node.field(name)?.text()?.to_owned())
}

fn question(node: &Node) -> Result<Question, Problem> {
    node.only(&[
        "name",
        "title",
        "asks",
        "watch",
        "until",
        "producers",
        "consumers",
        "script",
        "ways",
        "reads",
        "verdicts",
    ])?;
    Ok(Question {
        name: text(node, "name")?,
        title: text(node, "title")?,
        asks: text(node, "asks")?,
        rule: Rule::read(node)?,
    })
}

fn row(node: &Node) -> Result<Row, Problem> {
    node.only(&["name", "setup", "broker", "to", "from", "producer", "consumer", "answers"])?;
    let system = node.field("broker")?.field("system")?;
    let manual = manual(system.text()?).ok_or_else(|| system.refuse("the name of a system"))?;
    Ok(Row { name: text(node, "name")?, system: manual.terms.system, setup: text(node, "setup")? })
}

/// A cell while it is read.
struct Place<'a> {
    question: usize,
    row: usize,
    asked: &'a Node<'a>,
    layer: &'a Node<'a>,
}

impl Place<'_> {
    /// An experiment for each way in which the question is asked and the row answers.
    fn ask(&self, answer: &Node, row: &str, names: &[&str], to: &mut Vec<Finding>) -> Result<(), Problem> {
        let name = format!("compare-{}-{row}", names[self.question]);
        let Some(ways) = self.asked.optional("ways") else {
            to.push(self.finding(&[self.asked, self.layer, answer], answer, name, String::new())?);
            return Ok(());
        };
        let ways = ways.entries()?;
        let known: Vec<&str> = ways.iter().map(|(way, _)| *way).chain(["why"]).collect();
        answer.only(&known)?;
        for (way, node) in &ways {
            node.only(&["title", "until", "consumers", "script"])?;
            let Some(own) = answer.optional(way) else { continue };
            let layers = [self.asked, node, self.layer, answer, &own];
            to.push(self.finding(&layers, &own, format!("{name}-{way}"), text(node, "title")?)?);
        }
        Ok(())
    }

    fn finding(
        &self,
        layers: &[&Node],
        answer: &Node,
        name: String,
        way: String,
    ) -> Result<Finding, Problem> {
        answer
            .only(&["why", "note", "set", "broker", "to", "from", "script", "until", "without", "expect"])?;
        let own = |name: &str| answer.optional(name).map(|node| Ok(node.text()?.to_owned())).transpose();
        let outcome = own("without")?.map_or(Outcome::Open, Outcome::Without);
        Ok(Finding {
            row: self.row,
            question: self.question,
            way,
            note: own("note")?.unwrap_or_default(),
            experiment: self.experiment(layers, answer, name)?,
            outcome,
            expect: own("expect")?,
        })
    }

    fn experiment(&self, layers: &[&Node], answer: &Node, name: String) -> Result<Experiment, Problem> {
        let latest = |field: &str| layers.iter().rev().find_map(|layer| layer.optional(field));
        let needed =
            |field: &str| latest(field).ok_or_else(|| answer.refuse(format!("one with the field {field}")));
        let title = format!("{}: {}", text(self.asked, "title")?, text(self.layer, "setup")?);
        let why = match latest("why") {
            Some(why) => why.text()?.to_owned(),
            None => text(self.asked, "asks")?,
        };
        let (producers, mut set) =
            clients(&needed("producers")?, self.layer.optional("producer"), "to", latest("to"))?;
        let (consumers, more) =
            clients(&needed("consumers")?, self.layer.optional("consumer"), "from", latest("from"))?;
        set.extend(more);
        if let Some(own) = answer.optional("set") {
            set.extend(settings(&own, "")?);
        }
        let base = object([
            ("version", Tree::Whole(1)),
            ("name", Tree::Text(name)),
            ("title", Tree::Text(title)),
            ("watch", Tree::Text(text(self.asked, "watch")?)),
            ("why", Tree::Text(why)),
            ("broker", needed("broker")?.tree().clone()),
            ("producers", producers),
            ("consumers", consumers),
            ("script", script(layers)?),
        ]);
        Ok(Experiment { base, set, until: span(&needed("until")?)? })
    }
}

/// Those who send, or those who work: as the question has them, each connected to its part; and the settings that the
/// row has for each of them.
fn clients(
    all: &Node,
    each: Option<Node>,
    field: &str,
    part: Option<Node>,
) -> Result<(Tree, Vec<(String, Value)>), Problem> {
    let (mut list, mut set) = (Vec::new(), Vec::new());
    for (place, client) in all.items()?.iter().enumerate() {
        let mut fields: Vec<(String, Tree)> = client
            .entries()?
            .into_iter()
            .map(|(name, node)| (name.to_owned(), node.tree().clone()))
            .collect();
        let part = match &part {
            Some(node) if matches!(node.tree(), Tree::List(_)) => {
                let parts = node.items()?;
                let part =
                    parts.get(place).ok_or_else(|| node.refuse("as many parts as there are clients"))?;
                Some(part.text()?)
            }
            Some(node) => Some(node.text()?),
            None => None,
        };
        fields.extend(part.map(|part| (field.to_owned(), part.into())));
        list.push(Tree::Object(fields));
        if let Some(own) = &each {
            set.extend(settings(own, &format!("{}.", client.field("name")?.text()?))?);
        }
    }
    Ok((Tree::List(list), set))
}

fn settings(node: &Node, before: &str) -> Result<Vec<(String, Value)>, Problem> {
    let setting = |(name, node): (&str, Node)| Ok((format!("{before}{name}"), Value::read(&node)?));
    node.entries()?.into_iter().map(setting).collect()
}

/// The scripts of all layers, in order of time; at one time, in the order of the layers.
fn script(layers: &[&Node]) -> Result<Tree, Problem> {
    let mut all: Vec<(Time, Tree)> = Vec::new();
    for node in layers.iter().filter_map(|layer| layer.optional("script")) {
        all.extend(node.each(|node| Ok((span(&node.field("at")?)?, node.tree().clone())))?);
    }
    Ok(Tree::List(shell_sort::in_order(all)))
}
