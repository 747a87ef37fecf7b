//! Which cases are run, in which version, how many at once, and what is told of it.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use queuescope_engine::Time;

use crate::harness::asked_for;
use crate::harness::case::{Case, Plan};
use crate::harness::compare::Difference;
use crate::harness::protocol::{Protocol, Subject};
use crate::rabbitmq::{self, RabbitMq};
use crate::redis;

/// How much later than expected something may be observed.
const TOLERANCE: Duration = Duration::from_millis(400);
/// A case that takes longer is skipped: its time is real time.
const LONGEST: Time = Time::from_secs(20);
/// How many cases run at once. They mostly wait.
const AT_ONCE: usize = 8;

/// A real system.
trait System: Sync {
    /// As cases name it.
    fn name(&self) -> &'static str;
    /// Of the server that is there.
    fn version(&self) -> &str;
    /// Why it cannot run a case; none if it can.
    fn cannot(&self, case: &Protocol, version: &str) -> Option<String>;
    /// Whether a case needs the server for itself.
    fn is_alone(&self, case: &Protocol) -> bool;
    /// A place of its own for a case.
    fn start(&self, case: &Protocol) -> Result<Box<dyn Subject>, String>;
}

struct Redis(String);

impl System for Redis {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn version(&self) -> &str {
        &self.0
    }

    fn cannot(&self, _: &Protocol, _: &str) -> Option<String> {
        None
    }

    fn is_alone(&self, _: &Protocol) -> bool {
        false
    }

    fn start(&self, case: &Protocol) -> Result<Box<dyn Subject>, String> {
        redis::start(case)
    }
}

impl System for RabbitMq {
    fn name(&self) -> &'static str {
        "rabbitmq"
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn cannot(&self, case: &Protocol, _: &str) -> Option<String> {
        case.settings.first().map(|(name, _)| format!("{name} is set for the whole node"))
    }

    fn is_alone(&self, case: &Protocol) -> bool {
        rabbitmq::is_felt_by_all(case)
    }

    fn start(&self, case: &Protocol) -> Result<Box<dyn Subject>, String> {
        self.start_case(case)
    }
}

/// What came of a case.
enum Outcome {
    Passed,
    Failed(Vec<Difference>),
    /// It was not run.
    Not(String),
}

#[derive(Default)]
struct Totals {
    passed: u32,
    failed: u32,
    not_run: u32,
}

/// Runs the cases that the words of the command line ask for; whether none failed.
///
/// # Errors
/// A server that cannot be found or started, or cases that cannot be read.
pub(crate) fn all(words: Vec<String>) -> Result<bool, String> {
    let (cases, errors) = asked_for(words);
    if let Some(error) = errors.first() {
        return Err(error.to_string());
    }
    let totals = Mutex::new(Totals::default());
    if asks_for(&cases, "redis") {
        run_system(&Redis(redis::version()?), &cases, &totals);
    }
    if asks_for(&cases, "rabbitmq") {
        run_system(&RabbitMq::start()?, &cases, &totals);
    }
    let totals = totals.into_inner().unwrap_or_default();
    if 0 < totals.not_run {
        println!("{} not run, for the reason given", totals.not_run);
    }
    println!("{} passed, {} failed", totals.passed, totals.failed);
    Ok(totals.failed == 0)
}

fn asks_for(cases: &[Case], system: &str) -> bool {
    cases.iter().any(|case| matches!(&case.plan, Plan::Protocol(protocol) if protocol.system == system))
}

fn run_system(system: &dyn System, cases: &[Case], totals: &Mutex<Totals>) {
    let own = cases.iter().filter_map(|case| match &case.plan {
        Plan::Protocol(protocol) if protocol.system == system.name() => Some((case, protocol)),
        Plan::Protocol(_) | Plan::Exact(..) | Plan::Theory(..) => None,
    });
    let (alone, together): (Vec<_>, Vec<_>) = own.partition(|(_, protocol)| system.is_alone(protocol));
    let millis = TOLERANCE.as_millis();
    println!("# {} {}; what is observed may be {millis} ms late", system.name(), system.version());
    for (cases, at_once) in [(together, AT_ONCE), (alone, 1)] {
        let cases = Mutex::new(VecDeque::from(cases));
        let work = || {
            loop {
                let next = cases.lock().ok().and_then(|mut cases| cases.pop_front());
                let Some((case, protocol)) = next else { return };
                let outcome = run_case(system, case, protocol);
                if let Ok(mut totals) = totals.lock() {
                    tell(case, &outcome, &mut totals);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..at_once {
                scope.spawn(work);
            }
        });
    }
}

fn run_case(system: &dyn System, case: &Case, protocol: &Protocol) -> Outcome {
    if let Some(why) = case.listed() {
        return Outcome::Not(format!("listed ({why})"));
    }
    if let Some(why) = &protocol.model_only {
        return Outcome::Not(format!("model only ({why})"));
    }
    let own = system.version();
    // A case that names no version holds for all.
    let version = protocol.versions.iter().find(|version| *version == own || *version == "latest");
    let Some(version) = version else { return Outcome::Not(format!("not for {own}")) };
    if LONGEST < protocol.end {
        return Outcome::Not(format!("skipped (takes {})", protocol.end));
    }
    if let Some(why) = system.cannot(protocol, version) {
        return Outcome::Not(format!("skipped ({why})"));
    }
    let differences = protocol.run(version, &mut |case, _| system.start(case), Some(TOLERANCE));
    if differences.is_empty() { Outcome::Passed } else { Outcome::Failed(differences) }
}

fn tell(case: &Case, outcome: &Outcome, totals: &mut Totals) {
    match outcome {
        Outcome::Passed => {
            totals.passed += 1;
            println!("{} passed", case.id);
        }
        Outcome::Not(why) => {
            totals.not_run += 1;
            println!("{} {why}", case.id);
        }
        Outcome::Failed(differences) => {
            totals.failed += 1;
            println!("{} failed", case.id);
            println!("  {}\n  source: {}\n  evidence: {}", case.title, case.source, case.evidence);
            for difference in differences {
                print!("{difference}");
            }
        }
    }
}
