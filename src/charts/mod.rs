//! Three small charts of the whole run: how many waited, how fast they came and went, how long they waited.
//!
//! Each is drawn from the same row of buckets, at no more than one bucket a pixel, and each can
//! be had as a sentence and all of them as a table, for those who do not see them.

#[cfg(feature = "systems")]
pub mod change;
mod curve;
#[cfg(feature = "systems")]
pub mod graph;
mod scale;
mod words;

use queuescope_engine::metrics::series::Bucket;
use queuescope_engine::time::Time;

use crate::picture::measure::width;
use crate::picture::{Dash, Fill, Ink, Picture, Point, Rect, Stroke, at, font, line};
use curve::{Moment, moments, window};
use scale::{Scale, clock, label, step, ticks, time_step, time_unit};

pub use words::{summary, table};

/// The run so far.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Run<'a> {
    /// What happened, oldest first; the last bucket is still open.
    pub buckets: &'a [Bucket],
    /// What a bucket covers, in nanoseconds.
    pub width: u64,
    /// The present.
    pub now: Time,
}

/// Which chart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Chart {
    /// Messages waiting.
    Depth {
        /// How many may wait, if that is bounded.
        capacity: Option<u32>,
    },
    /// Messages sent and messages done, per second.
    Rates,
    /// Time in the store, mean and longest.
    Wait,
}

/// The shortest stretch of time a chart covers, in seconds: a run that has just begun is not blown up.
const SHORTEST: f64 = 10.0;

/// Letters.
const SIZE: f64 = 11.0;

/// Above the plot stands the legend, below it the times.
const ABOVE: f64 = 20.0;
const BELOW: f64 = 17.0;

const INCOMING: Stroke = line(Ink::Accent, 1.75);
const OUTGOING: Stroke = line(Ink::Done, 1.75).dash(Dash::Dashed);
const DEPTH: Stroke = line(Ink::Ready, 1.75);
const CAPACITY: Stroke = line(Ink::Muted, 1.0).dash(Dash::Dashed);
const MEAN: Stroke = line(Ink::Flight, 1.75);
const LONGEST: Stroke = line(Ink::Flight, 1.25).dash(Dash::Dotted);

/// Where the times of a drawn chart stand.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TimeAxis(Scale);

impl TimeAxis {
    /// How far from the left a time is, in CSS pixels.
    pub fn position(&self, time: Time) -> f64 {
        self.0.position(time.as_secs_f64())
    }

    /// The time that is so far from the left.
    pub fn time(&self, position: f64) -> Time {
        Time::from_secs_f64(self.0.value(position))
    }
}

/// Draws a chart on a sheet of `size`, in CSS pixels.
pub fn draw(chart: Chart, run: &Run, size: (f64, f64), picture: &mut Picture) -> TimeAxis {
    picture.clear(size);
    let moments = moments(run, size.0.max(1.0) as usize);
    let plot = match chart {
        Chart::Depth { capacity } => depth(capacity, &moments, run, picture),
        Chart::Rates => rates(&moments, run, picture),
        Chart::Wait => wait(&moments, run, picture),
    };
    TimeAxis(plot.x)
}

fn depth(capacity: Option<u32>, moments: &[Moment], run: &Run, picture: &mut Picture) -> Plot {
    let most = moments.iter().map(|moment| moment.band.1).max().unwrap_or(0);
    // A capacity far above all that ever waited would press the line flat.
    let capacity = capacity.filter(|capacity| *capacity <= 20 || *capacity / 5 <= most);
    let high = f64::from(most.max(capacity.unwrap_or(1)));
    let plot = Plot::new(high, 1.0, run, picture);
    let x = |moment: &Moment| plot.x.position(moment.at);
    let y = |value: u32| plot.y.position(value.into());
    let floor = plot.y.range.0;
    let start = at(plot.x.range.0, moments.first().map_or(floor, |first| y(first.band.0)));
    let last = || std::iter::once(start).chain(moments.iter().map(|moment| at(x(moment), y(moment.depth))));
    let end = moments.last().map_or(plot.x.range.0, x);
    picture.area(
        last().chain([at(end, floor), at(plot.x.range.0, floor)]),
        Fill { ink: Ink::Ready, opacity: 0.13 },
    );
    let upper = moments.iter().map(|moment| at(x(moment), y(moment.band.1)));
    let lower = moments.iter().rev().map(|moment| at(x(moment), y(moment.band.0)));
    picture.area([start].into_iter().chain(upper).chain(lower), Fill { ink: Ink::Ready, opacity: 0.22 });
    picture.path(last(), DEPTH);
    let mut legend = vec![("waiting", DEPTH)];
    if let Some(capacity) = capacity {
        let level = y(capacity);
        picture.path([at(plot.x.range.0, level), at(plot.x.range.1, level)], CAPACITY);
        legend.push(("capacity", CAPACITY));
    }
    plot.legend("messages", &legend, picture);
    plot
}

fn rates(moments: &[Moment], run: &Run, picture: &mut Picture) -> Plot {
    // The first moments are too short to tell a rate.
    let settled = window(run).min(run.now.as_secs_f64() / 2.0);
    let moments = &moments[moments.iter().position(|moment| settled <= moment.at).unwrap_or(0)..];
    let highest = moments.iter().map(|moment| moment.incoming.max(moment.outgoing)).fold(0.0, f64::max);
    let plot = Plot::new(highest.max(0.1), 0.0, run, picture);
    let points = |of: fn(&Moment) -> f64| {
        moments.iter().map(move |moment| at(plot.x.position(moment.at), plot.y.position(of(moment))))
    };
    picture.path(points(|moment| moment.incoming), INCOMING);
    picture.path(points(|moment| moment.outgoing), OUTGOING);
    plot.legend("per second", &[("in", INCOMING), ("out", OUTGOING)], picture);
    plot
}

fn wait(moments: &[Moment], run: &Run, picture: &mut Picture) -> Plot {
    let longest =
        moments.iter().filter_map(|moment| moment.wait).map(|(_, longest)| longest).fold(0.0, f64::max);
    let (unit, word) = time_unit(longest);
    let top = if longest == 0.0 { 1.0 } else { longest / unit };
    let plot = Plot::new(top.max(0.1), 0.0, run, picture);
    // Where nothing was taken there is nothing to draw: the line has gaps.
    for stretch in moments.split(|moment| moment.wait.is_none()).filter(|stretch| !stretch.is_empty()) {
        let points = |of: fn((f64, f64)) -> f64| {
            stretch.iter().filter_map(move |moment| {
                let wait = of(moment.wait?) / unit;
                Some(at(plot.x.position(moment.at), plot.y.position(wait)))
            })
        };
        let floor = plot.y.range.0;
        let (from, to) = (plot.x.position(stretch[0].at), plot.x.position(stretch[stretch.len() - 1].at));
        let area = points(|(mean, _)| mean).chain([at(to, floor), at(from, floor)]);
        picture.area(area, Fill { ink: Ink::Flight, opacity: 0.13 });
        picture.path(points(|(mean, _)| mean), MEAN);
        picture.path(points(|(_, longest)| longest), LONGEST);
    }
    plot.legend(word, &[("mean", MEAN), ("longest", LONGEST)], picture);
    plot
}

/// The axes of a chart.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Plot {
    sheet: Rect,
    x: Scale,
    y: Scale,
}

impl Plot {
    /// Axes for values up to `high`, drawn on the picture. Ticks are at least `least` apart.
    fn new(high: f64, least: f64, run: &Run, picture: &mut Picture) -> Plot {
        let (w, h) = picture.size;
        let (top, bottom) = (ABOVE, (h - BELOW).max(ABOVE + 10.0));
        let muted = font(Ink::Muted, SIZE);
        let step = step(high, (((bottom - top) / 26.0) as usize).clamp(1, 5), least);
        let highest = ticks(high, step).last().unwrap_or(high);
        let labels = |tick: f64| label(tick, step);
        let gutter = ticks(high, step).map(|tick| width(&labels(tick), muted)).fold(0.0, f64::max) + 6.0;
        let now = run.now.as_secs_f64();
        let plot = Plot {
            sheet: Rect::new(0.0, 0.0, w, h),
            x: Scale { domain: (0.0, now.max(SHORTEST)), range: (gutter, (w - 4.0).max(gutter + 1.0)) },
            y: Scale { domain: (0.0, highest), range: (bottom, top) },
        };
        let level = |tick: f64| plot.y.position(tick).round() + 0.5;
        let ends = ticks(high, step).map(|tick| [at(gutter, level(tick)), at(plot.x.range.1, level(tick))]);
        picture.segments(ends, line(Ink::Hair, 1.0));
        for tick in ticks(high, step) {
            picture.text(labels(tick), at(gutter - 6.0, plot.y.position(tick) + muted.drop()), muted.end());
        }
        plot.times(picture);
        plot
    }

    fn times(&self, picture: &mut Picture) {
        let muted = font(Ink::Muted, SIZE);
        let (from, to) = self.x.range;
        let room = width(&clock(self.x.domain.1), muted) + 22.0;
        let step = time_step(self.x.domain.1, ((to - from) / room) as usize);
        for tick in ticks(self.x.domain.1, step).filter(|tick| *tick <= self.x.domain.1) {
            let text = clock(tick);
            // The outermost ones lean inward, so that nothing is cut.
            let half = width(&text, muted) / 2.0;
            let x = self.x.position(tick).min(self.sheet.w - half).max(half);
            picture.text(text, at(x, self.y.range.0 + BELOW - 4.0), muted.middle());
        }
    }

    /// The unit at the left, what the lines are at the right.
    fn legend(&self, unit: &str, lines: &[(&str, Stroke)], picture: &mut Picture) {
        let muted = font(Ink::Muted, SIZE);
        picture.text(unit, at(0.0, SIZE), muted);
        let mut x = self.x.range.1;
        for (name, stroke) in lines.iter().rev() {
            picture.text(name, at(x, SIZE), muted.end());
            x -= width(name, muted) + 5.0;
            let y = SIZE - muted.drop();
            let ends: [Point; 2] = [at(x - 16.0, y), at(x, y)];
            picture.path(ends, *stroke);
            x -= 16.0 + 12.0;
        }
    }
}
