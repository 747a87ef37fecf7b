//! Lists as queues.
//!
//! ```text
//! LPUSH, RPUSH --> in list -- LPOP, RPOP, BLPOP, BRPOP --> gone: only the client has it
//!                     |  ^
//!     LMOVE, BLMOVE   |  |  LMOVE back, by whoever finds it there
//!                     v  |
//!           in the processing list -- LREM --> done
//! ```
//!
//! A list knows values in order and nothing else: no ids, no acknowledgements, no counts of deliveries. That a value
//! was moved to another list by whoever works on it is known to clients alone. For the books a value belongs to the list
//! into which it was pushed, its *home*: while another list has it, it counts as held.

use crate::id::{ClientId, MessageId, StoreId, WorkerId};
use crate::journal::{Cause, Place, What};
use crate::mechanism::deque::Deque;
use crate::message::{Entry, Message};
use crate::time::Time;

use super::name::Name;
use super::reply::{Error, Reply};
use super::request::{End, ListCommand, Move, Value};
use super::server::Redis;
use super::{Out, facts};

/// A value in a list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Item {
    pub(super) message: Message,
    pub(super) attempt: u16,
    /// How often it was moved away and came back. That is for the books: nobody who takes it can tell.
    returned: u16,
    /// The list into which it was pushed.
    pub(super) home: StoreId,
    /// Since when it is there.
    pub(super) entered: Time,
}

impl Item {
    pub(super) fn new(value: Value, home: StoreId, entered: Time) -> Item {
        Item { message: value.message, attempt: value.attempt, returned: 0, home, entered }
    }

    pub(super) fn entry(&self) -> Entry {
        Entry { message: self.message, entered: self.entered, attempt: self.attempt, store: self.home }
    }
}

/// A list. One without values is no key; it is kept for its number as a store.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct List {
    pub(super) store: StoreId,
    items: Deque<Item>,
    /// How many of its values have their home elsewhere.
    guests: u64,
    bytes: u64,
    /// From which end values were taken last: the end at which the next to leave is.
    pub(super) leaves: End,
}

impl List {
    pub(super) fn new(store: StoreId) -> List {
        List { store, items: Deque::default(), guests: 0, bytes: 0, leaves: End::Right }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn len(&self) -> u64 {
        self.items.len()
    }

    /// How many of its values wait to be delivered: those that have their home here.
    pub(super) fn waiting(&self) -> u64 {
        self.items.len() - self.guests
    }

    /// The values in it, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    #[inline]
    pub(super) fn push(&mut self, end: End, item: Item) {
        self.guests += u64::from(item.home != self.store);
        self.bytes += u64::from(item.message.size);
        match end {
            End::Left => self.items.push_left(item),
            End::Right => self.items.push_right(item),
        }
    }

    #[inline]
    pub(super) fn pop(&mut self, end: End) -> Option<Item> {
        let item = match end {
            End::Left => self.items.pop_left(),
            End::Right => self.items.pop_right(),
        }?;
        self.left(&item);
        self.leaves = end;
        Some(item)
    }

    /// All values, from the left.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Item> {
        self.items.iter()
    }

    /// Takes out values that are this message, `count` at most: from the left, or from the right if it is negative; all
    /// if it is 0.
    #[inline(never)]
    pub(super) fn remove(&mut self, count: i64, message: MessageId) -> Vec<Item> {
        let (mut places, mut place) = (Vec::new(), 0);
        self.items.iter().for_each(|item| {
            if item.message.id == message {
                places.push(place);
            }
            place += 1;
        });
        if count < 0 {
            places.reverse();
        }
        if count != 0 {
            places.truncate(usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX));
        }
        let mut removed = Vec::new();
        for place in places {
            // Those before it are gone already.
            let before = if count < 0 { 0 } else { removed.len() as u64 };
            let Some(item) = self.items.remove(place - before) else { break };
            self.left(&item);
            removed.push(item);
        }
        removed
    }

    /// The places from `start` to `stop`, both included and counted from the right where they are negative, as the
    /// first of them and the one after the last.
    pub(super) fn range(&self, start: i64, stop: i64) -> (u64, u64) {
        let len = self.len();
        let from_left = |place: i64| match place {
            0.. => place.unsigned_abs(),
            _ => len.saturating_sub(place.unsigned_abs()),
        };
        // Further to the right than there is from the right is nowhere; a start there is the first.
        let nowhere = stop < 0 && len < stop.unsigned_abs();
        let (start, end) = (from_left(start), if nowhere { 0 } else { from_left(stop).saturating_add(1) });
        let end = end.min(len);
        if start < end { (start, end) } else { (0, 0) }
    }

    /// The values in a range, as [`List::range`] gives it.
    pub(super) fn values(&self, (start, end): (u64, u64)) -> Vec<Entry> {
        let (mut values, mut place) = (Vec::new(), 0);
        self.items.iter().for_each(|item| {
            if (start..end).contains(&place) {
                values.push(item.entry());
            }
            place += 1;
        });
        values
    }

    #[inline]
    fn left(&mut self, item: &Item) {
        self.guests -= u64::from(item.home != self.store);
        self.bytes -= u64::from(item.message.size);
    }
}

/// What of the books a value that leaves a list changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Leaves {
    /// To a client, and with it out of the server.
    Popped,
    /// Because a client is done with it, or wants it away.
    Removed,
    /// With the list or the end of it.
    Cut,
}

impl Redis {
    /// Runs a command of lists. Nothing is answered if it has to wait.
    #[inline]
    pub(super) fn run_list(
        &mut self,
        command: &ListCommand,
        only: Option<Name>,
        client: ClientId,
        out: &mut impl Out,
    ) -> Result<Option<Reply>, Error> {
        Ok(Some(match command {
            ListCommand::Push(key, end, values) => self.push(*key, *end, values.all(), out)?,
            ListCommand::Pop(key, end, count) => self.pop(*key, *end, *count, client, out)?,
            ListCommand::BlockingPop(keys, end, _) => {
                return self.pop_first(keys.all(), *end, only, client, out);
            }
            ListCommand::Move(how, _) => return self.move_one(*how, client, out),
            ListCommand::Remove(key, count, message) => {
                self.list_remove(*key, *count, *message, client, out)?
            }
            ListCommand::Trim(key, start, stop) => self.list_trim(*key, (*start, *stop), client, out)?,
            ListCommand::Length(key) => {
                Reply::Integer(signed(self.keyspace.list(*key)?.map_or(0, |list| list.len())))
            }
            ListCommand::Range(key, start, stop) => {
                let values = |list: &mut List| list.values(list.range(*start, *stop));
                Reply::Values(self.keyspace.list(*key)?.map(values).unwrap_or_default())
            }
        }))
    }

    #[inline(never)]
    fn push(&mut self, key: Name, end: End, values: &[Value], out: &mut impl Out) -> Result<Reply, Error> {
        let list = self.keyspace.list_or_new(key, &mut self.stores)?;
        for value in values {
            list.push(end, Item::new(*value, list.store, out.now()));
            out.record(What::Enqueued { message: value.message.id, store: list.store });
        }
        let len = list.len();
        self.blocked.signal(key);
        Ok(Reply::Integer(signed(len)))
    }

    #[inline(never)]
    fn pop(
        &mut self,
        key: Name,
        end: End,
        count: Option<u32>,
        client: ClientId,
        out: &mut impl Out,
    ) -> Result<Reply, Error> {
        let Some(count) = count else {
            let item = self.pop_one(key, end, client, out)?;
            return Ok(item.map_or(Reply::Nil, |item| Reply::Value(item.entry())));
        };
        if self.keyspace.list(key)?.is_none() {
            return Ok(Reply::Nil);
        }
        let mut values = Vec::new();
        while values.len() < count as usize
            && let Some(item) = self.pop_one(key, end, client, out)?
        {
            values.push(item.entry());
        }
        Ok(Reply::Values(values))
    }

    /// `BLPOP`, `BRPOP`: the first of the keys that holds a value gives one. `only` looks at this key alone.
    #[inline(never)]
    fn pop_first(
        &mut self,
        keys: &[Name],
        end: End,
        only: Option<Name>,
        client: ClientId,
        out: &mut impl Out,
    ) -> Result<Option<Reply>, Error> {
        for key in keys.iter().filter(|key| only.is_none_or(|only| only == **key)) {
            if let Some(item) = self.pop_one(*key, end, client, out)? {
                return Ok(Some(Reply::Popped(*key, item.entry())));
            }
        }
        Ok(None)
    }

    #[inline]
    fn pop_one(
        &mut self,
        key: Name,
        end: End,
        client: ClientId,
        out: &mut impl Out,
    ) -> Result<Option<Item>, Error> {
        let Some(list) = self.keyspace.list(key)? else { return Ok(None) };
        let (store, item) = (list.store, list.pop(end));
        if let Some(item) = item {
            self.leaves(store, item, Leaves::Popped, client, out);
        }
        Ok(item)
    }

    /// `LMOVE`, `BLMOVE`.
    #[inline(never)]
    fn move_one(&mut self, how: Move, client: ClientId, out: &mut impl Out) -> Result<Option<Reply>, Error> {
        let Some(source) = self.keyspace.list(how.source)? else { return Ok(None) };
        let store = source.store;
        // What is of the wrong type is found before anything is moved.
        let target = self.keyspace.list_or_new(how.destination, &mut self.stores)?.store;
        let popped = self.keyspace.list(how.source)?.and_then(|source| source.pop(how.from));
        let Some(mut item) = popped else { return Ok(None) };
        let (message, now) = (item.message.id, out.now());
        let (was_home, is_home) = (item.home == store, item.home == target);
        if was_home && !is_home {
            self.keyspace.goes_away(item.home, 1);
            self.delivered(&item, client, out);
        } else if !was_home && is_home {
            self.keyspace.goes_away(item.home, -1);
            facts::moved(message, item.home, (Place::Held, Place::Waiting), 1, Cause::Claim, out);
            item.entered = now;
            item.returned = item.returned.saturating_add(1);
        }
        self.keyspace.list_or_new(how.destination, &mut self.stores)?.push(how.to, item);
        self.blocked.signal(how.destination);
        Ok(Some(Reply::Value(item.entry())))
    }

    #[inline(never)]
    fn list_remove(
        &mut self,
        key: Name,
        count: i64,
        message: MessageId,
        client: ClientId,
        out: &mut impl Out,
    ) -> Result<Reply, Error> {
        let Some(list) = self.keyspace.list(key)? else { return Ok(Reply::Integer(0)) };
        let (store, removed) = (list.store, list.remove(count, message));
        for item in &removed {
            self.leaves(store, *item, Leaves::Removed, client, out);
        }
        Ok(Reply::Integer(signed(removed.len() as u64)))
    }

    #[inline(never)]
    fn list_trim(
        &mut self,
        key: Name,
        (start, stop): (i64, i64),
        client: ClientId,
        out: &mut impl Out,
    ) -> Result<Reply, Error> {
        let Some(list) = self.keyspace.list(key)? else { return Ok(Reply::Ok) };
        let (start, end) = list.range(start, stop);
        let ends = [(End::Left, start), (End::Right, list.len() - end)];
        for (end, count) in ends {
            for _ in 0..count {
                let Some(list) = self.keyspace.list(key)? else { break };
                let (store, item) = (list.store, list.pop(end));
                if let Some(item) = item {
                    self.leaves(store, item, Leaves::Cut, client, out);
                }
            }
        }
        Ok(Reply::Ok)
    }

    /// A list is deleted with all that is in it.
    pub(super) fn list_deleted(&mut self, list: &List, client: ClientId, out: &mut impl Out) {
        for item in list.iter() {
            self.leaves(list.store, *item, Leaves::Cut, client, out);
        }
    }

    /// Books that a value has left the list of the number `store`.
    fn leaves(&mut self, store: StoreId, mut item: Item, how: Leaves, client: ClientId, out: &mut impl Out) {
        let away = item.home != store;
        if away {
            self.keyspace.goes_away(item.home, -1);
        }
        let mut moved = |from, to, why| facts::moved(item.message.id, item.home, (from, to), 1, why, out);
        match how {
            // A client that pops out of a processing list takes over from whoever had it.
            Leaves::Popped => {
                if away {
                    moved(Place::Held, Place::Waiting, Cause::Claim);
                    item.returned = item.returned.saturating_add(1);
                }
                self.delivered(&item, client, out);
                facts::moved(item.message.id, item.home, (Place::Held, Place::Done), 1, Cause::AutoAck, out);
            }
            Leaves::Removed if away => moved(Place::Held, Place::Done, Cause::Ack),
            Leaves::Removed => moved(Place::Waiting, Place::Removed, Cause::Purge),
            Leaves::Cut if away => moved(Place::Held, Place::Removed, Cause::Purge),
            Leaves::Cut => moved(Place::Waiting, Place::Removed, Cause::Length),
        }
    }

    fn delivered(&self, item: &Item, client: ClientId, out: &mut impl Out) {
        out.record(What::Delivered {
            message: item.message.id,
            store: item.home,
            worker: WorkerId(client.0),
            attempt: item.attempt.saturating_add(item.returned),
            waited: out.now().nanos_since(item.entered),
            begins: false,
        });
    }
}

/// A count as the server answers it.
pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
