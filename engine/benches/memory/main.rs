//! Prints what memory the engine takes natively, a line a figure: name, value, unit. `./dev bench` runs it. It is a program
//! of its own because to count what is allocated takes time.

#[path = "../throughput/crowd.rs"]
mod crowd;
mod waiting;

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

fn main() {
    for figure in waiting::measure("native", || ALLOCATOR.current_usage()) {
        println!("{figure}");
    }
}
