//! A system's settings and rules as its manual declares them, for a page of reference.

use queuescope_engine::broker::SYSTEMS;
use queuescope_engine::broker::fidelity::{Feature, Fidelity};
use queuescope_engine::broker::topology::Manual;
use queuescope_engine::client::{producer, worker};
use queuescope_engine::knob::{Domain, Knob};

use super::markup::{self, put};
use crate::settings;

/// Settings that belong to the same.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Whose they are.
    pub title: &'static str,
    /// What kind of part they belong to; empty where it is no part.
    pub kind: &'static str,
    /// The settings.
    pub knobs: &'static [Knob],
}

/// The manual of a system, by the name under which scenarios ask for it.
pub fn manual(system: &str) -> Option<&'static Manual> {
    SYSTEMS.iter().copied().find(|manual| manual.system == system)
}

/// All settings of a system: its own, its parts', its links', its clients', and those of any application.
pub fn groups(manual: &'static Manual) -> Vec<Group> {
    let own = |title, knobs| Group { title, kind: "", knobs };
    let parts =
        manual.kinds.iter().map(|kind| Group { title: "Of each ", kind: kind.name, knobs: kind.knobs });
    let before = [own("Of the system", manual.knobs)];
    let after = [
        own("Of a link", manual.link),
        own("Of its producers", manual.producer),
        own("Of its consumers", manual.consumer),
        own("Of every producer", producer::KNOBS),
        own("Of every consumer", worker::KNOBS),
    ];
    before.into_iter().chain(parts).chain(after).filter(|group| !group.knobs.is_empty()).collect()
}

/// All settings of a system, as markup.
pub fn all_settings(own: &'static Manual) -> String {
    let mut text = String::new();
    for group in groups(own) {
        put(&mut text, "<h3>{}<code>{}</code></h3><dl class=\"settings\">", &[group.title, group.kind]);
        group.knobs.iter().for_each(|knob| setting(&mut text, own, knob));
        text.push_str("</dl>");
    }
    text
}

fn setting(text: &mut String, own: &Manual, knob: &Knob) {
    let choices = match knob.domain {
        Domain::Choice(choices) => {
            let names: Vec<&str> = choices.iter().map(|choice| choice.name).collect();
            format!("one of {} \u{b7} ", names.join(", "))
        }
        Domain::Real { .. } | Domain::Whole { .. } | Domain::Text { .. } => String::new(),
    };
    let newest = own.versions.last().copied().unwrap_or_default();
    let facts = settings::facts_in(own.versions, newest, knob);
    let meaning = settings::meaning(knob);
    let texts = [knob.name, knob.label, &meaning, &choices, &facts];
    put(text, "<dt><code>{}</code> {}</dt><dd><p>{}</p><p class=\"facts\">{}{} ", &texts);
    if !knob.source.is_empty() {
        source(text, own, knob.source);
    }
    text.push_str("</p></dd>");
}

/// Where it is written, as a link where it has an address.
fn source(text: &mut String, own: &Manual, name: &str) {
    match own.address(name) {
        Some(address) => put(
            text,
            "<span><a href=\"{}\" target=\"_blank\" rel=\"noopener\">{}</a></span>",
            &[&address, name],
        ),
        None => put(text, "<span>{}</span>", &[name]),
    }
}

/// The rules of a system, those that are not modeled first, as markup.
pub fn rules(own: &'static Manual) -> String {
    let is_modeled = |feature: &&Feature| matches!(feature.state, Fidelity::Modelled(_));
    let (modeled, not): (Vec<&Feature>, Vec<&Feature>) = own.features.iter().partition(is_modeled);
    let mut text = markup::of(
        "<p>{} rules are modeled; each is held by conformance cases, whose numbers stand behind it. {} are known and left \
         out.</p><h3>Not modeled</h3>",
        &[&modeled.len().to_string(), &not.len().to_string()],
    );
    list(&mut text, own, &not);
    text.push_str("<h3>Modeled</h3>");
    list(&mut text, own, &modeled);
    text
}

fn list(text: &mut String, own: &Manual, features: &[&Feature]) {
    text.push_str("<ul class=\"rules\">");
    for feature in features {
        let (cases, why) = match feature.state {
            Fidelity::Modelled(cases) => (cases.join(" "), ""),
            Fidelity::NotModelled(why) => (String::new(), why),
        };
        put(text, "<li><p>{}</p><p class=\"facts\">{} ", &[feature.what, why]);
        source(text, own, feature.source);
        put(text, " <code>{}</code></p></li>", &[&cases]);
    }
    text.push_str("</ul>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_whole_and_has_every_setting_and_rule() {
        for own in SYSTEMS {
            let knobs: usize = groups(own).iter().map(|group| group.knobs.len()).sum();
            let written = [("dt", knobs, all_settings(own)), ("li", own.features.len(), rules(own))];
            for (tag, count, markup) in written {
                let whole = format!("<div>{markup}</div>");
                let read = roxmltree::Document::parse(&whole).unwrap();
                let found = read.descendants().filter(|node| node.has_tag_name(tag)).count();
                assert_eq!(found, count, "{}: {tag}", own.system);
            }
        }
        let sqs = manual("sqs").expect("it is in the list");
        let settings = all_settings(sqs);
        assert!(
            settings.contains("<dt><code>VisibilityTimeout</code> Visibility timeout</dt>"),
            "{settings}"
        );
        assert!(settings.contains(" target=\"_blank\" rel=\"noopener\">"));
    }

    #[test]
    fn every_system_has_settings_under_every_heading_once() {
        for own in SYSTEMS {
            let manual = manual(own.system).expect("it is in the list");
            let groups = groups(manual);
            let mut titles: Vec<_> = groups.iter().map(|group| (group.title, group.kind)).collect();
            assert!(titles.contains(&("Of every producer", "")), "{}", own.system);
            titles.sort_unstable();
            titles.dedup();
            assert_eq!(titles.len(), groups.len(), "{}", own.system);
        }
        assert!(manual("no such system").is_none());
    }
}
