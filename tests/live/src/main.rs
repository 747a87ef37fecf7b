//! `cargo run -p queuescope-live [-- FOLDER ... | ID ...]`: the cases at the wire, against real servers.
//!
//! It starts the servers that it finds, on loopback, on ports and in folders of their own; and stops them, however
//! it ends. A line a case, the totals last. `engine/tests/conformance/README.md` describes the cases.

#![allow(clippy::wildcard_enum_match_arm, reason = "the enums of the client libraries may grow")]
#![allow(clippy::match_wildcard_for_single_variants, reason = "likewise")]

mod clock;
// The reader of the cases; what runs them against the model is not needed here.
#[allow(dead_code, reason = "shared with the engine's tests")]
#[path = "../../../engine/tests/conformance/harness/mod.rs"]
mod harness;
mod process;
mod rabbitmq;
mod redis;
mod run;

use std::process::ExitCode;

fn main() -> ExitCode {
    match run::all(std::env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
