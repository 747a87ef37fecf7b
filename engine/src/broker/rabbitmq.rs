//! RabbitMQ, as a client sees it over AMQP 0-9-1: a node with exchanges, queues, channels and consumers.
//!
//! ```text
//!                    no queue wants it: alternate exchange, else returned (mandatory), else dropped
//!                       ^                    full: drop-head / reject-publish
//!                       |                       |
//! publish --> exchange ---- bindings ---------> queue: ready --- deliver ---> unacked --- ack ---> gone
//!               ^                               |   ^                        |    |
//!               |         expired at the head,  |   +-- nack, reject, recover,    | reject, nack
//!               |         pushed out, or failed |       lost channel, timeout     | without requeue
//!               |         too often (quorum)    v                                 v
//!               +---------------------- dead-letter exchange <--------------------+
//! ```
//!
//! A message is *published* to an exchange with a routing key. Bindings decide which queues get a copy, one each. In
//! its queue the copy is *ready*, until it is the head and a consumer can take it; then it is *unacked*, with that
//! consumer's channel, until it is acknowledged, given back or refused. Consumers do not ask, the queue pushes:
//! in turn, to each as much as its prefetch allows.
//!
//! | Look for | in |
//! |---|---|
//! | what there is to ask | `method.rs`, `message.rs` |
//! | the differences between versions | `version.rs` |
//! | exchanges, bindings, routing | `exchange.rs`, `publish.rs` |
//! | confirms, returns | `publish.rs` |
//! | the order in a queue, priorities | `ready/classic.rs`, `ready/quorum.rs` |
//! | who gets the next message | `dispatch.rs`, `consumer.rs` |
//! | prefetch, single active consumer | `subscribe.rs` |
//! | acks, nacks, tags | `acknowledge.rs` |
//! | where a message goes that comes back, delivery limit, delayed retry | `requeue.rs` |
//! | time to live | `expiry.rs` |
//! | length limits | `limit.rs` |
//! | dead letters, x-death, circles | `dead_letter.rs` |
//! | consumers that take too long | `timeout.rs` |
//! | declaring, deleting, purging | `declare.rs`, `settings.rs` |
//! | policies, the memory alarm | `operate.rs` |
//! | channels, connections, their loss | `channel.rs` |
//! | a restart | `restart.rs` |
//! | what a client library beside the node calls without the network | `at_once.rs` |
//! | the client library | `driver.rs` |

mod acknowledge;
mod at_once;
mod channel;
mod consumer;
mod dead_letter;
mod declare;
mod dispatch;
pub(crate) mod driver;
mod exchange;
mod expiry;
pub mod fidelity;
pub mod knobs;
mod limit;
pub mod message;
pub mod method;
mod node;
mod operate;
mod publish;
mod queue;
mod ready;
mod requeue;
mod restart;
pub mod settings;
mod subscribe;
mod timeout;
pub mod version;

use crate::broker::Terms;
use crate::broker::topology::{Join, Kind, Manual, Shelf, Usual};

pub use node::Node;

/// The name under which a scenario asks for it.
pub const SYSTEM: &str = "rabbitmq";

/// What it says of itself.
pub const MANUAL: Manual = Manual {
    system: SYSTEM,
    wired: true,
    versions: version::VERSIONS,
    knobs: knobs::NODE,
    kinds: &[
        Kind { name: "exchange", knobs: knobs::EXCHANGE, takes: true, gives: false, terms: None },
        Kind { name: "queue", knobs: knobs::QUEUE, takes: true, gives: true, terms: None },
    ],
    link: knobs::BINDING,
    producer: knobs::PUBLISHER,
    consumer: knobs::CONSUMER,
    acts: &[],
    terms: Terms {
        system: "RabbitMQ",
        store: "queue",
        waiting: "ready",
        held: "unacked",
        reader: "",
        position: "",
    },
    features: fidelity::FEATURES,
    usual: Usual {
        parts: &[("queue", "queue"), ("exchange", "dead-letter-exchange"), ("queue", "dead-letters")],
        links: &[("queue", "dead-letter-exchange"), ("dead-letter-exchange", "dead-letters")],
        to: "queue",
        from: "queue",
    },
    joins: &[
        Join { from: "exchange", to: "queue", label: "Bind to", usual: true, once: false },
        Join { from: "exchange", to: "exchange", label: "Bind to", usual: false, once: false },
        Join { from: "queue", to: "exchange", label: "Dead letters to", usual: false, once: true },
    ],
    shelf: &[
        Shelf { begins: "RabbitMQ docs", url: "https://www.rabbitmq.com/docs" },
        Shelf { begins: "docs: ", url: "https://www.rabbitmq.com/docs/{}" },
    ],
};
