//! Cases that hold long runs against a closed form.
//!
//! Replications with seeds of their own give independent averages; their 99 % confidence interval
//! (Student's t) has to cover the closed form, and to be narrow enough to mean something. The start,
//! when the queue is still empty, is left out: averages are differences of integrals.

use queuescope_engine::knob::Value;
use queuescope_engine::theory::{Model, Steady};
use queuescope_engine::{Progress, Scenario, Simulation, Time};

use super::case::{ReadError, read_time};
use super::compare::Difference;
use super::lines::{At, Line, Section};

pub(crate) struct Theory {
    name: String,
    steady: Steady,
    replications: u16,
    warm_up: Time,
    end: Time,
    measures: Vec<Measure>,
}

/// What is compared, and how wide its interval may be as a share of the closed form.
struct Measure {
    name: String,
    half_width: f64,
}

/// The 0.995 quantile of Student's t by the number of replications, which is one more than its degrees of freedom.
const STUDENT: &[(u16, f64)] = &[(10, 3.2498), (20, 2.8609), (30, 2.7564), (40, 2.7079)];

/// Reads `when` and `then theory MODEL rho=R` of a case of this kind.
pub(crate) fn read(
    at: At<'_>,
    given: &Scenario,
    when: &Section<'_>,
    then: &Section<'_>,
) -> Result<Theory, ReadError> {
    let (mut replications, mut warm_up, mut end) = (0, Time::ZERO, Time::ZERO);
    for line in &when.body {
        match line.text.split_whitespace().collect::<Vec<_>>()[..] {
            ["replications", number] => replications = number.parse().unwrap_or(0),
            ["warm-up", time] => warm_up = read_time(at, *line, time)?,
            [time, "end"] => end = read_time(at, *line, time)?,
            _ => return Err(at.error(*line, "write: replications N, warm-up TIME and TIME end")),
        }
    }
    if end <= warm_up {
        return Err(at.error(when.head, "the end must come after the warm-up"));
    }
    if !STUDENT.iter().any(|(number, _)| *number == replications) {
        return Err(at.error(when.head, "there must be 10, 20, 30 or 40 replications"));
    }
    let model = read_model(at, given, then)?;
    let steady = model.steady().ok_or_else(|| at.error(then.head, "this queue never settles down"))?;
    let measures: Result<Vec<Measure>, ReadError> =
        then.body.iter().map(|line| read_measure(at, *line)).collect();
    let name = then.rest().trim_start_matches("theory").trim().to_owned();
    Ok(Theory { name, steady, replications, warm_up, end, measures: measures? })
}

/// `MEASURE interval 99% half-width 5%`
fn read_measure(at: At<'_>, line: Line<'_>) -> Result<Measure, ReadError> {
    let permitted = "write: loss, number or wait, then interval 99% half-width N%";
    let words: Vec<&str> = line.text.split_whitespace().collect();
    let [name @ ("loss" | "number" | "wait"), "interval", "99%", "half-width", width] = words[..] else {
        return Err(at.error(line, permitted));
    };
    let percent: Option<f64> = width.strip_suffix('%').and_then(|width| width.parse().ok());
    let half_width = percent.ok_or_else(|| at.error(line, permitted))? / 100.0;
    Ok(Measure { name: name.into(), half_width })
}

/// The model that the configuration is, if the case calls it by the right name: `M/M/3`, `M/M/1/11`, `M/D/1`.
fn read_model(at: At<'_>, given: &Scenario, then: &Section<'_>) -> Result<Model, ReadError> {
    let fresh: Simulation = Simulation::new(given, given.seed);
    let ([producer], [consumer]) = (&given.producers[..], &given.consumers[..]) else {
        return Err(at.error(then.head, "a closed form is for one producer and one consumer"));
    };
    let get = |who: &str, knob: &str| fresh.get(&format!("{who}.{knob}"));
    let number = |who: &str, knob: &str| match get(who, knob) {
        Some(Value::Number(number)) => number,
        Some(Value::Choice(_)) | None => f64::NAN,
    };
    if get(&producer.name, "arrivals") != Some(Value::Choice("poisson".into())) {
        return Err(at.error(then.head, "a closed form is for arrivals=poisson"));
    }
    let fixed = get(&consumer.name, "service") == Some(Value::Choice("fixed".into()));
    let (arrival_rate, service_rate) = (number(&producer.name, "rate"), number(&consumer.name, "rate"));
    let (servers, room) =
        (number(&consumer.name, "workers") as u32, number(&given.broker.name, "capacity") as u32);
    // The greatest capacity there is stands for none: at these loads it is never reached.
    let capacity = (room < 100_000).then_some(room + servers);
    let load = arrival_rate / service_rate / f64::from(servers);
    let bound = capacity.map_or(String::new(), |capacity| format!("/{capacity}"));
    let name = format!("M/{}/{servers}{bound} rho={load}", if fixed { "D" } else { "M" });
    let words: Vec<&str> = then.rest().split_whitespace().collect();
    if words[1..].join(" ") != name {
        return Err(at.error(then.head, format!("what is given is {name}, not {}", words[1..].join(" "))));
    }
    match (fixed, servers, capacity) {
        (true, 1, None) => Ok(Model::MD1 { arrival_rate, service_rate }),
        (false, 1, None) => Ok(Model::MM1 { arrival_rate, service_rate }),
        (false, 1, Some(capacity)) => Ok(Model::MM1K { arrival_rate, service_rate, capacity }),
        (false, _, None) => Ok(Model::MMc { arrival_rate, service_rate, servers }),
        (false, _, Some(capacity)) => Ok(Model::MMcK { arrival_rate, service_rate, servers, capacity }),
        (true, _, _) => Err(at.error(then.head, format!("there is no closed form for {name}"))),
    }
}

/// All that is read off a run at one time; averages are made of differences.
struct Reading {
    at: Time,
    sent: u64,
    refused: u64,
    /// Of the number in the system over time.
    integral: u128,
    waits: u128,
    deliveries: u64,
}

fn read_off(simulation: &Simulation) -> Reading {
    let (now, ledger, metrics) = (simulation.now(), simulation.ledger(), simulation.metrics());
    let (waits, deliveries) = metrics.wait_sum();
    let integral = metrics.depth().integral(now) + metrics.busy().integral(now);
    Reading { at: now, sent: ledger.sent, refused: ledger.refused, integral, waits, deliveries }
}

fn average(measure: &str, from: &Reading, to: &Reading) -> f64 {
    match measure {
        "loss" => (to.refused - from.refused) as f64 / (to.sent - from.sent) as f64,
        "number" => (to.integral - from.integral) as f64 / (to.at.as_nanos() - from.at.as_nanos()) as f64,
        _ => (to.waits - from.waits) as f64 / 1e9 / (to.deliveries - from.deliveries) as f64,
    }
}

pub(crate) fn run(given: &Scenario, theory: &Theory) -> Vec<Difference> {
    let runs: Vec<(Reading, Reading)> = (0..u64::from(theory.replications))
        .map(|replication| {
            let mut simulation: Simulation = Simulation::new(given, given.seed + replication);
            let mut read_at = |time| {
                while simulation.run_until(time, u64::MAX, &mut ()) == Progress::OutOfBudget {}
                read_off(&simulation)
            };
            (read_at(theory.warm_up), read_at(theory.end))
        })
        .collect();
    let student =
        STUDENT.iter().find(|(number, _)| *number == theory.replications).map_or(f64::NAN, |(_, t)| *t);
    theory
        .measures
        .iter()
        .filter_map(|measure| {
            let samples: Vec<f64> = runs.iter().map(|(from, to)| average(&measure.name, from, to)).collect();
            let expected = match measure.name.as_str() {
                "loss" => theory.steady.loss,
                "number" => theory.steady.number_in_system,
                _ => theory.steady.wait,
            };
            judge(theory, measure, expected, &samples, student)
        })
        .collect()
}

fn judge(
    theory: &Theory,
    measure: &Measure,
    expected: f64,
    samples: &[f64],
    student: f64,
) -> Option<Difference> {
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let squares: f64 = samples.iter().map(|sample| (sample - mean) * (sample - mean)).sum();
    let half_width = student * (squares / (count - 1.0) / count).sqrt();
    if std::env::var_os("QUEUESCOPE_SHOW").is_some() {
        eprintln!(
            "{} {}: closed form {expected:.5}, measured {mean:.5} +- {half_width:.5}",
            theory.name, measure.name
        );
    }
    let holds = (mean - expected).abs() <= half_width && half_width <= measure.half_width * expected;
    (!holds).then(|| Difference {
        what: format!("{}, {}", theory.name, measure.name),
        expected: vec![format!(
            "{expected:.6} in an interval of at most +- {:.6}",
            measure.half_width * expected
        )],
        observed: vec![format!("{mean:.6} +- {half_width:.6}")],
    })
}
