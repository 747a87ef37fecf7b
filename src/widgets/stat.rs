//! A figure and its name.

use leptos::prelude::*;

use super::life::{is_hidden, lives};
use super::{Flag, Read};

/// `label` is what is seen, `name` what the figure is called where it stands alone.
pub(crate) struct Stat {
    pub(crate) label: &'static str,
    pub(crate) name: &'static str,
    pub(crate) value: Read,
    pub(crate) hidden: Flag,
}

/// Figures, one below the other.
#[component]
pub(crate) fn Stats(class: &'static str, rows: Vec<Stat>) -> impl IntoView {
    let row = |stat: Stat| {
        view! {
            <div class="stat" use:lives=is_hidden(stat.hidden)>
                <span aria-hidden="true">{stat.label}</span>
                <output aria-label=stat.name aria-live="off">
                    {stat.value}
                </output>
            </div>
        }
    };
    view! { <div class=class>{rows.into_iter().map(row).collect::<Vec<_>>()}</div> }
}
