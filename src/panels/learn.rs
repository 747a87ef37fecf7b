//! The pages of text: the list of them, the one that is read, and what runs in it.

mod comparison;
mod figure;
mod lab;
mod reference;
mod search;
mod troupe;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;

use self::troupe::Troupe;
use super::header::ThemeSwitch;
use crate::browser::element::Element;
use crate::browser::{document, fetch, frame_loop};
use crate::learn::contents::{self, Chapter};
use crate::learn::{FIRST, PREFIX, Place};

/// Where a file of the texts is.
pub(crate) fn address(file: &str) -> String {
    let folder = Element::first("body").and_then(|body| body.get("data-texts"));
    format!("{}/{file}", folder.unwrap_or_default())
}

/// What stands around each page.
const FRAME: &str = "<a class=\"hidden skip\" href=\"#article\">To the text</a>\
    <header><p class=\"brand\"><a href=\"#/play\">Queuescope</a></p>\
    <nav aria-label=\"Main\"><a href=\"#/play\">Playground</a><a href=\"#/learn\" aria-current=\"true\">Learn</a></nav>\
    <div class=\"end\"></div></header>\
    <div class=\"reading\"><details class=\"pages\"><summary class=\"btn\">Contents</summary>\
    <search><input type=\"search\" class=\"btn\" placeholder=\"Search the texts\" aria-label=\"Search the texts\">\
    <ul class=\"found\" aria-live=\"polite\" hidden></ul></search><nav aria-label=\"Pages\"></nav></details>\
    <main><article id=\"article\" tabindex=\"-1\"></article>\
    <nav class=\"turn\" aria-label=\"Next and previous page\"></nav></main></div>";

/// What is said of a page that is not there.
const MISSING: &str = "<h1>There is no such page</h1><p>The link may be mistyped, or the page could not be loaded. All that \
                       there is to read is in the <a href=\"#/learn\">contents</a>.</p>";

/// Opens the page that the address names. Its text may be there already.
pub(crate) fn start() {
    let text = Element::first("#boot article").map(|article| article.markup());
    document::clear_boot();
    document::mark("data-learn", true);
    if let Some(body) = Element::first("body") {
        body.add_markup(FRAME);
    }
    lay_out(text);
}

/// Brings the frame to life. Each of its parts is there, for it was just put in.
fn lay_out(text: Option<String>) -> Option<()> {
    let reader = Rc::new(Reader {
        article: Element::with_id("article")?,
        list: Element::first(".pages > nav")?,
        turn: Element::first(".turn")?,
        chapters: Rc::default(),
        place: RefCell::new(None),
        troupe: Troupe::default(),
        text: Cell::new(text),
    });
    Element::first("header .end")?.mount(|| view! { <ThemeSwitch /> }).forget();
    let article = reader.article.clone();
    Element::first(".skip")?.listen("click", move |event| {
        // The fragment is the page's address: the way to the text must not change it.
        event.prevent_default();
        article.focus();
    });
    // The list of pages is open where there is room beside the text.
    if 1000.0 < document::window_size().0 {
        Element::first(".pages")?.set("open", "");
    }
    search::start(&Element::first("search > input")?, Element::first(".found")?, reader.chapters.clone());
    let own = reader.clone();
    document::on_fragment(move |fragment| {
        if crate::learn::is_asked_for(&fragment) {
            own.go(Place::of(&fragment));
        }
    });
    let own = reader.clone();
    fetch::text(&address("contents.json"), move |text| {
        if let Some(Ok(chapters)) = text.map(|text| contents::read(&text)) {
            own.list.set_markup(&contents::list(&chapters));
            own.chapters.replace(chapters);
            own.point();
        }
    });
    let troupe = reader.troupe.clone();
    frame_loop::start(move |wall| troupe.pass(wall));
    reader.go(Place::of(&document::fragment()));
    Some(())
}

/// Who reads, and what.
struct Reader {
    article: Element,
    list: Element,
    turn: Element,
    chapters: Rc<RefCell<Vec<Chapter>>>,
    place: RefCell<Option<Place>>,
    troupe: Troupe,
    /// The text of the first page, if it was there before the program.
    text: Cell<Option<String>>,
}

impl Reader {
    /// Shows the page of a place, and brings what it names to the eye.
    fn go(self: &Rc<Reader>, next: Place) {
        let before = self.place.replace(Some(next.clone()));
        self.point();
        let is_there = before.as_ref().is_some_and(|own| own.page == next.page);
        if is_there && next.lab().is_none() && before.is_some_and(|own| own.lab().is_none()) {
            arrive(&self.article, &next, true);
            return;
        }
        if let Some(text) = self.text.take() {
            self.open(&text, &next, false);
            return;
        }
        let file = match next.lab() {
            Some(lab) => format!("labs/{lab}.json"),
            None => format!("{}.html", next.page),
        };
        let own = self.clone();
        fetch::text(&address(&file), move |text| {
            // Another page may have been asked for meanwhile.
            if own.place.borrow().as_ref() != Some(&next) {
                return;
            }
            match (text, next.lab()) {
                (Some(text), Some(_)) => {
                    own.troupe.leave();
                    own.article.set_markup("");
                    lab::open(&own.article, &text, &own.troupe);
                    arrive(&own.article, &next, true);
                }
                (Some(text), None) => own.open(&text, &next, true),
                (None, _) => {
                    own.troupe.leave();
                    own.article.set_markup(MISSING);
                }
            }
        });
    }

    /// The lists say which page is read, and which are beside it.
    fn point(&self) {
        let place = self.place.borrow();
        let page = place.as_ref().map(|place| place.page.as_str()).unwrap_or_default();
        let own = format!("{PREFIX}/{page}");
        for link in self.list.all("a") {
            let is_own = link.get("href").is_some_and(|href| href == own);
            link.set("aria-current", if is_own { "page" } else { "false" });
        }
        self.turn.set_markup(&contents::turn(&self.chapters.borrow(), page));
    }

    /// Shows a page of text, and brings what is written in it to life.
    fn open(&self, text: &str, place: &Place, is_turned: bool) {
        let (article, troupe) = (&self.article, &self.troupe);
        troupe.leave();
        article.set_markup(text);
        for figure in article.all("figure") {
            figure::stage(&figure, troupe);
        }
        for element in article.all("[data-live]") {
            match element.get("data-live").as_deref() {
                Some("comparison") => comparison::fill(&element, troupe),
                _ => reference::fill(&element),
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
        arrive(article, place, is_turned);
    }
}

/// A link to a part of the page, to be copied, at the end of what it is called.
fn anchor(part: &Element, name: &str, page: &str) {
    let (Some(id), Some(name)) = (part.get("id"), part.one(name)) else { return };
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
