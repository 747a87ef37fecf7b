//! One of a few: radio buttons drawn as a row of segments.

use std::sync::Arc;

use leptos::prelude::*;

use super::Read;
use super::follow::follow;
use crate::browser::element::{Element, Node};

/// What a choice shows of its knob; all of it stands still.
pub(crate) struct Options {
    /// Its name.
    pub(crate) label: &'static str,
    /// One line on what it does.
    pub(crate) meaning: &'static str,
    /// Name and label of each.
    pub(crate) options: Vec<(&'static str, &'static str)>,
}

/// A group of radio buttons. `id` is a name that no other group has; `set` gets the name of the one chosen.
#[component]
pub(crate) fn Choice(
    options: Options,
    id: String,
    value: Read,
    set: Arc<dyn Fn(&'static str)>,
) -> impl IntoView {
    let Options { label, meaning, options } = options;
    let segment = |(name, text): (&'static str, &'static str)| {
        let set = set.clone();
        // The buttons of one name are a group.
        view! {
            <label>
                <input type="radio" name=id.clone() value=name on:change=move |_| set(name) />
                <span>{text}</span>
            </label>
        }
    };
    let segments: Vec<_> = options.into_iter().map(segment).collect();
    view! {
        <div class="field" role="radiogroup" aria-label=label>
            <span class="name" aria-hidden="true" title=meaning>
                {label}
            </span>
            <div class="segments" use:chooses=value>
                {segments}
            </div>
        </div>
    }
}

/// A directive: of the radio buttons inside, the one of this value is chosen.
fn chooses(node: Node, value: Read) {
    let row = Element::of(node);
    follow(move || {
        let value = value();
        row.all("input").iter().for_each(|button| button.check(button.value() == value));
    });
}
