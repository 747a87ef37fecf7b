//! What was seen within a window of time, for duplicates to be told from it.
//!
//! A window holds as many keys as came in its length, hundreds of thousands at a good rate. They are sorted by key: the
//! newest in a row of their own, older ones in sealed chunks that clones share. Where keys grow with time, as numbers
//! given out in order do, no two chunks overlap and one search finds the only chunk that can hold a key.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use crate::time::Time;

const CHUNK: usize = 512;

/// Keys, each for a span of time since it was noted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DedupWindow<K, V> {
    span: Duration,
    sealed: VecDeque<Chunk<K, V>>,
    /// Whether each chunk's keys are all greater than those of the chunk before it.
    ascending: bool,
    newest: Vec<(K, Time, V)>,
    /// When the last was noted.
    last: Time,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Chunk<K, V> {
    entries: Arc<[(K, Time, V)]>,
    /// When the last of them was noted.
    last: Time,
}

impl<K: Copy + Ord, V: Copy> Chunk<K, V> {
    fn least(&self) -> K {
        self.entries[0].0
    }

    fn greatest(&self) -> K {
        self.entries[self.entries.len() - 1].0
    }
}

/// Where a key is among those of a chunk, or where it would be.
fn place<K: Copy + Ord, V>(entries: &[(K, Time, V)], key: K) -> Result<usize, usize> {
    match entries.last() {
        None => Err(0),
        // Most are greater than all before.
        Some((last, ..)) if *last < key => Err(entries.len()),
        Some(_) => entries.binary_search_by_key(&key, |entry| entry.0),
    }
}

fn find<K: Copy + Ord, V: Copy>(entries: &[(K, Time, V)], key: K) -> Option<(Time, V)> {
    let (_, noted, value) = entries[place(entries, key).ok()?];
    Some((noted, value))
}

impl<K: Copy + Ord, V: Copy> DedupWindow<K, V> {
    /// A window that forgets a key when `span` has passed since it was noted.
    pub(crate) fn new(span: Duration) -> DedupWindow<K, V> {
        DedupWindow { span, sealed: VecDeque::new(), ascending: true, newest: Vec::new(), last: Time::ZERO }
    }

    /// What was noted of `key` within the window that ends now.
    pub(crate) fn seen(&self, key: K, now: Time) -> Option<V> {
        let found = find(&self.newest, key).or_else(|| self.seen_sealed(key));
        found.filter(|(noted, _)| now < *noted + self.span).map(|(_, value)| value)
    }

    /// The latest note of a key among what is sealed.
    fn seen_sealed(&self, key: K) -> Option<(Time, V)> {
        if self.ascending {
            let after = self.sealed.partition_point(|chunk| chunk.least() <= key);
            return find(&self.sealed.get(after.checked_sub(1)?)?.entries, key);
        }
        self.sealed.iter().rev().find_map(|chunk| find(&chunk.entries, key))
    }

    /// Notes a key, now.
    pub(crate) fn note(&mut self, key: K, value: V, now: Time) {
        while self.sealed.front().is_some_and(|chunk| chunk.last + self.span <= now) {
            self.sealed.pop_front();
        }
        if self.sealed.is_empty() {
            self.ascending = true;
        }
        self.last = now;
        match place(&self.newest, key) {
            Ok(place) => self.newest[place] = (key, now, value),
            Err(place) => self.newest.insert(place, (key, now, value)),
        }
        if self.newest.len() == CHUNK {
            self.seal();
        }
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        *self = DedupWindow::new(self.span);
    }

    #[cold]
    fn seal(&mut self) {
        let entries: Arc<[(K, Time, V)]> = Arc::from(&self.newest[..]);
        self.newest.clear();
        let chunk = Chunk { entries, last: self.last };
        self.ascending &= self.sealed.back().is_none_or(|before| before.greatest() < chunk.least());
        self.sealed.push_back(chunk);
    }
}

impl<K: Hash, V: Hash> Hash for DedupWindow<K, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for chunk in &self.sealed {
            chunk.entries.hash(state);
        }
        self.newest.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn agrees(keys: impl Iterator<Item = u64>) {
        let mut window = DedupWindow::new(Duration::from_secs(300));
        let mut model = BTreeMap::<u64, (Time, u64)>::new();
        for (number, key) in keys.enumerate() {
            let now = Time::from_nanos(number as u64 * 50_000_000);
            let seen = model.get(&key).filter(|(noted, _)| now < *noted + Duration::from_secs(300));
            assert_eq!(window.seen(key, now), seen.map(|(_, value)| *value), "{key} at {now}");
            if seen.is_none() {
                window.note(key, number as u64, now);
                model.insert(key, (now, number as u64));
            }
            assert!(window.sealed.len() <= 6000 / CHUNK + 2, "what is old is forgotten");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn agrees_with_a_map_for_keys_at_random(seed in any::<u64>()) {
            agrees((0..20_000).map(|n: u64| (n ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 50));
        }
    }

    #[test]
    fn agrees_with_a_map_for_keys_that_grow() {
        agrees((0..20_000).map(|n: u64| if n.is_multiple_of(7) { n.saturating_sub(n % 6000) } else { n }));
    }

    #[test]
    fn a_clone_shares_what_is_sealed_and_what_is_cleared_is_forgotten() {
        let mut window = DedupWindow::new(Duration::from_secs(300));
        (0..10_000_u64).for_each(|key| window.note(key, (), Time::ZERO));
        let clone = window.clone();
        assert!(window.sealed.iter().zip(&clone.sealed).all(|(a, b)| Arc::ptr_eq(&a.entries, &b.entries)));
        assert_eq!(window.seen(5, Time::from_secs(299)), Some(()));
        assert_eq!(window.seen(5, Time::from_secs(300)), None);
        window.clear();
        assert_eq!((window.seen(5, Time::ZERO), clone.seen(5, Time::ZERO)), (None, Some(())));
    }
}
