//! Play, pause, step, speed, seed, back to the start; and the switches of the producer and the consumer.

use crate::app::Desk;
use crate::browser::element::Element;
use crate::playback::SPEEDS;
use crate::session::{Action, Session};

/// What each button does, by its id.
const BUTTONS: &[(&str, Action)] = &[
    ("producer-switch", Action::ToggleProducer),
    ("consumer-switch", Action::ToggleConsumer),
    ("play", Action::TogglePlay),
    ("step", Action::Step),
    ("reset", Action::Reset),
];

pub(super) fn lay(page: &Element, desk: Desk) {
    for (id, action) in BUTTONS {
        page.with_id(id).on("click", move || desk.send(action.clone()));
    }
    speed(page.with_id("speed"), desk);
    seed(page.with_id("seed"), desk);
}

fn speed(menu: Element, desk: Desk) {
    for (index, speed) in SPEEDS.iter().enumerate() {
        let option = menu.add("option");
        option.set("value", &index.to_string());
        option.say(&speed.label());
    }
    let own = menu.clone();
    menu.on("change", move || {
        let index: usize = own.value().parse().unwrap_or(0);
        if let Some(speed) = SPEEDS.get(index) {
            desk.send(Action::Speed(*speed));
        }
    });
    let mut last = None;
    desk.on_publish(move |frame| {
        if last.replace(frame.speed) != Some(frame.speed) {
            menu.set_value(&frame.speed.index().to_string());
        }
    });
}

fn seed(field: Element, desk: Desk) {
    let own = field.clone();
    field.on("change", move || {
        let typed = own.value();
        match typed.trim().parse() {
            Ok(seed) => desk.send(Action::Seed(seed)),
            Err(_) if typed.is_empty() => {}
            Err(_) => desk.send(Action::NoSeed(typed)),
        }
        // What was not taken gives way to the seed that holds.
        own.set_value(&desk.ask(Session::seed).to_string());
    });
    let mut last = None;
    desk.on_publish(move |frame| {
        if last.replace(frame.seed) != Some(frame.seed) {
            field.set_value(&frame.seed.to_string());
        }
    });
}
