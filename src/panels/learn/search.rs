//! Words, and where in the pages they stand. The pages are loaded when the first word is typed.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::address;
use crate::browser::element::Element;
use crate::browser::fetch;
use crate::learn::contents::{self, Chapter};
use crate::widgets::act;
use crate::widgets::life::{is_hidden, lives};

/// So many places are listed.
const MOST: usize = 12;

/// A section that can be found: where it leads, what it is called, what it says.
#[derive(Clone)]
struct Section {
    link: String,
    title: String,
    text: String,
}

/// The field, and what is found.
#[component]
pub(super) fn Search(chapters: RwSignal<Vec<Chapter>>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let pages: RwSignal<BTreeMap<String, Vec<Section>>> = RwSignal::default();
    let asked = StoredValue::new(false);
    let load = move || {
        if asked.get_value() {
            return;
        }
        let names: Vec<String> = chapters.with_untracked(|all| {
            all.iter().flat_map(|own| &own.pages).map(|page| page.name.clone()).collect()
        });
        asked.set_value(!names.is_empty());
        for name in names {
            fetch::text(&address(&format!("{name}.html")), move |text| {
                if let Some(text) = text {
                    let sections = sections(&name, &text);
                    pages.update(|pages| drop(pages.insert(name, sections)));
                }
            });
        }
    };
    let input = move |event| {
        load();
        typed.set(event_target_value(&event));
    };
    let found = move || {
        let typed = typed.get();
        let hits = pages.with(|pages| {
            let order = chapters.with(|all| {
                all.iter().flat_map(|own| &own.pages).map(|page| page.name.clone()).collect::<Vec<_>>()
            });
            let sections = order.iter().filter_map(|name| pages.get(name)).flatten();
            let hits = sections.filter_map(|section| {
                let whole = format!("{}. {}", section.title, section.text);
                Some((section.link.clone(), section.title.clone(), contents::excerpt(&whole, &typed)?))
            });
            hits.take(MOST).collect::<Vec<_>>()
        });
        let nothing = hits.is_empty().then(|| view! { <li class="muted">"Nothing is found."</li> });
        let hit = |(link, title, words)| {
            view! {
                <li>
                    <a href=link>{title}</a>
                    <p>{words}</p>
                </li>
            }
        };
        view! {
            {hits.into_iter().map(hit).collect::<Vec<_>>()}
            {nothing}
        }
    };
    let hidden: crate::widgets::Flag =
        std::sync::Arc::new(move || typed.with(|typed| typed.trim().len() < 2));
    view! {
        <search>
            <input
                type="search"
                class="btn"
                placeholder="Search the texts"
                aria-label="Search the texts"
                on:input=act(input)
            />
            <ul class="found" aria-live="polite" use:lives=is_hidden(hidden)>{found}</ul>
        </search>
    }
}

/// The sections of a page, with their headings.
fn sections(page: &str, markup: &str) -> Vec<Section> {
    let Some(whole) = Element::new("div", "") else { return Vec::new() };
    whole.set_markup(markup);
    let title = whole.all("h1").first().map(Element::text).unwrap_or_default();
    let parts = whole.all("section[id], dt[id]").into_iter().map(|section| {
        let id = section.get("id").unwrap_or_default();
        let heading = section.all("h2").first().map(Element::text);
        // The words of a glossary are each a place.
        let (heading, text) = match heading {
            Some(heading) => (heading, section.text()),
            None => (section.text(), section.next().map(|meaning| meaning.text()).unwrap_or_default()),
        };
        Section { link: format!("#/learn/{page}/{id}"), title: format!("{title}: {heading}"), text }
    });
    let lead = whole.all(".lead").first().map(Element::text).unwrap_or_default();
    let first = Section { link: format!("#/learn/{page}"), title: title.clone(), text: lead };
    [first].into_iter().chain(parts).collect()
}
