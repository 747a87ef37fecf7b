//! What a system is made of in one experiment: its parts, the links between them, and who is connected to them.
//!
//! It is the same data for every system: a part has a kind, a name and a sheet of settings; what kinds and settings
//! there are is said by the system's own [`Manual`].

use std::time::Duration;

use crate::id::{ProducerId, WorkerId};
use crate::knob::{self, Knob, Unit, Value};

use super::Terms;
use super::fidelity::Feature;

/// What a system says of itself: all that the rest of the engine and the page need to know of it.
#[derive(Debug)]
pub struct Manual {
    /// The name under which a scenario asks for it.
    pub system: &'static str,
    /// Whether it has a server and a client library with a network between them. What has none tells of every
    /// move of a message by the plain facts, and hands a message over at the moment at which a worker begins on it.
    pub wired: bool,
    /// Its versions whose rules differ, oldest first. What is not told otherwise is the newest.
    pub versions: &'static [&'static str],
    /// The settings of the whole system.
    pub knobs: &'static [Knob],
    /// The kinds of its parts.
    pub kinds: &'static [Kind],
    /// The settings of a link between two parts.
    pub link: &'static [Knob],
    /// The settings of one that sends, beside those that every producer has.
    pub producer: &'static [Knob],
    /// The settings of one that consumes, beside those that every consumer has.
    pub consumer: &'static [Knob],
    /// What the one who operates it can do to it, beside changing settings.
    pub acts: &'static [Act],
    /// What it calls its parts in sentences.
    pub terms: Terms,
    /// What of the real system is modeled, and what is not.
    pub features: &'static [Feature],
    /// The parts and links it has when a scenario names none.
    pub usual: Usual,
    /// What a link between two parts can be.
    #[cfg(feature = "systems")]
    pub joins: &'static [Join],
    /// Where its rules are written down.
    #[cfg(feature = "systems")]
    pub shelf: &'static [Shelf],
}

/// What a link from a part of one kind to a part of another is.
#[cfg(feature = "systems")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Join {
    /// The kind of the part from which messages come.
    pub from: &'static str,
    /// The kind of the part to which they go.
    pub to: &'static str,
    /// What making one does, as it stands before the name of the part to which it leads.
    pub label: &'static str,
    /// Whether a new part is joined like that at once to one that is there: it would get nothing otherwise.
    pub usual: bool,
    /// Whether a part can have one such link at most.
    pub once: bool,
}

/// A place where rules are written down.
#[cfg(feature = "systems")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shelf {
    /// How the names of sources begin that are there.
    pub begins: &'static str,
    /// Its address. `{}` stands for the word that follows in the name of the source.
    pub url: &'static str,
}

#[cfg(feature = "systems")]
impl Manual {
    /// The address under which a source can be read, if it is one that can.
    pub fn address(&self, source: &str) -> Option<String> {
        let fits = |shelf: &&Shelf| source.starts_with(shelf.begins);
        let shelf = self.shelf.iter().filter(fits).max_by_key(|shelf| shelf.begins.len())?;
        let after = source[shelf.begins.len()..].trim_start();
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(after.len());
        Some(shelf.url.replace("{}", &after[..end]))
    }
}

/// A kind of part.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Kind {
    /// As the system calls it.
    pub name: &'static str,
    /// Its settings.
    pub knobs: &'static [Knob],
    /// Whether producers can send to it.
    pub takes: bool,
    /// Whether consumers can read from it.
    pub gives: bool,
    /// What is said of messages where there are no parts but of this kind, if it is not what the system says in general.
    pub terms: Option<Terms>,
}

/// Something that the one who operates a system can do to it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Act {
    /// As scenarios and commands name it.
    pub name: &'static str,
    /// As people read it.
    pub label: &'static str,
    /// The kind of part that it is done to; nothing if it is done to the whole system.
    pub on: Option<&'static str>,
    /// The number that it takes, if it takes one.
    pub argument: Option<Argument>,
    /// What it does, in a line.
    pub meaning: &'static str,
}

/// A number that an act takes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Argument {
    /// What it is, as people read it.
    pub label: &'static str,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// What is offered first.
    pub usual: f64,
    /// What it counts.
    pub unit: Unit,
}

/// The parts and links that a system has when a scenario names none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Usual {
    /// Kind and name of each part.
    pub parts: &'static [(&'static str, &'static str)],
    /// Names of the parts that each link joins.
    pub links: &'static [(&'static str, &'static str)],
    /// The part to which producers send that name none.
    pub to: &'static str,
    /// The part from which consumers read that name none.
    pub from: &'static str,
}

/// Settings by the place of their knob in a list of knobs.
#[derive(Clone, PartialEq, Debug)]
pub struct Sheet {
    knobs: &'static [Knob],
    values: Vec<Value>,
}

impl Sheet {
    /// All knobs at the defaults that they have in `version`, one of `versions` (oldest first).
    pub fn new(knobs: &'static [Knob], versions: &[&str], version: &str) -> Sheet {
        Sheet { knobs, values: knobs.iter().map(|knob| knob.default_in(versions, version)).collect() }
    }

    /// The knobs.
    pub fn knobs(&self) -> &'static [Knob] {
        self.knobs
    }

    /// What the knob of this name is set to.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let place = self.knobs.iter().position(|knob| knob.name == name)?;
        self.values.get(place)
    }

    /// Sets the knob of this name, if there is one, to a value that has passed its check.
    pub fn set(&mut self, name: &str, value: &Value) {
        if let Some(place) = self.knobs.iter().position(|knob| knob.name == name) {
            self.values[place] = value.clone();
        }
    }

    /// The number that a knob is set to; nothing if it is unset or there is no such knob.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Value::Number(number) => Some(*number),
            Value::Choice(_) => None,
        }
    }

    /// The span that a knob is set to, which is declared in seconds; none at all if it is unset.
    pub fn span(&self, name: &str) -> Duration {
        Duration::from_nanos((self.number(name).unwrap_or(0.0) * 1e9) as u64)
    }

    /// The text that a knob is set to; empty if it is unset or there is no such knob.
    pub fn text(&self, name: &str) -> &str {
        match self.get(name) {
            Some(Value::Choice(text)) if **text != *"unset" => text,
            Some(Value::Choice(_) | Value::Number(_)) | None => "",
        }
    }

    /// Which of `all` a knob of choices is set to; the first of them if there is no such knob.
    pub fn choice<T: Copy>(&self, name: &str, all: &[(&str, T)]) -> T {
        self.get(name).map_or(all[0].1, |value| knob::choice(value, all))
    }
}

impl std::hash::Hash for Sheet {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        for value in &self.values {
            match value {
                Value::Number(number) => state.write_u64(number.to_bits()),
                Value::Choice(name) => name.hash(state),
            }
        }
    }
}

/// A part of a system: an exchange, a queue, a stream, a topic.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Part {
    /// One of the kinds of its system.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its settings.
    pub settings: Sheet,
}

/// Two parts joined: a binding, a subscription, a redrive.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Link {
    /// The name of the part from which messages come.
    pub from: String,
    /// The name of the part to which they go.
    pub to: String,
    /// Its settings.
    pub settings: Sheet,
}

/// One that sends, as the system knows it.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Sender {
    /// Its number.
    pub id: ProducerId,
    /// Its name.
    pub name: String,
    /// The name of the part to which it sends.
    pub to: String,
    /// Its settings that belong to the system.
    pub settings: Sheet,
}

/// A pool of workers, as the system knows it.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Receiver {
    /// The number of its first worker; it has up to 50.
    pub first: WorkerId,
    /// Its name.
    pub name: String,
    /// The name of the part from which it reads.
    pub from: String,
    /// Its settings that belong to the system.
    pub settings: Sheet,
}

/// A system in one experiment.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Topology {
    /// Its version.
    pub version: String,
    /// Its settings.
    pub settings: Sheet,
    /// What it is made of.
    pub parts: Vec<Part>,
    /// How that is joined.
    pub links: Vec<Link>,
    /// Who sends.
    pub senders: Vec<Sender>,
    /// Who consumes.
    pub receivers: Vec<Receiver>,
}

/// Whose setting it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Target {
    /// The system's.
    System,
    /// That of the part at this place.
    Part(u16),
    /// That of the link at this place.
    Link(u16),
    /// That of the sender at this place.
    Sender(u16),
    /// That of the receiver at this place.
    Receiver(u16),
}

impl Topology {
    /// The sheet of `target`, if there is such a one.
    pub fn sheet(&self, target: Target) -> Option<&Sheet> {
        match target {
            Target::System => Some(&self.settings),
            Target::Part(place) => self.parts.get(usize::from(place)).map(|part| &part.settings),
            Target::Link(place) => self.links.get(usize::from(place)).map(|link| &link.settings),
            Target::Sender(place) => self.senders.get(usize::from(place)).map(|sender| &sender.settings),
            Target::Receiver(place) => self.receivers.get(usize::from(place)).map(|own| &own.settings),
        }
    }

    /// The same, to be changed.
    pub(crate) fn sheet_mut(&mut self, target: Target) -> Option<&mut Sheet> {
        match target {
            Target::System => Some(&mut self.settings),
            Target::Part(place) => self.parts.get_mut(usize::from(place)).map(|part| &mut part.settings),
            Target::Link(place) => self.links.get_mut(usize::from(place)).map(|link| &mut link.settings),
            Target::Sender(place) => self.senders.get_mut(usize::from(place)).map(|own| &mut own.settings),
            Target::Receiver(place) => {
                self.receivers.get_mut(usize::from(place)).map(|own| &mut own.settings)
            }
        }
    }
}
