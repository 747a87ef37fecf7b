//! From the declaration of a knob to the control that turns it.

use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use queuescope_engine::knob::{Domain, Knob, UNSET, Unit, Value};

use crate::SYSTEMS;
use crate::desk::{Desk, desk};
use crate::format;
use crate::frame::{number, text};
use crate::scale::Stops;
use crate::session::Action;
use crate::shape::{self, Place};
#[cfg(not(feature = "systems"))]
use crate::widgets::act;
use crate::widgets::choice::{Choice, Options};
use crate::widgets::entry::{Entry, Line, Typed};
use crate::widgets::slider::{Dial, Slider, Turn};

/// The controls of settings that are at hand: a slider for a number, segments for a choice, a line for what may be unset.
#[component]
pub(super) fn Controls(of: Vec<Place>) -> impl IntoView {
    of.into_iter().map(|place| view! { <Control place /> }).collect::<Vec<_>>()
}

/// The way to all settings of those that have some folded away: what is not in sight is not laid out.
#[cfg(feature = "systems")]
pub(super) use super::settings::Way as More;

/// The settings that are folded away, by whose they are, and the way to those that this program lacks.
#[cfg(not(feature = "systems"))]
#[component]
pub(super) fn More(of: Vec<(String, Vec<Place>)>) -> impl IntoView {
    let one = of.len() < 2;
    let group = move |(name, places): (String, Vec<Place>)| {
        let name = if one { String::new() } else { name };
        let lines: Vec<_> = places.into_iter().map(|place| view! { <Setting place /> }).collect();
        view! {
            <h3>{name}</h3>
            {lines}
        }
    };
    let desk = desk();
    let rest = (!SYSTEMS).then(|| {
        view! {
            <button type="button" class="btn" on:click=act(move |_| desk.send(Action::Everything))>
                "All settings"
            </button>
        }
    });
    (!of.is_empty() || !SYSTEMS).then(|| {
        view! {
            <details class="more">
                <summary>"More settings"</summary>
                <div class="fields">{of.into_iter().map(group).collect::<Vec<_>>()}</div>
                {rest}
            </details>
        }
    })
}

#[component]
fn Control(place: Place) -> impl IntoView {
    let desk = desk();
    let setting = desk.shape().settings[place].clone();
    let (knob, id) = (setting.knob, id(desk, &setting.address));
    let code = code(knob);
    let set = move |to: Value| desk.send(Action::Set { knob: setting.address.clone(), to });
    let must_be_set = knob.unset.is_none();
    let slider = dial(knob, code).filter(|_| must_be_set).map(|dial| {
        #[cfg(feature = "systems")]
        let dial = Dial { default: number(&desk.shape().starts[place]), ..dial };
        let value = Arc::new(move || desk.frame(|frame| number(frame.value(place))));
        let set = set.clone();
        let set = Arc::new(move |to| set(Value::Number(to)));
        view! { <Slider turn=Turn { dial: Arc::new(dial), value, set } id=id.clone() /> }
    });
    let choice = options(knob, code).filter(|options| must_be_set && fits(options)).map(|options| {
        let value = desk.read(move |frame| text(frame.value(place)).to_owned());
        let set = Rc::new(move |name: &'static str| set(Value::Choice(name.into())));
        view! { <Choice options id value set /> }
    });
    let line = (slider.is_none() && choice.is_none()).then(|| view! { <Setting place /> });
    let control = (slider, choice, line);
    #[cfg(feature = "systems")]
    let control = super::settings::marked(desk, place, control);
    control
}

/// A setting in one line, whatever it takes.
#[component]
fn Setting(place: Place) -> impl IntoView {
    let desk = desk();
    let setting = desk.shape().settings[place].clone();
    let id = id(desk, &setting.address);
    entry(desk, place, setting, id)
}

/// The same in another place of the page.
#[cfg(feature = "systems")]
#[component]
pub(super) fn Anywhere(place: Place) -> impl IntoView {
    let desk = desk();
    let setting = desk.shape().settings[place].clone();
    let id = format!("all-{}", id(desk, &setting.address));
    entry(desk, place, setting, id)
}

fn entry(desk: Desk, place: Place, setting: shape::Setting, id: String) -> impl IntoView {
    let knob = setting.knob;
    let grain = grain(knob);
    let value = desk.read(move |frame| match frame.value(place) {
        Value::Number(number) => format::number(number / grain),
        value if *value == UNSET && !is_choice(knob) => String::new(),
        Value::Choice(text) => text.to_string(),
    });
    #[cfg(feature = "systems")]
    let field = id.clone();
    let set = Rc::new(move |typed: Typed| {
        let to = read(knob, &typed, grain);
        desk.send(Action::Set { knob: setting.address.clone(), to });
        // All is laid out anew with the run.
        #[cfg(feature = "systems")]
        if !knob.live {
            super::settings::comes_back_to(field.clone());
        }
    });
    view! { <Entry line=line(knob) id value set /> }
}

/// What the real system calls it; nothing for what no real system has.
fn code(knob: &Knob) -> &'static str {
    if knob.source.is_empty() { "" } else { knob.name }
}

/// With a dot in it an id could be taken for a class.
#[cfg_attr(not(feature = "systems"), expect(unused_variables, reason = "there is one desk"))]
fn id(desk: Desk, address: &str) -> String {
    let id = address.replace('.', "-");
    #[cfg(feature = "systems")]
    let id = desk.prefix() + &id;
    id
}

fn is_choice(knob: &Knob) -> bool {
    matches!(knob.domain, Domain::Choice(_))
}

/// What was typed, as a value. What is no number where one is wanted is handed on, to be refused.
fn read(knob: &Knob, typed: &Typed, grain: f64) -> Value {
    let text = typed.text.trim();
    match typed.number {
        Some(number) if unit(knob).is_some() => Value::Number(number * grain),
        Some(_) | None if text.is_empty() && knob.unset.is_some() => UNSET,
        Some(_) | None => Value::Choice(text.to_owned().into()),
    }
}

/// How a knob stands in one line.
fn line(knob: &'static Knob) -> Line {
    let mut options: Vec<_> = match knob.domain {
        Domain::Choice(choices) => choices.iter().map(|choice| (choice.name, choice.label)).collect(),
        Domain::Real { .. } | Domain::Whole { .. } | Domain::Text { .. } => Vec::new(),
    };
    if !options.is_empty() && knob.unset.is_some() {
        options.push(("unset", "unset"));
    }
    let meaning = match knob.unset {
        Some(unset) => format!("{} Unset: {unset}.", knob.meaning),
        None => knob.meaning.to_owned(),
    };
    let counts = unit(knob);
    let unit = counts.map_or("", |unit| sign(unit).0);
    let empty = if knob.unset.is_some() { "unset" } else { "" };
    Line {
        label: knob.label,
        code: code(knob),
        meaning,
        unit,
        options,
        number: counts.is_some(),
        empty,
        live: SYSTEMS || knob.live,
    }
}

/// How a knob of choices stands on the page; none if it is a number.
fn options(knob: &'static Knob, code: &'static str) -> Option<Options> {
    let Domain::Choice(choices) = knob.domain else { return None };
    let options = choices.iter().map(|choice| (choice.name, choice.label)).collect();
    Some(Options { label: knob.label, code, meaning: knob.meaning, options })
}

/// So many letters fit into a row of segments.
const FITTING: usize = 30;

fn fits(options: &Options) -> bool {
    options.options.iter().map(|(_, label)| label.len()).sum::<usize>() <= FITTING
}

fn unit(knob: &Knob) -> Option<Unit> {
    match knob.domain {
        Domain::Real { unit, .. } | Domain::Whole { unit, .. } => Some(unit),
        Domain::Choice(_) | Domain::Text { .. } => None,
    }
}

/// What one unit of a field is in units of the knob: a share is typed as a percentage.
fn grain(knob: &Knob) -> f64 {
    if unit(knob) == Some(Unit::Share) { 0.01 } else { 1.0 }
}

/// How a knob of numbers stands on the page; none if it is a choice.
fn dial(knob: &'static Knob, code: &'static str) -> Option<Dial> {
    let stops = Stops::of(&knob.domain)?;
    let (min, max, default, unit) = match knob.domain {
        Domain::Real { min, max, default, unit, .. } => (min, max, default, unit),
        Domain::Whole { min, max, default, unit, .. } => (min.into(), max.into(), default.into(), unit),
        Domain::Choice(_) | Domain::Text { .. } => return None,
    };
    let (sign, words) = sign(unit);
    let also: fn(f64) -> String =
        if unit == Unit::PerSecond { format::per_minute } else { |_| String::new() };
    Some(Dial {
        label: knob.label,
        code,
        meaning: knob.meaning,
        unit: sign,
        stops,
        range: (min, max),
        default,
        words,
        also,
        grain: grain(knob),
    })
}

/// What stands behind a number of this unit, and the number in words.
fn sign(unit: Unit) -> (&'static str, fn(f64) -> String) {
    match unit {
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
    }
}

fn counted(value: f64, noun: &str) -> String {
    let number = format::number(value);
    if number == "1" { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
