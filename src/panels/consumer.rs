//! Who works: on or off, how fast, how many, how reliably.

use leptos::prelude::*;

use super::heading::{About, Figures, Panel};
use super::knobs::{Controls, More};
use crate::desk::desk;
use crate::readings::{self, CONSUMED};
use crate::session::Action;

const ABOUT: About = About {
    name: "Consumer",
    class: "consumer",
    plain: true,
    state: Some([
        |frame| readings::running("Consumer", frame.consuming),
        |frame| if frame.consuming { "state on" } else { "state off" }.into(),
    ]),
    switch: Some((|frame| readings::switch("consumer", frame.consuming), Action::ToggleConsumer)),
};

/// The panel of the consumers.
#[component]
pub(crate) fn Consumer() -> impl IntoView {
    let panel = desk().shape().consumer.clone();
    view! {
        <Panel about=ABOUT>
            <Controls of=panel.main />
            <Figures of=CONSUMED />
            <More of=panel.more />
        </Panel>
    }
}
