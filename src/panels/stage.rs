//! The moving picture, what it means, and the sentence that says what is going on.

use std::time::Duration;

use gloo_timers::callback::Timeout;
use leptos::html::Canvas;
use leptos::prelude::*;

use super::desk;
use crate::browser::sheet::Sheet;
use crate::browser::{document, frame_loop};
use crate::format;
use crate::frame::Frame;
use crate::session::Session;
use crate::stage::{self, Captions, ColorBy, Options, Totals};

/// So many messages of a store or a link are handed to the painter; more cannot be told apart.
const SHOWN: usize = 6000;

/// A situation has to last so long, in milliseconds, before it is read out.
const SETTLED: u32 = 1500;

/// The picture is put into words at most so often.
const DESCRIBING: Duration = Duration::from_secs(2);

/// The stage with its legend and its sentence.
#[component]
pub(crate) fn Stage() -> impl IntoView {
    let desk = desk();
    let count = |part: fn(&Frame) -> u64| desk.read(move |frame| part(frame).to_string());
    let waiting = count(|frame| frame.ledger.waiting);
    let held = count(|frame| frame.ledger.held);
    let done = count(|frame| frame.ledger.done);
    let dead = count(|frame| frame.ledger.dead);
    let lost = count(|frame| frame.ledger.refused + frame.ledger.dropped);
    let bold = desk.read(|frame| frame.sentence.0.clone());
    let rest = desk.read(|frame| frame.sentence.1.clone());
    view! {
        <section class="card stage" aria-label="Stage">
            <div class="legend" aria-hidden="true">
                <span><i class="ready">"\u{25cf}"</i>" waiting "<b>{waiting}</b></span>
                <span><i class="flight">"\u{25c6}"</i>" in service "<b>{held}</b></span>
                <span><i class="done">"\u{25a0}"</i>" done "<b>{done}</b></span>
                <span><i class="failed">"\u{25bc}"</i>" dead "<b>{dead}</b></span>
                <span><i class="failed">"\u{2715}"</i>" refused or dropped "<b>{lost}</b></span>
            </div>
            <Picture />
            <p class="say"><b>{bold}</b>" "{rest}</p>
            <Announcer />
        </section>
    }
}

/// The canvas and its equivalent in words.
#[component]
fn Picture() -> impl IntoView {
    let desk = desk();
    let node = NodeRef::<Canvas>::new();
    let words = RwSignal::new(String::new());
    Effect::new(move || {
        let Some(mut sheet) = node.get().and_then(|canvas| Sheet::new(&canvas)) else { return };
        let mut described = f64::NEG_INFINITY;
        desk.on_frame(move |session| {
            let (scene, options) = (session.scene(SHOWN), options(session));
            sheet.draw(|size, picture| stage::draw(&scene, size, &options, picture));
            let now = frame_loop::now();
            if DESCRIBING.as_secs_f64() * 1000.0 <= now - described {
                described = now;
                words.set(stage::describe(&scene, &options));
            }
        });
    });
    view! {
        <div class="picture">
            <canvas node_ref=node aria-hidden="true"></canvas>
            <p class="hidden" role="img" aria-label=words></p>
        </div>
    }
}

fn options(session: &Session) -> Options {
    let ledger = session.ledger();
    Options {
        reduced_motion: document::reduces_motion(),
        color_by: ColorBy::Producer,
        captions: Captions {
            producers: vec![format!("{} /s", format::number(session.producer_rate()))],
            store: String::new(),
        },
        totals: Totals {
            done: ledger.done,
            refused: ledger.refused,
            dropped: ledger.dropped,
            dead: ledger.dead,
        },
    }
}

/// What a screen reader hears: the sentence, when the situation has changed and stays changed.
#[component]
fn Announcer() -> impl IntoView {
    let desk = desk();
    let situation = desk.read(|frame| frame.situation);
    let said = RwSignal::new(String::new());
    let waiting = StoredValue::new_local(None::<Timeout>);
    Effect::new(move || {
        let before = situation.get();
        let announce = move || {
            if situation.get_untracked() == before {
                let (bold, rest) = desk.ask(Session::sentence);
                said.set(format!("{bold} {rest}"));
            }
        };
        waiting.set_value(Some(Timeout::new(SETTLED, announce)));
    });
    view! { <p class="hidden" role="status" aria-live="polite">{said}</p> }
}
