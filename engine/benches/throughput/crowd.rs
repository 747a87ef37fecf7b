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
    ("kafka", r#"{"name": "b", "system": "kafka"}"#),
    ("pulsar", r#"{"name": "b", "system": "pulsar"}"#),
];

/// What a consumer is set to, so that it reads what was there before it.
fn reading(broker: &str) -> &'static str {
    if broker.contains("kafka") {
        r#", "auto.offset.reset": "earliest""#
    } else if broker.contains("pulsar") {
        r#", "subscriptionInitialPosition": "Earliest""#
    } else {
        ""
    }
}

/// A system to which so many thousand messages were sent, and nobody takes any.
pub(crate) fn crowded(broker: &str, thousands: u32, window: &mut Window) -> Simulation {
    let json = format!(
        r#"{{"version": 1, "name": "bench", "title": "", "watch": "", "why": "", "broker": {broker},
        "producers": [{{"name": "p", "running": false, "set": {{"rate": 1000}}}}],
        "consumers": [{{"name": "c", "running": false, "set": {{"rate": 1000{}}}}}]}}"#,
        reading(broker)
    );
    let scenario = Scenario::from_json(&json).expect("a valid scenario");
    let mut simulation = Simulation::observed(&scenario, SEED, window);
    for _ in 0..thousands {
        let send = Command::Send { producer: "p".into(), count: 1000 };
        simulation.apply(&send, window).expect("a command that can be");
    }
    simulation
}
