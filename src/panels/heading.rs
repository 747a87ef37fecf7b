//! What all panels have in common: a name, how they are, a switch, and what they hold.

use std::sync::Arc;

use leptos::children::TypedChildren;
use leptos::prelude::*;

use crate::desk::desk;
use crate::frame::Frame;
use crate::readings::Figure;
use crate::session::Action;
use crate::widgets::stat::{Stat, Stats};
use crate::widgets::{Read, act};

/// What is read off a frame.
pub(super) type Of = fn(&Frame) -> String;

/// A panel; all of it stands still.
#[derive(Clone)]
pub(super) struct About {
    /// Its name.
    pub(super) name: &'static str,
    /// Its class, and the id of what it holds.
    pub(super) class: &'static str,
    /// Whether the name is only read out where there is room for all panels, for what they are is plain to see.
    pub(super) plain: bool,
    /// How it is, if there is anything to say: in words, and in the classes that give them their color and their sign.
    pub(super) state: Option<[Of; 2]>,
    /// What the button says that starts and stops it, and what that does.
    pub(super) switch: Option<(Of, Action)>,
}

/// The panel with what it holds.
#[component]
pub(super) fn Panel<C: IntoView + 'static>(about: About, children: TypedChildren<C>) -> impl IntoView {
    let About { name, class, .. } = about;
    view! {
        <section class=format!("card {class}") aria-label=name>
            <Heading about />
            <div class="body" id=class>
                {children.into_inner()()}
            </div>
        </section>
    }
}

/// On a phone the name is a button that opens and closes the panel.
#[component]
fn Heading(about: About) -> impl IntoView {
    let desk = desk();
    let About { name, class, plain, state, switch } = about;
    // Seen from afar, there is room for the stage alone until something else is wanted.
    #[cfg(feature = "systems")]
    let open = RwSignal::new(!desk.is_large_now());
    #[cfg(not(feature = "systems"))]
    let open = RwSignal::new(true);
    let expanded: Read = Arc::new(move || open.get().to_string());
    let state = state.map(|[text, class]| view! { <span class=desk.read(class)>{desk.read(text)}</span> });
    let switch = switch.map(|(verb, action)| {
        view! {
            <button type="button" class="btn" on:click=act(move |_| desk.send(action.clone()))>
                {desk.read(verb)}
            </button>
        }
    });
    view! {
        <div class="heading">
            <h2 class=if plain { "wide hidden" } else { "wide" }>{name}</h2>
            <h2 class="narrow">
                <button
                    type="button"
                    aria-expanded=expanded
                    aria-controls=class
                    on:click=act(move |_| open.set(!open.get_untracked()))
                >
                    {name}
                </button>
            </h2>
            {state}
            {switch}
        </div>
    }
}

/// Figures of the frame.
#[component]
pub(super) fn Figures(
    of: &'static [Figure],
    #[prop(default = "stats")] class: &'static str,
) -> impl IntoView {
    let desk = desk();
    let stat = |figure: &'static Figure| Stat {
        label: figure.label,
        name: figure.name,
        value: desk.read(figure.of),
        hidden: desk.flag(|frame| figure.is_idle(frame)),
    };
    let rows: Vec<_> = of.iter().map(stat).collect();
    view! { <Stats class rows /> }
}
