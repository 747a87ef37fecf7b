//! The name of the page, the theme, and the list of keys.

use std::sync::Arc;

use leptos::prelude::*;

use super::scenarios::Systems;
use crate::browser::element::Element;
use crate::browser::{document, storage};
#[cfg(not(feature = "systems"))]
use crate::desk::desk;
use crate::widgets::{Read, act};

const THEME: &str = "queuescope.theme";
const SHORTCUTS: &str = "queuescope.shortcuts";

/// Whether the visitor left the keys switched on.
pub(crate) fn shortcuts_are_on() -> bool {
    storage::get(SHORTCUTS).as_deref() != Some("off")
}

/// Opens the list of keys.
pub(crate) fn show_keys() {
    if let Some(dialog) = Element::with_id("keys") {
        dialog.open();
    }
}

/// The top of the page.
#[component]
pub(crate) fn Header() -> impl IntoView {
    view! {
        <header>
            <h1>"Queuescope"</h1>
            <p class="tagline">"a laboratory for message queues"</p>
            <a href="#/learn">"Learn"</a>
            {extras::offer()}
            <div class="end">
                <Systems />
                <ThemeSwitch />
                {extras::menu()}
                <button type="button" class="btn" aria-label="Help" title="Keys" on:click=act(|_| show_keys())>
                    "?"
                </button>
            </div>
        </header>
    }
}

/// Changes between light and dark, and has it kept.
#[component]
pub(super) fn ThemeSwitch() -> impl IntoView {
    let dark = RwSignal::new(document::is_dark());
    let other: Read = Arc::new(move || if dark.get() { "Light" } else { "Dark" }.into());
    let switch = move |_| {
        let to = !dark.get_untracked();
        let theme = if to { "dark" } else { "light" };
        document::set_theme(Some(theme));
        storage::set(THEME, theme);
        dark.set(to);
    };
    view! {
        <button type="button" class="btn" on:click=act(switch)>
            {other}
            <span class="wide">" theme"</span>
        </button>
    }
}

/// What only the full program has.
#[cfg(feature = "systems")]
mod extras {
    use leptos::prelude::*;

    use crate::panels::help::{Menu, Offer};

    pub(super) fn offer() -> impl IntoView {
        view! { <Offer /> }
    }

    pub(super) fn menu() -> impl IntoView {
        view! { <Menu /> }
    }
}

#[cfg(not(feature = "systems"))]
mod extras {
    pub(super) fn offer() {}

    pub(super) fn menu() {}
}

/// The box that switches the keys off.
#[cfg(feature = "systems")]
pub(super) fn shortcuts_switch(desk: crate::desk::Desk) -> impl IntoView {
    let switch = move |event| switch_shortcuts(desk, event_target_checked(&event));
    view! {
        <label class="check">
            <input type="checkbox" checked=shortcuts_are_on() on:change=act(switch) />
            "Keys outside of fields and buttons do something"
        </label>
    }
}

#[cfg(feature = "systems")]
fn switch_shortcuts(desk: crate::desk::Desk, on: bool) {
    desk.switch_shortcuts(on);
    if on {
        storage::remove(SHORTCUTS);
    } else {
        storage::set(SHORTCUTS, "off");
    }
}

/// The list of keys, over the page once it is opened.
#[cfg(not(feature = "systems"))]
#[component]
pub(crate) fn Keys() -> impl IntoView {
    let desk = desk();
    let switch = move |event| {
        let on = event_target_checked(&event);
        desk.switch_shortcuts(on);
        if on {
            storage::remove(SHORTCUTS);
        } else {
            storage::set(SHORTCUTS, "off");
        }
    };
    view! {
        <dialog id="keys" aria-labelledby="keys-title">
            <h2 id="keys-title">"Keys"</h2>
            <table>
                <tr><th scope="row"><kbd>"Space"</kbd></th><td>"Play or pause"</td></tr>
                <tr><th scope="row"><kbd>"."</kbd></th><td>"One event on"</td></tr>
                <tr><th scope="row"><kbd>"1 \u{2026} 9"</kbd></th><td>"Choose a scenario"</td></tr>
                <tr><th scope="row"><kbd>"?"</kbd></th><td>"Show this list"</td></tr>
                <tr><th scope="row"><kbd>"Arrow keys"</kbd></th><td>"On a slider: one step"</td></tr>
                <tr><th scope="row"><kbd>"Page Up, Page Down"</kbd></th><td>"On a slider: a tenth of its length"</td></tr>
                <tr><th scope="row"><kbd>"Home, End"</kbd></th><td>"On a slider: the ends of its range"</td></tr>
                <tr><th scope="row"><kbd>"Double click"</kbd></th><td>"On a slider: back to its default"</td></tr>
            </table>
            <label class="check">
                <input type="checkbox" checked=shortcuts_are_on() on:change=act(switch) />
                "Keys outside of fields and buttons do something"
            </label>
            <form method="dialog"><button class="btn primary">"Close"</button></form>
        </dialog>
    }
}
