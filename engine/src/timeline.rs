//! A simulation with its past: it can be taken back, acted upon there, and so branched.
//!
//! Nothing is ever undone. What is kept is the scenario, the seed, the log of commands, and
//! clones of the simulation that grow sparser the older they are. Going back takes the nearest
//! clone and runs it forward. Acting in the past puts the commands that came after it aside as
//! another branch, which can be gone back to.

mod life;
mod retrace;

use crate::command::{Command, Problem};
use crate::journal::Window;
use crate::json::{self, Node, Tree, object};
use crate::scenario::{Problems, Scenario};
use crate::simulation::{END, Progress, Simulation};
use crate::time::Time;

pub use life::Life;
pub use retrace::Retrace;

/// So many events lie between two clones at first: a few milliseconds of running.
const SPACING: u64 = 1 << 15;

/// When there are more clones than this, every other one of the older half goes.
const CLONES: usize = 96;

/// How many of the latest facts are kept.
pub const WINDOW: usize = 4096;

/// A command as it was given: after so many events, at this time.
///
/// Many events can share a time, so the number of events decides; the time is for reading, and
/// for commands given while nothing happened.
#[derive(Clone, PartialEq, Debug)]
pub struct Stamped {
    /// How many events were processed before it.
    pub events: u64,
    /// The time, in nanoseconds.
    pub nanos: u64,
    /// The command.
    pub act: Command,
}

/// All it takes to have the same history again: what a link or a bug report holds.
#[derive(Clone, PartialEq, Debug)]
pub struct Recording {
    /// The version of the engine that it was made with.
    pub engine: String,
    /// The experiment.
    pub scenario: Scenario,
    /// The seed.
    pub seed: u64,
    /// What the visitor did.
    pub commands: Vec<Stamped>,
    /// How far it went, in nanoseconds.
    pub until: u64,
}

impl Recording {
    /// Reads a recording; its scenario is validated, its commands are not until it is replayed.
    ///
    /// # Errors
    /// What is wrong with it, and what is permitted.
    pub fn from_json(text: &str) -> Result<Recording, Problems> {
        let tree = json::parse(text).map_err(|problem| Problems(vec![problem]))?;
        Recording::from_tree(&tree)
    }

    /// The recording as JSON, which [`Recording::from_json`] reads.
    pub fn to_json(&self) -> String {
        self.to_tree().to_string()
    }

    fn from_tree(tree: &Tree) -> Result<Recording, Problems> {
        let single = |problem| Problems(vec![problem]);
        let node = Node::root(tree);
        node.only(&["engine", "scenario", "seed", "commands", "until"]).map_err(single)?;
        let scenario = Scenario::from_tree(node.field("scenario").map_err(single)?.tree())?;
        let mut recording =
            Recording { engine: String::new(), scenario, seed: 0, commands: Vec::new(), until: 0 };
        recording.fill(&node).map_err(single)?;
        Ok(recording)
    }

    /// Reads all but the scenario, one field after the other into its place.
    fn fill(&mut self, node: &Node) -> Result<(), Problem> {
        self.engine = node.field("engine")?.text()?.into();
        self.seed = node.field("seed")?.whole(u64::MAX)?;
        self.commands = node.field("commands")?.each(Stamped::read)?;
        self.until = node.field("until")?.whole(END.as_nanos())?;
        Ok(())
    }

    fn to_tree(&self) -> Tree {
        object([
            ("engine", self.engine.as_str().into()),
            ("scenario", self.scenario.to_tree()),
            ("seed", self.seed.into()),
            ("commands", Tree::List(self.commands.iter().map(Stamped::to_tree).collect())),
            ("until", self.until.into()),
        ])
    }
}

impl Stamped {
    fn read(node: &Node) -> Result<Stamped, Problem> {
        node.only(&["events", "nanos", "act"])?;
        Ok(Stamped {
            events: node.field("events")?.whole(u64::MAX)?,
            nanos: node.field("nanos")?.whole(END.as_nanos())?,
            act: Command::read(&node.field("act")?)?,
        })
    }

    fn to_tree(&self) -> Tree {
        object([("events", self.events.into()), ("nanos", self.nanos.into()), ("act", self.act.to_tree())])
    }
}

/// The version of this engine.
pub const ENGINE: &str = env!("CARGO_PKG_VERSION");

/// A future that was put aside when someone acted before it.
#[derive(Clone, PartialEq, Debug)]
pub struct Branch {
    /// Its whole log.
    pub log: Vec<Stamped>,
    /// How far it went.
    pub end: Time,
}

/// The simulation, its past, and its other branches.
#[derive(Clone, Debug)]
pub struct Timeline {
    scenario: Scenario,
    seed: u64,
    now: Simulation,
    /// In order of events, the start first. All of them lie on this branch.
    clones: Vec<Simulation>,
    spacing: u64,
    log: Vec<Stamped>,
    /// How many of the log's commands have been applied to `now`.
    applied: usize,
    /// The furthest that this branch has been.
    end: Time,
    branches: Vec<Branch>,
    /// How often it went over to another branch: who follows a history has to begin anew then.
    turns: u64,
    window: Window,
}

impl Timeline {
    /// The experiment at its start.
    pub fn new(scenario: Scenario, seed: u64) -> Timeline {
        let mut window = Window::new(WINDOW);
        let now: Simulation = Simulation::observed(&scenario, seed, &mut window);
        Timeline {
            clones: vec![now.clone()],
            now,
            scenario,
            seed,
            spacing: SPACING,
            log: Vec::new(),
            applied: 0,
            end: Time::ZERO,
            branches: Vec::new(),
            turns: 0,
            window,
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
        let check: Simulation =
            Simulation::observed(&recording.scenario, recording.seed, &mut Window::new(1));
        for stamped in &recording.commands {
            check.check(&stamped.act)?;
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
        &self.window
    }

    /// What was done on this branch, in order.
    pub fn log(&self) -> &[Stamped] {
        &self.log
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
        let due = self.due(Time::MAX).filter(|stamped| stamped.events == self.now.events());
        if let Some(at) = due.map(|stamped| Time::from_nanos(stamped.nanos)) {
            // It can have been given when nothing happened: the clock goes there first.
            run(&mut self.now, at, 0, &mut self.window);
            self.apply_due();
            self.end = self.end.max(self.now.now());
            return Some(self.now.now());
        }
        self.keep_clone();
        let at = self.now.step(&mut self.window)?;
        self.end = self.end.max(at);
        Some(at)
    }

    /// Does what a command says, now. If the log goes on after now, that future becomes another branch.
    ///
    /// # Errors
    /// A command that names what does not exist, or a value out of range, changes nothing.
    pub fn act(&mut self, command: Command) -> Result<(), Problem> {
        let stamped = Stamped { events: self.now.events(), nanos: self.now.now().as_nanos(), act: command };
        self.now.apply(&stamped.act, &mut self.window)?;
        if self.applied < self.log.len() {
            let mut log = self.log.clone();
            std::mem::swap(&mut log, &mut self.log);
            self.log.truncate(self.applied);
            self.branches.push(Branch { log, end: self.end });
        }
        let events = stamped.events;
        // One of this very instant has not seen the command, and could not be told from one that has.
        let present = (events, self.now.now());
        self.clones.retain(|clone| clone.events() == 0 || (clone.events(), clone.now()) < present);
        self.log.push(stamped);
        self.applied = self.log.len();
        self.end = self.now.now();
        Ok(())
    }

    /// Goes to another branch, at the present time or at the branch's end if that is earlier;
    /// this branch takes its place in the list. Nothing happens if there is no such branch.
    pub fn switch(&mut self, branch: usize, budget: u64) -> Progress {
        let Some(other) = self.branches.get_mut(branch) else { return Progress::Reached };
        let to = self.now.now().min(other.end);
        self.turns += 1;
        let common = self.log.iter().zip(&other.log).take_while(|(ours, theirs)| ours == theirs).count();
        std::mem::swap(&mut self.log, &mut other.log);
        std::mem::swap(&mut self.end, &mut other.end);
        // Clones from before the first difference lie on both branches.
        let differs = [self.log.get(common), self.branches[branch].log.get(common)];
        let first = differs.into_iter().flatten().map(|stamped| stamped.events).min().unwrap_or(u64::MAX);
        self.clones.retain(|clone| clone.events() < first || clone.events() == 0);
        self.restore(|clone| clone.now() <= to);
        self.seek(to, budget)
    }

    /// Puts the latest clone that `fits` in place of the present; the first always does.
    fn restore(&mut self, fits: impl Fn(&Simulation) -> bool) {
        let latest = self.clones.iter().rposition(fits).unwrap_or(0);
        self.now = self.clones[latest].clone();
        self.window.rewind(self.now.journal().count());
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
        let progress = run(&mut self.now, until, stretch.min(budget), &mut self.window);
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
        let applied = self.now.apply(&stamped.act, &mut self.window);
        debug_assert_eq!(applied, Ok(()), "the log holds only what was permitted");
        self.applied += 1;
    }

    fn keep_clone(&mut self) {
        let last = self.clones.last().map_or(0, Simulation::events);
        if self.now.events() < last + self.spacing {
            return;
        }
        self.clones.push(self.now.clone());
        if self.clones.len() <= CLONES {
            return;
        }
        // The start stays; of the older half every other one goes.
        let mut index = 0;
        self.clones.retain(|_| {
            index += 1;
            index == 1 || CLONES / 2 < index || index % 2 == 1
        });
        // As the run gets long, so do the strides: the list never thins faster than it grows.
        self.spacing = self.spacing.max(self.now.events() / (8 * CLONES as u64));
    }
}

/// As [`Simulation::run_until`], which is long and is compiled into each place where it is called: here once.
#[inline(never)]
fn run(now: &mut Simulation, to: Time, budget: u64, window: &mut Window) -> Progress {
    now.run_until(to, budget, window)
}
