//! What the charts show at each moment: the buckets, thinned to what pixels can show, as values over time.

use super::Run;

/// What happened up to a moment.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Moment {
    /// When, in seconds.
    pub(crate) at: f64,
    /// The least and the most that waited since the moment before.
    pub(crate) band: (u32, u32),
    /// What waited then.
    pub(crate) depth: u32,
    /// Messages sent per second lately.
    pub(crate) incoming: f64,
    /// Messages done per second lately.
    pub(crate) outgoing: f64,
    /// The mean and the longest wait of what was taken lately, in seconds, if any was.
    pub(crate) wait: Option<(f64, f64)>,
}

/// Over what stretch rates and waits are taken, in seconds. Short against the run, but long
/// enough that a few messages a second make a line and not a comb.
pub(crate) fn window(run: &Run) -> f64 {
    (run.now.as_secs_f64() / 30.0).max(2.0)
}

/// The run as at most `most` moments, oldest first.
pub(crate) fn moments(run: &Run, most: usize) -> Vec<Moment> {
    let width = run.width as f64 / 1e9;
    let now = run.now.as_secs_f64();
    let group = run.buckets.len().div_ceil(most.max(1)).max(1);
    let back = ((window(run) / width).round() as usize).max(1);
    let mut moments = Vec::with_capacity(run.buckets.len() / group + 1);
    for (number, buckets) in run.buckets.chunks(group).enumerate() {
        let end = number * group + buckets.len();
        let at = (end as f64 * width).min(now);
        // The open bucket has hardly begun: what it holds so far says nothing of a rate. So its
        // moment tells what held when the one before it closed.
        let closed = if end == run.buckets.len() && 1 < end { end - 1 } else { end };
        let start = closed.saturating_sub(back);
        let lately = &run.buckets[start..closed];
        let span = ((closed as f64 * width).min(now) - start as f64 * width).max(width * 0.5);
        let sum = |of: fn(&super::Bucket) -> u64| lately.iter().map(of).sum::<u64>() as f64;
        let delivered = sum(|bucket| bucket.delivered.into());
        let longest = lately.iter().map(|bucket| bucket.wait_max).max().unwrap_or(0);
        let mean = lately.iter().map(|bucket| bucket.wait_sum as f64).sum::<f64>() / delivered / 1e9;
        moments.push(Moment {
            at,
            band: (
                buckets.iter().map(|bucket| bucket.depth_min).min().unwrap_or(0),
                buckets.iter().map(|bucket| bucket.depth_max).max().unwrap_or(0),
            ),
            depth: buckets.last().map_or(0, |bucket| bucket.depth_last),
            incoming: sum(|bucket| bucket.produced.into()) / span,
            outgoing: sum(|bucket| bucket.consumed.into()) / span,
            wait: (0.0 < delivered).then_some((mean, longest as f64 / 1e9)),
        });
    }
    moments
}

#[cfg(test)]
mod tests {
    use queuescope_engine::metrics::series::Bucket;
    use queuescope_engine::time::Time;

    use super::*;

    fn bucket(produced: u32, depth: u32) -> Bucket {
        Bucket {
            produced,
            depth_min: depth,
            depth_max: depth + 1,
            depth_last: depth,
            delivered: 1,
            wait_sum: 500_000_000,
            wait_max: 500_000_000,
            ..Bucket::default()
        }
    }

    #[test]
    fn thinning_keeps_extremes_and_rates() {
        let mut buckets = vec![bucket(1, 3); 512];
        buckets[100] = bucket(1, 90);
        let run = Run { buckets: &buckets, width: 200_000_000, now: Time::from_nanos(102_400_000_000) };
        let moments = moments(&run, 100);
        assert!(moments.len() <= 100);
        assert_eq!(moments.iter().map(|moment| moment.band.1).max(), Some(91));
        assert!(moments.iter().skip(5).all(|moment| (moment.incoming - 5.0).abs() < 0.01), "{moments:?}");
        assert!(moments.iter().all(|moment| moment.wait == Some((0.5, 0.5))));
        assert!((moments[moments.len() - 1].at - 102.4).abs() < 1e-9);
    }

    #[test]
    fn the_open_bucket_does_not_shake_the_rates() {
        let buckets = [bucket(2, 0), bucket(9, 0)];
        let run = Run { buckets: &buckets, width: 1_000_000_000, now: Time::from_nanos(1_500_000_000) };
        let moments = moments(&run, 100);
        assert_eq!((moments[0].incoming, moments[1].incoming, moments[1].at), (2.0, 2.0, 1.5));
        let only = Run { buckets: &buckets[..1], width: 1_000_000_000, now: Time::from_nanos(500_000_000) };
        assert_eq!(super::moments(&only, 100)[0].incoming, 4.0);
    }
}
