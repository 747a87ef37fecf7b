//! One of a few: radio buttons drawn as a row of segments.

use std::rc::Rc;

use leptos::prelude::*;

use super::life::{Life, follow, lives};
use super::{Read, act};

/// What a choice shows of its knob; all of it stands still.
pub(crate) struct Options {
    /// Its name.
    pub(crate) label: &'static str,
    /// What the real system calls it; nothing if there is none.
    pub(crate) code: &'static str,
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
    set: Rc<dyn Fn(&'static str)>,
) -> impl IntoView {
    let Options { label, code, meaning, options } = options;
    let segment = |(name, text): (&'static str, &'static str)| {
        let set = set.clone();
        // The buttons of one name are a group.
        view! {
            <label>
                <input type="radio" name=id.clone() value=name on:change=act(move |_| set(name)) />
                <span>{text}</span>
            </label>
        }
    };
    let segments: Vec<_> = options.into_iter().map(segment).collect();
    view! {
        <div class="field" role="radiogroup" aria-label=label>
            <span class="name" aria-hidden="true" title=meaning>
                {label}
                <code>{code}</code>
            </span>
            <div class="segments" use:lives=chooses(value)>
                {segments}
            </div>
        </div>
    }
}

/// Of the radio buttons inside, the one of this value is chosen.
fn chooses(value: Read) -> Life {
    Rc::new(move |row| {
        let value = value.clone();
        follow(move || {
            let value = value();
            row.all("input").iter().for_each(|button| button.check(button.value() == value));
        });
    })
}
