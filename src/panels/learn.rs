//! The pages of text: the list of them, the one that is read, and what runs in it.

mod comparison;
mod figure;
mod lab;
mod reference;
mod search;
mod troupe;

use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;

use self::troupe::Troupe;
use super::header::ThemeSwitch;
use crate::browser::element::Element;
use crate::browser::{document, fetch, frame_loop};
use crate::learn::contents::{self, Chapter, Page};
use crate::learn::{FIRST, Place};
use crate::widgets::Read;
use crate::widgets::life::{Life, follow, lives};

/// Where a file of the texts is.
pub(crate) fn address(file: &str) -> String {
    let folder = Element::first("body").and_then(|body| body.get("data-texts"));
    format!("{}/{file}", folder.unwrap_or_default())
}

/// Opens the page that the address names. Its text may be there already.
pub(crate) fn start() {
    let text = Element::first("#boot article").map(|article| article.markup());
    document::clear_boot();
    document::mark("data-learn", true);
    mount_to_body(move || view! { <Learn text /> });
}

#[component]
fn Learn(text: Option<String>) -> impl IntoView {
    let place = RwSignal::new(Place::of(&document::fragment()));
    let chapters: RwSignal<Vec<Chapter>> = RwSignal::default();
    document::on_fragment(move |fragment| {
        if crate::learn::is_asked_for(&fragment) {
            place.set(Place::of(&fragment));
        }
    });
    fetch::text(&address("contents.json"), move |text| {
        if let Some(Ok(list)) = text.map(|text| contents::read(&text)) {
            chapters.set(list);
        }
    });
    let troupe = Troupe::default();
    let own = troupe.clone();
    frame_loop::start(move |wall| own.pass(wall));
    view! {
        <a class="hidden skip" href="#article" on:click=crate::widgets::act(skip)>
            "To the text"
        </a>
        <header>
            <p class="brand">
                <a href="#/play">"Queuescope"</a>
            </p>
            <nav aria-label="Main">
                <a href="#/play">"Playground"</a>
                <a href="#/learn" aria-current="true">
                    "Learn"
                </a>
            </nav>
            <div class="end">
                <ThemeSwitch />
            </div>
        </header>
        <div class="reading">
            <details class="pages" use:lives=unfolds()>
                <summary class="btn">"Contents"</summary>
                <search::Search chapters />
                <nav aria-label="Pages">{move || list(&chapters.get(), place)}</nav>
            </details>
            <main>
                <article id="article" tabindex="-1" use:lives=reads(place, troupe, text)></article>
                <nav class="turn" aria-label="Next and previous page">
                    {move || turn(&chapters.get(), &place.get())}
                </nav>
            </main>
        </div>
    }
}

/// The fragment is the page's address: the way to the text must not change it.
fn skip(event: leptos::ev::MouseEvent) {
    event.prevent_default();
    Element::with_id("article").iter().for_each(Element::focus);
}

/// The list of pages is open where there is room beside the text.
fn unfolds() -> Life {
    Rc::new(|list| {
        if 1000.0 < document::window_size().0 {
            list.set("open", "");
        }
    })
}

fn list(chapters: &[Chapter], place: RwSignal<Place>) -> impl IntoView + use<> {
    let entry = move |page: &Page| {
        let (name, own) = (page.name.clone(), page.name.clone());
        let current: Read =
            Arc::new(move || if place.get().page == own { "page".into() } else { "false".into() });
        view! {
            <li>
                <a href=format!("#/learn/{name}") aria-current=current>
                    {page.title.clone()}
                </a>
            </li>
        }
    };
    let chapter = |chapter: &Chapter| {
        view! {
            <h2>{chapter.title.clone()}</h2>
            <ul>{chapter.pages.iter().map(entry).collect::<Vec<_>>()}</ul>
        }
    };
    chapters.iter().map(chapter).collect::<Vec<_>>()
}

fn turn(chapters: &[Chapter], place: &Place) -> impl IntoView + use<> {
    let link = |(page, class, word): (Option<&Page>, &'static str, &'static str)| {
        page.map(|page| {
            view! {
                <a class=class href=format!("#/learn/{}", page.name)>
                    <small>{word}</small>
                    {page.title.clone()}
                </a>
            }
        })
    };
    let [before, after] = contents::neighbors(chapters, &place.page);
    [(before, "before", "Before this"), (after, "after", "Next")].map(link).into_iter().collect::<Vec<_>>()
}

/// The article shows the page of the place, and brings what it names to the eye.
fn reads(place: RwSignal<Place>, troupe: Troupe, text: Option<String>) -> Life {
    let text = Rc::new(std::cell::Cell::new(text));
    Rc::new(move |article| {
        let (text, troupe) = (text.clone(), troupe.clone());
        let mut shown: Option<Place> = None;
        follow(move || {
            let next = place.get();
            let before = shown.replace(next.clone());
            let is_there = before.as_ref().is_some_and(|own| own.page == next.page);
            if is_there && next.lab().is_none() && before.is_some_and(|own| own.lab().is_none()) {
                arrive(&article, &next, true);
                return;
            }
            let is_first = !is_there
                && text.take().is_some_and(|text| {
                    article.set_markup(&text);
                    open(&article, &next, &troupe, false);
                    true
                });
            if is_first {
                return;
            }
            let (article, troupe) = (article.clone(), troupe.clone());
            let file = match next.lab() {
                Some(lab) => format!("labs/{lab}.json"),
                None => format!("{}.html", next.page),
            };
            fetch::text(&address(&file), move |text| {
                // Another page may have been asked for meanwhile.
                if place.get_untracked() != next {
                    return;
                }
                match (text, next.lab()) {
                    (Some(text), Some(_)) => {
                        troupe.leave();
                        article.set_markup("");
                        lab::open(&article, &text, &troupe);
                        arrive(&article, &next, true);
                    }
                    (Some(text), None) => {
                        article.set_markup(&text);
                        open(&article, &next, &troupe, true);
                    }
                    (None, _) => {
                        troupe.leave();
                        article.set_markup(MISSING);
                    }
                }
            });
        });
    })
}

/// What is said of a page that is not there.
const MISSING: &str = "<h1>There is no such page</h1><p>The link may be mistyped, or the page could not be loaded. All that \
                       there is to read is in the <a href=\"#/learn\">contents</a>.</p>";

/// Brings what is written in an article to life.
fn open(article: &Element, place: &Place, troupe: &Troupe, is_turned: bool) {
    troupe.leave();
    for figure in article.all("figure") {
        figure::stage(&figure, troupe);
    }
    for element in article.all("[data-live]") {
        match element.get("data-live").as_deref() {
            Some("comparison") => comparison::fill(&element, troupe),
            _ => reference::fill(&element, troupe),
        }
    }
    // What can be too wide for a phone can be scrolled by keys.
    for code in article.all("pre") {
        code.set("tabindex", "0");
    }
    for (parts, before) in [("section[id]", "h2"), ("figure[id]", "figcaption")] {
        for part in article.all(parts) {
            anchor(&part, before, &place.page);
        }
    }
    for claim in article.all(".claim") {
        let words = claim.get("data-claim").unwrap_or_default();
        claim.set("title", &format!("Tested: {words}"));
    }
    lab::mark_solved(article);
    // The article itself may be on the page only after this.
    let (article, place) = (article.clone(), place.clone());
    super::soon(move || arrive(&article, &place, is_turned));
}

/// A link to a part of the page, to be copied, at the end of what it is called.
fn anchor(part: &Element, name: &str, page: &str) {
    let (Some(id), Some(name)) = (part.get("id"), part.all(name).into_iter().next()) else { return };
    let Some(link) = Element::new("a", "anchor") else { return };
    link.say("#");
    link.set("href", &format!("#/learn/{page}/{id}"));
    link.set("aria-label", &format!("Link to {}", id.replace('-', " ")));
    name.append(&link);
}

/// The place is in sight, and the window says what is read.
fn arrive(article: &Element, place: &Place, moves: bool) {
    let title = article.all("h1").first().map(Element::text).unwrap_or_default();
    document::set_title(&format!("{title} \u{b7} Queuescope"));
    let part = place.part.as_deref().filter(|_| place.lab().is_none()).and_then(Element::with_id);
    match part {
        Some(part) => {
            part.bring_up();
            part.set("tabindex", "-1");
            part.focus();
        }
        None if moves => {
            if place.page != FIRST || place.part.is_some() {
                article.focus();
            }
            document::to_top();
        }
        None => {}
    }
}
