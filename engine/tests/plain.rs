//! The engine without the systems on a wire is the same engine: what it can run has the histories that are pinned for the
//! full one in `golden.txt`. The page opens with that one, so `./dev test` runs this without the feature `systems`.

use std::path::Path;

use queuescope_engine::{Progress, Scenario, Simulation, Time};
use serde_json::Value;

/// The shipped scenarios of the plain queue, without the claims: those are for the full engine.
fn scenarios() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/scenarios");
    let mut scenarios = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let mut tree: Value = serde_json::from_str(&text).unwrap();
        if tree["broker"]["system"] == "plain-queue" {
            tree.as_object_mut().unwrap().remove("claims");
            scenarios.push(Scenario::from_json(&tree.to_string()).unwrap());
        }
    }
    scenarios
}

#[test]
fn the_plain_queue_has_its_histories_without_the_other_systems_too() {
    let pinned =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden.txt")).unwrap();
    let scenarios = scenarios();
    assert!(10 < scenarios.len());
    for scenario in scenarios {
        for seed in [7, 8] {
            let mut simulation: Simulation = Simulation::new(&scenario, seed);
            while simulation.run_until(Time::from_secs(60), u64::MAX, &mut ()) == Progress::OutOfBudget {}
            let journal = simulation.journal();
            let line = format!("{} {seed} 60s {:016x} {}", scenario.name, journal.digest(), journal.count());
            assert!(pinned.lines().any(|own| own == line), "golden.txt does not have: {line}");
        }
    }
}

#[test]
#[cfg(not(feature = "systems"))]
fn what_it_does_not_have_is_refused_and_not_ignored() {
    let scenario = |broker: &str, producer: &str, consumer: &str| {
        Scenario::from_json(&format!(
            r#"{{"version": 1, "name": "x", "title": "", "watch": "", "why": "", "broker": {{"name": "q", {broker}}},
            "producers": [{{"name": "p", "set": {{{producer}}}}}], "consumers": [{{"name": "c", "set": {{{consumer}}}}}]}}"#
        ))
    };
    let plain = r#""system": "plain-queue""#;
    assert!(scenario(plain, r#""rate": 3"#, r#""failure": 0.5"#).is_ok());
    for (broker, producer, consumer) in [
        (r#""system": "rabbitmq""#, "", ""),
        (r#""system": "direct""#, "", ""),
        (plain, r#""when-refused": "retry""#, ""),
        (plain, "", r#""idempotent": "yes""#),
        (plain, "", r#""crash": 0.5"#),
    ] {
        assert!(scenario(broker, producer, consumer).is_err(), "{broker} {producer} {consumer}");
    }
}
