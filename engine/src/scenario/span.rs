//! Spans as people write them: `"250ms"`, `"2s"`, `"1.5min"`, `"1h"`.

use crate::command::Problem;
use crate::decimal::Decimal;
use crate::json::{self, Node, Tree};
use crate::simulation::END;
use crate::time::Time;

const UNITS: &[(&str, f64)] = &[("ms", 1e-3), ("min", 60.0), ("s", 1.0), ("h", 3600.0)];

/// Reads a span since the start.
///
/// # Errors
/// What is permitted: a number from 0 and one of the units ms, s, min, h.
pub fn parse_span(text: &str) -> Result<Time, String> {
    let parsed = UNITS.iter().find_map(|(unit, seconds)| {
        let number = json::number(text.strip_suffix(unit)?)?;
        let time = Time::from_secs_f64(number * seconds);
        (0.0 <= number && time <= END).then_some(time)
    });
    parsed.ok_or_else(|| {
        format!("\"{text}\" is no span: write a number and ms, s, min or h, for example \"250ms\"")
    })
}

pub(super) fn to_tree(time: Time) -> Tree {
    Tree::Text(format!("{}s", Decimal(time.as_secs_f64())))
}

pub(super) fn read(node: &Node) -> Result<Time, Problem> {
    const PERMITTED: &str = "a number and one of the units ms, s, min, h, for example \"250ms\"";
    node.text().ok().and_then(|text| parse_span(text).ok()).ok_or_else(|| node.refuse(PERMITTED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read() {
        assert_eq!(parse_span("250ms"), Ok(Time::from_nanos(250_000_000)));
        assert_eq!(parse_span("2s"), Ok(Time::from_secs(2)));
        assert_eq!(parse_span("1.5min"), Ok(Time::from_secs(90)));
        assert_eq!(parse_span("1h"), Ok(Time::from_secs(3600)));
        for wrong in ["", "5", "-1s", "NaNs", "infs", "1 fortnight", "1e300h"] {
            assert!(parse_span(wrong).is_err(), "{wrong}");
        }
    }
}
