//! What the engine itself fills in a page: a system's settings and rules, as its manual has them.

use leptos::prelude::*;
use queuescope_engine::broker::fidelity::{Feature, Fidelity};
use queuescope_engine::broker::topology::Manual;
use queuescope_engine::knob::{Domain, Knob};

use super::super::settings::source;
use super::troupe::Troupe;
use crate::browser::element::Element;
use crate::learn::reference::{Group, groups, manual};
use crate::settings;

/// Fills an element that names what it is to be filled with.
pub(super) fn fill(element: &Element, troupe: &Troupe) {
    let system = element.get("data-system").and_then(|system| manual(&system));
    match (element.get("data-live").as_deref(), system) {
        (Some("settings"), Some(own)) => troupe.keep(element.mount(move || all_settings(own))),
        (Some("fidelity"), Some(own)) => troupe.keep(element.mount(move || rules(own))),
        _ => {}
    }
}

fn all_settings(own: &'static Manual) -> impl IntoView {
    let group = move |group: Group| {
        let knobs: Vec<_> = group.knobs.iter().map(|knob| setting(own, knob)).collect();
        view! {
            <h3>
                {group.title}
                <code>{group.kind}</code>
            </h3>
            <dl class="settings">{knobs}</dl>
        }
    };
    groups(own).into_iter().map(group).collect::<Vec<_>>()
}

fn setting(own: &'static Manual, knob: &'static Knob) -> impl IntoView {
    let choices = match knob.domain {
        Domain::Choice(choices) => {
            let names: Vec<&str> = choices.iter().map(|choice| choice.name).collect();
            format!("One of {}. ", names.join(", "))
        }
        Domain::Real { .. } | Domain::Whole { .. } | Domain::Text { .. } => String::new(),
    };
    let newest = own.versions.last().copied().unwrap_or_default();
    let facts = settings::facts_in(own.versions, newest, knob);
    let link = (!knob.source.is_empty()).then(|| source(own.address(knob.source), knob.source));
    view! {
        <dt>
            <code>{knob.name}</code>
            " "
            {knob.label}
        </dt>
        <dd>
            <p>{settings::meaning(knob)}</p>
            <p class="facts">{choices} {facts} " " {link}</p>
        </dd>
    }
}

fn rules(own: &'static Manual) -> impl IntoView {
    let rule = move |feature: &&'static Feature| {
        let (cases, why) = match feature.state {
            Fidelity::Modelled(cases) => (cases.join(" "), ""),
            Fidelity::NotModelled(why) => (String::new(), why),
        };
        view! {
            <li>
                <p>{feature.what}</p>
                <p class="facts">{why} " " {source(own.address(feature.source), feature.source)} " " <code>{cases}</code></p>
            </li>
        }
    };
    let is_modeled = |feature: &&'static Feature| matches!(feature.state, Fidelity::Modelled(_));
    let (modeled, not): (Vec<_>, Vec<_>) = own.features.iter().partition(is_modeled);
    view! {
        <p>
            {format!(
                "{} rules are modeled; each is held by conformance cases, whose numbers stand behind it. {} are known and left out.",
                modeled.len(),
                not.len(),
            )}
        </p>
        <h3>"Not modeled"</h3>
        <ul class="rules">{not.iter().map(rule).collect::<Vec<_>>()}</ul>
        <h3>"Modeled"</h3>
        <ul class="rules">{modeled.iter().map(rule).collect::<Vec<_>>()}</ul>
    }
}
