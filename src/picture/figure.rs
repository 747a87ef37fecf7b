//! Figures as they stand in pictures: short, and written without allocating.

use std::fmt;
use std::time::Duration;

/// A whole number with its thousands apart: `60,000`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grouped(pub u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 1000, self.0 % 1000) {
            (0, rest) => write!(f, "{rest}"),
            (thousands, rest) => write!(f, "{},{rest:03}", Grouped(thousands)),
        }
    }
}

/// A span to about two digits, calm enough to change in every frame: `3.4 s`, `120 ms`, `2 min 05 s`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Brief(pub Duration);

impl fmt::Display for Brief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_secs() * 1000 + u64::from(self.0.subsec_millis());
        let seconds = millis / 1000;
        match seconds {
            _ if millis < 100 => write!(f, "{millis}.{} ms", self.0.subsec_micros() / 100 % 10),
            0 => write!(f, "{} ms", millis / 10 * 10),
            1..60 => write!(f, "{seconds}.{} s", millis / 100 % 10),
            60..3600 => write!(f, "{} min {:02} s", seconds / 60, seconds % 60),
            _ => write!(f, "{} h {:02} min", seconds / 3600, seconds / 60 % 60),
        }
    }
}

/// How many digits a number has.
pub fn digits(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// The greatest power of ten that is not above `value`; 1 if there is none.
pub fn decade(value: f64) -> f64 {
    let mut power = 1.0;
    if !(value.is_finite() && 0.0 < value) {
        return power;
    }
    // Powers of ten are exact, their parts are as near as can be.
    while power * 10.0 <= value {
        power *= 10.0;
    }
    if 1.0 <= value {
        return power;
    }
    while value < 1.0 / power {
        power *= 10.0;
    }
    1.0 / power
}

/// The least of 1, 2, 5, 10, 20, 50 ... that is not below `value`.
pub fn round_up(value: f64) -> f64 {
    if !(value.is_finite() && 0.0 < value) {
        return 1.0;
    }
    let decade = decade(value);
    // A tolerance, so that 5.000000001 counts as 5.
    let leading = [1.0, 2.0, 5.0, 10.0].into_iter().find(|step| value <= step * decade * (1.0 + 1e-9));
    leading.unwrap_or(10.0) * decade
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decade_begins_with_its_power_of_ten() {
        let values = [1.0, 9.99, 10.0, 99_999.0, 1e5, 0.1, 0.099, 0.01, 1e-9, 0.0, -3.0, f64::INFINITY];
        assert_eq!(values.map(decade), [1.0, 1.0, 10.0, 1e4, 1e5, 0.1, 0.01, 0.01, 1e-9, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [0, 999, 1000, 60_000, 1_002_003].map(|n| Grouped(n).to_string()),
            ["0", "999", "1,000", "60,000", "1,002,003"]
        );
    }

    #[test]
    fn spans_are_brief() {
        let brief = |seconds: f64| Brief(Duration::from_secs_f64(seconds)).to_string();
        assert_eq!(
            [brief(0.0), brief(0.0123), brief(0.456), brief(3.48)],
            ["0.0 ms", "12.3 ms", "450 ms", "3.4 s"]
        );
        assert_eq!([brief(125.9), brief(7260.0)], ["2 min 05 s", "2 h 01 min"]);
    }

    #[test]
    fn rounding_up_gives_one_two_five() {
        assert_eq!(
            [0.3, 1.0, 1.1, 2.5, 7.0, 1000.0, 4001.0].map(round_up),
            [0.5, 1.0, 2.0, 5.0, 10.0, 1000.0, 5000.0]
        );
        assert_eq!([0.0, -1.0, f64::NAN].map(round_up), [1.0; 3]);
    }

    #[test]
    fn digits_are_counted() {
        assert_eq!([0, 9, 10, 99_999].map(digits), [1, 1, 2, 5]);
    }
}
