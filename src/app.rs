//! The page: the session, the one loop that drives it, and the panels that show it.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;

use crate::browser::{document, frame_loop, keyboard, panic};
use crate::catalog;
use crate::frame::Frame;
use crate::keys::{self, Shortcut};
use crate::link;
use crate::panels::{charts, consumer, header, ledger, producer, queue, recent, scenarios, stage, transport};
use crate::session::{Action, Session};

/// How much of a frame the engine may take, in milliseconds; the rest is for drawing and for the browser.
const SLICE: f64 = 7.0;

/// How often the panels are brought up to date.
const PUBLISHING: Duration = Duration::from_millis(100);

/// Something that draws the session once a frame.
type Painter = Box<dyn FnMut(&Session)>;

/// What every panel works with: the latest frame to read, and a way to say what the visitor wants.
#[derive(Clone, Copy)]
pub(crate) struct Desk {
    session: StoredValue<Session>,
    frame: RwSignal<Arc<Frame>>,
    painters: StoredValue<Vec<Painter>, LocalStorage>,
    /// Whether the list of keys is open.
    pub(crate) help: RwSignal<bool>,
    /// Whether keys do anything.
    pub(crate) shortcuts: RwSignal<bool>,
}

impl Desk {
    fn new() -> Desk {
        let session = Session::open(&document::fragment());
        let frame = Arc::new(session.frame());
        Desk {
            session: StoredValue::new(session),
            frame: RwSignal::new(frame),
            painters: StoredValue::new_local(Vec::new()),
            help: RwSignal::new(false),
            shortcuts: RwSignal::new(header::shortcuts_are_on()),
        }
    }

    /// A part of the frame; whoever reads it is told only when it changes.
    pub(crate) fn read<T>(self, part: impl Fn(&Frame) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        // Boxed, so that a memo is compiled for each type that is read and not for each reader.
        let part: Box<dyn Fn(&Frame) -> T + Send + Sync> = Box::new(part);
        self.read_boxed(part)
    }

    fn read_boxed<T>(self, part: Box<dyn Fn(&Frame) -> T + Send + Sync>) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| self.frame.with(|frame| part(frame)))
    }

    /// The latest frame, whole.
    pub(crate) fn frame(self) -> Arc<Frame> {
        self.frame.get()
    }

    /// Does what the visitor wants, and shows it at once.
    pub(crate) fn send(self, action: Action) {
        self.session.update_value(|session| session.dispatch(action));
        self.publish();
    }

    /// Something about the session that stands still.
    pub(crate) fn ask<T>(self, question: impl FnOnce(&Session) -> T) -> T {
        self.session.with_value(question)
    }

    /// From now on `paint` is called once a frame.
    pub(crate) fn on_frame(self, paint: impl FnMut(&Session) + 'static) {
        self.painters.update_value(|painters| painters.push(Box::new(paint)));
    }

    fn publish(self) {
        let frame = self.session.with_value(Session::frame);
        self.frame.set(Arc::new(frame));
    }

    fn paint(self) {
        self.painters.update_value(|painters| {
            self.session.with_value(|session| painters.iter_mut().for_each(|paint| paint(session)));
        });
    }

    /// One animation frame.
    fn pass(self, wall: Duration, clock: &mut Clock) {
        let end = frame_loop::now() + SLICE;
        self.session.update_value(|session| session.tick(wall, || frame_loop::now() < end));
        clock.unpublished += wall;
        clock.unnoted += wall;
        let due = PUBLISHING <= clock.unpublished;
        if due {
            clock.unpublished = Duration::ZERO;
            self.publish();
        }
        // Held still, the picture is drawn anew only as often as the panels: for a window that
        // was resized, or other colors.
        if due || self.frame.with_untracked(|frame| frame.playing) {
            self.paint();
        }
        if NOTING <= clock.unnoted {
            clock.unnoted = Duration::ZERO;
            self.note();
        }
    }

    /// Keeps at hand the link that would bring this session back.
    fn note(self) {
        let recording = self.session.with_value(Session::recording);
        panic::note(format!("{}{}", document::address(), link::write(&recording)));
    }

    fn press(self, key: &str) -> bool {
        let Some(shortcut) = keys::shortcut(key).filter(|_| self.shortcuts.get_untracked()) else {
            return false;
        };
        match shortcut {
            Shortcut::Toggle => self.send(Action::TogglePlay),
            Shortcut::Step => self.send(Action::Step),
            Shortcut::Scenario(index) if index < catalog::SCENARIOS.len() => {
                self.send(Action::Scenario(index));
            }
            Shortcut::Scenario(_) => return false,
            Shortcut::Help => self.help.set(true),
        }
        true
    }
}

/// How often the link for a panic is made.
const NOTING: Duration = Duration::from_secs(1);

#[derive(Default)]
struct Clock {
    unpublished: Duration,
    unnoted: Duration,
}

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
    desk.note();
    let mut clock = Clock::default();
    let running = StoredValue::new_local(Some(frame_loop::start(move |wall| desk.pass(wall, &mut clock))));
    let keys = StoredValue::new_local(Some(keyboard::listen(move |key| desk.press(key))));
    on_cleanup(move || {
        running.try_update_value(Option::take);
        keys.try_update_value(Option::take);
    });
    view! {
        <header::Header />
        <scenarios::Scenarios />
        <main>
            <div class="column left">
                <producer::Producer />
                <queue::Queue />
                <ledger::LedgerPanel />
            </div>
            <div class="column middle">
                <stage::Stage />
                <charts::Charts />
            </div>
            <div class="column right">
                <consumer::Consumer />
                <recent::Recent />
            </div>
        </main>
        <transport::Transport />
        <header::Help />
    }
}
