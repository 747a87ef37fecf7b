//! The books: where every message is, and how long those that were taken had waited.

use leptos::prelude::*;

use super::heading::{Heading, State};
use crate::desk::desk;
use crate::readings::{self, Figure};
use crate::widgets::stat::Stat;

/// The panel of the ledger.
#[component]
pub(crate) fn LedgerPanel() -> impl IntoView {
    let desk = desk();
    let state = State {
        text: desk.read(|frame| if frame.balanced { "In balance" } else { "Out of balance" }.into()),
        class: desk.read(|frame| if frame.balanced { "state good" } else { "state bad" }.into()),
    };
    let figure = move |figure: &'static Figure| {
        let Figure { label, name, of } = *figure;
        view! { <Stat label name value=desk.read(of) /> }
    };
    let figures = |figures: &'static [Figure]| figures.iter().map(figure).collect::<Vec<_>>();
    view! {
        <section class="card ledger" aria-label="Ledger">
            <Heading name="Ledger" body="ledger" state />
            <div class="body" id="ledger">
                <div class="sum">{figures(readings::LEDGER)}</div>
                <div class="sum">{figures(readings::WAITS)}</div>
            </div>
        </section>
    }
}
