//! A consumer as the broker knows it: what it may be sent, what it has.

use std::collections::BTreeSet;

use crate::id::ClientId;

use super::name::Name;

/// The number of a consumer, which the broker gives it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ConsumerId(pub u32);

/// A consumer.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Consumer {
    pub(super) id: ConsumerId,
    pub(super) client: ClientId,
    pub(super) name: Name,
    /// 0 is the best.
    pub(super) priority: u16,
    /// How many messages it may be sent; a batch can take more than there are.
    pub(super) permits: i64,
    /// How many messages it was sent and has not acknowledged.
    pub(super) unacked: u64,
    /// It had too many of these.
    pub(super) blocked: bool,
    /// How often it has asked for everything anew: what was sent before is void.
    pub(super) epoch: u32,
    /// The least number that no other consumer of its name has.
    pub(super) name_index: u32,
    /// Before 4.0: it is given nothing from this position on, until everything before it is acknowledged.
    pub(super) joined_at: Option<u64>,
    /// The ranges of slots that it has asked for, both ends included.
    pub(super) sticky: Vec<(u32, u32)>,
    /// In `Key_Shared`, what is put by for it.
    pub(super) put_by: BTreeSet<u64>,
}

impl Consumer {
    /// Whether it can be sent something.
    #[inline]
    pub(super) fn is_available(&self) -> bool {
        0 < self.permits && !self.blocked
    }
}
