//! Who works: how many, how fast, how reliably.

use leptos::prelude::*;

use super::desk;
use super::knob::KnobControl;
use super::panel::{Panel, Status, Switch};
use crate::format;
use crate::session::Action;
use crate::widgets::stat::Stat;

/// The panel of the consumer.
#[component]
pub(crate) fn Consumer() -> impl IntoView {
    let desk = desk();
    let text =
        desk.read(|frame| if frame.consuming { "Consumer running" } else { "Consumer stopped" }.to_owned());
    let tone = desk.read(|frame| if frame.consuming { "state on" } else { "state off" }.to_owned());
    let status = Status { text, tone };
    let verb = desk.read(|frame| if frame.consuming { "Stop consumer" } else { "Start consumer" }.to_owned());
    let total = desk.read(|frame| frame.ledger.done.to_string());
    let rate = desk.read(|frame| format::per_minute(frame.consumed_rate));
    let busy = desk.read(|frame| frame.utilization.map_or("\u{2013}".into(), format::percent));
    let switch = Switch { verb, press: Callback::new(move |()| desk.send(Action::ToggleConsumer)) };
    view! {
        <Panel name="Consumer" class="consumer" status=status switch=switch>
            <KnobControl address="consumer.rate" />
            <KnobControl address="consumer.workers" />
            <KnobControl address="consumer.service" />
            <KnobControl address="consumer.failure" />
            <div class="stats">
                <Stat label="Total" name="Consumed total" value=total />
                <Stat label="Rate, last minute" name="Consumed rate" value=rate />
                <Stat label="Workers busy" name="Utilization" value=busy />
            </div>
        </Panel>
    }
}
