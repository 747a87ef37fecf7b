//! Three charts of the run so far, each with its sentence, all of them with one table.

use leptos::html::Canvas;
use leptos::prelude::*;

use super::desk;
use crate::browser::sheet::Sheet;
use crate::charts::{self, Chart, Run};
use crate::format;
use crate::frame::Frame;

/// The card of charts.
#[component]
pub(crate) fn Charts() -> impl IntoView {
    let table = RwSignal::new(false);
    view! {
        <section class="card charts" aria-label="Charts">
            <div class="figures">
                <Figure title="Depth" now=|frame| frame.ledger.waiting.to_string()
                    chart=|frame| Chart::Depth { capacity: Some(frame.capacity) } />
                <Figure title="In \u{b7} out" now=rates chart=|_| Chart::Rates />
                <Figure title="Wait" now=wait chart=|_| Chart::Wait />
            </div>
            <details class="table" on:toggle=move |_| table.update(|open| *open = !*open)>
                <summary>"As a table"</summary>
                <Show when=move || table.get()><Table /></Show>
            </details>
        </section>
    }
}

fn rates(frame: &Frame) -> String {
    format!("{:.0} \u{b7} {:.0} /min", frame.produced_rate * 60.0, frame.consumed_rate * 60.0)
}

fn wait(frame: &Frame) -> String {
    frame.wait.map_or("\u{2013}".into(), |[p50, _, p99]| {
        format!("p50 {} \u{b7} p99 {}", format::span(p50), format::span(p99))
    })
}

fn run(frame: &Frame) -> Run<'_> {
    Run { buckets: &frame.buckets, width: frame.bucket_width, now: frame.now }
}

/// One chart, drawn anew whenever the panels are.
#[component]
fn Figure(title: &'static str, now: fn(&Frame) -> String, chart: fn(&Frame) -> Chart) -> impl IntoView {
    let desk = desk();
    let node = NodeRef::<Canvas>::new();
    let value = desk.read(now);
    // Read out on demand only, so it need not follow every tenth of a second.
    let summary = desk.read(move |frame| {
        if frame.now.as_nanos() / SUMMARY == 0 && frame.playing {
            String::new()
        } else {
            charts::summary(chart(frame), &run(frame))
        }
    });
    let sheet = StoredValue::new_local(None::<Sheet>);
    Effect::new(move || {
        let frame = desk.frame();
        let Some(canvas) = node.get() else { return };
        sheet.update_value(|sheet| {
            if sheet.is_none() {
                *sheet = Sheet::new(&canvas);
            }
            if let Some(sheet) = sheet {
                sheet.draw(|size, picture| {
                    charts::draw(chart(&frame), &run(&frame), size, picture);
                });
            }
        });
    });
    view! {
        <figure>
            <figcaption>
                <h2>{title}</h2>
                <b>{value}</b>
                <span class="hidden">{summary}</span>
            </figcaption>
            <canvas node_ref=node aria-hidden="true"></canvas>
        </figure>
    }
}

/// Before the first second there is nothing to sum up.
const SUMMARY: u64 = 1_000_000_000;

#[component]
fn Table() -> impl IntoView {
    let desk = desk();
    let rows = desk.read(|frame| charts::table(&run(frame)));
    let row = |row: [String; 6]| view! { <tr>{row.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view()}</tr> };
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label="The charts as a table">
            <table>
                <thead>
                    <tr>{charts::HEADINGS.into_iter().map(|heading| view! { <th scope="col">{heading}</th> }).collect_view()}</tr>
                </thead>
                <tbody>{move || rows.get().into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}
