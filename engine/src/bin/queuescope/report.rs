//! What a run came to, as JSON for programs and as a few lines for people.
//!
//! The names in the JSON are kept from version to version; new ones may come.

use std::fmt;
use std::time::Duration;

use queuescope_engine::timeline::ENGINE;
use queuescope_engine::{Scenario, Simulation};
use serde::Serialize;

use crate::sweep::Changes;

/// The sum of a run. Times are in seconds, rates per second.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    scenario: &'a str,
    #[serde(skip)]
    title: &'a str,
    seed: u64,
    until: f64,
    engine: &'static str,
    set: &'a Changes,
    journal: Facts,
    ledger: Books,
    metrics: Figures,
}

#[derive(Serialize)]
struct Facts {
    facts: u64,
    digest: String,
}

#[derive(Serialize)]
struct Books {
    sent: u64,
    arriving: u64,
    waiting: u64,
    held: u64,
    done: u64,
    refused: u64,
    dropped: u64,
    dead: u64,
    redelivered: u64,
    balanced: bool,
}

#[derive(Serialize)]
struct Figures {
    produced: Count,
    consumed: Count,
    depth: Depth,
    wait: Wait,
    utilization: Option<f64>,
}

#[derive(Serialize)]
struct Count {
    total: u64,
    rate: f64,
}

#[derive(Serialize)]
struct Depth {
    now: u64,
    mean: f64,
    max: u64,
}

/// None where nothing was delivered.
#[derive(Serialize)]
struct Wait {
    mean: Option<f64>,
    p50: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
    max: Option<f64>,
}

impl<'a> Report<'a> {
    /// What `simulation` has come to by now.
    pub(crate) fn new(
        scenario: &'a Scenario,
        seed: u64,
        set: &'a Changes,
        simulation: &Simulation,
    ) -> Report<'a> {
        let journal = simulation.journal();
        Report {
            scenario: &scenario.name,
            title: &scenario.title,
            seed,
            until: simulation.now().as_secs_f64(),
            engine: ENGINE,
            set,
            journal: Facts { facts: journal.count(), digest: format!("{:016x}", journal.digest()) },
            ledger: books(simulation),
            metrics: figures(simulation),
        }
    }

    /// One object on one line.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a report has names for keys, and nothing that JSON lacks")
    }
}

fn books(simulation: &Simulation) -> Books {
    let ledger = simulation.ledger();
    Books {
        sent: ledger.sent,
        arriving: ledger.arriving,
        waiting: ledger.waiting,
        held: ledger.held,
        done: ledger.done,
        refused: ledger.refused,
        dropped: ledger.dropped,
        dead: ledger.dead,
        redelivered: ledger.redelivered,
        balanced: simulation.audit().is_ok(),
    }
}

fn figures(simulation: &Simulation) -> Figures {
    let (now, metrics) = (simulation.now(), simulation.metrics());
    let waits = metrics.wait().histogram(now);
    let wait = |share| waits.quantile(share).map(|wait| wait.as_secs_f64());
    let (_, deliveries) = metrics.wait_sum();
    Figures {
        produced: Count { total: metrics.produced().total(), rate: metrics.produced().per_second(now) },
        consumed: Count { total: metrics.consumed().total(), rate: metrics.consumed().per_second(now) },
        depth: Depth {
            now: metrics.depth().level(),
            mean: metrics.depth().mean(now),
            max: metrics.depth_max(),
        },
        wait: Wait {
            mean: (deliveries != 0).then(|| metrics.wait_mean()),
            p50: wait(0.5),
            p95: wait(0.95),
            p99: wait(0.99),
            max: waits.max().as_ref().map(Duration::as_secs_f64),
        },
        utilization: metrics.utilization(now),
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { seed, until, ledger, metrics, journal, .. } = self;
        let seconds = |wait: Option<f64>| wait.map_or("-".into(), |wait| format!("{wait:.3} s"));
        let Depth { now, mean, max } = metrics.depth;
        writeln!(
            f,
            "{} ({}), seed {seed}, after {until} s, engine {}",
            self.title, self.scenario, self.engine
        )?;
        for (address, value) in self.set {
            writeln!(f, "  with {address} = {value}")?;
        }
        writeln!(f, "  produced     {:>8}   {:.2}/s", metrics.produced.total, metrics.produced.rate)?;
        writeln!(f, "  consumed     {:>8}   {:.2}/s", metrics.consumed.total, metrics.consumed.rate)?;
        writeln!(f, "  waiting      {now:>8}   mean {mean:.2}, at most {max}")?;
        writeln!(f, "  in service   {:>8}", ledger.held)?;
        writeln!(f, "  on the way   {:>8}", ledger.arriving)?;
        writeln!(f, "  refused      {:>8}", ledger.refused)?;
        writeln!(f, "  dropped      {:>8}", ledger.dropped)?;
        writeln!(f, "  dead         {:>8}   {} redelivered", ledger.dead, ledger.redelivered)?;
        let Wait { mean, p50, p95, p99, max } = metrics.wait;
        writeln!(
            f,
            "  wait         mean {}, p50 {}, p95 {}, p99 {}, at most {}",
            seconds(mean),
            seconds(p50),
            seconds(p95),
            seconds(p99),
            seconds(max)
        )?;
        let busy = metrics.utilization.map_or("-".into(), |share| format!("{:.1} %", share * 100.0));
        writeln!(f, "  utilization  {busy}")?;
        let balance = if ledger.balanced { "in balance" } else { "NOT IN BALANCE: please report this" };
        writeln!(f, "  ledger       {balance}")?;
        writeln!(f, "  journal      {} facts, digest {}", journal.facts, journal.digest)
    }
}
