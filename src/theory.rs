//! Queueing theory beside the run: which closed form the settings of the moment are, if any, and what it expects.

use queuescope_engine::knob::Value;
use queuescope_engine::theory::{self, Model, Steady};
use queuescope_engine::view::{Doing, Scene};
use queuescope_engine::{Simulation, Time};

use crate::format;
use crate::frame::{number, text};
use crate::shape::Shape;

/// What is expected in the long run, as far as there is a closed form for it. Spans are in seconds.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Expected {
    /// The share of their time that workers are busy.
    pub busy: f64,
    /// Messages waiting, on average.
    pub waiting: Option<f64>,
    /// The wait, on average.
    pub wait: Option<f64>,
    /// The wait that 95 of 100 do not exceed.
    pub wait_p95: Option<f64>,
    /// The time from sending to the end of the work, on average.
    pub total: Option<f64>,
    /// Messages done per second, where some are lost.
    pub throughput: Option<f64>,
    /// The share that is lost.
    pub loss: Option<f64>,
}

/// What theory has to say.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Theory {
    /// The closed form's name; empty if none applies.
    pub name: String,
    /// What it expects.
    pub expected: Option<Expected>,
    /// A line each: what, the formula, what it gives, and what was measured so far.
    pub lines: Vec<[String; 4]>,
    /// What it leaves out, or why none applies.
    pub note: String,
}

/// Settings of clients that change nothing here: what a message is about, and how large it is.
const INDIFFERENT: &[&str] = &[
    "rate",
    "arrivals",
    "burst-on",
    "burst-off",
    "burst-factor",
    "link-delay",
    "workers",
    "service",
    "keys",
    "hot-key",
    "size",
    "size-spread",
    "priority",
    "idempotent",
    "restart-after",
    "reply-timeout",
    "failure",
];

/// Settings of workers by which work fails. The first of them there is a closed form for, if there is no network.
const FAILURES: &[&str] = &["failure", "permanent", "poison", "downstream-failure"];

/// A limit that is so many times what waits on average, with one more, is as good as none.
const AMPLE: f64 = 10.0;

/// Who sends and who works, as the settings are now.
struct Setup {
    arriving: f64,
    delay: f64,
    each: f64,
    workers: u32,
    fixed: bool,
    failure: f64,
    /// How often a message is worked on, on average.
    made: f64,
}

impl Theory {
    /// Of a simulation, as it is set now.
    pub fn of(shape: &Shape, simulation: &Simulation) -> Theory {
        match setup(shape, simulation) {
            Ok(setup) if shape.wired => utilization_law(&setup, simulation),
            Ok(setup) => model(shape, simulation, setup),
            Err(why) => Theory { note: format!("No closed form applies: {why}."), ..Theory::default() },
        }
    }
}

fn get(simulation: &Simulation, who: &str, knob: &str) -> Option<Value> {
    simulation.get(&format!("{who}.{knob}"))
}

fn rate(simulation: &Simulation, who: &str, knob: &str) -> f64 {
    get(simulation, who, knob).as_ref().map_or(0.0, number)
}

/// The settings that every closed form asks for; why not, if they are others.
fn setup(shape: &Shape, simulation: &Simulation) -> Result<Setup, String> {
    let running = |who: &&String| simulation.is_running(who);
    let producers: Vec<&String> = shape.producers.iter().filter(running).collect();
    let consumers: Vec<&String> = shape.consumers.iter().filter(running).collect();
    let [consumer] = consumers[..] else {
        let why =
            if consumers.is_empty() { "no consumer runs" } else { "there is more than one pool of workers" };
        return Err(why.into());
    };
    if producers.is_empty() {
        return Err("no producer runs".into());
    }
    let workers = rate(simulation, consumer, "workers") as u32;
    let from = usize::from(!shape.wired && workers == 1);
    if FAILURES[from..].iter().any(|knob| 0.0 < rate(simulation, consumer, knob)) {
        return Err("work fails, and what comes back is no new arrival".into());
    }
    for who in producers.iter().copied().chain([consumer]) {
        let own = shape.settings.iter().filter(|own| own.address.split('.').next() == Some(who));
        let turned = own
            .filter(|own| !shape.wired && !INDIFFERENT.contains(&own.knob.name))
            .find(|own| simulation.get(&own.address).is_some_and(|value| value != own.knob.default()));
        if let Some(setting) = turned {
            return Err(format!("\u{201c}{}\u{201d} of {who} is set", setting.knob.label));
        }
    }
    if is_disturbed(&simulation.scene(0)) {
        return Err("a worker is down".into());
    }
    if !shape.wired {
        let others = producers.iter().find(|who| choice(simulation, who, "arrivals") != "poisson");
        if let Some(who) = others {
            let how = choice(simulation, who, "arrivals");
            return Err(format!("arrivals of {who} are {how}, not Poisson"));
        }
    }
    Ok(Setup {
        arriving: producers.iter().map(|who| rate(simulation, who, "rate")).sum(),
        delay: producers.iter().map(|who| rate(simulation, who, "link-delay")).sum::<f64>()
            / producers.len() as f64,
        each: rate(simulation, consumer, "rate"),
        workers,
        fixed: choice(simulation, consumer, "service") == "fixed",
        failure: rate(simulation, consumer, "failure"),
        made: 1.0,
    })
}

fn choice(simulation: &Simulation, who: &str, knob: &str) -> String {
    get(simulation, who, knob).as_ref().map_or("", text).to_owned()
}

fn is_disturbed(scene: &Scene) -> bool {
    scene.workers.iter().any(|worker| matches!(worker.doing, Doing::Down))
}

/// All that can be said of a system with a network: how busy its workers are.
fn utilization_law(setup: &Setup, simulation: &Simulation) -> Theory {
    let busy = setup.arriving / (setup.each * f64::from(setup.workers));
    let measured = measured(simulation);
    let note = if busy < 1.0 {
        "It holds for any arrivals and any times of service, as long as nothing is lost or done twice and every worker \
         is given something to do. For waits and depths no closed form applies: the network, what clients fetch ahead \
         and how messages are shared out come between."
    } else {
        "More comes in than the workers can do: what waits grows for ever, and no closed form applies to that."
    };
    Theory {
        name: "\u{3c1} = \u{3bb}/c\u{3bc}".into(),
        expected: Some(Expected { busy: busy.min(1.0), ..Expected::default() }),
        lines: vec![line("Utilization", "\u{3c1} = \u{3bb}/c\u{3bc}", format::percent(busy), measured.busy)],
        note: note.into(),
    }
}

fn line(what: &str, formula: &str, value: String, measured: String) -> [String; 4] {
    [what.into(), formula.into(), value, measured]
}

/// The queue without a network: one of the closed forms, or a word on why it is none of them.
fn model(shape: &Shape, simulation: &Simulation, mut setup: Setup) -> Theory {
    let own = |name: &str| {
        let places = shape.queue.main.iter().map(|place| &shape.settings[*place]);
        let address = places.into_iter().find(|setting| setting.knob.name == name)?.address.clone();
        simulation.get(&address)
    };
    let none = |why: String| Theory { note: format!("No closed form applies: {why}."), ..Theory::default() };
    let Some(capacity) = own("capacity").as_ref().map(number) else {
        return none("nothing waits in a queue here".into());
    };
    let refuses = own("when-full").as_ref().is_some_and(|value| text(value) == "refuse");
    let Setup { arriving: arrival_rate, each: service_rate, workers: servers, fixed, failure, .. } = setup;
    let most = own("attempts").as_ref().map_or(0.0, number) as u32;
    let attempts = theory::attempts(failure, most).filter(|_| 0.0 < failure);
    let mut note_on_attempts = String::new();
    let unlimited = match (attempts, fixed, servers) {
        // A message that fails is taken again at once and takes as long again: together, that is its time of service.
        (Some((made, differs)), ..) => {
            setup.made = made;
            let variation = if fixed { differs } else { 2.0 * differs + 1.0 };
            note_on_attempts = format!(
                " What fails is taken again at once, so a message is worked on k = {} times on average: all of that is \
                 its service, with c\u{b2} = {}.",
                format::fixed(made, 2),
                format::fixed(variation, 2)
            );
            Some(Model::MG1 { arrival_rate, service_rate: service_rate / made, variation })
        }
        (None, true, 1) => Some(Model::MD1 { arrival_rate, service_rate }),
        (None, true, _) => None,
        (None, false, 1) => Some(Model::MM1 { arrival_rate, service_rate }),
        (None, false, _) => Some(Model::MMc { arrival_rate, service_rate, servers }),
    };
    let steady = unlimited.and_then(|model| model.steady());
    let is_ample = steady.is_some_and(|steady| AMPLE * (steady.number_waiting + 1.0) <= capacity);
    let load = arrival_rate * setup.made / service_rate / f64::from(servers);
    if let (Some(model), Some(steady), true) = (unlimited, steady, is_ample) {
        let note = format!(
            "It holds in the long run, for arrivals at random and first come, first served. It knows no limit: that of \
             {} is far above what waits.{note_on_attempts}",
            format::whole(capacity)
        );
        return told(&model, &steady, &setup, simulation, note);
    }
    if let Some(why) = without_form(attempts.is_some(), fixed, servers, refuses, format::percent(load)) {
        return none(why);
    }
    let room = capacity as u32 + servers;
    let model = match servers {
        1 => Model::MM1K { arrival_rate, service_rate, capacity: room },
        _ => Model::MMcK { arrival_rate, service_rate, servers, capacity: room },
    };
    let note = format!(
        "It holds in the long run, for arrivals at random and first come, first served. K is {room}: {} that wait and {} \
         in service.",
        format::whole(capacity),
        servers
    );
    match model.steady() {
        Some(steady) => told(&model, &steady, &setup, simulation, note),
        None => none("a rate is out of its range".into()),
    }
}

/// Why none of the closed forms is of a queue with a limit that matters at this load, if none is.
fn without_form(fails: bool, fixed: bool, servers: u32, refuses: bool, load: String) -> Option<String> {
    let why = match (fails, fixed, servers, refuses) {
        (true, ..) => format!("at a load of {load} a queue with a limit and work that fails has none"),
        (_, true, 1, _) => {
            format!("at a load of {load} a queue with a limit and a fixed time of service has none")
        }
        (_, true, ..) => "a fixed time of service with more than one worker has none".into(),
        (.., false) => format!(
            "at a load of {load} the queue fills, and the closed forms are of queues that refuse what finds them full"
        ),
        _ => return None,
    };
    Some(why)
}

/// The formulas of a model: of the utilization, the messages waiting, the wait.
fn formulas(model: &Model) -> [&'static str; 3] {
    match model {
        Model::MM1 { .. } => [
            "\u{3c1} = \u{3bb}/\u{3bc}",
            "\u{3c1}\u{b2}/(1\u{2212}\u{3c1})",
            "\u{3c1}/(\u{3bc}\u{2212}\u{3bb})",
        ],
        Model::MD1 { .. } => [
            "\u{3c1} = \u{3bb}/\u{3bc}",
            "\u{3c1}\u{b2}/2(1\u{2212}\u{3c1})",
            "\u{3c1}/2(\u{3bc}\u{2212}\u{3bb})",
        ],
        Model::MG1 { .. } => {
            ["\u{3c1} = \u{3bb}k/\u{3bc}", "\u{3c1}\u{b2}(1+c\u{b2})/2(1\u{2212}\u{3c1})", "Lq/\u{3bb}k"]
        }
        Model::MMc { .. } => {
            ["\u{3c1} = \u{3bb}/c\u{3bc}", "\u{3bb}W, C by Erlang", "W = C/(c\u{3bc}\u{2212}\u{3bb})"]
        }
        Model::MM1K { .. } => ["1 \u{2212} P(0)", "\u{3a3} (n\u{2212}1)P(n)", "Lq/\u{3bb}(1\u{2212}P(K))"],
        Model::MMcK { .. } => ["(L\u{2212}Lq)/c", "\u{3a3} (n\u{2212}c)P(n)", "Lq/\u{3bb}(1\u{2212}P(K))"],
    }
}

fn told(model: &Model, steady: &Steady, setup: &Setup, simulation: &Simulation, note: String) -> Theory {
    let measured = measured(simulation);
    let seconds =
        |seconds: f64| format::span(std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default());
    let [busy, waiting, wait] = formulas(model);
    let p95 = model.wait_quantile(0.95);
    // So many deliveries a message has: a wait each, of which only the first is not over at once.
    let mean_wait = steady.wait / setup.made;
    let limited = matches!(model, Model::MM1K { .. } | Model::MMcK { .. });
    let mut lines = vec![
        line("Utilization", busy, format::percent(steady.utilization), measured.busy),
        line("Waiting, mean", waiting, format::fixed(steady.number_waiting, 2), measured.waiting),
        line("Wait, mean", wait, seconds(mean_wait), measured.wait),
    ];
    if let Some(p95) = p95 {
        let formula = match model {
            Model::MM1 { .. } => "ln(20\u{3c1})/(\u{3bc}\u{2212}\u{3bb})",
            Model::MD1 { .. } => "P(W \u{2264} t) by Crommelin",
            Model::MMc { .. } | Model::MG1 { .. } | Model::MM1K { .. } | Model::MMcK { .. } => {
                "ln(20C)/(c\u{3bc}\u{2212}\u{3bb})"
            }
        };
        lines.push(line("Wait, p95", formula, seconds(p95), measured.p95));
    }
    if limited {
        lines.push(line("Lost", "P(K)", format::percent(steady.loss), measured.loss));
    }
    Theory {
        name: model.name().into(),
        expected: Some(Expected {
            busy: steady.utilization,
            waiting: Some(steady.number_waiting),
            wait: Some(mean_wait),
            wait_p95: p95,
            // Of what fails for good no total time is counted.
            total: (setup.made <= 1.0).then_some(steady.sojourn + setup.delay),
            throughput: limited.then_some(steady.throughput),
            loss: limited.then_some(steady.loss),
        }),
        lines,
        note,
    }
}

/// What the run has given so far, as text.
struct Measured {
    busy: String,
    waiting: String,
    wait: String,
    p95: String,
    loss: String,
}

fn measured(simulation: &Simulation) -> Measured {
    let (now, metrics, ledger) = (simulation.now(), simulation.metrics(), simulation.ledger());
    let none = || String::from("\u{2013}");
    if now == Time::ZERO {
        return Measured { busy: none(), waiting: none(), wait: none(), p95: none(), loss: none() };
    }
    let span =
        |seconds: f64| format::span(std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default());
    let (busy, staff) = (metrics.busy().integral(now) as f64, metrics.staff().integral(now) as f64);
    let lost = (ledger.refused + ledger.dropped) as f64;
    Measured {
        busy: if 0.0 < staff { format::percent((busy / staff).min(1.0)) } else { none() },
        waiting: format::fixed(metrics.depth().mean(now), 2),
        wait: span(metrics.wait_mean()),
        p95: metrics.wait().quantile(now, 0.95).map_or_else(none, format::span),
        loss: if ledger.sent == 0 { none() } else { format::percent(lost / ledger.sent as f64) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use queuescope_engine::Scenario;

    fn theory(capacity: u32, when_full: &str, producer: &str, consumer: &str, seconds: u64) -> Theory {
        let text = format!(
            r#"{{"version": 1, "name": "n", "title": "t", "watch": "w", "why": "y",
            "broker": {{"name": "queue", "system": "plain-queue", "set": {{"capacity": {capacity}, "when-full": "{when_full}"}}}},
            "producers": [{{"name": "producer", "set": {{{producer}}}}}],
            "consumers": [{{"name": "consumer", "set": {{{consumer}}}}}]}}"#
        );
        let scenario = Scenario::from_json(&text).expect("it is valid");
        let mut simulation = Simulation::new(&scenario, 3);
        simulation.run_until(Time::from_secs(seconds), u64::MAX, &mut ());
        Theory::of(&Shape::of(&scenario, &simulation), &simulation)
    }

    const RANDOM: &str = r#""rate": 8, "arrivals": "poisson""#;

    #[test]
    fn settings_are_recognized() {
        let name =
            |capacity, producer: &str, consumer: &str| theory(capacity, "refuse", producer, consumer, 1).name;
        assert_eq!(name(1000, RANDOM, r#""rate": 10, "service": "exponential""#), "M/M/1");
        assert_eq!(name(1000, RANDOM, r#""rate": 5, "workers": 2, "service": "exponential""#), "M/M/c");
        assert_eq!(name(1000, RANDOM, r#""rate": 10, "service": "fixed""#), "M/D/1");
        assert_eq!(name(1000, RANDOM, r#""rate": 20, "service": "fixed", "failure": 0.1"#), "M/G/1");
        assert_eq!(name(10, RANDOM, r#""rate": 9, "service": "exponential""#), "M/M/1/K");
        assert_eq!(name(10, RANDOM, r#""rate": 4, "workers": 2, "service": "exponential""#), "M/M/c/K");
    }

    #[test]
    fn what_is_none_says_why() {
        let note = |when_full: &str, producer: &str, consumer: &str| {
            let theory = theory(10, when_full, producer, consumer, 1);
            assert!(theory.expected.is_none() && theory.name.is_empty());
            theory.note
        };
        assert!(note("refuse", r#""rate": 8"#, r#""rate": 10"#).contains("steady, not Poisson"));
        assert!(
            note("refuse", RANDOM, r#""rate": 10, "failure": 0.1"#).contains("a limit and work that fails")
        );
        assert!(
            note("refuse", RANDOM, r#""rate": 10, "workers": 2, "failure": 0.1"#).contains("no new arrival")
        );
        assert!(note("refuse", RANDOM, r#""rate": 10, "permanent": 0.1"#).contains("work fails"));
        assert!(note("block", RANDOM, r#""rate": 8, "service": "exponential""#).contains("refuse"));
        assert!(
            note("refuse", RANDOM, r#""rate": 5, "workers": 2, "service": "fixed""#)
                .contains("more than one worker")
        );
        assert!(note("refuse", RANDOM, r#""rate": 8, "service": "fixed""#).contains("100.0%"));
        assert!(note("refuse", RANDOM, r#""rate": 8, "poison": 1"#).contains("work fails"));
    }

    #[test]
    fn the_run_comes_to_what_is_expected() {
        let near = |line: &[String; 4]| {
            let number = |text: &str| -> f64 {
                let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
                let factor = if text.ends_with("ms") { 1e-3 } else { 1.0 };
                digits.parse::<f64>().expect("a number") * factor
            };
            let (expected, measured) = (number(&line[2]), number(&line[3]));
            assert!((expected - measured).abs() <= expected * 0.12 + 0.02, "{line:?}");
        };
        let mm1 = theory(1000, "refuse", RANDOM, r#""rate": 12, "service": "exponential""#, 20_000);
        // The 95th percentile is of the last minute alone.
        mm1.lines[..3].iter().for_each(near);
        for work in ["fixed", "exponential"] {
            let consumer = format!(r#""rate": 14, "failure": 0.3, "service": "{work}""#);
            let failing = theory(1000, "refuse", RANDOM, &consumer, 20_000);
            assert_eq!((failing.name.as_str(), failing.lines.len()), ("M/G/1", 3));
            failing.lines.iter().for_each(near);
        }
        let fixed = theory(1000, "refuse", RANDOM, r#""rate": 10, "service": "fixed""#, 20_000);
        fixed.lines[..3].iter().for_each(near);
        let p95 = fixed.expected.and_then(|own| own.wait_p95).expect("it has one");
        assert!((p95 - 0.662).abs() < 1e-3, "{p95}");
        let limited = theory(4, "refuse", RANDOM, r#""rate": 8, "service": "exponential""#, 20_000);
        limited.lines.iter().for_each(near);
    }
}
