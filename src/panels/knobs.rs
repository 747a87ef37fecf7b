//! From the declaration of a knob to the control that turns it.

use std::sync::Arc;

use leptos::prelude::*;
use queuescope_engine::knob::{Domain, Knob, Unit, Value};

use crate::desk::desk;
use crate::format;
use crate::scale::Stops;
use crate::session::Action;
use crate::widgets::choice::{Choice, Options};
use crate::widgets::slider::{Dial, Slider, Turn};

/// The control of the knob at an address: a slider for a number, segments for a choice; nothing if there is no such knob.
#[component]
pub(super) fn Control(address: &'static str) -> impl IntoView {
    let desk = desk();
    // With a dot in it an id could be taken for a class.
    let id = address.replace('.', "-");
    let set = move |to: Value| desk.send(Action::Set { knob: address.to_owned(), to });
    let knob = desk.ask(|session| session.knob(address));
    let slider = knob.and_then(dial).map(|dial| {
        let value = Arc::new(move || desk.frame(|frame| frame.number(address)));
        let set = Arc::new(move |to| set(Value::Number(to)));
        view! { <Slider turn=Turn { dial: Arc::new(dial), value, set } id=id.clone() /> }
    });
    let choice = knob.and_then(options).map(|options| {
        let value = desk.read(|frame| frame.choice(address).to_owned());
        let set = Arc::new(move |name: &'static str| set(Value::Choice(name.into())));
        view! { <Choice options id value set /> }
    });
    (slider, choice)
}

/// How a knob of choices stands on the page; none if it is a number.
fn options(knob: &'static Knob) -> Option<Options> {
    let Domain::Choice(choices) = knob.domain else { return None };
    let options = choices.iter().map(|choice| (choice.name, choice.label)).collect();
    Some(Options { label: knob.label, meaning: knob.meaning, options })
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
