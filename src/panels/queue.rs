//! Where messages wait: how many may, and what happens when no more do.

use leptos::prelude::*;

use super::heading::{Heading, State};
use super::knobs::Control;
use crate::desk::desk;
use crate::readings;
use crate::widgets::stat::Stat;

/// The panel of the queue.
#[component]
pub(crate) fn Queue() -> impl IntoView {
    let desk = desk();
    let state = State {
        text: desk.read(|frame| readings::queue_state(frame).0.into()),
        class: desk.read(|frame| readings::queue_state(frame).1.into()),
    };
    view! {
        <section class="card queue" aria-label="Message queue">
            <Heading name="Message queue" body="queue" state />
            <div class="body" id="queue">
                <Control address="queue.capacity" />
                <Control address="queue.when-full" />
                <Control address="queue.attempts" />
                <div class="stats">
                    <Stat label="Size" name="Queue size" value=desk.read(readings::queue_size) />
                    <Stat label="Usage" name="Queue usage" value=desk.read(readings::queue_usage) />
                </div>
            </div>
        </section>
    }
}
