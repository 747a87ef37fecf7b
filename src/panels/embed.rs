//! The page as it is inside of another one: the stage, the sentence, a few settings, and the way to the whole page.

use std::rc::Rc;

use leptos::prelude::*;

use super::knobs::Controls;
use super::lesson::LessonBar;
use super::stage::Stage;
use crate::browser::element::Element;
use crate::browser::{document, sight};
use crate::desk::{Desk, desk};
use crate::embed;
use crate::format;
use crate::session::{Action, Session};
use crate::widgets::act;
use crate::widgets::life::{Life, lives};

/// What is laid out anew for another system.
#[component]
pub(crate) fn Embedded() -> impl IntoView {
    let desk = desk();
    let shape = desk.shape();
    // What nobody has chosen stays in the whole page.
    let chosen = desk.ask(|session| session.lesson().only.is_some());
    let panels = [&shape.producer, &shape.queue, &shape.consumer].into_iter().filter(|_| chosen);
    let places: Vec<_> = panels.flat_map(|panel| panel.main.clone()).collect();
    let settings = (!places.is_empty()).then(|| {
        view! {
            <section class="card settings" aria-label="Settings">
                <Controls of=places />
            </section>
        }
    });
    view! {
        <Stage />
        <LessonBar />
        {settings}
    }
}

/// The bar below it.
#[component]
pub(crate) fn EmbedBar() -> impl IntoView {
    let desk = desk();
    let press = move |action: Action| act(move |_| desk.send(action.clone()));
    view! {
        <div role="alert" class="notice">
            {desk.read(|frame| frame.notice.clone().unwrap_or_default())}
        </div>
        <footer aria-label="Time">
            <button type="button" class="btn primary" on:click=press(Action::TogglePlay)>
                {desk.read(|frame| if frame.playing { "Pause" } else { "Play" }.into())}
            </button>
            <output class="clock" aria-label="Virtual time" aria-live="off">
                {desk.read(|frame| format::clock(frame.now))}
            </output>
            <button type="button" class="btn" title="From its start" on:click=press(Action::Reset)>
                "Reset"
            </button>
            <a class="btn" target="_blank" rel="noopener" use:lives=leads(desk)>
                "Open in Queuescope"
            </a>
        </footer>
    }
}

/// A link that leads to the session as it is when the link is used.
pub(super) fn leads(desk: Desk) -> Life {
    Rc::new(move |link| {
        let own = link.clone();
        let lead = move || {
            let fragment = embed::whole(desk.ask(Session::share));
            own.set("href", &format!("{}{fragment}", document::address()));
        };
        lead();
        for event in ["pointerdown", "keydown", "focus", "click"] {
            let lead = lead.clone();
            link.listen(event, move |_| lead());
        }
    })
}

/// Nothing is done while nobody sees it.
pub(crate) fn rests(desk: Desk) -> Life {
    Rc::new(move |page: Element| sight::watch(&page, move |seen| desk.rest(!seen)))
}
