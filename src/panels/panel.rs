//! A card with a heading. On a phone its heading opens and closes it.

use leptos::prelude::*;

/// What stands beside the heading of a panel: how things are, in words and in tone.
#[derive(Clone, Copy)]
pub(crate) struct Status {
    /// The words.
    pub(crate) text: Memo<String>,
    /// The class that gives them their color and their sign.
    pub(crate) tone: Memo<String>,
}

/// A button beside the heading.
#[derive(Clone, Copy)]
pub(crate) struct Switch {
    /// What it would do now.
    pub(crate) verb: Memo<String>,
    /// Does it.
    pub(crate) press: Callback<()>,
}

/// A named region. With a switch its heading is read, but not shown on a wide page: the status says enough.
#[component]
pub(crate) fn Panel(
    name: &'static str,
    class: &'static str,
    #[prop(optional)] status: Option<Status>,
    #[prop(optional)] switch: Option<Switch>,
    children: Children,
) -> impl IntoView {
    let open = RwSignal::new(true);
    let expanded = Memo::new(move |_| open.get().to_string());
    let id = crate::widgets::unique("panel");
    let status = status.map(|status| view! { <span class=status.tone>{status.text}</span> });
    let button = switch.map(|switch| {
        view! { <button type="button" class="btn" on:click=move |_| switch.press.run(())>{switch.verb}</button> }
    });
    view! {
        <section class=format!("card {class}") aria-label=name>
            <div class="heading">
                <h2 class="wide" class:hidden=switch.is_some()>{name}</h2>
                <h2 class="narrow">
                    <button
                        type="button" aria-expanded=expanded aria-controls=id.clone()
                        on:click=move |_| open.update(|open| *open = !*open)
                    >{name}</button>
                </h2>
                {status}
                {button}
            </div>
            <div class="body" id=id.clone() data-open=expanded>{children()}</div>
        </section>
    }
}
