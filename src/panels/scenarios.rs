//! The systems, the scenarios of the one that is chosen, one click each, and what the one that runs says of itself.

use leptos::prelude::*;

use crate::browser::element::Element;
use crate::catalog;
use crate::desk::desk;
use crate::readings;
use crate::session::Action;
use crate::widgets::act;
use crate::widgets::life::{is_hidden, lives, stands};

/// The menu of systems: each begins with the first of its scenarios.
#[component]
pub(crate) fn Systems() -> impl IntoView {
    let desk = desk();
    let groups = catalog::by_system();
    let firsts: Vec<usize> = groups.iter().map(|(_, places)| places[0]).collect();
    let options: Vec<_> = groups
        .iter()
        .map(|(system, places)| view! { <option value=places[0].to_string()>{*system}</option> })
        .collect();
    let chosen = desk.read(move |frame| {
        let own = readings::system(frame);
        let first = firsts.iter().find(|first| catalog::SCENARIOS[**first].system == own);
        first.map_or_else(String::new, ToString::to_string)
    });
    let choose = move |event| {
        if let Ok(index) = Element::target(&event).value().parse() {
            desk.send(Action::Scenario(index));
        }
    };
    view! {
        <select class="btn which" aria-label="System" use:lives=stands(chosen) on:change=act(choose)>
            {options}
        </select>
    }
}

/// The row of scenarios.
#[component]
pub(crate) fn Scenarios() -> impl IntoView {
    let desk = desk();
    let chip = move |index: usize| {
        let pressed = desk.read(move |frame| (frame.scenario == Some(index)).to_string());
        let busy = desk.read(move |frame| (frame.awaited == Some(index)).to_string());
        view! {
            <button
                type="button"
                class="chip"
                aria-pressed=pressed
                aria-busy=busy
                on:click=act(move |_| desk.send(Action::Scenario(index)))
            >
                {catalog::SCENARIOS[index].title}
            </button>
        }
    };
    let group = |(system, places): (&'static str, Vec<usize>)| {
        let away = desk.flag(move |frame| readings::system(frame) != system);
        view! {
            <div class="chips" use:lives=is_hidden(away)>
                {places.into_iter().map(chip).collect::<Vec<_>>()}
            </div>
        }
    };
    view! {
        <section class="scenarios" aria-label="Choice of scenario">
            <div class="systems" role="group" aria-label="Scenarios">
                {catalog::by_system().into_iter().map(group).collect::<Vec<_>>()}
                {library()}
            </div>
        </section>
    }
}

/// The way to all the others.
#[cfg(feature = "systems")]
fn library() -> impl IntoView {
    view! { <a class="chip" href="#/learn/scenarios">"All scenarios\u{2026}"</a> }
}

#[cfg(not(feature = "systems"))]
fn library() {}

/// The story, and what the visitor has to be told.
#[component]
pub(crate) fn StoryPanel() -> impl IntoView {
    let desk = desk();
    view! {
        <section class="story" aria-label="Scenario">
            <p>
                <b>{desk.read(|frame| frame.story.title.clone())}</b>
                " "
                {desk.read(|frame| frame.story.watch.clone())}
            </p>
            <details>
                <summary>"Why it happens"</summary>
                <p>{desk.read(|frame| frame.story.why.clone())}</p>
                {tries(desk)}
            </details>
            {lesson()}
            <div role="alert" class="notice">
                {desk.read(|frame| frame.notice.clone().unwrap_or_default())}
            </div>
        </section>
    }
}

/// What is worth trying.
#[cfg(feature = "systems")]
fn tries(desk: crate::desk::Desk) -> impl IntoView {
    let nothing = desk.flag(|frame| frame.story.tries.is_empty());
    view! {
        <p use:lives=is_hidden(nothing)>
            <b>"Try: "</b>
            {desk.read(|frame| frame.story.tries.clone())}
        </p>
    }
}

#[cfg(not(feature = "systems"))]
fn tries(_: crate::desk::Desk) {}

/// What a link keeps back for a lesson.
#[cfg(feature = "systems")]
fn lesson() -> impl IntoView {
    view! { <super::lesson::LessonBar /> }
}

#[cfg(not(feature = "systems"))]
fn lesson() {}
