//! Where messages wait: how many may, and what happens when no more do.

use leptos::prelude::*;

use super::desk;
use super::knob::KnobControl;
use super::panel::{Panel, Status};
use crate::format;
use crate::frame::Frame;
use crate::widgets::stat::Stat;

/// The panel of the queue.
#[component]
pub(crate) fn Queue() -> impl IntoView {
    let desk = desk();
    let size = desk.read(|frame| format!("{}/{}", frame.ledger.waiting, frame.capacity));
    let usage = desk.read(|frame| format::percent(frame.ledger.waiting as f64 / f64::from(frame.capacity)));
    let text = desk.read(|frame| state(frame).0.to_owned());
    let tone = desk.read(|frame| state(frame).1.to_owned());
    view! {
        <Panel name="Message queue" class="queue" status=Status { text, tone }>
            <KnobControl address="queue.capacity" />
            <KnobControl address="queue.when-full" />
            <KnobControl address="queue.attempts" />
            <div class="stats">
                <Stat label="Size" name="Queue size" value=size />
                <Stat label="Usage" name="Queue usage" value=usage />
            </div>
        </Panel>
    }
}

fn state(frame: &Frame) -> (&'static str, &'static str) {
    match frame.ledger.waiting {
        0 => ("Queue is empty", "state off"),
        waiting if u64::from(frame.capacity) <= waiting => ("Queue is full", "state bad"),
        _ => ("", "state"),
    }
}
