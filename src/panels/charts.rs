//! Three charts of the run so far, all of them with one table.

use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;

use crate::browser::element::Element;
use crate::charts::{self, Chart};
use crate::desk::{Desk, desk};
use crate::frame::Frame;
use crate::readings;
use crate::widgets::life::{Life, follow, lives};
use crate::widgets::rows::{Row, Rows, Table};
use crate::widgets::{Read, act};

/// A moment of the run.
const COLUMNS: &[&str] = &["Time", "Waiting", "In per second", "Out per second", "Mean wait", "Longest wait"];

/// Which chart it is, with what that takes from the frame.
type Of = fn(&Frame) -> Chart;

/// The charts and their table.
#[component]
pub(crate) fn Charts() -> impl IntoView {
    let desk = desk();
    let open = RwSignal::new(false);
    // Kept up to date while it is open.
    let rows: Rows = Arc::new(move || {
        let row = |cells: [String; 6]| Row::plain("", cells.into());
        let moments = || desk.frame(|frame| charts::table(&readings::run(frame)));
        if open.get() { moments().into_iter().map(row).collect() } else { Vec::new() }
    });
    view! {
        <section class="card charts" aria-label="Charts">
            <div class="figures">
                <Figure title="Depth" now=desk.read(|frame| frame.ledger.waiting.to_string()) of=readings::depth />
                <Figure title="In \u{b7} out" now=desk.read(readings::rates) of=|_| Chart::Rates />
                <Figure title="Wait" now=desk.read(readings::wait) of=|_| Chart::Wait />
            </div>
            <details class="table" on:toggle=act(move |event| open.set(Element::target(&event).has("open")))>
                <summary>"As a table"</summary>
                <div class="scroll" tabindex="0" role="group" aria-label="The charts as a table">
                    <Table columns=COLUMNS.into() rows />
                </div>
            </details>
        </section>
    }
}

/// A chart, with the present in figures, and what is read out in its place.
#[component]
fn Figure(title: &'static str, now: Read, of: Of) -> impl IntoView {
    let desk = desk();
    let words = desk.read(move |frame| readings::in_words(frame, of(frame)));
    view! {
        <figure>
            <figcaption>
                <h2>{title}</h2>
                <b>{now}</b>
                <span class="hidden">{words}</span>
            </figcaption>
            <canvas aria-hidden="true" use:lives=draws(desk, of)></canvas>
        </figure>
    }
}

/// The canvas shows the chart, drawn anew with each frame.
fn draws(desk: Desk, of: Of) -> Life {
    Rc::new(move |canvas| {
        let Some(mut sheet) = canvas.sheet() else { return };
        follow(move || {
            desk.frame(|frame| {
                sheet.draw(|size, picture| {
                    charts::draw(of(frame), &readings::run(frame), size, picture);
                });
            });
        });
    })
}
