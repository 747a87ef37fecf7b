//! On call: a backlog and rates, when it will be empty or full, and a run of it.

use leptos::prelude::*;

use crate::browser::element::Element;
use crate::desk::{Desk, desk};
use crate::oncall::{FIELDS, Field, read};
use crate::session::{Action, Go, Session};
use crate::widgets::act;

const DIALOG: &str = "oncall";

/// Opens it, with the present in its fields if there is nothing in them.
pub(crate) fn show(desk: Desk) {
    let typed = texts();
    if typed.iter().all(String::is_empty) {
        fill(desk);
    }
    if let Some(dialog) = Element::with_id(DIALOG) {
        dialog.open();
    }
}

fn texts() -> [String; 6] {
    FIELDS.each_ref().map(|field| Element::with_id(field.id).map_or(String::new(), |field| field.value()))
}

/// Writes the present into the fields.
fn fill(desk: Desk) {
    let present = desk.ask(Session::figures);
    for (field, text) in FIELDS.iter().zip(present.texts()) {
        if let Some(field) = Element::with_id(field.id) {
            field.set_value(&text);
        }
    }
    answer();
}

/// Says what comes of the figures, or what is wrong with them.
fn answer() {
    let (verdict, lines, bad) = match read(&texts()) {
        Ok(figures) => {
            let mut lines = figures.answer();
            (lines.remove(0), lines.join("\n"), false)
        }
        Err(problems) => (String::new(), problems.join("\n"), true),
    };
    for (id, text) in [("oncall-verdict", verdict), ("oncall-lines", lines)] {
        if let Some(element) = Element::with_id(id) {
            element.say(&text);
        }
    }
    if let Some(element) = Element::with_id("oncall-lines") {
        element.set("class", if bad { "problems" } else { "" });
    }
    ["oncall-queue", "oncall-here"]
        .into_iter()
        .filter_map(Element::with_id)
        .for_each(|button| button.disable(bad));
}

/// Runs the figures: in the plain queue, or in the present system.
fn run(desk: Desk, in_present: bool) {
    let Ok(figures) = read(&texts()) else { return };
    match desk.ask(|session| session.trial(&figures, in_present)) {
        Ok(shared) => {
            desk.send(Action::Go(Go::Open(Box::new(shared))));
            if let Some(dialog) = Element::with_id(DIALOG) {
                dialog.close();
            }
        }
        Err(why) => {
            if let Some(lines) = Element::with_id("oncall-lines") {
                lines.say(&why);
                lines.set("class", "problems");
            }
        }
    }
}

/// The dialog.
#[component]
pub(crate) fn OnCall() -> impl IntoView {
    let desk = desk();
    let field = |field: &'static Field| {
        let Field { label, unit, id, optional, .. } = *field;
        view! {
            <div class="entry">
                <label for=id>{label}</label>
                <span class="box">
                    <input
                        id=id
                        type="text"
                        inputmode="decimal"
                        autocomplete="off"
                        placeholder=if optional { "none" } else { "" }
                        on:input=act(move |_| answer())
                    />
                    <span class="unit">{unit}</span>
                </span>
            </div>
        }
    };
    view! {
        <dialog id=DIALOG aria-labelledby="oncall-title">
            <h2 id="oncall-title">"On call"</h2>
            <p class="muted">
                "When will a backlog be gone? Type in what your own dashboards show. This is arithmetic and queueing theory: it does not predict how fast a machine is."
            </p>
            <div class="fields">{FIELDS.iter().map(field).collect::<Vec<_>>()}</div>
            <div role="status" class="answer">
                <b id="oncall-verdict"></b>
                <p id="oncall-lines"></p>
            </div>
            <div class="row">
                <button type="button" class="btn" on:click=act(move |_| fill(desk))>
                    "Take the present"
                </button>
                <button type="button" class="btn primary" id="oncall-queue" on:click=act(move |_| run(desk, false))>
                    "Run in a queue"
                </button>
                <button type="button" class="btn" id="oncall-here" on:click=act(move |_| run(desk, true))>
                    "Run in this system"
                </button>
            </div>
            <form method="dialog">
                <button class="btn">"Close"</button>
            </form>
        </dialog>
    }
}
