//! The charts of the full program: those that a visitor has chosen, one cursor through all of them, and below them what
//! else there is to read: the run as a table, what an event changed, what theory expects.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use queuescope_engine::Time;
use queuescope_engine::trend;

use super::oncall::show;
use crate::browser::element::Element;
use crate::browser::pointer::{self, Pointing};
use crate::browser::{keyboard, storage};
use crate::charts::graph::{GRAPHS, Graph, keep, kept, usual};
use crate::charts::{TimeAxis, change, table};
use crate::desk::{Desk, desk};
use crate::frame::Frame;
use crate::readings;
use crate::session::{Action, Go};
use crate::widgets::life::{Life, follow, is_hidden, lives};
use crate::widgets::rows::{Row, Rows, Table};
use crate::widgets::{Read, act};

/// Where the choice is kept.
const CHOSEN: &str = "queuescope.charts";

/// A moment of the run.
const MOMENT: &[&str] = &["Time", "Waiting", "In per second", "Out per second", "Mean wait", "Longest wait"];

/// The time that is looked at in all charts.
type Cursor = RwSignal<Option<Time>>;

/// Where the times of a chart stand, as it was drawn last.
type Axis = Rc<Cell<Option<TimeAxis>>>;

/// The charts and all that belongs to them.
#[component]
pub(crate) fn Charts() -> impl IntoView {
    let desk = desk();
    let cursor: Cursor = RwSignal::new(None);
    let has_logs = desk.ask(|session| trend::lag(&session.scene(0)).is_some());
    let chosen = storage::get(CHOSEN).and_then(|text| kept(&text));
    let chosen = RwSignal::new(chosen.unwrap_or_else(|| usual(has_logs).to_vec()));
    let shown = move || {
        let shown = chosen.get().into_iter().filter(|graph| graph.exists(has_logs));
        shown.map(|graph| view! { <Figure graph cursor /> }).collect::<Vec<_>>()
    };
    view! {
        <section class="card charts" aria-label="Charts">
            <div class="figures">{shown}</div>
            <div class="feet">
                <Folded title=desk.read(|_| "As a table".into()) name="The charts as a table" columns=MOMENT of=moments />
                <Folded title=desk.read(event) name="Before and now" columns=CHANGE of=changes />
                <Folded title=desk.read(theory) name="Theory" columns=THEORY of=expected note=|frame| frame.theory.note.clone() />
                <span class="end">
                    <Choices chosen has_logs />
                    <button type="button" class="btn" on:click=act(move |_| show(desk))>
                        "On call"
                    </button>
                </span>
            </div>
        </section>
    }
}

/// What a chart can be chosen by.
#[component]
fn Choices(chosen: RwSignal<Vec<Graph>>, has_logs: bool) -> impl IntoView {
    let desk = desk();
    let choice = move |graph: Graph| {
        let change = move |event| {
            let on = event_target_checked(&event);
            // In the order in which they stand, whatever was chosen first.
            let was = chosen.get_untracked();
            let now: Vec<Graph> =
                GRAPHS.into_iter().filter(|own| if *own == graph { on } else { was.contains(own) }).collect();
            storage::set(CHOSEN, &keep(&now));
            chosen.set(now);
        };
        let is_on = chosen.get_untracked().contains(&graph);
        view! {
            <label class="check">
                <input type="checkbox" checked=is_on on:change=act(change) />
                {desk.read(move |frame| graph.meaning(frame).into())}
            </label>
        }
    };
    let all: Vec<_> = GRAPHS.into_iter().filter(|graph| graph.exists(has_logs)).map(choice).collect();
    view! {
        <details class="menu" on:keydown=act(super::folds)>
            <summary class="btn">"Choose charts"</summary>
            <div class="items" role="group" aria-label="Charts that are shown">
                {all}
            </div>
        </details>
    }
}

/// A chart with its figures: at the cursor, or of the present.
#[component]
fn Figure(graph: Graph, cursor: Cursor) -> impl IntoView {
    let desk = desk();
    let axis = Axis::default();
    let figures: Read = Arc::new(move || {
        let at = cursor.get();
        desk.frame(|frame| graph.figures(frame, at))
    });
    view! {
        <figure>
            <figcaption>
                <h2>{desk.read(move |frame| graph.title(frame).into())}</h2>
                <b>{figures}</b>
            </figcaption>
            <div class="plot" role="slider" tabindex="0" aria-valuemin="0" use:lives=points(desk, graph, cursor, &axis)>
                <canvas aria-hidden="true" use:lives=draws(desk, graph, cursor, &axis)></canvas>
            </div>
        </figure>
    }
}

/// The canvas shows the chart, drawn anew with each frame and for each place of the cursor.
fn draws(desk: Desk, graph: Graph, cursor: Cursor, axis: &Axis) -> Life {
    let axis = axis.clone();
    Rc::new(move |canvas| {
        let Some(mut sheet) = canvas.sheet() else { return };
        let axis = axis.clone();
        follow(move || {
            let at = cursor.get();
            desk.frame(|frame| {
                sheet.draw(|size, picture| axis.set(Some(graph.draw(frame, at, size, picture))));
            });
        });
    })
}

/// Goes to a time, and stays there.
fn go(desk: Desk, at: Time) {
    desk.send(Action::Go(Go::StayAt(at)));
}

/// The chart is pointed at by a mouse, by fingers and by keys, and says what it shows there.
fn points(desk: Desk, graph: Graph, cursor: Cursor, axis: &Axis) -> Life {
    let axis = axis.clone();
    Rc::new(move |plot| {
        let axis = axis.clone();
        let until = move || desk.frame_now(|frame| frame.course.until);
        pointer::point(&plot, move |pointing| {
            let time = |x| axis.get().map(|axis: TimeAxis| axis.time(x).min(until()));
            match pointing {
                Pointing::Over(x) => cursor.set(time(x)),
                Pointing::Off => cursor.set(None),
                Pointing::Press(x) => {
                    if let Some(at) = time(x) {
                        go(desk, at);
                    }
                }
            }
        });
        plot.listen("blur", move |_| cursor.set(None));
        keyboard::listen_on(&plot, move |key| {
            let (now, until) = desk.frame_now(|frame| (frame.now, frame.course.until));
            let at = cursor.get_untracked().unwrap_or(now);
            let by = |share: f64| {
                let to = at.as_secs_f64() + until.as_secs_f64() * share;
                Some(Time::from_secs_f64(to.max(0.0)).min(until))
            };
            let to = match key {
                "ArrowLeft" | "ArrowDown" => by(-1.0 / 120.0),
                "ArrowRight" | "ArrowUp" => by(1.0 / 120.0),
                "PageDown" => by(-0.1),
                "PageUp" => by(0.1),
                "Home" => Some(Time::ZERO),
                "End" => Some(until),
                "Escape" => None,
                "Enter" => {
                    go(desk, at);
                    return true;
                }
                _ => return false,
            };
            cursor.set(to);
            true
        });
        says(desk, graph, cursor, plot);
    })
}

/// What is read out of the chart: the time and the values there.
fn says(desk: Desk, graph: Graph, cursor: Cursor, plot: Element) {
    let mut last = (String::new(), String::new(), 0);
    follow(move || {
        let at = cursor.get();
        let (name, words, place, end) = desk.frame(|frame| {
            let place = at.unwrap_or(frame.now).as_nanos() / 1_000_000_000;
            let end = frame.course.until.as_nanos() / 1_000_000_000;
            (graph.meaning(frame), graph.words(frame, at), place, end)
        });
        if last.0 != name {
            plot.set("aria-label", name);
            name.clone_into(&mut last.0);
        }
        if last.1 != words || last.2 != end {
            plot.set("aria-valuemax", &end.max(place).to_string());
            plot.set("aria-valuenow", &place.to_string());
            plot.set("aria-valuetext", &words);
            (last.1, last.2) = (words, end);
        }
    });
}

// ---------------------------------------------------------------- below them

const CHANGE: &[&str] = &["Metric", "10 s before", "Last 10 s", "Change"];
const THEORY: &[&str] = &["Metric", "Formula", "In theory", "So far"];

/// The rows of a table.
type Of = fn(&Frame) -> Vec<Vec<String>>;

fn moments(frame: &Frame) -> Vec<Vec<String>> {
    table(&readings::run(frame)).into_iter().map(Vec::from).collect()
}

/// What stands above the table of what an event changed; nothing, if there was none.
fn event(frame: &Frame) -> String {
    match &frame.event {
        Some(event) if !changes(frame).is_empty() => {
            format!("Before and now: {}, {}", crate::format::clock(event.at), event.text)
        }
        _ => String::new(),
    }
}

fn changes(frame: &Frame) -> Vec<Vec<String>> {
    let rows = frame.event.as_ref().map(|event| change::rows(&frame.course, event.at, frame.now));
    rows.unwrap_or_default().into_iter().map(Vec::from).collect()
}

fn theory(frame: &Frame) -> String {
    let name = Some(&frame.theory.name).filter(|name| !name.is_empty());
    format!("Theory: {}", name.map_or("none applies", |name| name))
}

fn expected(frame: &Frame) -> Vec<Vec<String>> {
    frame.theory.lines.iter().map(|line| line.to_vec()).collect()
}

/// A table that is folded up until somebody wants it, and is kept up to date while it is open. It is not there without a
/// title.
#[component]
fn Folded(
    title: Read,
    name: &'static str,
    columns: &'static [&'static str],
    of: Of,
    #[prop(optional)] note: Option<fn(&Frame) -> String>,
) -> impl IntoView {
    let desk = desk();
    let open = RwSignal::new(false);
    let rows: Rows = Arc::new(move || {
        let rows = || desk.frame(of).into_iter().map(|cells| Row::plain("", cells)).collect();
        if open.get() { rows() } else { Vec::new() }
    });
    let is_nothing = {
        let title = title.clone();
        Arc::new(move || title().is_empty())
    };
    let note = note.map(|note| view! { <p class="muted">{desk.read(note)}</p> });
    view! {
        <details
            class="table"
            use:lives=is_hidden(is_nothing)
            on:toggle=act(move |event| open.set(Element::target(&event).has("open")))
        >
            <summary>{title}</summary>
            <div class="scroll" tabindex="0" role="group" aria-label=name>
                <Table columns=columns.into() rows />
                {note}
            </div>
        </details>
    }
}
