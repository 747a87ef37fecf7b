//! The timeline: wherever it goes, and however it gets there, it shows what a straight run would.

use proptest::prelude::*;
use queuescope_engine::journal::{Fact, Observer};
use queuescope_engine::marks::Marks;
use queuescope_engine::timeline::{Recording, Stamped};
use queuescope_engine::{Command, Progress, Scenario, Simulation, Time, Timeline};

use crate::random::{Act, Breadth, act, cases, failure, scenario};

/// What a visitor can do with a timeline.
#[derive(Clone, Debug)]
pub(crate) enum Move {
    /// To a share of the furthest it has been, in hundredths, with calls of so many events each.
    Seek {
        share: u64,
        budget: u64,
    },
    /// On, until so many events have happened.
    Forward(u64),
    /// To a share of the furthest it has been, by the shortest way.
    Leap(u64),
    /// So many single steps.
    Step(u8),
    /// So many single steps back, with calls of so many events each.
    Back(u8, u64),
    Act(Act),
    /// To another branch.
    Switch(usize),
}

pub(crate) fn moves(scenario: &Scenario) -> impl Strategy<Value = Vec<Move>> + use<> {
    let budget = prop::sample::select(vec![1, 3, 50, u64::MAX]);
    let one = prop_oneof![
        3 => (0..=110_u64, budget).prop_map(|(share, budget)| Move::Seek { share, budget }),
        3 => (0..150_u64).prop_map(Move::Forward),
        1 => (0..=100_u64).prop_map(Move::Leap),
        2 => (1..8_u8).prop_map(Move::Step),
        2 => (1..8_u8, prop::sample::select(vec![1, 50, u64::MAX])).prop_map(|(count, budget)| Move::Back(count, budget)),
        4 => act(scenario, Breadth::Any).prop_map(Move::Act),
        2 => (0..4_usize).prop_map(Move::Switch),
    ];
    prop::collection::vec(one, 1..24)
}

pub(crate) fn make(timeline: &mut Timeline, step: &Move) -> Result<(), TestCaseError> {
    match step {
        Move::Seek { share, budget } => {
            let to = Time::from_nanos(timeline.end().as_nanos() / 100 * share);
            seek(timeline, to, *budget);
            prop_assert_eq!(timeline.simulation().now(), to);
        }
        Move::Forward(events) => {
            let far = Time::from_nanos(timeline.simulation().now().as_nanos() + 60_000_000_000);
            timeline.seek(far, *events);
        }
        Move::Step(count) => (0..*count).for_each(|_| {
            let _ = timeline.step();
        }),
        Move::Leap(share) => leap(timeline, Time::from_nanos(timeline.end().as_nanos() / 100 * share)),
        Move::Back(count, budget) => {
            for _ in 0..*count {
                back(timeline, *budget)?;
            }
        }
        Move::Act(act) => {
            let (branches, log) = (timeline.branches().len(), timeline.log().len());
            let accepted = timeline.act(act.command.clone()).is_ok();
            prop_assert_eq!(accepted, act.valid);
            let unchanged = (timeline.branches().len(), timeline.log().len()) == (branches, log);
            prop_assert_eq!(accepted, !unchanged || timeline.branches().len() > branches);
        }
        Move::Switch(branch) => {
            timeline.switch(*branch, u64::MAX);
        }
    }
    Ok(())
}

/// One event or command back; one on again leads to the same place.
fn back(timeline: &mut Timeline, budget: u64) -> Result<(), TestCaseError> {
    let Some(place) = timeline.before() else {
        prop_assert_eq!(timeline.simulation().events(), 0);
        return Ok(());
    };
    let from = timeline.position();
    while timeline.go_to(place, budget) == Progress::OutOfBudget {}
    prop_assert_eq!(timeline.position(), place);
    let mut again = timeline.clone();
    again.step();
    prop_assert_eq!(again.position(), from);
    Ok(())
}

fn leap(timeline: &mut Timeline, to: Time) {
    timeline.leap(to);
    seek(timeline, to, u64::MAX);
}

pub(crate) fn seek(timeline: &mut Timeline, to: Time, budget: u64) {
    while timeline.seek(to, budget) == Progress::OutOfBudget {}
}

/// The simulation that goes through `commands` and on to the end of `until`, with no timeline around it.
pub(crate) fn straight(recording: &Recording, until: Time, facts: &mut Vec<Fact>) -> Simulation {
    let mut simulation: Simulation = Simulation::observed(&recording.scenario, recording.seed, facts);
    for Stamped { events, nanos, act } in &recording.commands {
        if until.as_nanos() < *nanos {
            break;
        }
        simulation.run_until(Time::from_nanos(*nanos), events - simulation.events(), facts);
        simulation.apply(act, facts).expect("only what was accepted is in the log");
    }
    simulation.run_until(until, u64::MAX, facts);
    simulation
}

/// Compares the timeline, once everything at its present has happened, with a straight run.
fn compare(timeline: &Timeline) -> Result<(), String> {
    let now = timeline.simulation().now();
    let mut settled = timeline.clone();
    seek(&mut settled, now, u64::MAX);
    let recording = settled.record();
    let mut facts = Vec::new();
    let expected = straight(&recording, now, &mut facts);
    let ours = settled.simulation();
    if (ours.digest(), ours.journal()) != (expected.digest(), expected.journal()) || *ours != expected {
        let (events, wanted) = (ours.events(), expected.events());
        return Err(format!("at {now} it is not what a straight run is ({events} and {wanted} events)"));
    }
    let window: Vec<&Fact> = settled.window().facts().collect();
    let latest = facts.iter().skip(facts.len().saturating_sub(window.len()));
    if !latest.eq(window.iter().copied()) || facts.len() < window.len() {
        return Err(format!("at {now} the window does not hold the latest facts"));
    }
    Ok(())
}

/// However it was gone through, what stands out in it is what stands out in a straight run.
fn compare_marks(timeline: &Timeline) -> Result<(), String> {
    let mut settled = timeline.clone();
    leap(&mut settled, timeline.end());
    let mut facts = Vec::new();
    straight(&settled.record(), timeline.end(), &mut facts);
    let mut expected = Marks::default();
    facts.iter().for_each(|fact| expected.observe(fact));
    if settled.marks() != &expected {
        return Err(format!("{:?} stands out, and not {:?}", settled.marks(), expected));
    }
    Ok(())
}

/// A recording that was written and read again leads to where the timeline stands.
fn replay(timeline: &Timeline) -> Result<(), String> {
    let now = timeline.simulation().now();
    let mut settled = timeline.clone();
    seek(&mut settled, now, u64::MAX);
    let read = Recording::from_json(&settled.record().to_json()).map_err(|problems| problems.to_string())?;
    if read != settled.record() {
        return Err(format!("at {now} its recording is read as another"));
    }
    let until = Time::from_nanos(read.until);
    let mut again = Timeline::replay(read).map_err(|problem| problem.to_string())?;
    seek(&mut again, until, 1000);
    if again.simulation() != settled.simulation()
        || again.simulation().digest() != settled.simulation().digest()
    {
        return Err(format!("at {now} its recording leads elsewhere"));
    }
    Ok(())
}

fn to_fail(timeline: &Timeline, made: &[Move]) -> impl Fn(String) -> TestCaseError {
    let (recording, made) = (timeline.record(), format!("{made:?}"));
    move |wrong| failure(&format!("{wrong}\nafter {made}"), &recording)
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn it_stands_where_a_straight_run_would(
        (scenario, moves) in scenario().prop_flat_map(|scenario| {
            let moves = moves(&scenario);
            (Just(scenario), moves)
        }),
        seed: u64,
    ) {
        let mut timeline = Timeline::new(scenario, seed);
        for (index, step) in moves.iter().enumerate() {
            make(&mut timeline, step)?;
            compare(&timeline).map_err(to_fail(&timeline, &moves[..=index]))?;
        }
        replay(&timeline).map_err(to_fail(&timeline, &moves))?;
        compare_marks(&timeline).map_err(to_fail(&timeline, &moves))?;
    }

    #[test]
    fn a_branch_that_is_gone_back_to_is_the_same(
        (scenario, moves) in scenario().prop_flat_map(|scenario| {
            let moves = moves(&scenario);
            (Just(scenario), moves)
        }),
        seed: u64,
    ) {
        let mut timeline = Timeline::new(scenario, seed);
        for step in &moves {
            make(&mut timeline, step)?;
        }
        for branch in 0..timeline.branches().len() {
            // The present of both: further than where the other one ended there is nothing to come back to.
            let both = timeline.simulation().now().min(timeline.branches()[branch].end);
            seek(&mut timeline, both, u64::MAX);
            // What stood out at the very end depends on how much of that instant was gone through.
            let others = |timeline: &Timeline| -> Vec<_> {
                timeline.branches().iter().map(|branch| (branch.log.clone(), branch.end)).collect()
            };
            let before = (timeline.simulation().digest(), timeline.log().to_vec(), others(&timeline));
            let ahead = timeline.end();
            timeline.switch(branch, u64::MAX);
            prop_assert_eq!(timeline.simulation().now(), both);
            timeline.switch(branch, u64::MAX);
            prop_assert_eq!(timeline.end(), ahead);
            let after = (timeline.simulation().digest(), timeline.log().to_vec(), others(&timeline));
            prop_assert_eq!(after, before);
        }
    }
}

pub(crate) fn busy() -> Scenario {
    Scenario::from_json(
        r#"{"version":1,"name":"busy","title":"","watch":"","why":"",
        "broker":{"name":"queue","system":"plain-queue","set":{"capacity":1000,"when-full":"block"}},
        "producers":[{"name":"p","set":{"rate":10000,"arrivals":"poisson"}}],
        "consumers":[{"name":"c","set":{"rate":5000,"workers":2,"service":"exponential","failure":0.1}}]}"#,
    )
    .expect("a valid scenario")
}

proptest! {
    #![proptest_config(cases(12))]

    /// Long enough that clones are kept, thinned out and gone back to; the budget is that between two clones,
    /// so that some are taken exactly at the present.
    #[test]
    fn far_seeks_by_way_of_clones_stand_there_too(
        shares in prop::collection::vec((0..=100_u64, prop::option::of(0.1..10_000.0_f64)), 6),
        seed: u64,
    ) {
        let mut timeline = Timeline::new(busy(), seed);
        for (share, rate) in shares {
            for _ in 0..4 {
                let far = Time::from_nanos(timeline.simulation().now().as_nanos() + 20_000_000_000);
                timeline.seek(far, 1 << 15);
            }
            // A paused page asks for the present again and again.
            let now = timeline.simulation().now();
            timeline.seek(now, 0);
            timeline.seek(now, u64::MAX);
            if let Some(rate) = rate {
                let to = queuescope_engine::knob::Value::Number(rate);
                timeline.act(Command::Set { knob: "p.rate".into(), to }).expect("a rate");
            }
            timeline.seek(now, u64::MAX);
            compare(&timeline).map_err(TestCaseError::fail)?;
            let to = Time::from_nanos(timeline.end().as_nanos() / 100 * share);
            seek(&mut timeline, to, 10_000);
            compare(&timeline).map_err(TestCaseError::fail)?;
            back(&mut timeline, 10_000)?;
            let to = Time::from_nanos(timeline.end().as_nanos() / 100 * (100 - share));
            leap(&mut timeline, to);
            compare(&timeline).map_err(TestCaseError::fail)?;
            compare_marks(&timeline).map_err(TestCaseError::fail)?;
            prop_assert!(!timeline.marks().list().is_empty());
        }
    }
}

/// A rate that is set between two events has to be set then, also when it is stepped over.
#[test]
fn a_step_over_a_command_does_it_at_its_own_time() {
    let mut timeline = Timeline::new(busy(), 1);
    let at = Time::from_nanos(5_000_000_007);
    timeline.seek(at, u64::MAX);
    timeline.act(Command::Stop("p".into())).expect("p can be stopped");
    timeline.seek(Time::from_secs(4), u64::MAX);
    while timeline.step().is_some_and(|now| now < at) {}
    assert_eq!(timeline.simulation().now(), at);
    assert!(!timeline.simulation().is_running("p"));
    compare(&timeline).expect("where a straight run stands");
}

/// What comes from a link can say anything: it may be turned down, but it must neither panic nor run away.
#[test]
fn no_recording_makes_it_panic() {
    let stamped =
        |events, nanos| Stamped { events, nanos, act: Command::Send { producer: "p".into(), count: 3 } };
    // In order they may be, but not where anything happens; or not even in order.
    let stamps = [
        vec![stamped(3, 100_000_000_000), stamped(5, 100_000_000_000)],
        vec![stamped(0, 1), stamped(0, 2), stamped(1_000_000, 1_000_000)],
        vec![stamped(u64::MAX, 0)],
        vec![stamped(5, 100_000_000_000), stamped(3, 1)],
        vec![stamped(3, 100_000_000_000), stamped(5, 1)],
    ];
    let mut accepted = 0;
    for commands in stamps {
        let recording =
            Recording { engine: "0".into(), scenario: busy(), seed: 1, commands, until: 10_000_000 };
        let Ok(mut timeline) = Timeline::replay(recording) else { continue };
        accepted += 1;
        for nanos in [2_000_000, 20_000_000, 1_000_000, 30_000_000, 200_000_000_000] {
            timeline.seek(Time::from_nanos(nanos), 10_000);
            timeline.step();
        }
    }
    assert!(3 <= accepted, "only {accepted} were replayed");
}

#[test]
fn a_recording_of_what_cannot_be_is_turned_down() {
    let good = Timeline::new(busy(), 1).record();
    let text = good.to_json();
    let broken = [
        ("plain-queue", "no-queue"),
        (r#""capacity":1000"#, r#""capacity":-5"#),
        (r#""rate":10000"#, r#""rate":0"#),
        (r#""version":1"#, r#""version":9"#),
    ];
    for (right, wrong) in broken {
        let text = text.replace(right, wrong);
        assert!(text.contains(wrong), "{right} is not in {text}");
        let turned_down =
            Recording::from_json(&text).map_or(true, |recording| Timeline::replay(recording).is_err());
        assert!(turned_down, "{wrong} was accepted");
    }
}

/// Bursts of a mean that leaves nothing for the time between them, and a change of settings at the very instant
/// of an arrival: the producer must neither stand still nor send without end.
#[test]
fn a_change_at_the_instant_of_an_arrival_is_harmless() {
    let scenario = Scenario::from_json(
        r#"{"version":1,"name":"n","title":"","watch":"","why":"",
        "broker":{"name":"queue","system":"plain-queue"},
        "producers":[{"name":"p","set":{"rate":1,"arrivals":"bursts","burst-on":2,"burst-off":2,"burst-factor":2}},
                     {"name":"q","set":{"rate":1}}],
        "consumers":[{"name":"c","set":{"rate":1}}]}"#,
    )
    .expect("a valid scenario");
    for events in 0..40 {
        let mut simulation: Simulation = Simulation::new(&scenario, 1);
        for _ in 0..events {
            simulation.step(&mut ());
        }
        let to = queuescope_engine::knob::Value::Number(2.0);
        let knob = "p.burst-factor".to_owned();
        simulation.apply(&Command::Set { knob, to }, &mut ()).expect("a factor");
        let mut copy = simulation.clone();
        for _ in 0..20 {
            copy.step(&mut ());
            // No number in it may have become none: that would differ even from itself.
            assert!(copy == copy.clone(), "{} events after {events}", copy.events());
        }
        let sent = simulation.ledger().sent;
        let until = Time::from_nanos(simulation.now().as_nanos() + 40_000_000_000);
        assert_eq!(simulation.run_until(until, 10_000, &mut ()), Progress::Reached, "after {events} events");
        let sent = simulation.ledger().sent - sent;
        assert!((70..=90).contains(&sent), "after {events} events {sent} were sent in 40 s");
    }
}
