//! The stops of a slider: how a position along it and the value of a knob belong together.
//!
//! A slider has a few hundred stops at most, all of them values that read well. Over a wide range
//! they are spread by ratio, 24 to the decade, rounded to two digits; so one press of an arrow
//! key is about a tenth more or less, wherever it stands.

use queuescope_engine::knob::{Domain, Scale};

use crate::picture::figure::decade;

/// The stops of one knob's slider, in increasing order, its range's ends among them.
#[derive(Clone, PartialEq, Debug)]
pub struct Stops(Vec<f64>);

const PER_DECADE: i32 = 24;
/// From one to the next: so many times this is ten.
const RATIO: f64 = 1.100_694_171_252_209_6;
const EVEN: u32 = 100;
/// A range that begins at nothing is spread over so much.
const SPAN: f64 = 1e6;

impl Stops {
    /// The stops for a knob; none if it is a choice.
    pub fn of(domain: &Domain) -> Option<Stops> {
        match *domain {
            Domain::Real { min, max, scale, .. } => Some(Stops::between(min, max, scale, 1e-9)),
            Domain::Whole { min, max, scale, .. } => Some(Stops::between(min.into(), max.into(), scale, 1.0)),
            Domain::Choice(_) | Domain::Text { .. } => None,
        }
    }

    fn between(min: f64, max: f64, scale: Scale, grain: f64) -> Stops {
        // A whole range that is very long is spread by ratio whatever is said: what is small matters more.
        let long = grain == 1.0 && f64::from(10 * EVEN) < max - min;
        let rough: Vec<f64> = match if long { Scale::Logarithmic } else { scale } {
            Scale::Linear if grain == 1.0 && max - min <= f64::from(EVEN) => {
                (0..=(max - min) as u32).map(|step| min + f64::from(step)).collect()
            }
            Scale::Linear => {
                (0..=EVEN).map(|step| min + (max - min) * f64::from(step) / f64::from(EVEN)).collect()
            }
            Scale::Logarithmic => {
                // Nothing, and what is less, has no place on such a scale: below its first stop are only whole numbers.
                let least = if grain == 1.0 { min.max(1.0) } else { min.max(max / SPAN) };
                let first = decade(least);
                let low = (min.ceil() as i32..=0).filter(|_| grain == 1.0).map(f64::from).take(EVEN as usize);
                let steps =
                    (0..).map(|step| first * 10f64.powi(step / PER_DECADE) * RATIO.powi(step % PER_DECADE));
                let steps = steps.skip_while(|step| step * RATIO <= least * (1.0 + 1e-9));
                low.chain(steps.take_while(|step| *step < max * RATIO).map(two_digits)).collect()
            }
        };
        let mut stops = vec![min];
        let snapped = rough.into_iter().map(|stop| if grain == 1.0 { stop.round() } else { stop });
        stops.extend(snapped.filter(|stop| min < *stop && *stop < max));
        stops.push(max);
        stops.dedup_by(|later, earlier| (*later - *earlier).abs() < 1e-9);
        Stops(stops)
    }

    /// The last position; the first is 0.
    pub fn last(&self) -> usize {
        self.0.len() - 1
    }

    /// The value at a position; positions beyond the end are the end.
    pub fn value(&self, position: usize) -> f64 {
        self.0[position.min(self.last())]
    }

    /// The position whose value is nearest, by ratio where that makes sense.
    pub fn position(&self, value: f64) -> usize {
        let after = self.0.partition_point(|stop| *stop < value).min(self.last());
        let Some(before) = after.checked_sub(1) else { return 0 };
        let (low, high) = (self.0[before], self.0[after]);
        let nearer_low = if 0.0 < low { value * value < low * high } else { value - low < high - value };
        if nearer_low { before } else { after }
    }
}

/// Rounded to two significant digits, and printed so that no tail of binary is left.
fn two_digits(value: f64) -> f64 {
    let decade = decade(value);
    if 10.0 <= decade {
        return (value / decade * 10.0).round() * (decade / 10.0);
    }
    // How many of the second digit make one: a whole number.
    let parts = (10.0 / decade).round();
    (value * parts).round() / parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use queuescope_engine::knob::Unit;

    fn rate() -> Stops {
        let unit = Unit::PerSecond;
        Stops::of(&Domain::Real { min: 0.1, max: 10_000.0, default: 2.0, unit, scale: Scale::Logarithmic })
            .unwrap()
    }

    fn capacity() -> Stops {
        let unit = Unit::Messages;
        Stops::of(&Domain::Whole { min: 1, max: 100_000, default: 10, unit, scale: Scale::Logarithmic })
            .unwrap()
    }

    #[test]
    fn every_position_has_a_value_of_its_own_and_finds_its_way_back() {
        for stops in [rate(), capacity()] {
            assert!(stops.0.windows(2).all(|pair| pair[0] < pair[1]));
            for position in 0..=stops.last() {
                assert_eq!(stops.position(stops.value(position)), position);
            }
        }
    }

    #[test]
    fn a_range_that_begins_below_one_has_stops_too() {
        let unit = Unit::Messages;
        for (min, max, scale) in
            [(0, 10_000_000, Scale::Logarithmic), (0, 65_535, Scale::Linear), (-1, 10_000, Scale::Linear)]
        {
            let stops = Stops::of(&Domain::Whole { min, max, default: 0, unit, scale }).unwrap();
            assert!(stops.0.windows(2).all(|pair| pair[0] < pair[1]), "{stops:?}");
            assert!(stops.last() < 200, "{}", stops.last());
            for value in [min, 0, 1, 2, 10, max] {
                assert_eq!(stops.value(stops.position(f64::from(value))), f64::from(value));
            }
        }
    }

    #[test]
    fn the_ends_and_the_defaults_are_stops() {
        assert_eq!((rate().value(0), rate().value(usize::MAX)), (0.1, 10_000.0));
        assert_eq!((capacity().value(0), capacity().value(usize::MAX)), (1.0, 100_000.0));
        for (stops, value) in [(rate(), 2.0), (rate(), 1.5), (capacity(), 10.0), (capacity(), 3.0)] {
            assert_eq!(stops.value(stops.position(value)), value);
        }
    }

    #[test]
    fn values_read_well() {
        assert!(rate().0.iter().all(|stop| stop.to_string().len() <= 6), "{:?}", rate().0);
    }

    #[test]
    fn a_typed_value_stands_at_the_nearest_stop() {
        assert_eq!(rate().value(rate().position(2.04)), 2.0);
        assert_eq!(rate().position(-1.0), 0);
        assert_eq!(rate().position(1e9), rate().last());
    }
}
