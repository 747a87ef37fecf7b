//! What must hold of everything that there is to see, over random histories of every system.
//!
//! The stage draws a scene and nothing else, so a scene that contradicts itself or the books is a lie on the page.

use std::collections::BTreeSet;

use proptest::test_runner::{TestError, TestRunner};
use queuescope_engine::broker::SYSTEMS;
use queuescope_engine::view::{Doing, GroupView, LogView, Scene, StoreView};
use queuescope_engine::{Scenario, Simulation};

use crate::random::{History, PAUSE_EVENTS, Pause, cases, failure, history_with, pause_by_steps, play};

type Wrong = Result<(), String>;

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Wrong {
    if holds { Ok(()) } else { Err(what()) }
}

/// Half-open ranges in order that do not meet, within `from` and `to`.
fn ordered<T: PartialOrd + Copy>(ranges: &[(T, T)], from: T, to: T) -> bool {
    ranges.iter().all(|(start, end)| from <= *start && start < end && *end <= to)
        && ranges.windows(2).all(|pair| pair[0].1 <= pair[1].0)
}

fn check_log(log: &LogView, limit: usize) -> Wrong {
    ensure(log.start <= log.end && log.readable <= log.end, || format!("ends are out of order: {log:?}"))?;
    ensure(log.segments.is_sorted_by(|a, b| a < b) && log.segments.len() <= limit, || {
        format!("segments are out of order: {:?}", log.segments)
    })?;
    let offsets: Vec<u64> = log.records.iter().map(|record| record.offset).collect();
    ensure(offsets.is_sorted_by(|a, b| b <= a) && offsets.len() <= limit, || {
        format!("records are not from the newest to the oldest: {offsets:?}")
    })?;
    ensure(offsets.iter().all(|offset| (log.start..log.end).contains(offset)), || {
        format!("records are not in the log: {offsets:?} in {} to {}", log.start, log.end)
    })?;
    for reader in &log.readers {
        let committed = reader.committed.unwrap_or(0);
        ensure(reader.position <= log.end, || format!("a reader is beyond the end {}: {reader:?}", log.end))?;
        // A reader that goes back does not forget what it was done with.
        ensure(ordered(&reader.holes, committed, log.end), || {
            format!("holes are not between what is committed and the end: {reader:?}")
        })?;
        ensure(reader.holes.len() <= limit, || format!("too many holes: {reader:?}"))?;
    }
    Ok(())
}

fn check_store(store: &StoreView, limit: usize) -> Wrong {
    ensure(store.entries.len() <= limit, || format!("{}: too many entries", store.name))?;
    match &store.log {
        None => {
            let entries: BTreeSet<_> = store.entries.iter().map(|entry| entry.message).collect();
            ensure(entries.len() <= store.depth as usize, || {
                format!("{} shows {} entries and counts {}", store.name, entries.len(), store.depth)
            })
        }
        Some(log) => check_log(log, limit).map_err(|wrong| format!("{}: {wrong}", store.name)),
    }
}

fn check_group(group: &GroupView, scene: &Scene) -> Wrong {
    let wrong = |what: &str| format!("{what}: {group:?}");
    let mut shares: Vec<(u32, u32)> = Vec::new();
    for member in &group.members {
        ensure(ordered(&member.shares, 0, group.of), || wrong("shares are out of order"))?;
        ensure(ordered(&member.leaving, 0, group.of), || wrong("what is given up is out of order"))?;
        let has =
            |(from, to): &(u32, u32)| member.shares.iter().any(|(start, end)| start <= from && to <= end);
        ensure(member.leaving.iter().all(has), || wrong("a member gives up what it has not"))?;
        shares.extend(&member.shares);
        let known = scene.pools.len() * 50;
        ensure(usize::from(member.worker.0) < known, || wrong("a member is no worker"))?;
    }
    shares.sort_unstable();
    ensure(ordered(&shares, 0, group.of), || wrong("two members have the same share"))
}

/// The scene does not contradict itself, and shows what the machines count.
fn check(simulation: &Simulation, limit: usize) -> Wrong {
    let (scene, census) = (simulation.scene(limit), simulation.census());
    scene.stores.iter().try_for_each(|store| check_store(store, limit))?;
    scene.groups.iter().try_for_each(|group| check_group(group, &scene))?;
    let sum = |of: fn(&StoreView) -> u64| scene.stores.iter().map(of).sum::<u64>();
    if scene.wired {
        let (waiting, held, delayed) = (sum(|s| s.depth), sum(|s| s.held), sum(|s| s.delayed));
        // What stands where nobody reads it may be shown besides.
        ensure(census.waiting <= waiting, || {
            format!("{waiting} wait in the scene, {} in all", census.waiting)
        })?;
        ensure((held, delayed) == (census.held, census.delayed), || {
            format!(
                "{held} held, {delayed} delayed in the scene; {} and {} in all",
                census.held, census.delayed
            )
        })?;
    }
    let groups = scene.groups.len();
    let readers = scene.stores.iter().filter_map(|store| store.log.as_ref()).flat_map(|log| &log.readers);
    for reader in readers {
        ensure(reader.group.is_none_or(|group| usize::from(group) < groups), || {
            format!("the group of a reader is not there: {reader:?}")
        })?;
    }
    let parts = scene.parts.len();
    let known = |part: Option<u16>| part.is_none_or(|part| usize::from(part) < parts);
    ensure(scene.producers.iter().all(|producer| known(producer.to)), || "a producer sends nowhere".into())?;
    ensure(scene.pools.iter().all(|pool| known(pool.from)), || "a pool reads from nowhere".into())?;
    let busy: Vec<_> = (scene.workers.iter())
        .filter_map(|worker| match worker.doing {
            Doing::Busy { message, since, until, .. } => Some((message, since, until)),
            Doing::Idle | Doing::Off | Doing::Down => None,
        })
        .collect();
    ensure(busy.iter().all(|(_, since, until)| *since <= scene.now && since <= until), || {
        format!("work began in the future: {busy:?}")
    })
}

fn look(history: &History) -> Wrong {
    let mut simulation: Simulation = Simulation::new(&history.scenario, history.seed);
    let last = (Pause::Events(PAUSE_EVENTS), None);
    let acts = history.acts.iter().map(|(pause, act)| (pause.clone(), Some(act))).chain([last]);
    for (number, (pause, act)) in acts.enumerate() {
        let mut outcome = Ok(());
        let mut steps = 0;
        pause_by_steps(&mut simulation, &pause, |simulation| {
            simulation.step(&mut ());
            steps += 1;
            // Not after every event: to look takes longer than what happens.
            if steps % 7 == 0 && outcome.is_ok() {
                outcome = check(simulation, [3, 1000][number % 2])
                    .map_err(|wrong| format!("after {} events: {wrong}", simulation.events()));
            }
        });
        outcome?;
        if let Some(act) = act {
            let _ = simulation.apply(&act.command, &mut ());
            check(&simulation, 1000).map_err(|wrong| {
                format!("{:?} after {} events: {wrong}", act.command, simulation.events())
            })?;
        }
    }
    Ok(())
}

#[test]
fn a_scene_shows_what_the_machines_count_and_does_not_contradict_itself() {
    for manual in SYSTEMS {
        let mut runner = TestRunner::new(cases(60));
        let outcome = runner.run(&history_with(manual), |history| {
            look(&history).map_err(|wrong| failure(&wrong, &play(&history).0))?;
            Ok(())
        });
        if let Err(TestError::Fail(reason, _)) = &outcome {
            panic!("{}: {reason}", manual.system);
        }
        outcome.unwrap_or_else(|error| panic!("{}: {error}", manual.system));
    }
}

#[test]
fn what_waits_in_redis_is_said_in_the_words_of_what_it_waits_in() {
    let words = |json: &str| {
        let scenario = Scenario::from_json(json).expect("it is valid");
        let simulation: Simulation = Simulation::new(&scenario, 1);
        let terms = simulation.scene(1).terms;
        (terms.system, terms.store, terms.waiting)
    };
    let list = words(include_str!("../../../assets/scenarios/redis-list.json"));
    assert_eq!(list, ("Redis", "list", "waiting"));
    let stream = words(include_str!("../../../assets/scenarios/redis-pending.json"));
    assert_eq!(stream, ("Redis", "stream", "unread"));
}
