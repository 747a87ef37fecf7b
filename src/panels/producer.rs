//! Who sends: on or off, how fast, in what pattern.

use leptos::prelude::*;

use super::heading::{About, Figures, Panel};
use super::knobs::{Controls, More};
use crate::desk::desk;
use crate::readings::{self, PRODUCED};
use crate::session::Action;
use crate::widgets::life::{is_hidden, lives};

const ABOUT: About = About {
    name: "Producer",
    class: "producer",
    plain: true,
    state: Some([|frame| readings::running("Producer", frame.producing), readings::producer_class]),
    switch: Some((|frame| readings::switch("producer", frame.producing), Action::ToggleProducer)),
};

/// The panel of the producers.
#[component]
pub(crate) fn Producer() -> impl IntoView {
    let desk = desk();
    let shape = desk.shape();
    let no_bursts = desk.flag(|frame| !readings::has_bursts(frame));
    let panel = shape.producer.clone();
    view! {
        <Panel about=ABOUT>
            <Controls of=panel.main />
            <div class="fields" use:lives=is_hidden(no_bursts.clone())>
                <Controls of=panel.bursts />
            </div>
            <Figures of=PRODUCED />
            <More of=panel.more />
        </Panel>
    }
}
