//! The layers of the two ziggurats, computed at the first draw from each: of a table nothing can be compressed, and
//! two of them would be 8 KB of a page that has to be loaded.
//!
//! A ziggurat covers the area under a falling density with horizontal layers of one area, so that nearly
//! every draw is a table look-up and a multiplication. Marsaglia and Tsang, "The Ziggurat Method for
//! Generating Random Variables", Journal of Statistical Software 5(8), 2000; the layout is that of Doornik,
//! "An Improved Ziggurat Method to Generate Normal Random Samples", Nuffield College, 2005.
//!
//! Only what IEEE 754 defines to the last bit is computed with, so the tables are the same on every target.

use std::sync::LazyLock;

/// How many layers a ziggurat has, its base with the tail included.
pub(super) const LAYERS: usize = 256;

/// Layer `i` reaches from `height[i]` up to `height[i + 1]`, is `width[i]` wide, and lies under the density up to
/// `width[i + 1]`. Layer 0, the base, has the tail folded into its width: it reaches down to 0.
pub(super) struct Table {
    pub(super) width: [f64; LAYERS + 1],
    pub(super) height: [f64; LAYERS + 1],
}

/// Layers under `exp(-x)`.
pub(super) static EXPONENTIAL: LazyLock<Table> = LazyLock::new(|| {
    layers(
        7.697_117_470_131_05,
        0.000_454_134_353_841_496_76,
        0.003_949_659_822_581_557,
        Density::Exponential,
    )
});

/// Layers under `exp(-x²/2)`, one half of it.
pub(super) static NORMAL: LazyLock<Table> = LazyLock::new(|| {
    layers(3.654_152_885_361_009, 0.001_260_285_930_498_597_6, 0.004_928_673_233_974_655, Density::Normal)
});

#[derive(Clone, Copy)]
enum Density {
    Exponential,
    Normal,
}

/// Stacks the layers, from where the tail begins, the density there, and the area of a layer: the three
/// numbers for which the top layer ends where the density does, at 1.
fn layers(tail: f64, at_tail: f64, area: f64, density: Density) -> Table {
    let mut width = [0.0; LAYERS + 1];
    let mut height = [0.0; LAYERS + 1];
    width[0] = area / at_tail;
    width[1] = tail;
    height[1] = at_tail;
    for i in 2..LAYERS {
        height[i] = height[i - 1] + area / width[i - 1];
        let log = minus_ln(height[i]);
        width[i] = match density {
            Density::Exponential => log,
            Density::Normal => sqrt(2.0 * log),
        };
    }
    height[LAYERS] = 1.0;
    Table { width, height }
}

/// `-ln x` for `x` in (0, 1], to about the last bit: halves are counted off, the rest is a series.
fn minus_ln(x: f64) -> f64 {
    let mut mantissa = x;
    let mut halves = 0.0;
    while mantissa < 0.75 {
        mantissa *= 2.0;
        halves += 1.0;
    }
    // -ln m = 2 artanh z = 2 (z + z³/3 + z⁵/5 + ...), where z = (1 - m) / (1 + m) lies within 1/5 of 0.
    let z = (1.0 - mantissa) / (1.0 + mantissa);
    let square = z * z;
    let mut series = 0.0;
    let mut odd = 31.0;
    while odd > 0.0 {
        series = series * square + 1.0 / odd;
        odd -= 2.0;
    }
    halves * std::f64::consts::LN_2 + 2.0 * z * series
}

/// The square root of `x` in (0, 16), by Newton's steps from above.
fn sqrt(x: f64) -> f64 {
    let mut root = 4.0;
    for _ in 0..20 {
        root = 0.5 * (root + x / root);
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-14 * b.abs()
    }

    /// Every layer has the same area, and every corner lies on the density: by other arithmetic than theirs.
    fn check(table: &Table, tail_area: f64, density: impl Fn(f64) -> f64) {
        let area = table.width[1] * table.height[1] + tail_area;
        assert!(close(table.width[0] * table.height[1], area));
        assert_eq!((table.width[LAYERS], table.height[LAYERS]), (0.0, 1.0));
        for i in 1..=LAYERS {
            assert!(close(table.height[i], density(table.width[i])), "corner {i}");
        }
        for i in 1..LAYERS {
            let layer = table.width[i] * (table.height[i + 1] - table.height[i]);
            assert!((layer / area - 1.0).abs() < 1e-11, "layer {i}: {layer}, not {area}");
            assert!(table.width[i + 1] < table.width[i] && table.width[i] < table.width[0]);
        }
    }

    #[test]
    fn layers_cover_the_densities() {
        check(&EXPONENTIAL, libm::exp(-EXPONENTIAL.width[1]), |x| libm::exp(-x));
        let root_half_pi = libm::sqrt(std::f64::consts::FRAC_PI_2);
        let tail = root_half_pi * libm::erfc(NORMAL.width[1] * std::f64::consts::FRAC_1_SQRT_2);
        check(&NORMAL, tail, |x| libm::exp(-0.5 * x * x));
    }

    #[test]
    fn functions_are_exact_to_the_last_bits() {
        for i in 1..=10_000 {
            let x = f64::from(i) / 10_000.0;
            assert!((minus_ln(x) + libm::log(x)).abs() <= 2e-15 * libm::log(x).abs(), "ln {x}");
            assert!(close(sqrt(15.9 * x), libm::sqrt(15.9 * x)), "sqrt of {x}");
        }
    }
}
