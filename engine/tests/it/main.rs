//! The integration tests of the engine, in one binary: a file about each thing that must hold.

// Shared with the program that runs the cases; its tests of itself stand in conformance.rs here.
#[expect(dead_code, reason = "what a command line asks for matters to the programs that run the cases")]
#[path = "../conformance/harness/mod.rs"]
mod harness;

mod applications;
mod auditor;
mod conformance;
mod golden;
mod histories;
mod laws;
mod lives;
mod promises;
mod random;
mod runner;
mod scenarios;
mod scenes;
mod timeline;
