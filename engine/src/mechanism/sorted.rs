//! A small table by key: queues by name, bindings, connections.

use std::borrow::Borrow;

/// What a few keys stand for, in the order of the keys. To find one costs a binary search, to put in or to take out one
/// moves those behind it, so this is for tables of tens or hundreds that seldom change.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Sorted<K, V> {
    entries: Vec<(K, V)>,
}

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Sorted<K, V> {
        Sorted { entries: Vec::new() }
    }
}

#[allow(dead_code)]
impl<K: Ord, V> Sorted<K, V> {
    /// How many there are.
    #[inline]
    pub(crate) fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Where the key is, or where it would be.
    #[inline]
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.entries.binary_search_by(|(own, _)| own.borrow().cmp(key))
    }

    #[inline]
    pub(crate) fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_ok()
    }

    #[inline]
    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        Some(&self.entries.get(place)?.1)
    }

    #[inline]
    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        Some(&mut self.entries.get_mut(place)?.1)
    }

    /// Puts a value in, and hands out the one that stood there.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(place) => Some(std::mem::replace(&mut self.entries[place].1, value)),
            Err(place) => {
                self.entries.insert(place, (key, value));
                None
            }
        }
    }

    /// The value of a key, which is made first if there is none.
    pub(crate) fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let place = match self.place(&key) {
            Ok(place) => place,
            Err(place) => {
                self.entries.insert(place, (key, make()));
                place
            }
        };
        &mut self.entries[place].1
    }

    /// Takes a key out, with its value.
    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        Some(self.entries.remove(place).1)
    }

    /// Keeps those that the condition holds for.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain_mut(|(key, value)| keep(key, value));
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    /// The first of all, by key.
    #[inline]
    pub(crate) fn first(&self) -> Option<(&K, &V)> {
        self.entries.first().map(|(key, value)| (key, value))
    }

    /// Takes the first out, by key.
    pub(crate) fn pop_first(&mut self) -> Option<(K, V)> {
        if self.entries.is_empty() { None } else { Some(self.entries.remove(0)) }
    }

    /// All of them, by key.
    #[inline]
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// The same, to be changed.
    #[inline]
    pub(crate) fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&K, &mut V)> + ExactSizeIterator {
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    #[inline]
    pub(crate) fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator {
        self.entries.iter().map(|(key, _)| key)
    }

    #[inline]
    pub(crate) fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.entries.iter().map(|(_, value)| value)
    }

    #[inline]
    pub(crate) fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> + ExactSizeIterator {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    /// The entries whose keys are at least this, by key.
    #[inline]
    pub(crate) fn iter_from<Q: Ord + ?Sized>(&self, start: &Q) -> impl DoubleEndedIterator<Item = (&K, &V)>
    where
        K: Borrow<Q>,
    {
        let place = self.place(start).unwrap_or_else(|place| place);
        self.entries.iter().skip(place).map(|(key, value)| (key, value))
    }
}

/// Of two entries with one key the latter counts.
impl<K: Ord, V> FromIterator<(K, V)> for Sorted<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Sorted<K, V> {
        let mut sorted = Sorted::default();
        for (key, value) in entries {
            sorted.insert(key, value);
        }
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn agrees_with_a_map(steps in prop::collection::vec((0_u8..9, 0_u16..40, any::<u8>()), 0..400)) {
            let (mut sorted, mut model) = (Sorted::default(), BTreeMap::new());
            for (step, key, value) in steps {
                match step {
                    0..=2 => prop_assert_eq!(sorted.insert(key, value), model.insert(key, value)),
                    3 => prop_assert_eq!(sorted.entry(key, || value), model.entry(key).or_insert(value)),
                    4 | 5 => prop_assert_eq!(sorted.remove(&key), model.remove(&key)),
                    6 => prop_assert_eq!(sorted.pop_first(), model.pop_first()),
                    7 => {
                        sorted.retain(|own, _| own % 7 != key % 7);
                        model.retain(|own, _| own % 7 != key % 7);
                    }
                    _ => {
                        sorted.values_mut().for_each(|own| *own = own.wrapping_add(value));
                        sorted.iter_mut().for_each(|(key, own)| *own ^= *key as u8);
                        model.iter_mut().for_each(|(key, own)| *own = own.wrapping_add(value) ^ *key as u8);
                    }
                }
                prop_assert_eq!(sorted.get(&key), model.get(&key));
                prop_assert_eq!(sorted.get_mut(&key), model.get_mut(&key));
                prop_assert_eq!(sorted.contains_key(&key), model.contains_key(&key));
                prop_assert_eq!((sorted.len(), sorted.is_empty()), (model.len() as u64, model.is_empty()));
                prop_assert_eq!(sorted.first(), model.first_key_value());
                prop_assert!(sorted.iter().eq(model.iter()) && sorted.iter_from(&key).eq(model.range(key..)));
                prop_assert!(sorted.keys().eq(model.keys()) && sorted.values().eq(model.values()));
                prop_assert_eq!(&sorted, &model.iter().map(|(key, value)| (*key, *value)).collect());
            }
            sorted.clear();
            prop_assert_eq!(sorted, Sorted::default());
        }
    }

    #[test]
    fn a_name_is_found_by_its_text() {
        let mut sorted: Sorted<Box<str>, u8> =
            [("b".into(), 1), ("a".into(), 2), ("b".into(), 3)].into_iter().collect();
        assert_eq!(sorted.remove("a"), Some(2));
        assert_eq!((sorted.get("b"), sorted.get("c"), sorted.get("a")), (Some(&3), None, None));
    }
}
