//! A cursor: how far a subscription has come.
//!
//! ```text
//!  acknowledged        mark-delete      acknowledged one by one      read position
//!  ...................... | . . # # . . # . . . . . . . . . . . . . . | not dispatched yet
//! ```
//!
//! Positions are saved at most once a second, so that what was acknowledged since then is delivered again after the
//! broker was killed.

use crate::time::Time;

use super::ranges::Ranges;
use super::settings::Settings;

/// How far a subscription has come.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Cursor {
    /// All before this position is acknowledged.
    pub(super) mark: u64,
    /// What is acknowledged after it.
    pub(super) acked: Ranges,
    /// The next position that is dispatched for the first time.
    pub(super) read: u64,
    /// What is saved of it.
    saved: (u64, Ranges),
    saved_at: Time,
    changed: bool,
}

impl Cursor {
    pub(super) fn new(position: u64, now: Time) -> Cursor {
        Cursor {
            mark: position,
            acked: Ranges::default(),
            read: position,
            saved: (position, Ranges::default()),
            saved_at: now,
            changed: false,
        }
    }

    #[inline]
    pub(super) fn is_acked(&self, position: u64) -> bool {
        position < self.mark || self.acked.contains(position)
    }

    /// Acknowledges a position that is not yet.
    #[inline]
    pub(super) fn acknowledge(&mut self, position: u64) {
        if position == self.mark {
            self.mark += 1;
            if !self.acked.is_empty() {
                self.mark = self.acked.absorb(self.mark);
            }
            // It may have been rewound to before.
            self.read = self.read.max(self.mark);
        } else {
            self.acked.insert(position);
        }
    }

    /// Acknowledges all before a position.
    pub(super) fn acknowledge_until(&mut self, position: u64) {
        if self.mark < position {
            self.mark = self.acked.absorb(position);
            self.read = self.read.max(self.mark);
        }
    }

    /// Moves all to a position.
    pub(super) fn reset(&mut self, position: u64) {
        self.mark = position;
        self.acked = Ranges::default();
        self.read = position;
    }

    /// The next position from `read` on that is not acknowledged.
    #[inline]
    pub(super) fn next(&mut self, end: u64) -> Option<u64> {
        while let Some(after) = self.acked.end_of(self.read) {
            self.read = after;
        }
        Some(self.read).filter(|read| *read < end)
    }

    /// How many entries are not acknowledged.
    pub(super) fn backlog(&self, end: u64) -> u64 {
        end - self.mark - self.acked.len()
    }

    /// Its position has changed: it is saved if that was not done just before. Else it has to be at the time returned.
    #[inline]
    pub(super) fn note(&mut self, settings: &Settings, now: Time) -> Option<Time> {
        if self.saved_at + settings.cursor_save <= now {
            self.save(now);
            return None;
        }
        let was_changed = std::mem::replace(&mut self.changed, true);
        (!was_changed).then(|| self.saved_at + settings.cursor_flush)
    }

    /// When it has to be saved.
    pub(super) fn due(&self, settings: &Settings) -> Option<Time> {
        self.changed.then(|| self.saved_at + settings.cursor_flush)
    }

    pub(super) fn save(&mut self, now: Time) {
        self.saved_at = now;
        self.changed = false;
        self.saved.0 = self.mark;
        if !self.acked.is_empty() || !self.saved.1.is_empty() {
            self.saved.1 = self.acked.clone();
        }
    }

    /// Takes up what was saved.
    pub(super) fn recover(&mut self) {
        (self.mark, self.acked) = self.saved.clone();
        self.read = self.mark;
        self.changed = false;
    }
}
