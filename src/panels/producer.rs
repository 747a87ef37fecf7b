//! Who sends: on or off, how fast, in what pattern.

use leptos::prelude::*;

use super::desk;
use super::knob::KnobControl;
use super::panel::{Panel, Status, Switch};
use crate::format;
use crate::session::Action;
use crate::widgets::stat::Stat;

/// The panel of the producer.
#[component]
pub(crate) fn Producer() -> impl IntoView {
    let desk = desk();
    let text =
        desk.read(|frame| if frame.producing { "Producer running" } else { "Producer stopped" }.to_owned());
    let tone = desk.read(|frame| match (frame.producing, frame.blocked) {
        (false, _) => "state off".to_owned(),
        (true, true) => "state held".to_owned(),
        (true, false) => "state on".to_owned(),
    });
    let status = Status { text, tone };
    let verb = desk.read(|frame| if frame.producing { "Stop producer" } else { "Start producer" }.to_owned());
    let bursts = desk.read(|frame| frame.choice("producer.arrivals") == "bursts");
    let total = desk.read(|frame| frame.ledger.sent.to_string());
    let rate = desk.read(|frame| format::per_minute(frame.produced_rate));
    let switch = Switch { verb, press: Callback::new(move |()| desk.send(Action::ToggleProducer)) };
    view! {
        <Panel name="Producer" class="producer" status=status switch=switch>
            <KnobControl address="producer.rate" />
            <KnobControl address="producer.arrivals" />
            <Show when=move || bursts.get()>
                <KnobControl address="producer.burst-on" />
                <KnobControl address="producer.burst-off" />
                <KnobControl address="producer.burst-factor" />
            </Show>
            <div class="stats">
                <Stat label="Total" name="Produced total" value=total />
                <Stat label="Rate, last minute" name="Produced rate" value=rate />
            </div>
        </Panel>
    }
}
