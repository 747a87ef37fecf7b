//! Where messages wait: which system that is, what it has in its stores, and how it is set.

use std::sync::Arc;

use leptos::prelude::*;

use super::heading::{About, Figures, Panel};
use super::knobs::{Controls, More};
use crate::SYSTEMS;
use crate::desk::desk;
use crate::frame::StoreCount;
use crate::readings::{self, QUEUED};
use crate::widgets::rows::{Row, Rows, Table};

const ABOUT: About = About {
    name: "Message queue",
    class: "queue",
    plain: false,
    state: Some([
        |frame| readings::queue_state(frame).0.into(),
        |frame| readings::queue_state(frame).1.into(),
    ]),
    switch: None,
};

/// The panel of the queue.
#[component]
pub(crate) fn Queue() -> impl IntoView {
    let shape = desk().shape();
    let panel = shape.queue.clone();
    let stores = (SYSTEMS && shape.wired).then(|| view! { <Stores /> });
    // A plain queue has no settings but those.
    let more = (!panel.more.is_empty()).then(|| view! { <More of=panel.more /> });
    view! {
        <Panel about=ABOUT>
            {stores}
            <Controls of=panel.main />
            <Figures of=QUEUED />
            {more}
        </Panel>
    }
}

/// The name of the system, and what it has in each of its stores.
#[component]
fn Stores() -> impl IntoView {
    let desk = desk();
    let shape = desk.shape();
    let terms = shape.terms;
    let row = |store: &StoreCount| {
        let StoreCount { name, waiting, held, delayed } = store;
        let cells = [name.clone(), waiting.to_string(), held.to_string(), delayed.to_string()];
        Row::plain("", cells.into())
    };
    let rows: Rows = Arc::new(move || desk.frame(|frame| frame.stores.iter().map(row).collect()));
    view! {
        <p class="system">
            <b>{terms.system}</b>
            " "
            {shape.version.clone()}
            {question()}
        </p>
        <div class="stores" tabindex="0" role="group" aria-label="Stores">
            <Table columns=vec![terms.store, terms.waiting, terms.held, "delayed"] rows />
        </div>
    }
}

#[cfg(feature = "systems")]
fn question() -> impl IntoView {
    view! { <super::fidelity::Question /> }
}

#[cfg(not(feature = "systems"))]
fn question() {}
