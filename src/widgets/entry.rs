//! A setting in one line: what it is called, what the real system calls it, and its value in a field or a menu.

use std::rc::Rc;

use leptos::prelude::*;

use super::life::{lives, offers, stands};
use super::{Read, act};
use crate::browser::element::Element;

/// What an entry shows of its knob; all of it stands still.
pub(crate) struct Line {
    /// Its name.
    pub(crate) label: &'static str,
    /// What the real system calls it.
    pub(crate) code: &'static str,
    /// One line on what it does.
    pub(crate) meaning: String,
    /// What stands behind its value.
    pub(crate) unit: &'static str,
    /// The names and the labels of what can be chosen; none if anything can be typed.
    pub(crate) options: Vec<(&'static str, &'static str)>,
    /// Whether it is a number.
    pub(crate) number: bool,
    /// What an empty field stands for.
    pub(crate) empty: &'static str,
    /// Whether it can be changed.
    pub(crate) live: bool,
}

/// What was typed or chosen.
pub(crate) struct Typed {
    /// As it stands.
    pub(crate) text: String,
    /// As a number, if it is one.
    pub(crate) number: Option<f64>,
}

/// The line; `id` is an id that nothing else has, and `set` gets what was typed or chosen.
#[component]
pub(crate) fn Entry(line: Line, id: String, value: Read, set: Rc<dyn Fn(Typed)>) -> impl IntoView {
    let Line { label, code, meaning, unit, options, number, empty, live } = line;
    let menu = !options.is_empty();
    let option = |(name, label)| view! { <option value=name>{label}</option> };
    let change = move |event| {
        let field = Element::target(&event);
        set(Typed { text: field.value(), number: field.number() });
    };
    let change = Rc::new(change);
    let (chosen, typed) = (change.clone(), change);
    let choice = menu.then(|| {
        view! {
            <select
                class="btn"
                id=id.clone()
                disabled=!live
                use:lives=stands(value.clone())
                on:change=act(move |event| chosen(event))
            >
                {options.into_iter().map(option).collect::<Vec<_>>()}
            </select>
        }
    });
    let field = (!menu).then(|| {
        view! {
            <span class="box">
                <input
                    type=if number { "number" } else { "text" }
                    step="any"
                    id=id.clone()
                    placeholder=empty
                    disabled=!live
                    use:lives=offers(value.clone())
                    on:change=act(move |event| typed(event))
                />
                <span class="unit" aria-hidden="true">
                    {unit}
                </span>
            </span>
        }
    });
    view! {
        <div class="entry" title=meaning>
            <span>
                <label for=id>{label}</label>
                <code>{code}</code>
            </span>
            {choice}
            {field}
        </div>
    }
}
