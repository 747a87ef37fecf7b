//! Scenarios, one click each, and what the one that runs says of itself.

use leptos::prelude::*;

use crate::catalog;
use crate::desk::desk;
use crate::session::Action;
use crate::widgets::act;

/// The row of scenarios, by system.
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
        view! {
            <div class="chips" role="group" aria-label=system>
                <h2 aria-hidden="true">{system}</h2>
                {places.into_iter().map(chip).collect::<Vec<_>>()}
            </div>
        }
    };
    view! {
        <section class="scenarios" aria-label="Choice of scenario">
            <div class="systems" role="group" aria-label="Scenarios">
                {catalog::by_system().into_iter().map(group).collect::<Vec<_>>()}
            </div>
        </section>
    }
}

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
            </details>
            <div role="alert" class="notice">
                {desk.read(|frame| frame.notice.clone().unwrap_or_default())}
            </div>
        </section>
    }
}
