//! What ships has to be what it says: every claim of every scenario, for several seeds.

use std::path::PathBuf;

use queuescope_engine::Scenario;
use queuescope_engine::scenario::check_claims;

/// The shipped files, by name.
pub(crate) fn files() -> Vec<PathBuf> {
    files_in("assets/scenarios")
}

/// Those of the library, which are loaded when they are opened.
fn library() -> Vec<PathBuf> {
    files_in("assets/learn/scenarios")
}

fn files_in(folder: &str) -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry of the folder").path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no scenario", folder.display());
    files
}

pub(crate) fn read(file: &PathBuf) -> Scenario {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Scenario::from_json(&text).unwrap_or_else(|problems| panic!("{}:\n{problems}", file.display()))
}

#[test]
fn every_claim_of_every_scenario_holds() {
    let mut failed = Vec::new();
    for file in files().into_iter().chain(library()) {
        let scenario = read(&file);
        assert!(!scenario.claims.is_empty(), "{} claims nothing", scenario.name);
        for seed in 1..=5 {
            let verdicts = check_claims(&scenario, seed);
            let wrong = verdicts.iter().filter(|verdict| !verdict.held);
            failed.extend(wrong.map(|verdict| format!("{} with seed {seed}: {verdict}", scenario.name)));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_scenario_bears_the_name_of_its_file_and_tells_its_story() {
    for file in files().into_iter().chain(library()) {
        let scenario = read(&file);
        let stem = file.file_stem().and_then(|stem| stem.to_str());
        assert_eq!(Some(scenario.name.as_str()), stem);
        for told in [&scenario.title, &scenario.watch, &scenario.why] {
            assert!(!told.trim().is_empty(), "{} lacks a title, what to watch, or why", scenario.name);
        }
    }
}

#[test]
fn every_scenario_survives_being_written() {
    for file in files().into_iter().chain(library()) {
        let scenario = read(&file);
        let text = scenario.to_json();
        let again = Scenario::from_json(&text).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(again, scenario, "{}", scenario.name);
    }
}
