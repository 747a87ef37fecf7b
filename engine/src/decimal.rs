//! Decimal digits and doubles, each from the other, in whole numbers of 128 bits.
//!
//! The standard library does this for every double there is, with big numbers and tables of powers that weigh
//! 5 KB in the compressed page. The numbers of settings and recordings need neither. One `{}` of a double
//! anywhere would bring them back: numbers are shown as a [`Decimal`].

use std::fmt;

/// A number in as few digits as bring it back: `2`, `0.25`, `-1.5`.
///
/// From 10⁻⁵ to 2⁶⁴ what is written is read as the same number to the last bit. What is smaller is rounded to 22
/// places, and of what is greater 15 digits count: no setting permits such numbers, but the error that says so shows them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Decimal(pub f64);

impl Decimal {
    /// The number that a text is, if it is one as JSON has them.
    pub fn read(text: &str) -> Option<Decimal> {
        crate::json::number(text).map(Decimal)
    }

    /// The number that somebody has typed: besides what JSON has, a plus, zeros in front, and a point at either end.
    /// Nothing where it takes more than 128 bits, or more than 27 places behind the point.
    pub fn typed(text: &str) -> Option<Decimal> {
        let (sign, size) = match text.strip_prefix('-') {
            Some(size) => ("-", size),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        let (digits, exponent) = size.split_at(size.find(['e', 'E']).unwrap_or(size.len()));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = whole.len() + part.len() != 0 && whole.bytes().all(|byte| byte.is_ascii_digit());
        let [whole, part] =
            [whole.trim_start_matches('0'), part].map(|text| if text.is_empty() { "0" } else { text });
        Decimal::read(&format!("{sign}{whole}.{part}{exponent}")).filter(|_| is_number)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_sign_negative() {
            f.write_str("-")?;
        }
        let mut size = self.0.abs();
        if !size.is_finite() {
            return f.write_str(if size.is_nan() { "NaN" } else { "inf" });
        }
        if BEYOND <= size {
            let mut tens = 0;
            while 1e15 <= size {
                size /= 10.0;
                tens += 1;
            }
            return write!(f, "{}e{tens}", size.round() as u64);
        }
        let (digits, places) = shortest(size);
        match 10_u64.checked_pow(places) {
            Some(1) => write!(f, "{digits}"),
            Some(unit) => write!(f, "{}.{:0width$}", digits / unit, digits % unit, width = places as usize),
            None => write!(f, "0.{digits:0width$}", width = places as usize),
        }
    }
}

/// What takes more than 64 bits.
const BEYOND: f64 = 18_446_744_073_709_551_616.0;

/// With so many places the digits of any double below 1 fit 128 bits before they are rounded.
const WRITTEN_PLACES: u32 = 22;

/// The digits of a number from 0 to below [`BEYOND`], and how many of them stand behind the point: the fewest that
/// [`nearest`] makes the same number of, to as many places as there can be.
fn shortest(size: f64) -> (u64, u32) {
    let rounded = |places| digits(size, places).map(|digits| (digits, places));
    let same = |&(digits, places): &(u64, u32)| nearest(digits, -(places as i32)) == Some(size);
    let exact = (0..=WRITTEN_PLACES).filter_map(rounded).find(same);
    exact
        .or_else(|| (0..=WRITTEN_PLACES).rev().find_map(rounded))
        .filter(|(digits, _)| *digits != 0)
        .unwrap_or_default()
}

/// `size`, from 0, times ten to the `places`, rounded; nothing if that takes more than 64 bits.
fn digits(size: f64, places: u32) -> Option<u64> {
    // The mantissa, and the power of two that it is to be divided by, as IEEE 754 has them.
    let exponent = (size.to_bits() >> 52) as i32;
    let mantissa = size.to_bits() & ((1 << 52) - 1);
    let (mantissa, exponent) = if exponent == 0 { (mantissa, 1) } else { (mantissa | 1 << 52, exponent) };
    let scaled = u128::from(mantissa).checked_mul(10_u128.checked_pow(places)?)?;
    let down = 1023 + 52 - exponent;
    let rounded = match down {
        ..=0 => scaled.checked_mul(1 << -down)?,
        // One bit more is kept, and rounds.
        1..=127 => ((scaled >> (down - 1)) + 1) >> 1,
        _ => 0,
    };
    u64::try_from(rounded).ok()
}

/// `digits` times ten to the `exponent`, to the nearest double; nothing if that takes more than 128 bits or
/// more than [`READ_PLACES`].
pub(crate) fn nearest(digits: u64, exponent: i32) -> Option<f64> {
    if digits == 0 {
        return Some(0.0);
    }
    let wide = u128::from(digits);
    let places = exponent.unsigned_abs();
    if 0 <= exponent {
        let power = 10_u128.checked_pow(places)?;
        return wide.checked_mul(power).map(|whole| whole as f64);
    }
    // Ten is five times two: the fives are divided by, the twos are left to the exponent of the double.
    let fives = 5_u128.pow(if places <= READ_PLACES { places } else { return None });
    let shift = wide.leading_zeros();
    let (quotient, rest) = ((wide << shift) / fives, (wide << shift) % fives);
    // At least 64 bits of quotient, of which the last conversion rounds: the last one only has to say that it goes on.
    let nearest = (quotient | u128::from(rest != 0)) as f64;
    let twos = f64::from_bits(u64::from(1023 - shift - places) << 52);
    Some(nearest * twos)
}

/// So many places behind the point are read: five to this power has less than 64 bits.
const READ_PLACES: u32 = 27;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(number: f64) -> String {
        Decimal(number).to_string()
    }

    proptest! {
        #[test]
        fn what_is_written_is_the_number_to_the_last_bit(
            small in 0.000_01..1.0_f64, middle in 0.1..100_000.0_f64, digits: u64, places in 0..=15_u32,
        ) {
            let short = (digits % 1_000_000_000) as f64 / 10_u64.pow(places) as f64;
            for exact in [small, middle, -middle, middle * 1e12, digits as f64, short] {
                prop_assert_eq!(written(exact).parse(), Ok(exact));
            }
        }

        #[test]
        fn it_is_as_short_as_the_standard_library_writes_it(small in 0.000_01..1.0_f64, middle in 0.1..1e15_f64) {
            for number in [small, middle, -middle, middle.round(), (middle * 1000.0).round() / 1000.0] {
                prop_assert_eq!(written(number), number.to_string());
            }
        }

        #[test]
        fn what_is_typed_is_read_as_the_standard_library_reads_it(
            text in "[+-]?0{0,2}[0-9]{0,9}[.]?[0-9]{0,9}([eE][+-]?[0-9])?", other in "[-+.e0-9 x]{0,5}",
        ) {
            for text in [text, other] {
                let own = Decimal::typed(&text).map(|Decimal(number)| number);
                let model: Option<f64> = text.parse().ok();
                let is_beyond = own.is_none() && model.is_some_and(|model| !(1e-9..1e19).contains(&model.abs()));
                prop_assert!(own == model || is_beyond, "{text}: {own:?}");
            }
        }

        #[test]
        fn any_double_is_written(bits: u64) {
            let number = f64::from_bits(bits);
            let again: f64 = written(number).parse().unwrap();
            prop_assert!(number.is_nan() && again.is_nan() || number == again || (number - again).abs() <= 1e-13 * number.abs().max(1e-9));
        }
    }

    #[test]
    fn the_ends_are_written() {
        let ends = [0.0, -0.0, 1e-5, 1e-300, BEYOND, 1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
        assert_eq!(
            ends.map(written),
            ["0", "-0", "0.00001", "0", "184467440737096e5", "100000000000000e286", "inf", "-inf", "NaN"]
        );
    }
}
