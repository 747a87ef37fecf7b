//! A first-in, first-out store whose clones are cheap.
//!
//! A long queue is mostly messages that merely wait. They are kept in sealed chunks, shared
//! between a store and its clones, so that a checkpoint of a million waiting messages copies
//! a few thousand pointers. Only what is near either end is stored loose.

use std::collections::VecDeque;
use std::sync::Arc;

const CHUNK: usize = 256;

/// A FIFO with room at the head for what comes back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Store<T> {
    /// Returned to the head, the head itself last.
    returned: Vec<T>,
    sealed: VecDeque<Arc<[T]>>,
    /// How many of the first sealed chunk are gone already.
    taken: u32,
    /// The newest, not yet sealed.
    tail: VecDeque<T>,
    len: u64,
}

impl<T> Default for Store<T> {
    fn default() -> Store<T> {
        Store { returned: Vec::new(), sealed: VecDeque::new(), taken: 0, tail: VecDeque::new(), len: 0 }
    }
}

impl<T: Clone> Store<T> {
    #[inline(always)]
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    #[inline(always)]
    pub(crate) fn push_back(&mut self, item: T) {
        self.tail.push_back(item);
        self.len += 1;
        if self.tail.len() == 2 * CHUNK {
            self.seal();
        }
    }

    pub(crate) fn push_front(&mut self, item: T) {
        self.returned.push(item);
        self.len += 1;
    }

    #[inline(always)]
    pub(crate) fn pop_front(&mut self) -> Option<T> {
        if self.len == 0 {
            return None;
        }
        self.len -= 1;
        if let Some(item) = self.returned.pop() {
            return Some(item);
        }
        if !self.sealed.is_empty() {
            return Some(self.pop_sealed());
        }
        self.tail.pop_front()
    }

    #[inline(always)]
    pub(crate) fn front(&self) -> Option<&T> {
        if let Some(item) = self.returned.last() {
            return Some(item);
        }
        match self.sealed.front() {
            Some(chunk) => chunk.get(self.taken as usize),
            None => self.tail.front(),
        }
    }

    /// All items, head first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let sealed = self.sealed.iter().flat_map(|chunk| chunk.iter()).skip(self.taken as usize);
        self.returned.iter().rev().chain(sealed).chain(self.tail.iter())
    }

    #[cold]
    fn seal(&mut self) {
        self.sealed.push_back(self.tail.drain(..CHUNK).collect());
    }

    fn pop_sealed(&mut self) -> T {
        let chunk = &self.sealed[0];
        let item = chunk[self.taken as usize].clone();
        self.taken += 1;
        if self.taken as usize == chunk.len() {
            self.sealed.pop_front();
            self.taken = 0;
        }
        item
    }
}

/// By contents alone: where the chunks end is not part of the state.
impl<T: Clone + std::hash::Hash> std::hash::Hash for Store<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write_u64(self.len);
        for item in self.iter() {
            item.hash(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_a_deque(steps in prop::collection::vec(0u8..8, 0..4000)) {
            let mut store = Store::default();
            let mut model = VecDeque::new();
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    0..=4 => { store.push_back(number); model.push_back(number); }
                    5 => { store.push_front(number); model.push_front(number); }
                    _ => prop_assert_eq!(store.pop_front(), model.pop_front()),
                }
                prop_assert_eq!(store.front(), model.front());
                prop_assert_eq!(store.len(), model.len() as u64);
            }
            prop_assert!(store.iter().eq(model.iter()));
        }
    }

    #[test]
    fn a_clone_shares_what_is_sealed() {
        let mut store = Store::default();
        (0..10_000).for_each(|item| store.push_back(item));
        let clone = store.clone();
        assert!(store.sealed.iter().zip(&clone.sealed).all(|(ours, theirs)| Arc::ptr_eq(ours, theirs)));
        assert!(store.tail.len() < 2 * CHUNK);
        store.pop_front();
        assert_eq!(clone.front(), Some(&0));
    }
}
