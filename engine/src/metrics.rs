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
use rate::{Rate, SLOT};
use series::{Bucket, Series};

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
    /// The greatest depth that lasted, up to the slot that is open.
    depth_max: u64,
    busy: TimeWeighted,
    staff: TimeWeighted,
    utilization: Utilization,
    wait: Windowed,
    recent: Ring<Processed, RECENT_BITS>,
    departures: Ring<Departure, DEPARTURE_BITS>,
    series: Series,
    waited_sum: u128,
    slot: Slot,
}

/// What is kept of the slot of time that is open, and is not told by totals.
///
/// Rates, percentiles, utilization and charts all go by slots of 100 ms or by multiples of them. So a fact is
/// held against one boundary, and counted in as few places as can be; what else there is to do is done when the
/// first fact of another slot comes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Slot {
    /// Where it ends, in nanoseconds.
    ends: u64,
    /// Messages refused or dropped.
    lost: u32,
    /// The least that waited, and the most; of depths that lasted.
    depth_min: u64,
    depth_max: u64,
    /// The longest wait of a delivery, in nanoseconds.
    wait_max: u64,
    /// What these totals were when it was opened.
    deliveries: u64,
    waited_sum: u128,
}

impl Default for Slot {
    /// The first.
    fn default() -> Slot {
        Slot { ends: SLOT, lost: 0, depth_min: 0, depth_max: 0, wait_max: 0, deliveries: 0, waited_sum: 0 }
    }
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

    /// The most that there are now or that waited for any time: what comes and goes at one instant, a message
    /// handed straight to an idle worker say, was never waiting.
    pub fn depth_max(&self) -> u64 {
        self.depth_max.max(self.slot.depth_max).max(self.depth.level())
    }

    /// Workers with a message.
    pub fn busy(&self) -> &TimeWeighted {
        &self.busy
    }

    /// Workers that are wanted.
    pub fn staff(&self) -> &TimeWeighted {
        &self.staff
    }

    /// Wait in the store, from entering or re-entering it to being taken.
    pub fn wait(&self) -> &Windowed {
        &self.wait
    }

    /// The mean wait over all deliveries since the start, in seconds.
    pub fn wait_mean(&self) -> f64 {
        let (sum, deliveries) = self.wait_sum();
        if deliveries == 0 { 0.0 } else { sum as f64 / deliveries as f64 / 1e9 }
    }

    /// All waits since the start added up, in nanoseconds, and how many they were.
    pub fn wait_sum(&self) -> (u128, u64) {
        (self.waited_sum, self.wait.total())
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

    /// The run up to `now`, for charts.
    pub fn series(&self, now: Time) -> Series {
        let mut series = self.series.clone();
        series.add(self.open_slot());
        // A silence since the last fact may make buckets wider.
        series.reach(now);
        series
    }

    /// The slot that is open, as the charts want it.
    fn open_slot(&self) -> Bucket {
        let whole = |depth| u32::try_from(depth).unwrap_or(u32::MAX);
        let (slot, depth) = (&self.slot, self.depth.level());
        Bucket {
            produced: self.produced.current(),
            consumed: self.consumed.current(),
            lost: slot.lost,
            depth_min: whole(slot.depth_min.min(depth)),
            depth_max: whole(slot.depth_max.max(depth)),
            depth_last: whole(depth),
            delivered: u32::try_from(self.wait.total() - slot.deliveries).unwrap_or(u32::MAX),
            wait_sum: u64::try_from(self.waited_sum - slot.waited_sum).unwrap_or(u64::MAX),
            wait_max: slot.wait_max,
        }
    }

    /// Opens the slot that `at` is in, for good what was open before.
    #[cold]
    #[inline(never)]
    fn turn(&mut self, at: Time) {
        if self.slot.ends == u64::MAX {
            // The last slot of all, which the end of time cuts short.
            return;
        }
        self.series.add(self.open_slot());
        self.series.reach(at);
        self.produced.reach(at);
        self.consumed.reach(at);
        self.wait.reach(at);
        self.utilization.reach(at, &self.busy, &self.staff);
        self.depth.settle(at);
        self.busy.settle(at);
        self.depth_max = self.depth_max();
        let depth = self.depth.level();
        self.slot = Slot {
            ends: (at.as_nanos() / SLOT + 1).saturating_mul(SLOT),
            lost: 0,
            depth_min: depth,
            depth_max: depth,
            wait_max: 0,
            deliveries: self.wait.total(),
            waited_sum: self.waited_sum,
        };
    }

    /// The depth changes at `at`: the one so far has lasted until there.
    #[inline(always)]
    fn depth_changes(&mut self, at: Time) {
        if self.depth.since() < at {
            let depth = self.depth.level();
            if depth < self.slot.depth_min {
                self.slot.depth_min = depth;
            }
            if self.slot.depth_max < depth {
                self.slot.depth_max = depth;
            }
        }
    }

    #[inline(always)]
    fn depth_rises(&mut self, at: Time, by: u32) {
        self.depth_changes(at);
        self.depth.rise(at, by);
    }

    #[inline(always)]
    fn depth_falls(&mut self, at: Time, by: u32) {
        self.depth_changes(at);
        self.depth.fall(at, by);
    }

    #[inline(always)]
    fn delivered(&mut self, at: Time, waited: u64, begins: bool) {
        if begins {
            self.busy.rise(at, 1);
        }
        self.depth_falls(at, 1);
        self.waited_sum += u128::from(waited);
        // A second is whole slots: what is not the longest of its slot is not that of its second.
        if self.slot.wait_max < waited {
            self.slot.wait_max = waited;
            self.wait.stretch(waited);
        }
        self.wait.note(waited);
    }

    fn loses(&mut self, at: Time, message: MessageId, exit: Exit) {
        self.slot.lost = self.slot.lost.saturating_add(1);
        self.departures.push(Departure { at, message, exit });
    }

    #[inline(always)]
    fn moved(&mut self, at: Time, message: MessageId, from: Place, to: Place, count: u32) {
        if from == Place::Waiting {
            self.depth_falls(at, count);
        }
        match to {
            Place::Waiting => self.depth_rises(at, count),
            Place::Refused => self.loses(at, message, Exit::Refused),
            Place::Dropped | Place::Expired | Place::Lost => self.loses(at, message, Exit::Dropped),
            Place::Arriving | Place::Held | Place::Delayed | Place::Done | Place::Dead | Place::Removed => {}
        }
    }
}

impl Metrics {
    /// Sees to it that the slot is open that `at` is in.
    #[inline(always)]
    fn reach(&mut self, at: Time) {
        if self.slot.ends <= at.as_nanos() {
            self.turn(at);
        }
    }

    /// Counts a fact in the slot that is open.
    #[inline(always)]
    fn count(&mut self, fact: &Fact) {
        let at = fact.at;
        match fact.what {
            What::Published { .. } => self.produced.count(),
            What::Enqueued { .. } | What::Requeued { .. } => self.depth_rises(at, 1),
            What::Delivered { waited, begins, .. } => self.delivered(at, waited, begins),
            What::Taken { .. } => self.busy.rise(at, 1),
            What::Acked { message, worker, attempt, waited, service, .. } => {
                self.recent.push(Processed { at, message, attempt, waited, service, result: Result::Done });
                self.departures.push(Departure { at, message, exit: Exit::Done(worker) });
                self.consumed.count();
                self.busy.fall(at, 1);
            }
            What::Failed { message, attempt, waited, service, .. } => {
                self.busy.fall(at, 1);
                self.recent.push(Processed { at, message, attempt, waited, service, result: Result::Failed });
            }
            What::Crashed { message, attempt, waited, service, .. } => {
                self.busy.fall(at, 1);
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
            What::Refused { message, .. } => self.loses(at, message, Exit::Refused),
            What::Dropped { message, .. } => {
                self.depth_falls(at, 1);
                self.loses(at, message, Exit::Dropped);
            }
            What::Staffed { workers } => self.staff.change(at, workers.into()),
            What::Moved { message, from, to, count, .. } => self.moved(at, message, from, to, count),
            What::Resent { .. }
            | What::Replied { .. }
            | What::Postponed { .. }
            | What::Unanswered { .. }
            | What::Forgone { .. }
            | What::Rebalancing { .. }
            | What::Rebalanced { .. }
            | What::Assigned { .. }
            | What::Revoked { .. }
            | What::Routed { .. }
            | What::Republished { .. }
            | What::Blocked { .. }
            | What::Unblocked { .. }
            | What::Started { .. }
            | What::Stopped { .. } => {}
        }
    }
}

impl Observer for Metrics {
    #[inline(always)]
    fn observe(&mut self, fact: &Fact) {
        self.reach(fact.at);
        self.count(fact);
    }

    #[inline(always)]
    fn observe_both(&mut self, first: &Fact, second: &Fact) {
        self.reach(first.at);
        self.count(first);
        self.count(second);
    }
}

/// Busy time over staffed time during the last minute: both integrals are remembered at the
/// start of each of the last 60 seconds in which something changed.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Utilization {
    second: u64,
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
    /// To be called before the first change of either level in the second that `at` is in.
    fn reach(&mut self, at: Time, busy: &TimeWeighted, staff: &TimeWeighted) {
        let second = at.as_nanos() / SECOND;
        if self.second < second {
            self.mark(second, busy, staff);
        }
    }

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::id::{ProducerId, StoreId};
    use crate::message::Message;

    const MESSAGE: MessageId = MessageId(1);

    fn observe(metrics: &mut Metrics, nanos: u64, what: What) {
        metrics.observe(&Fact { at: Time::from_nanos(nanos), what });
    }

    fn published(nanos: u64) -> What {
        let (producer, sent) = (ProducerId(0), Time::from_nanos(nanos));
        What::Published { message: Message { id: MESSAGE, producer, sent, key: 0, size: 0 } }
    }

    fn enqueued() -> What {
        What::Enqueued { message: MESSAGE, store: StoreId(0) }
    }

    fn delivered(waited: u64) -> What {
        let (store, worker) = (StoreId(0), WorkerId(0));
        What::Delivered { message: MESSAGE, store, worker, attempt: 1, waited, begins: true }
    }

    #[test]
    fn a_depth_counts_for_the_extremes_if_it_lasts() {
        let mut metrics = Metrics::default();
        observe(&mut metrics, 10, enqueued());
        observe(&mut metrics, 10, delivered(0));
        assert_eq!(metrics.depth_max(), 0, "it was there and gone at one instant");
        observe(&mut metrics, 20, enqueued());
        assert_eq!(metrics.depth_max(), 1);
        observe(&mut metrics, 30, delivered(10));
        assert_eq!(metrics.depth_max(), 1, "it lasted");
        let open = metrics.series(Time::from_nanos(30)).buckets()[0];
        assert_eq!((open.depth_min, open.depth_max, open.depth_last), (0, 1, 0));
        observe(&mut metrics, SLOT + 5, published(SLOT + 5));
        let buckets = metrics.series(Time::from_nanos(SLOT + 5)).buckets();
        assert_eq!((buckets.len(), buckets[0].depth_max, buckets[1].depth_max), (2, 1, 0));
    }

    #[test]
    fn a_silence_widens_what_is_shown_and_what_it_is_said_to_be_alike() {
        let mut metrics = Metrics::default();
        observe(&mut metrics, 0, enqueued());
        for slots in [1, 511, 512, 513, 1024, 5000] {
            let series = metrics.series(Time::from_nanos(slots * SLOT));
            assert_eq!(
                series.buckets().len() as u64,
                slots * SLOT / series.width() + 1,
                "after {slots} slots"
            );
        }
    }

    proptest! {
        /// Against lists of all that happened.
        #[test]
        fn what_the_charts_show_is_what_happened(
            steps in prop::collection::vec((0..3_u8, 0..400_000_000_u64, 0..1000_u64), 1..300)
        ) {
            let mut metrics = Metrics::default();
            let (mut now, mut depth) = (0, 0);
            // The times of sendings, the times and waits of deliveries, the depths from some time on.
            let (mut sent, mut waits, mut depths) = (vec![], vec![], vec![(0, 0_u32)]);
            for (step, gap, waited) in steps {
                now += gap;
                match step {
                    0 => {
                        observe(&mut metrics, now, published(now));
                        sent.push(now);
                    }
                    1 => {
                        observe(&mut metrics, now, enqueued());
                        depth += 1;
                    }
                    _ if depth == 0 => continue,
                    _ => {
                        observe(&mut metrics, now, delivered(waited));
                        waits.push((now, waited));
                        depth -= 1;
                    }
                }
                depths.push((now, depth));
            }
            let series = metrics.series(Time::from_nanos(now));
            let (width, buckets) = (series.width(), series.buckets());
            prop_assert_eq!(buckets.len() as u64, now / width + 1);
            for (bucket, from) in buckets.iter().zip((0..).step_by(width as usize)) {
                let inside = |at: u64| (from..from + width).contains(&at);
                let waits: Vec<u64> = waits.iter().filter(|(at, _)| inside(*at)).map(|(_, wait)| *wait).collect();
                prop_assert_eq!(bucket.produced as usize, sent.iter().filter(|at| inside(**at)).count());
                prop_assert_eq!(bucket.delivered as usize, waits.len());
                prop_assert_eq!(bucket.wait_sum, waits.iter().sum::<u64>());
                prop_assert_eq!(bucket.wait_max, waits.iter().max().copied().unwrap_or(0));
                // A depth counts from its time to that of the next, if that is later; the last one always does.
                let ends = depths.iter().skip(1).map(|(at, _)| *at).chain([u64::MAX]);
                let lasting = depths.iter().zip(ends).filter(|((start, _), end)| start < end);
                let within = lasting.filter(|((start, _), end)| *start < from + width && from <= *end);
                let within: Vec<u32> = within.map(|((_, depth), _)| *depth).collect();
                prop_assert_eq!(Some(bucket.depth_min), within.iter().min().copied());
                prop_assert_eq!(Some(bucket.depth_max), within.iter().max().copied());
                prop_assert_eq!(Some(bucket.depth_last), within.last().copied());
            }
            prop_assert_eq!(metrics.depth_max(), depths_that_last(&depths));
        }
    }

    fn depths_that_last(depths: &[(u64, u32)]) -> u64 {
        let ends = depths.iter().skip(1).map(|(at, _)| *at).chain([u64::MAX]);
        let lasting = depths.iter().zip(ends).filter(|((start, _), end)| start < end);
        lasting.map(|((_, depth), _)| u64::from(*depth)).max().unwrap_or(0)
    }
}
