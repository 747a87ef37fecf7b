//! Tables of a run, to be kept: the journal, a fact a line, and the metrics, a moment a line.

use std::fmt::Write;

use queuescope_engine::metrics::series::Bucket;
use queuescope_engine::table::{HEADER, Line, Seconds};
use queuescope_engine::timeline::Retrace;
use queuescope_engine::{Progress, Timeline};

/// A journal has at most so many lines: the latest.
pub const LINES: u64 = 1_000_000;

/// So many events are gone over at a time.
const STRETCH: u64 = 2048;

/// The journal of a run, written by going over it again.
#[derive(Debug)]
pub struct Journal {
    retrace: Retrace,
    producers: Vec<String>,
    /// Facts before this one are left out.
    first: u64,
    text: String,
}

impl Journal {
    /// Of the run up to the present.
    pub fn new(timeline: &Timeline) -> Journal {
        let first = timeline.simulation().journal().count().saturating_sub(LINES);
        let producers: Vec<String> =
            timeline.scenario().producers.iter().map(|producer| producer.name.clone()).collect();
        let mut text = format!("{HEADER}\n");
        let retrace = if first == 0 {
            timeline.retrace_all(&mut |_, fact| write(&mut text, fact, &producers))
        } else {
            timeline.retrace(|clone| clone.journal().count() <= first)
        };
        Journal { retrace, producers, first, text }
    }

    /// Writes a little more of it, and hands out what there is; nothing is left when it says [`Progress::Reached`].
    pub fn more(&mut self) -> (String, Progress) {
        let Journal { retrace, producers, first, text } = self;
        let progress = retrace.run(STRETCH, &mut |number, fact| {
            if *first <= number {
                write(text, fact, producers);
            }
        });
        (std::mem::take(text), progress)
    }

    /// Which part is written: 0 to 1.
    pub fn share(&self) -> f64 {
        self.retrace.share()
    }
}

fn write(text: &mut String, fact: &queuescope_engine::journal::Fact, producers: &[String]) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}", Line { fact, producers });
}

/// The run in the buckets of its charts: when each begins, and what happened in it. Times are in seconds.
pub fn metrics(buckets: &[Bucket], width: u64) -> String {
    let mut text = String::from(
        "time,produced,consumed,lost,waiting_least,waiting_most,waiting_last,delivered,wait_mean,wait_most\n",
    );
    for (place, own) in (0_u64..).zip(buckets) {
        let mean = own.wait_sum.checked_div(own.delivered.into()).unwrap_or(0);
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{},{},{},{}",
            Seconds(place * width),
            own.produced,
            own.consumed,
            own.lost,
            own.depth_min,
            own.depth_max,
            own.depth_last,
            own.delivered,
            Seconds(mean),
            Seconds(own.wait_max),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use queuescope_engine::Time;

    #[test]
    fn a_journal_has_a_line_for_every_fact() {
        for name in ["balanced", "redis-pending"] {
            let scenario = catalog::scenario(catalog::find(name).expect("it is in the catalog"));
            let mut timeline = Timeline::new(scenario, 7);
            timeline.seek(Time::from_secs(300), u64::MAX);
            let mut journal = Journal::new(&timeline);
            let (mut text, mut slices) = (String::new(), 0);
            loop {
                let (more, progress) = journal.more();
                text += &more;
                slices += 1;
                if progress == Progress::Reached {
                    break;
                }
            }
            assert_eq!(text.lines().count() as u64, 1 + timeline.simulation().journal().count());
            assert!(text.starts_with("time,fact,message,producer,") && (journal.share() - 1.0).abs() < 1e-9);
            assert!(text.lines().skip(1).is_sorted_by_key(|line| line.split(',').next().map(str::len)));
            assert!(text.contains(",published,1,"), "{name} after {slices}");
        }
    }

    #[test]
    fn the_metrics_add_up_to_what_was_sent() {
        let scenario = catalog::scenario(0);
        let mut timeline = Timeline::new(scenario, 7);
        timeline.seek(Time::from_secs(100), u64::MAX);
        let simulation = timeline.simulation();
        let series = simulation.metrics().series(simulation.now());
        let text = metrics(&series.buckets(), series.width());
        let sent: u64 =
            text.lines().skip(1).filter_map(|line| line.split(',').nth(1)?.parse::<u64>().ok()).sum();
        assert_eq!(sent, simulation.ledger().sent);
        assert!(text.lines().all(|line| line.split(',').count() == 10));
    }
}
