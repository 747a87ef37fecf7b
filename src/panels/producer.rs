//! Who sends: on or off, how fast, in what pattern.

use leptos::prelude::*;

use super::heading::{Heading, State, Switch};
use super::knobs::Control;
use crate::desk::desk;
use crate::format;
use crate::readings;
use crate::session::Action;
use crate::widgets::follow::is_hidden;
use crate::widgets::stat::Stat;

/// The panel of the producer.
#[component]
pub(crate) fn Producer() -> impl IntoView {
    let desk = desk();
    let state = State {
        text: desk.read(|frame| readings::running("Producer", frame.producing)),
        class: desk.read(readings::producer_class),
    };
    let switch = Switch {
        verb: desk.read(|frame| readings::switch("producer", frame.producing)),
        press: Box::new(move || desk.send(Action::ToggleProducer)),
    };
    let hidden = desk.flag(|frame| frame.choice("producer.arrivals") != "bursts");
    view! {
        <section class="card producer" aria-label="Producer">
            <Heading name="Producer" body="producer" plain=true state switch />
            <div class="body" id="producer">
                <Control address="producer.rate" />
                <Control address="producer.arrivals" />
                <div class="fields" use:is_hidden=hidden>
                    <Control address="producer.burst-on" />
                    <Control address="producer.burst-off" />
                    <Control address="producer.burst-factor" />
                </div>
                <div class="stats">
                    <Stat
                        label="Total"
                        name="Produced total"
                        value=desk.read(|frame| frame.ledger.sent.to_string())
                    />
                    <Stat
                        label="Rate, last minute"
                        name="Produced rate"
                        value=desk.read(|frame| format::per_minute(frame.produced_rate))
                    />
                </div>
            </div>
        </section>
    }
}
