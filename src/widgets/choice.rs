//! One of a few: radio buttons drawn as a row of segments.

use leptos::prelude::*;

use super::unique;

/// A group of radio buttons. `options` are pairs of name and label.
#[component]
pub(crate) fn Segments(
    label: &'static str,
    meaning: &'static str,
    options: Vec<(&'static str, &'static str)>,
    value: Memo<String>,
    set: Callback<&'static str>,
) -> impl IntoView {
    let group = unique("choice");
    let segments = options
        .into_iter()
        .map(|(name, text)| {
            let checked = move || value.with(|value| value == name);
            view! {
                <label>
                    <input type="radio" name=group.clone() value=name prop:checked=checked on:change=move |_| set.run(name) />
                    <span>{text}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <div class="field" role="radiogroup" aria-label=label>
            <span class="name" aria-hidden="true" title=meaning>{label}</span>
            <div class="segments">{segments}</div>
        </div>
    }
}
