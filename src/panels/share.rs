//! The dialog that hands a session on: as a link, for a lesson, inside of another page, or as a file.

use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;

use crate::browser::element::Element;
use crate::browser::{document, load, save};
use crate::desk::{Desk, desk};
use crate::embed;
use crate::lesson::Lesson;
use crate::session::{Action, Go, Session};
use crate::shape::Panel;
use crate::share;
use crate::widgets::life::{Life, follow, is_hidden, lives};
use crate::widgets::{Flag, Read, act};

/// How the link is to open.
#[derive(Clone, Default)]
pub(crate) struct Wishes {
    /// Whether it runs.
    playing: bool,
    /// What it is for; the list of settings is kept also while all are shown.
    lesson: Lesson,
    only: Vec<String>,
    /// The colors inside of another page.
    theme: String,
}

/// Opens the dialog, with the link to the session as it is now, paused.
pub(crate) fn show_share(desk: Desk) {
    let lesson = desk.ask(|session| session.lesson().clone());
    let only = lesson.only.clone().unwrap_or_default();
    desk.offered().set(if lesson.only.is_some() { offered(desk) } else { Vec::new() });
    let lesson = Lesson { large: desk.is_large_now(), ..lesson };
    if let Some(dialog) = Element::with_id("share") {
        dialog.open();
    }
    wish(desk, |wishes| *wishes = Wishes { lesson, only, ..Wishes::default() });
}

/// All settings, those that are at hand first.
fn offered(desk: Desk) -> Vec<(String, &'static str)> {
    let shape = desk.ask(|session| session.whole_shape().clone());
    let panels = [&shape.producer, &shape.queue, &shape.consumer];
    let more = |panel: &Panel| panel.more.iter().flat_map(|(_, places)| places.clone()).collect::<Vec<_>>();
    let first = panels.iter().flat_map(|panel| panel.main.clone());
    let then = panels.iter().flat_map(|panel| [panel.bursts.clone(), more(panel)].concat());
    let places: Vec<_> = first.chain(then).collect();
    let line = |place: usize| (shape.settings[place].address.clone(), shape.settings[place].knob.label);
    places.into_iter().map(line).collect()
}

/// Changes what is wished for, and writes the link for it.
fn wish(desk: Desk, change: impl FnOnce(&mut Wishes)) {
    desk.wishes().update(change);
    let wishes = desk.wishes().get_untracked();
    let mut shared = desk.ask(Session::share);
    shared.playing = wishes.playing;
    shared.lesson = wishes.lesson;
    let link = format!("{}{}", document::address(), share::write(&shared));
    let length = link.len();
    let snippet = embed::snippet(&document::address(), &shared, &wishes.theme);
    for (id, text) in [("share-link", link), ("share-snippet", snippet)] {
        Element::with_id(id).iter().for_each(|field| field.set_value(&text));
    }
    say(&format!("{length} characters. All of the session is in the link; nothing is sent anywhere."));
}

fn say(text: &str) {
    if let Some(line) = Element::with_id("share-said") {
        line.say(text);
    }
}

fn copy(id: &'static str, said: &'static str) -> Box<dyn FnMut(leptos::ev::MouseEvent)> {
    act(move |_| {
        let Some(field) = Element::with_id(id) else { return };
        // Where the clipboard is not ours, the text is marked, ready to be copied by hand.
        field.select();
        save::copy(&field.value());
        say(said);
    })
}

/// A box is ticked while this holds.
fn ticked(flag: Flag) -> Life {
    Rc::new(move |field| {
        let flag = flag.clone();
        follow(move || field.check(flag()));
    })
}

/// A box for one of the wishes.
#[component]
fn Wish(text: &'static str, of: fn(&Wishes) -> bool, set: fn(Desk, &mut Wishes, bool)) -> impl IntoView {
    let desk = desk();
    let holds: Flag = Arc::new(move || desk.wishes().with(of));
    let change = move |event| {
        let on = event_target_checked(&event);
        wish(desk, |wishes| set(desk, wishes, on));
    };
    view! {
        <label class="check">
            <input type="checkbox" use:lives=ticked(holds) on:change=act(change) />
            {text}
        </label>
    }
}

/// Which settings a link shows.
#[component]
fn Settings() -> impl IntoView {
    let desk = desk();
    let all: Flag = Arc::new(move || desk.wishes().with(|wishes| wishes.lesson.only.is_none()));
    // Laid out when it is first wanted, and not with each box that is ticked.
    let offered = desk.offered();
    let line = move |(address, label): (String, &'static str)| {
        let (own, held) = (address.clone(), address.clone());
        let holds: Flag = Arc::new(move || desk.wishes().with(|wishes| wishes.only.contains(&held)));
        let change = move |event| {
            let on = event_target_checked(&event);
            wish(desk, |wishes| {
                wishes.only.retain(|address| *address != own);
                if on {
                    wishes.only.push(own.clone());
                }
                wishes.lesson.only = Some(wishes.only.clone());
            });
        };
        view! {
            <label class="check">
                <input type="checkbox" use:lives=ticked(holds) on:change=act(change) />
                <span>
                    {label}
                    " "
                    <code>{address}</code>
                </span>
            </label>
        }
    };
    view! {
        <div class="lines" role="group" aria-label="Settings that are shown" use:lives=is_hidden(all)>
            {move || offered.get().into_iter().map(line).collect::<Vec<_>>()}
        </div>
    }
}

/// What is put into a page of one's own.
#[component]
fn Snippet() -> impl IntoView {
    let desk = desk();
    let theme: Read = Arc::new(move || desk.wishes().with(|wishes| wishes.theme.clone()));
    let choose = move |event| wish(desk, |wishes| wishes.theme = event_target_value(&event));
    let option =
        |(name, label): &(&'static str, &'static str)| view! { <option value=*name>{*label}</option> };
    view! {
        <details class="embedding">
            <summary>"Embed in a page of your own"</summary>
            <label class="inline">
                "Colors"
                <select class="btn" use:lives=crate::widgets::life::stands(theme) on:change=act(choose)>
                    {embed::THEMES.iter().map(option).collect::<Vec<_>>()}
                </select>
            </label>
            <textarea id="share-snippet" rows="5" readonly=true spellcheck="false" aria-label="HTML code"></textarea>
            <button type="button" class="btn" on:click=copy("share-snippet", "The code is copied.")>
                "Copy code"
            </button>
        </details>
    }
}

/// The dialog.
#[component]
pub(crate) fn ShareDialog() -> impl IntoView {
    let desk = desk();
    let keep = move |_| {
        let recording = desk.ask(Session::share).recording;
        let file = save::File::new(share::file_name(&recording), "application/json");
        file.add(&recording.to_json());
        file.save();
    };
    let read = move |event| {
        load::text(&Element::target(&event), move |text| {
            let go = share::from_file(&text).map_or_else(Go::Nowhere, |shared| Go::Open(Box::new(shared)));
            desk.send(Action::Go(go));
            if let Some(dialog) = Element::with_id("share") {
                dialog.close();
            }
        });
    };
    let few = |desk: Desk, wishes: &mut Wishes, on: bool| {
        wishes.lesson.only = on.then(|| wishes.only.clone());
        if on {
            desk.offered().set(offered(desk));
        }
    };
    view! {
        <dialog id="share" aria-labelledby="share-title">
            <h2 id="share-title">"Share this session"</h2>
            <Wish
                text="Open paused at this time"
                of=|wishes| !wishes.playing
                set=|_, wishes, on| wishes.playing = !on
            />
            <Wish
                text="Hide the cause until it is asked for"
                of=|wishes| wishes.lesson.hides_cause
                set=|_, wishes, on| wishes.lesson.hides_cause = on
            />
            <Wish
                text="Large, for a projector"
                of=|wishes| wishes.lesson.large
                set=|_, wishes, on| wishes.lesson.large = on
            />
            <Wish text="Show only some settings" of=|wishes| wishes.lesson.only.is_some() set=few />
            <Settings />
            <div class="entries">
                <input id="share-link" type="text" class="btn" readonly=true aria-label="Link" />
                <button type="button" class="btn primary" on:click=copy("share-link", "The link is copied.")>
                    "Copy link"
                </button>
            </div>
            <p class="muted" id="share-said" role="status"></p>
            <Snippet />
            <div class="entries">
                <button type="button" class="btn" on:click=act(keep)>
                    "Save as JSON file"
                </button>
                <label class="btn">
                    "Open a JSON file"
                    <input type="file" class="hidden" accept=".json,application/json" on:change=act(read) />
                </label>
            </div>
            <form method="dialog">
                <button class="btn">"Close"</button>
            </form>
        </dialog>
    }
}
