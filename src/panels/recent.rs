//! The latest deliveries that have ended, newest first.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use queuescope_engine::metrics::{Processed, Result};

use super::heading::Heading;
use crate::desk::desk;
use crate::format;
use crate::widgets::follow::is_hidden;
use crate::widgets::rows::{Row, Rows, Table};

/// What is said of each.
const COLUMNS: &[&str] = &["Id", "Waited", "Service", "Attempt", "Result"];

/// The list.
#[component]
pub(crate) fn Recent() -> impl IntoView {
    let desk = desk();
    let rows: Rows = Arc::new(move || desk.frame(|frame| frame.recent.iter().map(row).collect()));
    let none = |is_empty: bool| if is_empty { "No messages processed yet" } else { "" };
    view! {
        <section class="card recent" aria-label="Recently processed">
            <Heading name="Recently processed" body="recent" />
            <div class="body" id="recent">
                <p class="empty">{desk.read(move |frame| none(frame.recent.is_empty()).into())}</p>
                <div
                    class="scroll"
                    tabindex="0"
                    role="group"
                    aria-label="The latest 20 deliveries"
                    use:is_hidden=desk.flag(|frame| frame.recent.is_empty())
                >
                    <Table columns=COLUMNS rows />
                </div>
            </div>
        </section>
    }
}

/// The class tells the result by color and by its sign.
fn row(processed: &Processed) -> Row {
    let Processed { message, attempt, waited, service, result, .. } = *processed;
    let (word, class) = match result {
        Result::Done => ("done", "good"),
        Result::Failed => ("failed", "failing"),
        Result::Crashed => ("crashed", "crashed"),
        Result::Dead => ("dead", "bad"),
    };
    let span = |nanos| format::span(Duration::from_nanos(nanos));
    Row {
        class,
        cells: vec![message.0.to_string(), span(waited), span(service), attempt.to_string(), word.into()],
    }
}
