//! What a link keeps back for a lesson, and how it is had all the same.

use std::sync::Arc;

use leptos::prelude::*;

use crate::browser::element::Element;
use crate::desk::{Desk, desk};
use crate::lesson::Lesson;
use crate::session::{Action, Session};
use crate::widgets::life::{is_hidden, lives};
use crate::widgets::{Read, act};

fn teach(desk: Desk, change: impl FnOnce(&mut Lesson)) {
    let mut lesson = desk.ask(|session| session.lesson().clone());
    change(&mut lesson);
    desk.send(Action::Teach(lesson));
}

/// What is kept back, with a button for each.
#[component]
pub(crate) fn LessonBar() -> impl IntoView {
    let desk = desk();
    let reveal = move |_| {
        teach(desk, |lesson| lesson.hides_cause = false);
        // The button is gone: the focus goes to what it has brought.
        super::soon(|| {
            let next = Element::first(".story summary").or_else(|| Element::first("footer .primary"));
            next.iter().for_each(Element::reveal);
        });
    };
    let all = move |_| {
        teach(desk, |lesson| lesson.only = None);
        super::soon(|| Element::first(".producer input").iter().for_each(Element::reveal));
    };
    let known = desk.flag(|frame| !frame.lesson.hides_cause);
    let whole = desk.flag(|frame| frame.lesson.only.is_none());
    let few: Read = Arc::new(move || {
        let all = desk.ask(|session: &Session| session.whole_shape().settings.len());
        desk.frame(|frame| {
            format!("{} of {all} settings are shown.", frame.lesson.only.as_ref().map_or(all, Vec::len))
        })
    });
    view! {
        <div class="lesson riddle" use:lives=is_hidden(known)>
            <span>"The cause is hidden."</span>
            <button type="button" class="btn" on:click=act(reveal)>
                "Reveal the cause"
            </button>
        </div>
        <div class="lesson few" use:lives=is_hidden(whole)>
            <span>{few}</span>
            <button type="button" class="btn" on:click=act(all)>
                "Show all settings"
            </button>
        </div>
    }
}
