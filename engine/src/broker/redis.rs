//! Redis: lists as queues, streams with consumer groups, Pub/Sub.
//!
//! A server that keeps named values in memory and carries out one command after the other. It has no queue of its own;
//! three of its kinds of values are used as one, and what one of them does not do is done by clients.
//!
//! ```text
//! list     LPUSH --> in list -- BRPOP --> gone: at most once
//!                    in list -- BLMOVE --> processing list -- LREM --> done: at least once, with a reaper
//! stream   XADD --> appended -- XREADGROUP > --> pending -- XACK --> acknowledged for this group
//!                                                |   ^
//!                                                +---+ XAUTOCLAIM after min-idle-time, by whoever asks
//! channel  PUBLISH --> a copy to each subscription of that instant, or to nobody
//! ```
//!
//! 1. A client's command reaches the server ([`request`]) and is carried out ([`server`]): on a list (`list.rs`), a
//!    stream (`stream.rs`, `log.rs`), a group of a stream (`group.rs`, `group_commands.rs`, `claim.rs`), or a channel
//!    (`channels.rs`).
//! 2. A blocking command that finds nothing makes its client wait (`blocked.rs`); who feeds the key wakes it.
//! 3. The consumer works on the message, and acknowledges it or does not: a list and a channel know nothing of that.
//! 4. Memory is bounded by `maxmemory` (`memory.rs`), a stream by `MAXLEN` or `MINID` (`stream.rs`).
//! 5. What is left after a restart is a matter of `appendonly` and `save` (`persistence.rs`).
//!
//! What nearly every message of a stream takes has a way without requests and replies (`driver/at_once.rs`). What is
//! rare is never inlined, which makes the program smaller.

mod blocked;
mod channels;
mod claim;
pub(crate) mod driver;
mod entry_id;
mod facts;
mod fidelity;
mod group;
mod group_commands;
mod keyspace;
mod knobs;
mod list;
mod log;
mod manual;
mod memory;
mod name;
mod once;
mod pending;
mod persistence;
pub mod reply;
pub mod request;
pub mod server;
mod settings;
mod show;
mod stream;
mod version;

#[cfg(test)]
mod tests;

pub use entry_id::EntryId;
pub use manual::{MANUAL, SYSTEM};
pub use name::{Name, Names};
pub use server::Redis;
pub use settings::{Append, OutputLimit, SavePoint, Setting, Settings};
pub use version::{VERSIONS, Version};

use crate::broker::server::Outlet;
use reply::{Push, Reply};

/// What the server answers into.
trait Out: Outlet<Reply, Push> {}

impl<T: Outlet<Reply, Push>> Out for T {}
