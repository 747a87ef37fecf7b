//! The latest of a long row, so many and no more.

use std::hash::{Hash, Hasher};

/// Holds the latest `2^BITS` items, or fewer at first. The newest takes the place of the oldest
/// without a branch: it is written for every fact there is.
#[derive(Clone, Debug)]
pub(crate) struct Ring<T, const BITS: u32> {
    items: Vec<T>,
    /// How many were ever put in.
    count: u64,
}

impl<T, const BITS: u32> Default for Ring<T, BITS> {
    fn default() -> Ring<T, BITS> {
        Ring { items: Vec::new(), count: 0 }
    }
}

impl<T: Copy, const BITS: u32> Ring<T, BITS> {
    const SIZE: u64 = 1 << BITS;

    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        let place = (self.count & (Self::SIZE - 1)) as usize;
        self.count += 1;
        match self.items.get_mut(place) {
            Some(oldest) => *oldest = item,
            None => self.grow(item),
        }
    }

    #[cold]
    fn grow(&mut self, item: T) {
        self.items.push(item);
    }

    /// The items it holds, newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &T> {
        let held = self.count.min(self.items.len() as u64);
        (1..=held).map(|back| &self.items[((self.count - back) & (Self::SIZE - 1)) as usize])
    }

    /// The newest.
    pub(crate) fn newest_mut(&mut self) -> Option<&mut T> {
        let place = (self.count.checked_sub(1)? & (Self::SIZE - 1)) as usize;
        self.items.get_mut(place)
    }
}

impl<T: Copy + PartialEq, const BITS: u32> PartialEq for Ring<T, BITS> {
    fn eq(&self, other: &Ring<T, BITS>) -> bool {
        self.count == other.count && self.items == other.items
    }
}

impl<T: Hash, const BITS: u32> Hash for Ring<T, BITS> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.count);
        self.items.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_kept_and_the_newest_comes_first() {
        let mut ring = Ring::<u64, 3>::default();
        for item in 0..21 {
            assert_eq!(ring.count, item);
            ring.push(item);
            let expected: Vec<u64> = (0..=item).rev().take(8).collect();
            assert!(ring.newest_first().copied().eq(expected));
        }
        *ring.newest_mut().unwrap() = 99;
        assert_eq!(ring.newest_first().next(), Some(&99));
    }
}
