//! Words, and where in the pages they stand. The pages are loaded when the first word is typed.

use std::cell::RefCell;
use std::rc::Rc;

use super::address;
use crate::browser::element::Element;
use crate::browser::fetch;
use crate::learn::contents::{self, Chapter};
use crate::learn::markup::put;

/// So many places are listed.
const MOST: usize = 12;

/// A section that can be found: where it leads, what it is called, what it says.
struct Section {
    link: String,
    title: String,
    text: String,
}

/// What the search works with.
struct Search {
    field: Element,
    found: Element,
    /// The sections of each page, in the order of the pages; empty until the first word is typed.
    pages: RefCell<Vec<Vec<Section>>>,
    /// What is listed.
    listed: RefCell<String>,
}

/// Lets a field search the pages of these chapters, and list what is found.
pub(super) fn start(field: &Element, found: Element, chapters: Rc<RefCell<Vec<Chapter>>>) {
    let (pages, listed) = (RefCell::default(), RefCell::default());
    let search = Rc::new(Search { field: field.clone(), found, pages, listed });
    field.listen("input", move |_| {
        if search.pages.borrow().is_empty() {
            load(&search, &chapters.borrow());
        }
        search.show();
    });
}

fn load(search: &Rc<Search>, chapters: &[Chapter]) {
    for (place, page) in chapters.iter().flat_map(|own| &own.pages).enumerate() {
        search.pages.borrow_mut().push(Vec::new());
        let (search, name) = (search.clone(), page.name.clone());
        fetch::text(&address(&format!("{name}.html")), move |text| {
            if let Some(text) = text {
                search.pages.borrow_mut()[place] = sections(&name, &text);
                search.show();
            }
        });
    }
}

impl Search {
    fn show(&self) {
        let typed = self.field.value();
        self.found.hide(typed.trim().len() < 2);
        let (mut list, mut count) = (String::new(), 0);
        for section in self.pages.borrow().iter().flatten() {
            let whole = format!("{}. {}", section.title, section.text);
            let Some(words) = contents::excerpt(&whole, &typed).filter(|_| count < MOST) else { continue };
            put(
                &mut list,
                "<li><a href=\"{}\">{}</a><p>{}</p></li>",
                &[&section.link, &section.title, &words],
            );
            count += 1;
        }
        if count == 0 {
            list.push_str("<li class=\"muted\">Nothing is found.</li>");
        }
        // A link that has the focus keeps it, and nothing is read out twice.
        if *self.listed.borrow() != list {
            self.found.set_markup(&list);
            self.listed.replace(list);
        }
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
