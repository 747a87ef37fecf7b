//! Google Cloud Pub/Sub: topics, and subscriptions that each get their own copy of what is published.
//!
//! ```text
//! publish --> topic --+-- filter --> subscription --> streams of its clients, in turns
//!                     +-- filter --> subscription --> ...
//!
//! of each copy, by itself:
//!
//!                             modifyAckDeadline(d): until now + d
//!                                     +---+
//!                                     v   |
//! published --> available --delivered--> outstanding --acknowledge--> acknowledged <--seek--> available
//!                 ^   ^                  |
//!                 |   |                  | nack, or the deadline
//!                 |   +--no retry policy-+
//!                 |                      +--too often--> dead-letter topic
//!                 +----- backing off <---+
//!
//! available, outstanding or backing off: older than the retention --> gone
//! ```
//!
//! There are no partitions and no offsets: every message has a state of its own in every subscription, any number of
//! clients share a subscription, and none of them is assigned anything. A client that crashes is not noticed but by the
//! end of its leases. The state of a topic's messages is with its subscriptions, so what nobody has subscribed to is lost.
//!
//! With an ordering key, on a subscription that keeps the order, messages of one key are delivered in order, go to one
//! stream while any of them is outstanding, and are delivered again together.
//!
//! | Look for | in |
//! |---|---|
//! | what is published, and who gets a copy | `publish.rs`, `topic.rs`, `filter.rs` |
//! | what is available, and what is next | `subscription.rs`, `deliver.rs` |
//! | streams, flow control, turns | `stream.rs` |
//! | acknowledgements, deadlines, nacks, exactly once | `lease.rs` |
//! | dead letters | `dead_letter.rs` |
//! | ordering keys | `ordering.rs` |
//! | retention, expiration | `retention.rs`, `administer.rs` |
//! | seek and snapshots | `seek.rs`, `snapshot.rs` |
//! | what is best effort, and goes wrong now and then | `approximate.rs` |
//! | making and changing topics and subscriptions | `administer.rs`, `config.rs` |
//! | the client library | `driver.rs` |

mod administer;
pub mod api;
mod approximate;
mod at_once;
#[cfg(test)]
mod check;
mod config;
mod dead_letter;
mod deliver;
pub(crate) mod driver;
pub mod fidelity;
mod filter;
pub mod knobs;
mod lease;
mod message;
mod ordering;
mod publish;
mod retention;
mod seek;
mod service;
mod show;
mod snapshot;
mod stream;
mod subscription;
mod topic;

pub use approximate::Approximations;
pub use service::PubSub;

use crate::knob::Unit;

use super::Terms;
use super::server::Outlet;
use super::topology::{Act, Argument, Join, Kind, Manual, Shelf, Usual};

/// The name under which a scenario asks for it.
pub const SYSTEM: &str = "pubsub";

/// What Pub/Sub says of itself.
pub const MANUAL: Manual = Manual {
    system: SYSTEM,
    wired: true,
    versions: knobs::VERSIONS,
    knobs: knobs::SERVICE,
    kinds: &[
        Kind { name: TOPIC, knobs: knobs::TOPIC, takes: true, gives: false, terms: None },
        Kind { name: SUBSCRIPTION, knobs: knobs::SUBSCRIPTION, takes: false, gives: true, terms: None },
    ],
    link: knobs::LINK,
    producer: knobs::PRODUCER,
    consumer: knobs::CONSUMER,
    acts: &[
        Act {
            name: "seek",
            label: "Seek to a time",
            on: Some(SUBSCRIPTION),
            argument: Some(Argument {
                label: "seconds back",
                min: -600.0,
                max: 2_678_400.0,
                usual: 60.0,
                unit: Unit::Seconds,
            }),
            meaning: "What was published before that time counts as acknowledged, what is kept from then on comes again.",
        },
        Act {
            name: "purge",
            label: "Purge the backlog",
            on: Some(SUBSCRIPTION),
            argument: None,
            meaning: "A seek to the present: all that was published counts as acknowledged.",
        },
        Act {
            name: "snapshot",
            label: "Take a snapshot",
            on: Some(SUBSCRIPTION),
            argument: None,
            meaning: "Keeps what is not acknowledged now, and all that is published from now on, to come back to.",
        },
        Act {
            name: "seek-snapshot",
            label: "Seek to the snapshot",
            on: Some(SUBSCRIPTION),
            argument: None,
            meaning: "Sets the subscription to the latest snapshot that was taken of it.",
        },
    ],
    terms: Terms {
        system: "Google Pub/Sub",
        store: "subscription",
        waiting: "available",
        held: "outstanding",
        reader: "",
        position: "",
    },
    features: fidelity::FEATURES,
    usual: Usual {
        parts: &[(TOPIC, "orders"), (SUBSCRIPTION, "billing")],
        links: &[("orders", "billing")],
        to: "orders",
        from: "billing",
    },
    joins: &[
        Join { from: TOPIC, to: SUBSCRIPTION, label: "Subscribe", usual: true, once: false },
        Join { from: SUBSCRIPTION, to: TOPIC, label: "Dead letters to", usual: false, once: true },
    ],
    shelf: &[
        Shelf { begins: "Pub/Sub documentation", url: "https://cloud.google.com/pubsub/docs/overview" },
        Shelf { begins: "Pub/Sub guide, ", url: "https://cloud.google.com/pubsub/docs/{}" },
        Shelf { begins: "Pub/Sub reference", url: "https://cloud.google.com/pubsub/docs/reference/rest" },
        Shelf {
            begins: "google-cloud-pubsub",
            url: "https://cloud.google.com/python/docs/reference/pubsub/latest",
        },
    ],
};

/// The kinds of parts.
pub(crate) const TOPIC: &str = "topic";
pub(crate) const SUBSCRIPTION: &str = "subscription";

/// What the service answers into.
trait Out: Outlet<api::Reply, api::Push> {}

impl<T: Outlet<api::Reply, api::Push>> Out for T {}
