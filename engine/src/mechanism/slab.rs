//! A place for each of a changing set of things, numbered so that they can be found again.

/// Things by small numbers. A number is used again once its thing is gone, the one freed last first.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Slab<T> {
    places: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Slab<T> {
        Slab { places: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// How many there are.
    #[inline]
    pub(crate) fn len(&self) -> u64 {
        (self.places.len() - self.free.len()) as u64
    }

    /// Puts a thing in, and tells its number.
    #[inline]
    pub(crate) fn insert(&mut self, thing: T) -> u32 {
        match self.free.pop() {
            Some(number) => {
                self.places[number as usize] = Some(thing);
                number
            }
            None => {
                self.places.push(Some(thing));
                (self.places.len() - 1) as u32
            }
        }
    }

    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        self.places.get(number as usize)?.as_ref()
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.places.get_mut(number as usize)?.as_mut()
    }

    /// Takes a thing out.
    #[inline]
    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        let thing = self.places.get_mut(number as usize)?.take()?;
        self.free.push(number);
        Some(thing)
    }

    /// Does away with a thing.
    #[inline]
    pub(crate) fn free(&mut self, number: u32) {
        if let Some(place) = self.places.get_mut(number as usize)
            && place.is_some()
        {
            *place = None;
            self.free.push(number);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.places.clear();
        self.free.clear();
    }

    /// All of them, by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.places.iter().zip(0..).filter_map(|(place, number)| Some((number, place.as_ref()?)))
    }

    /// The same, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        self.places.iter_mut().zip(0..).filter_map(|(place, number)| Some((number, place.as_mut()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_used_again_and_nothing_else_is_touched() {
        let mut slab = Slab::default();
        let [a, b, c] = ["a", "b", "c"].map(|name| slab.insert(name));
        assert_eq!((slab.remove(b), slab.remove(b), slab.len()), (Some("b"), None, 2));
        assert_eq!((slab.insert("d"), slab.get(a), slab.get(c)), (b, Some(&"a"), Some(&"c")));
        assert!(slab.iter().map(|(number, name)| (number, *name)).eq([(a, "a"), (b, "d"), (c, "c")]));
        assert_eq!(slab.get(9), None);
        assert_eq!(slab.remove(9), None);
        slab.free(9);
        slab.free(b);
        slab.free(b);
        assert_eq!((slab.len(), slab.insert("e")), (2, b));
    }
}
