//! What holds for every history: nothing is lost, made or done twice; one seed gives one history, however it is
//! run; and to look at it changes nothing.

use proptest::prelude::*;
use queuescope_engine::journal::Fact;
use queuescope_engine::timeline::Recording;
use queuescope_engine::{Progress, Scenario, Simulation, Time};

use crate::auditor::Auditor;
use crate::random::{
    History, PAUSE_EVENTS, Pause, any_history, cases, failure, history, pause_by_steps, play, scenario,
};

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn every_message_is_in_one_place_after_every_event(history in history()) {
        audit(&history).map_err(|wrong| failure(&wrong, &play(&history).0))?;
    }

    /// Whatever the system, and whatever goes wrong: the ledger agrees with what the machines count.
    #[test]
    fn the_books_balance_after_every_event(history in any_history()) {
        balance(&history).map_err(|wrong| failure(&wrong, &play(&history).0))?;
    }

    #[test]
    fn what_cannot_be_is_refused_and_changes_nothing(history in any_history()) {
        let mut simulation: Simulation = Simulation::new(&history.scenario, history.seed);
        for (pause, act) in &history.acts {
            pause_by_steps(&mut simulation, pause, |simulation| { simulation.step(&mut ()); });
            let before = simulation.digest();
            let mut facts: Vec<Fact> = Vec::new();
            match simulation.apply(&act.command, &mut facts) {
                Ok(()) => prop_assert!(act.valid, "{:?} was accepted", act.command),
                Err(problem) => {
                    prop_assert!(!act.valid, "{:?} was refused: {problem}", act.command);
                    prop_assert!(facts.is_empty() && simulation.digest() == before, "{problem} changed something");
                    prop_assert!(!problem.path.is_empty() && !problem.permitted.is_empty(), "{problem}");
                }
            }
        }
    }

    #[test]
    fn a_history_is_the_same_however_it_is_cut(
        history in any_history(),
        cuts in prop::collection::vec((0..=100_u64, 0..=9_u64), 1..20),
    ) {
        let (recording, played) = play(&history);
        let end = (played.events(), played.now());
        let expected = (played.digest(), played.journal());
        let whole = follow(&recording, end, run_whole);
        let steps = follow(&recording, end, run_steps);
        let mut cuts = cuts.iter().cycle();
        let sliced = follow(&recording, end, |simulation, events, until| {
            run_slices(simulation, events, until, &mut cuts);
        });
        for (how, again) in [("at once", whole), ("by steps", steps), ("in slices", sliced)] {
            if (again.digest(), again.journal()) != expected || again != played {
                return Err(failure(&format!("{how} it comes out differently"), &recording));
            }
        }
    }

    #[test]
    fn observers_make_no_difference(history in any_history()) {
        let (recording, played) = play(&history);
        let mut bare: Simulation<()> = Simulation::new(&history.scenario, history.seed);
        let mut full: Simulation = Simulation::new(&history.scenario, history.seed);
        let mut facts: Vec<Fact> = Vec::new();
        let mut commands = recording.commands.iter().peekable();
        while full.events() < played.events() {
            while let Some(stamped) = commands.next_if(|stamped| stamped.events == full.events()) {
                let at = Time::from_nanos(stamped.nanos);
                bare.run_until(at, 0, &mut ());
                full.run_until(at, 0, &mut facts);
                prop_assert!(bare.apply(&stamped.act, &mut ()).is_ok() && full.apply(&stamped.act, &mut facts).is_ok());
            }
            let next = (bare.next_event(), bare.events(), bare.census());
            if next != (full.next_event(), full.events(), full.census()) {
                return Err(failure(&format!("they part at {}", full.now()), &recording));
            }
            bare.step(&mut ());
            full.step(&mut facts);
        }
        prop_assert_eq!(bare.waiting(), full.waiting());
    }

    #[test]
    fn looking_changes_nothing(history in history(), later in 0..=120_000_000_000_u64) {
        let mut simulation: Simulation = Simulation::new(&history.scenario, history.seed);
        for (pause, act) in &history.acts {
            pause_by_steps(&mut simulation, pause, |simulation| { simulation.step(&mut ()); });
            let _ = simulation.apply(&act.command, &mut ());
            let before = simulation.digest();
            let copy = simulation.clone();
            look(&simulation, later);
            prop_assert_eq!((simulation.digest(), &simulation), (before, &copy));
        }
    }

    /// A scenario that was written and read again is the same, and so are its runs.
    #[test]
    fn a_scenario_survives_being_written(scenario in scenario(), seed: u64) {
        let text = scenario.to_json();
        let read = Scenario::from_json(&text).map_err(|problems| TestCaseError::fail(problems.to_string()))?;
        prop_assert_eq!(&read, &scenario);
        let digest = |scenario: &Scenario| {
            let mut simulation: Simulation = Simulation::new(scenario, seed);
            simulation.run_until(Time::from_secs(5), PAUSE_EVENTS, &mut ());
            simulation.digest()
        };
        prop_assert_eq!(digest(&read), digest(&scenario));
    }
}

/// Plays a history under the eyes of an auditor, who judges after every event and every command.
/// Runs a history and holds the ledger against the machines after every event and act.
fn balance(history: &History) -> Result<(), String> {
    let mut simulation: Simulation = Simulation::new(&history.scenario, history.seed);
    let mut outcome = simulation.audit().map_err(|wrong| format!("at the start: {wrong}"));
    let last = (Pause::Events(PAUSE_EVENTS), None);
    let acts = history.acts.iter().map(|(pause, act)| (pause.clone(), Some(act))).chain([last]);
    for (pause, act) in acts {
        pause_by_steps(&mut simulation, &pause, |simulation| {
            simulation.step(&mut ());
            if outcome.is_ok() {
                outcome = simulation
                    .audit()
                    .map_err(|wrong| format!("after {} events: {wrong}", simulation.events()));
            }
        });
        outcome.clone()?;
        if let Some(act) = act {
            let _ = simulation.apply(&act.command, &mut ());
            simulation.audit().map_err(|wrong| {
                format!("{:?} after {} events: {wrong}", act.command, simulation.events())
            })?;
        }
    }
    Ok(())
}

fn audit(history: &History) -> Result<(), String> {
    let mut simulation: Simulation = Simulation::new(&history.scenario, history.seed);
    let mut auditor = Auditor::new(&history.scenario, &simulation);
    let last = (Pause::Events(PAUSE_EVENTS), None);
    let acts = history.acts.iter().map(|(pause, act)| (pause.clone(), Some(act))).chain([last]);
    for (pause, act) in acts {
        let mut outcome = Ok(());
        pause_by_steps(&mut simulation, &pause, |simulation| {
            simulation.step(&mut auditor);
            let judged = auditor.judge(simulation, false);
            if outcome.is_ok() {
                outcome = judged.map_err(|wrong| format!("after {} events: {wrong}", simulation.events()));
            }
        });
        outcome?;
        if let Some(act) = act {
            let _ = simulation.apply(&act.command, &mut auditor);
            let judged = auditor.judge(&simulation, true);
            judged.map_err(|wrong| {
                format!("{:?} after {} events: {wrong}", act.command, simulation.events())
            })?;
        }
    }
    Ok(())
}

/// Runs a recording; `run` takes the simulation to the given number of events and the given time.
fn follow(
    recording: &Recording,
    end: (u64, Time),
    mut run: impl FnMut(&mut Simulation, u64, Time),
) -> Simulation {
    let mut simulation: Simulation = Simulation::new(&recording.scenario, recording.seed);
    for stamped in &recording.commands {
        run(&mut simulation, stamped.events, Time::from_nanos(stamped.nanos));
        simulation.apply(&stamped.act, &mut ()).expect("only what was accepted is recorded");
    }
    run(&mut simulation, end.0, end.1);
    simulation
}

fn run_whole(simulation: &mut Simulation, events: u64, until: Time) {
    simulation.run_until(until, events - simulation.events(), &mut ());
}

fn run_steps(simulation: &mut Simulation, events: u64, until: Time) {
    while simulation.events() < events {
        simulation.step(&mut ());
    }
    simulation.run_until(until, 0, &mut ());
}

/// Each cut is a share of the time left, in hundredths, and a budget.
fn run_slices<'a>(
    simulation: &mut Simulation,
    events: u64,
    until: Time,
    cuts: &mut impl Iterator<Item = &'a (u64, u64)>,
) {
    for (share, budget) in cuts.take(50) {
        let now = simulation.now().as_nanos();
        let to = Time::from_nanos(now + (until.as_nanos() - now) / 100 * share);
        let left = events - simulation.events();
        let progress = simulation.run_until(to, left.min(*budget), &mut ());
        assert!(
            progress == Progress::OutOfBudget || simulation.now() == to,
            "the clock is not where it was to go"
        );
    }
    run_whole(simulation, events, until);
}

/// Reads all there is to read, now and as of later.
fn look(simulation: &Simulation, later: u64) {
    let now = Time::from_nanos(simulation.now().as_nanos() + later);
    let metrics = simulation.metrics();
    for limit in [0, 1, usize::MAX] {
        std::hint::black_box(simulation.scene(limit));
    }
    std::hint::black_box((metrics.produced().per_second(now), metrics.consumed().per_second(now)));
    std::hint::black_box((metrics.depth().mean(now), metrics.busy().integral(now), metrics.utilization(now)));
    std::hint::black_box((metrics.wait().quantile(now, 0.99), metrics.wait_mean(), metrics.wait_sum()));
    std::hint::black_box((
        metrics.series(now).buckets(),
        metrics.departures(now).count(),
        metrics.recent().count(),
    ));
    std::hint::black_box((simulation.audit().is_ok(), simulation.waiting(), simulation.knobs("queue")));
}
