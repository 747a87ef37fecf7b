//! Scales: how a value and a position belong together, and where the ticks stand.

use crate::format::fixed;
use crate::picture::figure::{Grouped, decade};

/// A straight scale from values to pixels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Scale {
    /// The values at the two ends.
    pub(crate) domain: (f64, f64),
    /// The pixels at the two ends; they may run downward.
    pub(crate) range: (f64, f64),
}

impl Scale {
    /// Where a value is.
    pub(crate) fn position(&self, value: f64) -> f64 {
        let (low, high) = self.domain;
        let part = if high == low { 0.0 } else { (value - low) / (high - low) };
        self.range.0 + part * (self.range.1 - self.range.0)
    }

    /// Which value is there.
    pub(crate) fn value(&self, position: f64) -> f64 {
        let (from, to) = self.range;
        let part = if from == to { 0.0 } else { (position - from) / (to - from) };
        self.domain.0 + part * (self.domain.1 - self.domain.0)
    }
}

/// The step between ticks: 1, 2 or 5 times a power of ten, the least that takes no more than `most` steps.
pub(crate) fn step(high: f64, most: usize, least: f64) -> f64 {
    let rough = (high / most.max(1) as f64).max(least);
    let decade = decade(rough);
    let leading = [1.0, 2.0, 5.0, 10.0].into_iter().find(|leading| rough <= leading * decade * (1.0 + 1e-9));
    leading.unwrap_or(10.0) * decade
}

/// The ticks from 0 up to the first that is not below `high`.
pub(crate) fn ticks(high: f64, step: f64) -> impl Iterator<Item = f64> + Clone {
    let count = (high / step - 1e-9).ceil().max(1.0) as usize;
    (0..=count).map(move |tick| tick as f64 * step)
}

/// The steps of time that read well, in seconds.
const TIMES: [f64; 19] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10_800.0,
    21_600.0, 43_200.0, 86_400.0, 172_800.0,
];

/// The step between ticks of time, in seconds: the least that takes no more than `most` steps.
pub(crate) fn time_step(span: f64, most: usize) -> f64 {
    let rough = span / most.max(1) as f64;
    TIMES.into_iter().find(|step| rough <= *step).unwrap_or_else(|| step(rough, 1, 86_400.0))
}

/// The unit that suits spans up to `longest` seconds: what it is in seconds, and its sign.
pub(crate) fn time_unit(longest: f64) -> (f64, &'static str) {
    match longest {
        // Nothing waited at all: a second, rather than a scale of nothing.
        0.0 => (1.0, "s"),
        seconds if seconds < 0.001 => (1e-6, "\u{b5}s"),
        seconds if seconds < 1.0 => (1e-3, "ms"),
        seconds if seconds < 180.0 => (1.0, "s"),
        seconds if seconds < 10_800.0 => (60.0, "min"),
        _ => (3600.0, "h"),
    }
}

/// A time as a tick says it: `0:30`, `1:02:00`, `3 d`.
pub(crate) fn clock(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    let (days, hours, minutes, rest) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes}:{rest:02}"),
        (0, _) => format!("{hours}:{minutes:02}:{rest:02}"),
        (_, 0) if minutes == 0 => format!("{days} d"),
        _ => format!("{days} d {hours:02}:{minutes:02}"),
    }
}

/// A tick's value, with as many decimals as its step needs.
pub(crate) fn label(value: f64, step: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let mut decimals = 0;
    let mut unit = 1.0 - 1e-9;
    while step < unit && decimals < 15 {
        (decimals, unit) = (decimals + 1, unit / 10.0);
    }
    if decimals == 0 { Grouped(value.round() as u64).to_string() } else { fixed(value, decimals) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_values_are_each_others_way_back() {
        let down = Scale { domain: (0.0, 40.0), range: (200.0, 20.0) };
        assert_eq!((down.position(0.0), down.position(10.0), down.position(40.0)), (200.0, 155.0, 20.0));
        for value in [0.0, 0.3, 17.0, 40.0, 99.0] {
            assert!((down.value(down.position(value)) - value).abs() < 1e-9);
        }
        let nothing = Scale { domain: (3.0, 3.0), range: (0.0, 0.0) };
        assert_eq!((nothing.position(3.0), nothing.value(0.0)), (0.0, 3.0));
    }

    #[test]
    fn ticks_are_one_two_or_five_and_cover_all() {
        for high in [0.3, 1.0, 2.0, 3.0, 7.0, 10.0, 33.0, 99.0, 100.0, 12_345.0, 1e6] {
            let step = step(high, 4, 0.0);
            let leading = step / decade(step);
            assert!([1.0, 2.0, 5.0].iter().any(|nice| (leading - nice).abs() < 1e-6), "{step}");
            let all: Vec<f64> = ticks(high, step).collect();
            assert!(all.len() <= 5 && high <= all[all.len() - 1] + 1e-6, "{high}: {all:?}");
        }
        assert!(ticks(10.0, step(10.0, 4, 1.0)).eq([0.0, 5.0, 10.0]));
        assert!(ticks(1.0, step(1.0, 4, 1.0)).eq([0.0, 1.0]), "messages are whole");
    }

    #[test]
    fn labels_say_no_more_than_the_step() {
        assert_eq!(
            [label(0.5, 0.5), label(2.0, 1.0), label(20_000.0, 5000.0), label(0.05, 0.05)],
            ["0.5", "2", "20,000", "0.05"]
        );
    }

    #[test]
    fn times_step_as_clocks_do() {
        assert_eq!(
            [time_step(10.0, 4), time_step(42.0, 4), time_step(100.0, 4), time_step(4000.0, 4)],
            [5.0, 15.0, 30.0, 1800.0]
        );
        assert_eq!(
            [clock(0.0), clock(90.0), clock(3720.0), clock(172_800.0)],
            ["0:00", "1:30", "1:02:00", "2 d"]
        );
        assert!(time_step(1e9, 4) >= 2.5e8);
    }
}
