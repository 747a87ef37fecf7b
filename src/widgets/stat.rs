//! A figure and its name.

use leptos::prelude::*;

use super::Read;

/// `label` is what is seen, `name` what the figure is called where it stands alone.
#[component]
pub(crate) fn Stat(
    label: &'static str,
    name: &'static str,
    value: Read,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    view! {
        <div class="stat">
            <span aria-hidden="true">{label}</span>
            <output class=class aria-label=name aria-live="off">
                {value}
            </output>
        </div>
    }
}
