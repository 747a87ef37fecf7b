//! A store with two ends whose clones are cheap.
//!
//! As in [`super::store`], what merely waits lies in sealed chunks that a clone shares. Here both ends are alike, any
//! item can be looked at by its place, and one in the middle can be taken out.

use std::collections::VecDeque;
use std::sync::Arc;

const CHUNK: usize = 256;

/// A row of items with two ends.
#[derive(Clone, Debug)]
pub(crate) struct Deque<T> {
    /// The left end, loose.
    left: VecDeque<T>,
    /// The middle. No chunk is empty.
    sealed: VecDeque<Arc<[T]>>,
    /// How many items the middle has.
    within: u64,
    /// The right end, loose.
    right: VecDeque<T>,
}

impl<T> Default for Deque<T> {
    fn default() -> Deque<T> {
        Deque { left: VecDeque::new(), sealed: VecDeque::new(), within: 0, right: VecDeque::new() }
    }
}

impl<T: Copy> Deque<T> {
    #[inline]
    pub(crate) fn len(&self) -> u64 {
        self.left.len() as u64 + self.within + self.right.len() as u64
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.left.is_empty() && self.right.is_empty() && self.within == 0
    }

    #[inline]
    pub(crate) fn push_left(&mut self, item: T) {
        self.left.push_front(item);
        if self.left.len() == 2 * CHUNK {
            let chunk: Arc<[T]> = self.left.drain(CHUNK..).collect();
            self.within += chunk.len() as u64;
            self.sealed.push_front(chunk);
        }
    }

    #[inline]
    pub(crate) fn push_right(&mut self, item: T) {
        self.right.push_back(item);
        if self.right.len() == 2 * CHUNK {
            let chunk: Arc<[T]> = self.right.drain(..CHUNK).collect();
            self.within += chunk.len() as u64;
            self.sealed.push_back(chunk);
        }
    }

    #[inline]
    pub(crate) fn pop_left(&mut self) -> Option<T> {
        if self.left.is_empty() {
            match self.sealed.pop_front() {
                Some(chunk) => self.unseal_left(&chunk),
                None => return self.right.pop_front(),
            }
        }
        self.left.pop_front()
    }

    #[inline]
    pub(crate) fn pop_right(&mut self) -> Option<T> {
        if self.right.is_empty() {
            match self.sealed.pop_back() {
                Some(chunk) => self.unseal_right(&chunk),
                None => return self.left.pop_back(),
            }
        }
        self.right.pop_back()
    }

    #[cold]
    fn unseal_left(&mut self, chunk: &[T]) {
        self.within -= chunk.len() as u64;
        self.left.extend(chunk);
    }

    #[cold]
    fn unseal_right(&mut self, chunk: &[T]) {
        self.within -= chunk.len() as u64;
        self.right.extend(chunk);
    }

    /// All items, from the left.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        let sealed = self.sealed.iter().flat_map(|chunk| chunk.iter());
        self.left.iter().chain(sealed).chain(self.right.iter())
    }

    /// Takes out the item at a place, counted from the left.
    pub(crate) fn remove(&mut self, place: u64) -> Option<T> {
        let left = self.left.len() as u64;
        let Some(mut place) = place.checked_sub(left) else { return self.left.remove(place as usize) };
        for (number, chunk) in self.sealed.iter_mut().enumerate() {
            let len = chunk.len() as u64;
            if place < len {
                let mut rest = chunk.to_vec();
                let item = rest.remove(place as usize);
                self.within -= 1;
                if rest.is_empty() {
                    self.sealed.remove(number);
                } else {
                    *chunk = rest.into();
                }
                return Some(item);
            }
            place -= len;
        }
        self.right.remove(place as usize)
    }
}

/// By contents alone: where the chunks end is not part of the state.
impl<T: Copy + PartialEq> PartialEq for Deque<T> {
    fn eq(&self, other: &Deque<T>) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<T: Copy + std::hash::Hash> std::hash::Hash for Deque<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write_u64(self.len());
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
        fn agrees_with_a_plain_deque(
            steps in prop::collection::vec((0u8..12, any::<prop::sample::Index>()), 0..4000),
            grows_left in any::<bool>(),
        ) {
            let (mut deque, mut model) = (Deque::default(), VecDeque::new());
            for (number, (step, place)) in steps.into_iter().enumerate() {
                match (step, grows_left) {
                    (0..=6, true) | (7, false) => { deque.push_left(number); model.push_front(number); }
                    (0..=6, false) | (7, true) => { deque.push_right(number); model.push_back(number); }
                    (8, _) => prop_assert_eq!(deque.pop_left(), model.pop_front()),
                    (9, _) => prop_assert_eq!(deque.pop_right(), model.pop_back()),
                    _ if model.is_empty() => prop_assert_eq!(deque.remove(0), None),
                    _ => {
                        let place = place.index(model.len());
                        prop_assert_eq!(deque.remove(place as u64), model.remove(place));
                    }
                }
                prop_assert_eq!(deque.len(), model.len() as u64);
                prop_assert_eq!(deque.is_empty(), model.is_empty());
            }
            prop_assert!(deque.iter().eq(model.iter()));
        }
    }

    #[test]
    fn a_clone_shares_what_is_sealed() {
        let mut deque = Deque::default();
        (0..10_000).for_each(|item| deque.push_left(item));
        let clone = deque.clone();
        let shared = deque.sealed.iter().zip(&clone.sealed).all(|(ours, theirs)| Arc::ptr_eq(ours, theirs));
        assert!(shared && 30 < deque.sealed.len() && deque.left.len() < 2 * CHUNK);
        assert_eq!((deque.pop_right(), deque.pop_left()), (Some(0), Some(9_999)));
        assert_eq!((clone.len(), deque.len()), (10_000, 9_998));
    }
}
