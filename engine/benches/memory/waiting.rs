//! The memory that a waiting message takes.

use queuescope_engine::Time;
use queuescope_engine::journal::Window;

use super::crowd::{CROWDED, crowded};

const THOUSANDS: u32 = 100;

/// The bytes that a simulation takes for each message that waits, the server's, the clients' and the accounts', a line a
/// system: name, value, unit. `memory` says how many are allocated; the names say `target`.
pub(crate) fn measure(target: &str, memory: impl Fn() -> usize) -> Vec<String> {
    let plain = ("plain", r#"{"name": "b", "system": "plain-queue", "set": {"capacity": 100000}}"#);
    let figure = |(name, broker): &(&str, &str)| {
        // It keeps no fact, for that it would need memory too.
        let mut window = Window::new(1);
        let before = memory();
        let mut simulation = crowded(broker, THOUSANDS, &mut window);
        simulation.run_until(Time::from_secs(1), u64::MAX, &mut window);
        let bytes = (memory() - before) as f64 / f64::from(THOUSANDS * 1000);
        assert_eq!(simulation.ledger().waiting, u64::from(THOUSANDS) * 1000, "all of them wait");
        format!("{name}_{target}_memory {bytes:.1} bytes a waiting message")
    };
    [plain].iter().chain(CROWDED).map(figure).collect()
}
