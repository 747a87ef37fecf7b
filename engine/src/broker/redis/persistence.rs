//! What is left after the server was down.
//!
//! | Setting | after a shutdown | after a crash |
//! |---|---|---|
//! | nothing | nothing | nothing |
//! | `save` | everything | what the last snapshot has |
//! | `appendonly yes`, `appendfsync always` | everything | everything that was answered |
//! | `appendonly yes`, `appendfsync everysec` | everything | all but the last second or so |
//!
//! A crash here is that of the machine: what only the operating system has is lost with it. When the process alone is
//! killed, an append-only file loses nothing, whatever `appendfsync` is.
//!
//! There are no timers. What is on disk changes at certain times, but that only shows when the server goes down; so the
//! keyspace is copied when it is about to change for the first time after it was saved. Copies share what waits.

use std::sync::Arc;
use std::time::Duration;

use crate::broker::server::Down;
use crate::id::{MessageId, StoreId};
use crate::journal::{Cause, Place};
use crate::mechanism::shell_sort;
use crate::time::Time;

use super::keyspace::{Keyspace, Kind};
use super::server::Redis;
use super::settings::{Append, Settings};
use super::{Out, facts};

/// How often an append-only file is brought to disk with `appendfsync everysec`.
const SECOND: Duration = Duration::from_secs(1);

#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Persistence {
    /// What is on disk; nothing: what is in memory, where that is still the same.
    saved: Option<Arc<Keyspace>>,
    /// When it was brought there.
    at: Time,
    /// When it was changed since then for the last time, if it was.
    changed: Option<Time>,
    /// How many changes were made since then.
    changes: u64,
    /// Nothing is saved before this time, whatever is changed; it was not reckoned yet if that was before `at`.
    soonest: Time,
}

impl Persistence {
    /// The keyspace is about to be changed.
    #[inline]
    pub(super) fn before_write(&mut self, settings: &Settings, keyspace: &Keyspace, now: Time) {
        if settings.append == Append::Always || (settings.append == Append::Off && settings.save.is_empty()) {
            return;
        }
        if now < self.soonest && self.changed.is_some() {
            (self.changed, self.changes) = (Some(now), self.changes + 1);
            return;
        }
        self.before_counted_write(settings, keyspace, now);
    }

    #[cold]
    fn before_counted_write(&mut self, settings: &Settings, keyspace: &Keyspace, now: Time) {
        self.catch_up(settings, now);
        if self.changed.is_none() {
            self.saved = Some(Arc::new(keyspace.clone()));
        }
        self.changed = Some(now);
        self.changes += 1;
        let first = match settings.append {
            Append::EverySecond => Some(SECOND),
            Append::Always | Append::Off => settings.save.iter().map(|point| point.after).min(),
        };
        self.soonest = self.at + first.unwrap_or(Duration::ZERO);
    }

    /// Saves what was to be saved by now. Nothing has changed since the last change, so what is on disk then is what is
    /// in memory now.
    fn catch_up(&mut self, settings: &Settings, now: Time) {
        let Some(changed) = self.changed else { return };
        let due = match settings.append {
            Append::Always | Append::Off if settings.save.is_empty() => None,
            Append::EverySecond => Some((self.at + SECOND).max(changed)),
            Append::Always | Append::Off => {
                let reached = settings.save.iter().filter(|point| point.changes <= self.changes);
                reached.map(|point| (self.at + point.after).max(changed)).min()
            }
        };
        if let Some(due) = due.filter(|due| *due <= now) {
            *self = Persistence { at: due, ..Persistence::default() };
        }
    }

    /// The settings were changed: what is in memory is brought to disk, as when an append-only file is switched on.
    pub(super) fn configured(&mut self, before: &Settings, after: &Settings, now: Time) {
        if (before.append, &before.save) != (after.append, &after.save) {
            *self = Persistence { at: now, ..Persistence::default() };
        }
    }

    /// What the server finds when it starts again.
    fn found(&mut self, down: Down, settings: &Settings, now: Time) -> Found {
        let persists = settings.append != Append::Off || !settings.save.is_empty();
        self.catch_up(settings, now);
        let saved = self.saved.take();
        *self = Persistence { at: now, ..Persistence::default() };
        match (persists, down, saved) {
            (false, ..) => Found::Nothing,
            (true, Down::Stopped, _) | (true, Down::Killed, None) => Found::All,
            (true, Down::Killed, Some(saved)) => Found::Earlier(saved),
        }
    }
}

enum Found {
    Nothing,
    All,
    Earlier(Arc<Keyspace>),
}

impl Redis {
    /// Starts again with what was persisted.
    pub(super) fn recover(&mut self, down: Down, out: &mut impl Out) {
        let found = match self.persistence.found(down, &self.settings, out.now()) {
            Found::All => return,
            Found::Nothing => Keyspace::default(),
            Found::Earlier(saved) => Arc::unwrap_or_clone(saved),
        };
        let before = std::mem::replace(&mut self.keyspace, found);
        let (before, now) = (copies(&before), copies(&self.keyspace));
        tell_of_missing(
            &before,
            &now,
            |(store, place, message), count, out| {
                facts::moved(message, store, (place, Place::Lost), count, Cause::Restart, out);
            },
            out,
        );
        tell_of_missing(
            &now,
            &before,
            |(store, place, message), count, out| {
                facts::came_back(message, store, place, count, Cause::Restart, out);
            },
            out,
        );
    }
}

/// One copy of a message: where it is.
type Copy = (StoreId, Place, MessageId);

/// All copies that a keyspace has, in order.
fn copies(keyspace: &Keyspace) -> Vec<Copy> {
    let mut copies = Vec::new();
    for (_, kind) in keyspace.keys() {
        match kind {
            Kind::List(list) => copies.extend(list.iter().map(|item| {
                let place = if item.home == list.store { Place::Waiting } else { Place::Held };
                (item.home, place, item.message.id)
            })),
            Kind::Stream(stream) => {
                for group in stream.groups.values() {
                    let waiting = stream.entries.log.iter_from(group.cursor());
                    copies.extend(waiting.map(|(_, slot)| (group.store, Place::Waiting, slot.message.id)));
                    let pending = group.pending.iter();
                    copies.extend(pending.map(|(_, pending)| (group.store, Place::Held, pending.message)));
                }
            }
        }
    }
    shell_sort::sort(&mut copies);
    copies
}

/// Tells of what is in `all` and not in `others`: of each place of each store at once.
fn tell_of_missing<O: Out>(
    all: &[Copy],
    others: &[Copy],
    mut tell: impl FnMut(Copy, u64, &mut O),
    out: &mut O,
) {
    let mut others = others.iter().peekable();
    let mut missing: Option<(Copy, u64)> = None;
    for copy in all {
        while others.next_if(|other| *other < copy).is_some() {}
        if others.next_if(|other| *other == copy).is_some() {
            continue;
        }
        match &mut missing {
            Some((first, count)) if (first.0, first.1) == (copy.0, copy.1) => *count += 1,
            Some((first, count)) => {
                tell(*first, *count, out);
                missing = Some((*copy, 1));
            }
            None => missing = Some((*copy, 1)),
        }
    }
    if let Some((first, count)) = missing {
        tell(first, count, out);
    }
}
