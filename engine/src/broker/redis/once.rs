//! `XADD IDMP`: what a producer sends again is added once.
//!
//! The server remembers, for each producer of a stream, the latest so many ids that it used and for so long; an id that
//! is remembered adds nothing and is answered with the id of the entry that it added before.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::time::Time;

use super::entry_id::EntryId;
use super::name::Name;
use super::request::Once;

/// What is remembered for one stream.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Seen {
    /// `IDMP-DURATION`.
    pub(super) duration: Duration,
    /// `IDMP-MAXSIZE`, for each producer.
    pub(super) most: u32,
    producers: BTreeMap<Name, Remembered>,
}

#[derive(Clone, PartialEq, Hash, Debug, Default)]
struct Remembered {
    ids: BTreeMap<u64, EntryId>,
    /// Oldest first.
    order: VecDeque<(Time, u64)>,
}

impl Default for Seen {
    fn default() -> Seen {
        Seen { duration: Duration::from_secs(100), most: 100, producers: BTreeMap::new() }
    }
}

impl Seen {
    /// The entry that was added by this id before, if that is remembered.
    pub(super) fn find(&mut self, once: Once, now: Time) -> Option<EntryId> {
        let own = self.producers.get_mut(&once.producer)?;
        while let Some((at, id)) = own.order.front()
            && *at + self.duration <= now
        {
            own.ids.remove(id);
            own.order.pop_front();
        }
        own.ids.get(&once.id).copied()
    }

    /// Remembers what was added.
    pub(super) fn remember(&mut self, once: Once, entry: EntryId, now: Time) {
        let own = self.producers.entry(once.producer).or_default();
        own.ids.insert(once.id, entry);
        own.order.push_back((now, once.id));
        while (self.most as usize) < own.order.len()
            && let Some((_, oldest)) = own.order.pop_front()
        {
            own.ids.remove(&oldest);
        }
    }

    /// `XCFGSET`: what was remembered is forgotten.
    pub(super) fn configure(&mut self, seconds: Option<u32>, most: Option<u32>) {
        self.duration = seconds.map_or(self.duration, |seconds| Duration::from_secs(seconds.into()));
        self.most = most.unwrap_or(self.most);
        self.producers.clear();
    }
}
