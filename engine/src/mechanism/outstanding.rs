//! What was handed out under rising numbers and comes back in any order: deliveries by their tags.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

/// Most come back nearly in order. What came back leaves a hole, and holes are filled in once they are the greater
/// part, so to hand out, to find and to take back cost the same however much is out.
#[derive(Clone, Debug)]
pub(crate) struct Outstanding<T> {
    /// By number. Neither the first nor the last is a hole.
    slots: VecDeque<(u64, Option<T>)>,
    count: u64,
}

impl<T> Default for Outstanding<T> {
    fn default() -> Outstanding<T> {
        Outstanding { slots: VecDeque::new(), count: 0 }
    }
}

impl<T> Outstanding<T> {
    /// Hands out `item` under a number greater than all before.
    #[inline]
    pub(crate) fn push(&mut self, number: u64, item: T) {
        debug_assert!(self.slots.back().is_none_or(|(last, _)| *last < number));
        self.slots.push_back((number, Some(item)));
        self.count += 1;
    }

    /// How many are out.
    #[inline]
    pub(crate) fn len(&self) -> u64 {
        self.count
    }

    #[inline]
    fn place(&self, number: u64) -> Option<usize> {
        let ahead = number.checked_sub(self.slots.front()?.0)?;
        // Without a gap the numbers say where it is.
        if let Ok(guess) = usize::try_from(ahead)
            && self.slots.get(guess).is_some_and(|(own, _)| *own == number)
        {
            return Some(guess);
        }
        self.slots.binary_search_by_key(&number, |(own, _)| *own).ok()
    }

    /// What is out under this number.
    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        let place = self.place(number)?;
        self.slots[place].1.as_mut()
    }

    /// Takes back what is out under this number.
    pub(crate) fn take(&mut self, number: u64) -> Option<T> {
        let place = self.place(number)?;
        let item = self.slots[place].1.take()?;
        self.count -= 1;
        self.tidy();
        Some(item)
    }

    /// As [`Outstanding::take`], where it is most often the first that comes back.
    #[inline(always)]
    pub(crate) fn take_next(&mut self, number: u64) -> Option<T> {
        match self.slots.front() {
            Some((first, _)) if *first == number => self.pop().map(|(_, item)| item),
            Some(_) | None => self.take(number),
        }
    }

    /// Takes back the first, if its number is at most this.
    pub(crate) fn take_first(&mut self, through: u64) -> Option<(u64, T)> {
        if through < self.slots.front()?.0 {
            return None;
        }
        self.pop()
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<(u64, T)> {
        let (number, item) = self.slots.pop_front()?;
        let item = item?;
        self.count -= 1;
        if self.count != self.slots.len() as u64 {
            self.tidy();
        }
        Some((number, item))
    }

    /// All that are out, by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        self.slots.iter().filter_map(|(number, item)| Some((*number, item.as_ref()?)))
    }

    /// The same, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut T)> {
        self.slots.iter_mut().filter_map(|(number, item)| Some((*number, item.as_mut()?)))
    }

    /// Neither the first nor the last is left a hole, nor the greater part.
    fn tidy(&mut self) {
        while self.slots.front().is_some_and(|(_, item)| item.is_none()) {
            self.slots.pop_front();
        }
        while self.slots.back().is_some_and(|(_, item)| item.is_none()) {
            self.slots.pop_back();
        }
        if 32 < self.slots.len() && self.count * 2 < self.slots.len() as u64 {
            self.slots.retain(|(_, item)| item.is_some());
        }
    }
}

/// By what is out: where the holes are is not part of the state.
impl<T: PartialEq> PartialEq for Outstanding<T> {
    fn eq(&self, other: &Outstanding<T>) -> bool {
        self.count == other.count && self.iter().eq(other.iter())
    }
}

impl<T: Hash> Hash for Outstanding<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.count);
        self.iter().for_each(|item| item.hash(state));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn agrees_with_a_map(steps in prop::collection::vec((0_u8..6, 0_u64..90), 0..600)) {
            let (mut out, mut model, mut next) = (Outstanding::default(), BTreeMap::new(), 1);
            for (step, pick) in steps {
                let number = next - pick.min(next);
                match step {
                    0..=2 => {
                        next += 1 + pick / 80;
                        out.push(next, pick);
                        model.insert(next, pick);
                    }
                    3 => prop_assert_eq!(out.take(number), model.remove(&number)),
                    4 => prop_assert_eq!(out.take_next(number), model.remove(&number)),
                    _ => {
                        let first = model.first_key_value().map(|(number, item)| (*number, *item));
                        let first = first.filter(|(own, _)| *own <= number);
                        prop_assert_eq!(out.take_first(number), first);
                        first.map(|(number, _)| model.remove(&number));
                    }
                }
                prop_assert_eq!(out.get_mut(number), model.get_mut(&number));
                prop_assert_eq!(out.count, model.len() as u64);
                prop_assert!(out.slots.len() <= 32 || out.slots.len() as u64 <= 2 * out.count);
                prop_assert!(out.iter().eq(model.iter().map(|(number, item)| (*number, item))));
            }
        }
    }
}
