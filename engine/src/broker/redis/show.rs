//! What there is to count and to see of the server: each list, each group of a stream, each subscription.

use crate::broker::server::Holding;
use crate::id::StoreId;
use crate::view::{EntryView, StoreView};

use super::keyspace::{Kind, Store};
use super::list::Item;
use super::log::Slot;
use super::server::Redis;

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
                let counts = |group: &super::group::Group| (group.waiting, group.pending.len());
                self.group(key, group).map_or((0, 0), counts)
            }
            Store::Channel(client, _) | Store::Pattern(client, _) => (self.pubsub.buffered(client, store), 0),
        };
        Holding { store, name: self.store_name(what), waiting, held, delayed: 0 }
    }

    pub(super) fn view(&self, store: StoreId, what: Store, limit: usize) -> StoreView {
        let Holding { name, waiting, held, .. } = self.holding(store, what);
        let entries: Vec<EntryView> = match (what, self.key_of(what)) {
            (Store::List(_), Some(Kind::List(list))) => match list.leaves {
                super::request::End::Left => list.iter().map(item_view).take(limit).collect(),
                super::request::End::Right => list.iter().rev().map(item_view).take(limit).collect(),
            },
            (Store::Group(_, group), Some(Kind::Stream(stream))) => {
                let cursor = stream.groups.get(&group).map_or(u64::MAX, super::group::Group::cursor);
                stream.entries.log.iter_from(cursor).map(|(_, slot)| slot_view(slot)).take(limit).collect()
            }
            (Store::Channel(client, _) | Store::Pattern(client, _), _) => {
                let view = |(message, since): (crate::message::Message, crate::time::Time)| EntryView {
                    message: message.id,
                    producer: message.producer,
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
        since: item.entered,
        attempt: item.attempt,
    }
}

fn slot_view(slot: &Slot) -> EntryView {
    EntryView { message: slot.message.id, producer: slot.message.producer, since: slot.added, attempt: 1 }
}
