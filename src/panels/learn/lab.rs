//! A lab: the symptom, the broken system with a few settings, the goals as the engine decides them, hints and the cause.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use queuescope_engine::Scenario;

use super::super::embed::leads;
use super::figure::{Screen, transport, turns};
use super::troupe::Troupe;
use crate::browser::element::Element;
use crate::browser::{sight, storage};
use crate::desk::Desk;
use crate::learn::LABS;
use crate::learn::lab::{Lab, SEEDS, Standing};
use crate::session::Session;
use crate::widgets::life::{Life, follow, is_hidden, lives};
use crate::widgets::{Flag, Read, act};

/// Where it is kept which labs are solved: their names, with spaces between.
const SOLVED: &str = "queuescope.labs";

fn solved() -> Vec<String> {
    storage::get(SOLVED).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

/// Marks the links that lead to labs which are solved.
pub(super) fn mark_solved(article: &Element) {
    let solved = solved();
    let start = format!("#/learn/{LABS}/");
    for link in article.all("li > a") {
        let name = link.get("href").and_then(|href| href.strip_prefix(&start).map(str::to_owned));
        if name.is_some_and(|name| solved.contains(&name)) {
            link.set("data-solved", "");
            link.set("title", "Solved");
        }
    }
}

/// Opens the lab of this text in an empty article.
pub(super) fn open(article: &Element, text: &str, troupe: &Troupe) {
    match Lab::read(text) {
        Ok(lab) => {
            let (own, element) = (troupe.clone(), article.clone());
            let handle =
                article.mount(move || view! { <Bench lab=Rc::new(lab) troupe=own article=element /> });
            troupe.keep(handle);
        }
        Err(problem) => article.say(&format!("This lab cannot be read: {problem}.")),
    }
}

#[component]
fn Bench(lab: Rc<Lab>, troupe: Troupe, article: Element) -> impl IntoView {
    let desk = Desk::of_figure(Session::of(lab.scenario.clone()), "lab-".into());
    troupe.join(&[desk]);
    sight::watch(&article, move |seen| desk.rest(!seen));
    let standings: RwSignal<Vec<Option<Standing>>> = RwSignal::new(vec![None; lab.goals.len()]);
    judges(desk, lab.clone(), standings);
    let all_hold = move || {
        standings.with(|all| all.iter().all(|one| one.as_ref().is_some_and(|standing| standing.holds)))
    };
    let done: Flag = Arc::new(all_hold);
    let not_done: Flag = Arc::new(move || !all_hold());
    let name = lab.name.clone();
    follow(move || {
        if all_hold() {
            keep(&name);
        }
    });
    let goals: Vec<_> =
        lab.goals.iter().enumerate().map(|(place, goal)| one(goal.says.clone(), standings, place)).collect();
    let said: Read =
        Arc::new(move || if all_hold() { "Solved: all goals hold.".into() } else { String::new() });
    let shown = RwSignal::new(0_usize);
    let (total, hints) = (lab.hints.len(), lab.hints.clone());
    let hint = |(place, text): (usize, String)| {
        let hidden: Flag = Arc::new(move || shown.get() <= place);
        view! { <li use:lives=is_hidden(hidden)>{text}</li> }
    };
    let no_more: Flag = Arc::new(move || total <= shown.get());
    let told = RwSignal::new(false);
    let untold: Flag = Arc::new(move || !(told.get() || all_hold()));
    let is_told: Flag = Arc::new(move || told.get() || all_hold());
    let cause: Vec<_> = lab.cause.iter().map(|text| view! { <p>{text.clone()}</p> }).collect();
    view! {
        <p class="path">
            <a href="#/learn/labs">"Labs"</a>
        </p>
        <h1>{lab.title.clone()}</h1>
        <p class="lead">{lab.symptom.clone()}</p>
        <div class="figure lab">
            <section class="run" aria-label="The system" use:lives=shows(desk)></section>
            <div class="controls" use:lives=turns(desk, lab.knobs.clone())></div>
            {transport(desk)}
        </div>
        <section>
            <h2>"The goal"</h2>
            <p>
                {format!(
                    "Turn the settings until all of this holds. The engine runs your system from the start, with {SEEDS} seeds, after each turn.",
                )}
            </p>
            <ul class="goals">{goals}</ul>
            <p role="status" class="solved">{said}</p>
        </section>
        <section use:lives=is_hidden(done)>
            <h2>"Hints"</h2>
            <ol class="hints">{hints.into_iter().enumerate().map(hint).collect::<Vec<_>>()}</ol>
            <div class="row">
                <button type="button" class="btn" use:lives=is_hidden(no_more) on:click=act(move |_| shown.update(|shown| *shown += 1))>
                    "A hint"
                </button>
                <button type="button" class="btn" use:lives=is_hidden(is_told) on:click=act(move |_| told.set(true))>
                    "Explain it"
                </button>
            </div>
        </section>
        <section use:lives=is_hidden(untold)>
            <h2>"The cause"</h2>
            {cause}
            <p use:lives=is_hidden(not_done)>
                <a href="#/learn/labs">"To the other labs"</a>
            </p>
        </section>
    }
}

/// The picture, and the way to the whole page.
fn shows(desk: Desk) -> Life {
    Rc::new(move |element| {
        let handle = element.mount(move || {
            provide_context(desk);
            view! {
                <Screen />
                <a class="more" use:lives=leads(desk)>"Open in the Playground"</a>
            }
        });
        StoredValue::new_local(handle);
    })
}

/// A goal and how it stands with it.
fn one(says: String, standings: RwSignal<Vec<Option<Standing>>>, place: usize) -> impl IntoView {
    let look = move |of: fn(&Standing) -> String| {
        let read: Read =
            Arc::new(move || standings.with(|all| all[place].as_ref().map(of).unwrap_or_default()));
        read
    };
    let state = look(|standing| if standing.holds { "yes" } else { "no" }.into());
    let words = look(
        |standing| if standing.holds { "holds".into() } else { format!("not yet: {}", standing.measured) },
    );
    view! {
        <li data-holds=state>
            {says}
            " "
            <output aria-live="off">{words}</output>
        </li>
    }
}

fn keep(name: &str) {
    let mut all = solved();
    if !all.iter().any(|own| own == name) {
        all.push(name.to_owned());
        storage::set(SOLVED, &all.join(" "));
    }
}

/// Decides the goals whenever a setting was turned: one goal with one seed between two frames.
fn judges(desk: Desk, lab: Rc<Lab>, standings: RwSignal<Vec<Option<Standing>>>) {
    let judged: Rc<RefCell<Option<Scenario>>> = Rc::default();
    follow(move || {
        desk.frame(|_| ());
        let scenario = desk.ask(Session::anew);
        if judged.borrow().as_ref() == Some(&scenario) {
            return;
        }
        judged.replace(Some(scenario.clone()));
        let (lab, mut goal, mut seed) = (lab.clone(), 0, 1);
        desk.begin(move || {
            let Some(own) = lab.goals.get(goal) else { return false };
            let standing = lab.judge(own, &scenario, [seed]);
            if standing.holds && seed < SEEDS {
                seed += 1;
                return true;
            }
            standings.update(|all| all[goal] = Some(standing));
            (goal, seed) = (goal + 1, 1);
            goal < lab.goals.len()
        });
    });
}
