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

    let mut all = vec![harness::own_folder()];
    all.extend(folders.into_iter().map(PathBuf::from));
    if let Some(more) = std::env::var_os("QUEUESCOPE_CASES") {
        all.extend(std::env::split_paths(&more).filter(|folder| !folder.as_os_str().is_empty()));
    }
    let (mut passed, mut failed) = (0_u32, 0_u32);
    for folder in all {
        let (cases, errors) = harness::read_folder(&folder);
        for error in &errors {
            failed += 1;
            print_unreadable(error);
        }
        for case in cases
            .iter()
            .filter(|case| ids.is_empty() || ids.iter().any(|id| case.id.starts_with(id.as_str())))
        {
            *(if print_outcome(case) { &mut passed } else { &mut failed }) += 1;
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A word that looks like a path is one, so that a folder that is not there is not taken for an id.
fn is_folder(word: &str) -> bool {
    word.contains(['/', '\\', '.']) || Path::new(word).is_dir()
}

fn print_unreadable(error: &ReadError) {
    println!("unreadable failed\n  {error}");
}

fn print_outcome(case: &Case) -> bool {
    let differences = harness::run(case);
    if differences.is_empty() {
        println!("{} passed", case.id);
        return true;
    }
    println!("{} failed", case.id);
    println!("  {}\n  source: {}\n  evidence: {}", case.title, case.source, case.evidence);
    for difference in &differences {
        print!("{difference}");
    }
    false
}
