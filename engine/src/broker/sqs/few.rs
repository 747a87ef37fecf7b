//! A row of things, most often one: a receive that brings one message needs no memory of its own for it.

/// Things in a row. It is moved with every answer, so what is seldom there takes a pointer.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Few<T> {
    first: Option<T>,
    #[expect(clippy::box_collection, reason = "a third of the size where it is not there")]
    rest: Option<Box<Vec<T>>>,
}

impl<T> Default for Few<T> {
    fn default() -> Few<T> {
        Few { first: None, rest: None }
    }
}

impl<T> Few<T> {
    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// How many there are.
    #[inline]
    pub fn len(&self) -> u32 {
        u32::from(self.first.is_some()) + self.rest.as_ref().map_or(0, |rest| rest.len() as u32)
    }

    /// Puts one more at the end. `room` is how many may come in all.
    #[inline]
    pub(super) fn push(&mut self, thing: T, room: u32) {
        if self.first.is_none() {
            self.first = Some(thing);
        } else {
            self.push_behind(thing, room);
        }
    }

    #[inline(never)]
    fn push_behind(&mut self, thing: T, room: u32) {
        let make = || Box::new(Vec::with_capacity(room.saturating_sub(1) as usize));
        self.rest.get_or_insert_with(make).push(thing);
    }

    /// Them all, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(self.rest.iter().flat_map(|rest| rest.iter()))
    }

    /// The first, and those behind it.
    #[inline]
    pub(super) fn split(&self) -> (Option<&T>, &[T]) {
        (self.first.as_ref(), self.rest.as_ref().map_or(&[], |rest| &rest[..]))
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = std::iter::Chain<std::option::IntoIter<T>, std::vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.rest.map(|rest| *rest).unwrap_or_default())
    }
}
