//! The charts of the full program: what a visitor chooses to see of a run, with a cursor that is at one time in all of them.
//!
//! Each is a few lines over time. They are drawn as far as the branch has been: what lies ahead of the present is paler.

use std::sync::Arc;
use std::time::Duration;

use queuescope_engine::metrics::series::Bucket;
use queuescope_engine::shell_sort;
use queuescope_engine::time::Time;
use queuescope_engine::trend::Point;

use super::curve::moments;
use super::scale::{Scale, clock, time_unit};
use super::words::rate;
use super::{BELOW, CAPACITY, DEPTH, INCOMING, OUTGOING, Plot, Run, SHORTEST, SIZE, TimeAxis};
use crate::format;
use crate::frame::Frame;
use crate::picture::figure::Grouped;
use crate::picture::measure::width;
use crate::picture::{Dash, Fill, Ink, Picture, Rect, Stroke, at, font, line};
use crate::theory::Expected;
use crate::timebar::Tick;

/// How a branch went, as far as it has been.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Course {
    /// What happened, oldest first; the last bucket is still open.
    pub buckets: Arc<Vec<Bucket>>,
    /// What a bucket covers, in nanoseconds.
    pub width: u64,
    /// What was seen from time to time, the first of it one step after the start.
    pub points: Arc<Vec<Point>>,
    /// How far apart those are, in nanoseconds.
    pub step: u64,
    /// How far it has been.
    pub until: Time,
}

impl Course {
    /// For a function that draws or reads it.
    pub fn run(&self) -> Run<'_> {
        Run { buckets: &self.buckets, width: self.width, now: self.until }
    }

    /// What was seen, with the time of each in seconds.
    pub fn seen(&self) -> impl Iterator<Item = (f64, &Point)> {
        let step = self.step as f64 / 1e9;
        self.points.iter().enumerate().map(move |(place, point)| ((place + 1) as f64 * step, point))
    }
}

/// Which chart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Graph {
    /// Messages waiting and messages handed out.
    Depth,
    /// Messages sent and messages done, per second.
    Rates,
    /// Percentiles of the time in the store.
    Wait,
    /// Percentiles of the time from sending to the end of the work.
    Total,
    /// The share of their time that workers were busy.
    Busy,
    /// How long the one that has waited longest has waited.
    Oldest,
    /// How far readers are behind the ends of their logs.
    Lag,
    /// Effects that went wrong.
    Effects,
}

/// All of them, in the order in which they stand.
pub const GRAPHS: [Graph; 8] = [
    Graph::Depth,
    Graph::Lag,
    Graph::Rates,
    Graph::Wait,
    Graph::Total,
    Graph::Oldest,
    Graph::Busy,
    Graph::Effects,
];

/// Those that are shown of a system with logs, and of any other, as long as nobody has chosen.
const OF_LOGS: &[Graph] = &[Graph::Lag, Graph::Rates, Graph::Oldest];
const OF_QUEUES: &[Graph] = &[Graph::Depth, Graph::Rates, Graph::Wait];

/// Those that a visitor sees who has not chosen any.
pub fn usual(has_logs: bool) -> &'static [Graph] {
    if has_logs { OF_LOGS } else { OF_QUEUES }
}

/// A choice as it is kept.
pub fn keep(chosen: &[Graph]) -> String {
    let names: Vec<&str> = chosen.iter().map(|graph| graph.name()).collect();
    names.join(",")
}

/// A choice that was kept; what nobody knows anymore is left out.
pub fn kept(text: &str) -> Option<Vec<Graph>> {
    let named = |graph: &Graph| text.split(',').any(|name| name == graph.name());
    let chosen: Vec<Graph> = GRAPHS.into_iter().filter(named).collect();
    (!chosen.is_empty()).then_some(chosen)
}

/// Of what a chart is, and how its figures read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Measure {
    Messages,
    PerSecond,
    Seconds,
    Share,
    Effects,
}

impl Measure {
    fn reads(self, value: f64) -> String {
        match self {
            Measure::Messages | Measure::Effects => Grouped(value.round() as u64).to_string(),
            Measure::PerSecond => rate(value),
            Measure::Seconds => format::span(Duration::try_from_secs_f64(value).unwrap_or_default()),
            Measure::Share => format::percent(value),
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Measure::Messages => "messages",
            Measure::PerSecond => "per second",
            Measure::Seconds => "",
            Measure::Share => "% of the time",
            Measure::Effects => "effects",
        }
    }
}

/// A line of a chart: its values over time, in seconds, with gaps where there was none.
struct Track {
    name: &'static str,
    stroke: Stroke,
    values: Vec<(f64, Option<f64>)>,
}

impl Track {
    /// Its value at a time: the latest up to then.
    fn at(&self, seconds: f64) -> Option<f64> {
        let after = self.values.partition_point(|(at, _)| *at <= seconds + 1e-6);
        self.values[after.checked_sub(1)?].1
    }

    fn most(&self) -> f64 {
        self.values.iter().filter_map(|(_, value)| *value).fold(0.0, f64::max)
    }
}

const HELD: Stroke = line(Ink::Flight, 1.5).dash(Dash::Dashed);
const THEORY: Stroke = line(Ink::Ink, 1.25).dash(Dash::Dashed);
const CURSOR: Stroke = line(Ink::Accent, 1.25);
const PRESENT: Stroke = line(Ink::Ink, 1.0);

impl Graph {
    /// What stands above it.
    pub fn title(self, frame: &Frame) -> &'static str {
        match self {
            Graph::Depth => "Depth",
            Graph::Rates => "In \u{b7} out",
            Graph::Wait => "Wait",
            Graph::Total => "Total",
            Graph::Busy => "Utilization",
            Graph::Oldest if frame.lag.is_some() => "Lag in time",
            Graph::Oldest => "Oldest",
            Graph::Lag => "Lag",
            Graph::Effects => "Effects",
        }
    }

    /// What it shows, in the menu and for those who do not see it.
    pub fn meaning(self, frame: &Frame) -> &'static str {
        match self {
            Graph::Depth => "Messages waiting and handed out",
            Graph::Rates => "Messages in and out per second",
            Graph::Wait => "Wait in the queue, percentiles",
            Graph::Total => "From sent to done, percentiles",
            Graph::Busy => "Utilization of the workers",
            Graph::Oldest if frame.lag.is_some() => "Lag in time: age of the oldest unread",
            Graph::Oldest => "Age of the oldest waiting",
            Graph::Lag => "Lag in messages",
            Graph::Effects => "Effects: twice, lost, out of order",
        }
    }

    /// What it is called where the choice is kept.
    pub fn name(self) -> &'static str {
        match self {
            Graph::Depth => "depth",
            Graph::Rates => "rates",
            Graph::Wait => "wait",
            Graph::Total => "total",
            Graph::Busy => "busy",
            Graph::Oldest => "oldest",
            Graph::Lag => "lag",
            Graph::Effects => "effects",
        }
    }

    /// Whether there is anything to it in the system of the frame.
    pub fn exists(self, has_logs: bool) -> bool {
        self != Graph::Lag || has_logs
    }

    fn measure(self) -> Measure {
        match self {
            Graph::Depth | Graph::Lag => Measure::Messages,
            Graph::Rates => Measure::PerSecond,
            Graph::Wait | Graph::Total | Graph::Oldest => Measure::Seconds,
            Graph::Busy => Measure::Share,
            Graph::Effects => Measure::Effects,
        }
    }

    fn tracks(self, frame: &Frame, most: usize) -> Vec<Track> {
        let course = &frame.course;
        let thin = course.points.len().div_ceil(most.max(1)).max(1);
        let seen = |of: &dyn Fn(&Point) -> Option<f64>| {
            // From the last on, so that the latest is always there.
            let mut values: Vec<_> = course.seen().map(|(at, point)| (at, of(point))).collect();
            values.reverse();
            let mut values: Vec<_> = values.into_iter().step_by(thin).collect();
            values.reverse();
            values
        };
        let track =
            |name, stroke, of: &dyn Fn(&Point) -> Option<f64>| Track { name, stroke, values: seen(of) };
        let real = |value: f32| Some(f64::from(value)).filter(|value| value.is_finite());
        let quantiles = |ink, of: fn(&Point) -> [f32; 3]| {
            [("p50", Dash::Solid, 1.75), ("p95", Dash::Dashed, 1.5), ("p99", Dash::Dotted, 1.25)]
                .into_iter()
                .enumerate()
                .map(|(place, (name, dash, width))| {
                    track(name, line(ink, width).dash(dash), &move |point| real(of(point)[place]))
                })
                .collect()
        };
        let terms = frame.shape.terms;
        match self {
            Graph::Depth => {
                let waiting = moments(&course.run(), most)
                    .iter()
                    .map(|moment| (moment.at, Some(moment.depth.into())))
                    .collect();
                vec![
                    Track { name: terms.waiting, stroke: DEPTH, values: waiting },
                    track(terms.held, HELD, &|point| Some(point.held.into())),
                ]
            }
            Graph::Rates => {
                let moments = moments(&course.run(), most);
                // The first moments are too short to tell a rate.
                let settled = course.until.as_secs_f64().min(2.0) / 2.0;
                let values = |of: fn(&super::curve::Moment) -> f64| {
                    let told = moments.iter().filter(|moment| settled <= moment.at);
                    told.map(|moment| (moment.at, Some(of(moment)))).collect()
                };
                vec![
                    Track { name: "in", stroke: INCOMING, values: values(|moment| moment.incoming) },
                    Track { name: "out", stroke: OUTGOING, values: values(|moment| moment.outgoing) },
                ]
            }
            Graph::Wait => quantiles(Ink::Flight, |point| point.wait),
            Graph::Total => quantiles(Ink::Done, |point| point.total),
            Graph::Busy => vec![track("busy", line(Ink::Accent, 1.75), &Point::utilization)],
            Graph::Oldest => {
                vec![track("age of the oldest", line(Ink::Ready, 1.75), &|point| real(point.oldest))]
            }
            Graph::Lag => vec![track("behind the end", DEPTH, &|point| Some(point.lag.into()))],
            Graph::Effects => {
                let of = |name, stroke, place: usize| {
                    track(name, stroke, &move |point| Some(point.effects[place].into()))
                };
                vec![
                    of("twice", line(Ink::Flight, 1.75), 1),
                    of("lost", line(Ink::Failed, 1.5).dash(Dash::Dashed), 2),
                    of("out of order", line(Ink::Accent, 1.25).dash(Dash::Dotted), 3),
                ]
            }
        }
    }

    /// What theory expects of it, and what that is called.
    fn expected(self, frame: &Frame) -> Option<(f64, String)> {
        let theory = &frame.theory;
        let expected: &Expected = theory.expected.as_ref()?;
        let (value, what) = match self {
            Graph::Depth => (expected.waiting?, "mean"),
            Graph::Wait => expected.wait_p95.map(|p95| (p95, "p95")).or(Some((expected.wait?, "mean")))?,
            Graph::Total => (expected.total?, "mean"),
            Graph::Busy => (expected.busy, ""),
            Graph::Rates => (expected.throughput?, "out"),
            Graph::Oldest | Graph::Lag | Graph::Effects => return None,
        };
        Some((value, format!("{} {what}", theory.name).trim_end().to_owned()))
    }

    /// Its values at a time, short; of the present, if none is given.
    pub fn figures(self, frame: &Frame, cursor: Option<Time>) -> String {
        let values: Vec<Option<f64>> =
            self.values(frame, cursor).into_iter().map(|(_, value)| value).collect();
        let most = values.iter().copied().flatten().fold(0.0, f64::max);
        // Spans that stand side by side have one unit.
        let (unit, sign) = match self.measure() {
            Measure::Seconds => time_unit(most),
            Measure::Messages | Measure::PerSecond | Measure::Share | Measure::Effects => (1.0, ""),
        };
        let decimals = match most / unit {
            most if most < 9.995 => 2,
            most if most < 99.95 => 1,
            _ => 0,
        };
        let read = |value: f64| match self.measure() {
            Measure::Seconds if value == 0.0 => "0".into(),
            Measure::Seconds => format::fixed(value / unit, decimals),
            measure @ (Measure::Messages | Measure::PerSecond | Measure::Share | Measure::Effects) => {
                measure.reads(value)
            }
        };
        let texts: Vec<String> =
            values.into_iter().map(|value| value.map_or("\u{2013}".into(), read)).collect();
        format!("{} {sign}", texts.join(" \u{b7} ")).trim_end().to_owned()
    }

    /// Its values at a time, each with its name.
    pub fn words(self, frame: &Frame, cursor: Option<Time>) -> String {
        let measure = self.measure();
        let value = |(name, value): (&str, Option<f64>)| match (value, measure) {
            (None, _) => format!("{name}: none"),
            (Some(value), Measure::PerSecond) => format!("{} per second {name}", measure.reads(value)),
            (Some(value), Measure::Messages | Measure::Effects) => format!("{} {name}", measure.reads(value)),
            (Some(value), Measure::Seconds | Measure::Share) => format!("{name} {}", measure.reads(value)),
        };
        let values: Vec<String> = self.values(frame, cursor).into_iter().map(value).collect();
        format!("{}: {}", format::clock(cursor.unwrap_or(frame.now)), values.join(", "))
    }

    fn values(self, frame: &Frame, cursor: Option<Time>) -> Vec<(&'static str, Option<f64>)> {
        let at = cursor.unwrap_or(frame.now).as_secs_f64();
        let is_now = cursor.is_none() && frame.course.until == frame.now;
        let value = |track: Track| {
            let value = if is_now { track.values.last().and_then(|(_, value)| *value) } else { track.at(at) };
            (track.name, value)
        };
        let mut values: Vec<_> = self.tracks(frame, usize::MAX).into_iter().map(value).collect();
        // Of the present there is more than was looked at last.
        if self == Graph::Depth && cursor.is_none() {
            values[0].1 = Some(frame.ledger.waiting as f64);
            values[1].1 = Some(frame.ledger.held as f64);
        }
        if let (Graph::Lag, None, Some(lag)) = (self, cursor, frame.lag) {
            values[0].1 = Some(lag as f64);
        }
        values
    }

    /// Draws it on a sheet of `size`, in CSS pixels.
    pub fn draw(
        self,
        frame: &Frame,
        cursor: Option<Time>,
        size: (f64, f64),
        picture: &mut Picture,
    ) -> TimeAxis {
        picture.clear(size);
        let course = &frame.course;
        let end = course.until.max(frame.now);
        let tracks = self.tracks(frame, size.0.max(1.0) as usize);
        let most = tracks.iter().map(Track::most).fold(0.0, f64::max);
        let capacity = frame.capacity.filter(|_| self == Graph::Depth);
        // What is far above all that ever was would press the lines flat.
        let capacity = capacity.map(f64::from).filter(|capacity| *capacity <= 20.0_f64.max(5.0 * most));
        let expected = self.expected(frame).filter(|(value, _)| *value <= 10.0_f64.max(4.0 * most));
        let high = expected.iter().map(|(value, _)| *value).chain(capacity).fold(most, f64::max);
        let (unit, word) = match self.measure() {
            Measure::Seconds => time_unit(high),
            Measure::Share => (0.01, Measure::Share.unit()),
            measure @ (Measure::Messages | Measure::PerSecond | Measure::Effects) => (1.0, measure.unit()),
        };
        let (least, floor) = match self.measure() {
            Measure::Messages | Measure::Effects => (1.0, 1.0),
            Measure::PerSecond | Measure::Seconds => (0.0, if high == 0.0 { 1.0 } else { 0.1 }),
            Measure::Share => (0.0, 100.0),
        };
        let run = Run { now: end, ..course.run() };
        let plot = Plot::new((high / unit).max(floor), least, &run, picture);
        marks(frame, &plot.x, plot.y.range, picture);
        if self == Graph::Depth {
            band(&run, size.0, &plot, picture);
        }
        for (place, track) in tracks.iter().enumerate() {
            for stretch in track.values.split(|(_, value)| value.is_none()).filter(|part| !part.is_empty()) {
                let point = |(at_, value): &(f64, Option<f64>)| {
                    at(plot.x.position(*at_), plot.y.position(value.unwrap_or(0.0) / unit))
                };
                let points = || stretch.iter().map(point);
                if place == 0 && self != Graph::Rates {
                    let floor = plot.y.range.0;
                    let ends =
                        [stretch[stretch.len() - 1], stretch[0]].map(|(x, _)| at(plot.x.position(x), floor));
                    picture.area(points().chain(ends), Fill { ink: track.stroke.ink, opacity: 0.13 });
                }
                picture.path(points(), track.stroke);
            }
        }
        level(capacity.map(|value| (value / unit, "capacity".into())), CAPACITY, &plot, picture);
        level(expected.map(|(value, name)| (value / unit, name)), THEORY, &plot, picture);
        let mut lines: Vec<_> = tracks.iter().map(|track| (track.name, track.stroke)).collect();
        let muted = font(Ink::Muted, SIZE);
        let legend = |lines: &[(&str, Stroke)]| -> f64 {
            lines.iter().map(|(name, _)| width(name, muted) + 33.0).sum()
        };
        // Where there is no room for all of it, the unit goes first, and then the names from the last.
        while 1 < lines.len() && plot.x.range.1 + 12.0 < legend(&lines) {
            lines.pop();
        }
        let has_room = width(word, muted) + legend(&lines) < plot.x.range.1;
        plot.legend(if has_room { word } else { "" }, &lines, picture);
        present(frame.now, end, cursor, &plot, picture);
        TimeAxis(plot.x)
    }
}

/// The least and the most that waited.
fn band(run: &Run, most: f64, plot: &Plot, picture: &mut Picture) {
    let moments = moments(run, most.max(1.0) as usize);
    let point = |at_: f64, value: u32| at(plot.x.position(at_), plot.y.position(value.into()));
    let upper = moments.iter().map(|moment| point(moment.at, moment.band.1));
    let lower = moments.iter().rev().map(|moment| point(moment.at, moment.band.0));
    picture.area(upper.chain(lower), Fill { ink: Ink::Ready, opacity: 0.22 });
}

/// A level with its name above it, at the right.
fn level(value: Option<(f64, String)>, stroke: Stroke, plot: &Plot, picture: &mut Picture) {
    let Some((value, name)) = value else { return };
    let y = plot.y.position(value);
    picture.path([at(plot.x.range.0, y), at(plot.x.range.1, y)], stroke);
    let font = font(stroke.ink, 10.0).end();
    // Below the line, where it is too near to the upper edge.
    let base = if y - 13.0 < plot.y.range.1 { y + 11.0 } else { y - 4.0 };
    picture.text(name, at(plot.x.range.1 - 2.0, base), font);
}

/// What stands on the timeline, faint.
fn marks(frame: &Frame, x: &Scale, (bottom, top): (f64, f64), picture: &mut Picture) {
    let past = &frame.past;
    let facts = past.marks.list().iter().map(|mark| (mark.first, crate::timebar::tick_of(mark.kind)));
    let mut places: Vec<(i64, u8)> = past
        .acts
        .iter()
        .copied()
        .chain(facts)
        .filter(|(at, _)| Time::ZERO < *at && at.as_secs_f64() <= x.domain.1)
        .map(|(at, tick)| (x.position(at.as_secs_f64()).round() as i64, tick as u8))
        .collect();
    shell_sort::sort(&mut places);
    places.dedup();
    for (place, tick) in places {
        let ink = match tick {
            tick if tick == Tick::Act as u8 => Ink::Accent,
            tick if tick == Tick::Overflow as u8 => Ink::Flight,
            tick if tick == Tick::Rebalance as u8 => Ink::Muted,
            _ => Ink::Failed,
        };
        let x = place as f64 + 0.5;
        picture.path([at(x, bottom), at(x, top)], line(ink, 1.0).fade(0.38));
    }
}

/// The present, what lies ahead of it, and the cursor.
fn present(now: Time, end: Time, cursor: Option<Time>, plot: &Plot, picture: &mut Picture) {
    let (bottom, top) = plot.y.range;
    let x = plot.x.position(now.as_secs_f64());
    if now < end {
        let ahead = Rect::new(x, top - 1.0, plot.x.range.1 - x + 1.0, bottom - top + 2.0);
        picture.fill(ahead, 0.0, Fill { ink: Ink::Surface, opacity: 0.6 });
    }
    picture.path([at(x, bottom), at(x, top)], PRESENT.fade(0.55));
    picture.area([at(x - 4.0, bottom + 5.0), at(x + 4.0, bottom + 5.0), at(x, bottom)], Ink::Ink.into());
    let Some(cursor) = cursor.map(|cursor| cursor.as_secs_f64().min(end.as_secs_f64().max(SHORTEST))) else {
        return;
    };
    let x = plot.x.position(cursor);
    picture.path([at(x, bottom), at(x, top)], CURSOR);
    let label = clock(cursor);
    let font = font(Ink::Accent, SIZE).strong().middle();
    let half = width(&label, font) / 2.0 + 3.0;
    let middle = x.max(half).min((plot.sheet.w - half).max(half));
    picture.fill(Rect::new(middle - half, bottom + 2.0, 2.0 * half, BELOW - 2.0), 3.0, Ink::Surface);
    picture.text(label, at(middle, bottom + BELOW - 4.0), font);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Op;
    use crate::session::{Action, Go, Session};

    fn session(fragment: &str, seconds: u64) -> Session {
        let mut session = Session::open(fragment);
        session.dispatch(Action::Go(Go::StayAt(Time::from_secs(seconds))));
        session.tick(Duration::ZERO, || true);
        session
    }

    fn draw(graph: Graph, frame: &Frame, cursor: Option<Time>) -> (TimeAxis, Picture) {
        let mut picture = Picture::default();
        let axis = graph.draw(frame, cursor, (240.0, 150.0), &mut picture);
        (axis, picture)
    }

    #[test]
    fn every_chart_of_every_kind_of_system_can_be_drawn_and_read() {
        for scenario in ["balanced", "rabbitmq-poison", "kafka-rebalance", "sqs-visibility", "redis-pending"]
        {
            let frame = session(&format!("#/play?scenario={scenario}"), 45).frame();
            let has_logs = frame.lag.is_some();
            assert!(usual(has_logs).iter().all(|graph| graph.exists(has_logs)));
            for graph in GRAPHS.into_iter().filter(|graph| graph.exists(has_logs)) {
                let cursor = Some(Time::from_secs(20));
                let (axis, picture) = draw(graph, &frame, cursor);
                assert!((axis.time(axis.position(Time::from_secs(20))).as_secs_f64() - 20.0).abs() < 1e-6);
                let inside = |point: &crate::picture::Point| {
                    (-1.0..=241.0).contains(&point.x) && (-1.0..=151.0).contains(&point.y)
                };
                for op in picture.ops() {
                    if let Op::Path(span, _) | Op::Area(span, _) | Op::Segments(span, _) = op {
                        assert!(picture.points(*span).iter().all(inside), "{scenario} {graph:?} {op:?}");
                    }
                }
                let words = graph.words(&frame, cursor);
                assert!(words.starts_with("0:20.0: ") && !words.contains("NaN"), "{words}");
                assert!(!graph.figures(&frame, None).is_empty());
            }
        }
    }

    #[test]
    fn the_same_time_reads_the_same_before_and_after_going_back() {
        let mut session = session("#/play?scenario=kafka-rebalance", 60);
        let there = session.frame();
        session.dispatch(Action::Go(Go::StayAt(Time::from_secs(10))));
        session.tick(Duration::ZERO, || true);
        let back = session.frame();
        assert_eq!((back.now, back.course.until), (Time::from_secs(10), Time::from_secs(60)));
        for graph in GRAPHS {
            for seconds in [5, 25, 59] {
                let cursor = Some(Time::from_secs(seconds));
                assert_eq!(graph.words(&there, cursor), graph.words(&back, cursor), "{graph:?}");
            }
        }
        let (axis, _) = draw(Graph::Depth, &back, None);
        assert!((axis.time(236.0).as_secs_f64() - 60.0).abs() < 0.5, "all of the branch is there");
        // What is done in the past makes another future, which is not known yet.
        session.dispatch(Action::ToggleConsumer);
        assert_eq!(session.frame().course.until, Time::from_secs(10));
    }

    #[test]
    fn a_choice_is_kept_and_what_is_unknown_left_out() {
        let chosen = [Graph::Depth, Graph::Oldest, Graph::Effects];
        assert_eq!(kept(&keep(&chosen)), Some(chosen.to_vec()));
        assert_eq!(kept("oldest,nonsense,depth"), Some(vec![Graph::Depth, Graph::Oldest]));
        assert_eq!((kept(""), kept("nonsense")), (None, None));
    }

    #[test]
    fn the_lag_is_what_a_crashed_member_leaves_behind() {
        let frame = session("#/play?scenario=kafka-rebalance", 60).frame();
        let lag = |seconds| Graph::Lag.values(&frame, Some(Time::from_secs(seconds)))[0].1;
        assert!(lag(19) < lag(40) && lag(40) < lag(60), "{:?} {:?} {:?}", lag(19), lag(40), lag(60));
    }
}
