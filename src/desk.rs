//! The desk: the one place where components meet the session. They read the latest frame, and say what the visitor
//! wants.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;

#[cfg(feature = "systems")]
use crate::browser::element::Element;
#[cfg(feature = "systems")]
use crate::browser::storage;
use crate::browser::{document, frame_loop, panic};
use crate::catalog;
use crate::frame::Frame;
use crate::keys::{self, Shortcut};
use crate::link;
use crate::panels::header;
#[cfg(feature = "systems")]
use crate::panels::settings::Drawer;
#[cfg(feature = "systems")]
use crate::panels::share::Wishes;
#[cfg(feature = "systems")]
use crate::picture::{View, at};
use crate::readings;
use crate::session::{Action, Session};
use crate::shape::Shape;
#[cfg(feature = "systems")]
use crate::stage::ColorBy;
use crate::widgets::{Flag, Read};

/// How much of a frame the engine may take, in milliseconds; the rest is for drawing and for the browser.
const SLICE: f64 = 7.0;

/// As much of it, while the visitor waits for the session to arrive at another time.
#[cfg(feature = "systems")]
const SEEKING: f64 = 30.0;

/// Up to this width, in pixels, the page has one column.
#[cfg(feature = "systems")]
const NARROW: f64 = 700.0;

/// How often the components are brought up to date.
const PUBLISHING: Duration = Duration::from_millis(100);

/// How often the link for a panic is made.
const NOTING: Duration = Duration::from_secs(1);

/// Something that draws the session once an animation frame.
type Painter = Box<dyn FnMut(&Session)>;

/// What every component works with. A handle: its copies are of one desk.
#[derive(Clone, Copy)]
pub(crate) struct Desk {
    work: StoredValue<Work, LocalStorage>,
    frame: RwSignal<Frame>,
    /// What the panels are laid out for.
    shape: RwSignal<Arc<Shape>>,
    /// How near the stage is seen, and what color tells there.
    #[cfg(feature = "systems")]
    looks: RwSignal<(View, ColorBy)>,
    /// The list of what happened, as it was when it was opened.
    #[cfg(feature = "systems")]
    listed: RwSignal<Vec<crate::panels::time::Entry>>,
    /// How a link is to open, and the settings it can show.
    #[cfg(feature = "systems")]
    wishes: RwSignal<Wishes>,
    #[cfg(feature = "systems")]
    offered: RwSignal<Vec<(String, &'static str)>>,
    /// Whether it is seen from afar, and where the tour is.
    #[cfg(feature = "systems")]
    large: RwSignal<bool>,
    #[cfg(feature = "systems")]
    stop: RwSignal<Option<usize>>,
    /// What the drawer of settings shows.
    #[cfg(feature = "systems")]
    drawer: RwSignal<Drawer>,
}

/// What lies on the desk.
struct Work {
    session: Session,
    painter: Option<Painter>,
    /// Whether keys do anything.
    shortcuts: bool,
    unpublished: Duration,
    unnoted: Duration,
    /// Something long that is done between frames, as long as it says that there is more.
    #[cfg(feature = "systems")]
    job: Option<Box<dyn FnMut() -> bool>>,
    /// Whether the picture is to be drawn anew though nothing has happened.
    #[cfg(feature = "systems")]
    stale: bool,
    /// Whether nobody sees the page.
    #[cfg(feature = "systems")]
    resting: bool,
    /// Of a figure in a text: how the ids begin of what belongs to it, and the desks of the runs beside its own.
    #[cfg(feature = "systems")]
    figure: Option<(String, Vec<Desk>)>,
}

/// The desk that the app has provided.
pub(crate) fn desk() -> Desk {
    // `expect_context` would say where and of what type, and bring what it takes to quote any text.
    use_context().expect("the app has provided the desk")
}

impl Desk {
    /// A desk for the session that the page's address asks for, which may have been loaded for it.
    pub(crate) fn new(loaded: Option<Session>) -> Desk {
        let session = open(&document::fragment(), loaded);
        if let Some(fragment) = session.elsewhere() {
            document::go_to(fragment, false);
        }
        #[cfg(feature = "systems")]
        let large = session.lesson().large || !is_embedded() && storage::get(PROJECTOR).is_some();
        #[cfg(feature = "systems")]
        document::mark("data-projector", large);
        let desk = Desk::with(session);
        #[cfg(feature = "systems")]
        desk.large.set(large);
        desk
    }

    /// A desk for a session.
    fn with(session: Session) -> Desk {
        let frame = RwSignal::new(session.frame());
        let shape = RwSignal::new(session.shape().clone());
        let work = Work {
            session,
            painter: None,
            shortcuts: header::shortcuts_are_on(),
            unpublished: Duration::ZERO,
            unnoted: NOTING,
            #[cfg(feature = "systems")]
            job: None,
            #[cfg(feature = "systems")]
            stale: false,
            #[cfg(feature = "systems")]
            resting: false,
            #[cfg(feature = "systems")]
            figure: None,
        };
        Desk {
            work: StoredValue::new_local(work),
            frame,
            shape,
            #[cfg(feature = "systems")]
            looks: RwSignal::default(),
            #[cfg(feature = "systems")]
            listed: RwSignal::new(Vec::new()),
            #[cfg(feature = "systems")]
            wishes: RwSignal::default(),
            #[cfg(feature = "systems")]
            offered: RwSignal::default(),
            #[cfg(feature = "systems")]
            large: RwSignal::new(false),
            #[cfg(feature = "systems")]
            stop: RwSignal::new(None),
            #[cfg(feature = "systems")]
            drawer: RwSignal::default(),
        }
    }

    /// A part of the frame as a text that follows it.
    pub(crate) fn read(self, of: impl Fn(&Frame) -> String + Send + Sync + 'static) -> Read {
        Arc::new(move || self.look(&of))
    }

    /// Whether something holds of the frame, as a flag that follows it.
    pub(crate) fn flag(self, of: impl Fn(&Frame) -> bool + Send + Sync + 'static) -> Flag {
        Arc::new(move || self.frame(&of))
    }

    // Compiled once, and not for each reader.
    #[inline(never)]
    fn look(self, of: &dyn Fn(&Frame) -> String) -> String {
        self.frame.with(|frame| of(frame))
    }

    /// A part of the frame; who asks inside of an effect is called again with the next frame.
    pub(crate) fn frame<T>(self, of: impl FnOnce(&Frame) -> T) -> T {
        self.frame.with(of)
    }

    /// Does what the visitor wants, and shows it at once.
    pub(crate) fn send(self, action: Action) {
        #[cfg(feature = "systems")]
        let beside = action.clone();
        self.work.update_value(|work| {
            work.session.dispatch(action);
            if let Some(fragment) = work.session.elsewhere() {
                document::go_to(fragment, true);
            }
        });
        #[cfg(feature = "systems")]
        self.send_beside(&beside);
        // What is near is there at once.
        #[cfg(feature = "systems")]
        if self.ask(Session::is_on_its_way) {
            let end = frame_loop::now() + SEEKING;
            self.work.update_value(|work| work.session.tick(Duration::ZERO, || frame_loop::now() < end));
        }
        self.publish();
    }

    /// A part of the frame, for who is not to be called again.
    #[cfg(feature = "systems")]
    pub(crate) fn frame_now<T>(self, of: impl FnOnce(&Frame) -> T) -> T {
        self.frame.with_untracked(of)
    }

    /// Opens the list of what happened.
    #[cfg(feature = "systems")]
    pub(crate) fn list_past(self) {
        self.listed.set(self.ask(crate::panels::time::entries));
        if let Some(dialog) = Element::with_id("past") {
            dialog.open();
        }
    }

    /// What it lists.
    #[cfg(feature = "systems")]
    pub(crate) fn listed(self) -> Vec<crate::panels::time::Entry> {
        self.listed.get()
    }

    /// What the drawer of settings shows.
    #[cfg(feature = "systems")]
    pub(crate) fn drawer(self) -> RwSignal<Drawer> {
        self.drawer
    }

    /// Something about the session.
    pub(crate) fn ask<T>(self, question: impl FnOnce(&Session) -> T) -> T {
        self.work.with_value(|work| question(&work.session))
    }

    /// From now on `paint` is called once an animation frame, in place of what was so before.
    pub(crate) fn on_frame(self, paint: impl FnMut(&Session) + 'static) {
        self.work.update_value(|work| work.painter = Some(Box::new(paint)));
    }

    /// Whether keys do anything from now on.
    pub(crate) fn switch_shortcuts(self, on: bool) {
        self.work.update_value(|work| work.shortcuts = on);
    }

    /// What the panels are laid out for; who asks inside of an effect is called again when that is another.
    pub(crate) fn shape(self) -> Arc<Shape> {
        self.shape.get()
    }

    /// Shows the session as it is now.
    pub(crate) fn publish(self) {
        let shape = self.ask(|session| session.shape().clone());
        // Places of settings are places in the shape: first nobody may read the old ones anymore.
        if self.shape.with_untracked(|own| **own != *shape) {
            self.shape.set(shape);
        }
        self.frame.set(self.ask(Session::frame));
    }

    /// How much of a frame the engine may take: more, while a visitor waits for it to arrive somewhere.
    fn slice(self) -> f64 {
        #[cfg(feature = "systems")]
        if self.ask(Session::is_on_its_way) {
            return SEEKING;
        }
        SLICE
    }

    /// One animation frame.
    pub(crate) fn pass(self, wall: Duration) {
        #[cfg(feature = "systems")]
        if self.is_resting() {
            return;
        }
        self.pass_within(wall, self.slice());
    }

    /// One animation frame, of which the engine may take so many milliseconds.
    fn pass_within(self, wall: Duration, slice: f64) {
        let end = frame_loop::now() + slice;
        let (mut publish, mut note) = (false, false);
        #[cfg(feature = "systems")]
        self.go_on();
        self.work.update_value(|work| {
            work.session.tick(wall, || frame_loop::now() < end);
            publish = elapsed(&mut work.unpublished, wall, PUBLISHING);
            note = elapsed(&mut work.unnoted, wall, NOTING);
        });
        if publish {
            self.publish();
        }
        self.work.update_value(|work| {
            // Held still, the picture is drawn anew only as often as the panels: for a window that
            // was resized, or other colors.
            #[cfg(feature = "systems")]
            {
                publish |= std::mem::take(&mut work.stale);
            }
            if let Some(paint) = work.painter.as_mut().filter(|_| publish || work.session.is_playing()) {
                paint(&work.session);
            }
        });
        #[cfg(feature = "systems")]
        {
            // A figure is no session of the visitor's.
            note &= self.work.with_value(|work| work.figure.is_none());
        }
        if note {
            // The link that would bring this session back.
            let fragment = self.ask(keep);
            panic::note(format!("{}{fragment}", document::address()));
        }
    }

    /// Does what a key stands for; whether it stands for anything.
    pub(crate) fn press(self, key: &str) -> bool {
        let on = self.work.with_value(|work| work.shortcuts);
        // Escape is the dialogs' own, unless there is a way to be left.
        #[cfg(feature = "systems")]
        if key == "Escape" && !self.ask(Session::is_on_its_way) {
            return false;
        }
        let Some(shortcut) = keys::shortcut(key).filter(|_| on) else {
            return false;
        };
        match shortcut {
            // What is not there in a page of somebody else does nothing.
            #[cfg(feature = "systems")]
            Shortcut::Help | Shortcut::Scenario(_) | Shortcut::Projector if is_embedded() => return false,
            Shortcut::Toggle => self.send(Action::TogglePlay),
            Shortcut::Step => self.send(Action::Step),
            #[cfg(feature = "systems")]
            Shortcut::Go(go) => self.send(Action::Go(go)),
            Shortcut::Scenario(place) => {
                let own = self.frame.with_untracked(readings::system);
                let all = catalog::SCENARIOS.iter().enumerate().filter(|(_, entry)| entry.system == own);
                let Some((index, _)) = all.clone().nth(place) else { return false };
                self.send(Action::Scenario(index));
            }
            #[cfg(feature = "systems")]
            Shortcut::Settings => crate::panels::settings::show(self, &[]),
            Shortcut::Help => header::show_keys(),
            #[cfg(feature = "systems")]
            Shortcut::Projector => self.magnify(),
            #[cfg(feature = "systems")]
            Shortcut::Zoom(times) => self.zoom(times),
            #[cfg(feature = "systems")]
            Shortcut::Fit => self.zoom(0.0),
            #[cfg(not(feature = "systems"))]
            Shortcut::Zoom(_) | Shortcut::Fit => return false,
        }
        true
    }
}

/// How the stage is seen.
#[cfg(feature = "systems")]
impl Desk {
    /// How near, and from where.
    pub(crate) fn view(self) -> View {
        self.looks.with_untracked(|(view, _)| *view)
    }

    /// What color tells.
    pub(crate) fn color(self) -> ColorBy {
        self.looks.with_untracked(|(_, color)| *color)
    }

    /// Lets color tell something else.
    pub(crate) fn set_color(self, color: ColorBy) {
        self.looks.update(|(_, own)| *own = color);
        self.work.update_value(|work| work.stale = true);
    }

    /// Sees it otherwise.
    pub(crate) fn see(self, change: impl FnOnce(View) -> View) {
        self.looks.update(|(view, _)| *view = change(*view));
        self.work.update_value(|work| work.stale = true);
    }

    /// Sees it so many times as large, around its middle; all of it, at 0.
    pub(crate) fn zoom(self, times: f64) {
        let Some((w, h)) = Element::with_id("stage-picture").map(|picture| picture.size()) else { return };
        let (w, h) = (w / self.magnification(), h / self.magnification());
        self.see(|view| view.nearer(times, at(w / 2.0, h / 2.0), (w, h)));
    }

    /// Does something long between frames, as long as it says that there is more; in place of what was done so before.
    pub(crate) fn begin(self, job: impl FnMut() -> bool + 'static) {
        self.work.update_value(|work| work.job = Some(Box::new(job)));
    }

    fn go_on(self) {
        let mut job = None;
        self.work.update_value(|work| job = work.job.take());
        let Some(mut job) = job else { return };
        let end = frame_loop::now() + SLICE / 2.0;
        while job() {
            if end <= frame_loop::now() {
                return self.work.update_value(|work| work.job = Some(job));
            }
        }
    }
}

/// How it is shown, and to whom.
#[cfg(feature = "systems")]
impl Desk {
    /// Whether it is seen from afar; who asks inside of an effect is called again when that changes.
    pub(crate) fn is_large(self) -> bool {
        self.large.get()
    }

    /// The same, for who is not to be called again.
    pub(crate) fn is_large_now(self) -> bool {
        self.large.get_untracked()
    }

    /// How many times as large as on a desk the picture is drawn. A phone has no room for more of it.
    pub(crate) fn magnification(self) -> f64 {
        if self.is_large_now() && NARROW < document::window_size().0 { 1.5 } else { 1.0 }
    }

    /// For a projector, or for a desk again; the browser keeps which.
    pub(crate) fn magnify(self) {
        let large = !self.is_large_now();
        document::mark("data-projector", large);
        if large {
            storage::set(PROJECTOR, "on");
        } else {
            storage::remove(PROJECTOR);
        }
        self.large.set(large);
        self.see(|_| View::default());
    }

    /// From now on nothing is done, or is done again.
    pub(crate) fn rest(self, resting: bool) {
        self.work.update_value(|work| work.resting = resting);
    }

    /// How a link is to open.
    pub(crate) fn wishes(self) -> RwSignal<Wishes> {
        self.wishes
    }

    /// The settings that a link can show: address and name.
    pub(crate) fn offered(self) -> RwSignal<Vec<(String, &'static str)>> {
        self.offered
    }

    /// Where the tour is; who asks inside of an effect is called again when it goes on.
    pub(crate) fn stop(self) -> Option<usize> {
        self.stop.get()
    }

    /// The same, for who is not to be called again.
    pub(crate) fn stop_now(self) -> Option<usize> {
        self.stop.get_untracked()
    }

    /// The tour goes there, or is at its end.
    pub(crate) fn stop_at(self, stop: Option<usize>) {
        self.stop.set(stop);
    }
}

/// The desks of figures in a text: each run of a figure has one.
#[cfg(feature = "systems")]
impl Desk {
    /// A desk for a run of a figure. What belongs to it has ids that begin so.
    pub(crate) fn of_figure(session: Session, prefix: String) -> Desk {
        let desk = Desk::with(session);
        desk.work.update_value(|work| work.figure = Some((prefix, Vec::new())));
        desk
    }

    /// From now on what is done to one of these is done to the others too.
    pub(crate) fn pair(desks: &[Desk]) {
        for (own, desk) in desks.iter().enumerate() {
            let others = desks.iter().enumerate().filter(|(place, _)| *place != own);
            let others = others.map(|(_, desk)| *desk).collect();
            desk.work.update_value(|work| {
                if let Some((_, beside)) = &mut work.figure {
                    *beside = others;
                }
            });
        }
    }

    /// How the ids begin of what belongs to it.
    pub(crate) fn prefix(self) -> String {
        self.work
            .with_value(|work| work.figure.as_ref().map(|(prefix, _)| prefix.clone()).unwrap_or_default())
    }

    /// Whether nothing is done now.
    pub(crate) fn is_resting(self) -> bool {
        self.work.with_value(|work| work.resting)
    }

    /// One animation frame, as one of so many.
    pub(crate) fn pass_as_one_of(self, wall: Duration, desks: usize) {
        self.pass_within(wall, SLICE / desks.max(1) as f64);
    }

    fn send_beside(self, action: &Action) {
        let beside = self.work.with_value(|work| work.figure.as_ref().map(|(_, beside)| beside.clone()));
        for desk in beside.into_iter().flatten() {
            // A setting that a run does not have is none of its business.
            if let Action::Set { knob, .. } = action
                && desk.ask(|session| session.knob(knob).is_none())
            {
                continue;
            }
            desk.work.update_value(|work| work.session.dispatch(action.clone()));
            desk.publish();
        }
    }
}

/// Whether the page is inside of another one: it keeps nothing then, and finds nothing kept.
#[cfg(feature = "systems")]
pub(crate) fn is_embedded() -> bool {
    crate::embed::is_asked_for(&document::fragment())
}

/// Where it is kept that the page is seen from afar.
#[cfg(feature = "systems")]
const PROJECTOR: &str = "queuescope.projector";

/// Where the session is kept.
#[cfg(feature = "systems")]
const SESSION: &str = "queuescope.session";

/// The session that a fragment asks for, which may have been loaded. When the page is loaded again it is the one that was
/// there; when another link is opened, that one can be gone back to.
#[cfg(feature = "systems")]
fn open(fragment: &str, loaded: Option<Session>) -> Session {
    use link::Request;
    let asked = || loaded.unwrap_or_else(|| Session::open(fragment));
    if is_embedded() {
        return asked();
    }
    let kept = storage::get(SESSION);
    let again = storage::is_of_this_tab(fragment);
    match kept.and_then(|kept| link::read(&kept).ok()) {
        Some(Request::Shared(kept)) if again => Session::shared(*kept),
        Some(Request::Shared(kept)) => {
            let mut session = asked();
            session.comes_after(*kept);
            session
        }
        Some(Request::Nothing | Request::Scenario(_) | Request::Session(_) | Request::Elsewhere(_))
        | None => asked(),
    }
}

#[cfg(not(feature = "systems"))]
fn open(fragment: &str, _: Option<Session>) -> Session {
    Session::open(fragment)
}

/// Keeps a session, and says under which fragment it is to be had.
#[cfg(feature = "systems")]
fn keep(session: &Session) -> String {
    let fragment = crate::share::write(&session.share());
    if !is_embedded() {
        storage::set(SESSION, &fragment);
    }
    fragment
}

#[cfg(not(feature = "systems"))]
fn keep(session: &Session) -> String {
    link::write(&session.recording())
}

/// Adds to a clock, and starts it anew if it has reached `period`: whether it has.
fn elapsed(clock: &mut Duration, wall: Duration, period: Duration) -> bool {
    *clock += wall;
    let over = period <= *clock;
    if over {
        *clock = Duration::ZERO;
    }
    over
}
