//! What Redis says of itself: its versions, the kinds of its parts, its settings.

use crate::broker::Terms;
use crate::broker::topology::{Join, Kind, Manual, Shelf, Usual};

use super::fidelity::FEATURES;
use super::knobs;
use super::version::VERSIONS;

/// The name under which a scenario asks for it.
pub const SYSTEM: &str = "redis";

/// What it is called.
const NAME: &str = "Redis";

/// The names of the kinds of parts.
pub(super) const LIST: &str = "list";
pub(super) const STREAM: &str = "stream";
pub(super) const CHANNEL: &str = "channel";

/// A part without settings of its own: producers and consumers choose the commands.
const fn kind(name: &'static str) -> Kind {
    Kind { name, knobs: &[], takes: true, gives: true, terms: None }
}

/// A list has no readers that would remember where they are: what is taken from it is gone, or moved to another list.
const LISTS: Terms =
    Terms { system: NAME, store: LIST, waiting: "waiting", held: "in processing", reader: "", position: "" };

/// What it says of itself. A link leads from a list or a stream to the one that takes in what failed for good.
pub const MANUAL: Manual = Manual {
    system: SYSTEM,
    wired: true,
    versions: VERSIONS,
    knobs: knobs::SERVER,
    kinds: &[kind(STREAM), Kind { terms: Some(LISTS), ..kind(LIST) }, kind(CHANNEL)],
    link: &[],
    producer: knobs::PRODUCER,
    consumer: knobs::CONSUMER,
    acts: &[],
    terms: Terms {
        system: NAME,
        store: STREAM,
        waiting: "unread",
        held: "pending",
        reader: "group",
        position: "entry",
    },
    features: FEATURES,
    usual: Usual { parts: &[(STREAM, "stream")], links: &[], to: "stream", from: "stream" },
    joins: &[
        Join { from: STREAM, to: STREAM, label: "Give up to", usual: false, once: true },
        Join { from: STREAM, to: LIST, label: "Give up to", usual: false, once: true },
        Join { from: LIST, to: STREAM, label: "Give up to", usual: false, once: true },
        Join { from: LIST, to: LIST, label: "Give up to", usual: false, once: true },
    ],
    shelf: &[
        Shelf { begins: "docs: ", url: "https://redis.io/docs/latest/commands/" },
        Shelf { begins: "docs: data-types", url: "https://redis.io/docs/latest/develop/data-types/" },
        Shelf { begins: "docs: interact/", url: "https://redis.io/docs/latest/develop/" },
        Shelf {
            begins: "docs: management/",
            url: "https://redis.io/docs/latest/operate/oss_and_stack/management/{}/",
        },
        Shelf { begins: "docs: reference/", url: "https://redis.io/docs/latest/develop/reference/" },
        Shelf { begins: "docs: streams/", url: "https://redis.io/docs/latest/develop/data-types/streams/" },
        Shelf {
            begins: "redis.conf",
            url: "https://redis.io/docs/latest/operate/oss_and_stack/management/config/",
        },
    ],
};
