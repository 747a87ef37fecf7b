//! The moving picture, what it means, and the sentence that says what is going on.

#[cfg(feature = "systems")]
mod tools;

#[cfg(feature = "systems")]
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use crate::browser::element::Element;
use crate::browser::{document, frame_loop};
use crate::desk::{Desk, desk};
use crate::format;
#[cfg(feature = "systems")]
use crate::narration::Narrator;
use crate::readings::{LEGEND, Sign};
use crate::session::Session;
#[cfg(not(feature = "systems"))]
use crate::stage::ColorBy;
use crate::stage::{self, Captions, Options, Totals};
use crate::widgets::life::{Life, follow, lives};

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
    let shape = desk.shape();
    let sign = |Sign { class, sign, word, of }: &Sign| {
        view! {
            <span>
                <i class=*class>{*sign}</i>
                {format!(" {} ", word(&shape))}
                <b>{desk.read(*of)}</b>
            </span>
        }
    };
    #[cfg(feature = "systems")]
    let (bar, list, reacts) = (view! { <tools::Bar /> }, view! { <tools::List /> }, tools::reacts(desk));
    #[cfg(not(feature = "systems"))]
    let (bar, list, reacts): ((), (), Life) = ((), (), Rc::new(|_| {}));
    view! {
        <section class="card stage" aria-label="Stage">
            <div class="legend" aria-hidden="true">
                {LEGEND.iter().map(sign).collect::<Vec<_>>()}
            </div>
            {bar}
            <div class="picture" id="stage-picture" use:lives=reacts>
                <Moving />
            </div>
            {list}
            <p class="say">
                <b>{desk.read(|frame| frame.sentence.0.clone())}</b>
                " "
                {desk.read(|frame| frame.sentence.1.clone())}
            </p>
            <p class="hidden" role="status" aria-live="polite" use:lives=announces(desk)></p>
        </section>
    }
}

/// The picture alone: the canvas, and what it shows in words.
#[component]
pub(super) fn Moving() -> impl IntoView {
    let desk = desk();
    view! {
        <canvas aria-hidden="true" use:lives=paints(desk)></canvas>
        <p class="hidden" role="img"></p>
    }
}

/// The canvas shows the session, and the paragraph after it says what it shows.
fn paints(desk: Desk) -> Life {
    Rc::new(move |canvas| paint(&canvas, desk))
}

fn paint(canvas: &Element, desk: Desk) {
    let Some(mut sheet) = canvas.sheet() else { return };
    let canvas = canvas.clone();
    let mut described = f64::NEG_INFINITY;
    // A figure in a text is looked at.
    #[cfg(feature = "systems")]
    let is_figure = !desk.prefix().is_empty();
    desk.on_frame(move |session| {
        let (scene, options) = (session.scene(SHOWN), options(desk, session));
        #[cfg(feature = "systems")]
        let options = Options { grip: options.grip && !is_figure, ..options };
        #[cfg(feature = "systems")]
        {
            let times = desk.magnification();
            sheet.draw_in(desk.view().magnified(times), |(w, h), picture| {
                stage::draw(&scene, (w / times, h / times), &options, picture);
            });
        }
        #[cfg(not(feature = "systems"))]
        sheet.draw(|size, picture| stage::draw(&scene, size, &options, picture));
        let now = frame_loop::now();
        if DESCRIBING.as_secs_f64() * 1000.0 <= now - described
            && let Some(words) = canvas.next()
        {
            described = now;
            words.set("aria-label", &stage::describe(&scene, &options));
        }
    });
}

#[cfg_attr(not(feature = "systems"), expect(unused_variables, reason = "there is one way to see it"))]
fn options(desk: Desk, session: &Session) -> Options {
    let ledger = session.ledger();
    Options {
        reduced_motion: document::reduces_motion(),
        #[cfg(feature = "systems")]
        color_by: desk.color(),
        #[cfg(feature = "systems")]
        selected: session.selected(),
        #[cfg(feature = "systems")]
        grip: session.capacity().is_some(),
        #[cfg(not(feature = "systems"))]
        color_by: ColorBy::Producer,
        #[cfg(not(feature = "systems"))]
        selected: None,
        captions: Captions {
            producers: session
                .producer_rates()
                .into_iter()
                .map(|rate| format!("{} /s", format::number(rate)))
                .collect(),
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

/// What a screen reader hears is the sentence with the news, when the situation has changed and stays changed.
#[cfg(feature = "systems")]
fn announces(desk: Desk) -> Life {
    Rc::new(move |announcer| {
        let narrator = Rc::new(RefCell::new(Narrator::default()));
        let due = Rc::new(Cell::new(false));
        let mut waiting = None;
        follow(move || {
            desk.frame(|_| ());
            if !narrator.borrow().has_news(desk.ask(Session::facets)) {
                // It was nothing that stayed.
                due.set(false);
                waiting = None;
                return;
            }
            if due.replace(true) {
                return;
            }
            let (narrator, due, announcer) = (narrator.clone(), due.clone(), announcer.clone());
            waiting.replace(Timeout::new(SETTLED, move || {
                due.set(false);
                let (facets, sentence) = desk.ask(|session| (session.facets(), session.sentence()));
                announcer.say(&narrator.borrow_mut().tell(facets, &sentence));
            }));
        });
    })
}

/// What a screen reader hears is the sentence, when the situation has changed and stays changed.
#[cfg(not(feature = "systems"))]
fn announces(desk: Desk) -> Life {
    Rc::new(move |announcer| {
        let mut last = None;
        let mut waiting = None;
        follow(move || {
            let situation = desk.frame(|frame| frame.situation);
            if last.replace(situation) != Some(situation) {
                let announcer = announcer.clone();
                // One that still waits is replaced, and so will not be heard.
                waiting.replace(Timeout::new(SETTLED, move || {
                    let (bold, rest) = desk.ask(Session::sentence);
                    announcer.say(&format!("{bold} {rest}"));
                }));
            }
        });
    })
}
