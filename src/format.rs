//! Numbers as people read them. Units are always beside them, and their width changes little.

use std::time::Duration;

use queuescope_engine::decimal::Decimal;
use queuescope_engine::time::Time;

/// A number without needless digits: `2`, `1.5`, `0.25`.
pub fn number(value: f64) -> String {
    let rounded = (value * 1000.0).round() / 1000.0;
    Decimal(rounded).to_string()
}

/// A number with so many decimals: `2.50`.
pub fn fixed(value: f64, decimals: usize) -> String {
    let unit = 10_u64.pow(decimals as u32);
    let size = (value.abs() * unit as f64).round_ties_even() as u64;
    let sign = if value < 0.0 && 0 < size { "-" } else { "" };
    match decimals {
        0 => format!("{sign}{size}"),
        _ => format!("{sign}{}.{:0decimals$}", size / unit, size % unit),
    }
}

/// A number in whole ones.
pub fn whole(value: f64) -> String {
    fixed(value, 0)
}

/// A rate per minute, in whole messages: `118/min`.
pub fn per_minute(per_second: f64) -> String {
    format!("{}/min", whole(per_second * 60.0))
}

/// A rate in words: `2 messages per second (120 per minute)`.
pub fn rate_in_words(per_second: f64) -> String {
    format!("{} messages per second ({} per minute)", number(per_second), number(per_second * 60.0))
}

/// A share of one, with one decimal: `70.0%`.
pub fn percent(share: f64) -> String {
    format!("{}%", fixed(share * 100.0, 1))
}

/// A measured span: `0.42 s`, `13 ms`, `2.5 min`. Three digits, so that it does not jitter.
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs_f64();
    match seconds {
        0.0 => "0 s".into(),
        s if s < 0.000_999_5 => format!("{} \u{b5}s", three(s * 1e6)),
        s if s < 0.999_5 => format!("{} ms", three(s * 1e3)),
        s if s < 59.95 => format!("{} s", three(s)),
        s if s < 3597.0 => format!("{} min", three(s / 60.0)),
        s if s < 86_000.0 => format!("{} h", three(s / 3600.0)),
        s => format!("{} d", three(s / 86_400.0)),
    }
}

fn three(value: f64) -> String {
    match value {
        v if v < 9.995 => fixed(v, 2),
        v if v < 99.95 => fixed(v, 1),
        v => fixed(v, 0),
    }
}

/// An estimate: `25 s`, `14 min`, `3 h`, `12 days`. As coarse as an estimate should be.
pub fn about(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "a second".into(),
        s if s < 90.0 => format!("{} s", whole(s)),
        s if s < 5400.0 => format!("{} min", whole(s / 60.0)),
        s if s < 172_800.0 => format!("{} h", whole(s / 3600.0)),
        s => format!("{} days", whole(s / 86_400.0)),
    }
}

/// The clock of the run: `0:42.6`, `1:02:03.4`, `3 d 01:02:03`.
pub fn clock(time: Time) -> String {
    let tenths = time.as_nanos() / 100_000_000;
    let (seconds, tenth) = (tenths / 10, tenths % 10);
    let (days, hours, minutes, second) =
        (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes}:{second:02}.{tenth}"),
        (0, _) => format!("{hours}:{minutes:02}:{second:02}.{tenth}"),
        _ => format!("{days} d {hours:02}:{minutes:02}:{second:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_needless_digits() {
        assert_eq!([number(2.0), number(1.5), number(0.1 + 0.2)], ["2", "1.5", "0.3"]);
        assert_eq!(rate_in_words(2.0), "2 messages per second (120 per minute)");
        assert_eq!(percent(0.7), "70.0%");
        assert_eq!(per_minute(1.966), "118/min");
        assert_eq!(
            [fixed(2.5, 2), fixed(-0.04, 1), fixed(-12.04, 1), fixed(999.96, 1)],
            ["2.50", "0.0", "-12.0", "1000.0"]
        );
    }

    #[test]
    fn spans_take_the_unit_that_suits_them() {
        let of = |seconds: f64| span(Duration::from_secs_f64(seconds));
        assert_eq!(
            [of(0.0), of(0.0000125), of(0.0131), of(0.9999)],
            ["0 s", "12.5 \u{b5}s", "13.1 ms", "1.00 s"]
        );
        assert_eq!(
            [of(2.5), of(59.99), of(150.0), of(7200.0), of(864_000.0)],
            ["2.50 s", "1.00 min", "2.50 min", "2.00 h", "10.0 d"]
        );
    }

    #[test]
    fn estimates_are_coarse() {
        assert_eq!(
            [about(0.2), about(25.3), about(840.0), about(10_000.0)],
            ["a second", "25 s", "14 min", "3 h"]
        );
    }

    #[test]
    fn the_clock_grows_as_it_must() {
        assert_eq!(clock(Time::from_nanos(42_600_000_000)), "0:42.6");
        assert_eq!(clock(Time::from_secs(3723)), "1:02:03.0");
        assert_eq!(clock(Time::from_secs(90_000)), "1 d 01:00:00");
    }
}
