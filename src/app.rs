//! The page: the desk, the one loop that drives it, and the panels around it.

use std::rc::Rc;

use leptos::prelude::*;

use crate::browser::{document, frame_loop, keyboard, panic};
use crate::desk::Desk;
#[cfg(not(feature = "systems"))]
use crate::panels::charts::Charts;
use crate::panels::consumer::Consumer;
#[cfg(feature = "systems")]
use crate::panels::graphs::Charts;
use crate::panels::header::Header;
#[cfg(not(feature = "systems"))]
use crate::panels::header::Keys;
#[cfg(feature = "systems")]
use crate::panels::help::Keys;
use crate::panels::ledger::LedgerPanel;
use crate::panels::producer::Producer;
use crate::panels::queue::Queue;
use crate::panels::recent::Recent;
use crate::panels::scenarios::{Scenarios, StoryPanel};
use crate::panels::stage::Stage;
#[cfg(not(feature = "systems"))]
use crate::panels::transport::Transport as Time;
use crate::session::Session;
use crate::widgets::life::{Life, follow, lives};

/// Puts the page into the document.
pub fn start() {
    panic::watch();
    #[cfg(feature = "systems")]
    if crate::learn::is_asked_for(&document::fragment()) {
        return crate::panels::learn::start();
    }
    #[cfg(feature = "systems")]
    extras::with_library(Box::new(|library| {
        document::clear_boot();
        if crate::desk::is_embedded() {
            return extras::start_embedded(library);
        }
        mount_to_body(move || view! { <App session=library /> });
    }));
    #[cfg(not(feature = "systems"))]
    {
        document::clear_boot();
        mount_to_body(move || view! { <App session=None /> });
    }
}

/// The whole page, for the session that its address asks for, or for this one.
#[component]
fn App(session: Option<Session>) -> impl IntoView {
    let desk = Desk::new(session);
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
            #[cfg(feature = "systems")]
            desk.is_large();
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
    use queuescope_engine::Scenario;

    use crate::browser::{document, fetch, frame_loop, keyboard};
    use crate::desk::Desk;
    use crate::link;
    use crate::panels::embed::{EmbedBar, Embedded, rests};
    use crate::panels::failures::{Failures, Script};
    use crate::panels::fidelity::FidelityDialog;
    use crate::panels::help::Tour;
    use crate::panels::inspector::Inspector;
    use crate::panels::learn;
    use crate::panels::oncall::OnCall;
    use crate::panels::report::ReportDialog;
    use crate::panels::settings::SettingsDrawer;
    use crate::session::Session;
    use crate::share;
    use crate::widgets::life::{Life, follow, lives};

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
            <OnCall />
            <ReportDialog />
            <Tour />
        }
    }

    /// Begins with the session of the library that the page's address asks for, once that is loaded, or else with none.
    pub(super) fn with_library(begin: Box<dyn FnOnce(Option<Session>)>) {
        let fragment = document::fragment();
        let Some((name, query)) = link::library(&fragment) else { return begin(None) };
        let query = query.to_owned();
        fetch::text(&learn::address(&format!("scenarios/{name}.json")), move |text| {
            let scenario = text.and_then(|text| Scenario::from_json(&text).ok());
            begin(scenario.map(|scenario| Session::shared(share::opened(&query, scenario))));
        });
    }

    /// The page as it is inside of another one.
    pub(super) fn start_embedded(session: Option<Session>) {
        document::mark("data-embed", true);
        let theme = crate::embed::theme(&document::fragment());
        if theme.is_some() {
            document::set_theme(theme);
        }
        mount_to_body(move || view! { <Embed session /> });
    }

    #[component]
    fn Embed(session: Option<Session>) -> impl IntoView {
        let desk = Desk::new(session);
        provide_context(desk);
        frame_loop::start(move |wall| desk.pass(wall));
        keyboard::listen(move |key| desk.press(key));
        view! {
            <main use:lives=lays_out(desk)>
                <h1 class="hidden">"Queuescope"</h1>
            </main>
            <EmbedBar />
        }
    }

    fn lays_out(desk: Desk) -> Life {
        let rests = rests(desk);
        std::rc::Rc::new(move |main| {
            rests(main.clone());
            let mut laid = None;
            follow(move || {
                desk.shape();
                drop(laid.take());
                laid = Some(main.mount(Embedded));
            });
        })
    }
}

#[cfg(not(feature = "systems"))]
mod extras {
    pub(super) fn first() {}

    pub(super) fn column() {}

    pub(super) fn over() {}
}
