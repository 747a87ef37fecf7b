//! Systems in which many messages merely wait.

use queuescope_engine::journal::Window;
use queuescope_engine::{Command, Scenario, Simulation};

const SEED: u64 = 7;

/// The systems that are looked at.
pub(crate) const CROWDED: &[(&str, &str)] = &[
    ("rabbitmq", r#"{"name": "b", "system": "rabbitmq"}"#),
    ("redis_stream", r#"{"name": "b", "system": "redis"}"#),
    ("sqs", r#"{"name": "b", "system": "sqs"}"#),
    ("pubsub", r#"{"name": "b", "system": "pubsub"}"#),
];

/// A system to which so many thousand messages were sent, and nobody takes any.
pub(crate) fn crowded(broker: &str, thousands: u32, window: &mut Window) -> Simulation {
    let json = format!(
        r#"{{"version": 1, "name": "bench", "title": "", "watch": "", "why": "", "broker": {broker},
        "producers": [{{"name": "p", "running": false, "set": {{"rate": 1000}}}}],
        "consumers": [{{"name": "c", "running": false, "set": {{"rate": 1000}}}}]}}"#
    );
    let scenario = Scenario::from_json(&json).expect("a valid scenario");
    let mut simulation = Simulation::observed(&scenario, SEED, window);
    for _ in 0..thousands {
        let send = Command::Send { producer: "p".into(), count: 1000 };
        simulation.apply(&send, window).expect("a command that can be");
    }
    simulation
}
