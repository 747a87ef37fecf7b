//! The engine as WebAssembly, behind the two calls that tests and measurements in a browser need.

#[path = "../../../engine/benches/throughput/crowd.rs"]
mod crowd;
#[path = "../../../engine/benches/throughput/systems.rs"]
mod systems;
#[path = "../../../engine/benches/memory/waiting.rs"]
mod waiting;
#[path = "../../../engine/benches/throughput/workloads.rs"]
mod workloads;

use peak_alloc::PeakAlloc;
use queuescope_engine::{Scenario, Simulation, Time};
use wasm_bindgen::prelude::*;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

#[wasm_bindgen]
extern "C" {
    /// Milliseconds since the page was opened.
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Runs a scenario to a virtual time in seconds, and gives its journal's digest and number of facts
/// as `queuescope digest` prints them.
///
/// # Errors
/// What is wrong with the scenario.
#[wasm_bindgen]
pub fn journal_digest(scenario: &str, seed: u64, until_secs: f64) -> Result<String, JsError> {
    let scenario = Scenario::from_json(scenario)?;
    let mut simulation: Simulation = Simulation::new(&scenario, seed);
    simulation.run_until(Time::from_secs_f64(until_secs), u64::MAX, &mut ());
    let journal = simulation.journal();
    Ok(format!("{:016x} {}", journal.digest(), journal.count()))
}

/// Measures the engine here, and gives a line a figure: name, value, unit. The names end with `target`.
#[wasm_bindgen]
pub fn bench(target: &str) -> String {
    let seconds = || now() / 1000.0;
    let figures = workloads::measure(target, seconds).into_iter().chain(systems::measure(target, seconds));
    let lines: Vec<String> = figures.map(|figure| figure.to_string()).collect();
    let memory = waiting::measure(target, || ALLOCATOR.current_usage());
    [lines, memory].concat().join("\n")
}
