//! The name, the theme, and the list of keys.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::desk;
use crate::browser::{document, storage};
use crate::keys;

const THEME: &str = "queuescope.theme";
const SHORTCUTS: &str = "queuescope.shortcuts";

/// Whether the visitor left the keys switched on.
pub(crate) fn shortcuts_are_on() -> bool {
    storage::get(SHORTCUTS).as_deref() != Some("off")
}

/// The bar at the top.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let desk = desk();
    let dark = RwSignal::new(document::is_dark());
    let toggle = move |_| {
        let theme = if dark.get_untracked() { "light" } else { "dark" };
        document::set_theme(Some(theme));
        storage::set(THEME, theme);
        dark.set(theme == "dark");
    };
    view! {
        <header>
            <h1>"Queuescope"</h1>
            <p class="tagline">"a laboratory for message queues"</p>
            <div class="end">
                <button type="button" class="btn" on:click=toggle>
                    {move || if dark.get() { "Light theme" } else { "Dark theme" }}
                </button>
                <button type="button" class="btn" aria-label="Help" title="Keys" on:click=move |_| desk.help.set(true)>"?"</button>
            </div>
        </header>
    }
}

/// The dialog with the list of keys.
#[component]
pub(crate) fn Help() -> impl IntoView {
    let desk = desk();
    let node = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = node.get().filter(|dialog| desk.help.get() && !dialog.open()) {
            let _ = dialog.show_modal();
        }
    });
    let switch = move |event| {
        let on = event_target_checked(&event);
        desk.shortcuts.set(on);
        if on {
            storage::remove(SHORTCUTS);
        } else {
            storage::set(SHORTCUTS, "off");
        }
    };
    let rows = keys::HELP
        .iter()
        .map(|(key, what)| view! { <tr><th scope="row"><kbd>{*key}</kbd></th><td>{*what}</td></tr> });
    view! {
        <dialog node_ref=node aria-labelledby="help-title" on:close=move |_| desk.help.set(false)>
            <h2 id="help-title">"Keys"</h2>
            <table>{rows.collect_view()}</table>
            <label class="check">
                <input type="checkbox" prop:checked=move || desk.shortcuts.get() on:change=switch />
                "Keys outside of fields and buttons do something"
            </label>
            <form method="dialog"><button class="btn primary">"Close"</button></form>
        </dialog>
    }
}
