//! The books: where every message is, how long those that were taken had waited, and what the business sees of it.

use leptos::prelude::*;

use super::heading::{About, Figures, Panel};
use crate::desk::desk;
use crate::readings::{self, LEDGER, WAITS};

const ABOUT: About = About {
    name: "Ledger",
    class: "ledger",
    plain: false,
    state: Some([
        |frame| if frame.balanced { "In balance" } else { "Out of balance" }.into(),
        |frame| if frame.balanced { "state good" } else { "state bad" }.into(),
    ]),
    switch: None,
};

/// The panel of the ledger.
#[component]
pub(crate) fn LedgerPanel() -> impl IntoView {
    view! {
        <Panel about=ABOUT>
            <Figures of=LEDGER class="sum" />
            <Figures of=WAITS class="sum" />
            <p class="business">
                <b>"Business"</b>
                " "
                <output aria-label="Business" aria-live="off">
                    {desk().read(readings::business)}
                </output>
            </p>
        </Panel>
    }
}
