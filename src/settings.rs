//! All settings there are, for who looks for one: by whose they are, by words, and by whether they were changed.

use queuescope_engine::broker::topology::Manual;
use queuescope_engine::broker::{self};
use queuescope_engine::knob::{Domain, Knob, UNSET, Unit, Value};

use crate::format;
use crate::frame::Frame;
use crate::shape::{Place, Shape};

/// The settings of one part, or of one client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// Whose they are.
    pub name: String,
    /// Their places; those that are at hand in the panels come first.
    pub places: Vec<Place>,
}

/// All settings by whose they are: the system's, its parts', its producers' and its consumers'.
pub fn groups(shape: &Shape) -> Vec<Group> {
    let panels = [&shape.queue, &shape.producer, &shape.consumer];
    let at_hand =
        |place: &Place| panels.iter().any(|own| own.main.contains(place) || own.bursts.contains(place));
    let mut all: Vec<Group> = Vec::new();
    for (place, setting) in shape.settings.iter().enumerate() {
        let name = owner(&setting.address);
        match all.iter_mut().find(|group| group.name == name) {
            Some(group) => group.places.push(place),
            None => all.push(Group { name: name.to_owned(), places: vec![place] }),
        }
    }
    for group in &mut all {
        let (first, rest): (Vec<Place>, Vec<Place>) = group.places.iter().partition(|place| at_hand(place));
        group.places = [first, rest].concat();
    }
    let clients = || shape.producers.iter().chain(&shape.consumers);
    let of_clients =
        clients().filter_map(|name| all.iter().find(|group| group.name == *name)).cloned().collect();
    all.retain(|group| clients().all(|name| *name != group.name));
    [all, of_clients].concat()
}

/// Whose setting has this address.
pub fn owner(address: &str) -> &str {
    address.split_once('.').map_or(address, |(own, _)| own)
}

/// What people read for it: a link has an arrow.
pub fn title(owner: &str) -> String {
    owner.replace('>', " \u{2192} ")
}

/// Whether every word of what was typed is in a setting's name, label, meaning or owner.
pub fn matches(shape: &Shape, place: Place, typed: &str) -> bool {
    let Some(setting) = shape.settings.get(place) else { return false };
    let Knob { name, label, meaning, .. } = setting.knob;
    let text = format!("{name} {label} {meaning} {}", owner(&setting.address)).to_ascii_lowercase();
    typed.to_ascii_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// Whether a setting is not what the scenario has it begin with.
pub fn is_changed(frame: &Frame, place: Place) -> bool {
    frame.shape.starts.get(place).is_some_and(|start| start != frame.value(place))
}

/// How many of these are.
pub fn changed(frame: &Frame, places: &[Place]) -> usize {
    places.iter().filter(|place| is_changed(frame, **place)).count()
}

/// How many settings, and how many of them are changed, in words.
pub fn count(frame: &Frame, places: &[Place]) -> String {
    match changed(frame, places) {
        0 => places.len().to_string(),
        changed => format!("{} \u{b7} {changed} changed", places.len()),
    }
}

/// What it does, and what it means if it is not set.
pub fn meaning(knob: &Knob) -> String {
    match knob.unset {
        Some(unset) => format!("{} Unset: {unset}.", knob.meaning),
        None => knob.meaning.to_owned(),
    }
}

/// What it can be, what it is if nobody says anything, and when it can change.
pub fn facts(shape: &Shape, knob: &Knob) -> String {
    facts_in(manual(shape).map_or(&[][..], |manual| manual.versions), &shape.version, knob)
}

/// The same of a setting of a system with these versions, in this one of them.
pub fn facts_in(versions: &[&str], version: &str, knob: &Knob) -> String {
    let range = match knob.domain {
        Domain::Real { min, max, .. } => between(knob, min, max),
        Domain::Whole { min, max, .. } => between(knob, min.into(), max.into()),
        Domain::Choice(_) | Domain::Text { .. } => String::new(),
    };
    let default = match value(knob, &knob.default_in(versions, version)) {
        text if text.is_empty() => "default: none".into(),
        text => format!("default {text}"),
    };
    let fixed = if knob.live { "" } else { "fixed at the start: another value begins the run anew" };
    let facts = [range.as_str(), &default, fixed];
    facts.into_iter().filter(|fact| !fact.is_empty()).collect::<Vec<_>>().join(" \u{b7} ")
}

fn between(knob: &Knob, min: f64, max: f64) -> String {
    format!("{} to {}", bare(knob, min), value(knob, &Value::Number(max)))
}

/// A value as people read it.
pub fn value(knob: &Knob, value: &Value) -> String {
    match (value, knob.domain) {
        (Value::Number(number), Domain::Real { unit, .. } | Domain::Whole { unit, .. }) => {
            let (number, unit) = (bare(knob, *number), sign(unit));
            let space = if matches!(unit, "" | "%" | "\u{d7}") { "" } else { " " };
            format!("{number}{space}{unit}")
        }
        (Value::Number(number), Domain::Choice(_) | Domain::Text { .. }) => format::number(*number),
        (value, _) if *value == UNSET => "unset".into(),
        (Value::Choice(name), Domain::Choice(choices)) => {
            let label = choices.iter().find(|choice| choice.name == name).map(|choice| choice.label);
            label.map_or_else(|| name.to_string(), ToOwned::to_owned)
        }
        (Value::Choice(text), Domain::Real { .. } | Domain::Whole { .. } | Domain::Text { .. }) => {
            text.to_string()
        }
    }
}

fn bare(knob: &Knob, number: f64) -> String {
    let is_share = matches!(knob.domain, Domain::Real { unit: Unit::Share, .. });
    format::number(if is_share { number * 100.0 } else { number })
}

fn sign(unit: Unit) -> &'static str {
    match unit {
        Unit::PerSecond => "/s",
        Unit::Messages => "messages",
        Unit::Seconds => "s",
        Unit::Milliseconds => "ms",
        Unit::Workers => "workers",
        Unit::Attempts => "attempts",
        Unit::Share => "%",
        Unit::Bytes => "bytes",
        Unit::Times => "\u{d7}",
        Unit::Plain => "",
    }
}

/// What the system of this shape says of itself.
pub fn manual(shape: &Shape) -> Option<&'static Manual> {
    broker::SYSTEMS.iter().copied().find(|manual| manual.terms.system == shape.terms.system)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{SCENARIOS, find};
    use crate::session::{Action, Session};

    fn session(name: &str) -> Session {
        let index = find(name).expect("it is in the catalog");
        Session::open(&format!("#/play?scenario={}", SCENARIOS[index].name))
    }

    #[test]
    fn every_setting_is_in_one_group_and_says_what_it_can_be() {
        for entry in SCENARIOS {
            let session = session(entry.name);
            let shape = session.shape();
            let groups = groups(shape);
            let mut places: Vec<Place> = groups.iter().flat_map(|group| group.places.clone()).collect();
            places.sort_unstable();
            assert_eq!(places, (0..shape.settings.len()).collect::<Vec<_>>(), "{}", entry.name);
            for setting in &shape.settings {
                let facts = facts(shape, setting.knob);
                assert!(facts.contains("default"), "{}: {facts}", setting.address);
                assert!(!meaning(setting.knob).is_empty());
            }
        }
    }

    #[test]
    fn settings_are_found_by_name_and_by_meaning_and_counted_when_changed() {
        let mut session = session("rabbitmq-poison");
        let shape = session.shape().clone();
        let found = |typed: &str| {
            let all = (0..shape.settings.len()).filter(|place| matches(&shape, *place, typed));
            all.map(|place| shape.settings[place].knob.name).collect::<Vec<_>>()
        };
        assert!(found("x-delivery").contains(&"x-delivery-limit"));
        assert!(found("DELIVERY limit").contains(&"x-delivery-limit"));
        assert!(found("no such setting").is_empty());
        assert_eq!(found("").len(), shape.settings.len());
        let place = shape.place("consumer.prefetch_count").expect("it has one");
        assert!(!is_changed(&session.frame(), place));
        let turn = |to: f64| Action::Set { knob: "consumer.prefetch_count".into(), to: Value::Number(to) };
        session.dispatch(turn(7.0));
        let frame = session.frame();
        assert_eq!((is_changed(&frame, place), changed(&frame, &[place])), (true, 1));
        assert!(count(&frame, &[place]).ends_with("1 changed"));
        session.dispatch(turn(1.0));
        assert!(!is_changed(&session.frame(), place));
    }

    #[test]
    fn a_value_reads_with_its_unit() {
        let shape = session("balanced").shape().clone();
        let knob = |address: &str| shape.settings[shape.place(address).expect(address)].knob;
        assert_eq!(value(knob("consumer.failure"), &Value::Number(0.25)), "25%");
        assert_eq!(value(knob("producer.rate"), &Value::Number(2.5)), "2.5 /s");
        assert!(facts(&shape, knob("queue.capacity")).starts_with("1 to 100000 messages"));
    }

    #[test]
    fn sources_that_are_in_the_open_lead_to_where_they_are() {
        for manual in broker::SYSTEMS.iter().filter(|manual| !manual.features.is_empty()) {
            let rules = manual.features.iter().map(|feature| feature.source);
            let open = rules.clone().filter(|source| manual.address(source).is_some()).count();
            assert!(rules.count() < open * 2, "{}: most sources can be read", manual.system);
            for feature in manual.features {
                let address = manual.address(feature.source).unwrap_or_default();
                assert!(address.is_empty() || address.starts_with("https://"), "{address}");
                assert!(!address.contains(['{', '}', ' ']), "{address}");
            }
        }
    }
}
