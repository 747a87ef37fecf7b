//! Settings, each declared once: its name, range, default and meaning.
//!
//! The control panel, validation, scenario files and commands are all derived from the
//! declaration. A knob is addressed as `who.name`, for example `producer.rate`, `queue.capacity`.

use std::borrow::Cow;
use std::fmt;

use crate::command::{Problem, one_of};
use crate::decimal::Decimal;
use crate::json::{Node, Tree};

/// The value of a setting.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A number, in the unit of its knob.
    Number(f64),
    /// The name of one of its knob's choices.
    Choice(Cow<'static, str>),
}

impl Value {
    pub(crate) fn to_tree(&self) -> Tree {
        match self {
            Value::Number(number) => Tree::Number(*number),
            Value::Choice(name) => name.as_ref().into(),
        }
    }

    /// Reads a value as it stands in files.
    ///
    /// # Errors
    /// If it is neither a number nor a text.
    pub fn read(node: &Node) -> Result<Value, Problem> {
        match (node.number(), node.text()) {
            (Some(number), _) => Ok(Value::Number(number)),
            (None, Ok(name)) => Ok(Value::Choice(Cow::Owned(name.to_owned()))),
            (None, Err(_)) => Err(node.refuse("a number or a text in quotes")),
        }
    }
}

/// For reports that hold values among much else.
impl serde::Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Number(number) => serializer.serialize_f64(*number),
            Value::Choice(name) => serializer.serialize_str(name),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => Decimal(*number).fmt(f),
            Value::Choice(name) => write!(f, "\"{name}\""),
        }
    }
}

/// What a number counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Messages.
    Messages,
    /// Bytes of message bodies.
    Bytes,
    /// Messages per second of virtual time.
    PerSecond,
    /// Seconds of virtual time.
    Seconds,
    /// Milliseconds of virtual time.
    Milliseconds,
    /// Workers.
    Workers,
    /// Deliveries of one message.
    Attempts,
    /// A share of one, shown as a percentage.
    Share,
    /// A plain factor.
    Times,
    /// A plain number, such as a priority.
    Plain,
}

impl Unit {
    /// How the unit stands behind a number in an error or a label.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Messages => "messages",
            Unit::Bytes => "bytes",
            Unit::PerSecond => "messages per second",
            Unit::Seconds => "seconds",
            Unit::Milliseconds => "milliseconds",
            Unit::Workers => "workers",
            Unit::Attempts => "attempts",
            Unit::Share => "(a share, 0 to 1)",
            Unit::Times => "times",
            Unit::Plain => "",
        }
    }
}

/// How a slider should spread a range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By ratio: as much room for 1 to 10 as for 10 to 100.
    Logarithmic,
}

/// One of the values of a knob that is a choice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Choice {
    /// As it is written in scenarios and commands.
    pub name: &'static str,
    /// As people read it.
    pub label: &'static str,
}

/// What values a knob takes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Domain {
    /// A real number between two bounds, both included.
    Real {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
        /// The default.
        default: f64,
        /// What it counts.
        unit: Unit,
        /// How to spread it.
        scale: Scale,
    },
    /// A whole number between two bounds, both included.
    Whole {
        /// The least.
        min: i32,
        /// The greatest.
        max: i32,
        /// The default.
        default: i32,
        /// What it counts.
        unit: Unit,
        /// How to spread it.
        scale: Scale,
    },
    /// One of a few named values, the first of which is the default.
    Choice(&'static [Choice]),
    /// A text of at most 255 bytes, such as the name of another part or a routing key.
    Text {
        /// The default.
        default: &'static str,
    },
}

/// The longest text that a setting takes, in bytes.
pub const MAX_TEXT: usize = 255;

/// The declaration of one setting.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Knob {
    /// As the real system spells it.
    pub name: &'static str,
    /// As people read it.
    pub label: &'static str,
    /// What it takes.
    pub domain: Domain,
    /// What it does, in one line.
    pub meaning: &'static str,
    /// Whom it is set for.
    pub scope: Scope,
    /// What it means that it is not set, for a setting that need not be; it is then [`UNSET`] unless it is set.
    pub unset: Option<&'static str>,
    /// Defaults that differ by version: the version from which on, and the default.
    pub since: &'static [(&'static str, Value)],
    /// Whether it can be changed while the system runs.
    pub live: bool,
    /// Where its rule is written down.
    pub source: &'static str,
}

/// Joins lists of knobs into one of `N`.
///
/// # Panics
/// At compile time, if together they are not `N`.
pub(crate) const fn join<const N: usize>(lists: &[&[Knob]]) -> [Knob; N] {
    let mut all = [Knob::PLAIN; N];
    let (mut list, mut filled) = (0, 0);
    while list < lists.len() {
        let mut place = 0;
        while place < lists[list].len() {
            all[filled] = lists[list][place];
            (place, filled) = (place + 1, filled + 1);
        }
        list += 1;
    }
    assert!(filled == N, "the lists together are not as long as is said");
    all
}

/// The value of a setting that is not set.
pub const UNSET: Value = Value::Choice(Cow::Borrowed("unset"));

/// Whom a setting is set for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// The whole system.
    Broker,
    /// A queue, a topic, a list, a stream.
    Queue,
    /// One that consumes.
    Consumer,
    /// One that publishes.
    Producer,
    /// One call or one message.
    Call,
}

impl Knob {
    /// What most declarations have in common, to be completed by `..Knob::PLAIN`.
    pub const PLAIN: Knob = Knob {
        name: "",
        label: "",
        domain: Domain::Choice(&[]),
        meaning: "",
        scope: Scope::Broker,
        unset: None,
        since: &[],
        live: true,
        source: "",
    };

    /// What it is set to when nothing is said.
    pub fn default(&self) -> Value {
        match self.domain {
            _ if self.unset.is_some() => UNSET,
            Domain::Real { default, .. } => Value::Number(default),
            Domain::Whole { default, .. } => Value::Number(default.into()),
            Domain::Choice(choices) => Value::Choice(Cow::Borrowed(choices[0].name)),
            Domain::Text { default } => Value::Choice(Cow::Borrowed(default)),
        }
    }

    /// What it is set to in `version` when nothing is said; `versions` are all there are, oldest first.
    pub fn default_in(&self, versions: &[&str], version: &str) -> Value {
        let age = |version: &str| versions.iter().position(|own| *own == version);
        let applies = |since: &&(&'static str, Value)| age(since.0) <= age(version);
        let newest = self.since.iter().filter(applies).max_by_key(|since| age(since.0));
        newest.map_or_else(|| self.default(), |(_, value)| value.clone())
    }

    /// Whether `value` is one that it takes.
    ///
    /// # Errors
    /// Names the values that are permitted.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let fits = match (self.domain, value) {
            _ if self.unset.is_some() && *value == UNSET => true,
            (Domain::Real { min, max, .. }, Value::Number(number)) => (min..=max).contains(number),
            (Domain::Whole { min, max, .. }, Value::Number(number)) => {
                number.fract() == 0.0 && (f64::from(min)..=f64::from(max)).contains(number)
            }
            (Domain::Choice(choices), Value::Choice(name)) => {
                choices.iter().any(|choice| choice.name == name)
            }
            (Domain::Text { .. }, Value::Choice(text)) => text.len() <= MAX_TEXT,
            (Domain::Choice(_) | Domain::Text { .. }, Value::Number(_))
            | (Domain::Real { .. } | Domain::Whole { .. }, Value::Choice(_)) => false,
        };
        if fits { Ok(()) } else { Err(self.permitted()) }
    }

    /// The values that are permitted, in words.
    pub fn permitted(&self) -> String {
        let set = self.permitted_if_set();
        if self.unset.is_some() { format!("{set}, or \"unset\"") } else { set }
    }

    fn permitted_if_set(&self) -> String {
        match self.domain {
            Domain::Real { min, max, unit, .. } => {
                let (min, max) = (Decimal(min), Decimal(max));
                format!("a number from {min} to {max} {}", unit.name()).trim_end().to_owned()
            }
            Domain::Whole { min, max, unit, .. } => {
                format!("a whole number from {min} to {max} {}", unit.name()).trim_end().to_owned()
            }
            Domain::Choice(choices) => one_of(choices.iter().map(|choice| choice.name)),
            Domain::Text { .. } => format!("a text of at most {MAX_TEXT} bytes"),
        }
    }
}

/// The number in a value that was checked against a knob of numbers; 0 for anything else.
pub(crate) fn number(value: &Value) -> f64 {
    match value {
        Value::Number(number) => *number,
        Value::Choice(_) => 0.0,
    }
}

/// The choice in a value that was checked against a knob of choices: the one of `all` that
/// bears its name, else the first.
pub(crate) fn choice<T: Copy>(value: &Value, all: &[(&str, T)]) -> T {
    let named = match value {
        Value::Choice(name) => all.iter().find(|(own, _)| own == name),
        Value::Number(_) => None,
    };
    named.unwrap_or(&all[0]).1
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPACITY: Knob = Knob {
        name: "capacity",
        label: "Capacity",
        domain: Domain::Whole {
            min: 1,
            max: 100,
            default: 10,
            unit: Unit::Messages,
            scale: Scale::Logarithmic,
        },
        meaning: "",
        ..Knob::PLAIN
    };

    #[test]
    fn an_error_says_what_is_permitted() {
        assert_eq!(CAPACITY.check(&Value::Number(100.0)), Ok(()));
        for value in [0.0, 101.0, 2.5, f64::NAN, f64::INFINITY] {
            let error = CAPACITY.check(&Value::Number(value)).unwrap_err();
            assert_eq!(error, "a whole number from 1 to 100 messages");
        }
        assert!(CAPACITY.check(&Value::Choice("ten".into())).is_err());
    }
}
