//! From the declaration of a knob to the control that turns it.

use leptos::prelude::*;
use queuescope_engine::knob::{Domain, Knob, Unit, Value};

use super::desk;
use crate::format;
use crate::scale::Stops;
use crate::session::Action;
use crate::widgets::choice::Segments;
use crate::widgets::slider::{Dial, Slider};

/// The control for the knob at an address, whatever kind it is.
#[component]
pub(crate) fn KnobControl(address: &'static str) -> impl IntoView {
    let desk = desk();
    let knob = desk.ask(|session| session.knob(address));
    knob.map(|knob| match dial(knob) {
        Some(dial) => {
            let value = desk.read(move |frame| frame.number(address));
            let set = move |to| desk.send(Action::Set { knob: address.into(), to: Value::Number(to) });
            view! { <Slider dial value set=Callback::new(set) /> }.into_any()
        }
        None => {
            let value = desk.read(move |frame| frame.choice(address).to_owned());
            let set = move |to: &'static str| {
                desk.send(Action::Set { knob: address.into(), to: Value::Choice(to.into()) });
            };
            let options = options(knob);
            view! { <Segments label=knob.label meaning=knob.meaning options value set=Callback::new(set) /> }
                .into_any()
        }
    })
}

fn options(knob: &Knob) -> Vec<(&'static str, &'static str)> {
    match knob.domain {
        Domain::Choice(choices) => choices.iter().map(|choice| (choice.name, choice.label)).collect(),
        Domain::Real { .. } | Domain::Whole { .. } | Domain::Text { .. } => Vec::new(),
    }
}

/// How a knob of numbers stands on the page; none if it is a choice.
fn dial(knob: &'static Knob) -> Option<Dial> {
    let stops = Stops::of(&knob.domain)?;
    let (min, max, default, unit) = match knob.domain {
        Domain::Real { min, max, default, unit, .. } => (min, max, default, unit),
        Domain::Whole { min, max, default, unit, .. } => (min.into(), max.into(), default.into(), unit),
        Domain::Choice(_) | Domain::Text { .. } => return None,
    };
    let (sign, words): (_, fn(f64) -> String) = match unit {
        Unit::PerSecond => ("/s", format::rate_in_words),
        Unit::Messages => ("msgs", |value| counted(value, "message")),
        Unit::Seconds => ("s", |value| counted(value, "second")),
        Unit::Workers => ("", |value| counted(value, "worker")),
        Unit::Attempts => ("", |value| counted(value, "attempt")),
        Unit::Share => ("%", |value| format!("{} percent", format::number(value * 100.0))),
        Unit::Bytes => ("bytes", |value| counted(value, "byte")),
        Unit::Milliseconds => ("ms", |value| counted(value, "millisecond")),
        Unit::Plain => ("", format::number),
        Unit::Times => ("\u{d7}", |value| format!("{} times the mean", format::number(value))),
    };
    let grain = if unit == Unit::Share { 0.01 } else { 1.0 };
    let also: fn(f64) -> String =
        if unit == Unit::PerSecond { format::per_minute } else { |_| String::new() };
    Some(Dial {
        label: knob.label,
        meaning: knob.meaning,
        unit: sign,
        stops,
        range: (min, max),
        default,
        words,
        also,
        grain,
    })
}

fn counted(value: f64, noun: &str) -> String {
    let number = format::number(value);
    if number == "1" { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
