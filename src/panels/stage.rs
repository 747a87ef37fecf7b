//! The moving picture, and what is read out of it.

use std::time::Duration;

use gloo_timers::callback::Timeout;

use crate::app::Desk;
use crate::browser::element::{Element, Shown};
use crate::browser::{document, frame_loop};
use crate::format;
use crate::session::Session;
use crate::stage::{self, Captions, ColorBy, Options, Totals};

/// So many messages of a store or a link are handed to the painter; more cannot be told apart.
const SHOWN: usize = 6000;

/// A situation has to last so long, in milliseconds, before it is read out.
const SETTLED: u32 = 1500;

/// The picture is put into words at most so often.
const DESCRIBING: Duration = Duration::from_secs(2);

pub(super) fn lay(page: &Element, desk: Desk) {
    paint(page, desk);
    announce(page.with_id("announcer"), desk);
}

/// The picture and its equivalent in words.
fn paint(page: &Element, desk: Desk) {
    let Some(mut sheet) = page.with_id("picture").sheet() else { return };
    let mut words = Shown::attribute(page.with_id("picture-words"), "aria-label");
    let mut described = f64::NEG_INFINITY;
    desk.on_frame(move |session| {
        let (scene, options) = (session.scene(SHOWN), options(session));
        sheet.draw(|size, picture| stage::draw(&scene, size, &options, picture));
        let now = frame_loop::now();
        if DESCRIBING.as_secs_f64() * 1000.0 <= now - described {
            described = now;
            words.show(stage::describe(&scene, &options));
        }
    });
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
fn announce(announcer: Element, desk: Desk) {
    let mut last = None;
    let mut waiting = None;
    desk.on_publish(move |frame| {
        if last.replace(frame.situation) != Some(frame.situation) {
            let announcer = announcer.clone();
            // One that still waits is replaced, and so will not be heard.
            waiting.replace(Timeout::new(SETTLED, move || {
                let (bold, rest) = desk.ask(Session::sentence);
                announcer.say(&format!("{bold} {rest}"));
            }));
        }
    });
}
