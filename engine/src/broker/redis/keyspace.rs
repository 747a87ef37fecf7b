//! The keyspace: what each key holds, and the numbers under which its parts are known as stores.

use crate::id::{ClientId, StoreId};

use super::list::List;
use super::name::Name;
use super::reply::Error;
use super::stream::Stream;

/// What a key holds.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) enum Kind {
    List(Box<List>),
    Stream(Box<Stream>),
}

/// All that is persisted.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Keyspace {
    /// By the number of the key.
    keys: Vec<Option<Kind>>,
    /// How many values of each list are in other lists, by the number of the list as a store.
    away: Vec<u64>,
}

impl Keyspace {
    pub(super) fn keys(&self) -> impl Iterator<Item = (Name, &Kind)> {
        let numbered = self.keys.iter().enumerate();
        numbered.filter_map(|(number, kind)| Some((Name(number as u16), kind.as_ref()?)))
    }

    /// What a key holds, if it exists: an empty list is no key.
    #[inline]
    pub(super) fn get(&self, key: Name) -> Option<&Kind> {
        self.keys.get(key.place())?.as_ref().filter(|kind| match kind {
            Kind::List(list) => !list.is_empty(),
            Kind::Stream(_) => true,
        })
    }

    /// The list of a key, if there is one.
    #[inline]
    pub(super) fn list(&mut self, key: Name) -> Result<Option<&mut List>, Error> {
        match self.keys.get_mut(key.place()) {
            Some(Some(Kind::List(list))) => Ok(Some(&mut **list).filter(|list| !list.is_empty())),
            Some(Some(Kind::Stream(_))) => Err(Error::WrongType),
            Some(None) | None => Ok(None),
        }
    }

    /// The list of a key, made if there is none.
    #[inline]
    pub(super) fn list_or_new(&mut self, key: Name, stores: &mut Stores) -> Result<&mut List, Error> {
        let new = || Kind::List(Box::new(List::new(stores.number(Store::List(key)))));
        match self.slot(key).get_or_insert_with(new) {
            Kind::List(list) => Ok(list),
            Kind::Stream(_) => Err(Error::WrongType),
        }
    }

    /// The stream of a key, if there is one.
    #[inline]
    pub(super) fn stream(&mut self, key: Name) -> Result<Option<&mut Stream>, Error> {
        match self.keys.get_mut(key.place()) {
            Some(Some(Kind::Stream(stream))) => Ok(Some(stream)),
            Some(Some(Kind::List(list))) if !list.is_empty() => Err(Error::WrongType),
            Some(Some(Kind::List(_)) | None) | None => Ok(None),
        }
    }

    /// The stream of a key, an empty one if it holds nothing.
    #[cold]
    pub(super) fn make_stream(&mut self, key: Name) -> Result<&mut Stream, Error> {
        if self.stream(key)?.is_none() {
            *self.slot(key) = Some(Kind::Stream(Box::default()));
        }
        self.stream(key)?.ok_or(Error::WrongType)
    }

    /// Takes out what a key holds.
    pub(super) fn take(&mut self, key: Name) -> Option<Kind> {
        self.get(key)?;
        self.slot(key).take()
    }

    fn slot(&mut self, key: Name) -> &mut Option<Kind> {
        let place = key.place();
        if self.keys.len() <= place {
            self.keys.resize(place + 1, None);
        }
        &mut self.keys[place]
    }

    /// How many values of a list are in other lists.
    pub(super) fn away(&self, list: StoreId) -> u64 {
        self.away.get(usize::from(list.0)).copied().unwrap_or(0)
    }

    /// Values of a list went to another one, or came back.
    pub(super) fn goes_away(&mut self, list: StoreId, change: i64) {
        let place = usize::from(list.0);
        if self.away.len() <= place {
            self.away.resize(place + 1, 0);
        }
        self.away[place] = self.away[place].saturating_add_signed(change);
    }
}

/// What the books know as a store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Store {
    /// A list.
    List(Name),
    /// A stream as one of its groups reads it.
    Group(Name, Name),
    /// The output buffer of a subscription to a channel.
    Channel(ClientId, Name),
    /// The output buffer of a subscription to a pattern.
    Pattern(ClientId, Name),
}

/// The stores, in the order in which they were first used. A number is never used for another store.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Stores {
    all: Vec<Store>,
}

impl Stores {
    pub(super) fn number(&mut self, store: Store) -> StoreId {
        let place = self.all.iter().position(|own| *own == store).unwrap_or_else(|| {
            self.all.push(store);
            self.all.len() - 1
        });
        StoreId(u16::try_from(place).unwrap_or(u16::MAX))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (StoreId, Store)> {
        self.all.iter().enumerate().map(|(number, store)| (StoreId(number as u16), *store))
    }
}
