//! Play, pause, step, speed, seed, back to the start.

use leptos::prelude::*;

use crate::browser::element::Element;
use crate::desk::desk;
use crate::format;
use crate::playback::SPEEDS;
use crate::readings;
use crate::session::{Action, Session};
use crate::widgets::act;
use crate::widgets::life::{lives, offers, stands};

/// The bar at the bottom of the page.
#[component]
pub(crate) fn Transport() -> impl IntoView {
    let desk = desk();
    let press = move |action: Action| act(move |_| desk.send(action.clone()));
    view! {
        <footer aria-label="Time">
            <button type="button" class="btn primary" on:click=press(Action::TogglePlay)>
                {desk.read(|frame| if frame.playing { "Pause" } else { "Play" }.into())}
            </button>
            <button type="button" class="btn" title="Process one event" on:click=press(Action::Step)>
                "Step"
            </button>
            <Speeds />
            <output class="clock" aria-label="Virtual time" aria-live="off">
                {desk.read(|frame| format::clock(frame.now))}
            </output>
            <span class="pace">{desk.read(readings::pace)}</span>
            <Seed />
            <button type="button" class="btn" title="The scenario from its start" on:click=press(Action::Reset)>
                "Reset"
            </button>
        </footer>
    }
}

/// The menu of speeds.
#[component]
pub(crate) fn Speeds() -> impl IntoView {
    let desk = desk();
    let speeds = SPEEDS.iter().enumerate();
    let option = |(index, speed): (usize, &crate::playback::Speed)| {
        view! { <option value=index.to_string()>{speed.label()}</option> }
    };
    let choose = move |event| {
        let index: usize = event_target_value(&event).parse().unwrap_or(0);
        if let Some(speed) = SPEEDS.get(index) {
            desk.send(Action::Speed(*speed));
        }
    };
    let speed = desk.read(|frame| frame.speed.index().to_string());
    view! {
        <label class="inline">
            <span>"Speed"</span>
            <select class="btn" on:change=act(choose) use:lives=stands(speed)>
                {speeds.map(option).collect::<Vec<_>>()}
            </select>
        </label>
    }
}

/// The field for the seed.
#[component]
pub(crate) fn Seed() -> impl IntoView {
    let desk = desk();
    let sow = move |event| {
        let field = Element::target(&event);
        let typed = field.value();
        match typed.trim().parse() {
            Ok(seed) => desk.send(Action::Seed(seed)),
            Err(_) if typed.is_empty() => {}
            Err(_) => desk.send(Action::NoSeed(typed)),
        }
        // What was not taken gives way to the seed that holds.
        field.set_value(&desk.ask(Session::seed).to_string());
    };
    let seed = desk.read(|frame| frame.seed.to_string());
    view! {
        <label class="inline seed">
            <span>"Seed"</span>
            <input type="number" class="btn" min="0" step="1" on:change=act(sow) use:lives=offers(seed) />
        </label>
    }
}
