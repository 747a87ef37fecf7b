//! Streams: entries with ids that only grow, and the groups that read them.
//!
//! ```text
//! XADD --> appended -- XREADGROUP > --> pending (owner, deliveries) -- XACK --> acknowledged for this group
//!              |                          |   ^
//!              |                          +---+  XCLAIM, XAUTOCLAIM, history: deliveries + 1
//!              +-- XDEL, XTRIM --> gone: for groups behind it silently, where it is pending its body alone
//! ```
//!
//! An entry stays in the stream until it is deleted or trimmed, whoever has read it. A stream survives without entries.

use crate::journal::{Cause, Refusal, What};
use crate::mechanism::sorted::Sorted;
use crate::message::Message;
use crate::time::Time;

use super::entry_id::EntryId;
use super::group::Group;
use super::list::signed;
use super::log::{Log, Node, NodeSize, Slot};
use super::name::Name;
use super::once::Seen;
use super::reply::{Error, Reply, StreamEntry};
use super::request::{
    Add, After, Few, Limit, NewId, Precision, Read, References, Special, StreamCommand, Trim,
};
use super::server::Redis;
use super::{Out, facts};

#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Stream {
    pub(super) entries: Entries,
    pub(super) groups: Sorted<Name, Group>,
    /// What was added by `IDMP`.
    pub(super) seen: Seen,
}

/// The entries, and what is remembered of those that are gone.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Entries {
    pub(super) log: Log,
    /// The greatest id there ever was; `0-0` if there was none.
    pub(super) last: EntryId,
    /// How many entries were ever added.
    pub(super) added: u64,
    /// The greatest id that was deleted out of the middle; `0-0` if none was.
    max_deleted: EntryId,
}

impl Default for Entries {
    fn default() -> Entries {
        Entries { log: Log::default(), last: EntryId::ZERO, added: 0, max_deleted: EntryId::ZERO }
    }
}

impl Stream {
    /// Whether a group has yet to read it, or has not acknowledged it.
    pub(super) fn is_referenced(&self, id: EntryId) -> bool {
        self.groups.values().any(|group| group.last < id || group.is_pending(id))
    }
}

impl Entries {
    /// The id of an entry that is added at `clock` milliseconds.
    pub(super) fn new_id(&self, wanted: NewId, clock: u64) -> Result<EntryId, Error> {
        const SMALL: Error =
            Error::Refused("The ID specified in XADD is equal or smaller than the target stream top item");
        const ZERO: Error = Error::Refused("The ID specified in XADD must be greater than 0-0");
        const FULL: Error =
            Error::Refused("The stream has exhausted the last possible ID, unable to add more items");
        let last = self.last;
        match wanted {
            NewId::Explicit(EntryId::ZERO) => Err(ZERO),
            NewId::Explicit(id) if id <= last => Err(SMALL),
            NewId::Explicit(id) => Ok(id),
            NewId::Auto if last.ms < clock => Ok(EntryId { ms: clock, seq: 0 }),
            // A clock that goes back makes no id smaller.
            NewId::Auto => last.next().ok_or(FULL),
            NewId::At(ms) if last.ms < ms => Ok(EntryId { ms, seq: u64::from(ms == 0) }),
            NewId::At(ms) if ms == last.ms => match last.seq.checked_add(1) {
                Some(seq) => Ok(EntryId { ms, seq }),
                None => Err(SMALL),
            },
            NewId::At(_) => Err(SMALL),
        }
    }

    pub(super) fn append(&mut self, id: EntryId, message: Message, now: Time, size: NodeSize) {
        self.log.push(id, message, now, size);
        self.last = id;
        self.added += 1;
    }

    /// The entries from `start` to `end`, `count` at most.
    #[inline(never)]
    pub(super) fn range(&self, start: EntryId, end: EntryId, count: Option<u32>) -> Vec<StreamEntry> {
        let within = |slot: &&Slot| slot.id <= end;
        let slots = self.log.iter_from(self.log.place_of(start)).map(|(_, slot)| slot).take_while(within);
        slots.take(limit(count)).map(|slot| shown(slot, 0)).collect()
    }

    /// Deletes the entry of an id, if it is there.
    pub(super) fn delete(&mut self, id: EntryId) -> Option<(u64, Slot)> {
        let place = self.log.find(id)?;
        let slot = self.log.delete(place)?;
        self.max_deleted = self.max_deleted.max(id);
        Some((place, slot))
    }

    /// The place up to which a trim removes entries, whoever refers to them, and the node there if it was looked at.
    #[inline]
    fn trim_end(&mut self, trim: &Trim, node_entries: u32) -> (u64, Option<Node>) {
        let whole = trim.precision == Precision::Nodes;
        let exact = match trim.to {
            Limit::Length(length) => {
                let over = self.log.len().saturating_sub(length);
                // Mostly the first node is still needed.
                if over == 0 || whole && over < self.log.first_node().live.into() {
                    return (self.log.first(), None);
                }
                self.log.nth(over)
            }
            Limit::Id(id) => self.log.place_of(id),
        };
        if !whole {
            return (exact, None);
        }
        let (end, node) = self.whole_nodes(exact, trim.limit.unwrap_or(node_entries.saturating_mul(100)));
        (end, Some(node))
    }

    /// The end of the last node that lies before `exact` as a whole, with at most so many entries before it; and the
    /// node that begins there.
    #[inline(never)]
    fn whole_nodes(&mut self, exact: u64, most: u32) -> (u64, Node) {
        let (mut end, mut removed) = (self.log.first(), 0);
        let mut node = self.log.first_node();
        while end < node.end && node.end <= exact {
            removed += node.live;
            if most != 0 && most < removed {
                break;
            }
            end = node.end;
            node = self.log.node_from(end);
        }
        (end, node)
    }

    /// How many entries were added up to and with this id, if that can be known.
    pub(super) fn entries_up_to(&self, id: EntryId) -> Option<u64> {
        if self.added == 0 {
            return Some(0);
        }
        if self.log.len() == 0 && id <= self.last {
            return Some(self.added);
        }
        let first = self.log.get(self.log.first())?.id;
        let deleted_before_first = self.max_deleted == EntryId::ZERO || self.max_deleted < first;
        match id.cmp(&self.last) {
            std::cmp::Ordering::Equal => Some(self.added),
            std::cmp::Ordering::Greater => None,
            std::cmp::Ordering::Less if deleted_before_first && id < first => {
                Some(self.added - self.log.len())
            }
            std::cmp::Ordering::Less if deleted_before_first && id == first => {
                Some(self.added - self.log.len() + 1)
            }
            std::cmp::Ordering::Less => None,
        }
    }

    /// Whether an entry may have been deleted out of the middle after `id`.
    pub(super) fn has_holes_after(&self, id: EntryId) -> bool {
        let deleted = self.max_deleted;
        self.log.len() != 0 && deleted != EntryId::ZERO && id <= deleted
    }

    /// How far a group is behind, if that can be known.
    pub(super) fn lag(&self, group: &Group) -> Option<u64> {
        if self.added == 0 {
            return Some(0);
        }
        let read = match group.read {
            Some(read) if !self.has_holes_after(group.last) => Some(read),
            Some(_) | None => self.entries_up_to(group.last),
        };
        read.map(|read| self.added.saturating_sub(read))
    }
}

/// So many, or all.
pub(super) fn limit(count: Option<u32>) -> usize {
    count.map_or(usize::MAX, |count| count as usize)
}

/// An entry as clients see it.
pub(super) fn shown(slot: &Slot, deliveries: u64) -> StreamEntry {
    let body = Some(super::reply::Body { message: slot.message, added: slot.added });
    StreamEntry { id: slot.id, body, deliveries, idle: None, store: None }
}

impl Redis {
    /// Runs a command of streams. Nothing is answered if it has to wait.
    #[inline]
    pub(super) fn run_stream(
        &mut self,
        command: &StreamCommand,
        only: Option<Name>,
        out: &mut impl Out,
    ) -> Result<Option<Reply>, Error> {
        Ok(Some(match command {
            StreamCommand::Add(add) => self.add(add, out)?.map_or(Reply::Nil, Reply::Id),
            StreamCommand::Read(read) => return self.read(read, only),
            StreamCommand::Length(key) => Reply::Integer(signed(
                self.keyspace.stream(*key)?.map_or(0, |stream| stream.entries.log.len()),
            )),
            StreamCommand::Range(key, start, end, count) => {
                let range = |stream: &mut Stream| stream.entries.range(*start, *end, *count);
                Reply::Entries(self.keyspace.stream(*key)?.map(range).unwrap_or_default())
            }
            StreamCommand::Delete(key, ids) => {
                let states = self.delete_entries(*key, References::Keep, ids.all(), out)?;
                Reply::Integer(signed(states.iter().filter(|state| **state == DELETED).count() as u64))
            }
            StreamCommand::DeleteWith(key, references, ids) => {
                self.known(self.version.knows_references())?;
                Reply::States(self.delete_entries(*key, *references, ids.all(), out)?)
            }
            StreamCommand::Trim(key, trim) => {
                self.check(trim)?;
                let nodes = self.settings.node_entries;
                let removed = self.keyspace.stream(*key)?.map_or(0, |stream| stream.trim(trim, nodes, out));
                Reply::Integer(signed(removed))
            }
            StreamCommand::ConfigureOnce(key, seconds, most) => {
                self.known(self.version.adds_once())?;
                let stream = self.keyspace.stream(*key)?.ok_or(Error::Refused("no such key"))?;
                stream.seen.configure(*seconds, *most);
                Reply::Ok
            }
        }))
    }

    /// What a version does not know is an error of syntax in it.
    pub(super) fn known(&self, knows: bool) -> Result<(), Error> {
        if knows { Ok(()) } else { Err(Error::Refused("syntax error")) }
    }

    #[inline]
    fn check(&self, trim: &Trim) -> Result<(), Error> {
        const LIMIT: Error =
            Error::Refused("syntax error, LIMIT cannot be used without the special ~ option");
        if trim.precision == Precision::Exact && trim.limit.is_some() {
            return Err(LIMIT);
        }
        self.known(trim.references == References::Keep || self.version.knows_references())
    }

    fn node_size(&self) -> NodeSize {
        NodeSize { entries: self.settings.node_entries, bytes: self.settings.node_bytes }
    }

    /// `XADD`: the id, if the stream is there or can be made.
    pub(super) fn add(&mut self, add: &Add, out: &mut impl Out) -> Result<Option<EntryId>, Error> {
        let (now, size) = (out.now(), self.node_size());
        let clock = self.settings.clock(now);
        if let Some(trim) = &add.trim {
            self.check(trim)?;
        }
        let special = match &add.special {
            Some(special) => {
                if let Some(known) = self.check_special(add, **special, out)? {
                    return Ok(Some(known));
                }
                **special
            }
            None => Special { id: NewId::Auto, once: None },
        };
        let stream = match self.keyspace.stream(add.key)? {
            Some(stream) => stream,
            None if add.make => {
                // An id that is refused makes no stream.
                Entries::default().new_id(special.id, clock)?;
                self.keyspace.make_stream(add.key)?
            }
            None => {
                facts::refuse(add.message, Refusal::Invalid, out);
                return Ok(None);
            }
        };
        let id = stream.entries.new_id(special.id, clock)?;
        stream.entries.append(id, add.message, now, size);
        let message = add.message.id;
        if stream.groups.len() != 1 {
            let copies = u16::try_from(stream.groups.len()).unwrap_or(u16::MAX);
            out.record(What::Routed { message, copies });
        }
        for group in stream.groups.values_mut() {
            group.waiting += 1;
            out.record(What::Enqueued { message, store: group.store });
        }
        if let Some(once) = special.once {
            stream.seen.remember(once, id, now);
        }
        if let Some(trim) = &add.trim {
            stream.trim(trim, size.entries, out);
        }
        self.blocked.signal(add.key);
        Ok(Some(id))
    }

    /// What is to be added once and was: the id that it has.
    #[cold]
    fn check_special(
        &mut self,
        add: &Add,
        special: Special,
        out: &mut impl Out,
    ) -> Result<Option<EntryId>, Error> {
        let Some(once) = special.once else { return Ok(None) };
        self.known(self.version.adds_once())?;
        let Some(stream) = self.keyspace.stream(add.key)? else { return Ok(None) };
        let known = stream.seen.find(once, out.now());
        if known.is_some() {
            facts::refuse(add.message, Refusal::Duplicate, out);
        }
        Ok(known)
    }

    /// `XDEL`, `XDELEX`: what became of each entry.
    #[inline(never)]
    pub(super) fn delete_entries(
        &mut self,
        key: Name,
        references: References,
        ids: &[EntryId],
        out: &mut impl Out,
    ) -> Result<Vec<i8>, Error> {
        let Some(stream) = self.keyspace.stream(key)? else { return Ok(vec![ABSENT; ids.len()]) };
        Ok(ids.iter().map(|id| stream.delete_entry(*id, references, out)).collect())
    }

    /// `$` is what is there when the command comes, however long it waits then.
    #[inline(never)]
    pub(super) fn resolve(&mut self, read: &mut Read) {
        let resolved = |(key, after): &(Name, After)| {
            let last =
                self.keyspace.stream(*key).ok().flatten().map_or(EntryId::ZERO, |own| own.entries.last);
            (*key, if *after == After::Last { After::Id(last) } else { *after })
        };
        if read.streams.all().iter().any(|(_, after)| *after == After::Last) {
            read.streams = Few::Many(read.streams.all().iter().map(resolved).collect());
        }
    }

    #[inline(never)]
    fn read(&mut self, read: &Read, only: Option<Name>) -> Result<Option<Reply>, Error> {
        let mut found = Vec::new();
        for (key, after) in read.streams.all().iter().filter(|(key, _)| only.is_none_or(|only| only == *key))
        {
            let After::Id(after) = *after else { continue };
            let Some(stream) = self.keyspace.stream(*key)? else { continue };
            let Some(start) = after.next() else { continue };
            let entries = stream.entries.range(start, EntryId::MAX, read.count);
            if !entries.is_empty() {
                found.push((*key, entries));
            }
        }
        Ok((!found.is_empty()).then_some(Reply::Streams(found)))
    }

    /// A stream is deleted with all its groups.
    #[inline(never)]
    pub(super) fn stream_deleted(&mut self, stream: Stream, out: &mut impl Out) {
        let Stream { entries, mut groups, .. } = stream;
        groups.values_mut().for_each(|group| group.clear(&entries, out));
    }
}

/// An entry is deleted.
const DELETED: i8 = 1;
/// There is no such entry.
const ABSENT: i8 = -1;
/// An entry is not deleted: a group still refers to it.
const REFERENCED: i8 = 2;

impl Stream {
    /// Trims it: how many entries that removed.
    #[inline]
    fn trim(&mut self, trim: &Trim, node_entries: u32, out: &mut impl Out) -> u64 {
        let (end, node) = self.entries.trim_end(trim, node_entries);
        if end <= self.entries.log.first() { 0 } else { self.trim_to(end, node, trim, out) }
    }

    #[inline(never)]
    fn trim_to(&mut self, end: u64, node: Option<Node>, trim: &Trim, out: &mut impl Out) -> u64 {
        let before = self.entries.log.len();
        if trim.references == References::Acked && !self.groups.is_empty() {
            self.trim_acknowledged(trim.to, end, out);
        } else {
            let boundary = self.entries.log.get(end).map_or(EntryId::MAX, |slot| slot.id);
            for group in self.groups.values_mut() {
                group.miss_until(&self.entries, end, Cause::Length, out);
                if trim.references == References::Delete {
                    group.drop_before(boundary, out);
                }
            }
            self.entries.log.trim_to(end, node);
        }
        before - self.entries.log.len()
    }

    #[inline(never)]
    pub(super) fn delete_entry(&mut self, id: EntryId, references: References, out: &mut impl Out) -> i8 {
        if references == References::Delete {
            self.groups.values_mut().for_each(|group| group.drop_dangling(id, out));
        }
        if self.entries.log.find(id).is_none() {
            return ABSENT;
        }
        if references == References::Acked && self.is_referenced(id) {
            return REFERENCED;
        }
        let Some((place, slot)) = self.entries.delete(id) else { return ABSENT };
        for group in self.groups.values_mut().filter(|group| group.cursor() <= place) {
            group.miss(slot.message.id, 1, Cause::Purge, out);
        }
        DELETED
    }

    /// `ACKED`: of the entries before `end`, those that all groups have read and acknowledged.
    #[inline(never)]
    fn trim_acknowledged(&mut self, to: Limit, end: u64, out: &mut impl Out) {
        let mut place = self.entries.log.first();
        while let Some((next, slot)) = self.entries.log.next_live(place)
            && (next < end || matches!(to, Limit::Length(length) if length < self.entries.log.len()))
        {
            let id = slot.id;
            if !self.is_referenced(id) {
                self.delete_entry(id, References::Keep, out);
            }
            place = next + 1;
        }
    }
}
