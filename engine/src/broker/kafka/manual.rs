//! What Kafka says of itself: its versions, its settings, what can be done to it.

use crate::broker::Terms;
use crate::broker::topology::{Act, Argument, Join, Kind, Manual, Shelf, Usual};
use crate::knob::Unit;

use super::fidelity::FEATURES;
use super::knobs;
use super::version::VERSIONS;

/// The name under which a scenario asks for it.
pub const SYSTEM: &str = "kafka";

const TOPIC: &str = "topic";

/// The names of acts.
pub(super) const KILL: &str = "broker-down";
pub(super) const STOP: &str = "broker-stop";
pub(super) const START: &str = "broker-up";
pub(super) const STALL: &str = "replica-stall";
pub(super) const RESUME: &str = "replica-resume";

const BROKER: Option<Argument> =
    Some(Argument { label: "Broker", min: 1.0, max: 9.0, usual: 1.0, unit: Unit::Plain });

const fn act(name: &'static str, label: &'static str, meaning: &'static str) -> Act {
    Act { name, label, on: None, argument: BROKER, meaning }
}

const ACTS: &[Act] = &[
    act(KILL, "Kill a broker", "It is gone at once; others lead in its place when its session is over."),
    act(STOP, "Stop a broker", "It hands over what it leads, and is gone."),
    act(START, "Start a broker", "It cuts off what the leaders do not have, and copies what it has missed."),
    act(STALL, "Stall a broker's copying", "It copies nothing from leaders, and is out of sync before long."),
    act(RESUME, "Let a broker copy again", "It copies what it has missed, and is in sync again."),
];

/// What it says of itself. A link leads from a topic to the one that takes in what failed for good.
pub const MANUAL: Manual = Manual {
    system: SYSTEM,
    wired: true,
    versions: VERSIONS,
    knobs: knobs::SERVER,
    kinds: &[Kind { name: TOPIC, knobs: knobs::TOPIC, takes: true, gives: true, terms: None }],
    link: &[],
    producer: knobs::PRODUCER,
    consumer: knobs::CONSUMER,
    acts: ACTS,
    terms: Terms {
        system: "Apache Kafka",
        store: "partition",
        waiting: "not fetched",
        held: "not committed",
        reader: "group",
        position: "offset",
    },
    features: FEATURES,
    usual: Usual { parts: &[(TOPIC, "topic")], links: &[], to: "topic", from: "topic" },
    joins: &[Join { from: TOPIC, to: TOPIC, label: "Give up to", usual: false, once: true }],
    shelf: &[
        Shelf {
            begins: "docs: Producer Configs",
            url: "https://kafka.apache.org/documentation/#producerconfigs",
        },
        Shelf {
            begins: "docs: Consumer Configs",
            url: "https://kafka.apache.org/documentation/#consumerconfigs",
        },
        Shelf { begins: "docs: Topic Configs", url: "https://kafka.apache.org/documentation/#topicconfigs" },
        Shelf {
            begins: "docs: Broker Configs",
            url: "https://kafka.apache.org/documentation/#brokerconfigs",
        },
        Shelf { begins: "docs: design", url: "https://kafka.apache.org/documentation/#design" },
        Shelf { begins: "KAFKA-", url: "https://issues.apache.org/jira/browse/KAFKA-{}" },
        Shelf {
            begins: "KIP-",
            url: "https://cwiki.apache.org/confluence/display/KAFKA/Kafka+Improvement+Proposals",
        },
    ],
};
