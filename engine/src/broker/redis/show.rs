//! What there is to count and to see of the server: each list, each group of a stream, each subscription.

use crate::broker::server::Holding;
use crate::id::StoreId;
use crate::mechanism::shell_sort;
use crate::message::Message;
use crate::view::{EntryView, LogView, ReaderView, RecordView, StoreView};

use super::group::Group;
use super::keyspace::{Kind, Store};
use super::list::Item;
use super::log::Slot;
use super::name::Name;
use super::server::Redis;
use super::stream::Stream;

impl Redis {
    /// How people name a store.
    fn store_name(&self, what: Store) -> String {
        match what {
            Store::List(key) => self.names.text(key).to_owned(),
            Store::Group(key, group) => format!("{}/{}", self.names.text(key), self.names.text(group)),
            Store::Channel(client, name) | Store::Pattern(client, name) => {
                format!("{} to client {client}", self.names.text(name))
            }
        }
    }

    pub(super) fn holding(&self, store: StoreId, what: Store) -> Holding {
        let (waiting, held) = match what {
            Store::List(key) => {
                let waiting = match self.keyspace.get(key) {
                    Some(Kind::List(list)) => list.waiting(),
                    Some(Kind::Stream(_)) | None => 0,
                };
                (waiting, self.keyspace.away(store))
            }
            Store::Group(key, group) => {
                let counts = |group: &Group| (group.waiting, group.pending.len());
                self.group(key, group).map_or((0, 0), counts)
            }
            Store::Channel(client, _) | Store::Pattern(client, _) => (self.pubsub.buffered(client, store), 0),
        };
        Holding { store, name: self.store_name(what), waiting, held, delayed: 0 }
    }

    /// What there is to see: each list and each subscription, and each stream once, with its groups as its readers.
    pub(super) fn views(&self, limit: usize) -> Vec<StoreView> {
        let mut views: Vec<StoreView> = Vec::new();
        let mut streams: Vec<(Name, usize)> = Vec::new();
        for (store, what) in self.stores.all() {
            let own = self.view(store, what, limit);
            let (Store::Group(key, group), Some(Kind::Stream(stream))) = (what, self.key_of(what)) else {
                views.push(own);
                continue;
            };
            let place = match streams.iter().find(|(known, _)| *known == key) {
                Some((_, place)) => *place,
                None => {
                    streams.push((key, views.len()));
                    let name = self.names.text(key).to_owned();
                    views.push(StoreView {
                        name,
                        log: Some(log_view(stream, limit)),
                        ..StoreView::default()
                    });
                    views.len() - 1
                }
            };
            let view = &mut views[place];
            view.depth += own.depth;
            view.held += own.held;
            let Some(group_of) = stream.groups.get(&group) else { continue };
            let next = stream.entries.log.iter_from(group_of.cursor()).next();
            let oldest = next.map(|(_, slot)| slot.added);
            view.oldest = [view.oldest, oldest].into_iter().flatten().min();
            if let Some(log) = &mut view.log {
                log.readers.push(reader_view(self.names.text(group), group_of, limit));
            }
        }
        views
    }

    fn view(&self, store: StoreId, what: Store, limit: usize) -> StoreView {
        let Holding { name, waiting, held, .. } = self.holding(store, what);
        let entries: Vec<EntryView> = match (what, self.key_of(what)) {
            (Store::List(_), Some(Kind::List(list))) => match list.leaves {
                super::request::End::Left => list.iter().map(item_view).take(limit).collect(),
                super::request::End::Right => list.iter().rev().map(item_view).take(limit).collect(),
            },
            (Store::Channel(client, _) | Store::Pattern(client, _), _) => {
                let view = |(message, since): (Message, crate::time::Time)| EntryView {
                    message: message.id,
                    producer: message.producer,
                    key: message.key,
                    since,
                    attempt: 1,
                };
                self.pubsub.in_buffer(client, store).map(view).take(limit).collect()
            }
            (Store::List(_) | Store::Group(..), Some(_) | None) => Vec::new(),
        };
        // What a processing list holds waits for nobody, but it is there to be seen.
        let depth = match (what, self.key_of(what)) {
            (Store::List(_), Some(Kind::List(list))) => list.len(),
            (Store::List(_) | Store::Group(..) | Store::Channel(..) | Store::Pattern(..), _) => waiting,
        };
        let oldest = entries.first().map(|entry| entry.since);
        StoreView { name, capacity: None, depth, held, delayed: 0, oldest, entries, kept: 0, log: None }
    }

    fn key_of(&self, what: Store) -> Option<&Kind> {
        match what {
            Store::List(key) | Store::Group(key, _) => self.keyspace.get(key),
            Store::Channel(..) | Store::Pattern(..) => None,
        }
    }
}

fn item_view(item: &Item) -> EntryView {
    EntryView {
        message: item.message.id,
        producer: item.message.producer,
        key: item.message.key,
        since: item.entered,
        attempt: item.attempt,
    }
}

/// Places in the log stand for entries: what is deleted leaves a gap.
fn log_view(stream: &Stream, limit: usize) -> LogView {
    let log = &stream.entries.log;
    let from = log.end().saturating_sub(limit as u64).max(log.first());
    let mut records: Vec<RecordView> = log.iter_from(from).map(record_view).collect();
    records.reverse();
    let (start, end) = (log.first(), log.end());
    LogView { start, end, readable: end, segments: Vec::new(), readers: Vec::new(), records }
}

fn record_view((place, slot): (u64, &Slot)) -> RecordView {
    let Message { id, producer, key, .. } = slot.message;
    RecordView { offset: place, message: id, producer, key, since: slot.added }
}

/// A group: what is before the oldest that is pending is done with, and what lies between those that are.
fn reader_view(name: &str, group: &Group, limit: usize) -> ReaderView {
    let position = group.cursor();
    let mut pending: Vec<u64> = group.pending.iter().map(|(_, own)| own.place).take(limit).collect();
    shell_sort::sort(&mut pending);
    let committed = pending.first().copied().unwrap_or(position).min(position);
    let after = pending.iter().map(|place| place + 1);
    // Of more than the limit it is not known how far the last hole goes.
    let known = (group.pending.len() <= limit as u64).then_some(position);
    let before = pending.iter().skip(1).copied().chain(known);
    let holes = after.zip(before).filter(|(from, to)| from < to).collect();
    ReaderView {
        name: name.to_owned(),
        group: None,
        committed: Some(committed),
        settled: committed,
        position,
        owner: None,
        waiting: group.waiting,
        holes,
    }
}
