//! What is around the picture: what color tells, how near it is seen, what can be taken along, and all of it as a list.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use queuescope_engine::Progress;
use queuescope_engine::id::MessageId;
use queuescope_engine::knob::{Domain, Value};

use super::options;
use crate::browser::element::Element;
use crate::browser::pointer::{self, Gesture};
use crate::browser::save::{self, File};
use crate::browser::sheet::palette;
use crate::desk::{Desk, desk};
use crate::export;
use crate::picture::{Picture, at, svg};
use crate::session::Action;
use crate::stage::canvas::Palette;
use crate::stage::{self, ColorBy, Target};
use crate::topology::{self, Offer};
use crate::widgets::life::Life;
use crate::widgets::{Read, act};

/// What color can tell, in the order of the menu.
const COLORS: [(ColorBy, &str); 4] = [
    (ColorBy::Producer, "producer"),
    (ColorBy::Key, "key"),
    (ColorBy::Attempt, "attempt"),
    (ColorBy::Message, "message"),
];

/// The picture with its canvas, by its id.
pub(super) const PICTURE: &str = "stage-picture";

/// A click on the picture chooses what is there; two fingers, or a wheel with Ctrl, enlarge it; and the edge of a queue is
/// dragged to another capacity.
pub(super) fn reacts(desk: Desk) -> Life {
    Rc::new(move |picture| {
        let own = picture.clone();
        // The capacity at which a drag of it began, and how far to the left it has gone.
        let held: Cell<Option<(f64, f64)>> = Cell::new(None);
        pointer::listen(&picture, move |gesture| {
            // Seen from afar, the picture is drawn smaller than it is shown.
            let times = desk.magnification();
            let (w, h) = own.size();
            let size = (w / times, h / times);
            let inside = |x: f64, y: f64| (x / times, y / times);
            match gesture {
                Gesture::Over(x, y) => return grips(desk, size, inside(x, y)),
                Gesture::Down(x, y) => {
                    let capacity = desk.ask(|session| session.capacity().map(|(_, capacity)| capacity));
                    held.set(capacity.filter(|_| grips(desk, size, inside(x, y))).map(|own| (own, 0.0)));
                    return held.get().is_some();
                }
                Gesture::Tap(..) if held.get().is_some() => {}
                Gesture::Tap(x, y) => desk.send(Action::Select(find(desk, size, inside(x, y)))),
                Gesture::Drag(dx, _) if held.get().is_some() => {
                    let (capacity, left) = held.get().unwrap_or_default();
                    let left = left - dx / times;
                    held.set(Some((capacity, left)));
                    bound(desk, stage::target::dragged(capacity, left));
                }
                Gesture::Drag(dx, dy) => desk.see(|view| view.shifted(dx / times, dy / times, size)),
                Gesture::Zoom(nearer, x, y) => {
                    desk.see(|view| view.nearer(nearer, at(x / times, y / times), size));
                }
            }
            false
        });
    })
}

/// Whether the capacity can be dragged from there.
fn grips(desk: Desk, size: (f64, f64), (x, y): (f64, f64)) -> bool {
    let view = desk.view();
    desk.ask(|session| {
        let (scene, options) = (session.scene(0), options(desk, session));
        stage::target::is_at_grip(&scene, size, &options, view.inside(at(x, y)), view.zoom)
    })
}

/// Sets the capacity, as far as it may go.
fn bound(desk: Desk, capacity: f64) {
    let setting = desk.ask(|session| {
        let (address, _) = session.capacity()?;
        let Domain::Whole { min, max, .. } = session.knob(address)?.domain else { return None };
        Some((address.to_owned(), capacity.clamp(min.into(), max.into())))
    });
    if let Some((knob, to)) = setting {
        desk.send(Action::Set { knob, to: Value::Number(to) });
    }
}

fn find(desk: Desk, size: (f64, f64), (x, y): (f64, f64)) -> Option<Target> {
    let view = desk.view();
    desk.ask(|session| {
        let (scene, options) = (session.scene(super::SHOWN), options(desk, session));
        stage::target::target(&scene, size, &options, view.inside(at(x, y)), view.zoom)
    })
}

/// The row above the picture.
#[component]
pub(super) fn Bar() -> impl IntoView {
    let desk = desk();
    let option = |(place, (_, name)): (usize, &(ColorBy, &'static str))| {
        view! { <option value=place.to_string() selected=COLORS[place].0 == desk.color()>{*name}</option> }
    };
    let choose = move |event| {
        let place: usize = event_target_value(&event).parse().unwrap_or(0);
        if let Some((color, _)) = COLORS.get(place) {
            desk.set_color(*color);
        }
    };
    let zoom = |times: f64| act(move |_| desk.zoom(times));
    view! {
        <div class="bar" role="group" aria-label="Picture">
            <label class="inline">
                <span>"Color by"</span>
                <select class="btn" on:change=act(choose)>
                    {COLORS.iter().enumerate().map(option).collect::<Vec<_>>()}
                </select>
            </label>
            <span class="zoom">
                <button type="button" class="btn" aria-label="Zoom out" title="Zoom out (-)" on:click=zoom(1.0 / 1.5)>
                    "\u{2212}"
                </button>
                <button type="button" class="btn" title="Show all of it (0)" on:click=zoom(0.0)>
                    "Fit"
                </button>
                <button type="button" class="btn" aria-label="Zoom in" title="Zoom in (+)" on:click=zoom(1.5)>
                    "+"
                </button>
            </span>
            <Add />
            <Menu />
        </div>
    }
}

/// What can be added to the experiment, which begins anew with it.
#[component]
fn Add() -> impl IntoView {
    let desk = desk();
    let items = desk.ask(|session| topology::additions(session.scenario()));
    let item = |(label, edit): Offer| {
        view! {
            <button type="button" class="btn" on:click=act(move |_| desk.send(Action::Edit(edit.clone())))>
                {label}
            </button>
        }
    };
    view! {
        <details class="add" on:keydown=act(crate::panels::folds)>
            <summary class="btn">"Add"</summary>
            <div class="items">
                {items.into_iter().map(item).collect::<Vec<_>>()}
                <p>"The run begins anew with it; undo brings this one back."</p>
            </div>
        </details>
    }
}

/// What can be taken along.
#[component]
fn Menu() -> impl IntoView {
    let desk = desk();
    let said = RwSignal::new(String::new());
    type Item = (&'static str, fn(Desk, RwSignal<String>));
    let item = |(label, does): Item| {
        view! {
            <button type="button" class="btn" on:click=act(move |_| does(desk, said))>
                {label}
            </button>
        }
    };
    let items: [Item; 5] = [
        ("Picture as PNG", |desk, _| png(desk)),
        ("Picture as SVG", |desk, _| drawing(desk)),
        ("Journal as CSV", journal),
        ("Metrics as CSV", |desk, _| {
            let file = File::new(name(desk, "metrics.csv"), "text/csv");
            file.add(&metrics(desk));
            file.save();
        }),
        ("Copy metrics", |desk, said| {
            save::copy(&metrics(desk));
            said.set("Copied.".into());
        }),
    ];
    let text: Read = Arc::new(move || said.get());
    view! {
        <details class="menu" on:keydown=act(crate::panels::folds)>
            <summary class="btn">"Export"</summary>
            <div class="items">
                {items.into_iter().map(item).collect::<Vec<_>>()}
                <p role="status">{text}</p>
            </div>
        </details>
    }
}

fn name(desk: Desk, what: &str) -> String {
    format!("queuescope-{}-{what}", desk.ask(|session| session.recording().scenario.name))
}

fn metrics(desk: Desk) -> String {
    desk.frame(|frame| export::metrics(&frame.buckets, frame.bucket_width))
}

/// All of the picture, however near it is seen.
fn picture(desk: Desk) -> Option<(Picture, Palette)> {
    let element = Element::with_id(PICTURE)?;
    let mut picture = Picture::default();
    desk.ask(|session| {
        let (scene, options) = (session.scene(super::SHOWN), options(desk, session));
        stage::draw(&scene, element.size(), &options, &mut picture);
    });
    Some((picture, palette(&element)))
}

fn png(desk: Desk) {
    if let Some((picture, palette)) = picture(desk) {
        save::png(name(desk, "stage.png"), &picture, &palette);
    }
}

fn drawing(desk: Desk) {
    if let Some((picture, palette)) = picture(desk) {
        let file = File::new(name(desk, "stage.svg"), "image/svg+xml");
        file.add(&svg::svg(&picture, &palette.plain(), "system-ui, sans-serif"));
        file.save();
    }
}

/// Written between frames, however long the run is.
fn journal(desk: Desk, said: RwSignal<String>) {
    let mut journal = desk.ask(crate::session::Session::journal);
    let mut file = Some(File::new(name(desk, "journal.csv"), "text/csv"));
    desk.begin(move || {
        let (text, progress) = journal.more();
        let Some(own) = &file else { return false };
        own.add(&text);
        if progress == Progress::OutOfBudget {
            said.set(format!("Writing: {}%", (journal.share() * 100.0) as u32));
            return true;
        }
        file.take().into_iter().for_each(File::save);
        said.set("Written.".into());
        false
    });
}

/// All that is on the stage as a list, as it was when the list was opened.
#[component]
pub(super) fn List() -> impl IntoView {
    let desk = desk();
    let all = RwSignal::new(Vec::<(Target, String)>::new());
    let list = move || all.set(desk.ask(crate::session::Session::listed));
    let item = move |(target, words): (Target, String)| {
        view! {
            <li>
                <button type="button" on:click=act(move |_| desk.send(Action::Select(Some(target))))>
                    {words}
                </button>
            </li>
        }
    };
    let look_up = move |event| {
        if let Some(number) = Element::target(&event).number().filter(|number| 1.0 <= *number) {
            desk.send(Action::Select(Some(Target::Message(MessageId(number as u64)))));
        }
    };
    let unfold = move |event| {
        if Element::target(&event).has("open") {
            list();
        }
    };
    view! {
        <details class="list" on:toggle=act(unfold)>
            <summary>"As a list"</summary>
            <div class="find">
                <label class="inline">
                    <span>"Message number"</span>
                    <input type="number" class="btn" min="1" step="1" on:change=act(look_up) />
                </label>
                <button type="button" class="btn" on:click=act(move |_| list())>
                    "List anew"
                </button>
            </div>
            <ul class="scroll" tabindex="0" aria-label="On the stage">
                {move || all.get().into_iter().map(item).collect::<Vec<_>>()}
            </ul>
        </details>
    }
}
