//! The page: the session, the one loop that drives it, and the panels that show it.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use crate::browser::element::Element;
use crate::browser::{document, frame_loop, keyboard, panic};
use crate::catalog;
use crate::frame::Frame;
use crate::keys::{self, Shortcut};
use crate::link;
use crate::panels;
use crate::session::{Action, Session};

/// How much of a frame the engine may take, in milliseconds; the rest is for drawing and for the browser.
const SLICE: f64 = 7.0;

/// How often the panels are brought up to date.
const PUBLISHING: Duration = Duration::from_millis(100);

/// Something that draws the session once a frame.
type Painter = Box<dyn FnMut(&Session)>;

/// Something that shows the latest frame.
type Viewer = Box<dyn FnMut(&Frame)>;

/// What every panel works with: it is shown each frame, and says what the visitor wants. It lives as long as the tab.
pub(crate) type Desk = &'static Work;

/// What lies on the desk.
pub(crate) struct Work {
    session: RefCell<Session>,
    viewers: RefCell<Vec<Viewer>>,
    painters: RefCell<Vec<Painter>>,
    /// Whether keys do anything.
    shortcuts: Cell<bool>,
}

impl Work {
    /// From now on `show` is called with each frame.
    pub(crate) fn on_publish(&self, show: impl FnMut(&Frame) + 'static) {
        self.viewers.borrow_mut().push(Box::new(show));
    }

    /// From now on `paint` is called once an animation frame.
    pub(crate) fn on_frame(&self, paint: impl FnMut(&Session) + 'static) {
        self.painters.borrow_mut().push(Box::new(paint));
    }

    /// Does what the visitor wants, and shows it at once.
    pub(crate) fn send(&self, action: Action) {
        self.session.borrow_mut().dispatch(action);
        self.publish();
    }

    /// Something about the session.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Session) -> T) -> T {
        question(&self.session.borrow())
    }

    /// Whether keys do anything from now on.
    pub(crate) fn switch_shortcuts(&self, on: bool) {
        self.shortcuts.set(on);
    }

    /// Shows everybody the session as it is now.
    pub(crate) fn publish(&self) {
        let frame = self.ask(Session::frame);
        // Should the page answer to what it is shown at once, the next frame shows what comes of that.
        if let Ok(mut viewers) = self.viewers.try_borrow_mut() {
            viewers.iter_mut().for_each(|view| view(&frame));
        }
    }

    fn paint(&self) {
        let session = self.session.borrow();
        self.painters.borrow_mut().iter_mut().for_each(|paint| paint(&session));
    }

    /// One animation frame.
    fn pass(&self, wall: Duration, clock: &mut Clock) {
        let end = frame_loop::now() + SLICE;
        self.session.borrow_mut().tick(wall, || frame_loop::now() < end);
        clock.unpublished += wall;
        clock.unnoted += wall;
        let due = PUBLISHING <= clock.unpublished;
        if due {
            clock.unpublished = Duration::ZERO;
            self.publish();
        }
        // Held still, the picture is drawn anew only as often as the panels: for a window that
        // was resized, or other colors.
        if due || self.ask(Session::is_playing) {
            self.paint();
        }
        if NOTING <= clock.unnoted {
            clock.unnoted = Duration::ZERO;
            self.note();
        }
    }

    /// Keeps at hand the link that would bring this session back.
    fn note(&self) {
        let recording = self.ask(Session::recording);
        panic::note(format!("{}{}", document::address(), link::write(&recording)));
    }

    fn press(&self, key: &str) -> bool {
        let Some(shortcut) = keys::shortcut(key).filter(|_| self.shortcuts.get()) else {
            return false;
        };
        match shortcut {
            Shortcut::Toggle => self.send(Action::TogglePlay),
            Shortcut::Step => self.send(Action::Step),
            Shortcut::Scenario(index) if index < catalog::SCENARIOS.len() => {
                self.send(Action::Scenario(index));
            }
            Shortcut::Scenario(_) => return false,
            Shortcut::Help => panels::show_keys(),
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
    let desk: Desk = Box::leak(Box::new(Work {
        session: RefCell::new(Session::open(&document::fragment())),
        viewers: RefCell::default(),
        painters: RefCell::default(),
        shortcuts: Cell::new(panels::shortcuts_are_on()),
    }));
    document::clear_boot();
    panels::lay(&Element::page(), desk);
    desk.note();
    desk.publish();
    let mut clock = Clock::default();
    frame_loop::start(move |wall| desk.pass(wall, &mut clock));
    keyboard::listen(move |key| desk.press(key));
}
