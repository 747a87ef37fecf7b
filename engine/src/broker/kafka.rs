//! Apache Kafka: topics of partitions, each a log that is kept for a time, and groups of consumers that read them.
//!
//! The broker hands nothing out and is acknowledged nothing. A record is appended to a partition, is *committed* when
//! all in-sync replicas have it, and can be read by anybody until retention or compaction removes it. What a group has
//! done is one number a partition: the offset that it would read next.
//!
//! ```text
//! producer   send --> batch of its partition -- linger.ms, batch.size --> in flight --> confirmed, retried, given up
//! partition  appended (log end) --> replicated --> committed (high watermark) --> stable (no transaction open before)
//!            --> segments rolled --> deleted by retention, or compacted by key
//! group      waiting --> fetched by the member that owns the partition --> offset committed: done
//!               ^             |
//!               +-------------+  the partition goes to another member: what is not committed comes again
//! ```
//!
//! 1. A producer's client library picks a partition and collects batches (`driver/producer.rs`).
//! 2. The leader of the partition appends (`produce.rs`, `producer_state.rs`); the log and its segments are `log.rs`,
//!    retention and compaction `cleaner.rs`.
//! 3. Followers copy, the high watermark rises (`replication.rs`); brokers are lost and come back (`cluster.rs`).
//! 4. Consumers fetch (`fetch.rs`). What each group has of a partition is booked in `reader.rs`.
//! 5. Who reads what is the coordinator's matter (`group.rs`, `group/`, `assignor.rs`), and so are committed offsets.
//! 6. Transactions make what was produced and what was committed visible at once (`transaction.rs`).

pub mod assignor;
mod cleaner;
mod cluster;
pub(crate) mod driver;
mod fetch;
mod fidelity;
pub mod group;
mod knobs;
mod log;
mod manual;
mod partition;
pub mod partitioner;
mod produce;
pub mod producer_config;
mod producer_state;
mod reader;
mod replication;
pub mod request;
pub mod server;
mod settings;
mod show;
mod transaction;
mod version;

pub use manual::{MANUAL, SYSTEM};
pub use request::{GroupId, TopicId, Tp};
pub use server::Kafka;
pub use settings::{Setting, Settings, TopicSettings};
pub use show::Status;
pub use version::{VERSIONS, Version};

use crate::broker::server::Outlet;
use request::{Push, Reply};

/// What the server answers into.
trait Out: Outlet<Reply, Push> {}

impl<T: Outlet<Reply, Push>> Out for T {}
