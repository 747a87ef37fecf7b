//! Things with small numbers: a number is given on entering, and free again after leaving.

/// The lowest free number is given first, so numbers stay small.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Slots<T> {
    slots: Vec<Option<T>>,
    /// Free numbers, the lowest last.
    free: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Slots<T> {
        Slots { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slots<T> {
    pub(crate) fn insert(&mut self, item: T) -> u32 {
        if let Some(number) = self.free.pop() {
            self.slots[number as usize] = Some(item);
            return number;
        }
        self.slots.push(Some(item));
        self.slots.len() as u32 - 1
    }

    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        let item = self.slots.get_mut(number as usize)?.take()?;
        let place = self.free.partition_point(|free| number < *free);
        self.free.insert(place, number);
        Some(item)
    }

    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        self.slots.get(number as usize)?.as_ref()
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.slots.get_mut(number as usize)?.as_mut()
    }

    /// All there are, by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.slots).filter_map(|(number, slot)| Some((number, slot.as_ref()?)))
    }

    /// The same, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        (0..).zip(&mut self.slots).filter_map(|(number, slot)| Some((number, slot.as_mut()?)))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        (self.slots.len() - self.free.len()) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_number_is_given_first() {
        let mut slots = Slots::default();
        assert_eq!(["a", "b", "c", "d"].map(|item| slots.insert(item)), [0, 1, 2, 3]);
        assert_eq!((slots.remove(2), slots.remove(0), slots.remove(2)), (Some("c"), Some("a"), None));
        assert_eq!((slots.len(), slots.get(0), slots.get(3)), (2, None, Some(&"d")));
        assert_eq!([slots.insert("e"), slots.insert("f"), slots.insert("g")], [0, 2, 4]);
        assert_eq!(slots.iter().map(|(number, _)| number).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert_eq!(slots.get(9), None);
    }
}
