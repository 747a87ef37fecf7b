//! The table that compares the systems. Each of its cells is run here and now, one between two frames, as soon as the
//! table is seen.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::address;
use super::troupe::Troupe;
use crate::browser::element::Element;
use crate::browser::{document, fetch, sight};
use crate::learn::comparison::{Comparison, Finding, Outcome};
use crate::session::Session;
use crate::share;

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
                Ok(table) => open(&own, table, &troupe),
                Err(problem) => own.say(&format!("The table cannot be shown: {problem}.")),
            }
        });
    });
}

fn open(element: &Element, table: Comparison, troupe: &Troupe) {
    element.set_markup(&table.markup());
    let places = element.all(".finding > span");
    let status = element.all("[role=status]");
    let say = move |run: usize, total: usize| {
        let text = match run {
            run if run < total => format!("Running: {run} of {total} experiments."),
            _ => format!("{total} experiments, run in this page just now."),
        };
        status.iter().for_each(|status| status.say(&text));
    };
    say(0, table.progress().1);
    let table = Rc::new(RefCell::new(table));
    troupe.begin(move || {
        let place = table.borrow().progress().0;
        let more = table.borrow_mut().step();
        let (run, total) = table.borrow().progress();
        say(run, total);
        if let Some(text) = places.get(place) {
            tell(text, &table, place);
        }
        more
    });
}

/// Tells what was found: a link to the run behind it.
fn tell(text: &Element, table: &Rc<RefCell<Comparison>>, place: usize) {
    let all = table.borrow();
    let Some(finding) = all.findings.get(place) else { return };
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
    let (own, table) = (link.clone(), table.clone());
    link.listen("click", move |_| leads(&own, &table.borrow().findings[place]));
    text.append(&link);
}

/// Lets a link lead to the run of a finding.
fn leads(link: &Element, finding: &Finding) {
    if let Some(scenario) = finding.scenario() {
        let fragment = share::write(&Session::of(scenario).share());
        link.set("href", &format!("{}{fragment}", document::address()));
    }
}
