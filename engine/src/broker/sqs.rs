//! Amazon SQS: standard and FIFO queues that are polled, and SNS topics in front of them.
//!
//! ```text
//!             delay > 0                              timeout over, or set to 0
//! send ------> delayed --delay over--> visible <------------------------------+
//!   |                                   ^   |                                 |
//!   +-----------------------------------+   +--receive, count + 1--> in flight --delete--> deleted
//!   |          (no delay)                   |
//!   v                                       +--receive, but received maxReceiveCount times--> dead-letter queue
//! FIFO, seen within 5 minutes:
//! accepted, not stored                      delayed, visible, in flight: older than the retention period --> gone
//! ```
//!
//! There are no consumers to the service, only calls: nothing is pushed, nothing is rotated, and a crash is not
//! noticed. What was received is hidden for its *visibility timeout* and is back when that is over. A *receipt handle*
//! names one receive, not the message.
//!
//! A standard queue keeps a best-effort order: here the oldest first, unless the settings leave it to chance. A FIFO
//! queue keeps the order within each *message group* and hands out nothing more of a group while one of it is in
//! flight.
//!
//! | Look for | in |
//! |---|---|
//! | what is sent, duplicates | `send.rs` |
//! | what a receive takes | `receive.rs`, `queue.rs` |
//! | the lock of a FIFO group, the servers | `lane.rs`, `shelf.rs` |
//! | timeouts, handles, deletion | `visibility.rs`, `settle.rs` |
//! | long and short polling | `polling.rs` |
//! | delay, retention | `delay.rs`, `retention.rs` |
//! | dead letters, and their way back | `dead_letter.rs`, `move_task.rs` |
//! | fair queues | `fairness.rs` |
//! | quotas and throttling | `quota.rs`, `settings.rs` |
//! | repeated receives | `attempts.rs` |
//! | making, changing, purging queues | `lifecycle.rs`, `attributes.rs` |
//! | fan-out | `topic.rs` |
//! | the client library | `driver.rs` |

pub mod api;
mod at_once;
mod attempts;
pub mod attributes;
mod dead_letter;
mod delay;
pub(crate) mod driver;
mod fairness;
pub mod few;
pub mod fidelity;
pub mod knobs;
mod lane;
mod lifecycle;
mod move_task;
mod polling;
mod queue;
mod quota;
mod receive;
mod retention;
mod send;
mod server;
mod settings;
mod settle;
mod shelf;
mod stored;
mod topic;
mod visibility;

pub use server::Sqs;
pub use settings::{Settings, Share};

use super::Terms;
use super::server::Outlet;
use super::topology::{Join, Kind, Manual, Shelf, Usual};

/// The name under which a scenario asks for it.
pub const SYSTEM: &str = "sqs";

/// What SQS says of itself.
pub const MANUAL: Manual = Manual {
    system: SYSTEM,
    wired: true,
    versions: &["2012-11-05"],
    knobs: knobs::SERVICE,
    kinds: &[
        Kind { name: STANDARD, knobs: knobs::STANDARD, takes: true, gives: true, terms: None },
        Kind { name: FIFO, knobs: knobs::FIFO, takes: true, gives: true, terms: None },
        Kind { name: TOPIC, knobs: &[], takes: true, gives: false, terms: None },
    ],
    link: knobs::LINK,
    producer: knobs::PRODUCER,
    consumer: knobs::CONSUMER,
    acts: &[],
    terms: Terms {
        system: "Amazon SQS",
        store: "queue",
        waiting: "visible",
        held: "in flight",
        reader: "",
        position: "",
    },
    features: fidelity::FEATURES,
    usual: Usual {
        parts: &[(STANDARD, "orders"), (STANDARD, "orders-dlq")],
        links: &[("orders", "orders-dlq")],
        to: "orders",
        from: "orders",
    },
    joins: &[
        Join { from: STANDARD, to: STANDARD, label: "Dead letters to", usual: false, once: true },
        Join { from: FIFO, to: FIFO, label: "Dead letters to", usual: false, once: true },
        Join { from: TOPIC, to: STANDARD, label: "Subscribe", usual: true, once: false },
        Join { from: TOPIC, to: FIFO, label: "Subscribe", usual: false, once: false },
    ],
    shelf: &[
        Shelf {
            begins: "SQS API Reference",
            url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html",
        },
        Shelf {
            begins: "SQS Developer Guide",
            url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/welcome.html",
        },
        Shelf {
            begins: "SNS Developer Guide",
            url: "https://docs.aws.amazon.com/sns/latest/dg/welcome.html",
        },
        Shelf {
            begins: "AWS SDK",
            url: "https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html",
        },
        Shelf {
            begins: "AWS SDK for Java",
            url: "https://docs.aws.amazon.com/sdk-for-java/latest/developer-guide/sqs-auto-batch.html",
        },
    ],
};

/// The kinds of parts: a standard queue, a FIFO queue, an SNS topic in front of queues.
pub(crate) const STANDARD: &str = "standard";
pub(crate) const FIFO: &str = "fifo";
pub(crate) const TOPIC: &str = "topic";

/// What the service answers into.
trait Out: Outlet<api::Reply, api::Push> {}

impl<T: Outlet<api::Reply, api::Push>> Out for T {}
