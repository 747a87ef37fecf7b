//! The plan of a scenario: names, parts, links and settings checked against the system's manual, and the topology
//! that comes of them.

use super::{ClientSettings, Scenario, Setting, Then};
use crate::APPLICATIONS;
use crate::broker::linked::NETWORK_DELAY;
use crate::broker::topology::{Kind, Link, Manual, Part, Receiver, Sender, Sheet, Topology};
use crate::broker::{SYSTEMS, manual};
use crate::client::worker::MAX_WORKERS;
use crate::client::{producer, worker};
use crate::command::{Problem, one_of, quoted};
use crate::id::{ProducerId, WorkerId};
use crate::knob::Knob;

/// How many parts, and how many links, a system may have.
pub(crate) const MAX_PARTS: usize = 64;

impl Scenario {
    /// Checks all that does not need a run: names, the parts of the system, settings.
    pub(super) fn check_plan(&self, problems: &mut Vec<Problem>) {
        self.check_names(problems);
        match manual(&self.broker.system) {
            Some(manual) => {
                self.check_parts(manual, problems);
                self.check_ends(manual, problems);
                self.check_settings(manual, problems);
            }
            None => {
                let permitted = one_of(SYSTEMS.iter().map(|manual| manual.system));
                problems.push(problem("broker.system", quoted(&self.broker.system), permitted));
            }
        }
    }

    fn check_names(&self, problems: &mut Vec<Problem>) {
        let mut all = vec![("broker.name".to_owned(), self.broker.name.as_str())];
        let parts = self.broker.parts.iter().map(|part| part.name.as_str());
        let producers = self.producers.iter().map(|client| client.name.as_str());
        let consumers = self.consumers.iter().map(|client| client.name.as_str());
        let numbered = |path: &'static str, index: usize| format!("{path}[{index}].name");
        all.extend(parts.enumerate().map(|(index, name)| (numbered("broker.parts", index), name)));
        all.extend(producers.enumerate().map(|(index, name)| (numbered("producers", index), name)));
        all.extend(consumers.enumerate().map(|(index, name)| (numbered("consumers", index), name)));
        for (place, (path, name)) in all.iter().enumerate() {
            if all[..place].iter().any(|(_, earlier)| earlier == name) {
                problems.push(problem(path, quoted(name), "a name that nothing else in the scenario has"));
            }
        }
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        for (path, name) in all.iter().chain([&("name".to_owned(), self.name.as_str())]) {
            if !name.split('-').all(is_word) {
                problems.push(problem(path, quoted(name), "lower-case words joined by hyphens"));
            }
        }
    }

    fn check_parts(&self, manual: &Manual, problems: &mut Vec<Problem>) {
        let broker = &self.broker;
        if let Some(version) = &broker.version
            && !manual.versions.contains(&version.as_str())
        {
            let permitted = one_of(manual.versions.iter().copied());
            problems.push(problem("broker.version", quoted(version), permitted));
        }
        for (path, count) in [("broker.parts", broker.parts.len()), ("broker.links", broker.links.len())] {
            if MAX_PARTS < count {
                problems.push(problem(path, format!("{count} of them"), format!("at most {MAX_PARTS}")));
            }
        }
        for (index, part) in broker.parts.iter().enumerate().filter(|_| APPLICATIONS) {
            let path = format!("broker.parts[{index}]");
            match kind(manual, &part.kind) {
                Some(kind) => check_against(&[kind.knobs], &format!("{path}.set"), &part.set, problems),
                None => {
                    let permitted = match manual.kinds {
                        [] => "left out: this system has no parts".to_owned(),
                        kinds => one_of(kinds.iter().map(|kind| kind.name)),
                    };
                    problems.push(problem(&format!("{path}.kind"), quoted(&part.kind), permitted));
                }
            }
        }
        if !APPLICATIONS {
            return;
        }
        let names: Vec<&str> = self.parts(manual).iter().map(|(_, name, _)| *name).collect();
        for (index, link) in broker.links.iter().enumerate() {
            let path = format!("broker.links[{index}]");
            for (end, name) in [("from", &link.from), ("to", &link.to)] {
                if !names.contains(&name.as_str()) {
                    let permitted = one_of(names.iter().copied());
                    problems.push(problem(&format!("{path}.{end}"), quoted(name), permitted));
                }
            }
            check_against(&[manual.link], &format!("{path}.set"), &link.set, problems);
        }
    }

    /// Kind, name and settings of every part: the scenario's own, or the usual ones.
    fn parts<'a>(&'a self, manual: &Manual) -> Vec<(&'a str, &'a str, &'a [Setting])> {
        if self.broker.parts.is_empty() {
            return manual.usual.parts.iter().map(|(kind, name)| (*kind, *name, &[][..])).collect();
        }
        let own = self.broker.parts.iter();
        own.map(|part| (part.kind.as_str(), part.name.as_str(), part.set.as_slice())).collect()
    }

    /// Whether producers send to, and consumers read from, what takes and gives.
    fn check_ends(&self, manual: &Manual, problems: &mut Vec<Problem>) {
        let parts = self.parts(manual);
        let fitting = |fits: fn(&Kind) -> bool| -> Vec<&str> {
            let fits = |(own, _, _): &&(&str, &str, _)| kind(manual, own).is_some_and(fits);
            parts.iter().filter(fits).map(|(_, name, _)| *name).collect()
        };
        let (takes, gives) = (fitting(|kind| kind.takes), fitting(|kind| kind.gives));
        let mut check = |path: String, name: &str, among: &[&str]| {
            if !among.contains(&name) {
                let permitted = match among {
                    [] => "left out: this system has no parts to choose from".to_owned(),
                    among => one_of(among.iter().copied()),
                };
                problems.push(problem(&path, quoted(name), permitted));
            }
        };
        for (index, producer) in self.producers.iter().enumerate() {
            if let Some(part) = &producer.part {
                check(format!("producers[{index}].to"), part, &takes);
            }
            if APPLICATIONS && let Some(part) = &producer.reply_to {
                check(format!("producers[{index}].reply-to"), part, &takes);
            }
        }
        let senders: Vec<&str> = self.producers.iter().map(|producer| producer.name.as_str()).collect();
        for (index, consumer) in self.consumers.iter().enumerate() {
            if let Some(part) = &consumer.part {
                check(format!("consumers[{index}].from"), part, &gives);
            }
            if APPLICATIONS && let Some(Then::To(part)) = &consumer.then {
                check(format!("consumers[{index}].sends-to"), part, &takes);
            }
            if APPLICATIONS && let Some(producer) = &consumer.answers {
                check(format!("consumers[{index}].answers"), producer, &senders);
            }
        }
    }

    fn check_settings(&self, manual: &Manual, problems: &mut Vec<Problem>) {
        let network: &[Knob] = if manual.wired { &[NETWORK_DELAY] } else { &[] };
        check_against(&[manual.knobs, network], "broker.set", &self.broker.set, problems);
        for (index, client) in self.producers.iter().enumerate() {
            let path = format!("producers[{index}].set");
            check_against(&[producer::KNOBS, manual.producer], &path, &client.set, problems);
        }
        for (index, client) in self.consumers.iter().enumerate() {
            let path = format!("consumers[{index}].set");
            check_against(&[worker::KNOBS, manual.consumer], &path, &client.set, problems);
        }
    }

    /// What its system says of itself.
    ///
    /// # Panics
    /// Never for a scenario that was validated, and there is no other.
    pub(crate) fn manual(&self) -> &'static Manual {
        manual(&self.broker.system)
            .expect("a scenario names a system that there is: its only way in checks it")
    }

    /// What its system consists of.
    pub(crate) fn topology(&self) -> Topology {
        let manual = self.manual();
        let newest = manual.versions.last().copied().unwrap_or_default();
        let version = self.broker.version.as_deref().unwrap_or(newest);
        let sheet = |knobs: &'static [Knob], set: &[Setting]| {
            let mut sheet = Sheet::new(knobs, manual.versions, version);
            set.iter().for_each(|(name, value)| sheet.set(name, value));
            sheet
        };
        let parts = self.parts(manual).into_iter().filter_map(|(own, name, set)| {
            let kind = kind(manual, own)?;
            Some(Part { kind: kind.name, name: name.to_owned(), settings: sheet(kind.knobs, set) })
        });
        let link = |from: &str, to: &str, set: &[_]| Link {
            from: from.to_owned(),
            to: to.to_owned(),
            settings: sheet(manual.link, set),
        };
        let links = if self.broker.parts.is_empty() && self.broker.links.is_empty() {
            manual.usual.links.iter().map(|(from, to)| link(from, to, &[])).collect()
        } else {
            self.broker.links.iter().map(|own| link(&own.from, &own.to, &own.set)).collect()
        };
        Topology {
            version: version.to_owned(),
            settings: sheet(manual.knobs, &self.broker.set),
            parts: parts.collect(),
            links,
            senders: self.senders(manual, &sheet),
            receivers: self.receivers(manual, &sheet),
        }
    }

    /// The producers, and after them the consumers that send on.
    fn senders(&self, manual: &Manual, sheet: &impl Fn(&'static [Knob], &[Setting]) -> Sheet) -> Vec<Sender> {
        let usual = |part: &Option<String>| part.as_deref().unwrap_or(manual.usual.to).to_owned();
        let producers = self.producers.iter().map(|own| (own, usual(&own.part)));
        let consumers = self.consumers.iter().map(|own| match &own.then {
            Some(Then::To(part)) => (own, part.clone()),
            Some(Then::Reply) | None => (own, String::new()),
        });
        let sender = |(index, (own, to)): (usize, (&ClientSettings, String))| Sender {
            id: ProducerId(index as u16),
            name: own.name.clone(),
            to,
            settings: sheet(manual.producer, &own.set),
        };
        producers.chain(consumers).enumerate().map(sender).collect()
    }

    fn receivers(
        &self,
        manual: &Manual,
        sheet: &impl Fn(&'static [Knob], &[Setting]) -> Sheet,
    ) -> Vec<Receiver> {
        let receiver = |(index, own): (usize, &ClientSettings)| Receiver {
            first: WorkerId(index as u16 * MAX_WORKERS),
            name: own.name.clone(),
            from: own.part.as_deref().unwrap_or(manual.usual.from).to_owned(),
            settings: sheet(manual.consumer, &own.set),
        };
        self.consumers.iter().enumerate().map(receiver).collect()
    }
}

fn kind(manual: &Manual, name: &str) -> Option<&'static Kind> {
    manual.kinds.iter().find(|kind| kind.name == name)
}

fn problem(path: &str, value: String, permitted: impl Into<String>) -> Problem {
    Problem { path: path.to_owned(), value, permitted: permitted.into() }
}

fn check_against(lists: &[&[Knob]], path: &str, settings: &[Setting], problems: &mut Vec<Problem>) {
    for (name, value) in settings {
        let mut knobs = lists.iter().copied().flatten();
        let outcome = match knobs.find(|knob| knob.name == name) {
            Some(knob) => knob.check(value),
            None => {
                let names: Vec<&str> = lists.iter().copied().flatten().map(|knob| knob.name).collect();
                Err(format!("a setting of one of the names {}", names.join(", ")))
            }
        };
        if let Err(permitted) = outcome {
            problems.push(problem(&format!("{path}.{name}"), value.to_string(), permitted));
        }
    }
}
