//! The panels: each shows a part of the frame and sends what the visitor wants.

#![expect(unreachable_pub, reason = "the component macro writes `pub` whatever a component says")]

#[cfg(not(feature = "systems"))]
pub(crate) mod charts;
pub(crate) mod consumer;
#[cfg(feature = "systems")]
pub(crate) mod embed;
#[cfg(feature = "systems")]
pub(crate) mod failures;
#[cfg(feature = "systems")]
pub(crate) mod fidelity;
#[cfg(feature = "systems")]
pub(crate) mod graphs;
pub(crate) mod header;
mod heading;
#[cfg(feature = "systems")]
pub(crate) mod help;
#[cfg(feature = "systems")]
pub(crate) mod inspector;
mod knobs;
#[cfg(feature = "systems")]
pub(crate) mod learn;
pub(crate) mod ledger;
#[cfg(feature = "systems")]
mod lesson;
#[cfg(feature = "systems")]
pub(crate) mod oncall;
pub(crate) mod producer;
pub(crate) mod queue;
pub(crate) mod recent;
#[cfg(feature = "systems")]
pub(crate) mod report;
pub(crate) mod scenarios;
#[cfg(feature = "systems")]
pub(crate) mod settings;
#[cfg(feature = "systems")]
pub(crate) mod share;
pub(crate) mod stage;
#[cfg(feature = "systems")]
pub(crate) mod time;
pub(crate) mod transport;

/// Does something once the page shows what it has just been told.
#[cfg(feature = "systems")]
fn soon(act: impl FnOnce() + 'static) {
    gloo_timers::callback::Timeout::new(0, act).forget();
}

/// Escape folds a menu up.
#[cfg(feature = "systems")]
fn folds(event: leptos::ev::KeyboardEvent) {
    if event.key() == "Escape"
        && let Some(menu) = crate::browser::element::Element::target(&event).closest("details")
    {
        menu.fold();
        menu.all("summary").iter().for_each(crate::browser::element::Element::focus);
    }
}
