//! What Redis says of itself: its versions, the kinds of its parts, its settings.

use crate::broker::Terms;
use crate::broker::topology::{Kind, Manual, Usual};

use super::fidelity::FEATURES;
use super::knobs;
use super::version::VERSIONS;

/// The name under which a scenario asks for it.
pub const SYSTEM: &str = "redis";

/// The names of the kinds of parts.
pub(super) const LIST: &str = "list";
pub(super) const STREAM: &str = "stream";
pub(super) const CHANNEL: &str = "channel";

/// A part without settings of its own: producers and consumers choose the commands.
const fn kind(name: &'static str) -> Kind {
    Kind { name, knobs: &[], takes: true, gives: true }
}

/// What it says of itself. A link leads from a list or a stream to the one that takes in what failed for good.
pub const MANUAL: Manual = Manual {
    system: SYSTEM,
    wired: true,
    versions: VERSIONS,
    knobs: knobs::SERVER,
    kinds: &[kind(STREAM), kind(LIST), kind(CHANNEL)],
    link: &[],
    producer: knobs::PRODUCER,
    consumer: knobs::CONSUMER,
    acts: &[],
    terms: Terms {
        system: "Redis",
        store: "stream",
        waiting: "unread",
        held: "pending",
        reader: "group",
        position: "entry",
    },
    features: FEATURES,
    usual: Usual { parts: &[(STREAM, "stream")], links: &[], to: "stream", from: "stream" },
};
