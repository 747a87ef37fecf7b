//! Apache Pulsar: topics that store, and subscriptions that remember.
//!
//! A *topic* is a log. Whoever wants to read it makes a *subscription*, which has a durable position in it, a *cursor*: all
//! before the mark-delete position is acknowledged, and single ones after it may be. What a consumer was sent stays its
//! own until it is acknowledged, given back, or the consumer is gone; how a subscription shares its messages out among
//! its consumers is its *type*.
//!
//! ```text
//! producer --> topic: managed ledger of entries --> subscription --> consumer's queue --> application
//!              [ledger 3][ledger 4][ledger 5: open]    cursor          permits
//!                                                        ^                |
//!                                                        +--- ack --------+  nack, ack timeout: again
//! ```
//!
//! 1. A client library sends a message or a batch ([`request`], `driver/producer.rs`). The broker ([`server`], `topic.rs`)
//!    may know it already (`topic.rs`, deduplication), and appends it to the managed ledger (`ledger.rs`). A topic that
//!    stores nothing passes it on (`non_persistent.rs`).
//! 2. Each subscription (`subscription.rs`, `cursor.rs`) dispatches it to a consumer that has permits (`consumer.rs`):
//!    `dispatch/single.rs` for Exclusive and Failover, `dispatch/shared.rs`, `dispatch/key_shared.rs` with
//!    `dispatch/selector.rs` and `key.rs`. What is to be delivered later waits in `dispatch/delayed.rs`.
//! 3. The client keeps it in the receiver queue until the application asks (`driver/consumer.rs`), acknowledges it in
//!    groups, or wants it again after a while: negative acks and ack timeouts are the client's (`driver/nack.rs`), as are
//!    dead letters and retry letters (`driver/letters.rs`).
//! 4. What takes too long is passed by time to live (`timers.rs`) or by the backlog quota (`quota.rs`); what all have
//!    acknowledged is trimmed by whole ledgers, as retention says (`ledger.rs`).
//! 5. An operator seeks, skips, unloads (`operate.rs`). After a broker is lost its topics are loaded from what was saved.

mod at_once;
mod consumer;
mod cursor;
mod dispatch;
pub(crate) mod driver;
mod facts;
mod fidelity;
mod key;
mod knobs;
mod ledger;
mod manual;
mod name;
mod non_persistent;
mod operate;
mod pending;
mod quota;
mod ranges;
mod redeliver;
pub mod reply;
pub mod request;
mod sealed;
pub mod server;
mod settings;
mod show;
mod subscribe;
mod subscription;
mod timers;
mod topic;
mod version;

pub use consumer::ConsumerId;
pub use key::{java_string_hash, key_hash, partition_of};
pub use manual::{MANUAL, SYSTEM};
pub use name::{Name, Names};
pub use server::Pulsar;
pub use settings::{Pick, Policies, QuotaPolicy, Set, Settings};
pub use show::{ConsumerStats, SubscriptionStats, TopicStats};
pub use version::{VERSIONS, Version};

use crate::broker::server::Outlet;
use reply::{Push, Reply};

/// What the broker answers into.
trait Out: Outlet<Reply, Push> {}

impl<T: Outlet<Reply, Push>> Out for T {}
