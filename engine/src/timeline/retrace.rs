//! The past once more: a run beside the timeline over what has been, for facts that are no longer in memory.
//!
//! It starts from a state that the timeline has kept, does the same commands after the same events, and ends at what was
//! the present when it was asked for. One seed, one history: it meets the same facts, under the same numbers.

use crate::journal::{Fact, Window};
use crate::simulation::{END, Progress, Simulation};
use crate::time::Time;

use super::{Stamped, Timeline, Watch, run};

/// So many events are run before the facts are handed on.
const STRETCH: u64 = 256;

/// Room for the facts of a stretch. More than this come only where one event moves thousands of messages one by one.
const ROOM: usize = 8192;

/// A run over the past.
#[derive(Clone, Debug)]
pub struct Retrace {
    now: Simulation,
    /// The commands up to its end.
    log: Vec<Stamped>,
    applied: usize,
    /// Where it began and where it ends, in events.
    from: u64,
    to: u64,
    watch: Watch,
    room: usize,
}

impl Timeline {
    /// A run over the past up to the present, from the latest state kept that `fits`; from the start, if none does.
    pub fn retrace(&self, fits: impl Fn(&Simulation) -> bool) -> Retrace {
        let latest = self.clones.iter().rposition(|kept| fits(&kept.simulation)).unwrap_or(0);
        let kept = &self.clones[latest].simulation;
        Retrace {
            applied: applied(&self.log, kept),
            now: kept.clone(),
            log: self.log[..self.applied].to_vec(),
            from: kept.events(),
            to: self.now.events(),
            watch: Watch::over(Window::starting(ROOM, kept.journal().count())),
            room: ROOM,
        }
    }

    /// As [`Timeline::retrace`], from the start and with the facts with which a run begins, which `heard` gets first.
    pub fn retrace_all(&self, heard: &mut dyn FnMut(u64, &Fact)) -> Retrace {
        let mut watch = Watch::over(Window::new(ROOM));
        let now = Simulation::observed(&self.scenario, self.seed, &mut watch);
        (0..).zip(watch.window.facts()).for_each(|(number, fact)| heard(number, fact));
        Retrace { now, watch, ..self.retrace(|clone| clone.events() == 0) }
    }
}

impl Retrace {
    /// The number of the fact that comes next: how many of the run there were before.
    pub fn count(&self) -> u64 {
        self.now.journal().count()
    }

    /// Which part of its way it has gone: 0 to 1.
    pub fn share(&self) -> f64 {
        let (gone, all) = (self.now.events() - self.from, self.to.saturating_sub(self.from));
        if all == 0 { 1.0 } else { (gone as f64 / all as f64).min(1.0) }
    }

    /// Goes on for about `budget` events; `heard` gets every fact with its number, the first of the run being 0.
    pub fn run(&mut self, budget: u64, heard: &mut dyn FnMut(u64, &Fact)) -> Progress {
        let (before, applied, mut left) = (self.now.clone(), self.applied, budget);
        let mut told = self.count();
        loop {
            let events = self.now.events();
            let progress = self.stretch(left.min(STRETCH));
            if told < self.watch.window.oldest() {
                // One event told more than there was room for: once more, with more room.
                (self.now, self.applied, self.room, left) = (before.clone(), applied, self.room * 2, budget);
                self.watch = Watch::over(Window::starting(self.room, self.count()));
                continue;
            }
            // After another go the first of them are told already.
            let from = told.min(self.count());
            (from..).zip(self.watch.window.since(from)).for_each(|(number, fact)| heard(number, fact));
            told = told.max(self.count());
            left = left.saturating_sub(self.now.events() - events);
            match progress {
                Some(progress) => return progress,
                None if left == 0 => return Progress::OutOfBudget,
                None => {}
            }
        }
    }

    /// At most so many events or one command; says so when nothing is left to do.
    fn stretch(&mut self, most: u64) -> Option<Progress> {
        let due = self.log.get(self.applied).map(|due| (due.events, Time::from_nanos(due.nanos)));
        let (limit, until) = due.unwrap_or((u64::MAX, END));
        let limit = limit.min(self.to);
        let events = self.now.events();
        let progress = run(&mut self.now, until, most.min(limit.saturating_sub(events)), &mut self.watch);
        let idle = progress == Progress::Reached;
        if due.is_some() && (limit <= self.now.events() || idle) {
            // What is in the log was permitted when it was done.
            let _ = self.now.apply(&self.log[self.applied].act, &mut self.watch);
            self.applied += 1;
            return None;
        }
        (due.is_none() && (self.to <= self.now.events() || idle)).then_some(Progress::Reached)
    }
}

/// How many commands of a log a clone has seen: it is kept before an event is processed, so every command stamped up
/// to there is in it.
pub(super) fn applied(log: &[Stamped], clone: &Simulation) -> usize {
    let (events, nanos) = (clone.events(), clone.now().as_nanos());
    log.partition_point(|stamped| {
        stamped.events < events || (events != 0 && stamped.events == events && stamped.nanos <= nanos)
    })
}
