//! A figure: what stands in the text about it becomes one or more runs beside each other, with their controls.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use queuescope_engine::decimal::Decimal;
use queuescope_engine::json::{self, Node};
use queuescope_engine::{Command, Scenario};

use super::super::embed::leads;
use super::super::knobs::Controls;
use super::super::stage::Moving;
use super::address;
use super::troupe::Troupe;
use crate::browser::element::Element;
use crate::browser::{fetch, sight};
use crate::catalog;
use crate::desk::Desk;
use crate::format;
use crate::frame::Frame;
use crate::learn::figure::{self, TRANSPORT};
use crate::learn::{is_name, markup};
use crate::playback::{SPEEDS, Speed};
use crate::session::{Action, Session};
use crate::settings;
use crate::widgets::Read;
use crate::widgets::life::{keep, writes};
use crate::widgets::rows::{Row, Rows, Table};

/// One run of a figure as the text has it.
#[derive(Clone)]
struct Part {
    scenario: String,
    set: String,
    title: String,
    shows: Vec<(String, String)>,
}

/// A figure as the text has it.
#[derive(Clone)]
struct Plan {
    id: String,
    parts: Vec<Part>,
    knobs: Vec<String>,
    speed: Option<Speed>,
    theory: bool,
}

impl Plan {
    fn of(figure: &Element) -> Plan {
        let get = |element: &Element, name: &str| element.get(name).unwrap_or_default();
        let part = |element: &Element| Part {
            scenario: get(element, "data-scenario"),
            set: get(element, "data-set"),
            title: get(element, "data-title"),
            shows: figure::shows(&get(element, "data-show")),
        };
        let speed = figure.get("data-speed").and_then(|text| Decimal::read(&text));
        let is_it = |own: &&Speed| matches!(own, Speed::Times(times) if Some(Decimal(*times)) == speed);
        Plan {
            id: get(figure, "id"),
            parts: figure.all("[data-run]").iter().map(part).collect(),
            knobs: get(figure, "data-knobs").split_whitespace().map(str::to_owned).collect(),
            speed: SPEEDS.iter().find(is_it).copied(),
            theory: figure.get("data-theory").is_some(),
        }
    }
}

/// Brings a figure to life as soon as it is seen; it rests whenever it is not.
pub(super) fn stage(element: &Element, troupe: &Troupe) {
    let (own, troupe) = (element.clone(), troupe.clone());
    let desks: Rc<Cell<Option<Vec<Desk>>>> = Rc::default();
    let (begun, here) = (Cell::new(false), Rc::new(Cell::new(true)));
    sight::watch(element, move |seen| {
        here.set(seen);
        if let Some(all) = desks.take() {
            all.iter().for_each(|desk| desk.rest(!seen));
            desks.set(Some(all));
        }
        if seen && !begun.replace(true) {
            let plan = Plan::of(&own);
            let names = plan.parts.iter().map(|part| part.scenario.clone()).collect();
            let (own, troupe, desks, here) = (own.clone(), troupe.clone(), desks.clone(), here.clone());
            let then = move |scenarios: Scenarios| match sessions(&plan, &scenarios) {
                Ok(sessions) => desks.set(Some(open(&own, &plan, sessions, &troupe, here.get()))),
                Err(problem) => fail(&own, &problem),
            };
            load(names, Vec::new(), Box::new(then));
        }
    });
}

/// Scenarios with their names.
type Scenarios = Vec<(String, Scenario)>;

/// The scenarios of these names, one after the other; those that cannot be had are not among them.
fn load(mut names: Vec<String>, mut scenarios: Scenarios, then: Box<dyn FnOnce(Scenarios)>) {
    let Some(name) = names.pop() else { return then(scenarios) };
    if find(&scenarios, &name).is_some() || !is_name(&name) {
        return load(names, scenarios, then);
    }
    if let Some(index) = catalog::find(&name) {
        scenarios.push((name, catalog::scenario(index)));
        return load(names, scenarios, then);
    }
    fetch::text(&address(&format!("scenarios/{name}.json")), move |text| {
        if let Some(Ok(scenario)) = text.map(|text| Scenario::from_json(&text)) {
            scenarios.push((name, scenario));
        }
        load(names, scenarios, then);
    });
}

fn find<'a>(scenarios: &'a [(String, Scenario)], name: &str) -> Option<&'a Scenario> {
    scenarios.iter().find(|(own, _)| own == name).map(|(_, scenario)| scenario)
}

fn sessions(plan: &Plan, scenarios: &[(String, Scenario)]) -> Result<Vec<Session>, String> {
    let session = |part: &Part| {
        let scenario = find(scenarios, &part.scenario);
        let scenario = scenario.ok_or_else(|| format!("{} could not be loaded", part.scenario))?;
        let scenario = if part.set.is_empty() { scenario.clone() } else { figure::set(scenario, &part.set)? };
        let mut session = Session::of(scenario);
        if let Some(speed) = plan.speed {
            session.dispatch(Action::Speed(speed));
        }
        Ok(session)
    };
    plan.parts.iter().map(session).collect()
}

fn fail(element: &Element, problem: &str) {
    if let Some(line) = Element::new("p", "notice") {
        line.say(&format!("This figure does not run: {problem}. Load the page again to try once more."));
        element.append(&line);
    }
}

/// Puts the runs in the place of what the text says about them.
fn open(element: &Element, plan: &Plan, sessions: Vec<Session>, troupe: &Troupe, seen: bool) -> Vec<Desk> {
    let places = element.all("[data-run]");
    let Some(room) = Element::new("div", "runs") else { return Vec::new() };
    let Some(first) = places.first() else { return Vec::new() };
    first.precede(&room);
    places.iter().for_each(|place| place.hide(true));
    let desks: Rc<Cell<Vec<Desk>>> = Rc::default();
    let (made, own, place) = (desks.clone(), plan.clone(), room.clone());
    troupe.keep(room.live(Box::new(move || {
        let numbered = sessions.into_iter().enumerate();
        let all: Vec<Desk> = numbered
            .map(|(place, session)| Desk::of_figure(session, format!("{}-{place}-", own.id)))
            .collect();
        Desk::pair(&all);
        runs(&place, &own, &all);
        made.set(all);
    })));
    let desks = desks.take();
    for button in element.all("button[data-do]") {
        button.set("class", "btn");
        button.set("type", "button");
        acts(&button, &desks);
    }
    desks.iter().for_each(|desk| desk.rest(!seen));
    troupe.join(&desks);
    desks
}

/// A button of the text does its command to all runs: it is sent to one, and so to those beside it.
fn acts(button: &Element, desks: &[Desk]) {
    let command = button.get("data-do").and_then(|text| {
        let tree = json::parse(&text).ok()?;
        Command::read(&Node::root(&tree)).ok()
    });
    let (Some(command), Some(desk)) = (command, desks.first().copied()) else { return };
    button.listen("click", move |_| desk.send(Action::Act(command.clone())));
}

fn runs(room: &Element, plan: &Plan, desks: &[Desk]) {
    let has = |desk: &&Desk, address: &String| desk.shape().place(address).is_some();
    // All of them in one place, if one run has them all.
    let whole = desks.iter().find(|desk| plan.knobs.iter().all(|address| has(desk, address)));
    let turned: Vec<(Desk, Vec<String>)> = match whole {
        Some(desk) => vec![(*desk, plan.knobs.clone())],
        None => {
            let of = |address: &String| {
                Some((*desks.iter().find(|desk| has(desk, address))?, vec![address.clone()]))
            };
            plan.knobs.iter().filter_map(of).collect()
        }
    };
    let mut text = String::from("<div class=\"beside\">");
    for part in &plan.parts {
        text += &figure::run(&part.title, part.shows.iter().map(|(_, label)| label.as_str()), plan.theory);
    }
    text.push_str("</div>");
    turned.iter().for_each(|_| text.push_str("<div class=\"controls\"></div>"));
    text.push_str(TRANSPORT);
    room.set_markup(&text);
    for ((section, part), desk) in room.all(".run").iter().zip(&plan.parts).zip(desks) {
        plays(section, *desk, part);
    }
    for (place, (desk, addresses)) in room.all(":scope > .controls").iter().zip(turned) {
        turns(place, desk, addresses);
    }
    if let Some(desk) = desks.first() {
        transport(room, *desk);
    }
}

/// Play, restart, and the time.
pub(super) fn transport(room: &Element, desk: Desk) {
    let [play, restart, ..] = &room.all(":scope > .row > *")[..] else { return };
    for (button, action) in [(play, Action::TogglePlay), (restart, Action::Reset)] {
        button.listen("click", move |_| desk.send(action.clone()));
    }
    writes(play.clone(), desk.read(|frame| if frame.playing { "Pause" } else { "Play" }.into()));
    let clock = restart.next();
    clock.into_iter().for_each(|clock| writes(clock, desk.read(|frame| format::clock(frame.now))));
}

/// The settings of these addresses, in a scope of their own.
pub(super) fn turns(place: &Element, desk: Desk, addresses: Vec<String>) {
    let handle = place.mount(move || {
        provide_context(desk);
        // What a setting that is fixed at the start brings about is another shape.
        move || {
            let shape = desk.shape();
            let places: Vec<_> = addresses.iter().filter_map(|address| shape.place(address)).collect();
            let name = |place: &usize| shape.settings[*place].knob.label;
            let control = |place: &usize| {
                // Of two by the same name it is said whose they are.
                let is_one = places.iter().filter(|own| name(own) == name(place)).count() < 2;
                let whose = settings::owner(&shape.settings[*place].address).to_owned();
                let said = if is_one { String::new() } else { whose.clone() };
                view! {
                    <div role="group" aria-label=whose>
                        <small class="whose">{said}</small>
                        <Controls of=vec![*place] />
                    </div>
                }
            };
            places.iter().map(control).collect::<Vec<_>>()
        }
    });
    keep(Box::new(handle));
}

/// A run: the picture, what is going on, a few measures, and the way to the whole page.
fn plays(section: &Element, desk: Desk, part: &Part) {
    screen(section, desk);
    for (output, (measure, _)) in section.all(".shows output").into_iter().zip(part.shows.clone()) {
        let value: Read = Arc::new(move || {
            // With every frame.
            desk.frame(|_| ());
            markup::of("{}", &[&desk.ask(|session| session.reading(&measure))])
        });
        writes(output, value);
    }
    if let (Some(model), Some(table)) = (section.one(".model"), section.one(".scroll")) {
        predicted(model, &table, desk);
    }
}

/// The picture and the sentence, and the way to the whole page.
pub(super) fn screen(section: &Element, desk: Desk) {
    if let Some(picture) = section.one(".picture") {
        let handle = picture.mount(move || {
            provide_context(desk);
            view! { <Moving /> }
        });
        keep(Box::new(handle));
    }
    let says = desk.read(|frame| markup::of("<b>{}</b> {}", &[&frame.sentence.0, &frame.sentence.1]));
    section.one(".say").into_iter().for_each(|place| writes(place, says.clone()));
    let notice = desk.read(|frame| markup::of("{}", &[frame.notice.as_deref().unwrap_or_default()]));
    section.one(".notice").into_iter().for_each(|place| writes(place, notice.clone()));
    section.one(".more").into_iter().for_each(|link| leads(desk)(link));
}

/// What theory expects, beside what was measured.
fn predicted(model: Element, table: &Element, desk: Desk) {
    let says = |frame: &Frame| markup::of("<b>{}</b> {}", &[&frame.theory.name, &frame.theory.note]);
    writes(model, desk.read(says));
    let rows: Rows = Arc::new(move || {
        let lines = desk.frame(|frame| frame.theory.lines.clone());
        lines.into_iter().map(|line| Row::plain("", line.to_vec())).collect()
    });
    let columns = vec!["Metric", "Formula", "In theory", "So far"];
    keep(Box::new(table.mount(move || view! { <Table columns rows /> })));
}
