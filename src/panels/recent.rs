//! The latest deliveries that have ended, newest first.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use queuescope_engine::metrics::{Processed, Result};

use super::heading::{About, Panel};
use crate::desk::{Desk, desk};
use crate::format;
use crate::widgets::life::{is_hidden, lives};
use crate::widgets::rows::{Row, Rows, Table};

const ABOUT: About =
    About { name: "Recently processed", class: "recent", plain: false, state: None, switch: None };

/// The list.
#[component]
pub(crate) fn Recent() -> impl IntoView {
    let desk = desk();
    let rows: Rows =
        Arc::new(move || desk.frame(|frame| frame.recent.iter().map(|own| row(desk, own)).collect()));
    let none = |is_empty: bool| if is_empty { "No messages processed yet" } else { "" };
    let none = desk.read(move |frame| none(frame.recent.is_empty()).into());
    let is_empty = desk.flag(|frame| frame.recent.is_empty());
    view! {
        <Panel about=ABOUT>
            <p class="empty">{none}</p>
            <div
                class="scroll"
                tabindex="0"
                role="group"
                aria-label="The latest 20 deliveries"
                use:lives=is_hidden(is_empty)
            >
                <Table columns=vec!["Id", "Waited", "Service", "Attempt", "Result"] rows />
            </div>
        </Panel>
    }
}

/// The class tells the result by color and by its sign.
#[cfg_attr(not(feature = "systems"), expect(unused_variables, reason = "a message cannot be looked at"))]
fn row(desk: Desk, processed: &Processed) -> Row {
    let Processed { message, attempt, waited, service, result, .. } = *processed;
    let (word, class) = match result {
        Result::Done => ("done", "good"),
        Result::Failed => ("failed", "failing"),
        Result::Crashed => ("crashed", "crashed"),
        Result::Dead => ("dead", "bad"),
    };
    let span = |nanos| format::span(Duration::from_nanos(nanos));
    let cells = vec![message.0.to_string(), span(waited), span(service), attempt.to_string(), word.into()];
    Row {
        #[cfg(feature = "systems")]
        open: Some(Box::new(move || {
            desk.send(crate::session::Action::Select(Some(crate::stage::Target::Message(message))));
        })),
        ..Row::plain(class, cells)
    }
}
