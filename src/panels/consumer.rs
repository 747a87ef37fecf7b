//! Who works: on or off, how fast, how many, how reliably.

use leptos::prelude::*;

use super::heading::{Heading, State, Switch};
use super::knobs::Control;
use crate::desk::desk;
use crate::format;
use crate::readings;
use crate::session::Action;
use crate::widgets::stat::Stat;

/// The panel of the consumer.
#[component]
pub(crate) fn Consumer() -> impl IntoView {
    let desk = desk();
    let state = State {
        text: desk.read(|frame| readings::running("Consumer", frame.consuming)),
        class: desk.read(|frame| if frame.consuming { "state on" } else { "state off" }.into()),
    };
    let switch = Switch {
        verb: desk.read(|frame| readings::switch("consumer", frame.consuming)),
        press: Box::new(move || desk.send(Action::ToggleConsumer)),
    };
    view! {
        <section class="card consumer" aria-label="Consumer">
            <Heading name="Consumer" body="consumer" plain=true state switch />
            <div class="body" id="consumer">
                <Control address="consumer.rate" />
                <Control address="consumer.workers" />
                <Control address="consumer.service" />
                <Control address="consumer.failure" />
                <div class="stats">
                    <Stat
                        label="Total"
                        name="Consumed total"
                        value=desk.read(|frame| frame.ledger.done.to_string())
                    />
                    <Stat
                        label="Rate, last minute"
                        name="Consumed rate"
                        value=desk.read(|frame| format::per_minute(frame.consumed_rate))
                    />
                    <Stat label="Workers busy" name="Utilization" value=desk.read(readings::utilization) />
                </div>
            </div>
        </section>
    }
}
