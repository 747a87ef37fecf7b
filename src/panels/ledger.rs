//! Where every message is, and how long they waited.

use std::time::Duration;

use leptos::prelude::*;

use super::desk;
use super::panel::{Panel, Status};
use crate::format;
use crate::frame::Frame;
use crate::widgets::stat::Stat;

/// The books: all states add up to what was sent.
#[component]
pub(crate) fn LedgerPanel() -> impl IntoView {
    let desk = desk();
    let count = move |part: fn(&Frame) -> u64| desk.read(move |frame| part(frame).to_string());
    let quantile = move |index: usize| {
        let wait = move |wait: &[Duration; 3]| format::span(wait[index]);
        desk.read(move |frame| frame.wait.as_ref().map_or("\u{2013}".into(), wait))
    };
    let text = desk.read(|frame| if frame.balanced { "In balance" } else { "Out of balance" }.to_owned());
    let tone = desk.read(|frame| if frame.balanced { "state good" } else { "state bad" }.to_owned());
    view! {
        <Panel name="Ledger" class="ledger" status=Status { text, tone }>
            <div class="sum">
                <Stat label="Sent" name="Ledger: sent" value=count(|frame| frame.ledger.sent) tone="strong" />
                <Stat label="On the way" name="Ledger: on the way" value=count(|frame| frame.ledger.arriving) />
                <Stat label="Waiting" name="Ledger: waiting" value=count(|frame| frame.ledger.waiting) />
                <Stat label="In service" name="Ledger: in service" value=count(|frame| frame.ledger.held) />
                <Stat label="Done" name="Ledger: done" value=count(|frame| frame.ledger.done) />
                <Stat label="Refused" name="Refused" value=count(|frame| frame.ledger.refused) />
                <Stat label="Dropped" name="Dropped" value=count(|frame| frame.ledger.dropped) />
                <Stat label="Dead" name="Dead" value=count(|frame| frame.ledger.dead) />
            </div>
            <div class="sum">
                <Stat label="Redelivered" name="Redelivered" value=count(|frame| frame.ledger.redelivered) />
                <Stat label="Wait p50" name="Wait p50" value=quantile(0) />
                <Stat label="Wait p95" name="Wait p95" value=quantile(1) />
                <Stat label="Wait p99" name="Wait p99" value=quantile(2) />
            </div>
        </Panel>
    }
}
