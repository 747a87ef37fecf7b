//! The charts in words and in rows, for those who do not see them.

use std::time::Duration;

use super::curve::{Moment, moments, window};
use super::{Chart, Run};
use crate::format::fixed;
use crate::picture::figure::{Brief, Grouped};

/// The chart in one sentence.
pub fn summary(chart: Chart, run: &Run) -> String {
    let all = moments(run, run.buckets.len());
    let Some(last) = all.last() else { return "Nothing has happened yet.".into() };
    let span = brief(run.now.as_secs_f64());
    let lately = brief(window(run).min(run.now.as_secs_f64()));
    match chart {
        Chart::Depth { capacity } => {
            let of = capacity.map_or(String::new(), |capacity| format!(" of {}", Grouped(capacity.into())));
            let least = all.iter().map(|moment| moment.band.0).min().unwrap_or(0);
            let most = all.iter().map(|moment| moment.band.1).max().unwrap_or(0);
            let (depth, least, most) =
                (Grouped(last.depth.into()), Grouped(least.into()), Grouped(most.into()));
            format!("{depth}{of} waiting now; between {least} and {most} over the {span} so far.")
        }
        Chart::Rates => {
            let (incoming, outgoing) = (rate(last.incoming), rate(last.outgoing));
            format!("Over the last {lately}, {incoming} messages a second came in and {outgoing} were done.")
        }
        Chart::Wait => match last.wait {
            Some((mean, longest)) => {
                let (mean, longest) = (brief(mean), brief(longest));
                format!(
                    "What was taken in the last {lately} had waited {mean} on average and {longest} at most."
                )
            }
            None => format!("Nothing was taken from the queue in the last {lately}."),
        },
    }
}

/// About ten rows out of the run, the last of them the present: the time, how many waited, how many a second
/// came in and went out, how long they had waited on average and at most.
pub fn table(run: &Run) -> Vec<[String; 6]> {
    moments(run, 10).iter().map(row).collect()
}

fn row(moment: &Moment) -> [String; 6] {
    let wait =
        |of: fn((f64, f64)) -> f64| moment.wait.map_or_else(|| "none taken".into(), |wait| brief(of(wait)));
    [
        brief(moment.at),
        Grouped(moment.depth.into()).to_string(),
        rate(moment.incoming),
        rate(moment.outgoing),
        wait(|(mean, _)| mean),
        wait(|(_, longest)| longest),
    ]
}

fn brief(seconds: f64) -> String {
    Brief(Duration::from_nanos((seconds.clamp(0.0, 1e9) * 1e9) as u64)).to_string()
}

pub(super) fn rate(per_second: f64) -> String {
    if per_second < 99.95 { fixed(per_second, 1) } else { Grouped(per_second.round() as u64).to_string() }
}

#[cfg(test)]
mod tests {
    use queuescope_engine::metrics::series::Bucket;
    use queuescope_engine::time::Time;

    use super::*;

    #[test]
    fn each_chart_is_one_sentence() {
        let bucket = Bucket {
            produced: 20,
            consumed: 10,
            depth_max: 9,
            depth_last: 7,
            delivered: 10,
            wait_sum: 20_000_000_000,
            wait_max: 3_000_000_000,
            ..Bucket::default()
        };
        let run = Run { buckets: &[bucket; 4], width: 10_000_000_000, now: Time::from_secs(40) };
        assert_eq!(
            summary(Chart::Depth { capacity: Some(10) }, &run),
            "7 of 10 waiting now; between 0 and 9 over the 40.0 s so far."
        );
        assert_eq!(
            summary(Chart::Rates, &run),
            "Over the last 2.0 s, 2.0 messages a second came in and 1.0 were done."
        );
        assert_eq!(
            summary(Chart::Wait, &run),
            "What was taken in the last 2.0 s had waited 2.0 s on average and 3.0 s at most."
        );
        assert_eq!(table(&run).len(), 4);
        assert_eq!(table(&run)[3], ["40.0 s", "7", "2.0", "1.0", "2.0 s", "3.0 s"]);
    }

    #[test]
    fn a_run_that_has_not_begun_has_words_too() {
        let run = Run { buckets: &[], width: 100_000_000, now: Time::ZERO };
        assert_eq!(summary(Chart::Rates, &run), "Nothing has happened yet.");
        assert!(table(&run).is_empty());
    }

    #[test]
    fn a_long_run_makes_ten_rows_that_end_now() {
        let buckets = [Bucket { consumed: 1, ..Bucket::default() }; 511];
        let run = Run { buckets: &buckets, width: 100_000_000, now: Time::from_nanos(51_050_000_000) };
        let rows = table(&run);
        assert!((9..=10).contains(&rows.len()), "{}", rows.len());
        assert_eq!(rows[rows.len() - 1][0], "51.0 s");
    }
}
