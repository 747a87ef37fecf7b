//! From the declaration of a knob to the control that turns it.

use queuescope_engine::knob::{Domain, Knob, Unit, Value};

use crate::app::Desk;
use crate::browser::element::Element;
use crate::format;
use crate::scale::Stops;
use crate::session::Action;
use crate::widgets::choice::Choice;
use crate::widgets::slider::{Dial, Slider};

/// A control, whatever kind it is.
enum Control {
    Slider(Slider),
    Choice(Choice),
}

/// Lays out a control in each field that bears the address of a knob of numbers or choices.
pub(super) fn lay(page: &Element, desk: Desk) {
    let control = |field: Element| {
        let address = field.get("data-knob");
        let knob = desk.ask(|session| session.knob(&address))?;
        Some((control(&field, &address, knob, desk)?, address))
    };
    let mut controls: Vec<_> = page.all("[data-knob]").into_iter().filter_map(control).collect();
    desk.on_publish(move |frame| {
        for (control, address) in &mut controls {
            match control {
                Control::Slider(slider) => slider.show(frame.number(address)),
                Control::Choice(choice) => choice.show(frame.choice(address)),
            }
        }
    });
}

fn control(field: &Element, address: &str, knob: &'static Knob, desk: Desk) -> Option<Control> {
    let own = address.to_owned();
    let set = move |to: Value| desk.send(Action::Set { knob: own.clone(), to });
    // With a dot in it an id could be taken for a class.
    let id = address.replace('.', "-");
    Some(match knob.domain {
        Domain::Real { .. } | Domain::Whole { .. } => {
            let set = Box::new(move |to| set(Value::Number(to)));
            Control::Slider(Slider::new(field, &id, dial(knob)?, set))
        }
        Domain::Choice(choices) => {
            let options = choices.iter().map(|choice| (choice.name, choice.label));
            let choose = move |name: &'static str| set(Value::Choice(name.into()));
            Control::Choice(Choice::new(field, &id, [knob.label, knob.meaning], options, choose))
        }
        Domain::Text { .. } => return None,
    })
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
