//! `XADD IDMP`: what a producer sends again is added once.
//!
//! The server remembers, for each producer of a stream, the latest so many ids that it used and for so long; an id that
//! is remembered adds nothing and is answered with the id of the entry that it added before.

use std::collections::VecDeque;
use std::time::Duration;

use crate::mechanism::sorted::Sorted;
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
    /// Of each producer when it used which id, and for which entry, oldest first.
    producers: Sorted<Name, VecDeque<(Time, u64, EntryId)>>,
}

impl Default for Seen {
    fn default() -> Seen {
        Seen { duration: Duration::from_secs(100), most: 100, producers: Sorted::default() }
    }
}

impl Seen {
    /// The entry that was added by this id before, if that is remembered.
    pub(super) fn find(&mut self, once: Once, now: Time) -> Option<EntryId> {
        let own = self.producers.get_mut(&once.producer)?;
        while own.front().is_some_and(|(at, ..)| *at + self.duration <= now) {
            own.pop_front();
        }
        // What is sent again mostly was sent lately.
        own.iter().rev().find(|(_, id, _)| *id == once.id).map(|(.., entry)| *entry)
    }

    /// Remembers what was added.
    pub(super) fn remember(&mut self, once: Once, entry: EntryId, now: Time) {
        let own = self.producers.entry(once.producer, VecDeque::new);
        own.push_back((now, once.id, entry));
        while (self.most as usize) < own.len() {
            own.pop_front();
        }
    }

    /// `XCFGSET`: what was remembered is forgotten.
    pub(super) fn configure(&mut self, seconds: Option<u32>, most: Option<u32>) {
        self.duration = seconds.map_or(self.duration, |seconds| Duration::from_secs(seconds.into()));
        self.most = most.unwrap_or(self.most);
        self.producers.clear();
    }
}
