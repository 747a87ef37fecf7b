//! The dialog that hands a session on: as a link, or as a file.

use leptos::prelude::*;

use crate::browser::element::Element;
use crate::browser::{document, load, save};
use crate::desk::{Desk, desk};
use crate::session::{Action, Go, Session};
use crate::share;
use crate::widgets::act;

/// Opens the dialog, with the link to the session as it is now, paused.
pub(crate) fn show_share(desk: Desk) {
    if let Some(dialog) = Element::with_id("share") {
        dialog.open();
    }
    fill(desk, true);
}

/// Writes the link into its field.
fn fill(desk: Desk, paused: bool) {
    let mut shared = desk.ask(Session::share);
    shared.playing = !paused;
    let link = format!("{}{}", document::address(), share::write(&shared));
    let length = link.len();
    if let Some(field) = Element::with_id("share-link") {
        field.set_value(&link);
    }
    say(&format!("{length} characters. All of the session is in the link; nothing is sent anywhere."));
}

fn say(text: &str) {
    if let Some(line) = Element::with_id("share-said") {
        line.say(text);
    }
}

/// The dialog.
#[component]
pub(crate) fn ShareDialog() -> impl IntoView {
    let desk = desk();
    let copy = |_| {
        let Some(field) = Element::with_id("share-link") else { return };
        // Where the clipboard is not ours, the link is marked, ready to be copied by hand.
        field.select();
        save::copy(&field.value());
        say("The link is copied.");
    };
    let keep = move |_| {
        let recording = desk.ask(Session::share).recording;
        let file = save::File::new(share::file_name(&recording), "application/json");
        file.add(&recording.to_json());
        file.save();
    };
    let read = move |event| {
        load::text(&Element::target(&event), move |text| {
            let go = share::from_file(&text).map_or_else(Go::Nowhere, |shared| Go::Open(Box::new(shared)));
            desk.send(Action::Go(go));
            if let Some(dialog) = Element::with_id("share") {
                dialog.close();
            }
        });
    };
    view! {
        <dialog id="share" aria-labelledby="share-title">
            <h2 id="share-title">"Share this session"</h2>
            <label class="check">
                <input type="checkbox" checked=true on:change=act(move |event| fill(desk, event_target_checked(&event))) />
                "Open paused at this time"
            </label>
            <div class="fields">
                <input id="share-link" type="text" class="btn" readonly=true aria-label="Link" />
                <button type="button" class="btn primary" on:click=act(copy)>
                    "Copy link"
                </button>
            </div>
            <p class="muted" id="share-said" role="status"></p>
            <div class="fields">
                <button type="button" class="btn" on:click=act(keep)>
                    "Save as JSON file"
                </button>
                <label class="btn">
                    "Open a JSON file"
                    <input type="file" class="hidden" accept=".json,application/json" on:change=act(read) />
                </label>
            </div>
            <form method="dialog"><button class="btn">"Close"</button></form>
        </dialog>
    }
}
