//! Prints the engine's figures natively, a line a figure: name, value, unit. `./dev bench` runs it.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

mod crowd;
mod rebalance;
mod systems;
mod workloads;

use std::time::Instant;

fn main() {
    let start = Instant::now();
    let now = || start.elapsed().as_secs_f64();
    let figures = workloads::measure("native", now).into_iter();
    let figures = figures.chain(systems::measure("native", now));
    for figure in figures.chain(rebalance::measure("native", &now)) {
        println!("{figure}");
    }
}
