//! What the full program has to say about itself: help, the offer of a tour, the tour, and the menu that leads there.

use std::sync::Arc;

use leptos::prelude::*;

use super::header::shortcuts_switch;
use super::report::show_report;
use crate::browser::element::Element;
use crate::browser::{document, storage};
use crate::desk::{Desk, desk};
use crate::keys;
use crate::readings::{self, SHAPES};
use crate::tour::{self, Area, STOPS};
use crate::widgets::life::{is_hidden, lives};
use crate::widgets::{Flag, Read, act};

/// Whether a tour was declined, or taken.
const TOUR: &str = "queuescope.tour";

/// The menu at the top.
#[component]
pub(crate) fn Menu() -> impl IntoView {
    let desk = desk();
    let large: Read = Arc::new(move || desk.is_large().to_string());
    let then = move |does: fn(Desk)| {
        act(move |_| {
            Element::first("header .menu").iter().for_each(Element::fold);
            does(desk);
        })
    };
    view! {
        <details class="menu" on:keydown=act(super::folds)>
            <summary class="btn">"Menu"</summary>
            <div class="items">
                <button type="button" class="btn" aria-pressed=large on:click=then(Desk::magnify)>
                    "Projector mode"
                </button>
                <button type="button" class="btn" on:click=then(show_report)>
                    "My broker does otherwise\u{2026}"
                </button>
                <button type="button" class="btn" on:click=then(begin)>
                    "Take the tour"
                </button>
            </div>
        </details>
    }
}

/// One line for who is here for the first time.
#[component]
pub(crate) fn Offer() -> impl IntoView {
    let desk = desk();
    let declined = RwSignal::new(storage::get(TOUR).is_some());
    let hidden: Flag = Arc::new(move || declined.get() || desk.stop().is_some());
    let away = move || {
        storage::set(TOUR, "off");
        declined.set(true);
    };
    let take = move |_| {
        away();
        begin(desk);
    };
    view! {
        <p class="offer" use:lives=is_hidden(hidden)>
            <span>"New here?"</span>
            <button type="button" class="link" on:click=act(take)>
                "A tour in two minutes"
            </button>
            <button type="button" class="link" on:click=act(move |_| away())>
                "No, thanks"
            </button>
        </p>
    }
}

fn begin(desk: Desk) {
    go(desk, Some(0));
}

/// Goes to a stop, or ends the tour.
fn go(desk: Desk, stop: Option<usize>) {
    point_at(None);
    let stop = stop.filter(|stop| *stop < STOPS.len());
    desk.stop_at(stop);
    let Some(stop) = stop else {
        // There the tour can be begun again.
        if let Some(menu) = Element::first("header .menu summary") {
            menu.focus();
        }
        return;
    };
    super::soon(move || show(stop));
}

/// Marks the part, and puts the card beside it.
fn show(stop: usize) {
    let (Some(card), Some(part)) = (Element::with_id("tour"), Element::first(STOPS[stop].part)) else {
        return;
    };
    point_at(Some(&part));
    part.scroll_to();
    let (x, y, w, h) = part.area();
    let (_, _, width, height) = card.area();
    let (left, top) = tour::place(Area { x, y, w, h }, (width, height), document::window_size());
    for (property, place) in [("left", left), ("top", top)] {
        card.set_style(property, &format!("{}px", place.round() as i32));
    }
    if let Some(title) = Element::with_id("tour-title") {
        title.focus();
    }
}

/// Marks the part that is spoken of, and no other.
fn point_at(part: Option<&Element>) {
    if let Some(before) = Element::first("[data-toured]") {
        before.unset("data-toured");
    }
    part.iter().for_each(|part| part.set("data-toured", ""));
}

/// The card of the tour. It blocks nothing: the page goes on below it.
#[component]
pub(crate) fn Tour() -> impl IntoView {
    let desk = desk();
    let hidden: Flag = Arc::new(move || desk.stop().is_none());
    let at = move || desk.stop().unwrap_or(0);
    let title: Read = Arc::new(move || STOPS[at()].title.into());
    let text: Read = Arc::new(move || STOPS[at()].text.into());
    let count: Read = Arc::new(move || format!("{} of {}", at() + 1, STOPS.len()));
    let next: Read = Arc::new(move || if at() + 1 < STOPS.len() { "Next" } else { "Done" }.into());
    let first: Flag = Arc::new(move || at() == 0);
    let step =
        move |by: isize| act(move |_| go(desk, desk.stop_now().and_then(|stop| stop.checked_add_signed(by))));
    let keys = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            go(desk, None);
        }
    };
    view! {
        <section id="tour" class="card" aria-labelledby="tour-title" use:lives=is_hidden(hidden) on:keydown=act(keys)>
            <h2 id="tour-title" tabindex="-1" aria-describedby="tour-text">
                {title}
            </h2>
            <p id="tour-text">{text}</p>
            <div class="row">
                <span class="muted">{count}</span>
                <button type="button" class="btn" on:click=act(move |_| go(desk, None))>
                    "End tour"
                </button>
                <button type="button" class="btn" use:lives=is_hidden(first) on:click=step(-1)>
                    "Back"
                </button>
                <button type="button" class="btn primary" on:click=step(1)>
                    {next}
                </button>
            </div>
        </section>
    }
}

/// What is on the page, and by what name it goes.
const PARTS: &[(&str, &str)] = &[
    ("Stage", "The system as a moving picture; choose anything on it, or from its list, to look closer."),
    ("Sentence", "What is going on, in plain words. When the situation changes it is read out."),
    (
        "Producer, queue, consumer",
        "Settings, to be turned while it runs, under the names of the real system.",
    ),
    ("Failures", "Crashes, cuts, outages and restarts at the press of a button, or by a script."),
    ("Charts and ledger", "How it went so far, and where every message is."),
    ("Timeline", "Any moment, to be dragged to; a change in the past begins a branch, and can be undone."),
    ("Share", "All of it in a link, for a lesson or inside of another page. Nothing is sent anywhere."),
];

/// Help: what there is, what shapes and colors tell, and the keys.
#[component]
pub(crate) fn Keys() -> impl IntoView {
    let desk = desk();
    let shape = desk.shape();
    let part = |(name, text): &(&'static str, &'static str)| view! { <dt>{*name}</dt> <dd>{*text}</dd> };
    let sign = move |(class, sign, word): &(&'static str, &'static str, readings::Word)| {
        let word = *word;
        let desk = desk;
        let text: Read = Arc::new(move || word(&desk.shape()));
        view! {
            <li>
                <i class=*class aria-hidden="true">{*sign}</i>
                <span>{text}</span>
            </li>
        }
    };
    let key = |(_, key, does): &(_, &'static str, &'static str)| {
        view! {
            <tr>
                <th scope="row">
                    <kbd>{*key}</kbd>
                </th>
                <td>{*does}</td>
            </tr>
        }
    };
    drop(shape);
    let tour = move |_| {
        Element::with_id("keys").iter().for_each(Element::close);
        begin(desk);
    };
    view! {
        <dialog id="keys" class="help" aria-labelledby="keys-title">
            <h2 id="keys-title">"Help"</h2>
            <div class="lines" tabindex="0" role="group" aria-label="What there is to know">
                <h3>"On this page"</h3>
                <dl>{PARTS.iter().map(part).collect::<Vec<_>>()}</dl>
                <h3>"Shapes tell the state of a message"</h3>
                <ul>{SHAPES.iter().map(sign).collect::<Vec<_>>()}</ul>
                <p class="muted">
                    "Color tells who sent it, its key, its attempt, or which one it is: choose above the picture."
                </p>
                <h3>"Keys"</h3>
                <table>
                    <tbody>{keys::LIST.iter().map(key).collect::<Vec<_>>()}</tbody>
                </table>
            </div>
            {shortcuts_switch(desk)}
            <form method="dialog">
                <button type="button" class="btn" on:click=act(tour)>
                    "Take the tour"
                </button>
                <button class="btn primary">"Close"</button>
            </form>
        </dialog>
    }
}
