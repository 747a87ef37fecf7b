//! Scenarios, one click each, and the story of the one that runs.

use leptos::prelude::*;

use super::desk;
use crate::catalog;
use crate::session::Action;

/// The row of scenarios.
#[component]
pub(crate) fn Scenarios() -> impl IntoView {
    let desk = desk();
    let title = desk.read(|frame| frame.story.title.clone());
    let watch = desk.read(|frame| frame.story.watch.clone());
    let why = desk.read(|frame| frame.story.why.clone());
    let notice = desk.read(|frame| frame.notice.clone().unwrap_or_default());
    let chip = move |index: usize| {
        let title = catalog::scenario(index).title;
        let pressed = desk.read(move |frame| (frame.scenario == Some(index)).to_string());
        view! {
            <button type="button" class="chip" aria-pressed=pressed on:click=move |_| desk.send(Action::Scenario(index))>
                {title}
            </button>
        }
    };
    let chips = (0..catalog::SCENARIOS.len()).map(chip).collect_view();
    view! {
        <section class="scenarios" aria-label="Choice of scenario">
            <h2 aria-hidden="true">"Scenarios"</h2>
            <div class="chips" role="group" aria-label="Scenarios">{chips}</div>
        </section>
        <section class="story" aria-label="Scenario">
            <p><b>{title}</b>" "{watch}</p>
            <details>
                <summary>"Why it happens"</summary>
                <p>{why}</p>
            </details>
            <div role="alert" class="notice">{notice}</div>
        </section>
    }
}
