//! How a run went, looked at from time to time: what no fact tells by itself.
//!
//! The charts of [`crate::metrics::series`] count what happens. This looks at the whole state, at fixed times of the
//! run and never more than [`LIMIT`] of them: when there are more, every other one goes and the looks come half as
//! often. The times follow from the run alone, so the same run has the same looks however it is gone through; and it is
//! looked at from outside, so that a simulation without a timeline pays nothing.

use std::sync::Arc;
use std::time::Duration;

use crate::journal::{Fact, Observer, What};
use crate::metrics::histogram::Windowed;
use crate::simulation::Simulation;
use crate::time::Time;
use crate::view::Scene;

/// There are at most so many looks.
pub const LIMIT: usize = 384;

/// At first they are so far apart, in nanoseconds.
const FIRST: u64 = 250_000_000;

/// Percentiles cover the second of the look and those before it, so many in all.
pub const WINDOW: u64 = 10;

/// What was seen at one look. Spans are in seconds; a figure that there is none of is no number (NaN).
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Point {
    /// Messages waiting.
    pub waiting: u32,
    /// Messages delivered and not yet acknowledged or returned.
    pub held: u32,
    /// How long the one that has waited longest has waited; 0 where none waits.
    pub oldest: f32,
    /// Records behind the ends of their logs, summed over the logs and their readers.
    pub lag: u32,
    /// Of the waits of the last [`WINDOW`] seconds: p50, p95, p99.
    pub wait: [f32; 3],
    /// Of the times from sending to the end of the work, of what was done in the last [`WINDOW`] seconds: p50, p95, p99.
    pub total: [f32; 3],
    /// Worker-seconds that were worked since the look before.
    pub busy: f32,
    /// Worker-seconds that there were.
    pub staff: f32,
    /// Effects so far: applied, twice, lost, out of order.
    pub effects: [u32; 4],
}

impl Point {
    /// The share of their time that workers were busy since the look before; none if there was no worker.
    pub fn utilization(&self) -> Option<f64> {
        (0.0 < self.staff).then(|| f64::from(self.busy / self.staff).clamp(0.0, 1.0))
    }

    /// This look, and no longer the one before it.
    fn after(self, before: Point) -> Point {
        Point { busy: before.busy + self.busy, staff: before.staff + self.staff, ..self }
    }
}

/// The looks so far. A clone costs little.
#[derive(Clone, PartialEq, Debug)]
pub struct Trend {
    points: Arc<Vec<Point>>,
    /// How far apart they are, in nanoseconds.
    step: u64,
    /// When the next one is due.
    due: Time,
    total: Windowed,
    /// Worker-nanoseconds at the latest look: worked, and in all.
    worked: u128,
    staffed: u128,
}

impl Trend {
    /// Of a run at its start.
    pub fn new() -> Trend {
        Trend { due: Time::from_nanos(FIRST), ..Trend::none() }
    }

    /// One that never looks.
    pub fn none() -> Trend {
        Trend {
            points: Arc::default(),
            step: FIRST,
            due: Time::MAX,
            total: Windowed::default(),
            worked: 0,
            staffed: 0,
        }
    }

    /// What was seen, oldest first; the first look is one step after the start.
    pub fn points(&self) -> &Arc<Vec<Point>> {
        &self.points
    }

    /// How far apart the looks are, in nanoseconds.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// When the next look is due.
    pub fn due(&self) -> Time {
        self.due
    }

    /// Looks at the simulation, in which all has happened that does until the look is due.
    pub fn look(&mut self, simulation: &Simulation) {
        let at = self.due;
        let (metrics, ledger) = (simulation.metrics(), simulation.ledger());
        let (worked, staffed) = (metrics.busy().integral(at), metrics.staff().integral(at));
        let scene = simulation.scene(1);
        let business = simulation.business();
        let effects =
            [business.applied(), business.twice(), business.lost(ledger), business.out_of_order()].map(whole);
        let since = |now: u128, then: u128| now.saturating_sub(then) as f32 / 1e9;
        let point = Point {
            waiting: whole(ledger.waiting),
            held: whole(ledger.held),
            oldest: oldest(&scene).map_or(0.0, |oldest| at.since(oldest).as_secs_f32()),
            lag: whole(lag(&scene).unwrap_or(0)),
            wait: percentiles(metrics.wait(), at),
            total: percentiles(&self.total, at),
            busy: since(worked, self.worked),
            staff: since(staffed, self.staffed),
            effects,
        };
        (self.worked, self.staffed) = (worked, staffed);
        Arc::make_mut(&mut self.points).push(point);
        if LIMIT <= self.points.len() {
            let points = Arc::make_mut(&mut self.points);
            *points = points.chunks_exact(2).map(|pair| pair[1].after(pair[0])).collect();
            self.step *= 2;
        }
        let next = (self.points.len() as u64 + 1).saturating_mul(self.step);
        self.due = Time::from_nanos(next);
    }
}

impl Default for Trend {
    fn default() -> Trend {
        Trend::none()
    }
}

impl Observer for Trend {
    #[inline(always)]
    fn observe(&mut self, fact: &Fact) {
        if let What::Acked { total, .. } = fact.what {
            self.total.record(fact.at, total);
        }
    }
}

fn whole(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn percentiles(of: &Windowed, at: Time) -> [f32; 3] {
    let lately = of.lately(at, WINDOW);
    [0.5, 0.95, 0.99].map(|share| lately.quantile(share).map_or(f32::NAN, |span| span.as_secs_f32()))
}

/// Since when the one that has waited longest in any store waits.
pub fn oldest(scene: &Scene) -> Option<Time> {
    let oldest = scene.stores.iter().filter(|store| 0 < store.depth).filter_map(|store| store.oldest);
    oldest.min()
}

/// How many records readers are behind the ends of their logs, over all of them: of what can be read, what is not
/// settled, whether it was handed out or not. A group that has never committed is behind by all since it began; for such
/// a one Kafka's own tool shows no figure. None where nothing is a log.
pub fn lag(scene: &Scene) -> Option<u64> {
    let logs = || scene.stores.iter().filter_map(|store| store.log.as_ref());
    logs().next()?;
    let behind =
        logs().flat_map(|log| log.readers.iter().map(|reader| log.readable.saturating_sub(reader.settled)));
    Some(behind.sum())
}

/// A span as a [`Duration`], where there is one.
pub fn span(seconds: f32) -> Option<Duration> {
    Duration::try_from_secs_f32(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use crate::timeline::Timeline;

    fn timeline(consumer: &str) -> Timeline {
        let text = format!(
            r#"{{"version": 1, "name": "n", "title": "t", "watch": "w", "why": "y",
            "broker": {{"name": "queue", "system": "plain-queue", "set": {{"capacity": 100000}}}},
            "producers": [{{"name": "producer", "set": {{"rate": 10}}}}],
            "consumers": [{{"name": "consumer", "set": {consumer}}}]}}"#
        );
        Timeline::new(Scenario::from_json(&text).expect("it is valid"), 1)
    }

    fn seek(timeline: &mut Timeline, seconds: f64) {
        timeline.seek(Time::from_secs_f64(seconds), u64::MAX);
    }

    #[test]
    fn what_is_seen_is_what_is() {
        let mut timeline = timeline(r#"{"rate": 5, "workers": 1, "service": "fixed"}"#);
        seek(&mut timeline, 20.0);
        let trend = timeline.trend();
        assert_eq!((trend.points().len(), trend.step()), (80, FIRST));
        let last = trend.points()[79];
        let ledger = timeline.simulation().ledger();
        assert_eq!((u64::from(last.waiting), u64::from(last.held)), (ledger.waiting, ledger.held));
        // Half of what comes is done: after 20 s the head has waited for half of that.
        assert!((last.oldest - 10.0).abs() < 0.5, "{last:?}");
        assert!(last.wait[0] < last.wait[1] && (last.total[1] - last.wait[1] - 0.2).abs() < 0.3, "{last:?}");
        assert_eq!(last.utilization(), Some(1.0));
        assert_eq!(u64::from(last.effects[0]), ledger.done);
    }

    #[test]
    fn the_looks_are_the_same_however_a_run_is_gone_through() {
        let settings = r#"{"rate": 6, "workers": 2, "service": "exponential"}"#;
        let (mut at_once, mut by_steps, mut back) =
            (timeline(settings), timeline(settings), timeline(settings));
        seek(&mut at_once, 300.0);
        while by_steps.simulation().now() < Time::from_secs(299) {
            by_steps.step();
        }
        seek(&mut by_steps, 300.0);
        for seconds in [100.125, 20.0, 250.0, 3.3, 299.99, 300.0] {
            seek(&mut back, seconds);
        }
        let same =
            |one: &Timeline, other: &Timeline| format!("{:?}", one.trend()) == format!("{:?}", other.trend());
        assert!(same(&at_once, &by_steps) && same(&at_once, &back));
        assert_eq!(at_once.simulation().digest(), by_steps.simulation().digest());
        assert_eq!(at_once.simulation().digest(), back.simulation().digest());
    }

    #[test]
    fn there_is_never_more_than_so_much_of_it() {
        let mut timeline = timeline(r#"{"rate": 20}"#);
        for minutes in 1..=200 {
            seek(&mut timeline, f64::from(minutes) * 60.0);
            let trend = timeline.trend();
            let points = trend.points().len() as u64;
            assert!(points < LIMIT as u64);
            assert_eq!(points, u64::from(minutes as u32) * 60_000_000_000 / trend.step());
            let staffed: f32 = trend.points().iter().map(|point| point.staff).sum();
            let covered = (points * trend.step()) as f32 / 1e9;
            assert!((staffed - covered).abs() < covered * 1e-3, "{staffed} of {covered}");
        }
    }
}
