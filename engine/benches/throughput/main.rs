//! Prints the engine's figures natively, a line a figure: name, value, unit. `./dev bench` runs it.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

mod workloads;

use std::time::Instant;

fn main() {
    let start = Instant::now();
    for figure in workloads::measure("native", || start.elapsed().as_secs_f64()) {
        println!("{figure}");
    }
}
