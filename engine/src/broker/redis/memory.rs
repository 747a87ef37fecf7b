//! How much memory the server uses, as far as `maxmemory` asks.
//!
//! Only `maxmemory-policy noeviction` is modeled: nothing is evicted, what would use more memory is refused. The numbers
//! are those of a 64-bit server to within some percent; what counts is that they grow and shrink with what is kept.

use super::keyspace::Kind;
use super::server::Redis;

/// What an empty server uses.
const EMPTY: u64 = 1 << 20;
/// A value of a list beside its bytes.
const VALUE: u64 = 4;
/// An entry of a stream beside its bytes.
const ENTRY: u64 = 20;
/// A pending entry: in the list of the group and in that of its owner.
const PENDING: u64 = 150;

impl Redis {
    /// In bytes.
    pub(super) fn used_memory(&self) -> u64 {
        let keys = self.keyspace.keys().map(|(_, kind)| match kind {
            Kind::List(list) => list.bytes() + VALUE * list.len(),
            Kind::Stream(stream) => {
                let pending: u64 = stream.groups.values().map(|group| group.pending.len()).sum();
                stream.entries.log.bytes() + ENTRY * stream.entries.log.len() + PENDING * pending
            }
        });
        EMPTY + keys.sum::<u64>() + self.pubsub.bytes()
    }
}
