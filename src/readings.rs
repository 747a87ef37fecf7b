//! What the page reads off a frame: a table of places on the page, each with the part of the frame it shows.

use std::time::Duration;

use crate::charts::{Chart, Run, summary};
use crate::format;
use crate::frame::Frame;

/// One place, and what it shows.
pub struct Reading {
    /// The id of an element of the page.
    pub id: &'static str,
    /// The attribute of it that shows the reading; its text, if empty.
    pub attribute: &'static str,
    /// What is read. An attribute that would be empty is taken away.
    pub of: fn(&Frame) -> String,
}

const fn text(id: &'static str, of: fn(&Frame) -> String) -> Reading {
    attribute(id, "", of)
}

const fn attribute(id: &'static str, attribute: &'static str, of: fn(&Frame) -> String) -> Reading {
    Reading { id, attribute, of }
}

/// All of them, from the top of the page to its bottom.
pub const READINGS: &[Reading] = &[
    text("title", |frame| frame.story.title.clone()),
    text("watch", |frame| frame.story.watch.clone()),
    text("why", |frame| frame.story.why.clone()),
    text("notice", |frame| frame.notice.clone().unwrap_or_default()),
    // The producer.
    text("producer-state", |frame| running("Producer", frame.producing)),
    attribute("producer-state", "class", |frame| match (frame.producing, frame.blocked) {
        (false, _) => "state off".into(),
        (true, true) => "state held".into(),
        (true, false) => "state on".into(),
    }),
    text("producer-switch", |frame| switch("producer", frame.producing)),
    attribute("bursts", "hidden", |frame| only_if(frame.choice("producer.arrivals") != "bursts", "hidden")),
    text("produced-total", |frame| frame.ledger.sent.to_string()),
    text("produced-rate", |frame| format::per_minute(frame.produced_rate)),
    // The queue.
    text("queue-state", |frame| state(frame).0.into()),
    attribute("queue-state", "class", |frame| state(frame).1.into()),
    text("queue-size", |frame| format!("{}/{}", frame.ledger.waiting, frame.capacity)),
    text("queue-usage", |frame| format::percent(frame.ledger.waiting as f64 / f64::from(frame.capacity))),
    // The ledger.
    text("balance", |frame| if frame.balanced { "In balance" } else { "Out of balance" }.into()),
    attribute("balance", "class", |frame| if frame.balanced { "state good" } else { "state bad" }.into()),
    text("sent", |frame| frame.ledger.sent.to_string()),
    text("arriving", |frame| frame.ledger.arriving.to_string()),
    text("waiting", |frame| frame.ledger.waiting.to_string()),
    text("held", |frame| frame.ledger.held.to_string()),
    text("done", |frame| frame.ledger.done.to_string()),
    text("refused", |frame| frame.ledger.refused.to_string()),
    text("dropped", |frame| frame.ledger.dropped.to_string()),
    text("dead", |frame| frame.ledger.dead.to_string()),
    text("redelivered", |frame| frame.ledger.redelivered.to_string()),
    text("wait-p50", |frame| wait(frame, 0)),
    text("wait-p95", |frame| wait(frame, 1)),
    text("wait-p99", |frame| wait(frame, 2)),
    // The stage.
    text("legend-waiting", |frame| frame.ledger.waiting.to_string()),
    text("legend-held", |frame| frame.ledger.held.to_string()),
    text("legend-done", |frame| frame.ledger.done.to_string()),
    text("legend-dead", |frame| frame.ledger.dead.to_string()),
    text("legend-lost", |frame| (frame.ledger.refused + frame.ledger.dropped).to_string()),
    text("sentence", |frame| frame.sentence.0.clone()),
    text("sentence-rest", |frame| frame.sentence.1.clone()),
    // The charts.
    text("depth", |frame| frame.ledger.waiting.to_string()),
    text("depth-words", |frame| in_words(frame, Chart::Depth { capacity: Some(frame.capacity) })),
    text("rates", |frame| {
        format!("{:.0} \u{b7} {:.0} /min", frame.produced_rate * 60.0, frame.consumed_rate * 60.0)
    }),
    text("rates-words", |frame| in_words(frame, Chart::Rates)),
    text("wait", |frame| match frame.wait {
        Some([p50, _, p99]) => format!("p50 {} \u{b7} p99 {}", format::span(p50), format::span(p99)),
        None => NOTHING.into(),
    }),
    text("wait-words", |frame| in_words(frame, Chart::Wait)),
    // The consumer.
    text("consumer-state", |frame| running("Consumer", frame.consuming)),
    attribute("consumer-state", "class", |frame| {
        if frame.consuming { "state on" } else { "state off" }.into()
    }),
    text("consumer-switch", |frame| switch("consumer", frame.consuming)),
    text("consumed-total", |frame| frame.ledger.done.to_string()),
    text("consumed-rate", |frame| format::per_minute(frame.consumed_rate)),
    text("utilization", |frame| frame.utilization.map_or(NOTHING.into(), format::percent)),
    // What was processed.
    text("recent-none", |frame| only_if(frame.recent.is_empty(), "No messages processed yet")),
    attribute("recent-some", "hidden", |frame| only_if(frame.recent.is_empty(), "hidden")),
    // Time.
    text("play", |frame| if frame.playing { "Pause" } else { "Play" }.into()),
    text("clock", |frame| format::clock(frame.now)),
    text("pace", |frame| match (frame.shortfall, frame.has_next) {
        (_, false) => "Nothing is scheduled: start the producer or the consumer.".into(),
        (Some(reached), _) => format!("running at {}\u{d7}", two_digits(reached)),
        (None, _) => String::new(),
    }),
];

/// Where there is nothing to measure yet.
const NOTHING: &str = "\u{2013}";

/// Before the first second there is nothing to sum up, in nanoseconds.
const SUMMARY: u64 = 1_000_000_000;

fn only_if(holds: bool, text: &str) -> String {
    if holds { text.into() } else { String::new() }
}

fn running(who: &str, runs: bool) -> String {
    format!("{who} {}", if runs { "running" } else { "stopped" })
}

fn switch(who: &str, runs: bool) -> String {
    format!("{} {who}", if runs { "Stop" } else { "Start" })
}

/// How the queue is, in words and in the classes that give them their color and their sign.
fn state(frame: &Frame) -> (&'static str, &'static str) {
    match frame.ledger.waiting {
        0 => ("Queue is empty", "state off"),
        waiting if u64::from(frame.capacity) <= waiting => ("Queue is full", "state bad"),
        _ => ("", "state"),
    }
}

fn wait(frame: &Frame, quantile: usize) -> String {
    frame.wait.map_or(NOTHING.into(), |wait: [Duration; 3]| format::span(wait[quantile]))
}

/// The run so far, as the charts take it.
pub fn run(frame: &Frame) -> Run<'_> {
    Run { buckets: &frame.buckets, width: frame.bucket_width, now: frame.now }
}

/// What is read out of a chart, on demand only.
fn in_words(frame: &Frame, chart: Chart) -> String {
    if frame.now.as_nanos() < SUMMARY && frame.playing { String::new() } else { summary(chart, &run(frame)) }
}

/// Two digits are enough for a speed that varies.
fn two_digits(speed: f64) -> String {
    match speed {
        speed if speed < 10.0 => format::number((speed * 10.0).round() / 10.0),
        speed => {
            let unit = 10f64.powf(speed.log10().floor() - 1.0);
            format::number((speed / unit).round() * unit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Session;

    const PAGE: &str = include_str!("../index.html");

    #[test]
    fn every_place_is_on_the_page_once() {
        for reading in READINGS {
            let id = format!("id=\"{}\"", reading.id);
            assert_eq!(PAGE.matches(&id).count(), 1, "{id}");
        }
    }

    #[test]
    fn every_place_has_one_reading() {
        for (index, reading) in READINGS.iter().enumerate() {
            let same = |other: &&Reading| (other.id, other.attribute) == (reading.id, reading.attribute);
            assert_eq!(READINGS.iter().position(|other| same(&other)), Some(index), "{}", reading.id);
        }
    }

    #[test]
    fn a_fresh_session_reads_as_what_it_is() {
        let frame = Session::open("").frame();
        let read = |id: &str| {
            let reading = READINGS.iter().find(|reading| reading.id == id).unwrap();
            (reading.of)(&frame)
        };
        assert_eq!(
            ["producer-state", "producer-switch", "queue-size", "wait-p50", "recent-none"].map(read),
            ["Producer running", "Stop producer", "0/10", "\u{2013}", "No messages processed yet"]
        );
    }

    #[test]
    fn speeds_have_two_digits() {
        assert_eq!([0.04, 7.26, 12.6, 437.0, 123_456.0].map(two_digits), ["0", "7.3", "13", "440", "120000"]);
    }
}
