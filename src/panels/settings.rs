//! All settings beside the picture: to be searched, each with what it does, what it can be and where that is written.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use super::knobs::Anywhere;
use crate::browser::element::Element;
use crate::desk::{Desk, desk};
use crate::session::Action;
use crate::settings::{self, Group};
use crate::shape::Place;
use crate::widgets::life::{is_hidden, lives};
use crate::widgets::{Read, act};

const DRAWER: &str = "settings";
const SEARCH: &str = "settings-search";

/// What the drawer shows.
#[derive(Clone, Default)]
pub(crate) struct Drawer {
    /// Whether it is open: nothing of it is laid out otherwise.
    open: bool,
    /// What is searched for.
    typed: String,
    /// Whose settings come first.
    first: Vec<String>,
    /// Whose settings are unfolded.
    unfolded: Vec<String>,
}

/// The way to the settings of these: how many there are, and how many of them are changed.
#[component]
pub(crate) fn Way(of: Vec<(String, Vec<Place>)>) -> impl IntoView {
    let desk = desk();
    let shape = desk.shape();
    let owners: Vec<String> = of.into_iter().map(|(name, _)| name).collect();
    let is_theirs = |place: &Place| {
        let own = settings::owner(&shape.settings[*place].address);
        owners.iter().any(|name| name == own)
    };
    let places: Vec<Place> = (0..shape.settings.len()).filter(is_theirs).collect();
    let count = desk.read(move |frame| settings::count(frame, &places));
    (!owners.is_empty()).then(|| {
        view! {
            <button type="button" class="way" on:click=act(move |_| show(desk, &owners))>
                "All settings "
                <small>{count}</small>
            </button>
        }
    })
}

/// Opens the drawer: with the settings of these unfolded, or for a search.
pub(crate) fn show(desk: Desk, owners: &[String]) {
    let first = owners.to_vec();
    desk.drawer().set(Drawer { open: true, typed: String::new(), unfolded: first.clone(), first });
    if let (Some(drawer), Some(search)) = (Element::with_id(DRAWER), Element::with_id(SEARCH)) {
        search.set_value("");
        drawer.stand_beside();
        search.reveal();
    }
}

/// The drawer.
#[component]
pub(crate) fn SettingsDrawer() -> impl IntoView {
    let desk = desk();
    let drawer = desk.drawer();
    let close = move || {
        if let Some(own) = Element::with_id(DRAWER) {
            own.close();
        }
        drawer.set(Drawer::default());
    };
    let search = move |event| {
        let typed = Element::target(&event).value();
        drawer.update(|own| own.typed = typed);
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            close();
        }
    };
    let unchanged =
        desk.flag(|frame| (0..frame.shape.settings.len()).all(|place| !settings::is_changed(frame, place)));
    view! {
        <dialog id=DRAWER aria-labelledby="settings-title" on:keydown=act(key)>
            <div class="heading">
                <h2 id="settings-title">"All settings"</h2>
                <button
                    type="button"
                    class="btn"
                    use:lives=is_hidden(unchanged)
                    on:click=act(move |_| desk.send(Action::ResetSettings))
                >
                    "Reset all"
                </button>
                <button type="button" class="btn" aria-label="Close the settings" on:click=act(move |_| close())>
                    "\u{2715}"
                </button>
            </div>
            <input
                type="search"
                class="btn"
                id=SEARCH
                placeholder="Name or meaning"
                aria-label="Search all settings"
                on:input=act(search)
            />
            <div class="found">{move || drawer.get().open.then(|| found(desk, drawer.get()))}</div>
        </dialog>
    }
}

/// What is found, by whose it is.
fn found(desk: Desk, drawer: Drawer) -> impl IntoView {
    let shape = desk.shape();
    let is_searched = !drawer.typed.trim().is_empty();
    let mut groups = settings::groups(&shape);
    // What a lesson does not show is not found here either.
    if let Some(only) = desk.ask(|session: &crate::session::Session| session.lesson().only.clone()) {
        for group in &mut groups {
            group.places.retain(|place| only.contains(&shape.settings[*place].address));
        }
    }
    for group in &mut groups {
        group.places.retain(|place| settings::matches(&shape, *place, &drawer.typed));
    }
    groups.retain(|group| !group.places.is_empty());
    let nothing =
        groups.is_empty().then(|| view! { <p class="empty">"No setting has these words in it."</p> });
    let group = |group: Group| {
        let Group { name, places } = group;
        let open = is_searched || drawer.unfolded.contains(&name);
        let of = places.clone();
        let count = desk.read(move |frame| settings::count(frame, &of));
        let own = name.clone();
        let unfold = move |event| {
            let open = Element::target(&event).has("open");
            // What is unfolded stays so when all is laid out anew; the page knows already.
            let drawer = desk.drawer();
            let mut drawer = drawer.write_untracked();
            drawer.unfolded.retain(|other| *other != own);
            if open && !is_searched {
                drawer.unfolded.push(own.clone());
            }
        };
        let rows: Vec<_> = places.into_iter().map(|place| row(desk, place)).collect();
        view! {
            <details open=open on:toggle=act(unfold)>
                <summary>
                    <h3>{settings::title(&name)}</h3>
                    " "
                    <small>{count}</small>
                </summary>
                {rows}
            </details>
        }
    };
    let (first, rest): (Vec<Group>, Vec<Group>) =
        groups.into_iter().partition(|group| drawer.first.contains(&group.name));
    (first.into_iter().chain(rest).map(group).collect::<Vec<_>>(), nothing)
}

fn row(desk: Desk, place: Place) -> impl IntoView {
    let shape = desk.shape();
    let setting = shape.settings[place].clone();
    let knob = setting.knob;
    let start = shape.starts[place].clone();
    let label = format!("Reset to {}", settings::value(knob, &start));
    let reset = move |_| desk.send(Action::Set { knob: setting.address.clone(), to: start.clone() });
    let unchanged = desk.flag(move |frame| !settings::is_changed(frame, place));
    view! {
        <div class="setting">
            <Anywhere place />
            <p>{settings::meaning(knob)}</p>
            <p class="facts">
                {settings::facts(&shape, knob)}
                {source(settings::manual(&shape).and_then(|own| own.address(knob.source)), knob.source)}
                <button
                    type="button"
                    class="link"
                    aria-label=format!("{}: {label}", knob.label)
                    use:lives=is_hidden(unchanged)
                    on:click=act(reset)
                >
                    {label.clone()}
                </button>
            </p>
        </div>
    }
}

/// Where something is written down: a link, if it can be followed.
pub(super) fn source(address: Option<String>, name: &'static str) -> impl IntoView {
    let plain = address.is_none().then_some(name);
    let link = address.map(|address| {
        view! {
            <a href=address target="_blank" rel="noopener">
                {name}
            </a>
        }
    });
    view! { <span>{plain} {link}</span> }
}

/// Gives the focus to a field once it is there again.
pub(super) fn comes_back_to(id: String) {
    Timeout::new(0, move || Element::with_id(&id).iter().for_each(Element::reveal)).forget();
}

/// A mark beside a control whose setting is not what the scenario has it begin with.
pub(super) fn marked(desk: Desk, place: Place, control: impl IntoView) -> impl IntoView {
    let shape = desk.shape();
    let start = settings::value(shape.settings[place].knob, &shape.starts[place]);
    let unchanged = desk.flag(move |frame| !settings::is_changed(frame, place));
    let words: Read = std::sync::Arc::new(move || format!("Changed: the scenario begins with {start}"));
    view! {
        <div class="knob">
            <i class="changed" role="img" title=words.clone() aria-label=words use:lives=is_hidden(unchanged)></i>
            {control}
        </div>
    }
}
