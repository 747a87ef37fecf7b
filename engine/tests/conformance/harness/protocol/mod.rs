//! Cases at the wire of a server: clients act by their system's own requests, and each sees what it sees.
//!
//! The same case runs against the model and against the real server, so what is compared is what a client can
//! observe: who receives what, when, in which order, with which answers; and what is left in the end.
//! Whatever can take the actions and tell the observations is a [`Subject`].

pub(crate) mod books;
pub(crate) mod modelled;
mod read;

use std::time::Duration;

use queuescope_engine::Time;

use super::compare::Difference;
use super::lines::{At, Line};
pub(crate) use read::{is_protocol, read};

/// Something that behaves as a server with clients: the model, or a real one.
pub(crate) trait Subject {
    /// Lets time go on to `to`; what is due by then has happened afterwards.
    fn run_to(&mut self, to: Time);
    /// Does what a client does, now. The words are those of the case, after the client's name.
    ///
    /// # Errors
    /// What cannot be done, and what can.
    fn act(&mut self, client: &str, words: &[&str]) -> Result<(), String>;
    /// All that clients have observed since the last call, in order.
    fn observed(&mut self) -> Vec<Observation>;
    /// What the thing that `subject` names holds now, in the words of the case; none if that cannot be seen from
    /// where the subject is observed.
    ///
    /// # Errors
    /// What can be named.
    fn state(&mut self, subject: &str) -> Result<Option<String>, String>;
    /// Whether what it has told so far adds up.
    ///
    /// # Errors
    /// What does not.
    fn audit(&mut self) -> Result<(), String>;
}

/// What a client has seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Observation {
    pub(crate) at: Time,
    pub(crate) client: String,
    /// As a case writes it.
    pub(crate) text: String,
}

/// Starts a subject: the system, its version and its settings.
pub(crate) type Start<'a> = &'a mut dyn FnMut(&Protocol, &str) -> Result<Box<dyn Subject>, String>;

/// A case of this kind.
pub(crate) struct Protocol {
    pub(crate) system: String,
    /// The settings of the server, by the names of its knobs.
    pub(crate) settings: Vec<(String, String)>,
    /// The versions for which it holds; run once for each.
    pub(crate) versions: Vec<String>,
    /// Why it cannot be run against a real server, if it cannot.
    pub(crate) model_only: Option<String>,
    /// Why the model does not do it, if it does not: then the case is only listed.
    pub(crate) not_modelled: Option<String>,
    pub(crate) steps: Vec<Step>,
    /// How far it runs.
    pub(crate) end: Time,
    expected: Vec<Expected>,
    file: String,
    id: String,
    /// The line that asks for the server.
    line: usize,
}

/// What a client does at a time.
pub(crate) struct Step {
    at: Time,
    pub(crate) versions: Versions,
    pub(crate) client: String,
    pub(crate) words: Vec<String>,
    line: usize,
}

/// The versions a line is for; all if none is named.
#[derive(Clone, Default)]
pub(crate) struct Versions(Vec<String>);

impl Versions {
    pub(crate) fn include(&self, version: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|own| own == version)
    }
}

enum Expected {
    /// All that a client observes, in order.
    Client { name: String, lines: Vec<Sight> },
    /// What holds once everything at `at` has happened.
    State { at: Time, lines: Vec<State> },
}

/// What something is expected to hold, in which versions.
type State = (Versions, String, String);

/// What a client is expected to observe.
struct Sight {
    versions: Versions,
    at: Time,
    text: String,
    /// Those next to each other that are so marked may come in any order.
    any_order: bool,
}

impl Protocol {
    /// Runs it against one version of its system. With a tolerance an observation may be later than expected
    /// by that much, and earlier by a tenth of it.
    pub(crate) fn run(
        &self,
        version: &str,
        start: Start<'_>,
        tolerance: Option<Duration>,
    ) -> Vec<Difference> {
        let mut subject = match start(self, version) {
            Ok(subject) => subject,
            Err(error) => return vec![self.broken(self.line, &error)],
        };
        let subject = subject.as_mut();
        match self.play(version, subject) {
            Err(difference) => vec![difference],
            Ok((observed, mut differences)) => {
                differences.splice(0..0, self.compare_clients(version, &observed, tolerance));
                differences
            }
        }
    }

    /// Who does something.
    fn clients(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| step.client.as_str())
    }

    fn play(
        &self,
        version: &str,
        subject: &mut dyn Subject,
    ) -> Result<(Vec<Observation>, Vec<Difference>), Difference> {
        let (mut observed, mut differences) = (Vec::new(), Vec::new());
        let mut steps = self.steps.iter().filter(|step| step.versions.include(version)).peekable();
        let mut states: Vec<(Time, &[State])> = Vec::new();
        for expected in &self.expected {
            if let Expected::State { at, lines } = expected {
                states.push((*at, lines));
            }
        }
        states.sort_by_key(|(at, _)| *at);
        for (at, lines) in states.into_iter().map(|(at, lines)| (at, Some(lines))).chain([(self.end, None)]) {
            while let Some(step) = steps.next_if(|step| step.at <= at) {
                subject.run_to(step.at);
                let words: Vec<&str> = step.words.iter().map(String::as_str).collect();
                subject.act(&step.client, &words).map_err(|error| self.broken(step.line, &error))?;
                observed.append(&mut subject.observed());
                self.audit(subject, step.at)?;
            }
            subject.run_to(at);
            observed.append(&mut subject.observed());
            self.audit(subject, at)?;
            let (mut expected, mut found) = (Vec::new(), Vec::new());
            for (_, key, value) in lines.into_iter().flatten().filter(|line| line.0.include(version)) {
                let held = match subject.state(key) {
                    Ok(None) => continue,
                    Ok(Some(held)) => held,
                    Err(error) => format!("not known: {error}"),
                };
                expected.push(format!("{key}: {value}"));
                found.push(format!("{key}: {held}"));
            }
            differences.extend(Difference::between(format!("at {at} [{version}]"), expected, found));
        }
        Ok((observed, differences))
    }

    fn compare_clients(
        &self,
        version: &str,
        observed: &[Observation],
        tolerance: Option<Duration>,
    ) -> Vec<Difference> {
        let mut differences = Vec::new();
        for expected in &self.expected {
            let Expected::Client { name, lines } = expected else { continue };
            let lines: Vec<&Sight> = lines.iter().filter(|line| line.versions.include(version)).collect();
            let mut own: Vec<(Time, String)> = observed
                .iter()
                .filter(|seen| seen.client == *name)
                .map(|seen| (seen.at, read::tidy(&seen.text)))
                .collect();
            put_in_order(&lines, &mut own);
            let tells = |at: Time, text: &str| format!("{:>8}  {text}", at.to_string());
            let told = own.iter().enumerate().map(|(index, (at, text))| {
                let near = lines.get(index).map(|line| line.at).filter(|near| is_near(*at, *near, tolerance));
                tells(near.unwrap_or(*at), text)
            });
            let expected = lines.iter().map(|line| tells(line.at, &line.text)).collect();
            differences.extend(Difference::between(format!("{name} [{version}]"), expected, told.collect()));
        }
        differences
    }

    fn audit(&self, subject: &mut dyn Subject, at: Time) -> Result<(), Difference> {
        subject.audit().map_err(|error| Difference {
            what: format!("ledger at {at}"),
            expected: vec!["in balance".into()],
            observed: vec![error],
        })
    }

    fn broken(&self, line: usize, error: &str) -> Difference {
        let place = At { file: &self.file, case: &self.id };
        let error = place.error(Line { number: line, text: "" }, error).to_string();
        Difference { what: "cannot be run".into(), expected: Vec::new(), observed: vec![error] }
    }
}

/// Puts what was seen in the order in which it is expected, where that may be any.
fn put_in_order(expected: &[&Sight], seen: &mut [(Time, String)]) {
    for index in 0..expected.len().min(seen.len()) {
        if expected[index].any_order {
            let group = expected[index..].iter().take_while(|line| line.any_order).count();
            let group = &mut seen[index..(index + group).min(expected.len())];
            if let Some(place) = group.iter().position(|(_, text)| *text == expected[index].text) {
                group[..=place].rotate_right(1);
            }
        }
    }
}

fn is_near(seen: Time, expected: Time, tolerance: Option<Duration>) -> bool {
    tolerance.is_some_and(|tolerance| expected.before(tolerance / 10) <= seen && seen <= expected + tolerance)
}
