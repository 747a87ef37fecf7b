//! A slider with a box to type into. The slider moves along stops that read well; the box takes
//! any value of the range.

use gloo_timers::callback::Timeout;
use leptos::html::Input;
use leptos::prelude::*;

use super::unique;
use crate::browser::document::has_focus;
use crate::scale::Stops;

/// After so many milliseconds without another key, what was typed counts.
const TYPING_PAUSE: u32 = 350;

/// What a slider shows of its knob; all of it stands still.
#[derive(Clone)]
pub(crate) struct Dial {
    /// Its name.
    pub(crate) label: &'static str,
    /// One line on what it does.
    pub(crate) meaning: &'static str,
    /// What stands behind the number.
    pub(crate) unit: &'static str,
    /// Where it can stop.
    pub(crate) stops: Stops,
    /// The ends of its range: least, greatest.
    pub(crate) range: (f64, f64),
    /// Where a double click takes it.
    pub(crate) default: f64,
    /// Its value in words.
    pub(crate) words: fn(f64) -> String,
    /// Its value in another unit, beside its name; nothing if one unit is enough.
    pub(crate) also: fn(f64) -> String,
    /// What one unit of the box is in units of the knob: 0.01 for a share that is typed as a percentage.
    pub(crate) grain: f64,
}

/// The slider and its box. Both bear the same name.
#[component]
pub(crate) fn Slider(dial: Dial, value: Memo<f64>, set: Callback<f64>) -> impl IntoView {
    let id = unique("range");
    let hint = unique("hint");
    let dial = StoredValue::new(dial);
    let Dial { label, meaning, default, .. } = dial.get_value();
    let last = dial.with_value(|dial| dial.stops.last());
    let position = move || dial.with_value(|dial| dial.stops.position(value.get()));
    let words = Memo::new(move |_| dial.with_value(|dial| (dial.words)(value.get())));
    let also = Memo::new(move |_| dial.with_value(|dial| (dial.also)(value.get())));
    let slide = move |event| {
        let position: usize = event_target_value(&event).parse().unwrap_or(0);
        set.run(dial.with_value(|dial| dial.stops.value(position)));
    };
    let fill = Memo::new(move |_| format!("--fill:{:.2}%", position() as f64 / last as f64 * 100.0));
    let stands = Memo::new(move |_| position().to_string());
    view! {
        <div class="field">
            <span class="name">
                <label for=id.clone() title=meaning>{label}</label>
                <small aria-hidden="true">{also}</small>
            </span>
            <NumberBox dial value set />
            <input
                type="range" id=id min="0" max=last step="1" style=fill
                prop:value=stands
                aria-valuetext=words aria-describedby=hint.clone()
                on:input=slide
                on:dblclick=move |_| set.run(default)
            />
            <span id=hint class="hidden">{meaning}</span>
        </div>
    }
}

/// The box alone.
#[component]
fn NumberBox(dial: StoredValue<Dial>, value: Memo<f64>, set: Callback<f64>) -> impl IntoView {
    let node = NodeRef::<Input>::new();
    let typing = StoredValue::new_local(None::<Timeout>);
    let Dial { label, unit, range: (min, max), grain, .. } = dial.get_value();
    let shown = move || tidy(value.get() / grain);
    // While someone types, the box is theirs.
    Effect::new(move || {
        let shown = shown();
        if let Some(input) = node.get().filter(|input| !has_focus(input)) {
            input.set_value(&shown);
        }
    });
    let typed =
        move || node.get_untracked().map(|input| input.value_as_number()).filter(|number| number.is_finite());
    let take = move || {
        typing.update_value(|typing| *typing = None);
        if let Some(number) = typed().filter(|number| tidy(*number) != tidy(value.get_untracked() / grain)) {
            set.run(number * grain);
        }
    };
    let on_input = move |_| {
        let fits = typed().is_some_and(|number| (min..=max).contains(&(number * grain)));
        typing.update_value(|typing| *typing = fits.then(|| Timeout::new(TYPING_PAUSE, take)));
    };
    let on_change = move |_| {
        take();
        // A value that was not taken gives way to the one that holds.
        if let Some(input) = node.get_untracked() {
            input.set_value(&tidy(value.get_untracked() / grain));
        }
    };
    view! {
        <span class="box">
            <input
                type="number" node_ref=node aria-label=label
                min=tidy(min / grain) max=tidy(max / grain) step="any"
                on:input=on_input on:change=on_change
            />
            <span class="unit" aria-hidden="true">{unit}</span>
        </span>
    }
}

fn tidy(value: f64) -> String {
    crate::format::number(value)
}
