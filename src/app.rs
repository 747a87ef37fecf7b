//! The page: the desk, the one loop that drives it, and the panels around it.

use std::rc::Rc;

use leptos::prelude::*;

use crate::browser::{document, frame_loop, keyboard, panic};
use crate::desk::Desk;
use crate::panels::charts::Charts;
use crate::panels::consumer::Consumer;
use crate::panels::header::{Header, Keys};
use crate::panels::ledger::LedgerPanel;
use crate::panels::producer::Producer;
use crate::panels::queue::Queue;
use crate::panels::recent::Recent;
use crate::panels::scenarios::{Scenarios, StoryPanel};
use crate::panels::stage::Stage;
#[cfg(not(feature = "systems"))]
use crate::panels::transport::Transport as Time;
use crate::widgets::life::{Life, follow, lives};

/// Puts the page into the document.
pub fn start() {
    panic::watch();
    document::clear_boot();
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    let desk = Desk::new();
    provide_context(desk);
    frame_loop::start(move |wall| desk.pass(wall));
    keyboard::listen(move |key| desk.press(key));
    view! {
        <Header />
        <Scenarios />
        <StoryPanel />
        <main use:lives=lays_out(desk)></main>
        <Time />
        <Keys />
        {extras::over()}
    }
}

/// The bar at the bottom, with the dialogs that it opens.
#[cfg(feature = "systems")]
#[component]
fn Time() -> impl IntoView {
    use crate::panels::share::ShareDialog;
    use crate::panels::time::{PastDialog, TimeBar};
    view! {
        <TimeBar />
        <PastDialog />
        <ShareDialog />
    }
}

/// Lays the panels out for the system of the scenario, and anew for another.
fn lays_out(desk: Desk) -> Life {
    Rc::new(move |main| {
        let mut laid = None;
        follow(move || {
            desk.shape();
            drop(laid.take());
            laid = Some(main.mount(Panels));
        });
    })
}

#[component]
fn Panels() -> impl IntoView {
    view! {
        {extras::first()}
        <div class="column left">
            <Producer />
            <Queue />
            <LedgerPanel />
        </div>
        <div class="column middle">
            <Stage />
            <Charts />
        </div>
        <div class="column right">
            <Consumer />
            {extras::column()}
            <Recent />
        </div>
    }
}

/// What only the program with every system has.
#[cfg(feature = "systems")]
mod extras {
    use leptos::prelude::*;

    use crate::panels::failures::{Failures, Script};
    use crate::panels::fidelity::FidelityDialog;
    use crate::panels::inspector::Inspector;
    use crate::panels::settings::SettingsDrawer;

    /// Before the columns.
    pub(super) fn first() -> impl IntoView {
        view! { <Inspector /> }
    }

    /// In the right column.
    pub(super) fn column() -> impl IntoView {
        view! { <Failures /> }
    }

    /// Over the page, once it is opened.
    pub(super) fn over() -> impl IntoView {
        view! {
            <Script />
            <SettingsDrawer />
            <FidelityDialog />
        }
    }
}

#[cfg(not(feature = "systems"))]
mod extras {
    pub(super) fn first() {}

    pub(super) fn column() {}

    pub(super) fn over() {}
}
