//! `cargo test --test conformance [-- FOLDER ... | ID ...]`: a line a case, the totals last.
//!
//! It is no libtest program, so that its output is the same for people and for scripts. README.md
//! beside it describes the cases.

mod harness;

use std::process::ExitCode;

use harness::case::{Case, ReadError};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // What test runners ask of every test program.
    if words.iter().any(|word| word == "--list") {
        return ExitCode::SUCCESS;
    }
    let mut totals = Totals::default();
    let (cases, errors) = harness::asked_for(words);
    for error in &errors {
        totals.failed += 1;
        print_unreadable(error);
    }
    for case in &cases {
        totals.add(case);
    }
    let Totals { passed, failed, listed } = totals;
    if 0 < listed {
        println!("{listed} listed: not modelled, for the reason given");
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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
