//! Reading a case: from lines to a scenario and what it should come to.

use queuescope_engine::knob::Value;
use queuescope_engine::scenario::{Timed, parse_span};
use queuescope_engine::{Command, Scenario, Simulation, Time};
use serde_json::json;

pub(crate) use super::exact::Exact;
use super::exact::{self, Expected};
pub(crate) use super::lines::ReadError;
use super::lines::{At, Line, Section, sections};
use super::protocol::{self, Protocol, is_protocol};
use super::theory::{self, Theory};

/// One rule, and how it shows.
pub(crate) struct Case {
    /// The id it has in the specification.
    pub(crate) id: String,
    pub(crate) title: String,
    /// Where the rule stands, and the words in which it stands there.
    pub(crate) source: String,
    pub(crate) evidence: String,
    pub(crate) plan: Plan,
}

impl Case {
    /// Why the case is only listed, if it is: what it is about is not modelled.
    pub(crate) fn listed(&self) -> Option<&str> {
        match &self.plan {
            Plan::Protocol(protocol) => protocol.not_modelled.as_deref(),
            Plan::Exact(..) | Plan::Theory(..) => None,
        }
    }
}

/// What is given and done, and what is to come of it. A scenario holds the timed actions as its script.
pub(crate) enum Plan {
    /// Facts and states to the letter.
    Exact(Scenario, Exact),
    /// Averages that agree with a closed form.
    Theory(Scenario, Theory),
    /// What the clients of a server observe.
    Protocol(Protocol),
}

/// Reads all cases of a file; `file` is its name in errors.
pub(crate) fn read_cases(file: &str, text: &str) -> Result<Vec<Case>, ReadError> {
    let mut cases: Vec<Case> = Vec::new();
    let mut rest = sections(file, text)?.into_iter().peekable();
    while let Some(head) = rest.next() {
        if head.keyword() != "case" {
            let message = format!("{:?} stands before the first case", head.keyword());
            return Err(At { file, case: "" }.error(head.head, message));
        }
        let mut parts = Vec::new();
        while let Some(section) = rest.next_if(|section| section.keyword() != "case") {
            parts.push(section);
        }
        let case = read_case(file, &head, &parts)?;
        if cases.iter().any(|other| other.id == case.id) {
            return Err(
                At { file, case: &case.id }.error(head.head, "there is another case of this id above")
            );
        }
        cases.push(case);
    }
    Ok(cases)
}

fn read_case(file: &str, head: &Section<'_>, parts: &[Section<'_>]) -> Result<Case, ReadError> {
    let (id, title) = head.rest().split_once(' ').unwrap_or((head.rest(), ""));
    let at = At { file, case: id };
    if id.is_empty() || title.is_empty() {
        return Err(at.error(head.head, "write: case ID what the rule is in a few words"));
    }
    let (source, evidence) = (about(at, head, "source")?, about(at, head, "evidence")?);
    let the =
        |keyword: &str| match parts.iter().filter(|part| part.keyword() == keyword).collect::<Vec<_>>()[..] {
            [one] => Ok(one),
            [_, second, ..] => {
                Err(at.error(second.head, format!("there is a section {keyword:?} above already")))
            }
            [] => Err(at.error(head.head, format!("the section {keyword:?} is missing"))),
        };
    let given = the("given")?;
    let then: Vec<&Section<'_>> = parts.iter().filter(|part| part.keyword() == "then").collect();
    if let Some(other) = parts.iter().find(|part| !["given", "when", "then"].contains(&part.keyword())) {
        return Err(at.error(other.head, "a section is one of case, given, when, then"));
    }
    if is_protocol(given) {
        let has_when = parts.iter().any(|part| part.keyword() == "when");
        let when = if has_when { Some(the("when")?) } else { None };
        let plan = Plan::Protocol(protocol::read(at, given, when, &then)?);
        return Ok(Case { id: id.into(), title: title.into(), source, evidence, plan });
    }
    let when = the("when")?;
    let mut given = read_given(at, given)?;
    let plan = match then[..] {
        [] => return Err(at.error(head.head, "the section \"then\" is missing")),
        [then] if then.rest().starts_with("theory") => {
            let theory = theory::read(at, &given, when, then)?;
            Plan::Theory(given, theory)
        }
        _ => {
            let end = read_when(at, &mut given, when)?;
            let expected = read_then(at, &given, end, &then)?;
            Plan::Exact(given, Exact { end, expected })
        }
    };
    Ok(Case { id: id.into(), title: title.into(), source, evidence, plan })
}

fn about(at: At<'_>, head: &Section<'_>, key: &str) -> Result<String, ReadError> {
    let own = head.body.iter().find_map(|line| line.text.strip_prefix(key));
    match own.map(str::trim) {
        Some(text) if !text.is_empty() => Ok(text.into()),
        _ => Err(at.error(head.head, format!("an indented line \"{key} ...\" must stand below"))),
    }
}

/// The configuration. The engine's own validation judges it; its problems are led back to their lines.
fn read_given(at: At<'_>, section: &Section<'_>) -> Result<Scenario, ReadError> {
    let (mut broker, mut parts, mut producers, mut consumers) = (None, Vec::new(), Vec::new(), Vec::new());
    let (mut seed, mut lines) = (1_u64, Vec::new());
    for line in &section.body {
        let words: Vec<&str> = line.text.split_whitespace().collect();
        match words[..] {
            ["broker", name, system, ref settings @ ..] => {
                let (set, _) = read_settings(at, *line, settings)?;
                broker = Some(json!({"name": name, "system": system, "set": set}));
                lines.push(("broker".to_owned(), *line));
            }
            ["part", kind, name, ref settings @ ..] => {
                let (set, _) = read_settings(at, *line, settings)?;
                parts.push(json!({"kind": kind, "name": name, "set": set}));
            }
            [role @ ("producer" | "consumer"), name, ref settings @ ..] => {
                let list = if role == "producer" { &mut producers } else { &mut consumers };
                lines.push((format!("{role}s[{}]", list.len()), *line));
                let (set, running) = read_settings(at, *line, settings)?;
                list.push(json!({"name": name, "running": running, "set": set}));
            }
            ["seed", number] => {
                seed = number.parse().map_err(|_| at.error(*line, "a seed is a whole number"))?;
            }
            _ => {
                return Err(at.error(
                    *line,
                    "write: broker NAME SYSTEM, part KIND NAME, producer NAME, consumer NAME or seed N",
                ));
            }
        }
    }
    let Some(mut broker) = broker else {
        return Err(at.error(section.head, "a line \"broker NAME SYSTEM\" is missing"));
    };
    if !parts.is_empty() {
        broker["parts"] = json!(parts);
    }
    let scenario = json!({
        "version": 1, "name": "case", "title": at.case, "watch": "", "why": "", "seed": seed,
        "broker": broker, "producers": producers, "consumers": consumers,
    });
    Scenario::from_json(&scenario.to_string()).map_err(|problems| {
        let line_of = |path: &str| lines.iter().find(|(own, _)| path.starts_with(own));
        let owner = problems.0.iter().find_map(|problem| line_of(&problem.path));
        at.error(owner.map_or(section.head, |(_, line)| *line), problems)
    })
}

/// Words like `rate=2`, and whether the word `stopped` is absent.
fn read_settings(
    at: At<'_>,
    line: Line<'_>,
    words: &[&str],
) -> Result<(serde_json::Map<String, serde_json::Value>, bool), ReadError> {
    let mut settings = serde_json::Map::new();
    let mut running = true;
    for word in words {
        match word.split_once('=') {
            Some((name, value)) => {
                settings
                    .insert(name.into(), value.parse::<f64>().map_or(json!(value), |number| json!(number)));
            }
            None if *word == "stopped" => running = false,
            None => {
                return Err(at.error(line, format!("{word:?} is neither NAME=VALUE nor the word stopped")));
            }
        }
    }
    Ok((settings, running))
}

fn read_value(text: &str) -> Value {
    text.parse().map_or_else(|_| Value::Choice(text.to_owned().into()), Value::Number)
}

pub(crate) fn read_time(at: At<'_>, line: Line<'_>, text: &str) -> Result<Time, ReadError> {
    parse_span(text).map_err(|error| at.error(line, error))
}

/// Puts the timed actions into the script of `given` and returns the end.
fn read_when(at: At<'_>, given: &mut Scenario, section: &Section<'_>) -> Result<Time, ReadError> {
    let mut check: Simulation = Simulation::new(given, given.seed);
    let mut last = Time::ZERO;
    for (index, line) in section.body.iter().enumerate() {
        let (time, action) = line.text.split_once(char::is_whitespace).unwrap_or((line.text, ""));
        let time = read_time(at, *line, time)?;
        if time < last {
            return Err(at.error(*line, format!("{time} is before {last}: actions stand in order of time")));
        }
        last = time;
        let words: Vec<&str> = action.split_whitespace().collect();
        if words[..] == ["end"] {
            return match section.body.get(index + 1) {
                Some(after) => Err(at.error(*after, "nothing can follow the end")),
                None => Ok(time),
            };
        }
        let Some(command) = read_command(&words) else {
            let permitted = "send PRODUCER N, start WHO, stop WHO, crash CONSUMER[/N], restart CONSUMER[/N], \
                             set WHO.SETTING VALUE or end";
            let action = action.trim();
            return Err(at.error(*line, format!("{action:?} is no action: write {permitted}")));
        };
        check.apply(&command, &mut ()).map_err(|problem| at.error(*line, problem))?;
        given.script.push(Timed { at: time, act: command });
    }
    Err(at.error(section.head, "a last line \"TIME end\" is missing"))
}

fn read_command(words: &[&str]) -> Option<Command> {
    Some(match *words {
        ["send", producer, count] => Command::Send { producer: producer.into(), count: count.parse().ok()? },
        ["start", who] => Command::Start(who.into()),
        ["stop", who] => Command::Stop(who.into()),
        ["set", knob, value] => Command::Set { knob: knob.into(), to: read_value(value) },
        [verb @ ("crash" | "restart"), who] => {
            let (consumer, worker) = match who.split_once('/') {
                Some((consumer, worker)) => (consumer.to_owned(), Some(worker.parse().ok()?)),
                None => (who.to_owned(), None),
            };
            if verb == "crash" {
                Command::Crash { consumer, worker }
            } else {
                Command::Restart { consumer, worker }
            }
        }
        _ => return None,
    })
}

fn read_then(
    at: At<'_>,
    given: &Scenario,
    end: Time,
    sections: &[&Section<'_>],
) -> Result<Vec<Expected>, ReadError> {
    let mut expected = Vec::new();
    for section in sections {
        let words: Vec<&str> = section.rest().split_whitespace().collect();
        expected.push(match words[..] {
            ["trace", ref kinds @ ..] => exact::read_trace(at, given, section, kinds)?,
            ["at", time] => {
                let time = read_time(at, section.head, time)?;
                if end < time {
                    return Err(at.error(section.head, format!("the run ends at {end}")));
                }
                exact::read_state(at, given, section, time)?
            }
            ["finally"] => exact::read_state(at, given, section, end)?,
            _ => {
                return Err(
                    at.error(section.head, "write: then trace, then at TIME, then finally or then theory")
                );
            }
        });
    }
    Ok(expected)
}
