//! The commands of consumer groups: `XGROUP`, `XREADGROUP`, `XACK`, `XACKDEL`, `XPENDING`, `XINFO GROUPS`.

use crate::id::ClientId;
use crate::journal::{Cause, Place};
use crate::mechanism::shell_sort;

use super::entry_id::EntryId;
use super::group::{Group, Reader};
use super::keyspace::{Kind, Store};
use super::list::signed;
use super::name::Name;
use super::pending::{GIVEN_BACK, Pending};
use super::reply::{Error, GroupInfo, PendingEntry, PendingSummary, Reply, StreamEntry};
use super::request::{GroupCommand, PendingRange, ReadGroup, References, Start, Which};
use super::server::Redis;
use super::stream::{Stream, limit};
use super::{Out, facts};

/// What `XGROUP` says of a key that does not exist.
const NO_KEY: Error = Error::Refused(
    "The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option \
     to create an empty stream automatically.",
);

impl Redis {
    /// Runs a command of groups. Nothing is answered if it has to wait.
    #[inline]
    pub(super) fn run_group(
        &mut self,
        command: &GroupCommand,
        only: Option<Name>,
        client: ClientId,
        out: &mut impl Out,
    ) -> Result<Option<Reply>, Error> {
        Ok(Some(match command {
            GroupCommand::Read(read) => return self.read_group(read, only, client, out),
            GroupCommand::Ack(key, group, ids) => {
                Reply::Integer(self.acknowledge(*key, *group, ids.all(), out)?)
            }
            GroupCommand::AckDelete(key, group, references, ids) => {
                self.known(self.version.knows_references())?;
                self.acknowledge_and_delete(*key, *group, *references, ids.all(), out)?
            }
            GroupCommand::Create(key, group, start, make) => {
                self.create_group(*key, *group, *start, *make, out)?
            }
            GroupCommand::SetId(key, group, start) => self.set_id(*key, *group, *start, out)?,
            GroupCommand::Destroy(key, group) => self.destroy_group(*key, *group, out)?,
            GroupCommand::Dismiss(key, group, consumer) => {
                let (_, group) = self.stream_and_group(*key, *group, NO_KEY)?;
                Reply::Integer(signed(group.dismiss(*consumer, out).unwrap_or(0)))
            }
            GroupCommand::Info(key, group) => self.group_info(*key, *group)?,
            GroupCommand::Pending(key, group) => self.pending_summary(*key, *group)?,
            GroupCommand::PendingRange(key, group, range) => self.pending_range(*key, *group, range, out)?,
            GroupCommand::Claim(claim) => self.claim(claim, client, out)?,
            GroupCommand::AutoClaim(claim) => self.auto_claim(claim, client, out)?,
            GroupCommand::Nack(nack) => {
                self.known(self.version.gives_back())?;
                self.give_back(nack, out)?
            }
        }))
    }

    /// A group, to be looked at.
    pub(super) fn group(&self, key: Name, group: Name) -> Option<&Group> {
        match self.keyspace.get(key)? {
            Kind::Stream(stream) => stream.groups.get(&group),
            Kind::List(_) => None,
        }
    }

    /// The entries of a stream and one of its groups.
    #[inline]
    pub(super) fn stream_and_group(
        &mut self,
        key: Name,
        group: Name,
        absent: Error,
    ) -> Result<(&super::stream::Entries, &mut Group), Error> {
        let Stream { entries, groups, .. } = self.keyspace.stream(key)?.ok_or(absent)?;
        Ok((entries, groups.get_mut(&group).ok_or(Error::NoGroup)?))
    }

    #[inline(never)]
    fn create_group(
        &mut self,
        key: Name,
        group: Name,
        start: Start,
        make: bool,
        out: &mut impl Out,
    ) -> Result<Reply, Error> {
        if make {
            self.keyspace.make_stream(key)?;
        }
        let store = self.stores.number(Store::Group(key, group));
        let stream = self.keyspace.stream(key)?.ok_or(NO_KEY)?;
        if stream.groups.contains_key(&group) {
            return Err(Error::BusyGroup);
        }
        let new = Group::new(store, stream.id(start), &stream.entries);
        new.tell_of_waiting(&stream.entries, out);
        stream.groups.insert(group, new);
        Ok(Reply::Ok)
    }

    /// Moves a group's position. What lies between is skipped, or is delivered once more, pending or not.
    #[inline(never)]
    fn set_id(&mut self, key: Name, group: Name, start: Start, out: &mut impl Out) -> Result<Reply, Error> {
        let stream = self.keyspace.stream(key)?.ok_or(NO_KEY)?;
        let (id, entries) = (stream.id(start), &stream.entries);
        let group = stream.groups.get_mut(&group).ok_or(Error::NoGroup)?;
        let (before, from) = (group.waiting, group.cursor());
        group.seek(id, entries);
        // What waits behind both positions stays as it is.
        if before < group.waiting {
            if let Some((_, first)) = entries.log.iter_from(group.cursor()).next() {
                let more = group.waiting - before;
                facts::came_back(first.message.id, group.store, Place::Waiting, more, Cause::Seek, out);
            }
        } else if group.waiting < before
            && let Some((_, first)) = entries.log.iter_from(from).next()
        {
            let fewer = before - group.waiting;
            group.many(first.message.id, Place::Waiting, Place::Removed, fewer, Cause::Seek, out);
        }
        self.blocked.signal(key);
        Ok(Reply::Ok)
    }

    #[inline(never)]
    fn destroy_group(&mut self, key: Name, group: Name, out: &mut impl Out) -> Result<Reply, Error> {
        let stream = self.keyspace.stream(key)?.ok_or(NO_KEY)?;
        let Some(mut group) = stream.groups.remove(&group) else { return Ok(Reply::Integer(0)) };
        group.clear(&stream.entries, out);
        self.blocked.signal(key);
        Ok(Reply::Integer(1))
    }

    #[inline(never)]
    fn read_group(
        &mut self,
        read: &ReadGroup,
        only: Option<Name>,
        client: ClientId,
        out: &mut impl Out,
    ) -> Result<Option<Reply>, Error> {
        if read.claim.is_some() {
            self.known(self.version.claims_on_read())?;
        }
        // That one of them is missing is found before any is read.
        for (key, _) in read.streams.all() {
            self.stream_and_group(*key, read.group, Error::NoGroup)?;
        }
        let mut found = Vec::new();
        for (key, which) in read.streams.all().iter().filter(|(key, _)| only.is_none_or(|only| only == *key))
        {
            if let Some(entries) = self.read_one(read, *key, *which, client, out)? {
                found.push((*key, entries));
            }
        }
        Ok((!found.is_empty()).then_some(Reply::Streams(found)))
    }

    /// What a reader gets of one stream; what it has itself is always an answer, be it none.
    #[inline(never)]
    fn read_one(
        &mut self,
        read: &ReadGroup,
        key: Name,
        which: Which,
        client: ClientId,
        out: &mut impl Out,
    ) -> Result<Option<Vec<StreamEntry>>, Error> {
        let reader = Reader { client, consumer: read.consumer };
        let (entries, group) = self.stream_and_group(key, read.group, Error::NoGroup)?;
        group.meet(read.consumer);
        let count = limit(read.count);
        if let Which::Own(after) = which {
            return Ok(Some(group.read_own(entries, reader, after, count, out)));
        }
        let mut all = match read.claim {
            Some(min_idle) => group.read_idle(entries, reader, min_idle, count, out),
            None => Vec::new(),
        };
        group.read_new(entries, reader, count, read.no_ack, &mut all, out);
        Ok((!all.is_empty()).then_some(all))
    }

    /// `XACK`: how many were pending.
    pub(super) fn acknowledge(
        &mut self,
        key: Name,
        group: Name,
        ids: &[EntryId],
        out: &mut impl Out,
    ) -> Result<i64, Error> {
        let Some(stream) = self.keyspace.stream(key)? else { return Ok(0) };
        let Some(group) = stream.groups.get_mut(&group) else { return Ok(0) };
        let mut acknowledged = 0;
        for id in ids {
            acknowledged += i64::from(group.acknowledge(*id, out));
        }
        Ok(acknowledged)
    }

    #[inline(never)]
    fn acknowledge_and_delete(
        &mut self,
        key: Name,
        group: Name,
        references: References,
        ids: &[EntryId],
        out: &mut impl Out,
    ) -> Result<Reply, Error> {
        let absent = |_: &EntryId| -1;
        let Some(stream) = self.keyspace.stream(key)? else {
            return Ok(Reply::States(ids.iter().map(absent).collect()));
        };
        let mut states = Vec::new();
        for id in ids {
            let pending = stream.groups.get_mut(&group).is_some_and(|group| group.acknowledge(*id, out));
            states.push(if pending { stream.delete_entry(*id, references, out).max(1) } else { absent(id) });
        }
        Ok(Reply::States(states))
    }

    #[inline(never)]
    fn group_info(&mut self, key: Name, group: Name) -> Result<Reply, Error> {
        let stream = self.keyspace.stream(key)?.ok_or(Error::Refused("no such key"))?;
        let group = stream.groups.get(&group).ok_or(Error::NoGroup)?;
        Ok(Reply::GroupInfo(Box::new(GroupInfo {
            last: group.last,
            read: group.read,
            lag: stream.entries.lag(group),
            pending: group.pending.len(),
        })))
    }

    #[inline(never)]
    fn pending_summary(&mut self, key: Name, group: Name) -> Result<Reply, Error> {
        let (_, group) = self.stream_and_group(key, group, Error::NoGroup)?;
        let count = group.pending.len();
        let mut ids = group.pending.iter().map(|(id, _)| id);
        let least = ids.next();
        let bounds = least.map(|least| (least, ids.next_back().unwrap_or(least)));
        drop(ids);
        let mut owners = group.owners();
        // As a radix tree has them: by name.
        shell_sort::sort_by(&mut owners, |one, other| self.names.text(one.0) < self.names.text(other.0));
        Ok(Reply::PendingSummary(Box::new(PendingSummary { count, bounds, owners })))
    }

    #[inline(never)]
    fn pending_range(
        &mut self,
        key: Name,
        group: Name,
        range: &PendingRange,
        out: &mut impl Out,
    ) -> Result<Reply, Error> {
        let now = out.now();
        let (_, group) = self.stream_and_group(key, group, Error::NoGroup)?;
        if range.end < range.start {
            return Ok(Reply::Pending(Vec::new()));
        }
        let within = group.pending.iter_from(range.start).take_while(|(id, _)| *id <= range.end);
        let shown = within.filter(|(_, pending)| {
            let long = crate::time::nanos(range.idle) <= pending.idle(now);
            long && range.consumer.is_none_or(|consumer| pending.owner == Some(consumer))
        });
        let line = |(id, pending): (EntryId, &Pending)| PendingEntry {
            id,
            owner: pending.owner,
            idle: (pending.at != GIVEN_BACK).then(|| pending.idle(now)),
            deliveries: pending.deliveries,
        };
        Ok(Reply::Pending(shown.take(range.count as usize).map(line).collect()))
    }
}

impl Stream {
    /// The id that a start means now.
    fn id(&self, start: Start) -> EntryId {
        match start {
            Start::Last => self.entries.last,
            Start::After(id) => id,
        }
    }
}

impl Group {
    /// Entries that were there before the group are copies for a further reader.
    #[inline(never)]
    pub(super) fn tell_of_waiting(&self, entries: &super::stream::Entries, out: &mut impl Out) {
        if let Some((_, first)) = entries.log.iter_from(self.cursor()).next() {
            facts::came_back(first.message.id, self.store, Place::Waiting, self.waiting, Cause::Seek, out);
        }
    }
}
