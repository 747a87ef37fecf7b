//! The life of a message: found by going over the past again it is the one that was there to see.

use proptest::prelude::*;
use queuescope_engine::id::MessageId;
use queuescope_engine::journal::{Fact, What};
use queuescope_engine::timeline::Life;
use queuescope_engine::{Command, Progress, Scenario, Time, Timeline};

use crate::random::{cases, scenario};
use crate::timeline::{busy, make, moves, seek, straight};

/// Comes to the present; whether the past had to be gone over for it.
fn follow(life: &mut Life, timeline: &Timeline) -> bool {
    let mut searched = false;
    while life.follow(timeline, 1000) == Progress::OutOfBudget {
        searched |= life.searching().is_some();
    }
    searched
}

/// What is about this message and no other.
fn own<'a>(facts: impl Iterator<Item = &'a Fact>, message: u64) -> Vec<Fact> {
    let alone = |what: &What| !matches!(what, What::Moved { count, .. } if 1 < *count);
    let own = |fact: &&Fact| fact.what.message() == Some(MessageId(message)) && alone(&fact.what);
    facts.filter(own).copied().collect()
}

/// Whether the facts that are kept are those that there are: of very many the first and the last.
fn same(kept: &[Fact], all: &[Fact]) -> bool {
    const SURE: usize = 200;
    if all.len() <= 2 * SURE {
        return kept == all;
    }
    kept.starts_with(&all[..SURE]) && kept.ends_with(&all[all.len() - SURE..])
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn wherever_the_timeline_goes_a_life_is_what_a_straight_run_tells(
        (scenario, moves) in scenario().prop_flat_map(|scenario| {
            let moves = moves(&scenario);
            (Just(scenario), moves)
        }),
        seed: u64,
    ) {
        let mut timeline = Timeline::new(scenario, seed);
        let mut lives: Vec<Life> =
            [1, 2, 5, 40].map(|message| Life::new(MessageId(message), &timeline)).into();
        for step in &moves {
            make(&mut timeline, step)?;
            lives.iter_mut().for_each(|life| { follow(life, &timeline); });
        }
        let now = timeline.simulation().now();
        seek(&mut timeline, now, u64::MAX);
        let mut facts = Vec::new();
        straight(&timeline.record(), now, &mut facts);
        for mut life in lives {
            follow(&mut life, &timeline);
            let message = life.message();
            let wanted = own(facts.iter(), message.0);
            prop_assert!(same(&own(life.facts(), message.0), &wanted), "observed: message {message}");
            let mut found = Life::new(message, &timeline);
            follow(&mut found, &timeline);
            prop_assert!(same(&own(found.facts(), message.0), &wanted), "found: message {message}");
        }
    }
}

/// Minutes after it left, and with commands and clones in between.
#[test]
fn a_life_that_is_out_of_memory_is_found() {
    let mut timeline = Timeline::new(busy(), 3);
    timeline.seek(Time::from_secs(5), u64::MAX);
    let mut watched = Life::new(MessageId(70_000), &timeline);
    for second in 6..30 {
        timeline.seek(Time::from_secs(second), u64::MAX);
        follow(&mut watched, &timeline);
        if second % 7 == 0 {
            let act = if second % 2 == 0 { Command::Start } else { Command::Stop };
            timeline.act(act("p".into())).expect("p is a producer");
        }
    }
    let mut facts = Vec::new();
    straight(&timeline.record(), timeline.simulation().now(), &mut facts);
    for message in [1, 35_000, 70_000] {
        let mut found = Life::new(MessageId(message), &timeline);
        assert!(follow(&mut found, &timeline), "{message} is not in memory anymore");
        let life: Vec<Fact> = found.facts().copied().collect();
        assert!(3 < life.len(), "{message}: {life:?}");
        assert_eq!(life, own(facts.iter(), message), "{message}");
    }
    let life: Vec<Fact> = watched.facts().copied().collect();
    assert_eq!(life, own(facts.iter(), 70_000));
}

/// One that fails for ever: its beginning and its end are kept, and how much lies between is known.
#[test]
fn a_life_without_end_stays_bounded() {
    let scenario = Scenario::from_json(
        r#"{"version":1,"name":"poison","title":"","watch":"","why":"",
        "broker":{"name":"orders","system":"rabbitmq"},
        "producers":[{"name":"p","set":{"rate":0.1}}],
        "consumers":[{"name":"c","set":{"rate":100,"failure":1}}]}"#,
    );
    let mut timeline = Timeline::new(scenario.expect("a valid scenario"), 1);
    let mut life = Life::new(MessageId(1), &timeline);
    timeline.seek(Time::from_secs(40), u64::MAX);
    follow(&mut life, &timeline);
    let (omitted, before) = life.omitted();
    let kept = life.facts().count();
    assert!(0 < omitted && kept == 512 && before == 256, "{omitted} {kept} {before}");
    let mut facts = Vec::new();
    straight(&timeline.record(), timeline.simulation().now(), &mut facts);
    let all = own(facts.iter(), 1);
    assert_eq!(all.len() as u64, omitted + kept as u64);
    assert_eq!(life.facts().last(), all.last());
    // Back to where only its beginning is known.
    timeline.seek(Time::from_nanos(10_200_000_000), u64::MAX);
    follow(&mut life, &timeline);
    assert_eq!(life.omitted().0, 0);
    assert!((1..512).contains(&life.facts().count()));
}

/// A journal that is written by going over the run again is the run's own.
#[test]
fn every_fact_is_told_again_under_its_number() {
    let mut timeline = Timeline::new(busy(), 9);
    timeline.seek(Time::from_secs(4), u64::MAX);
    timeline.act(Command::Stop("p".into())).expect("p can be stopped");
    timeline.seek(Time::from_secs(6), u64::MAX);
    let mut told = Vec::new();
    let mut retrace = timeline.retrace_all(&mut |number, fact| told.push((number, *fact)));
    while retrace.run(777, &mut |number, fact| told.push((number, *fact))) == Progress::OutOfBudget {}
    let mut facts = Vec::new();
    straight(&timeline.record(), timeline.simulation().now(), &mut facts);
    assert_eq!(told.len(), facts.len());
    assert!((0..).zip(&facts).map(|(number, fact)| (number, *fact)).eq(told));
}
