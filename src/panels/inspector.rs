//! What is chosen on the stage: what there is to know, what can be done, and of a message its whole life.

use std::sync::Arc;

use leptos::prelude::*;

use crate::browser::element::Element;
use crate::desk::{Desk, desk};
use crate::inspect::Selection;
use crate::life::Line;
use crate::panels::settings;
use crate::session::{Action, Go};
use crate::topology::Offer;
use crate::widgets::act;
use crate::widgets::life::{is_hidden, lives};

/// The panel; it is not there while nothing is chosen.
#[component]
pub(crate) fn Inspector() -> impl IntoView {
    let desk = desk();
    let is_empty = desk.flag(|frame| frame.selection.is_none());
    let title = desk.read(|frame| frame.selection.as_ref().map_or(String::new(), |own| own.title.clone()));
    let note = desk.read(|frame| frame.selection.as_ref().map_or(String::new(), |own| own.note.clone()));
    let fact = |(name, value): (&'static str, String)| {
        view! {
            <div class="stat">
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    let line = move |line: Line| {
        let Line { at, clock, text, attempt, bad } = line;
        let attempt = attempt.map_or(String::new(), |attempt| attempt.to_string());
        view! {
            <li class=if bad { "wrong" } else { "" }>
                <button type="button" title="Go there" on:click=act(move |_| desk.send(Action::Go(Go::StayAt(at))))>
                    {clock}
                </button>
                <span>{text}</span>
                <i title="attempt">{attempt}</i>
            </li>
        }
    };
    let facts = move || part(desk, |own| own.facts.clone()).into_iter().map(fact).collect::<Vec<_>>();
    let lines = move || part(desk, |own| own.lines.clone()).into_iter().map(line).collect::<Vec<_>>();
    view! {
        <section class="card inspector" aria-label="Selected" use:lives=is_hidden(is_empty)>
            <div class="heading">
                <h2>{title}</h2>
                <button
                    type="button"
                    class="btn"
                    aria-label="Close"
                    on:click=act(move |_| desk.send(Action::Select(None)))
                >
                    "\u{2715}"
                </button>
            </div>
            <dl>{facts}</dl>
            <Acts />
            <Edits />
            <ol class="life" tabindex="0" aria-label="What happened to it">
                {lines}
            </ol>
            <p class="note">{note}</p>
        </section>
    }
}

/// What can be done about it.
#[component]
fn Acts() -> impl IntoView {
    let desk = desk();
    let acts = move || part(desk, |own| own.acts.iter().map(|(label, _)| label.clone()).collect());
    let settings = desk.flag(|frame| frame.selection.as_ref().is_none_or(|own| own.settings.is_none()));
    let item = move |(place, label): (usize, String)| {
        let press = move |_| {
            let command =
                part(desk, |own| own.acts.get(place).map(|(_, act)| act.clone()).into_iter().collect());
            command.into_iter().for_each(|command| desk.send(Action::Act(command)));
        };
        view! {
            <button type="button" class="btn" on:click=act(press)>
                {label}
            </button>
        }
    };
    view! {
        <div class="acts" role="group" aria-label="What can be done">
            {move || acts().into_iter().enumerate().map(item).collect::<Vec<_>>()}
            <button type="button" class="btn" use:lives=is_hidden(settings) on:click=act(move |_| show_settings(desk))>
                "Settings"
            </button>
        </div>
    }
}

/// How the experiment can be changed around it.
#[component]
fn Edits() -> impl IntoView {
    let desk = desk();
    let edits = move || part(desk, |own| own.edits.clone());
    let none = desk.flag(|frame| frame.selection.as_ref().is_none_or(|own| own.edits.is_empty()));
    let item = move |(label, edit): Offer| {
        view! {
            <button type="button" class="btn" on:click=act(move |_| desk.send(Action::Edit(edit.clone())))>
                {label}
            </button>
        }
    };
    view! {
        <div class="edits" use:lives=is_hidden(none)>
            <h3 id="edits">"Change the experiment"</h3>
            <div class="acts" role="group" aria-labelledby="edits">
                {move || edits().into_iter().map(item).collect::<Vec<_>>()}
            </div>
            <small>"The run begins anew; undo brings this one back."</small>
        </div>
    }
}

fn part<T>(desk: Desk, of: impl FnOnce(&Arc<Selection>) -> Vec<T>) -> Vec<T> {
    desk.frame(|frame| frame.selection.as_ref().map_or(Vec::new(), of))
}

/// Goes to the first setting of what is chosen, or to all of them beside the picture, with those of its links.
fn show_settings(desk: Desk) {
    let mut theirs = part(desk, |own| own.settings.clone().into_iter().collect());
    let Some(who) = theirs.first().cloned() else { return };
    let shape = desk.shape();
    let own = |address: &str| crate::settings::owner(address) == who;
    let mut fields = shape.settings.iter().filter(|setting| own(&setting.address));
    for setting in &shape.settings {
        let link = crate::settings::owner(&setting.address);
        if link.contains('>') && link.split('>').any(|end| end == who) && theirs.iter().all(|own| own != link)
        {
            theirs.push(link.to_owned());
        }
    }
    let field = |setting: &crate::shape::Setting| Element::with_id(&setting.address.replace('.', "-"));
    match fields.find_map(field).filter(|_| theirs.len() == 1) {
        Some(field) => field.reveal(),
        None => settings::show(desk, &theirs),
    }
}
