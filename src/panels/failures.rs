//! Trouble at the press of a button, and the script of what happens when.

use leptos::prelude::*;
use queuescope_engine::decimal::Decimal;

use crate::browser::element::Element;
use crate::deeds::Deed;
use crate::desk::desk;
use crate::session::{Action, Session};
use crate::widgets::act;

const SCRIPT: &str = "script";

/// The panel, folded up until somebody wants trouble.
#[component]
pub(crate) fn Failures() -> impl IntoView {
    let desk = desk();
    let groups = desk.shape().deeds.clone();
    let group = |(number, (name, deeds)): (usize, (String, Vec<Deed>))| {
        let buttons: Vec<_> = deeds
            .into_iter()
            .enumerate()
            .map(|(place, deed)| view! { <Button deed id=format!("deed-{number}-{place}") /> })
            .collect();
        view! {
            <h3>{name.clone()}</h3>
            <div class="deeds" role="group" aria-label=name>
                {buttons}
            </div>
        }
    };
    let groups: Vec<_> = groups.into_iter().enumerate().map(group).collect();
    let show = move |_| {
        if let (Some(dialog), Some(text)) = (Element::with_id(SCRIPT), Element::with_id("script-text")) {
            text.set_value(&desk.ask(Session::script));
            dialog.open();
        }
    };
    view! {
        <details class="card failures">
            <summary>
                <h2>"Failures"</h2>
            </summary>
            {groups}
            <button type="button" class="btn" on:click=act(show)>
                "Script\u{2026}"
            </button>
        </details>
    }
}

#[component]
fn Button(deed: Deed, id: String) -> impl IntoView {
    let desk = desk();
    let (label, meaning) = (deed.label, deed.meaning);
    let number = deed.argument.map(|argument| {
        let (min, max) = (Decimal(argument.min).to_string(), Decimal(argument.max).to_string());
        let name = format!("{label}: {}", argument.label);
        view! {
            <span class="box">
                <input
                    type="number"
                    step="any"
                    id=id.clone()
                    aria-label=name
                    min=min
                    max=max
                    value=Decimal(argument.usual).to_string()
                />
                <span class="unit" aria-hidden="true">
                    {argument.unit.name()}
                </span>
            </span>
        }
    });
    let press = move |_| {
        let number = Element::with_id(&id).and_then(|field| field.number());
        desk.send(Action::Act(deed.with(number)));
    };
    view! {
        <span class="deed">
            <button type="button" class="btn" title=meaning on:click=act(press)>
                {label}
            </button>
            {number}
        </span>
    }
}

/// The script, to be read and changed.
#[component]
pub(crate) fn Script() -> impl IntoView {
    let desk = desk();
    let apply = move |_| {
        if let Some(text) = Element::with_id("script-text") {
            desk.send(Action::Script(text.value()));
        }
    };
    view! {
        <dialog id=SCRIPT aria-labelledby="script-title">
            <form method="dialog">
                <h2 id="script-title">"Script"</h2>
                <p>
                    "What happens when, as in scenario files: a list of a time and what is done. The run begins anew with it. An entry reads "
                    <code>"{\"at\": \"10s\", \"do\": {\"stop\": \"producer\"}}"</code>
                    "."
                </p>
                <textarea id="script-text" rows="14" spellcheck="false" aria-label="Script"></textarea>
                <button class="btn primary" on:click=act(apply)>
                    "Run it"
                </button>
                " "
                <button class="btn">"Close"</button>
            </form>
        </dialog>
    }
}
