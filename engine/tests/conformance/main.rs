//! `cargo test --test conformance [-- FOLDER ... | ID ...]`: a line a case, the totals last.
//!
//! It is no libtest program, so that its output is the same for people and for scripts. README.md
//! beside it describes the cases.

mod harness;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use harness::case::{Case, ReadError};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // What test runners ask of every test program.
    if words.iter().any(|word| word == "--list") {
        return ExitCode::SUCCESS;
    }
    let words = words.into_iter().filter(|word| !word.starts_with('-'));
    let (folders, ids): (Vec<String>, Vec<String>) = words.partition(|word| is_folder(word));

    let mut totals = Totals::default();
    for folder in all_folders(folders) {
        let (cases, errors) = harness::read_folder(&folder);
        for error in &errors {
            totals.failed += 1;
            print_unreadable(error);
        }
        for case in cases
            .iter()
            .filter(|case| ids.is_empty() || ids.iter().any(|id| case.id.starts_with(id.as_str())))
        {
            totals.add(case);
        }
    }
    let Totals { passed, failed, listed } = totals;
    if 0 < listed {
        println!("{listed} listed: not modelled, for the reason given");
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A word that looks like a path is one, so that a folder that is not there is not taken for an id.
fn is_folder(word: &str) -> bool {
    word.contains(['/', '\\', '.']) || Path::new(word).is_dir()
}

/// The engine's own folder, or those in it that are named; and besides, what is elsewhere.
fn all_folders(named: Vec<String>) -> Vec<PathBuf> {
    let own = harness::own_folder();
    let is_own = |folder: &PathBuf| match (folder.canonicalize(), own.canonicalize()) {
        (Ok(folder), Ok(own)) => folder.starts_with(own),
        _ => false,
    };
    let (mut all, mut further): (Vec<PathBuf>, Vec<PathBuf>) =
        named.into_iter().map(PathBuf::from).partition(is_own);
    if let Some(more) = std::env::var_os("QUEUESCOPE_CASES") {
        further.extend(std::env::split_paths(&more).filter(|folder| !folder.as_os_str().is_empty()));
    }
    if all.is_empty() {
        all.push(own);
    }
    all.extend(further);
    all
}

fn print_unreadable(error: &ReadError) {
    println!("unreadable failed\n  {error}");
}

#[derive(Default)]
struct Totals {
    passed: u32,
    failed: u32,
    /// Neither: what they are about is not modelled.
    listed: u32,
}

impl Totals {
    /// Runs a case and prints what came of it.
    fn add(&mut self, case: &Case) {
        if let Some(why) = case.listed() {
            self.listed += 1;
            println!("{} listed ({why})", case.id);
            return;
        }
        let differences = harness::run(case);
        if differences.is_empty() {
            self.passed += 1;
            println!("{} passed", case.id);
            return;
        }
        self.failed += 1;
        println!("{} failed", case.id);
        println!("  {}\n  source: {}\n  evidence: {}", case.title, case.source, case.evidence);
        for difference in &differences {
            print!("{difference}");
        }
    }
}
