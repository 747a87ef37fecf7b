//! What Pulsar says of itself: its versions, the kinds of its parts, its settings, what an operator can do.

use crate::broker::Terms;
use crate::broker::topology::{Act, Argument, Join, Kind, Manual, Shelf, Usual};
use crate::knob::Unit;

use super::fidelity::FEATURES;
use super::knobs;
use super::version::VERSIONS;

/// The name under which a scenario asks for it.
pub const SYSTEM: &str = "pulsar";

/// The names of the kinds of parts.
pub(super) const TOPIC: &str = "topic";
pub(super) const NON_PERSISTENT: &str = "non-persistent topic";

const fn act(
    name: &'static str,
    label: &'static str,
    argument: Option<Argument>,
    meaning: &'static str,
) -> Act {
    Act { name, label, on: Some(TOPIC), argument, meaning }
}

const fn argument(label: &'static str, most: f64, usual: f64, unit: Unit) -> Option<Argument> {
    Some(Argument { label, min: 0.0, max: most, usual, unit })
}

/// What it says of itself. A link leads from a topic to the one that takes in its dead letters.
pub const MANUAL: Manual = Manual {
    system: SYSTEM,
    wired: true,
    versions: VERSIONS,
    knobs: knobs::BROKER,
    kinds: &[
        Kind { name: TOPIC, knobs: knobs::TOPIC, takes: true, gives: true, terms: None },
        Kind { name: NON_PERSISTENT, knobs: knobs::NON_PERSISTENT, takes: true, gives: true, terms: None },
    ],
    link: &[],
    producer: knobs::PRODUCER,
    consumer: knobs::CONSUMER,
    acts: &[
        act(
            "reset-cursor",
            "Reset the cursors",
            argument("So long ago", 86_400.0, 60.0, Unit::Seconds),
            "All subscriptions of the topic begin again with what was published then.",
        ),
        act(
            "skip",
            "Skip messages",
            argument("So many", 1_000_000.0, 10.0, Unit::Messages),
            "All subscriptions of the topic skip so many of their oldest entries.",
        ),
        act(
            "clear-backlog",
            "Clear the backlog",
            None,
            "All subscriptions skip all that they have not done.",
        ),
        act(
            "expire-messages",
            "Expire messages",
            argument("Older than", 86_400.0, 60.0, Unit::Seconds),
            "All subscriptions skip what is older.",
        ),
        act("unload", "Unload the topic", None, "Another broker takes the topic over; all connect anew."),
    ],
    terms: Terms {
        system: "Apache Pulsar",
        store: "topic",
        waiting: "in backlog",
        held: "unacked",
        reader: "subscription",
        position: "position",
    },
    features: FEATURES,
    usual: Usual { parts: &[(TOPIC, "topic")], links: &[], to: "topic", from: "topic" },
    joins: &[Join { from: TOPIC, to: TOPIC, label: "Dead letters to", usual: false, once: true }],
    shelf: &[
        Shelf { begins: "docs: ", url: "https://pulsar.apache.org/docs/next/{}/" },
        Shelf {
            begins: "conf/broker.conf",
            url: "https://pulsar.apache.org/reference/#/next/config/reference-configuration-broker",
        },
        Shelf { begins: "Java client: ", url: "https://pulsar.apache.org/docs/next/client-libraries-java/" },
        Shelf { begins: "PIP-", url: "https://github.com/apache/pulsar/tree/master/pip" },
    ],
};
