//! A number with its name. It changes often and so is not read out by itself.

use leptos::prelude::*;

/// A line of a list of numbers: what it is, and how much. `name` is the whole name, where `label`
/// leaves out what the heading above it says.
#[component]
pub(crate) fn Stat(
    label: &'static str,
    name: &'static str,
    value: Memo<String>,
    /// A class for the value: what color it takes.
    #[prop(optional)]
    tone: &'static str,
) -> impl IntoView {
    view! {
        <div class="stat">
            <span aria-hidden="true">{label}</span>
            <output aria-label=name aria-live="off" class=tone>{value}</output>
        </div>
    }
}
