//! Queueing theory: what a queue settles down to, in closed form.
//!
//! Arrivals are Poisson, service times are independent of them, the queue is first come, first served. In a
//! name like M/M/c/K the letters are: the gaps between arrivals (M: exponential), the service times (M:
//! exponential, D: all the same, G: any), the servers, and how many the system holds, *those in service included*.
//! A message that finds the system full is lost.
//!
//! Sources: Kleinrock, "Queueing Systems, Volume 1: Theory", Wiley, 1975 (birth-death queues, chapter 3; M/G/1,
//! chapter 5); Gross, Shortle, Thompson and Harris, "Fundamentals of Queueing Theory", 4th edition, Wiley, 2008. The
//! distribution of the wait in M/D/1: Erlang, "The Theory of Probabilities and Telephone Conversations", Nyt
//! Tidsskrift for Matematik B 20, 1909; Crommelin, "Delay Probability Formulae When the Holding Times Are Constant",
//! Post Office Electrical Engineers Journal 25, 1932.

/// Averages over a long run, once the start is forgotten.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Steady {
    /// The share of its time that a server is busy, 0..=1.
    pub utilization: f64,
    /// Messages in the system, waiting and in service: L.
    pub number_in_system: f64,
    /// Messages that wait: Lq.
    pub number_waiting: f64,
    /// Seconds that a message waits before its service, of those that are let in: Wq.
    pub wait: f64,
    /// Seconds from arrival to the end of service, of those that are let in: W.
    pub sojourn: f64,
    /// The share of arrivals that are lost because the system is full, 0..=1.
    pub loss: f64,
    /// Messages served per second.
    pub throughput: f64,
}

/// A queue that has a closed form, with its parameters. Rates are per second, the service rate per server.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Model {
    /// One server, exponential service.
    MM1 { arrival_rate: f64, service_rate: f64 },
    /// One server, exponential service, room for `capacity` in the system.
    MM1K { arrival_rate: f64, service_rate: f64, capacity: u32 },
    /// Several servers, exponential service.
    MMc { arrival_rate: f64, service_rate: f64, servers: u32 },
    /// Several servers, exponential service, room for `capacity` in the system.
    MMcK { arrival_rate: f64, service_rate: f64, servers: u32, capacity: u32 },
    /// One server, fixed service time.
    MD1 { arrival_rate: f64, service_rate: f64 },
    /// One server, any service time: `variation` is its squared coefficient of variation.
    MG1 { arrival_rate: f64, service_rate: f64, variation: f64 },
}

impl Model {
    /// What the field calls it, such as `M/M/1/K`.
    pub fn name(&self) -> &'static str {
        match self {
            Model::MM1 { .. } => "M/M/1",
            Model::MM1K { .. } => "M/M/1/K",
            Model::MMc { .. } => "M/M/c",
            Model::MMcK { .. } => "M/M/c/K",
            Model::MD1 { .. } => "M/D/1",
            Model::MG1 { .. } => "M/G/1",
        }
    }

    /// The wait in seconds that a share of messages does not exceed, 0 < `share` < 1. None where it has no simple form,
    /// or where the queue never settles down.
    ///
    /// In M/M/c, P(W > t) = C exp(−(cμ − λ)t); M/M/1 is that with C = ρ. In M/D/1 it is the distribution that Erlang
    /// and Crommelin found.
    pub fn wait_quantile(&self, share: f64) -> Option<f64> {
        let (arrival_rate, service_rate, servers) = match *self {
            Model::MM1 { arrival_rate, service_rate } => (arrival_rate, service_rate, 1),
            Model::MMc { arrival_rate, service_rate, servers } => (arrival_rate, service_rate, servers),
            Model::MD1 { arrival_rate, service_rate } => {
                self.steady()?;
                return Some(md1_wait(arrival_rate / service_rate, share)? / service_rate);
            }
            Model::MM1K { .. } | Model::MMcK { .. } | Model::MG1 { .. } => return None,
        };
        self.steady()?;
        let waits = erlang_c(servers, offered_load(arrival_rate, service_rate)?);
        let beyond = Some(1.0 - share).filter(|beyond| 0.0 < *beyond && *beyond < 1.0)?;
        let spare = f64::from(servers) * service_rate - arrival_rate;
        Some(if waits <= beyond { 0.0 } else { libm::log(waits / beyond) / spare })
    }

    /// Its averages; none if it never settles down, or if a parameter is out of range.
    pub fn steady(&self) -> Option<Steady> {
        match *self {
            Model::MM1 { arrival_rate, service_rate } => mm1(arrival_rate, service_rate),
            Model::MM1K { arrival_rate, service_rate, capacity } => {
                mm1k(arrival_rate, service_rate, capacity)
            }
            Model::MMc { arrival_rate, service_rate, servers } => mmc(arrival_rate, service_rate, servers),
            Model::MMcK { arrival_rate, service_rate, servers, capacity } => {
                mmck(arrival_rate, service_rate, servers, capacity)
            }
            Model::MD1 { arrival_rate, service_rate } => md1(arrival_rate, service_rate),
            Model::MG1 { arrival_rate, service_rate, variation } => {
                mg1(arrival_rate, service_rate, variation)
            }
        }
    }
}

/// Little's law, L = λW: how many are inside, if `throughput` a second go through and each stays for `seconds`.
/// It holds for any system that neither makes nor keeps messages, and for any part of one.
///
/// Little, "A Proof for the Queuing Formula L = λW", Operations Research 9(3), 1961.
pub fn little(throughput: f64, seconds: f64) -> f64 {
    throughput * seconds
}

/// M/M/1: `arrival_rate` λ and `service_rate` μ per second. None unless 0 < λ < μ.
///
/// L = ρ / (1 − ρ), W = 1 / (μ − λ), where ρ = λ/μ.
pub fn mm1(arrival_rate: f64, service_rate: f64) -> Option<Steady> {
    mg1(arrival_rate, service_rate, 1.0)
}

/// M/D/1: `arrival_rate` λ and `service_rate` μ per second. None unless 0 < λ < μ.
///
/// Lq = ρ² / 2(1 − ρ): half of what waits in M/M/1.
pub fn md1(arrival_rate: f64, service_rate: f64) -> Option<Steady> {
    mg1(arrival_rate, service_rate, 0.0)
}

/// The wait in M/D/1 that a share of messages does not exceed, in service times D, at a load of 0 < ρ < 1. None if the
/// share is not between 0 and 1, or so near to 1 that more than [`LONGEST`] would wait.
///
/// Erlang's formula, P(W ≤ t) = (1 − ρ) Σ (λ(kD − t))ᵏ exp(−λ(kD − t)) / k! for k = 0..=⌊t/D⌋, has terms of both signs,
/// which soon are far greater than their sum. So this is Crommelin's way, of positive terms alone, in the form of Franx,
/// "A simple solution for the M/D/c waiting time distribution", Operations Research Letters 29, 2001: with Q(m) for the
/// probability that at most m wait, and 0 ≤ u ≤ D,
///
/// P(W ≤ kD − u) = exp(−λu) Σ Q(k − 1 − j) (λu)ʲ / j! for j = 0..k.
///
/// The probabilities of the states come one after the other from flow up and down across each level, again of positive
/// terms alone: a(0) p(n+1) = p(0) A(n) + Σ p(i) A(n+1−i) for i = 1..=n, where a(k) is the probability of k arrivals within
/// D, and A(k) of more than k.
fn md1_wait(load: f64, share: f64) -> Option<f64> {
    let usable = 0.0 < share && share < 1.0;
    let mut at_most = 1.0 - load;
    if !usable || share <= at_most {
        return usable.then_some(0.0);
    }
    let arrivals = poisson(load);
    let mut more = [0.0; ARRIVALS];
    for k in (1..ARRIVALS).rev() {
        more[k - 1] = more[k] + arrivals[k];
    }
    let idle = at_most;
    // The states from 1 on, and how likely it is that at most 0, 1, 2, ... wait.
    let (mut states, mut waiting) = (Vec::new(), Vec::new());
    while at_most < share {
        let n: usize = states.len();
        if LONGEST <= n {
            return None;
        }
        let from_idle = more.get(n).map_or(0.0, |more| idle * more);
        let from_others = states.iter().rev().zip(&more[1..]).map(|(state, more): (&f64, _)| state * more);
        let state = (from_idle + from_others.sum::<f64>()) / arrivals[0];
        at_most += state;
        states.push(state);
        waiting.push(at_most);
    }
    // The share is reached within the last of these service times: where, halving tells.
    let reaches = |left: f64| {
        let terms = waiting.iter().rev().zip(poisson(load * left));
        share <= terms.map(|(at_most, arrivals)| at_most * arrivals).sum::<f64>()
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if reaches(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(waiting.len() as f64 - low)
}

/// More than so many arrivals within one service time are not seen in a queue that settles down: at a load of 1 their
/// probability is 1e-25.
const ARRIVALS: usize = 24;

/// A queue in which it takes more states than this to come to the share that is asked for is hardly one that settles
/// down: at a load of 0.9999 it is 15,000 for 95 %.
const LONGEST: usize = 100_000;

/// What is halved so often is known to the last bit.
const HALVINGS: u32 = 52;

/// The probabilities of 0, 1, 2, ... arrivals where `mean` are expected.
fn poisson(mean: f64) -> [f64; ARRIVALS] {
    let mut chances = [libm::exp(-mean); ARRIVALS];
    for k in 1..ARRIVALS {
        chances[k] = chances[k - 1] * mean / k as f64;
    }
    chances
}

/// The number of times that a message is worked on if each attempt fails with probability `failure`, independently, and
/// it is given up after `most`: mean and squared coefficient of variation. None for no attempts.
///
/// P(K ≥ k) = fᵏ⁻¹ for k up to `most`, so E K = Σ fᵏ⁻¹ and E K² = Σ (2k − 1) fᵏ⁻¹.
pub fn attempts(failure: f64, most: u32) -> Option<(f64, f64)> {
    let (mut reached, mut first, mut second) = (1.0, 0.0, 0.0);
    for k in 1..=most {
        first += reached;
        second += f64::from(2 * k - 1) * reached;
        reached *= failure;
    }
    (0.0 < first).then_some((first, second / (first * first) - 1.0))
}

/// M/G/1: `arrival_rate` λ and `service_rate` μ per second, and `variation` c², the variance of the service time
/// divided by the square of its mean: 0 if fixed, 1 if exponential. None unless 0 < λ < μ and 0 ≤ c².
///
/// Pollaczek and Khinchine: Lq = ρ² (1 + c²) / 2(1 − ρ).
pub fn mg1(arrival_rate: f64, service_rate: f64, variation: f64) -> Option<Steady> {
    let load = offered_load(arrival_rate, service_rate)?;
    if service_rate <= arrival_rate || !(0.0 <= variation && variation.is_finite()) {
        return None;
    }
    let wait = load * (1.0 + variation) / (2.0 * (service_rate - arrival_rate));
    lossless(arrival_rate, service_rate, 1, wait)
}

/// M/M/c: `arrival_rate` λ per second, `servers` c ≥ 1 with `service_rate` μ per second each.
/// None unless 0 < λ < cμ.
///
/// Wq = C(c, λ/μ) / (cμ − λ), where C is Erlang's formula for the probability of having to wait.
pub fn mmc(arrival_rate: f64, service_rate: f64, servers: u32) -> Option<Steady> {
    let load = offered_load(arrival_rate, service_rate)?;
    let spare = f64::from(servers) * service_rate - arrival_rate;
    if spare.is_nan() || spare <= 0.0 {
        return None;
    }
    let wait = erlang_c(servers, load) / spare;
    lossless(arrival_rate, service_rate, servers, wait)
}

/// M/M/1/K: `arrival_rate` λ and `service_rate` μ per second, room for `capacity` K ≥ 1, in service included.
/// There is an answer for any positive rates.
///
/// The probability of n in the system is ρⁿ (1 − ρ) / (1 − ρᴷ⁺¹), or 1 / (K + 1) if ρ = 1.
pub fn mm1k(arrival_rate: f64, service_rate: f64, capacity: u32) -> Option<Steady> {
    mmck(arrival_rate, service_rate, 1, capacity)
}

/// M/M/c/K: `arrival_rate` λ per second, `servers` c ≥ 1 with `service_rate` μ per second each, room for
/// `capacity` K ≥ 1, in service included. There is an answer for any positive rates.
///
/// The probability of n in the system is λ / (μ min(n, c)) times that of n − 1. It is summed from its peak
/// outward, where every factor is at most 1: nothing overflows, and nothing cancels, at ρ = 1 or anywhere.
pub fn mmck(arrival_rate: f64, service_rate: f64, servers: u32, capacity: u32) -> Option<Steady> {
    let load = offered_load(arrival_rate, service_rate)?;
    if servers == 0 || capacity == 0 {
        return None;
    }
    let busy = |n: u32| f64::from(n.min(servers));
    let peak = if load < f64::from(servers) { (load as u32).min(capacity) } else { capacity };

    let mut sums = Sums::default();
    let mut weight = 1.0;
    for n in (0..=peak).rev() {
        sums.add(n, servers, weight);
        weight *= busy(n) / load;
        if weight < NEGLIGIBLE {
            break;
        }
    }
    let mut full = 1.0;
    for n in peak + 1..=capacity {
        full *= load / busy(n);
        if full < NEGLIGIBLE {
            full = 0.0;
            break;
        }
        sums.add(n, servers, full);
    }

    let throughput = service_rate * (sums.busy / sums.all);
    let number_waiting = sums.waiting / sums.all;
    let number_in_system = sums.number / sums.all;
    checked(Steady {
        utilization: (sums.busy / sums.all / f64::from(servers)).min(1.0),
        number_in_system,
        number_waiting,
        wait: number_waiting / throughput,
        sojourn: number_in_system / throughput,
        loss: (full / sums.all).min(1.0),
        throughput,
    })
}

/// A state this much less likely than the likeliest cannot be seen in any average, nor can all those beyond it.
const NEGLIGIBLE: f64 = 1e-200;

/// Sums over the states of a system, each by its weight.
#[derive(Default)]
struct Sums {
    all: f64,
    number: f64,
    waiting: f64,
    busy: f64,
}

impl Sums {
    fn add(&mut self, n: u32, servers: u32, weight: f64) {
        self.all += weight;
        self.number += f64::from(n) * weight;
        self.waiting += f64::from(n.saturating_sub(servers)) * weight;
        self.busy += f64::from(n.min(servers)) * weight;
    }
}

/// λ/μ, the mean number of busy servers if there are enough. None unless it and both rates are positive and finite.
fn offered_load(arrival_rate: f64, service_rate: f64) -> Option<f64> {
    let load = arrival_rate / service_rate;
    let usable = |x: f64| 0.0 < x && x.is_finite();
    (usable(arrival_rate) && usable(service_rate) && usable(load)).then_some(load)
}

/// The probability that an arrival has to wait in M/M/c, by the recursion of Erlang's loss formula:
/// B(0) = 1, B(k) = aB(k−1) / (k + aB(k−1)), and C = B / (1 − ρ(1 − B)).
fn erlang_c(servers: u32, load: f64) -> f64 {
    let mut blocked = 1.0;
    for k in 1..=servers {
        blocked = load * blocked / (f64::from(k) + load * blocked);
    }
    let idle = 1.0 - load / f64::from(servers);
    blocked / (idle + (1.0 - idle) * blocked)
}

/// All the averages of a stable system that loses nothing, from its mean wait.
fn lossless(arrival_rate: f64, service_rate: f64, servers: u32, wait: f64) -> Option<Steady> {
    let load = arrival_rate / service_rate;
    let sojourn = wait + 1.0 / service_rate;
    checked(Steady {
        utilization: load / f64::from(servers),
        number_in_system: little(arrival_rate, sojourn),
        number_waiting: little(arrival_rate, wait),
        wait,
        sojourn,
        loss: 0.0,
        throughput: arrival_rate,
    })
}

/// None if a number is too large to be one.
fn checked(steady: Steady) -> Option<Steady> {
    let Steady { utilization, number_in_system, number_waiting, wait, sojourn, loss, throughput } = steady;
    [utilization, number_in_system, number_waiting, wait, sojourn, loss, throughput]
        .into_iter()
        .all(f64::is_finite)
        .then_some(steady)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn assert_near(value: f64, expected: f64) {
        assert_within(value, expected, 1e-9);
    }

    #[track_caller]
    fn assert_within(value: f64, expected: f64, tolerance: f64) {
        let scale = expected.abs().max(1e-12);
        assert!((value - expected).abs() <= tolerance * scale, "{value}, expected {expected}");
    }

    #[track_caller]
    fn assert_same(a: Option<Steady>, b: Option<Steady>, tolerance: f64) {
        let fields = |s: Steady| {
            [s.utilization, s.number_in_system, s.number_waiting, s.wait, s.sojourn, s.loss, s.throughput]
        };
        let (a, b) = (fields(a.unwrap()), fields(b.unwrap()));
        for (a, b) in a.into_iter().zip(b) {
            assert!((a - b).abs() <= tolerance * b.abs().max(tolerance), "{a}, expected {b}");
        }
    }

    #[test]
    fn mm1_by_the_textbook() {
        // Four fifths busy: four in the system, 3.2 waiting, five mean service times from end to end.
        let queue = mm1(8.0, 10.0).unwrap();
        assert_near(queue.utilization, 0.8);
        assert_near(queue.number_in_system, 4.0);
        assert_near(queue.number_waiting, 3.2);
        assert_near(queue.sojourn, 0.5);
        assert_near(queue.wait, 0.4);
        assert_eq!((queue.loss, queue.throughput), (0.0, 8.0));
    }

    #[test]
    fn md1_waits_half_as_long() {
        let (fixed, random) = (md1(8.0, 10.0).unwrap(), mm1(8.0, 10.0).unwrap());
        assert_near(fixed.wait, random.wait / 2.0);
        assert_near(fixed.number_waiting, 1.6);
        assert_near(fixed.number_in_system, 2.4);
    }

    #[test]
    fn mg1_by_hand() {
        // Half of the messages take 0.05 s, half 0.15 s: mean 0.1, second moment 0.0125, so c² = 1/4.
        let queue = mg1(6.0, 10.0, 0.25).unwrap();
        assert_near(queue.wait, 6.0 * 0.0125 / (2.0 * 0.4));
    }

    #[test]
    fn mmc_by_the_tables() {
        // Erlang's C for two servers is 2ρ² / (1 + ρ): 1/3 at ρ = 1/2.
        let two = mmc(1.0, 1.0, 2).unwrap();
        assert_near(two.number_waiting, 1.0 / 3.0);
        assert_near(two.number_in_system, 4.0 / 3.0);
        // Three servers at ρ = 0.9: P0 = 1 / (1 + 2.7 + 2.7²/2 + 2.7³/6 · 10), C = 2.7³/6 · 10 · P0.
        let last = 2.7 * 2.7 * 2.7 / 6.0 * 10.0;
        let busy = last / (1.0 + 2.7 + 2.7 * 2.7 / 2.0 + last);
        assert_within(busy, 0.8171, 1e-4);
        let three = mmc(2.7, 1.0, 3).unwrap();
        assert_near(three.wait, busy / 0.3);
        assert_near(three.utilization, 0.9);
    }

    #[test]
    fn mm1k_by_the_formula() {
        for (ratio, capacity) in [(0.9, 11), (1.5, 11), (0.5, 1), (3.0, 2), (0.999, 100)] {
            let power = |n: u32| (0..n).map(|_| ratio).product::<f64>();
            let loss = (1.0 - ratio) * power(capacity) / (1.0 - power(capacity + 1));
            let places = f64::from(capacity + 1);
            let number = ratio / (1.0 - ratio) - places * power(capacity + 1) / (1.0 - power(capacity + 1));
            let queue = mm1k(ratio * 4.0, 4.0, capacity).unwrap();
            assert_near(queue.loss, loss);
            assert_near(queue.number_in_system, number);
            assert_near(queue.throughput, ratio * 4.0 * (1.0 - loss));
        }
    }

    #[test]
    fn at_a_load_of_one_every_state_is_as_likely() {
        for capacity in [1, 2, 11, 1_000, 100_050] {
            let queue = mm1k(7.0, 7.0, capacity).unwrap();
            let k = f64::from(capacity);
            assert_near(queue.loss, 1.0 / (k + 1.0));
            assert_near(queue.number_in_system, k / 2.0);
            assert_near(queue.utilization, k / (k + 1.0));
        }
        // Many servers as well, and all of them almost always busy.
        let queue = mmck(500.0, 10.0, 50, 100_050).unwrap();
        assert!(0.999 < queue.utilization && queue.utilization < 1.0);
        assert_within(queue.number_waiting, 50_000.0, 1e-3);
    }

    #[test]
    fn thousands_of_servers_do_not_overflow() {
        // The likeliest state is e⁴⁹⁰⁰ times as likely as the empty one.
        assert_same(mmck(4_900.0, 1.0, 5_000, 20_000), mmc(4_900.0, 1.0, 5_000), 1e-9);
    }

    #[test]
    fn no_waiting_room_is_erlangs_loss_formula() {
        // B(3, 2) = (8/6) / (1 + 2 + 2 + 8/6) = 4/19.
        let queue = mmck(2.0, 1.0, 3, 3).unwrap();
        assert_near(queue.loss, 4.0 / 19.0);
        assert_eq!(queue.number_waiting, 0.0);
        // Servers beyond the capacity are never used.
        let wide = mmck(2.0, 1.0, 6, 3).unwrap();
        assert_near(wide.loss, queue.loss);
        assert_near(wide.utilization, queue.utilization / 2.0);
    }

    #[test]
    fn extremes_stay_numbers() {
        let flooded = mmck(1e9, 1e-3, 50, 100_050).unwrap();
        assert_near(flooded.number_in_system, 100_050.0);
        assert_near(flooded.loss, 1.0);
        assert_near(flooded.throughput, 0.05);
        let idle = mmck(1e-9, 1e3, 50, 100_050).unwrap();
        assert_eq!(idle.loss, 0.0);
        assert_near(idle.sojourn, 1e-3);
        assert_near(mm1k(1e3, 1e9, 100_050).unwrap().number_in_system, 1e-6 / (1.0 - 1e-6));
    }

    #[test]
    fn what_never_settles_or_is_no_queue_has_no_answer() {
        assert_eq!(mm1(1.0, 1.0), None);
        assert_eq!(md1(2.0, 1.0), None);
        assert_eq!(mmc(3.0, 1.0, 3), None);
        assert_eq!(mmc(1.0, 1.0, 0), None);
        assert_eq!(mmck(1.0, 1.0, 0, 5), None);
        assert_eq!(mm1k(1.0, 1.0, 0), None);
        assert_eq!(mg1(1.0, 2.0, -0.1), None);
        assert_eq!(mg1(1.0, 2.0, f64::NAN), None);
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for (a, b) in [(rate, 10.0), (1.0, rate)] {
                assert_eq!(mm1(a, b), None);
                assert_eq!(mmc(a, b, 2), None);
                assert_eq!(mmck(a, b, 2, 3), None);
            }
        }
        assert_eq!(mmck(1e300, 1e-300, 2, 3), None);
        assert_eq!(mmck(1e-300, 1e300, 2, 3), None);
    }

    #[test]
    fn quantiles_of_the_wait_by_hand() {
        // In M/M/1 at ρ = 0.8: P(W > t) = 0.8 exp(−2t), so half of all wait no longer than ln(1.6) / 2.
        let one = Model::MM1 { arrival_rate: 8.0, service_rate: 10.0 };
        assert_near(one.wait_quantile(0.5).unwrap(), libm::log(1.6) / 2.0);
        assert_eq!(one.wait_quantile(0.1), Some(0.0), "a fifth does not wait at all");
        // With two servers at ρ = 1/2 a third has to wait.
        let two = Model::MMc { arrival_rate: 1.0, service_rate: 1.0, servers: 2 };
        assert_near(two.wait_quantile(0.95).unwrap(), libm::log(1.0 / 3.0 / 0.05));
        assert_eq!(two.wait_quantile(1.0), None);
        let never = Model::MM1 { arrival_rate: 10.0, service_rate: 10.0 };
        assert_eq!(never.wait_quantile(0.5), None);
        let any = Model::MG1 { arrival_rate: 1.0, service_rate: 2.0, variation: 0.5 };
        assert_eq!(any.wait_quantile(0.5), None);
    }

    /// Erlang's formula, which can be trusted while its terms are small: the probability that a wait is at most `t`
    /// service times.
    fn erlang(load: f64, t: f64) -> f64 {
        let (mut sum, mut factorial) = (0.0, 1.0);
        for k in 0..=t as u32 {
            factorial *= f64::from(k.max(1));
            let ahead = load * (f64::from(k) - t);
            let power: f64 = (0..k).map(|_| ahead).product();
            sum += power * libm::exp(-ahead) / factorial;
        }
        (1.0 - load) * sum
    }

    #[test]
    fn the_wait_for_fixed_work_is_as_erlang_has_it() {
        let wait = |load: f64, share| {
            Model::MD1 { arrival_rate: load * 10.0, service_rate: 10.0 }.wait_quantile(share)
        };
        // Within the first service time P(W <= t) = (1 - rho) exp(lambda t).
        assert_near(wait(0.8, 0.4).unwrap(), libm::log(2.0) / 8.0);
        assert_eq!(wait(0.8, 0.19), Some(0.0), "a fifth does not wait at all");
        assert_eq!(
            (wait(0.8, 0.0), wait(0.8, 1.0), wait(0.8, f64::NAN), wait(1.0, 0.5)),
            (None, None, None, None)
        );
        for load in [0.1, 0.5, 0.8, 0.9] {
            for share in [0.3, 0.5, 0.75, 0.9, 0.95] {
                let t = 10.0 * wait(load, share).unwrap();
                assert!(t < 16.0);
                if share <= 1.0 - load {
                    assert_eq!(t, 0.0);
                } else {
                    assert_within(erlang(load, t), share, 1e-8);
                }
            }
        }
    }

    /// Far out the wait is exponential: P(W > t) = (1 − ρ) exp(−st) / (ρ exp(s/μ) − 1), where λ (exp(s/μ) − 1) = s.
    #[test]
    fn far_out_the_wait_for_fixed_work_falls_off_evenly() {
        for load in [0.3, 0.8, 0.99, 0.9999] {
            let (mut low, mut high) = (0.0_f64, 40.0_f64);
            for _ in 0..200 {
                let middle = f64::midpoint(low, high);
                if load * libm::expm1(middle) < middle { low = middle } else { high = middle }
            }
            let front = (1.0 - load) / (load * libm::exp(low) - 1.0);
            for share in [0.999, 0.9995] {
                let far = libm::log(front / (1.0 - share)) / low;
                assert_within(md1_wait(load, share).unwrap(), far, 1e-3);
            }
        }
        assert_eq!(md1_wait(0.99999, 0.9999), None, "it would be too long in coming");
    }

    #[test]
    fn attempts_by_hand() {
        assert_eq!(attempts(0.0, 3), Some((1.0, 0.0)));
        assert_eq!(attempts(1.0, 3), Some((3.0, 0.0)), "all are made");
        assert_eq!(attempts(0.5, 0), None);
        // One with 0.7, two with 0.21, three with 0.09.
        let (mean, variation) = attempts(0.3, 3).unwrap();
        assert_near(mean, 0.7 + 2.0 * 0.21 + 3.0 * 0.09);
        assert_near(variation, (0.7 + 4.0 * 0.21 + 9.0 * 0.09) / (mean * mean) - 1.0);
        // Without a limit it is geometric: 1 / (1 - f), and f.
        let (mean, variation) = attempts(0.3, 100).unwrap();
        assert_near(mean, 1.0 / 0.7);
        assert_near(variation, 0.3);
    }

    #[test]
    fn models_know_their_names() {
        let (arrival_rate, service_rate) = (3.0, 4.0);
        let model = Model::MMcK { arrival_rate, service_rate, servers: 2, capacity: 9 };
        assert_eq!((model.name(), model.steady()), ("M/M/c/K", mmck(3.0, 4.0, 2, 9)));
        let model = Model::MG1 { arrival_rate, service_rate, variation: 2.0 };
        assert_eq!((model.name(), model.steady()), ("M/G/1", mg1(3.0, 4.0, 2.0)));
    }

    proptest! {
        #[test]
        fn one_server_is_the_same_by_every_way(mu in 0.1..1e4, rho in 0.001..0.98) {
            let expected = mm1(rho * mu, mu);
            assert_same(mmc(rho * mu, mu, 1), expected, 1e-9);
            assert_same(mm1k(rho * mu, mu, 5_000), expected, 1e-9);
            assert_same(mg1(rho * mu, mu, 0.0), md1(rho * mu, mu), 0.0);
            let l = rho / (1.0 - rho);
            assert_near(expected.unwrap().number_in_system, l);
        }

        #[test]
        fn much_room_is_unlimited_room(mu in 0.1..1e4, rho in 0.001..0.98, servers in 1_u32..=50) {
            let lambda = rho * mu * f64::from(servers);
            assert_same(mmck(lambda, mu, servers, 5_050), mmc(lambda, mu, servers), 1e-9);
        }

        #[test]
        fn laws_hold_everywhere(
            lambda in 0.1..1e4,
            mu in 0.1..1e4,
            servers in 1_u32..=50,
            capacity in prop_oneof![1_u32..200, 1_u32..=100_050],
            variation in 0.0..100.0,
        ) {
            let mut models = vec![
                (1, mm1(lambda, mu)),
                (1, md1(lambda, mu)),
                (1, mg1(lambda, mu, variation)),
                (servers, mmc(lambda, mu, servers)),
            ];
            prop_assert!(models.iter().all(|(servers, model)| model.is_some() == (lambda < f64::from(*servers) * mu)));
            models.extend([(1, mm1k(lambda, mu, capacity)), (servers, mmck(lambda, mu, servers, capacity))]);
            prop_assert!(models[4].1.is_some() && models[5].1.is_some());
            for (servers, queue) in models.into_iter().filter_map(|(servers, model)| Some((servers, model?))) {
                let Steady { utilization, number_in_system, number_waiting, wait, sojourn, loss, throughput } = queue;
                assert_near(little(throughput, sojourn), number_in_system);
                assert_near(little(throughput, wait), number_waiting);
                assert_near(throughput / mu, utilization * f64::from(servers));
                assert_near(number_in_system - number_waiting + 1.0, throughput / mu + 1.0);
                assert_near(sojourn, wait + 1.0 / mu);
                assert_near(throughput / lambda + loss, 1.0);
                prop_assert!((0.0..=1.0).contains(&utilization) && (0.0..=1.0).contains(&loss));
            }
        }
    }
}
