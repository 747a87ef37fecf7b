//! A slider with a box to type into. The slider moves along stops that read well; the box takes
//! any value of the range.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use super::life::{Life, follow, lives, offers};
use super::{Read, act};
use crate::browser::element::Element;
use crate::format;
use crate::scale::Stops;

/// After so many milliseconds without another key, what was typed counts.
const TYPING_PAUSE: u32 = 350;

/// What a slider shows of its knob; all of it stands still.
pub(crate) struct Dial {
    /// Its name.
    pub(crate) label: &'static str,
    /// What the real system calls it; nothing if there is none.
    pub(crate) code: &'static str,
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

/// What can be turned: its dial, the value that holds, and how another is set.
#[derive(Clone)]
pub(crate) struct Turn {
    pub(crate) dial: Arc<Dial>,
    pub(crate) value: Arc<dyn Fn() -> f64 + Send + Sync>,
    pub(crate) set: Arc<dyn Fn(f64) + Send + Sync>,
}

impl Turn {
    /// A value as it stands in the box.
    fn typeable(&self, value: f64) -> String {
        format::number(value / self.dial.grain)
    }

    /// Sets what was typed, if it is another number than the one that holds.
    fn take(&self, number: &Element) {
        let holds = self.typeable(untrack(|| (self.value)()));
        if let Some(typed) = number.number().filter(|typed| format::number(*typed) != holds) {
            (self.set)(typed * self.dial.grain);
        }
    }
}

/// The slider and its box, which bear the same name; `id` is an id that nothing else has.
#[component]
pub(crate) fn Slider(turn: Turn, id: String) -> impl IntoView {
    let own = turn.clone();
    let also: Read = Arc::new(move || (own.dial.also)((own.value)()));
    let hint = format!("{id}-hint");
    let (slid, reset) = (turn.clone(), turn.clone());
    let dial = turn.dial.clone();
    view! {
        <div class="field">
            <span class="name">
                <label for=id.clone() title=dial.meaning>
                    {dial.label}
                </label>
                <small aria-hidden="true">{also}</small>
                <code>{dial.code}</code>
            </span>
            <NumberBox turn=turn.clone() />
            <input
                type="range"
                min="0"
                step="1"
                max=dial.stops.last().to_string()
                id=id
                aria-describedby=hint.clone()
                use:lives=slides(turn)
                on:input=act(move |event| {
                    let position = event_target_value(&event).parse().unwrap_or(0);
                    (slid.set)(slid.dial.stops.value(position));
                })
                on:dblclick=act(move |_| (reset.set)(reset.dial.default))
            />
            <span class="hidden" id=hint>
                {dial.meaning}
            </span>
        </div>
    }
}

/// The box alone.
#[component]
fn NumberBox(turn: Turn) -> impl IntoView {
    let dial = turn.dial.clone();
    let (min, max) = dial.range;
    let typing: Rc<RefCell<Option<Timeout>>> = Rc::default();
    let ended = typing.clone();
    let (typed, settled) = (turn.clone(), turn.clone());
    let input = move |event| {
        let number = Element::target(&event);
        let fits = number.number().is_some_and(|number| (min..=max).contains(&(number * typed.dial.grain)));
        let turn = typed.clone();
        typing.replace(fits.then(|| Timeout::new(TYPING_PAUSE, move || turn.take(&number))));
    };
    let change = move |event| {
        ended.take();
        let number = Element::target(&event);
        settled.take(&number);
        // A value that was not taken gives way to the one that holds.
        number.set_value(&settled.typeable(untrack(|| (settled.value)())));
    };
    let boxed: Read = Arc::new(move || turn.typeable((turn.value)()));
    view! {
        <span class="box">
            <input
                type="number"
                step="any"
                aria-label=dial.label
                min=format::number(min / dial.grain)
                max=format::number(max / dial.grain)
                use:lives=offers(boxed)
                on:input=act(input)
                on:change=act(change)
            />
            <span class="unit" aria-hidden="true">
                {dial.unit}
            </span>
        </span>
    }
}

/// The slider stands where its value is, and says it in words.
fn slides(turn: Turn) -> Life {
    Rc::new(move |range| {
        let turn = turn.clone();
        let mut last = f64::NAN;
        follow(move || {
            let value = (turn.value)();
            if last == value {
                return;
            }
            last = value;
            let stops = &turn.dial.stops;
            let position = stops.position(value);
            let share = position as f64 / stops.last() as f64 * 100.0;
            range.set_value(&position.to_string());
            range.set("aria-valuetext", &(turn.dial.words)(value));
            range.set_style("--fill", &format!("{}%", format::fixed(share, 2)));
        });
    })
}
