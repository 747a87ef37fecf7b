//! A simulation with its past: it can be taken back, acted upon there, and so branched.
//!
//! Nothing is ever undone. What is kept is the scenario, the seed, the log of commands, and
//! clones of the simulation that grow sparser the older they are. Going back takes the nearest
//! clone and runs it forward. Acting in the past puts the commands that came after it aside as
//! another branch, which can be gone back to.

mod life;
mod recording;
mod retrace;

use crate::command::{Command, Problem};
use crate::journal::{Fact, Observer, Window};
use crate::marks::Marks;
#[cfg(feature = "systems")]
use crate::metrics::series::Series;
use crate::scenario::Scenario;
use crate::simulation::{END, Progress, Simulation};
use crate::time::Time;
use crate::trend::Trend;

pub use life::Life;
pub use recording::{ENGINE, Recording, Stamped};
pub use retrace::Retrace;

/// So many events lie between two clones at first: a few milliseconds of running.
const SPACING: u64 = 1 << 15;

/// When there are more clones than this, every other one of the older half goes.
const CLONES: usize = 96;

/// As soon as they hold more messages than this together, too: at some 60 to 300 bytes each.
const WEIGHT: u64 = 1_000_000;

/// How many of the latest facts are kept.
pub const WINDOW: usize = 4096;

/// A future that was put aside when someone acted before it.
#[derive(Clone, PartialEq, Debug)]
pub struct Branch {
    /// Its whole log.
    pub log: Vec<Stamped>,
    /// How far it went.
    pub end: Time,
    /// What stood out in it.
    pub marks: Marks,
}

/// A place in a history: after so many events, and so many commands of its log. Several can share a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    events: u64,
    commands: usize,
}

/// What looks on from outside, and is taken back with the simulation.
#[derive(Clone, Debug)]
struct Watch {
    window: Window,
    marks: Marks,
    trend: Trend,
}

impl Watch {
    /// One that does not look at how it goes.
    fn over(window: Window) -> Watch {
        Watch { window, marks: Marks::default(), trend: Trend::default() }
    }
}

impl Observer for Watch {
    #[inline(always)]
    fn observe(&mut self, fact: &Fact) {
        self.window.observe(fact);
        self.marks.observe(fact);
        self.trend.observe(fact);
    }

    #[inline(always)]
    fn observe_both(&mut self, first: &Fact, second: &Fact) {
        self.window.observe_both(first, second);
        self.marks.observe_both(first, second);
        self.trend.observe_both(first, second);
    }
}

/// A clone of the simulation, what had stood out by then, and how it had gone.
#[derive(Clone, Debug)]
struct Kept {
    simulation: Simulation,
    marks: Marks,
    trend: Trend,
    /// How many messages it holds.
    weight: u64,
}

/// The simulation, its past, and its other branches.
#[derive(Clone, Debug)]
pub struct Timeline {
    scenario: Scenario,
    seed: u64,
    now: Simulation,
    /// In order of events, the start first. All of them lie on this branch.
    clones: Vec<Kept>,
    spacing: u64,
    log: Vec<Stamped>,
    /// How many of the log's commands have been applied to `now`.
    applied: usize,
    /// The furthest that this branch has been.
    end: Time,
    branches: Vec<Branch>,
    /// How often its past has become another one: who follows a history has to begin anew then.
    turns: u64,
    watch: Watch,
    /// The marks as they were when this branch was as far as that, which is further than the present may be.
    ahead: (Time, Marks),
    /// Its charts as they were then, if they are known.
    #[cfg(feature = "systems")]
    course: Option<(Series, Trend)>,
}

impl Timeline {
    /// The experiment at its start.
    pub fn new(scenario: Scenario, seed: u64) -> Timeline {
        let mut watch = Watch { trend: Trend::new(), ..Watch::over(Window::new(WINDOW)) };
        let now: Simulation = Simulation::observed(&scenario, seed, &mut watch);
        let (marks, trend) = (watch.marks.clone(), watch.trend.clone());
        Timeline {
            clones: vec![Kept { simulation: now.clone(), marks, trend, weight: 0 }],
            now,
            scenario,
            seed,
            spacing: SPACING,
            log: Vec::new(),
            applied: 0,
            end: Time::ZERO,
            branches: Vec::new(),
            turns: 0,
            watch,
            ahead: (Time::ZERO, Marks::default()),
            #[cfg(feature = "systems")]
            course: None,
        }
    }

    /// A timeline that holds a recorded history; it stands at the start and can be run to
    /// [`Recording::until`].
    ///
    /// # Errors
    /// What the scenario cannot be, or a recorded command that it does not permit.
    pub fn replay(recording: Recording) -> Result<Timeline, Problem> {
        // A recording was read as it stands; a scenario of its own comes in through its validation.
        recording.scenario.validate().map_err(|mut problems| problems.0.swap_remove(0))?;
        let trial = trial(&recording.scenario, recording.seed);
        for stamped in &recording.commands {
            trial.check(&stamped.act)?;
        }
        let mut last = (0, 0);
        for (index, stamped) in recording.commands.iter().enumerate() {
            let stamp = (stamped.events, stamped.nanos);
            if stamp < last {
                let path = format!("commands[{index}].events");
                let permitted = format!("{} or more: commands stand in the order of their acting", last.0);
                return Err(Problem { path, value: stamped.events.to_string(), permitted });
            }
            last = stamp;
        }
        let mut timeline = Timeline::new(recording.scenario, recording.seed);
        timeline.log = recording.commands;
        timeline.end = Time::from_nanos(recording.until);
        Ok(timeline)
    }

    /// All it takes to have this history again.
    pub fn record(&self) -> Recording {
        Recording {
            engine: ENGINE.into(),
            scenario: self.scenario.clone(),
            seed: self.seed,
            commands: self.log.clone(),
            until: self.now.now().as_nanos(),
        }
    }

    /// The simulation as it stands.
    pub fn simulation(&self) -> &Simulation {
        &self.now
    }

    /// The scenario it runs.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The seed of its draws.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The latest facts up to the present.
    pub fn window(&self) -> &Window {
        &self.watch.window
    }

    /// What stood out on this branch, as far as it has been.
    pub fn marks(&self) -> &Marks {
        if self.now.now() < self.ahead.0 { &self.ahead.1 } else { &self.watch.marks }
    }

    /// How it went up to the present, looked at from time to time.
    #[cfg(feature = "systems")]
    pub fn trend(&self) -> &Trend {
        &self.watch.trend
    }

    /// How this branch went as far as it has been, where that is further than the present: until when, the buckets of
    /// its charts, and what was seen of it from time to time.
    #[cfg(feature = "systems")]
    pub fn ahead(&self) -> Option<(Time, &Series, &Trend)> {
        let (series, trend) = self.course.as_ref().filter(|_| self.now.now() < self.ahead.0)?;
        Some((self.ahead.0, series, trend))
    }

    fn forget_ahead(&mut self) {
        self.ahead.0 = Time::ZERO;
        #[cfg(feature = "systems")]
        {
            self.course = None;
        }
    }

    /// What was done on this branch, in order.
    pub fn log(&self) -> &[Stamped] {
        &self.log
    }

    /// How many of those commands lie before the present.
    pub fn applied(&self) -> usize {
        self.applied
    }

    /// How many messages are in memory now: all that are under way or in a store, and all that a log has kept.
    pub fn messages(&self) -> u64 {
        weight(&self.now)
    }

    /// The furthest that this branch has been.
    pub fn end(&self) -> Time {
        self.end
    }

    /// The branches that were put aside, oldest first.
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// Goes to `to`, forward or back, processing no more than about `budget` events. When it
    /// says [`Progress::OutOfBudget`], the same call again goes on.
    pub fn seek(&mut self, to: Time, budget: u64) -> Progress {
        if to < self.now.now() {
            self.restore(|clone| clone.now() <= to);
        }
        let mut left = budget;
        loop {
            let before = self.now.events();
            let progress = self.leg(to, left);
            left = left.saturating_sub(self.now.events() - before);
            self.end = self.end.max(self.now.now());
            match progress {
                Some(progress) => return progress,
                None if left == 0 => return Progress::OutOfBudget,
                None => {}
            }
        }
    }

    /// Processes one event, or one command of the log where that comes first. Nothing is left
    /// to happen if it says `None`.
    pub fn step(&mut self) -> Option<Time> {
        let due = self.due(Time::MAX).filter(|stamped| stamped.events <= self.now.events());
        if let Some(at) = due.map(|stamped| Time::from_nanos(stamped.nanos)) {
            // It can have been given when nothing happened: the clock goes there first.
            run(&mut self.now, at, 0, &mut self.watch);
            self.apply_due();
            self.end = self.end.max(self.now.now());
            return Some(self.now.now());
        }
        self.keep_clone();
        let at = step(&mut self.now, &mut self.watch)?;
        self.end = self.end.max(at);
        Some(at)
    }

    /// Does what a command says, now. If the log goes on after now, that future becomes another branch.
    ///
    /// # Errors
    /// A command that names what does not exist, or a value out of range, changes nothing.
    pub fn act(&mut self, command: Command) -> Result<(), Problem> {
        let stamped = Stamped { events: self.now.events(), nanos: self.now.now().as_nanos(), act: command };
        self.now.apply(&stamped.act, &mut self.watch)?;
        if self.now.now() < self.end {
            self.turns += 1;
        }
        if self.applied < self.log.len() {
            let mut log = self.log.clone();
            std::mem::swap(&mut log, &mut self.log);
            self.log.truncate(self.applied);
            self.branches.push(Branch { log, end: self.end, marks: self.marks().clone() });
        }
        self.forget_ahead();
        let events = stamped.events;
        // One of this very instant has not seen the command, and could not be told from one that has.
        let present = (events, self.now.now());
        self.clones.retain(|Kept { simulation, .. }| {
            simulation.events() == 0 || (simulation.events(), simulation.now()) < present
        });
        self.log.push(stamped);
        self.applied = self.log.len();
        self.end = self.now.now();
        Ok(())
    }

    /// Goes to another branch, at the present time or at the branch's end if that is earlier;
    /// this branch takes its place in the list. Nothing happens if there is no such branch.
    pub fn switch(&mut self, branch: usize, budget: u64) -> Progress {
        let Some(other) = self.branches.get(branch) else { return Progress::Reached };
        let to = self.now.now().min(other.end);
        self.branches[branch] = self.exchange(other.clone(), to);
        self.seek(to, budget)
    }

    /// Puts a branch aside that was this one until it was exchanged.
    pub fn put_aside(&mut self, branch: Branch) {
        self.branches.push(branch);
    }

    /// Puts another history in the place of this branch's, and stands where both were last the same, no later than
    /// `to`. Its commands must have been accepted by this scenario.
    pub fn exchange(&mut self, other: Branch, to: Time) -> Branch {
        let marks = self.marks().clone();
        self.turns += 1;
        let common = self.log.iter().zip(&other.log).take_while(|(ours, theirs)| ours == theirs).count();
        let log = std::mem::replace(&mut self.log, other.log);
        let end = std::mem::replace(&mut self.end, other.end);
        // Clones from before the first difference lie on both branches.
        let differs = [self.log.get(common), log.get(common)];
        let first = differs.into_iter().flatten().map(|stamped| stamped.events).min().unwrap_or(u64::MAX);
        self.clones.retain(|Kept { simulation, .. }| simulation.events() < first || simulation.events() == 0);
        self.restore(|clone| clone.now() <= to);
        self.forget_ahead();
        self.ahead = (other.end, other.marks);
        Branch { log, end, marks }
    }

    /// Shortens the way to a time by going to the clone nearest before it, where that saves more than a few
    /// milliseconds. [`Timeline::seek`] goes the rest of the way, and would go the whole way too.
    pub fn leap(&mut self, to: Time) {
        let saves = |clone: &Simulation| self.now.events() + SPACING < clone.events();
        let nearest = self.clones.iter().map(|kept| &kept.simulation).rfind(|clone| clone.now() <= to);
        if nearest.is_some_and(saves) {
            self.restore(|clone| clone.now() <= to);
        }
    }

    /// Where the present is.
    pub fn position(&self) -> Position {
        Position { events: self.now.events(), commands: self.applied }
    }

    /// The place before the latest event, or before the latest command where that came after it; none at the start.
    pub fn before(&self) -> Option<Position> {
        let Position { events, commands } = self.position();
        match self.applied.checked_sub(1).and_then(|latest| self.log.get(latest)) {
            Some(latest) if events <= latest.events => Some(Position { events, commands: commands - 1 }),
            _ => Some(Position { events: events.checked_sub(1)?, commands }),
        }
    }

    /// Goes to a place that this branch has been at, as [`Timeline::seek`] goes to a time.
    pub fn go_to(&mut self, place: Position, budget: u64) -> Progress {
        if place < self.position() {
            self.restore(|clone| clone.events() < place.events || clone.events() == 0);
        }
        let mut left = budget;
        while self.position() < place {
            let before = self.position();
            let stretch = place.events.saturating_sub(before.events).min(left).min(self.spacing);
            if before.commands < place.commands {
                self.leg(Time::MAX, stretch);
            } else {
                self.keep_clone();
                if 1 < stretch {
                    run(&mut self.now, Time::MAX, stretch - 1, &mut self.watch);
                } else if stretch == 1 {
                    // By itself, for it may be the last: with nothing left to come the clock would run on.
                    step(&mut self.now, &mut self.watch);
                }
            }
            left = left.saturating_sub(self.now.events() - before.events);
            self.end = self.end.max(self.now.now());
            if self.position() == before {
                // Nothing left to spend; or, for a place of another branch, no way there.
                return if left == 0 { Progress::OutOfBudget } else { Progress::Reached };
            }
        }
        Progress::Reached
    }

    /// Puts the latest clone that `fits` in place of the present; the first always does.
    fn restore(&mut self, fits: impl Fn(&Simulation) -> bool) {
        if self.ahead.0 <= self.now.now() {
            self.ahead = (self.now.now(), self.watch.marks.clone());
            #[cfg(feature = "systems")]
            {
                self.course = Some((self.now.metrics().series(self.now.now()), self.watch.trend.clone()));
            }
        }
        let latest = self.clones.iter().rposition(|kept| fits(&kept.simulation)).unwrap_or(0);
        self.now = self.clones[latest].simulation.clone();
        self.watch.marks = self.clones[latest].marks.clone();
        self.watch.trend = self.clones[latest].trend.clone();
        self.watch.window.go_to(self.now.journal().count());
        self.applied = retrace::applied(&self.log, &self.now);
    }

    /// Runs to `to` or to the next command of the log; says how that went unless a command was applied.
    fn leg(&mut self, to: Time, budget: u64) -> Option<Progress> {
        let due = self.due(to).map(|stamped| (stamped.events, Time::from_nanos(stamped.nanos)));
        let (limit, until) = due.unwrap_or((u64::MAX, to));
        let events = self.now.events();
        self.keep_clone();
        // Never further than the next clone, so that clones come at an even pace.
        // A log from elsewhere can ask for a command earlier than it can be had: it is applied as soon as it is due.
        let stretch = self.spacing.min(limit.saturating_sub(events));
        let progress = run(&mut self.now, until, stretch.min(budget), &mut self.watch);
        if due.is_some() && (limit <= self.now.events() || progress == Progress::Reached) {
            self.apply_due();
            return None;
        }
        let may_go_on = progress == Progress::OutOfBudget && stretch < budget;
        (!may_go_on).then_some(progress)
    }

    /// The next command of the log, if it is to be applied by `to`.
    fn due(&self, to: Time) -> Option<&Stamped> {
        self.log.get(self.applied).filter(|stamped| stamped.nanos <= to.as_nanos())
    }

    fn apply_due(&mut self) {
        let stamped = &self.log[self.applied];
        let applied = self.now.apply(&stamped.act, &mut self.watch);
        debug_assert_eq!(applied, Ok(()), "the log holds only what was permitted");
        self.applied += 1;
    }

    fn keep_clone(&mut self) {
        let last = self.clones.last().map_or(0, |kept| kept.simulation.events());
        if self.now.events() < last + self.spacing {
            return;
        }
        // What holds a million messages takes as long to be cloned as some hundred thousand events.
        let weight = weight(&self.now);
        if self.now.events() < last + weight {
            return;
        }
        let (marks, trend) = (self.watch.marks.clone(), self.watch.trend.clone());
        self.clones.push(Kept { simulation: self.now.clone(), marks, trend, weight });
        let weighs = |clones: &[Kept]| clones.iter().map(|kept| kept.weight).sum::<u64>();
        while CLONES < self.clones.len() || 2 < self.clones.len() && WEIGHT < weighs(&self.clones) {
            // The start stays; of the older half every other one goes.
            let (mut index, half) = (0, (self.clones.len() / 2).max(2));
            self.clones.retain(|_| {
                index += 1;
                index == 1 || half < index || index % 2 == 1
            });
            // As the run gets long, so do the strides: the list never thins faster than it grows.
            self.spacing = self.spacing.max(self.now.events() / (8 * CLONES as u64));
        }
    }
}

/// A simulation at its start, to ask what it would permit. It tells what a timeline's tells, so that all of this is
/// compiled for one listener.
pub(crate) fn trial(scenario: &Scenario, seed: u64) -> Simulation {
    Simulation::observed(scenario, seed, &mut Watch::over(Window::new(1)))
}

/// A run that only goes on: nothing is kept of its past. It tells what a timeline's tells, for the same reason.
#[derive(Clone, Debug)]
pub struct Trial {
    simulation: Simulation,
    watch: Watch,
}

impl Trial {
    /// The experiment at its start.
    pub fn new(scenario: &Scenario, seed: u64) -> Trial {
        let mut watch = Watch::over(Window::new(TOLD));
        Trial { simulation: Simulation::observed(scenario, seed, &mut watch), watch }
    }

    /// Runs it up to a time, all that happens then included.
    pub fn run_to(&mut self, to: Time) {
        self.run_telling(to, &mut ());
    }

    /// The same, and tells every fact to somebody, a few events later than it comes to be.
    pub fn run_telling(&mut self, to: Time, listener: &mut impl Observer) {
        loop {
            let heard = self.watch.window.count();
            let progress = self.simulation.run_until(to, BREATH, &mut self.watch);
            self.watch.window.since(heard).for_each(|fact| listener.observe(fact));
            if progress == Progress::Reached {
                return;
            }
        }
    }

    /// As it is now.
    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }
}

/// So many events of a trial are run until their facts are told.
const BREATH: u64 = 256;

/// So many facts are kept until then. An event tells a few; what an operator does to a large backlog, one for each message.
const TOLD: usize = 1 << 14;

/// How many messages it holds, for that is what makes a clone large.
fn weight(simulation: &Simulation) -> u64 {
    let ledger = simulation.ledger();
    let present = ledger.arriving + ledger.waiting + ledger.delayed + ledger.held;
    present.max(simulation.recorded())
}

/// As [`Simulation::run_until`], which is long and is compiled into each place where it is called: here once.
#[cfg(not(feature = "systems"))]
#[inline(never)]
fn run(now: &mut Simulation, to: Time, budget: u64, watch: &mut Watch) -> Progress {
    now.run_until(to, budget, watch)
}

/// As [`Simulation::run_until`], and looks at how it goes whenever that is due. The clock is not touched for that, so a
/// run is the same with and without.
#[cfg(feature = "systems")]
#[inline(never)]
fn run(now: &mut Simulation, to: Time, budget: u64, watch: &mut Watch) -> Progress {
    let (to, mut left) = (to.min(END), budget);
    loop {
        let (due, before) = (watch.trend.due(), now.events());
        now.process(to.min(due), left, watch);
        left = left.saturating_sub(now.events() - before);
        let is_over = due <= to && now.next_event().is_none_or(|at| due < at);
        if !is_over {
            return now.arrive(to);
        }
        watch.trend.look(now);
    }
}

/// Processes one event, and says when it was.
fn step(now: &mut Simulation, watch: &mut Watch) -> Option<Time> {
    let at = now.next_event().filter(|at| *at <= END)?;
    run(now, at, 1, watch);
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A queue that is filled ten thousand times as fast as it is read.
    const BACKLOG: &str = r#"{
        "version": 1, "name": "n", "title": "t", "watch": "w", "why": "y",
        "broker": {"name": "queue", "system": "plain-queue", "set": {"capacity": 100000}},
        "producers": [{"name": "producer", "set": {"rate": 10000}}],
        "consumers": [{"name": "consumer", "set": {"workers": 1, "rate": 1}}]
    }"#;

    #[test]
    fn clones_of_a_large_backlog_stay_few() {
        let scenario = Scenario::from_json(BACKLOG).expect("it is valid");
        let mut timeline = Timeline::new(scenario, 1);
        let to = Time::from_nanos(300_000_000_000);
        timeline.seek(to, u64::MAX);
        assert_eq!(weight(timeline.simulation()) / 10_000, 10);
        let weights: Vec<u64> = timeline.clones.iter().map(|kept| kept.weight).collect();
        assert!(weights.iter().sum::<u64>() <= WEIGHT && 8 < weights.len(), "{weights:?}");
        let digest = timeline.simulation().digest();
        timeline.seek(Time::from_nanos(170_000_000_000), u64::MAX);
        timeline.seek(to, u64::MAX);
        assert_eq!(timeline.simulation().digest(), digest);
    }
}
