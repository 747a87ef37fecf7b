//! What the facts amount to: counters, rates, averages, percentiles.
//!
//! Counts are since the start; rates, percentiles and utilization cover the last minute of
//! virtual time, or the time so far. Everything is brought up to date by facts alone, so
//! reading at any time changes nothing.

pub mod average;
pub mod histogram;
pub mod rate;
pub mod series;

use std::collections::VecDeque;
use std::time::Duration;

use crate::id::{MessageId, WorkerId};
use crate::journal::{Fact, Observer, Place, What};
use crate::mechanism::ring::Ring;
use crate::time::Time;

use average::TimeWeighted;
use histogram::Windowed;
use rate::Rate;
use series::Series;

/// How many of the latest deliveries are remembered.
pub const RECENT: usize = 20;

/// How long what has ended is remembered, so that its going can be drawn.
pub const DEPARTURE: Duration = Duration::from_secs(1);

/// Rings hold a power of two: 32 deliveries, of which 20 are shown, and 512 departures. At high
/// rates the oldest departures of the last second go early.
const RECENT_BITS: u32 = 5;
const DEPARTURE_BITS: u32 = 9;

/// How a delivery ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Result {
    /// The work is done.
    Done,
    /// It failed and goes back.
    Failed,
    /// It failed for the last permitted time.
    Dead,
    /// The worker crashed.
    Crashed,
}

/// A delivery that has ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Processed {
    /// When it ended.
    pub at: Time,
    /// The message.
    pub message: MessageId,
    /// Which delivery of it this was, from 1.
    pub attempt: u16,
    /// Nanoseconds in the store before it.
    pub waited: u64,
    /// Nanoseconds with the worker.
    pub service: u64,
    /// How it ended.
    pub result: Result,
}

/// How a message left for good.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Exit {
    /// Worked on with success, by this worker.
    Done(WorkerId),
    /// Given up after the last attempt, by this worker.
    Dead(WorkerId),
    /// Turned away at the store.
    Refused,
    /// Pushed out of the store.
    Dropped,
}

/// A message that has left.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Departure {
    /// When.
    pub at: Time,
    /// The message.
    pub message: MessageId,
    /// How.
    pub exit: Exit,
}

/// All that is measured.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub struct Metrics {
    produced: Rate,
    consumed: Rate,
    depth: TimeWeighted,
    busy: TimeWeighted,
    staff: TimeWeighted,
    utilization: Utilization,
    wait: Windowed,
    recent: Ring<Processed, RECENT_BITS>,
    departures: Ring<Departure, DEPARTURE_BITS>,
    series: Series,
    waited_sum: u128,
    deliveries: u64,
}

impl Metrics {
    /// Attempts to send, refused ones included.
    pub fn produced(&self) -> &Rate {
        &self.produced
    }

    /// Messages worked on with success.
    pub fn consumed(&self) -> &Rate {
        &self.consumed
    }

    /// Messages waiting in the store.
    pub fn depth(&self) -> &TimeWeighted {
        &self.depth
    }

    /// Workers with a message.
    pub fn busy(&self) -> &TimeWeighted {
        &self.busy
    }

    /// Wait in the store, from entering or re-entering it to being taken.
    pub fn wait(&self) -> &Windowed {
        &self.wait
    }

    /// The mean wait over all deliveries since the start, in seconds.
    pub fn wait_mean(&self) -> f64 {
        if self.deliveries == 0 { 0.0 } else { self.waited_sum as f64 / self.deliveries as f64 / 1e9 }
    }

    /// All waits since the start added up, in nanoseconds, and how many they were.
    pub fn wait_sum(&self) -> (u128, u64) {
        (self.waited_sum, self.deliveries)
    }

    /// The share of their time that workers were busy during the last minute: 0 to 1, or
    /// nothing if there was no worker.
    pub fn utilization(&self, now: Time) -> Option<f64> {
        self.utilization.share(now, &self.busy, &self.staff)
    }

    /// The latest deliveries that have ended, newest first.
    pub fn recent(&self) -> impl Iterator<Item = &Processed> {
        self.recent.newest_first().take(RECENT)
    }

    /// What left within the last second, newest first.
    pub fn departures(&self, now: Time) -> impl Iterator<Item = &Departure> {
        let since = now.before(DEPARTURE);
        self.departures.newest_first().take_while(move |departure| since <= departure.at)
    }

    /// The run so far, for charts.
    pub fn series(&self) -> &Series {
        &self.series
    }

    #[inline]
    fn depth_by(&mut self, at: Time, change: i64) {
        let depth = self.depth.level().wrapping_add_signed(change);
        self.depth.change(at, depth);
        self.series.depth(at, depth);
    }

    #[inline]
    fn busy_by(&mut self, at: Time, change: i64) {
        self.utilization.note(at, &self.busy, &self.staff);
        self.busy.change(at, self.busy.level().wrapping_add_signed(change));
    }

    #[inline]
    fn delivered(&mut self, at: Time, waited: u64, begins: bool) {
        self.depth_by(at, -1);
        if begins {
            self.busy_by(at, 1);
        }
        self.wait.record(at, waited);
        self.waited_sum += u128::from(waited);
        self.deliveries += 1;
        self.series.waited(at, waited);
    }
}

impl Metrics {
    fn moved(&mut self, at: Time, message: MessageId, from: Place, to: Place, count: u32) {
        if from == Place::Waiting {
            self.depth_by(at, -i64::from(count));
        }
        match to {
            Place::Waiting => self.depth_by(at, i64::from(count)),
            Place::Refused => {
                self.series.lost(at);
                self.departures.push(Departure { at, message, exit: Exit::Refused });
            }
            Place::Dropped | Place::Expired | Place::Lost => {
                self.series.lost(at);
                self.departures.push(Departure { at, message, exit: Exit::Dropped });
            }
            Place::Arriving | Place::Held | Place::Delayed | Place::Done | Place::Dead | Place::Removed => {}
        }
    }
}

impl Observer for Metrics {
    #[inline(always)]
    fn observe(&mut self, fact: &Fact) {
        let at = fact.at;
        match fact.what {
            What::Published { .. } => {
                self.produced.record(at);
                self.series.produced(at);
            }
            What::Enqueued { .. } | What::Requeued { .. } => self.depth_by(at, 1),
            What::Delivered { waited, begins, .. } => self.delivered(at, waited, begins),
            What::Taken { .. } => self.busy_by(at, 1),
            What::Acked { message, worker, attempt, waited, service, .. } => {
                self.consumed.record(at);
                self.series.consumed(at);
                self.busy_by(at, -1);
                self.recent.push(Processed { at, message, attempt, waited, service, result: Result::Done });
                self.departures.push(Departure { at, message, exit: Exit::Done(worker) });
            }
            What::Failed { message, attempt, waited, service, .. } => {
                self.busy_by(at, -1);
                self.recent.push(Processed { at, message, attempt, waited, service, result: Result::Failed });
            }
            What::Crashed { message, attempt, waited, service, .. } => {
                self.busy_by(at, -1);
                self.recent.push(Processed {
                    at,
                    message,
                    attempt,
                    waited,
                    service,
                    result: Result::Crashed,
                });
            }
            What::Dead { message, worker, .. } => {
                if let Some(last) = self.recent.newest_mut().filter(|last| last.message == message) {
                    last.result = Result::Dead;
                }
                self.departures.push(Departure { at, message, exit: Exit::Dead(worker) });
            }
            What::Refused { message, .. } => {
                self.series.lost(at);
                self.departures.push(Departure { at, message, exit: Exit::Refused });
            }
            What::Dropped { message, .. } => {
                self.series.lost(at);
                self.depth_by(at, -1);
                self.departures.push(Departure { at, message, exit: Exit::Dropped });
            }
            What::Staffed { workers } => {
                self.utilization.note(at, &self.busy, &self.staff);
                self.staff.change(at, workers.into());
            }
            What::Moved { message, from, to, count, .. } => self.moved(at, message, from, to, count),
            What::Resent { .. }
            | What::Replied { .. }
            | What::Unanswered { .. }
            | What::Forgone { .. }
            | What::Routed { .. }
            | What::Republished { .. }
            | What::Blocked { .. }
            | What::Unblocked { .. }
            | What::Started { .. }
            | What::Stopped { .. } => {}
        }
    }
}

/// Busy time over staffed time during the last minute: both integrals are remembered at the
/// start of each of the last 60 seconds in which something changed.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Utilization {
    second: u64,
    /// Where the next second begins, in nanoseconds.
    next: u64,
    marks: VecDeque<Mark>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Mark {
    second: u64,
    busy: u128,
    staff: u128,
}

const SECOND: u64 = 1_000_000_000;

impl Utilization {
    /// To be called before either level changes at `at`.
    #[inline]
    fn note(&mut self, at: Time, busy: &TimeWeighted, staff: &TimeWeighted) {
        // A comparison, not a division, which WebAssembly does by the slow instruction.
        if self.next <= at.as_nanos() {
            self.mark(at.as_nanos() / SECOND, busy, staff);
        }
    }

    #[cold]
    fn mark(&mut self, second: u64, busy: &TimeWeighted, staff: &TimeWeighted) {
        // Levels stood still since the last change, so the integral at any second between
        // lies on a line: the two ends of that line are enough.
        let mut put = |second: u64| {
            let at = Time::from_secs(second);
            self.marks.push_back(Mark { second, busy: busy.integral(at), staff: staff.integral(at) });
        };
        if self.second + 1 < second {
            put(self.second + 1);
        }
        put(second);
        self.second = second;
        self.next = (second + 1).saturating_mul(SECOND);
        // One mark older than the window has to stay: the line into the window starts there.
        while 1 < self.marks.len() && self.marks[1].second + 60 < second {
            self.marks.pop_front();
        }
    }

    fn share(&self, now: Time, busy: &TimeWeighted, staff: &TimeWeighted) -> Option<f64> {
        let then = now.before(Duration::from_secs(60));
        let busy = busy.integral(now) as f64 - self.at(then, busy, |mark| mark.busy);
        let staff = staff.integral(now) as f64 - self.at(then, staff, |mark| mark.staff);
        // A worker that finishes after it was stopped is busy without being staffed.
        (0.0 < staff).then(|| (busy / staff).clamp(0.0, 1.0))
    }

    /// The integral of `level` at `at`: exact if it has not changed since, otherwise on the line between what
    /// is known of it before and after.
    fn at(&self, at: Time, level: &TimeWeighted, of: impl Fn(&Mark) -> u128) -> f64 {
        if level.since() <= at {
            return level.integral(at) as f64;
        }
        let point = |mark: &Mark| (mark.second as f64, of(mark) as f64);
        let seconds = at.as_secs_f64();
        let later = self.marks.iter().position(|mark| seconds < mark.second as f64);
        let earlier = later.unwrap_or(self.marks.len()).checked_sub(1);
        let from = earlier.map_or((0.0, 0.0), |earlier| point(&self.marks[earlier]));
        let last = || (level.since().as_secs_f64(), level.integral(level.since()) as f64);
        let to = later.map_or_else(last, |later| point(&self.marks[later]));
        from.1 + (to.1 - from.1) * (seconds - from.0) / (to.0 - from.0)
    }
}
