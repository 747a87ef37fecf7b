//! The top of a panel: its name, how it is, and its switch.

use leptos::prelude::*;

use crate::widgets::Read;

/// How a panel is: in words, and in the classes that give them their color and their sign.
pub(super) struct State {
    pub(super) text: Read,
    pub(super) class: Read,
}

/// The button that starts and stops what a panel is about.
pub(super) struct Switch {
    /// What it says.
    pub(super) verb: Read,
    /// What it does.
    pub(super) press: Box<dyn Fn()>,
}

/// `body` is the id of what the panel holds. On a phone the name is a button that opens and closes it.
#[component]
pub(super) fn Heading(
    name: &'static str,
    body: &'static str,
    /// Whether the name is only read out where there is room for all panels, for what they are is plain to see.
    #[prop(optional)]
    plain: bool,
    #[prop(optional)] state: Option<State>,
    #[prop(optional)] switch: Option<Switch>,
) -> impl IntoView {
    let open = RwSignal::new(true);
    let expanded: Read = std::sync::Arc::new(move || open.get().to_string());
    view! {
        <div class="heading">
            <h2 class=if plain { "wide hidden" } else { "wide" }>{name}</h2>
            <h2 class="narrow">
                <button
                    type="button"
                    aria-expanded=expanded
                    aria-controls=body
                    on:click=move |_| open.set(!open.get_untracked())
                >
                    {name}
                </button>
            </h2>
            {state.map(|state| view! { <span class=state.class>{state.text}</span> })}
            {switch
                .map(|switch| {
                    view! {
                        <button type="button" class="btn" on:click=move |_| (switch.press)()>
                            {switch.verb}
                        </button>
                    }
                })}
        </div>
    }
}
