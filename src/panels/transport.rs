//! Time: play, pause, step, speed, seed, back to the start.

use leptos::html::Input;
use leptos::prelude::*;

use super::desk;
use crate::format;
use crate::playback::SPEEDS;
use crate::session::Action;

/// The bar at the bottom.
#[component]
pub(crate) fn Transport() -> impl IntoView {
    let desk = desk();
    let verb = desk.read(|frame| if frame.playing { "Pause" } else { "Play" }.to_owned());
    let clock = desk.read(|frame| format::clock(frame.now));
    let speed = desk.read(|frame| frame.speed.index().to_string());
    let seed = desk.read(|frame| frame.seed.to_string());
    let pace = desk.read(|frame| match (frame.shortfall, frame.has_next) {
        (_, false) => "Nothing is scheduled: start the producer or the consumer.".into(),
        (Some(reached), _) => format!("running at {}\u{d7}", round(reached)),
        (None, _) => String::new(),
    });
    let options = SPEEDS
        .iter()
        .enumerate()
        .map(|(index, speed)| view! { <option value=index.to_string()>{speed.label()}</option> })
        .collect_view();
    let choose = move |event| {
        let index: usize = event_target_value(&event).parse().unwrap_or(0);
        if let Some(speed) = SPEEDS.get(index) {
            desk.send(Action::Speed(*speed));
        }
    };
    let node = NodeRef::<Input>::new();
    let sow = move |event| {
        let typed = event_target_value(&event);
        match typed.trim().parse() {
            Ok(seed) => desk.send(Action::Seed(seed)),
            Err(_) if typed.is_empty() => {}
            Err(_) => desk.send(Action::NoSeed(typed)),
        }
        // What was not taken gives way to the seed that holds.
        if let Some(input) = node.get_untracked() {
            input.set_value(&seed.get_untracked());
        }
    };
    view! {
        <footer aria-label="Time">
            <button type="button" class="btn primary" on:click=move |_| desk.send(Action::TogglePlay)>
                {verb}
            </button>
            <button type="button" class="btn" title="Process one event" on:click=move |_| desk.send(Action::Step)>"Step"</button>
            <label class="inline">
                <span>"Speed"</span>
                <select class="btn" prop:value=speed on:change=choose>{options}</select>
            </label>
            <output class="clock" aria-label="Virtual time" aria-live="off">{clock}</output>
            <span class="pace">{pace}</span>
            <label class="inline seed">
                <span>"Seed"</span>
                <input type="number" class="btn" node_ref=node min="0" step="1" prop:value=seed on:change=sow />
            </label>
            <button type="button" class="btn" title="The scenario from its start" on:click=move |_| desk.send(Action::Reset)>"Reset"</button>
        </footer>
    }
}

/// Two digits are enough for a speed that varies.
fn round(speed: f64) -> String {
    match speed {
        speed if speed < 10.0 => format::number((speed * 10.0).round() / 10.0),
        speed => {
            let unit = 10f64.powf(speed.log10().floor() - 1.0);
            format::number((speed / unit).round() * unit)
        }
    }
}
