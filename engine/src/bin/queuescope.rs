//! The runner: scenarios on the command line, with the engine and the history of the page.
//!
//! It knows no rule of queueing. It reads arguments, runs the engine, and writes down what the
//! journal, the ledger and the metrics say. Exit codes: 0, 1 when a claim fails, 2 on bad input.

#[path = "queuescope/arguments.rs"]
mod arguments;
#[path = "queuescope/report.rs"]
mod report;
#[path = "queuescope/sweep.rs"]
mod sweep;
#[path = "queuescope/table.rs"]
mod table;

use std::io::{self, BufWriter, Read, Write};
use std::process::ExitCode;

use queuescope_engine::scenario::{Verdict, check_claims};
use queuescope_engine::timeline::ENGINE;
use queuescope_engine::{Progress, Scenario, Simulation, Time};

use arguments::{Arguments, Form};
use report::Report;
use sweep::Sweep;
use table::Table;

/// How far a run goes if nothing is said.
const UNTIL: Time = Time::from_secs(60);

/// So many events are run before a table looks whether anybody still reads it.
const STRETCH: u64 = 1 << 16;

const HELP: &str = "\
Runs Queuescope's scenarios: same engine, same seed, same history as on the page.

    queuescope run FILE [--until 60s] [--seed N] [--json | --csv]
        Runs to a point in virtual time and sums up. --json: one object; --csv: the journal, a fact a line.
        --set who.knob=V1,V2,...   another value, or several, of a setting (repeatable: all combinations)
        --seeds N                  each combination with the seeds 1 to N
        --shard I/N                only every Nth run of the sweep, from the Ith: to spread it over N processes
        A sweep prints one JSON object a line, a line a run.
    queuescope check FILE... [--seed N | --seeds N]
        Decides every claim of the scenarios, a line each.
    queuescope digest FILE [--until 60s] [--seed N]
        Prints the digest of the journal and how many facts it has.
    queuescope help, queuescope version

FILE is a scenario in JSON; - reads standard input. Times take a unit: 250ms, 90s, 1.5min, 1h.
Without --seed a scenario's own seed is used.
In reports times are in seconds and rates per second. Counts, means and the depth cover the whole run;
rates, percentiles, the greatest wait and the utilization cover its last minute.
In tables workers are numbered from 1, those of a second consumer from 51; total is the time since sending.
Exit codes: 0; 1 when a claim fails; 2 on bad input.
";

/// Why the runner stops before its end.
enum Stop {
    /// Nobody reads its output any more, which is no error.
    Unread,
    /// It cannot go on: what is wrong, what is permitted, what to do.
    Bad(String),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Stop::Unread
        } else {
            Stop::Bad(format!("standard output: {error}"))
        }
    }
}

fn main() -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    let ended = perform(&mut out).and_then(|code| Ok(out.flush().map(|()| code)?));
    match ended {
        Ok(code) => code,
        Err(Stop::Unread) => ExitCode::SUCCESS,
        Err(Stop::Bad(text)) => {
            complain(&text);
            ExitCode::from(2)
        }
    }
}

/// Says something on standard error, if anybody listens.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{}", text.trim_end());
}

fn perform(out: &mut impl Write) -> Result<ExitCode, Stop> {
    let arguments = Arguments::read(std::env::args_os().skip(1)).map_err(Stop::Bad)?;
    match arguments.command.as_str() {
        "run" => run(&arguments, out)?,
        "check" => return check(&arguments, out),
        "digest" => digest(&arguments, out)?,
        "version" => writeln!(out, "queuescope {ENGINE}")?,
        _ => write!(out, "{HELP}")?,
    }
    Ok(ExitCode::SUCCESS)
}

fn run(arguments: &Arguments, out: &mut impl Write) -> Result<(), Stop> {
    let scenario = load(&arguments.files[0])?;
    let until = arguments.until.unwrap_or(UNTIL);
    let sweep = Sweep::new(scenario, arguments).map_err(Stop::Bad)?;
    if sweep.is_one() && arguments.form == Some(Form::Csv) {
        let (scenario, seed, _) = sweep.at(0).map_err(Stop::Bad)?;
        return tabulate(&scenario, seed, until, out);
    }
    for run in sweep.runs() {
        let (scenario, seed, set) = sweep.at(run).map_err(Stop::Bad)?;
        let simulation = simulate(&scenario, seed, until);
        let report = Report::new(&scenario, seed, &set, &simulation);
        if sweep.is_one() && arguments.form.is_none() {
            write!(out, "{report}")?;
        } else {
            writeln!(out, "{}", report.to_json())?;
        }
        // A long sweep is read as it goes, and one that is cut short keeps what it has.
        out.flush()?;
    }
    Ok(())
}

fn tabulate(scenario: &Scenario, seed: u64, until: Time, out: &mut impl Write) -> Result<(), Stop> {
    let mut table = Table::new(scenario, out)?;
    let mut simulation: Simulation = Simulation::observed(scenario, seed, &mut table);
    while simulation.run_until(until, STRETCH, &mut table) == Progress::OutOfBudget {
        table.written()?;
    }
    Ok(table.written()?)
}

fn digest(arguments: &Arguments, out: &mut impl Write) -> Result<(), Stop> {
    let scenario = load(&arguments.files[0])?;
    let seed = arguments.seed.unwrap_or(scenario.seed);
    let journal = simulate(&scenario, seed, arguments.until.unwrap_or(UNTIL)).journal();
    Ok(writeln!(out, "{:016x} {}", journal.digest(), journal.count())?)
}

fn check(arguments: &Arguments, out: &mut impl Write) -> Result<ExitCode, Stop> {
    let scenarios: Vec<Scenario> = arguments.files.iter().map(|file| load(file)).collect::<Result<_, _>>()?;
    // Whether the claims hold is worth knowing also when nobody reads the lines.
    let mut read = true;
    let (mut claims, mut failed) = (0_u64, 0_u64);
    for scenario in &scenarios {
        for seed in arguments.seeds(scenario.seed) {
            let verdicts = check_claims(scenario, seed);
            claims += verdicts.len() as u64;
            failed += verdicts.iter().filter(|verdict| !verdict.held).count() as u64;
            if read {
                match tell(&scenario.name, seed, &verdicts, out) {
                    Err(Stop::Unread) => read = false,
                    told => told?,
                }
            }
        }
    }
    match (claims, failed) {
        (0, _) => complain("there is no claim to check: a scenario lists them under \"claims\""),
        (_, 0) => complain(&format!("all {claims} claims hold")),
        _ => complain(&format!("{failed} of {claims} claims fail")),
    }
    Ok(ExitCode::from(u8::from(failed != 0)))
}

fn tell(name: &str, seed: u64, verdicts: &[Verdict], out: &mut impl Write) -> Result<(), Stop> {
    for verdict in verdicts {
        writeln!(out, "{name} seed {seed}: {verdict}")?;
    }
    Ok(out.flush()?)
}

fn simulate(scenario: &Scenario, seed: u64, until: Time) -> Simulation {
    let mut simulation: Simulation = Simulation::new(scenario, seed);
    while simulation.run_until(until, u64::MAX, &mut ()) == Progress::OutOfBudget {}
    simulation
}

fn load(file: &str) -> Result<Scenario, Stop> {
    let text = if file == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    let text = text.map_err(|error| {
        Stop::Bad(format!(
            "{file}: cannot be read ({error}); name a scenario's file, or - for standard input"
        ))
    })?;
    Scenario::from_json(&text).map_err(|problems| {
        let lines: Vec<String> = problems.0.iter().map(|problem| format!("{file}: {problem}")).collect();
        Stop::Bad(lines.join("\n"))
    })
}
