//! What is published is what it says: each page is whole, each link leads somewhere, each figure starts, each claim
//! holds for five seeds, and each lab is broken until it is solved.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use queuescope_engine::json::{self, Node};
use queuescope_engine::scenario::{check_claims, measure};
use queuescope_engine::{Command, Scenario, Simulation};
use roxmltree::{Document, Node as Element};

use super::{LABS, contents, figure, is_name, lab::Lab};
use crate::playback::{SPEEDS, Speed};
use crate::session::Session;

const SEEDS: std::ops::RangeInclusive<u64> = 1..=5;

/// Elements that a text may have: nothing that runs, and nothing that is dressed by hand.
const ELEMENTS: &str = "page h1 h2 h3 p section figure figcaption div span a b i em strong code kbd ul ol li dl dt dd button \
                        table thead tbody tr th td blockquote pre sub sup br";

/// What an element may say of itself: how it is dressed is the style sheets' business.
fn is_permitted(attribute: &str) -> bool {
    matches!(attribute, "id" | "class" | "href" | "scope")
        || attribute.starts_with("data-")
        || attribute.starts_with("aria-")
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets").join(name)
}

/// The files of a folder with this ending: their names without it, and what they say.
fn files(of: &str, ending: &str) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder(of)).unwrap_or_else(|error| panic!("{of}: {error}"));
    let paths = entries.map(|entry| entry.expect("an entry of the folder").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|own| own == ending));
    let name = |path: &PathBuf| path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
    paths.map(|path| (name(&path), fs::read_to_string(&path).expect("it can be read"))).collect()
}

/// The pages, as trees over these texts.
fn pages() -> BTreeMap<String, String> {
    let pages = files("learn", "html");
    pages.into_iter().map(|(name, text)| (name, format!("<page>{text}</page>"))).collect()
}

fn tree<'a>(name: &str, text: &'a str) -> Document<'a> {
    Document::parse(text).unwrap_or_else(|error| panic!("{name}.html is not well-formed: {error}"))
}

fn all<'a>(tree: &'a Document, tag: &str) -> Vec<Element<'a, 'a>> {
    tree.descendants().filter(|own| own.has_tag_name(tag)).collect()
}

fn ids(tree: &Document) -> Vec<String> {
    tree.descendants().filter_map(|own| own.attribute("id")).map(str::to_owned).collect()
}

/// All scenarios that a text can name.
fn scenarios() -> BTreeMap<String, Scenario> {
    let own = files("scenarios", "json").into_iter().chain(files("learn/scenarios", "json"));
    let read = |(name, text): (String, String)| {
        let scenario = Scenario::from_json(&text).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        (name, scenario)
    };
    own.map(read).collect()
}

/// The runs of a figure: how each is called, and its scenario as the figure has it.
fn runs<'a>(
    figure: Element<'a, 'a>,
    scenarios: &BTreeMap<String, Scenario>,
) -> Result<Vec<(&'a str, Scenario)>, String> {
    let parts = figure.descendants().filter(|own| own.has_attribute("data-run"));
    let run = |part: Element<'a, 'a>| {
        let name = part.attribute("data-scenario").unwrap_or_default();
        let scenario = scenarios.get(name).ok_or(format!("there is no scenario \"{name}\""))?;
        let scenario = figure::set(scenario, part.attribute("data-set").unwrap_or_default())?;
        Ok((part.attribute("data-run").unwrap_or_default(), scenario))
    };
    parts.map(run).collect()
}

fn nothing(problems: &[String]) {
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_page_is_whole_and_listed() {
    let listed = contents::read(&fs::read_to_string(folder("learn/contents.json")).unwrap()).unwrap();
    let listed: Vec<String> =
        listed.iter().flat_map(|chapter| &chapter.pages).map(|page| page.name.clone()).collect();
    let unique: BTreeSet<&String> = listed.iter().collect();
    assert_eq!(unique.len(), listed.len(), "a page is listed twice");
    let pages = pages();
    assert_eq!(unique, pages.keys().collect(), "pages that are listed, and pages that there are");
    let mut problems = Vec::new();
    for (name, text) in &pages {
        let tree = tree(name, text);
        let mut say = |problem: String| problems.push(format!("{name}: {problem}"));
        if all(&tree, "h1").len() != 1 {
            say("not one heading of the first order".into());
        }
        for element in tree.descendants().filter(Element::is_element) {
            let tag = element.tag_name().name();
            if !ELEMENTS.split_whitespace().any(|own| own == tag)
                || element.attributes().any(|own| !is_permitted(own.name()))
            {
                say(format!("<{tag}> is not permitted, or is dressed by hand"));
            }
        }
        let ids = ids(&tree);
        if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
            say(format!("an id stands twice among {}", ids.join(" ")));
        }
        if let Some(id) = ids.iter().find(|id| !is_name(id)) {
            say(format!("{id} can be no part of a link"));
        }
        for section in all(&tree, "section") {
            let heading = section.children().find(|own| own.has_tag_name("h2"));
            if section.attribute("id").is_none() || heading.is_none() {
                say("a section without an id or a heading".into());
            }
        }
    }
    nothing(&problems);
}

#[test]
fn every_link_leads_somewhere() {
    let (pages, labs, scenarios) = (pages(), files("learn/labs", "json"), scenarios());
    let ids: BTreeMap<&String, Vec<String>> =
        pages.iter().map(|(name, text)| (name, ids(&tree(name, text)))).collect();
    let leads = |link: &str| {
        let Some(path) = link.strip_prefix("#/learn") else {
            let name = link.strip_prefix("#/play?engine=full&scenario=");
            return name.map_or(link.starts_with("https://") || link == "#/play", |name| {
                scenarios.contains_key(name)
            });
        };
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
        match names[..] {
            [] => true,
            [LABS, lab] => labs.contains_key(lab) || ids[&LABS.to_owned()].iter().any(|id| id == lab),
            [page] => pages.contains_key(page),
            [page, part] => ids.get(&page.to_owned()).is_some_and(|ids| ids.iter().any(|id| id == part)),
            _ => false,
        }
    };
    let mut problems = Vec::new();
    for (name, text) in &pages {
        for link in all(&tree(name, text), "a") {
            let link = link.attribute("href").unwrap_or_default();
            if !leads(link) {
                problems.push(format!("{name}: \"{link}\" leads nowhere"));
            }
        }
    }
    nothing(&problems);
}

#[test]
fn every_figure_starts() {
    let (pages, scenarios) = (pages(), scenarios());
    let (mut problems, mut figures) = (Vec::new(), 0);
    for (name, text) in &pages {
        for element in all(&tree(name, text), "figure") {
            figures += 1;
            let id = element.attribute("id").unwrap_or_default();
            let start = || -> Result<(), String> {
                let runs = runs(element, &scenarios)?;
                if runs.is_empty() || id.is_empty() {
                    return Err("a figure needs an id and a run".into());
                }
                let sessions: Vec<Session> =
                    runs.iter().map(|(_, scenario)| Session::of(scenario.clone())).collect();
                for knob in element.attribute("data-knobs").unwrap_or_default().split_whitespace() {
                    if sessions.iter().all(|session| session.knob(knob).is_none()) {
                        return Err(format!("no run has the setting {knob}"));
                    }
                }
                let speed =
                    element.attribute("data-speed").map(|speed| Speed::Times(speed.parse().unwrap_or(0.0)));
                if speed.is_some_and(|speed| !SPEEDS.contains(&speed)) {
                    return Err(format!("there is no speed {speed:?}"));
                }
                for (run, scenario) in &runs {
                    let own = element.descendants().find(|own| own.attribute("data-run") == Some(*run));
                    let own = own.expect("it is a run of the figure");
                    let simulation: Simulation = Simulation::new(scenario, scenario.seed);
                    for (shown, label) in figure::shows(own.attribute("data-show").unwrap_or_default()) {
                        if measure(&shown, &simulation).is_none() || label.is_empty() {
                            return Err(format!("{run}: there is no measure {shown}, or it has no name"));
                        }
                    }
                    if own.attribute("data-title").unwrap_or_default().is_empty() {
                        return Err(format!("{run} has no title"));
                    }
                }
                for button in element.descendants().filter(|own| own.has_tag_name("button")) {
                    let text = button.attribute("data-do").unwrap_or_default();
                    let tree = json::parse(text).map_err(|problem| problem.to_string())?;
                    let command = Command::read(&Node::root(&tree)).map_err(|problem| problem.to_string())?;
                    let takes = |(_, scenario): &(&str, Scenario)| {
                        let simulation: Simulation = Simulation::new(scenario, 1);
                        simulation.check(&command).is_ok()
                    };
                    if !runs.iter().any(takes) {
                        return Err(format!("no run takes {text}"));
                    }
                }
                if element.children().all(|own| !own.has_tag_name("figcaption")) {
                    return Err("it has no caption".into());
                }
                Ok(())
            };
            if let Err(problem) = start() {
                problems.push(format!("{name}/{id}: {problem}"));
            }
        }
    }
    assert!(50 < figures, "{figures} figures");
    nothing(&problems);
}

#[test]
fn every_claim_of_every_text_holds() {
    let (pages, scenarios) = (pages(), scenarios());
    let (mut problems, mut count) = (Vec::new(), 0);
    for (name, text) in &pages {
        let tree = tree(name, text);
        let mut known = BTreeMap::new();
        for element in all(&tree, "figure") {
            let id = element.attribute("id").unwrap_or_default();
            for (run, scenario) in runs(element, &scenarios).unwrap_or_default() {
                known.insert(format!("{id}/{run}"), scenario);
            }
        }
        let is_claim = |own: &Element| {
            own.attribute("class").is_some_and(|class| class.split(' ').any(|own| own == "claim"))
        };
        for claim in tree.descendants().filter(is_claim) {
            let (of, words) =
                (claim.attribute("data-run").unwrap_or_default(), claim.attribute("data-claim"));
            let claims = figure::claims(words.unwrap_or_default());
            let (Some(scenario), Ok(claims)) = (known.get(of), claims) else {
                problems.push(format!("{name}: a claim about \"{of}\" that is none: {words:?}"));
                continue;
            };
            count += claims.len();
            if claims.is_empty() {
                problems.push(format!("{name}: a claim about \"{of}\" claims nothing"));
            }
            let scenario = Scenario { claims, ..scenario.clone() };
            for seed in SEEDS {
                let wrong = check_claims(&scenario, seed).into_iter().filter(|verdict| !verdict.held);
                problems.extend(wrong.map(|verdict| format!("{name}, {of} with seed {seed}: {verdict}")));
            }
        }
    }
    assert!(80 < count, "{count} claims");
    nothing(&problems);
}

#[test]
fn every_lab_is_broken_until_it_is_solved() {
    let labs = files("learn/labs", "json");
    assert!(12 <= labs.len(), "{} labs", labs.len());
    let page = pages().remove(LABS).expect("labs are listed");
    let mut problems = Vec::new();
    for (name, text) in &labs {
        let lab = Lab::read(text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let mut say = |problem: String| problems.push(format!("{name}: {problem}"));
        if lab.name != *name || page.matches(&format!("\"#/learn/{LABS}/{name}\"")).count() != 1 {
            say("its name is not that of its file, or it is not listed once".into());
        }
        if lab.goals.is_empty() || lab.hints.is_empty() || lab.cause.is_empty() {
            say("it lacks goals, hints or a cause".into());
        }
        let session = Session::of(lab.scenario.clone());
        if let Some(knob) = lab.knobs.iter().find(|knob| session.knob(knob).is_none()) {
            say(format!("there is no setting {knob}"));
        }
        if let Some((knob, _)) = lab.solution.iter().find(|(knob, _)| !lab.knobs.contains(knob)) {
            say(format!("{knob} solves it, and cannot be turned"));
        }
        let solved = lab.solved().unwrap_or_else(|problem| panic!("{name}: {problem}"));
        for seed in SEEDS {
            if lab.goals.iter().all(|goal| lab.judge(goal, &lab.scenario, [seed]).holds) {
                say(format!("nothing is broken with seed {seed}"));
            }
        }
        for goal in &lab.goals {
            let standing = lab.judge(goal, &solved, SEEDS);
            if !standing.holds {
                say(format!("solved, \"{}\" does not hold: {}", goal.says, standing.measured));
            }
        }
    }
    nothing(&problems);
}

#[test]
fn the_library_lists_every_scenario_once() {
    let page = pages().remove("scenarios").expect("there is a page of them");
    let tree = tree("scenarios", &page);
    let mut listed: Vec<&str> = all(&tree, "a")
        .into_iter()
        .filter_map(|link| link.attribute("href")?.strip_prefix("#/play?engine=full&scenario="))
        .collect();
    listed.sort_unstable();
    let scenarios = scenarios();
    let there: Vec<&str> = scenarios.keys().map(String::as_str).collect();
    assert_eq!(listed, there);
    assert!(40 <= listed.len(), "{} scenarios", listed.len());
}
