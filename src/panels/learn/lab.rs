//! A lab: the symptom, the broken system with a few settings, the goals as the engine decides them, hints and the cause.

use std::cell::RefCell;
use std::rc::Rc;

use queuescope_engine::Scenario;

use super::figure::{screen, transport, turns};
use super::troupe::Troupe;
use crate::browser::element::Element;
use crate::browser::{sight, storage};
use crate::desk::Desk;
use crate::learn::LABS;
use crate::learn::lab::{Lab, SEEDS, Standing};
use crate::session::Session;
use crate::widgets::life::follow;

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
            article.set_markup(&lab.markup());
            let (own, element) = (troupe.clone(), article.clone());
            troupe.keep(article.live(Box::new(move || begin(lab, &own, element))));
        }
        Err(problem) => article.say(&format!("This lab cannot be read: {problem}.")),
    }
}

/// A lab that somebody works on.
struct Bench {
    lab: Lab,
    article: Element,
    work: RefCell<Work>,
}

/// How far it is.
struct Work {
    standings: Vec<Option<Standing>>,
    /// So many hints are shown.
    hints: usize,
    /// Whether the cause is asked for.
    told: bool,
}

fn begin(lab: Lab, troupe: &Troupe, article: Element) {
    let desk = Desk::of_figure(Session::of(lab.scenario.clone()), "lab-".into());
    troupe.join(&[desk]);
    sight::watch(&article, move |seen| desk.rest(!seen));
    if let (Some(figure), Some(section)) = (article.one(".lab"), article.one(".lab > section")) {
        screen(&section, desk);
        transport(&figure, desk);
    }
    let controls = article.one(".lab > .controls");
    controls.iter().for_each(|place| turns(place, desk, lab.knobs.clone()));
    let work = Work { standings: vec![None; lab.goals.len()], hints: 0, told: false };
    let bench = Rc::new(Bench { lab, article, work: RefCell::new(work) });
    let asks: [fn(&mut Work); 2] = [|work| work.hints += 1, |work| work.told = true];
    for (button, ask) in bench.article.all("section > .row > button").into_iter().zip(asks) {
        let own = bench.clone();
        button.listen("click", move |_| own.change(ask));
    }
    bench.show();
    judges(desk, bench);
}

impl Bench {
    /// Changes how far it is, and shows it.
    fn change(&self, change: impl FnOnce(&mut Work)) {
        change(&mut self.work.borrow_mut());
        self.show();
    }

    fn show(&self) {
        let work = self.work.borrow();
        for (item, standing) in self.article.all(".goals > li").iter().zip(&work.standings) {
            let Some(standing) = standing else { continue };
            item.set("data-holds", if standing.holds { "yes" } else { "no" });
            let text =
                if standing.holds { "holds".into() } else { format!("not yet: {}", standing.measured) };
            item.one("output").iter().for_each(|output| output.tell(&text));
        }
        let all_hold = work.standings.iter().flatten().filter(|standing| standing.holds).count();
        let all_hold = all_hold == work.standings.len();
        let said = self.article.one(".solved");
        said.iter().for_each(|said| said.tell(if all_hold { "Solved: all goals hold." } else { "" }));
        for (place, hint) in self.article.all(".hints > li").iter().enumerate() {
            hint.hide(work.hints <= place);
        }
        let is_told = work.told || all_hold;
        let no_more = self.lab.hints.len() <= work.hints;
        for (button, hidden) in self.article.all("section > .row > button").iter().zip([no_more, is_told]) {
            button.hide(hidden);
        }
        for (section, hidden) in self.article.all(":scope > section").iter().zip([false, all_hold, !is_told])
        {
            section.hide(hidden);
        }
        let others = self.article.one("section > p:last-child > a[href]").and_then(|link| link.closest("p"));
        others.iter().for_each(|others| others.hide(!all_hold));
        if all_hold {
            solve(&self.lab.name);
        }
    }
}

/// Keeps that a lab is solved.
fn solve(name: &str) {
    let mut all = solved();
    if !all.iter().any(|own| own == name) {
        all.push(name.to_owned());
        storage::set(SOLVED, &all.join(" "));
    }
}

/// Decides the goals whenever a setting was turned: one goal with one seed between two frames.
fn judges(desk: Desk, bench: Rc<Bench>) {
    let mut judged: Option<Scenario> = None;
    follow(move || {
        desk.frame(|_| ());
        let scenario = desk.ask(Session::anew);
        if judged.as_ref() == Some(&scenario) {
            return;
        }
        judged = Some(scenario.clone());
        let (bench, mut goal, mut seed) = (bench.clone(), 0, 1);
        desk.begin(move || {
            let Some(own) = bench.lab.goals.get(goal) else { return false };
            let standing = bench.lab.judge(own, &scenario, [seed]);
            if standing.holds && seed < SEEDS {
                seed += 1;
                return true;
            }
            bench.change(|work| work.standings[goal] = Some(standing));
            (goal, seed) = (goal + 1, 1);
            goal < bench.lab.goals.len()
        });
    });
}
