//! Randomness: one seed, and streams that know nothing of each other.
//!
//! A producer, a broker or a client library has a stream of its own, by name. What belongs to one message has a
//! stream for each property, by the message's number: so two settings can be compared on the same traffic,
//! and a worker more or a redelivery more changes no other draw.
//!
//! Both generators are named algorithms whose numbers do not change between releases or targets. A stream with a name
//! is PCG XSL RR 128/64 (MCG) (O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms
//! for Random Number Generation", 2014). That of a message is SplitMix64 (Steele, Lea and Flood, "Fast Splittable
//! Pseudorandom Number Generators", OOPSLA 2014): nearly always one number is drawn from it, for which the 128 bits of
//! the other would have to be made and multiplied first. The samplers are our own, on the arithmetic that every target
//! does alike.

mod ziggurat;

use std::fmt;
use std::hash::{Hash, Hasher};

use rand::Rng;
use rand_pcg::Pcg64Mcg;

use self::ziggurat::{EXPONENTIAL, LAYERS, NORMAL, Table};

/// A property of a message that is drawn for it, each from a stream of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Draw {
    /// The work it takes.
    Work = 1,
    /// Whether an attempt to process it succeeds.
    Outcome = 2,
    /// Its key.
    Key = 3,
    /// Its size.
    Size = 4,
    /// Whether it fails at every attempt.
    Poison = 5,
    /// Whether it crashes whoever works on it.
    Crash = 6,
    /// Whether a call that an attempt makes succeeds.
    Downstream = 7,
    /// How long to wait before another attempt.
    Backoff = 8,
}

/// An endless sequence of random numbers, decided by what it was made from.
#[derive(Clone, PartialEq, Eq)]
pub struct Stream<G = Pcg64Mcg>(G);

/// What a stream gets its bits from.
pub trait Source {
    /// 64 random bits.
    fn bits(&mut self) -> u64;
}

impl Source for Pcg64Mcg {
    #[inline(always)]
    fn bits(&mut self) -> u64 {
        self.next_u64()
    }
}

/// SplitMix64, with a step of its own between the numbers of one message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SplitMix(u64);

impl Source for SplitMix {
    #[inline(always)]
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        finish(self.0)
    }
}

impl Stream {
    /// The stream that belongs to `name` in a run of this seed. Other names are other streams.
    pub fn named(seed: u64, name: &str) -> Stream {
        let mut key = mix(seed ^ NAMED);
        for byte in name.bytes() {
            key = mix(key ^ u64::from(byte)).wrapping_add(GOLDEN);
        }
        Stream::keyed(seed, mix(key ^ name.len() as u64))
    }

    fn keyed(seed: u64, key: u64) -> Stream {
        let low = mix(key);
        let high = mix(key.rotate_left(32).wrapping_add(seed));
        Stream(Pcg64Mcg::new(u128::from(high) << 64 | u128::from(low)))
    }
}

impl Stream<SplitMix> {
    /// The stream for one property of one message at one attempt to process it, in a run of this seed.
    /// What does not depend on the attempt is drawn with attempt 0.
    ///
    /// Cheap enough to be made for a single draw. The first numbers of all messages, in their order, are a sequence of
    /// SplitMix64 that seed, property and attempt decide.
    #[inline(always)]
    pub fn of_message(seed: u64, message: u64, draw: Draw, attempt: u16) -> Stream<SplitMix> {
        Sequence::new(seed, draw, attempt).of(message)
    }
}

/// What the streams of all messages have in common for one property and attempt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Sequence(u64);

impl Sequence {
    #[inline(always)]
    pub(crate) fn new(seed: u64, draw: Draw, attempt: u16) -> Sequence {
        let property = ((draw as u64) << 16 | u64::from(attempt)).wrapping_mul(STEP);
        Sequence(mix(seed ^ property))
    }

    /// As [`Stream::of_message`].
    #[inline(always)]
    pub(crate) fn of(self, message: u64) -> Stream<SplitMix> {
        Stream(SplitMix(self.0.wrapping_add(message.wrapping_mul(GOLDEN))))
    }
}

impl<G: Source> Stream<G> {
    /// 64 random bits.
    #[inline(always)]
    pub fn next_u64(&mut self) -> u64 {
        self.0.bits()
    }

    /// Uniform in [0, 1): one of the 2⁵³ multiples of 2⁻⁵³.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as i64 as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// True with probability `p`: always from 1 on, never up to 0 or for NaN. Takes one number whatever `p` is.
    #[inline]
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Uniform in `0..n`, without bias; 0 if `n` is 0.
    ///
    /// Lemire, "Fast Random Integer Generation in an Interval", ACM TOMACS 29(1), 2019.
    #[inline]
    pub fn below(&mut self, n: u32) -> u32 {
        let mut product = (self.next_u64() >> 32) * u64::from(n);
        if (product as u32) < n {
            let uneven = n.wrapping_neg() % n;
            while (product as u32) < uneven {
                product = (self.next_u64() >> 32) * u64::from(n);
            }
        }
        (product >> 32) as u32
    }

    /// Exponential with mean 1; greater than 0.
    #[inline(always)]
    pub fn exponential(&mut self) -> f64 {
        let (layer, _, u) = self.point();
        let table = &*EXPONENTIAL;
        let x = u * table.width[layer];
        if x < table.width[layer + 1] { x } else { self.exponential_at_the_edge(layer, x) }
    }

    /// Normal with mean 0 and standard deviation 1.
    #[inline]
    pub fn normal(&mut self) -> f64 {
        let (layer, sign, u) = self.point();
        let table = &*NORMAL;
        let x = u * table.width[layer];
        let size = if x < table.width[layer + 1] { x } else { self.normal_at_the_edge(layer, x) };
        f64::from_bits(size.to_bits() | sign)
    }

    /// A layer of a ziggurat, a sign bit, and a place across the layer in (0, 1), all from different bits of one number.
    #[inline]
    fn point(&mut self) -> (usize, u64, f64) {
        let bits = self.next_u64();
        let layer = bits as usize % LAYERS;
        let sign = (bits >> 8) << 63;
        // By way of a signed number: that conversion is one instruction.
        let u = ((bits >> 12) as i64 as f64 + 0.5) * (1.0 / (1_u64 << 52) as f64);
        (layer, sign, u)
    }

    /// One draw in 90: `x` is not surely under the density.
    #[cold]
    fn exponential_at_the_edge(&mut self, mut layer: usize, mut x: f64) -> f64 {
        loop {
            if layer == 0 {
                // Without memory: beyond the point where the tail begins it is the same density again.
                return EXPONENTIAL.width[1] - libm::log(1.0 - self.uniform());
            }
            if self.height_in(&EXPONENTIAL, layer) < libm::exp(-x) {
                return x;
            }
            let u;
            (layer, _, u) = self.point();
            x = u * EXPONENTIAL.width[layer];
            if x < EXPONENTIAL.width[layer + 1] {
                return x;
            }
        }
    }

    /// One draw in 80: `x` is not surely under the density.
    #[cold]
    fn normal_at_the_edge(&mut self, mut layer: usize, mut x: f64) -> f64 {
        loop {
            if layer == 0 {
                return self.normal_tail();
            }
            if self.height_in(&NORMAL, layer) < libm::exp(-0.5 * x * x) {
                return x;
            }
            let u;
            (layer, _, u) = self.point();
            x = u * NORMAL.width[layer];
            if x < NORMAL.width[layer + 1] {
                return x;
            }
        }
    }

    /// Marsaglia, "Generating a Variable from the Tail of the Normal Distribution", Technometrics 6(1), 1964.
    fn normal_tail(&mut self) -> f64 {
        let start = NORMAL.width[1];
        loop {
            let beyond = -libm::log(1.0 - self.uniform()) / start;
            let height = -libm::log(1.0 - self.uniform());
            if beyond * beyond < 2.0 * height {
                return start + beyond;
            }
        }
    }

    /// A uniform height inside a layer.
    fn height_in(&mut self, table: &Table, layer: usize) -> f64 {
        table.height[layer] + (table.height[layer + 1] - table.height[layer]) * self.uniform()
    }
}

impl Hash for Stream {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let state = self.0.state();
        hasher.write_u64(state as u64);
        hasher.write_u64((state >> 64) as u64);
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({:#034x})", self.0.state())
    }
}

/// Sets named streams apart from those of messages.
const NAMED: u64 = 0x6E61_6D65_6420_2121;
/// 2⁶⁴ divided by the golden ratio: the step of SplitMix64.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
/// 2⁶⁴ divided by the square of the plastic number, made odd: in no simple proportion to the other.
const STEP: u64 = 0x91E1_0DA5_C79E_7B1D;

/// One to one, and every bit of the input changes half the bits of the output: one step of SplitMix64
/// (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
#[inline]
const fn mix(word: u64) -> u64 {
    finish(word.wrapping_add(GOLDEN))
}

#[inline]
const fn finish(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_distr::{Distribution, Exp1, StandardNormal};

    use super::*;

    const MILLION: usize = 1_000_000;

    fn sorted(mut draw: impl FnMut() -> f64) -> Vec<f64> {
        let mut sample: Vec<f64> = (0..MILLION).map(|_| draw()).collect();
        sample.sort_by(f64::total_cmp);
        sample
    }

    /// The greatest distance between the two samples' distribution functions (Kolmogorov and Smirnov).
    fn distance(a: &[f64], b: &[f64]) -> f64 {
        let (mut i, mut j, mut widest) = (0, 0, 0.0_f64);
        while i < a.len() && j < b.len() {
            if a[i] <= b[j] {
                i += 1;
            } else {
                j += 1;
            }
            widest = widest.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
        }
        widest
    }

    /// The same distance to a distribution function that is known.
    fn distance_to(sample: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
        let n = sample.len() as f64;
        let gaps = sample.iter().enumerate().map(|(i, &x)| (cdf(x) - (i as f64 + 0.5) / n).abs());
        gaps.fold(0.0, f64::max)
    }

    /// A true million is this far from its distribution function once in 10,000; two of them, √2 times as far apart.
    const TOO_FAR: f64 = 2.23e-3;

    fn moment(sample: &[f64], power: i32) -> f64 {
        sample.iter().map(|&x| (0..power).map(|_| x).product::<f64>()).sum::<f64>() / sample.len() as f64
    }

    #[track_caller]
    fn assert_near(value: f64, expected: f64, tolerance: f64) {
        assert!((value - expected).abs() <= tolerance, "{value}, expected {expected} to {tolerance}");
    }

    /// The share of the sample beyond `x`, against `p` and five standard errors.
    #[track_caller]
    fn assert_tail(sample: &[f64], x: f64, p: f64) {
        let share = (sample.len() - sample.partition_point(|&y| y <= x)) as f64 / sample.len() as f64;
        assert_near(share, p, 5.0 * (p / sample.len() as f64).sqrt());
    }

    #[test]
    fn exponential_is_exponential() {
        let mut stream = Stream::named(1, "exponential");
        let sample = sorted(|| stream.exponential());
        let mut reference = Pcg64Mcg::seed_from_u64(2);
        let other = sorted(|| Exp1.sample(&mut reference));

        assert!(0.0 < sample[0]);
        assert!(distance(&sample, &other) < TOO_FAR * std::f64::consts::SQRT_2);
        assert!(distance_to(&sample, |x| 1.0 - libm::exp(-x)) < TOO_FAR);
        for (power, expected, tolerance) in [(1, 1.0, 0.004), (2, 2.0, 0.02), (3, 6.0, 0.12)] {
            assert_near(moment(&sample, power), expected, tolerance);
        }
        for x in [0.01, 0.1, 1.0, 3.0, 7.0, 7.7, 8.0, 9.0, 11.0] {
            assert_tail(&sample, x, libm::exp(-x));
        }
    }

    #[test]
    fn normal_is_normal() {
        let mut stream = Stream::named(1, "normal");
        let sample = sorted(|| stream.normal());
        let mut reference = Pcg64Mcg::seed_from_u64(3);
        let other = sorted(|| StandardNormal.sample(&mut reference));
        let beyond = |x: f64| 0.5 * libm::erfc(x * std::f64::consts::FRAC_1_SQRT_2);

        assert!(distance(&sample, &other) < TOO_FAR * std::f64::consts::SQRT_2);
        assert!(distance_to(&sample, |x| 1.0 - beyond(x)) < TOO_FAR);
        for (power, expected, tolerance) in
            [(1, 0.0, 0.004), (2, 1.0, 0.006), (3, 0.0, 0.016), (4, 3.0, 0.04)]
        {
            assert_near(moment(&sample, power), expected, tolerance);
        }
        for x in [0.01, 0.5, 1.0, 2.0, 3.0, 3.6, 3.7, 4.0, 4.5] {
            assert_tail(&sample, x, beyond(x));
            let mirrored: Vec<f64> = sample.iter().rev().map(|x| -x).collect();
            assert_tail(&mirrored, x, beyond(x));
        }
    }

    #[test]
    fn the_tail_of_the_normal_goes_on_in_shape() {
        let mut stream = Stream::named(1, "tail");
        let sample = sorted(|| stream.normal_tail());
        let beyond = |x: f64| libm::erfc(x * std::f64::consts::FRAC_1_SQRT_2);
        assert!(NORMAL.width[1] <= sample[0]);
        assert!(distance_to(&sample, |x| 1.0 - beyond(x) / beyond(NORMAL.width[1])) < TOO_FAR);
    }

    #[test]
    fn uniform_is_uniform() {
        let mut stream = Stream::named(1, "uniform");
        let sample = sorted(|| stream.uniform());
        assert!(0.0 <= sample[0] && sample[MILLION - 1] < 1.0);
        assert!(distance_to(&sample, |x| x) < TOO_FAR);
    }

    #[test]
    fn first_draws_of_messages_are_as_good_as_one_stream() {
        for (draw, attempt) in [(Draw::Work, 0), (Draw::Key, 0), (Draw::Outcome, 7)] {
            let mut message = 0;
            let sample = sorted(|| {
                message += 1;
                Stream::of_message(42, message, draw, attempt).uniform()
            });
            assert!(distance_to(&sample, |x| x) < TOO_FAR, "{draw:?}");
        }
    }

    /// Neighbors of any kind are not correlated: five standard errors of a million products.
    #[test]
    fn streams_are_independent() {
        type Drawn = Stream<SplitMix>;
        let product = |a: &dyn Fn(u64) -> Drawn, b: &dyn Fn(u64) -> Drawn| {
            let sum: f64 =
                (0..MILLION as u64).map(|i| (a(i).uniform() - 0.5) * (b(i).uniform() - 0.5) * 12.0).sum();
            sum / MILLION as f64
        };
        let work = |i| Stream::of_message(1, i, Draw::Work, 0);
        let neighbors: [&dyn Fn(u64) -> Drawn; 6] = [
            &|i| Stream::of_message(1, i + 1, Draw::Work, 0),
            &|i| Stream::of_message(2, i, Draw::Work, 0),
            &|i| Stream::of_message(1, i, Draw::Outcome, 0),
            &|i| Stream::of_message(1, i, Draw::Poison, 0),
            &|i| Stream::of_message(1, i, Draw::Work, 1),
            &|i| {
                let mut later = Stream::of_message(1, i, Draw::Work, 0);
                later.next_u64();
                later
            },
        ];
        for (which, neighbor) in neighbors.into_iter().enumerate() {
            assert!(product(&work, neighbor).abs() < 5e-3, "neighbor {which}");
        }
    }

    #[test]
    fn other_names_seeds_and_messages_are_other_streams() {
        let mut states = std::collections::BTreeSet::new();
        let mut firsts = vec![];
        for seed in [0, 1, 2, u64::MAX] {
            for name in ["", "a", "b", "aa", "ab", "ba", "producer 1", "producer 2"] {
                firsts.push(Stream::named(seed, name).next_u64());
            }
            for message in [0, 1, 2, 255, 256, 65_535, 65_536, (1 << 48) - 1] {
                for draw in [Draw::Work, Draw::Outcome, Draw::Key, Draw::Size, Draw::Poison] {
                    for attempt in [0, 1, 2, 255] {
                        firsts.push(Stream::of_message(seed, message, draw, attempt).next_u64());
                    }
                }
            }
        }
        for first in firsts {
            assert!(states.insert(first), "{first}");
        }
    }

    #[test]
    fn chance_keeps_its_bounds_and_its_place() {
        let mut stream = Stream::named(1, "chance");
        let mut counted = stream.clone();
        let mut hits = 0;
        for _ in 0..100_000 {
            assert!(!stream.chance(0.0) && !stream.chance(-1.0) && !stream.chance(f64::NAN));
            assert!(stream.chance(1.0) && stream.chance(f64::INFINITY));
            hits += u32::from(stream.chance(0.3));
        }
        assert_near(f64::from(hits) / 1e5, 0.3, 5.0 * (0.21_f64 / 1e5).sqrt());
        for _ in 0..600_000 {
            counted.next_u64();
        }
        assert_eq!(stream, counted);
    }

    #[test]
    fn below_is_even_and_stays_below() {
        let mut stream = Stream::named(1, "below");
        assert_eq!((stream.below(0), stream.below(1)), (0, 0));
        let mut counts = [0_u32; 6];
        for _ in 0..600_000 {
            counts[stream.below(6) as usize] += 1;
        }
        for count in counts {
            assert_near(f64::from(count), 1e5, 5.0 * 1e5_f64.sqrt());
        }
        // Of 2³² numbers on 3/4 as many places, every third place would get two without the correction.
        let thirds = (0..100_000).filter(|_| stream.below(0xC000_0000).is_multiple_of(3)).count();
        assert_near(thirds as f64, 1e5 / 3.0, 5.0 * (2e5_f64 / 9.0).sqrt());
    }

    /// Pinned: a change here changes every history ever recorded.
    #[test]
    fn first_draws_are_pinned() {
        let mut stream = Stream::named(42, "producer 1");
        let bits: [u64; 2] = [stream.next_u64(), stream.next_u64()];
        assert_eq!(format!("{bits:x?}"), "[de2b4f58b9d5ef5b, 1ade28803bc2fc3]");
        let floats = [stream.uniform(), stream.exponential(), stream.normal()];
        assert_eq!(format!("{floats:?}"), "[0.9024170955569796, 0.6062419288857803, -1.5306769372092193]");
        let small: [u32; 4] = std::array::from_fn(|_| stream.below(1000));
        assert_eq!(format!("{small:?}"), "[108, 461, 157, 12]");
        let work: [f64; 3] = [1, 2, 3].map(|id| Stream::of_message(42, id, Draw::Work, 0).exponential());
        assert_eq!(format!("{work:?}"), "[0.004034701370135498, 1.1301730996536397, 0.45210869000617404]");

        let mut total = 0_u64;
        for _ in 0..MILLION {
            let words = [stream.exponential().to_bits(), stream.normal().to_bits()];
            total = words.into_iter().fold(total, |total, word| mix(total ^ word));
        }
        assert_eq!(format!("{total:016x}"), "a5d7d58fde7aa44b");
    }
}
