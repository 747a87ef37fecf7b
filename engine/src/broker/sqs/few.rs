//! A row of things, most often one: a receive that brings one message needs no memory of its own for it.

/// Things in a row.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Few<T> {
    first: Option<T>,
    rest: Vec<T>,
}

impl<T> Default for Few<T> {
    fn default() -> Few<T> {
        Few { first: None, rest: Vec::new() }
    }
}

impl<T> Few<T> {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// How many there are.
    pub fn len(&self) -> u32 {
        u32::from(self.first.is_some()) + self.rest.len() as u32
    }

    /// Puts one more at the end. `room` is how many may come in all.
    #[inline]
    pub(super) fn push(&mut self, thing: T, room: u32) {
        if self.first.is_none() {
            self.first = Some(thing);
            return;
        }
        if self.rest.is_empty() {
            self.rest.reserve_exact(room.saturating_sub(1) as usize);
        }
        self.rest.push(thing);
    }

    /// Them all, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(&self.rest)
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = std::iter::Chain<std::option::IntoIter<T>, std::vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.rest)
    }
}
