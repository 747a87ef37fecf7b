//! The dialog for whoever knows better: a report to be handed to the makers.

use leptos::prelude::*;

use crate::browser::element::Element;
use crate::browser::{document, save};
use crate::desk::Desk;
use crate::session::Session;
use crate::share;
use crate::widgets::act;

const TEXT: &str = "report-text";

/// Opens the dialog with a report on the session as it is now, which is on the clipboard by then.
pub(crate) fn show_report(desk: Desk) {
    let text = desk.ask(|session: &Session| {
        let mut shared = session.share();
        shared.playing = false;
        session.report(&format!("{}{}", document::address(), share::write(&shared)))
    });
    if let (Some(dialog), Some(field)) = (Element::with_id("report"), Element::with_id(TEXT)) {
        field.set_value(&text);
        dialog.open();
        copy();
    }
}

fn copy() {
    if let Some(field) = Element::with_id(TEXT) {
        field.select();
        save::copy(&field.value());
    }
}

/// The dialog.
#[component]
pub(crate) fn ReportDialog() -> impl IntoView {
    let again = |_| {
        copy();
        if let Some(line) = Element::with_id("report-said") {
            line.say("The report is copied.");
        }
    };
    view! {
        <dialog id="report" aria-labelledby="report-title">
            <h2 id="report-title">"My broker does otherwise"</h2>
            <p>
                "This report is on your clipboard, if your browser permits it: the system, its settings, the latest of what \
                 happened, and a link to the session. Nothing is sent anywhere; say what you expected, and hand it to the \
                 makers of Queuescope, or to a colleague."
            </p>
            <textarea id=TEXT rows="14" readonly=true spellcheck="false" aria-label="Report"></textarea>
            <p class="muted" id="report-said" role="status"></p>
            <form method="dialog" class="row">
                <button type="button" class="btn primary" on:click=act(again)>
                    "Copy report"
                </button>
                <button class="btn">"Close"</button>
            </form>
        </dialog>
    }
}
