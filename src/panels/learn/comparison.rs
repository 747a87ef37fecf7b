//! The table that compares the systems. Each of its cells is run here and now, one between two frames, as soon as the
//! table is seen.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;

use super::address;
use super::troupe::Troupe;
use crate::browser::element::Element;
use crate::browser::{document, fetch, sight};
use crate::learn::comparison::{Comparison, Finding, Outcome};
use crate::session::Session;
use crate::share;
use crate::widgets::Read;
use crate::widgets::life::{Life, follow, lives};

/// The table, once it is loaded, and a count that grows with each cell that was run.
#[derive(Clone)]
struct Sheet {
    table: Rc<RefCell<Comparison>>,
    run: RwSignal<usize>,
}

/// Lays the table out in an element, and begins to run it when it is seen.
pub(super) fn fill(element: &Element, troupe: &Troupe) {
    let (own, troupe) = (element.clone(), troupe.clone());
    let begun = Cell::new(false);
    sight::watch(element, move |seen| {
        if !seen || begun.replace(true) {
            return;
        }
        let (own, troupe) = (own.clone(), troupe.clone());
        fetch::text(&address("comparison.json"), move |text| {
            let read = text.ok_or_else(|| "it could not be loaded".to_owned());
            match read.and_then(|text| Comparison::read(&text).map_err(|problem| problem.to_string())) {
                Ok(table) => open(&own, Rc::new(RefCell::new(table)), &troupe),
                Err(problem) => own.say(&format!("The table cannot be shown: {problem}.")),
            }
        });
    });
}

fn open(element: &Element, table: Rc<RefCell<Comparison>>, troupe: &Troupe) {
    let (own, job) = (table.clone(), table);
    let made: Rc<Cell<Option<RwSignal<usize>>>> = Rc::default();
    let signal = made.clone();
    troupe.keep(element.mount(move || {
        let run = RwSignal::new(0);
        signal.set(Some(run));
        layout(&Sheet { table: own, run })
    }));
    let Some(run) = made.get() else { return };
    troupe.begin(move || {
        let more = job.borrow_mut().step();
        run.update(|run| *run += 1);
        more
    });
}

fn layout(sheet: &Sheet) -> impl IntoView + use<> {
    let table = sheet.table.borrow();
    let total = table.progress().1;
    let run = sheet.run;
    let said: Read = Arc::new(move || match run.get() {
        run if run < total => format!("Running: {run} of {total} experiments."),
        _ => format!("{total} experiments, run in this page just now."),
    });
    let heads: Vec<_> = table
        .questions
        .iter()
        .map(|question| view! { <th scope="col" title=question.asks.clone()>{question.title.clone()}</th> })
        .collect();
    let row = |place: usize| {
        let row = &table.rows[place];
        let cells: Vec<_> = (0..table.questions.len()).map(|question| cell(sheet, place, question)).collect();
        view! {
            <tr>
                <th scope="row">
                    {row.system}
                    <small>{row.setup.clone()}</small>
                </th>
                {cells}
            </tr>
        }
    };
    let rows: Vec<_> = (0..table.rows.len()).map(row).collect();
    view! {
        <p class="muted" role="status">{said}</p>
        <div class="scroll comparison" tabindex="0" role="group" aria-label="Comparison of the systems">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"System"</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn cell(sheet: &Sheet, row: usize, question: usize) -> impl IntoView + use<> {
    let table = sheet.table.borrow();
    let own = table.findings.iter().enumerate();
    let places: Vec<usize> = own
        .filter(|(_, finding)| (finding.row, finding.question) == (row, question))
        .map(|(place, _)| place)
        .collect();
    let finding = |place: usize| {
        let found = &table.findings[place];
        let way = (!found.way.is_empty()).then(|| view! { <b>{found.way.clone()}</b> });
        let note = (!found.note.is_empty()).then(|| view! { <small>{found.note.clone()}</small> });
        view! { <div class="finding" use:lives=shows(sheet.clone(), place)>{way} <span></span> {note}</div> }
    };
    view! { <td>{places.into_iter().map(finding).collect::<Vec<_>>()}</td> }
}

/// What a finding says, as soon as it was run: a link to the run behind it.
fn shows(sheet: Sheet, place: usize) -> Life {
    Rc::new(move |element| {
        let sheet = sheet.clone();
        let told = Cell::new(false);
        follow(move || {
            let run = sheet.run.get();
            if run <= place || told.replace(true) {
                return;
            }
            let table = sheet.table.borrow();
            let finding = &table.findings[place];
            let Some(text) = element.all("span").into_iter().next() else { return };
            if !matches!(finding.outcome, Outcome::Found(_)) {
                text.say(finding.says());
                text.set("class", "muted");
                return;
            }
            let Some(link) = Element::new("a", "") else { return };
            link.say(finding.says());
            link.set("title", "Open this run in the Playground");
            // Its session is made when it is asked for: there are more than a hundred of them.
            link.set("href", "#/play");
            let (own, sheet) = (link.clone(), sheet.clone());
            link.listen("click", move |_| leads(&own, &sheet.table.borrow().findings[place]));
            text.append(&link);
        });
    })
}

/// Lets a link lead to the run of a finding.
fn leads(link: &Element, finding: &Finding) {
    if let Some(scenario) = finding.scenario() {
        let fragment = share::write(&Session::of(scenario).share());
        link.set("href", &format!("{}{fragment}", document::address()));
    }
}
