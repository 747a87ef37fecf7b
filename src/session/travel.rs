//! How a visitor goes about in the time of a session: to any moment, back by an event, to another branch, and back to
//! before a change was made.
//!
//! Nothing is lost on the way. What was acted away is a branch; what was undone can be done again, or is a branch as
//! soon as something else is done; a session that another one took the place of comes back when that is undone.

use std::time::Duration;

use queuescope_engine::simulation::Progress;
use queuescope_engine::timeline::{Branch, Position, Recording, Stamped};
use queuescope_engine::{Command, Time, Timeline};

use super::{STRETCH, Session};
use crate::catalog;
use crate::frame::Past;
use crate::lesson::Lesson;
use crate::playback::Speed;
use crate::share::{self, Shared};

/// Values of one slider that follow each other so closely are one drag.
const DRAG: Duration = Duration::from_secs(1);

/// A way that takes longer than this is shown with its progress.
const PATIENCE: Duration = Duration::from_millis(150);

/// So many sessions can be gone back to.
const SESSIONS: usize = 20;

/// Where a visitor can go.
#[derive(Clone, PartialEq, Debug)]
pub enum Go {
    /// To a time, be it past or yet to come.
    To(Time),
    /// To a time, and no further.
    StayAt(Time),
    /// Nowhere for as long as this holds: the hand is on the timeline.
    Held(bool),
    /// To before the latest event, or the latest command where that came after it; time stands still then.
    Back,
    /// No further: what is on its way stays where it is.
    Leave,
    /// To the same time without the latest change.
    Undo,
    /// To the same time with the change that was undone last.
    Redo,
    /// To the branch at this place of the list.
    Branch(usize),
    /// To a session from a link or a file.
    Open(Box<Shared>),
    /// To the page as it opens.
    Anew,
    /// Nowhere, for what was to be opened cannot be read.
    Nowhere(String),
}

/// What is kept of how the session came to be.
#[derive(Debug, Default)]
pub(super) struct Travel {
    /// The places in the log where the commands of a change begin.
    starts: Vec<usize>,
    /// What the latest change sets, and how long ago it did so.
    setting: Option<String>,
    since: Duration,
    undone: Vec<Undone>,
    past: Vec<Kept>,
    place: Option<Position>,
    /// Where the present way began, and how long it has taken.
    from: Time,
    taken: Duration,
    held: bool,
}

/// A session that another one took the place of.
#[derive(Debug)]
struct Kept {
    recording: Recording,
    branches: Vec<Branch>,
    starts: Vec<usize>,
    scenario: Option<usize>,
    speed: Speed,
    playing: bool,
    lesson: Lesson,
}

/// What can be done again.
#[derive(Debug)]
enum Undone {
    /// The commands of a change, and how far the branch went with them.
    Change(Vec<Stamped>, Time),
    Session(Box<Kept>),
}

/// Where changes begin among the commands of a log from `from` on, of which nothing else is known.
fn changes(log: &[Stamped], from: usize) -> impl Iterator<Item = usize> {
    (from..log.len()).filter(move |index| {
        let before = index.checked_sub(1).map(|before| &log[before]);
        !before.is_some_and(|before| is_one_change(before, &log[*index]))
    })
}

fn is_one_change(one: &Stamped, next: &Stamped) -> bool {
    match (&one.act, &next.act) {
        (Command::Set { knob, .. }, Command::Set { knob: own, .. }) => {
            knob == own && next.nanos - one.nanos < DRAG.as_nanos() as u64
        }
        (Command::Start(_), Command::Start(_)) | (Command::Stop(_), Command::Stop(_)) => {
            (one.events, one.nanos) == (next.events, next.nanos)
        }
        _ => false,
    }
}

impl Session {
    pub(super) fn go(&mut self, go: Go) {
        match go {
            Go::To(to) => {
                self.sample();
                self.timeline.leap(to);
                self.head_for(to);
            }
            Go::StayAt(at) => {
                self.playback.pause();
                self.go(Go::To(at));
            }
            Go::Held(held) => self.travel.held = held,
            Go::Back => {
                self.playback.pause();
                self.sample();
                self.stay();
                self.travel.place = self.timeline.before();
            }
            Go::Leave => self.stay(),
            Go::Undo => self.undo(),
            Go::Redo => self.redo(),
            Go::Branch(branch) => self.switch(branch),
            Go::Open(shared) => {
                let session = Session::shared(*shared);
                self.replace(session);
            }
            Go::Anew => {
                let session = Session::start(0, None);
                self.replace(session);
            }
            Go::Nowhere(notice) => self.notice = Some(notice),
        }
    }

    /// A session from a link or a file.
    pub fn shared(shared: Shared) -> Session {
        let notice = shared.notice();
        let mut session = Session::replay(shared.recording);
        session.playback.choose(shared.speed);
        if shared.playing {
            session.playback.play();
        }
        session.notice = session.notice.or(notice);
        // One that cannot be replayed is not there to be taught with.
        if session.destination.is_some() {
            let notice = session.notice.take();
            session.teach(shared.lesson);
            session.notice = notice.or(session.notice);
        }
        session
    }

    /// The session as it is shared: at the present time, or where it is on its way to.
    pub fn share(&self) -> Shared {
        let mut recording = self.recording();
        recording.until = self.destination.unwrap_or(Time::from_nanos(recording.until)).as_nanos();
        let (speed, playing) = (self.playback.speed(), self.playback.is_playing());
        Shared { recording, speed, playing, lesson: self.lesson().clone(), garbage: None }
    }

    /// The branches that were put aside, newest first: the place of each, when it leaves this one, and what made it.
    pub fn branches(&self) -> Vec<(usize, Time, Time, Option<Command>)> {
        let ours = self.timeline.log();
        let line = |(index, branch): (usize, &Branch)| {
            let common = ours.iter().zip(&branch.log).take_while(|(ours, theirs)| ours == theirs).count();
            let leaves = [ours.get(common), branch.log.get(common)].into_iter().flatten();
            let leaves = leaves.map(|stamped| stamped.nanos).min();
            let leaves = leaves.map_or(branch.end, Time::from_nanos);
            (index, leaves, branch.end, branch.log.get(common).map(|stamped| stamped.act.clone()))
        };
        self.timeline.branches().iter().enumerate().rev().map(line).collect()
    }

    /// Whether it is on its way to another time.
    pub fn is_on_its_way(&self) -> bool {
        self.destination.is_some() || self.travel.place.is_some()
    }

    /// What was done in this session and by its scenario, with the time of each.
    pub fn acts(&self) -> impl Iterator<Item = (Time, &Command)> {
        let end = self.timeline.end();
        let script = self.timeline.scenario().script.iter().map(|timed| (timed.at, &timed.act));
        let own = self.timeline.log().iter().map(|stamped| (Time::from_nanos(stamped.nanos), &stamped.act));
        script.filter(move |(at, _)| *at <= end).chain(own)
    }

    /// What stood out in it.
    pub fn marks(&self) -> &[queuescope_engine::marks::Mark] {
        self.timeline.marks().list()
    }

    fn stay(&mut self) {
        (self.destination, self.travel.place) = (None, None);
    }

    fn head_for(&mut self, to: Time) {
        // A way back begins at a clone, and that is where its progress counts from.
        if to < self.timeline.simulation().now() {
            self.timeline.seek(to, 0);
        }
        self.travel.place = None;
        self.travel.from = self.timeline.simulation().now();
        self.travel.taken = Duration::ZERO;
        self.destination = Some(to);
    }

    /// Lets a frame pass; whether there is nothing more to do in it.
    pub(super) fn travels(&mut self, wall: Duration, may_go_on: &mut impl FnMut() -> bool) -> bool {
        self.travel.since = self.travel.since.saturating_add(wall);
        self.travel.taken = self.travel.taken.saturating_add(wall);
        if let Some(place) = self.travel.place {
            while self.timeline.go_to(place, STRETCH) == Progress::OutOfBudget {
                if !may_go_on() {
                    return true;
                }
            }
            self.travel.place = None;
        }
        self.travel.held && self.destination.is_none()
    }

    /// A change is about to be made, to this setting if it is one.
    pub(super) fn begins_change(&mut self, setting: Option<&str>) {
        let goes_on = setting.is_some()
            && self.travel.setting.as_deref() == setting
            && self.travel.since < DRAG
            && self.timeline.applied() == self.timeline.log().len();
        self.travel.setting = setting.map(Into::into);
        self.travel.since = Duration::ZERO;
        self.forget_undone();
        if !goes_on {
            let applied = self.timeline.applied();
            self.travel.starts.retain(|start| *start < applied);
            self.travel.starts.push(applied);
        }
    }

    /// What was undone cannot be done again, once something else is done: it becomes a branch.
    fn forget_undone(&mut self) {
        let mut log = self.timeline.log().to_vec();
        let (common, mut end) = (log.len(), Time::ZERO);
        for undone in self.travel.undone.drain(..).rev() {
            let Undone::Change(commands, until) = undone else { break };
            log.extend(commands);
            end = end.max(until);
        }
        if common < log.len() {
            self.timeline.put_aside(Branch { log, end, marks: Default::default() });
        }
    }

    fn undo(&mut self) {
        self.sample();
        let applied = self.timeline.applied();
        let place = self.travel.starts.iter().rposition(|start| *start < applied);
        let Some(from) = place.map(|place| self.travel.starts[place]) else {
            if let Some(kept) = self.travel.past.pop() {
                let undone = Undone::Session(Box::new(self.kept()));
                self.revive(kept, undone);
            }
            return;
        };
        let commands = self.timeline.log()[from..applied].to_vec();
        let has_future = applied < self.timeline.log().len();
        let log = self.timeline.log()[..from].to_vec();
        let end = self.timeline.end();
        let whole = self.exchange(log);
        if has_future {
            self.timeline.put_aside(whole);
        }
        self.travel.starts.retain(|start| *start < from);
        self.travel.undone.push(Undone::Change(commands, end));
    }

    fn redo(&mut self) {
        self.sample();
        match self.travel.undone.pop() {
            Some(Undone::Change(commands, _)) => {
                let mut log = self.timeline.log().to_vec();
                self.travel.starts.push(log.len());
                log.extend(commands);
                self.exchange(log);
            }
            Some(Undone::Session(kept)) => {
                let undone = std::mem::take(&mut self.travel.undone);
                let own = self.kept();
                self.travel.past.push(own);
                let past = std::mem::take(&mut self.travel.past);
                *self = kept.restore();
                (self.travel.past, self.travel.undone) = (past, undone);
            }
            None => {}
        }
    }

    /// Puts another log in the place of this one, and goes to the present time, or to the last of its commands if
    /// that is later.
    fn exchange(&mut self, log: Vec<Stamped>) -> Branch {
        let now = self.destination.unwrap_or(self.timeline.simulation().now());
        let last = log.last().map_or(0, |stamped| stamped.nanos);
        let to = now.max(Time::from_nanos(last));
        let other = Branch { log, end: to, marks: Default::default() };
        let whole = self.timeline.exchange(other, to);
        self.travel.setting = None;
        self.head_for(to);
        whole
    }

    fn switch(&mut self, branch: usize) {
        self.sample();
        self.forget_undone();
        let Some(other) = self.timeline.branches().get(branch) else { return };
        let to = self.timeline.simulation().now().min(other.end);
        let ours = self.timeline.log();
        let common = ours.iter().zip(&other.log).take_while(|(ours, theirs)| ours == theirs).count();
        self.timeline.switch(branch, 0);
        let starts = &mut self.travel.starts;
        starts.retain(|start| *start < common);
        starts.extend(changes(self.timeline.log(), common));
        self.travel.setting = None;
        self.head_for(to);
    }

    /// All that brings this session back.
    fn kept(&self) -> Kept {
        let Shared { recording, speed, playing, lesson, garbage: _ } = self.share();
        let (starts, branches) = (self.travel.starts.clone(), self.timeline.branches().to_vec());
        Kept { recording, branches, starts, scenario: self.scenario, speed, playing, lesson }
    }

    fn revive(&mut self, kept: Kept, undone: Undone) {
        let mut travel = std::mem::take(&mut self.travel);
        travel.undone.push(undone);
        *self = kept.restore();
        (self.travel.past, self.travel.undone) = (travel.past, travel.undone);
    }

    /// Another session takes the place of this one, which can be gone back to.
    pub(super) fn replace(&mut self, other: Session) {
        self.sample();
        self.forget_undone();
        let own = self.kept();
        let mut past = std::mem::take(&mut self.travel.past);
        past.push(own);
        if SESSIONS < past.len() {
            past.remove(0);
        }
        *self = other;
        self.travel.past = past;
    }

    /// A session that was left elsewhere can be gone back to from this one.
    pub fn comes_after(&mut self, earlier: Shared) {
        let session = Session::shared(earlier);
        if session.notice.is_none() {
            self.travel.past.push(session.kept());
        }
    }

    /// A history that was recorded: where its changes begin.
    pub(super) fn recount(&mut self) {
        self.travel.starts = changes(self.timeline.log(), 0).collect();
        self.travel.from = Time::ZERO;
        let another = share::another_engine(&self.recording());
        self.notice = self.notice.take().or(another);
    }

    pub(super) fn past(&self) -> Past {
        let now = self.timeline.simulation().now();
        let taken = PATIENCE < self.travel.taken;
        let progress = self.destination.filter(|_| taken).map(|to| {
            let (whole, done) = (to.since(self.travel.from), now.since(self.travel.from));
            if whole.is_zero() { 1.0 } else { done.as_secs_f64() / whole.as_secs_f64() }
        });
        let applied = self.timeline.applied();
        let has_change = self.travel.starts.iter().any(|start| *start < applied) || !self.pending.is_empty();
        Past {
            end: self.timeline.end(),
            destination: self.destination,
            progress,
            marks: self.timeline.marks().clone(),
            acts: self.acts().map(|(at, act)| (at, crate::timebar::tick(act))).collect(),
            branches: self.timeline.branches().len(),
            can_undo: has_change || !self.travel.past.is_empty(),
            can_redo: !self.travel.undone.is_empty(),
        }
    }
}

impl Kept {
    fn restore(self) -> Session {
        let until = Time::from_nanos(self.recording.until);
        let Ok(timeline) = Timeline::replay(self.recording) else {
            // It ran before, so it runs again.
            return Session::start(self.scenario.unwrap_or(0).min(catalog::SCENARIOS.len() - 1), None);
        };
        let mut session = Session::with(timeline, self.scenario);
        self.branches.into_iter().for_each(|branch| session.timeline.put_aside(branch));
        session.travel.starts = self.starts;
        session.playback.choose(self.speed);
        if !self.playing {
            session.playback.pause();
        }
        session.teach(self.lesson);
        session.head_for(until);
        session
    }
}

#[cfg(test)]
mod tests;
