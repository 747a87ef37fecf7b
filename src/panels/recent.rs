//! The latest deliveries that have ended, newest first.

use std::time::Duration;

use queuescope_engine::metrics::{Processed, Result};

use crate::app::Desk;
use crate::browser::element::Element;
use crate::format;
use crate::widgets::rows::Rows;

pub(super) fn lay(page: &Element, desk: Desk) {
    let mut rows = Rows::new(&page.with_id("recent-some"), "delivery");
    let mut last = Vec::new();
    desk.on_publish(move |frame| {
        if last != frame.recent {
            last.clone_from(&frame.recent);
            rows.show(frame.recent.iter().map(row));
        }
    });
}

/// The class of a row, and its fields.
fn row(processed: &Processed) -> (&'static str, [String; 6]) {
    let Processed { message, attempt, waited, service, result, .. } = *processed;
    let (sign, word, class) = match result {
        Result::Done => ("\u{25a0}", "done", "good"),
        Result::Failed => ("\u{25b3}", "failed", "warn"),
        Result::Crashed => ("\u{25c7}", "crashed", "warn"),
        Result::Dead => ("\u{25bc}", "dead", "bad"),
    };
    let span = |nanos| format::span(Duration::from_nanos(nanos));
    let fields =
        [message.0.to_string(), span(waited), span(service), attempt.to_string(), sign.into(), word.into()];
    (class, fields)
}
