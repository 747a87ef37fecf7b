//! The name of the page, the theme, and the list of keys.

use std::sync::Arc;

use leptos::prelude::*;

use super::scenarios::Systems;
use crate::SYSTEMS;
use crate::browser::element::Element;
use crate::browser::{document, storage};
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
        <header>
            <h1>"Queuescope"</h1>
            <p class="tagline">"a laboratory for message queues"</p>
            <div class="end">
                <Systems />
                <button type="button" class="btn" on:click=act(switch)>
                    {other}
                    <span class="wide">" theme"</span>
                </button>
                <button type="button" class="btn" aria-label="Help" title="Keys" on:click=act(|_| show_keys())>
                    "?"
                </button>
            </div>
        </header>
    }
}

/// The list of keys, over the page once it is opened.
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
                {SYSTEMS.then(|| view! {
                    <tr><th scope="row"><kbd>","</kbd></th><td>"One event back"</td></tr>
                    <tr><th scope="row"><kbd>"Ctrl Z"</kbd></th><td>"Undo; with Shift: redo"</td></tr>
                    <tr><th scope="row"><kbd>"Esc"</kbd></th><td>"Leave a long way to another time"</td></tr>
                })}
                <tr><th scope="row"><kbd>"1 \u{2026} 9"</kbd></th><td>"Choose a scenario"</td></tr>
                {zoom()}
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

/// The keys of the picture.
#[cfg(feature = "systems")]
fn zoom() -> impl IntoView {
    view! { <tr><th scope="row"><kbd>"+ \u{2212} 0"</kbd></th><td>"The picture larger, smaller, whole"</td></tr> }
}

#[cfg(not(feature = "systems"))]
fn zoom() {}
