//! The managed ledger of a topic: entries, in a row of BookKeeper ledgers of which only the last is open.
//!
//! An entry is a message or a batch. Entries are numbered by their *position*, from 0 on and without end; a message id is
//! `ledger:entry`, where the entry is counted from the first of its ledger. Ledgers are the grain of all that is done to
//! storage: whole closed ones are trimmed, and offloaded.
//!
//! ```text
//! ledgers  [3: closed, offloaded] [4: closed] [5: open]
//!           ^ first                                  ^ end
//! ```

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::message::Message;
use crate::time::Time;

use super::name::Name;
use super::sealed::{Chunk, Seen};
use super::settings::{Policies, Settings};

const CHUNK: usize = 256;

/// What an entry has that most have not.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Extra {
    /// The messages of a batch.
    pub(super) messages: Vec<Message>,
    /// Not to be delivered before.
    pub(super) deliver_at: Time,
    /// The number of its ordering key, if it has one.
    pub(super) ordering_key: u16,
    /// How often it went to the retry letter topic.
    pub(super) reconsumed: u16,
}

/// An entry.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Slot {
    /// The message, or the first of the batch.
    pub(super) message: Message,
    pub(super) extra: Option<Arc<Extra>>,
    /// When it was stored.
    pub(super) stored: Time,
    pub(super) producer: Name,
    pub(super) sequence: u64,
    /// The bytes of all entries before it.
    pub(super) bytes: u64,
    /// The messages in all entries before it.
    pub(super) ordinal: u64,
}

impl Slot {
    /// Its messages.
    #[inline]
    pub(super) fn messages(&self) -> &[Message] {
        match &self.extra {
            Some(extra) if !extra.messages.is_empty() => &extra.messages,
            Some(_) | None => std::slice::from_ref(&self.message),
        }
    }

    pub(super) fn is_batch(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| !extra.messages.is_empty())
    }

    /// How often it went to the retry letter topic.
    #[inline]
    pub(super) fn reconsumed(&self) -> u16 {
        self.extra.as_ref().map_or(0, |extra| extra.reconsumed)
    }

    /// When it may be delivered.
    pub(super) fn deliver_at(&self) -> Time {
        self.extra.as_ref().map_or(Time::ZERO, |extra| extra.deliver_at)
    }
}

/// A ledger.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Ledger {
    pub(super) id: u64,
    /// The position of its first entry.
    pub(super) first: u64,
    opened: Time,
    /// When it was closed, if it is.
    closed: Option<Time>,
    /// The bytes of all entries before it.
    bytes: u64,
    /// When it was copied to tiered storage.
    pub(super) offloaded: Option<Time>,
    /// Whether BookKeeper has it no more.
    pub(super) only_offloaded: bool,
}

/// Entries in ledgers.
#[derive(Clone, Debug)]
pub(super) struct ManagedLedger {
    /// All of `CHUNK` entries. The first may begin with entries that are trimmed away.
    sealed: VecDeque<Chunk>,
    /// The newest.
    tail: Vec<Slot>,
    /// The position of the first entry in `sealed` or `tail`.
    start: u64,
    /// The position of the first entry of `tail`.
    loose: u64,
    /// The position of the first entry that is not trimmed away.
    first: u64,
    ledgers: VecDeque<Ledger>,
    /// The bytes of all entries that ever were.
    bytes: u64,
    /// How many messages there ever were.
    messages: u64,
}

impl Default for ManagedLedger {
    fn default() -> ManagedLedger {
        let mut ledgers = VecDeque::new();
        ledgers.push_back(Ledger {
            id: 0,
            first: 0,
            opened: Time::ZERO,
            closed: None,
            bytes: 0,
            offloaded: None,
            only_offloaded: false,
        });
        ManagedLedger {
            sealed: VecDeque::new(),
            tail: Vec::new(),
            start: 0,
            loose: 0,
            first: 0,
            ledgers,
            bytes: 0,
            messages: 0,
        }
    }
}

impl ManagedLedger {
    /// The position of the first entry that is still there.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// The position of the next entry.
    #[inline]
    pub(super) fn end(&self) -> u64 {
        self.loose + self.tail.len() as u64
    }

    pub(super) fn ledgers(&self) -> impl DoubleEndedIterator<Item = &Ledger> + ExactSizeIterator {
        self.ledgers.iter()
    }

    #[inline]
    pub(super) fn get(&self, position: u64) -> Option<Seen<'_>> {
        if position < self.first {
            return None;
        }
        if let Some(index) = position.checked_sub(self.loose) {
            return self.tail.get(index as usize).map(Seen::There);
        }
        self.get_sealed(position)
    }

    /// The same of an entry that was written just now.
    #[inline]
    pub(super) fn get_newest(&self, position: u64) -> Option<&Slot> {
        self.tail.get(position.checked_sub(self.loose)? as usize).filter(|_| self.first <= position)
    }

    #[inline(never)]
    fn get_sealed(&self, position: u64) -> Option<Seen<'_>> {
        let index = position - self.start;
        self.sealed.get((index / CHUNK as u64) as usize)?.get((index % CHUNK as u64) as usize)
    }

    /// How many messages there are before a position.
    pub(super) fn ordinal(&self, position: u64) -> u64 {
        self.get(position).map_or(self.messages, |slot| slot.ordinal)
    }

    /// How many bytes there are from a position on.
    pub(super) fn bytes_from(&self, position: u64) -> u64 {
        self.bytes - self.get(position.max(self.first)).map_or(self.bytes, |slot| slot.bytes)
    }

    /// Appends an entry: its position.
    #[inline]
    pub(super) fn append(&mut self, mut slot: Slot, settings: &Settings) -> u64 {
        self.roll_if_full(slot.stored, settings);
        let position = self.end();
        (slot.bytes, slot.ordinal) = (self.bytes, self.messages);
        match &slot.extra {
            Some(extra) if !extra.messages.is_empty() => {
                self.messages += extra.messages.len() as u64;
                self.bytes += extra.messages.iter().map(|message| u64::from(message.size)).sum::<u64>();
            }
            Some(_) | None => {
                self.messages += 1;
                self.bytes += u64::from(slot.message.size);
            }
        }
        self.tail.push(slot);
        if self.tail.len() == 2 * CHUNK {
            self.seal();
        }
        position
    }

    #[cold]
    fn seal(&mut self) {
        self.sealed.push_back(Chunk::new(&self.tail[..CHUNK]));
        self.tail.drain(..CHUNK);
        self.loose += CHUNK as u64;
    }

    /// Closes the open ledger if it is full, or old.
    #[inline]
    pub(super) fn roll_if_full(&mut self, now: Time, settings: &Settings) -> bool {
        let Some(open) = self.ledgers.back() else { return false };
        let entries = self.end() - open.first;
        if entries < settings.ledger_entries
            && self.bytes - open.bytes < settings.ledger_bytes
            && now < open.opened + settings.ledger_max_age
        {
            return false;
        }
        let age = now.since(open.opened);
        if entries == 0 || age < settings.ledger_min_age {
            return false;
        }
        self.roll(now);
        true
    }

    /// Closes the open ledger, unless it is empty, and opens another one.
    #[cold]
    pub(super) fn roll(&mut self, now: Time) {
        let first = self.end();
        let Some(open) = self.ledgers.back_mut().filter(|open| open.first != first) else { return };
        open.closed = Some(now);
        let (id, bytes) = (open.id + 1, self.bytes);
        self.ledgers.push_back(Ledger {
            id,
            first,
            opened: now,
            closed: None,
            bytes,
            offloaded: None,
            only_offloaded: false,
        });
    }

    /// Ledger and entry of a position, of which the ledger is still there.
    pub(super) fn id_of(&self, position: u64) -> Option<(u64, u64)> {
        if let Some(open) = self.ledgers.back().filter(|open| open.first <= position) {
            return Some((open.id, position - open.first));
        }
        let after = self.ledgers.partition_point(|ledger| ledger.first <= position);
        let ledger = self.ledgers.get(after.checked_sub(1)?)?;
        Some((ledger.id, position - ledger.first))
    }

    /// Removes whole closed ledgers before `consumed` that retention does not keep. Whether that was any.
    pub(super) fn trim(&mut self, consumed: u64, policies: &Policies, now: Time) -> bool {
        let before = self.first;
        while let Some(Ledger { closed: Some(closed), .. }) = self.ledgers.front()
            && let Some(next) = self.ledgers.get(1)
            && next.first <= consumed
        {
            let over_time = policies.retention_time.is_some_and(|keep| *closed + keep <= now);
            // What is left is enough without it.
            let left = self.bytes_from(next.first);
            let over_size = policies.retention_size.is_some_and(|keep| keep <= left);
            if !over_time && !over_size {
                break;
            }
            self.first = next.first;
            self.ledgers.pop_front();
        }
        while self.start + CHUNK as u64 <= self.first && !self.sealed.is_empty() {
            self.sealed.pop_front();
            self.start += CHUNK as u64;
        }
        self.first != before
    }

    /// Copies closed ledgers to tiered storage, oldest first, while BookKeeper has more than `threshold` bytes; and
    /// removes from BookKeeper those that were copied long enough ago.
    pub(super) fn offload(&mut self, threshold: u64, settings: &Settings, now: Time) {
        let ends: Vec<u64> = self.ledgers.iter().skip(1).map(|ledger| ledger.bytes).collect();
        let mut held: u64 = self.bytes - self.ledgers.front().map_or(self.bytes, |ledger| ledger.bytes);
        for (ledger, end) in self.ledgers.iter_mut().zip(ends) {
            let size = end - ledger.bytes;
            if ledger.offloaded.is_some() {
                held -= size;
            } else if threshold < held && ledger.closed.is_some() {
                ledger.offloaded = Some(now);
                held -= size;
            }
        }
        for ledger in &mut self.ledgers {
            ledger.only_offloaded |= ledger.offloaded.is_some_and(|at| at + settings.offload_lag <= now);
        }
    }
}

/// By contents alone: where the chunks end is not part of the state.
impl PartialEq for ManagedLedger {
    fn eq(&self, other: &ManagedLedger) -> bool {
        (self.first, self.end(), self.bytes, self.messages, &self.ledgers)
            == (other.first, other.end(), other.bytes, other.messages, &other.ledgers)
            && (self.first..self.end())
                .all(|position| self.get(position).as_deref() == other.get(position).as_deref())
    }
}

impl Hash for ManagedLedger {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.first, self.end(), self.bytes, self.messages, &self.ledgers).hash(state);
        for position in self.first..self.end() {
            self.get(position).as_deref().hash(state);
        }
    }
}
