//! What the page reads off a frame, wherever that is more than a field of it: plain functions, tested without a browser.

use std::time::Duration;

use crate::SYSTEMS;
use crate::catalog::SCENARIOS;
use crate::charts::{Chart, Run, summary};
use crate::format;
use crate::frame::{Effects, Frame, text};
use crate::picture::figure::decade;
use crate::shape::Shape;

/// What the system calls itself: that of the scenario which is being fetched, or else the one that runs.
pub fn system(frame: &Frame) -> &'static str {
    frame.awaited.map_or(frame.shape.terms.system, |index| SCENARIOS[index].system)
}

/// A figure with its name.
#[derive(Clone, Copy)]
pub struct Figure {
    /// What is seen beside it.
    pub label: &'static str,
    /// What it is called where it stands alone.
    pub name: &'static str,
    /// What is read.
    pub of: fn(&Frame) -> String,
    /// Whether it is shown even where there is nothing to it.
    pub always: bool,
}

/// One that is shown only if there is something to it, or the system has more ways for a message to go.
const fn seldom(label: &'static str, name: &'static str, of: fn(&Frame) -> String) -> Figure {
    Figure { always: false, ..figure(label, name, of) }
}

impl Figure {
    /// Whether there is no need to show it.
    pub fn is_idle(&self, frame: &Frame) -> bool {
        !self.always && !frame.shape.wired && (self.of)(frame) == "0"
    }
}

const fn figure(label: &'static str, name: &'static str, of: fn(&Frame) -> String) -> Figure {
    Figure { label, name, of, always: true }
}

/// Where every message is.
pub const LEDGER: &[Figure] = if SYSTEMS { PLACES } else { PLACES.split_at(PLAIN).0 };

/// So many of them there are in the plain queue too.
const PLAIN: usize = 8;

const PLACES: &[Figure] = &[
    figure("Sent", "Ledger: sent", |frame| frame.ledger.sent.to_string()),
    figure("On the way", "Ledger: on the way", |frame| frame.ledger.arriving.to_string()),
    figure("Waiting", "Ledger: waiting", |frame| frame.ledger.waiting.to_string()),
    figure("In service", "Ledger: in service", |frame| frame.ledger.held.to_string()),
    figure("Done", "Ledger: done", |frame| frame.ledger.done.to_string()),
    figure("Refused", "Refused", |frame| frame.ledger.refused.to_string()),
    figure("Dropped", "Dropped", |frame| frame.ledger.dropped.to_string()),
    figure("Dead", "Dead", |frame| frame.ledger.dead.to_string()),
    seldom("Delayed", "Ledger: delayed", |frame| frame.ledger.delayed.to_string()),
    seldom("Expired", "Expired", |frame| frame.ledger.expired.to_string()),
    seldom("Unroutable", "Unroutable", |frame| frame.ledger.unroutable.to_string()),
    seldom("Removed", "Removed", |frame| frame.ledger.removed.to_string()),
    seldom("Lost", "Ledger: lost", |frame| frame.ledger.lost.to_string()),
    seldom("Dead-lettered", "Dead-lettered", |frame| frame.ledger.dead_letters.to_string()),
    seldom("Sent again", "Sent again", |frame| frame.ledger.resent.to_string()),
];

/// What the business sees of it: effects, not messages.
pub fn business(frame: &Frame) -> String {
    let Effects { applied, twice, lost, out_of_order } = frame.effects;
    let due = frame.ledger.sent;
    format!("{due} due, {applied} applied, {twice} twice, {lost} lost, {out_of_order} out of order")
}

/// Of the producers.
pub const PRODUCED: &[Figure] = &[
    figure("Total", "Produced total", |frame| frame.ledger.sent.to_string()),
    figure("Rate", "Produced rate", |frame| format::per_minute(frame.produced_rate)),
];

/// Of the store.
pub const QUEUED: &[Figure] =
    &[figure("Size", "Queue size", queue_size), figure("Usage", "Queue usage", queue_usage)];

/// Of the consumers.
pub const CONSUMED: &[Figure] = &[
    figure("Total", "Consumed total", |frame| frame.consumed.to_string()),
    figure("Rate", "Consumed rate", |frame| format::per_minute(frame.consumed_rate)),
    figure("Busy", "Utilization", utilization),
];

/// How it went for them.
pub const WAITS: &[Figure] = &[
    figure("Redelivered", "Redelivered", |frame| frame.ledger.redelivered.to_string()),
    figure("Wait p50", "Wait p50", |frame| quantile(frame, 0)),
    figure("Wait p95", "Wait p95", |frame| quantile(frame, 1)),
    figure("Wait p99", "Wait p99", |frame| quantile(frame, 2)),
];

/// A shape of the picture, and how many messages have it.
pub struct Sign {
    /// The class that gives it its color.
    pub class: &'static str,
    /// The shape.
    pub sign: &'static str,
    /// What it means, in the terms of the system.
    pub word: fn(&Shape) -> &'static str,
    /// How many.
    pub of: fn(&Frame) -> String,
}

/// The shapes of the picture.
pub const LEGEND: &[Sign] = &[
    Sign {
        class: "ready",
        sign: "\u{25cf}",
        word: |shape| shape.terms.waiting,
        of: |frame| frame.ledger.waiting.to_string(),
    },
    Sign {
        class: "flight",
        sign: "\u{25c6}",
        word: |shape| shape.terms.held,
        of: |frame| frame.ledger.held.to_string(),
    },
    Sign { class: "done", sign: "\u{25a0}", word: |_| "done", of: |frame| frame.ledger.done.to_string() },
    Sign { class: "failed", sign: "\u{25bc}", word: |_| "dead", of: |frame| frame.ledger.dead.to_string() },
    Sign {
        class: "failed",
        sign: "\u{2715}",
        word: |shape| if SYSTEMS && shape.wired { "gone otherwise" } else { "refused or dropped" },
        of: |frame| gone(frame).to_string(),
    },
];

/// What a shape means, in the terms of the system.
#[cfg(feature = "systems")]
pub type Word = fn(&Shape) -> String;

/// Every shape that a message can have in the picture, with the class that gives it its color.
#[cfg(feature = "systems")]
pub const SHAPES: &[(&str, &str, Word)] = &[
    ("ready", "\u{25cf}", |shape| format!("{}: it is where workers take it from", shape.terms.waiting)),
    ("ready", "\u{25cb}", |_| {
        "the same, but it has been tried before; or delayed: not yet to be delivered".into()
    }),
    ("flight", "\u{25c6}", |shape| format!("{}: with a worker", shape.terms.held)),
    ("done", "\u{25a0}", |_| "done".into()),
    ("failed", "\u{25bc}", |_| "dead: given up after too many attempts".into()),
    ("failed", "\u{2715}", |_| "refused: it never got in".into()),
    ("failed", "\u{2298}", |_| "dropped: it gave way to others".into()),
];

fn gone(frame: &Frame) -> u64 {
    let ledger = &frame.ledger;
    let others = ledger.expired + ledger.removed + ledger.lost + ledger.unroutable;
    ledger.refused + ledger.dropped + if SYSTEMS && frame.shape.wired { others } else { 0 }
}

/// Where there is nothing to measure yet.
const NOTHING: &str = "\u{2013}";

/// Before the first second there is nothing to sum up, in nanoseconds.
const SUMMARY: u64 = 1_000_000_000;

/// Whether `who` runs, in words.
pub fn running(who: &str, runs: bool) -> String {
    format!("{who} {}", if runs { "running" } else { "stopped" })
}

/// What the button does that starts and stops `who`.
pub fn switch(who: &str, runs: bool) -> String {
    format!("{} {who}", if runs { "Stop" } else { "Start" })
}

/// Whether arrivals come in bursts.
pub fn has_bursts(frame: &Frame) -> bool {
    let arrivals = frame.shape.producer.main.iter().map(|place| text(frame.value(*place)));
    arrivals.into_iter().any(|value| value == "bursts")
}

/// The classes that show how the producer is.
pub fn producer_class(frame: &Frame) -> String {
    match (frame.producing, frame.blocked) {
        (false, _) => "state off".into(),
        (true, true) => "state held".into(),
        (true, false) => "state on".into(),
    }
}

/// How the queue is, in words and in the classes that give them their color and their sign.
pub fn queue_state(frame: &Frame) -> (&'static str, &'static str) {
    match (waiting(frame), frame.capacity) {
        (0, _) => ("Queue is empty", "state off"),
        (waiting, Some(capacity)) if u64::from(capacity) <= waiting => ("Queue is full", "state bad"),
        _ => ("", "state"),
    }
}

/// How many wait in the store that the picture shows large.
fn waiting(frame: &Frame) -> u64 {
    frame.stores.first().map_or(frame.ledger.waiting, |store| store.waiting)
}

/// How many wait, of how many that may: `3/10`; `3`, if there is no limit.
pub fn queue_size(frame: &Frame) -> String {
    match frame.capacity {
        Some(capacity) => format!("{}/{capacity}", waiting(frame)),
        None => waiting(frame).to_string(),
    }
}

/// What share of the room is taken.
pub fn queue_usage(frame: &Frame) -> String {
    match frame.capacity {
        Some(0) => format::percent(1.0),
        Some(capacity) => format::percent(waiting(frame) as f64 / f64::from(capacity)),
        None => "no limit".into(),
    }
}

/// Share of their time that workers were busy.
pub fn utilization(frame: &Frame) -> String {
    frame.utilization.map_or(NOTHING.into(), format::percent)
}

/// What comes and what goes, a minute.
pub fn rates(frame: &Frame) -> String {
    let per_minute = |per_second: f64| format::whole(per_second * 60.0);
    format!("{} \u{b7} {} /min", per_minute(frame.produced_rate), per_minute(frame.consumed_rate))
}

/// How long messages wait, usually and at worst.
pub fn wait(frame: &Frame) -> String {
    match frame.wait {
        Some([p50, _, p99]) => format!("p50 {} \u{b7} p99 {}", format::span(p50), format::span(p99)),
        None => NOTHING.into(),
    }
}

fn quantile(frame: &Frame, quantile: usize) -> String {
    frame.wait.map_or(NOTHING.into(), |wait: [Duration; 3]| format::span(wait[quantile]))
}

/// Whether time passes as fast as was asked for.
pub fn pace(frame: &Frame) -> String {
    match (frame.shortfall, frame.has_next) {
        (_, false) => "Nothing is scheduled: start the producer or the consumer.".into(),
        (Some(reached), _) => format!("running at {}\u{d7}", two_digits(reached)),
        (None, _) => String::new(),
    }
}

/// The chart of the depth.
pub fn depth(frame: &Frame) -> Chart {
    Chart::Depth { capacity: frame.capacity }
}

/// The run so far, as the charts take it.
pub fn run(frame: &Frame) -> Run<'_> {
    Run { buckets: &frame.buckets, width: frame.bucket_width, now: frame.now }
}

/// What is read out of a chart, on demand only.
pub fn in_words(frame: &Frame, chart: Chart) -> String {
    if frame.now.as_nanos() < SUMMARY && frame.playing { String::new() } else { summary(chart, &run(frame)) }
}

/// Two digits are enough for a speed that varies.
fn two_digits(speed: f64) -> String {
    match speed {
        speed if speed < 10.0 => format::number((speed * 10.0).round() / 10.0),
        speed => {
            let unit = decade(speed) / 10.0;
            format::number((speed / unit).round() * unit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Session;

    #[test]
    fn a_fresh_session_reads_as_what_it_is() {
        let frame = Session::open("").frame();
        assert_eq!(
            [running("Producer", frame.producing), switch("producer", frame.producing), queue_size(&frame)],
            ["Producer running", "Stop producer", "0/10"]
        );
        assert_eq!((queue_state(&frame).0, quantile(&frame, 0).as_str()), ("Queue is empty", "\u{2013}"));
    }

    #[test]
    fn every_figure_has_a_name_of_its_own() {
        let mut names: Vec<_> = [LEDGER, WAITS, PRODUCED, QUEUED, CONSUMED]
            .into_iter()
            .flatten()
            .map(|figure| figure.name)
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn speeds_have_two_digits() {
        assert_eq!([0.04, 7.26, 12.6, 437.0, 123_456.0].map(two_digits), ["0", "7.3", "13", "440", "120000"]);
    }
}
