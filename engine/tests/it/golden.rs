//! One seed, one history, also tomorrow: the digests of some histories, pinned in `tests/golden.txt`.
//!
//! A difference means that links, recordings and figures of before show something else now. If that is what a
//! change is for, `QUEUESCOPE_BLESS=1 cargo test -p queuescope-engine --test it golden` writes the file anew,
//! and the change log says so.

use std::fmt::Write;
use std::path::Path;

use queuescope_engine::{Progress, Scenario, Simulation, Time};

use crate::scenarios::{files, read};

/// Histories that use what the shipped scenarios may not: every pattern, every policy, the whole set of commands.
const OWN: &[(&str, &str)] = &[
    (
        "all-kinds-of-arrivals",
        r#""broker":{"name":"queue","system":"plain-queue","set":{"capacity":20,"when-full":"drop-oldest"}},
        "producers":[{"name":"a","set":{"rate":9,"arrivals":"poisson"}},{"name":"b","set":{"rate":7,"link-delay":0.25}},
                     {"name":"c","set":{"rate":5,"arrivals":"bursts"}}],
        "consumers":[{"name":"d","set":{"rate":4,"workers":3,"service":"exponential","failure":0.2}},
                     {"name":"e","set":{"rate":6}}]"#,
    ),
    (
        "all-kinds-of-commands",
        r#""broker":{"name":"queue","system":"plain-queue","set":{"when-full":"block"}},
        "producers":[{"name":"a","set":{"rate":30,"arrivals":"poisson","link-delay":0.1}}],
        "consumers":[{"name":"d","set":{"rate":10,"workers":2,"service":"exponential","failure":0.5}}],
        "script":[{"at":"5s","do":{"crash":{"consumer":"d","worker":1}}},{"at":"9s","do":{"stop":"a"}},
                  {"at":"11s","do":{"restart":{"consumer":"d"}}},{"at":"12s","do":{"start":"a"}},
                  {"at":"20s","do":{"set":{"knob":"queue.capacity","to":100}}},{"at":"22s","do":{"stop":"d"}},
                  {"at":"25s","do":{"send":{"producer":"a","count":500}}},{"at":"26s","do":{"start":"d"}},
                  {"at":"28s","do":{"set":{"knob":"queue.when-full","to":"refuse"}}}]"#,
    ),
];

fn histories() -> Vec<Scenario> {
    let own = OWN.iter().map(|(name, rest)| {
        let story = r#""title":"","watch":"","why":"""#;
        Scenario::from_json(&format!(r#"{{"version":1,"name":"{name}",{story},{rest}}}"#))
            .expect("a valid scenario")
    });
    own.chain(files().iter().map(read)).collect()
}

/// A line a history: name, seed, seconds, the digest of its journal, how many facts.
fn table() -> String {
    let mut table = String::new();
    for scenario in histories() {
        for (seed, seconds) in [(7, 60), (8, 60)] {
            let mut simulation: Simulation = Simulation::new(&scenario, seed);
            while simulation.run_until(Time::from_secs(seconds), u64::MAX, &mut ()) == Progress::OutOfBudget {
            }
            let journal = simulation.journal();
            let (digest, count) = (journal.digest(), journal.count());
            let _ = writeln!(table, "{} {seed} {seconds}s {digest:016x} {count}", scenario.name);
        }
    }
    table
}

#[test]
fn histories_are_what_they_were() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden.txt");
    let table = table();
    if std::env::var_os("QUEUESCOPE_BLESS").is_some() {
        std::fs::write(&file, &table).expect("the file can be written");
    }
    let pinned = std::fs::read_to_string(&file).unwrap_or_default();
    let changed: Vec<&str> = table.lines().filter(|line| !pinned.lines().any(|own| own == *line)).collect();
    let gone: Vec<&str> = pinned.lines().filter(|line| !table.lines().any(|own| own == *line)).collect();
    assert!(
        changed.is_empty() && gone.is_empty(),
        "golden.txt has\n{}\nand now it is\n{}\n(if that is meant to be: QUEUESCOPE_BLESS=1)",
        gone.join("\n"),
        changed.join("\n"),
    );
}
