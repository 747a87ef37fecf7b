//! Which partition a record goes to: by the hash of its key, or, without one, to the same partition as the record before
//! it until a batch is full.
//!
//! That is a matter of the client alone. Clients of different families hash differently, and so put the records of one
//! key into different partitions.

use crate::mechanism::crc32::crc32;
use crate::mechanism::murmur2::murmur2;
use crate::random::Stream;

/// How a client hashes keys.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Hashing {
    /// The Java client, and librdkafka's `murmur2_random`.
    Murmur2,
    /// librdkafka's `consistent_random`, its default.
    Crc32,
}

impl Hashing {
    /// The hash of a key, as the client reads it.
    pub fn hash(self, key: &[u8]) -> i64 {
        match self {
            Hashing::Murmur2 => i64::from(murmur2(key) as i32),
            Hashing::Crc32 => i64::from(crc32(key)),
        }
    }

    /// The partition of a key among so many; 0 if there is none.
    #[inline]
    pub fn partition(self, key: &[u8], partitions: u16) -> u16 {
        let hash = match self {
            // The sign is masked, not negated.
            Hashing::Murmur2 => murmur2(key) & 0x7fff_ffff,
            Hashing::Crc32 => crc32(key),
        };
        hash.checked_rem(partitions.into()).unwrap_or(0) as u16
    }
}

/// Where records without a key go: one partition, until so much was put there.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Sticky {
    partition: Option<u16>,
    /// What was put there, in bytes.
    produced: u64,
}

/// A client's knowledge of a topic, as far as it matters for records without a key.
#[derive(Clone, Copy, Debug)]
pub struct Outlook<'a> {
    /// How many batches wait for each partition; none of those without a leader is picked as long as there are others.
    pub queues: &'a [u32],
    /// Whether each has a leader.
    pub available: &'a [bool],
    /// `partitioner.adaptive.partitioning.enable`.
    pub adaptive: bool,
}

impl Sticky {
    /// The partition of the next record, if one is picked.
    #[inline]
    pub fn partition(&self) -> Option<u16> {
        self.partition
    }

    /// Picks the partition of the next records.
    pub fn pick(&mut self, outlook: Outlook<'_>, random: &mut Stream) -> u16 {
        let picked = pick(outlook, random);
        self.partition = Some(picked);
        picked
    }

    /// So many bytes were put into its partition, whose last batch is full or not. From `batch_size` on another one is
    /// picked when a batch is full, from twice as much on in any case.
    pub fn put(&mut self, bytes: u32, batch_size: u32, full: bool) {
        self.produced += u64::from(bytes);
        let most = u64::from(batch_size);
        if 2 * most <= self.produced || (full && most <= self.produced) {
            *self = Sticky::default();
        }
    }
}

/// How likely each partition is picked, by the lengths of their queues: the longer, the less likely.
pub fn weights(queues: &[u32]) -> Vec<u32> {
    let longest = queues.iter().max().copied().unwrap_or(0);
    queues.iter().map(|queue| longest + 1 - queue).collect()
}

fn pick(outlook: Outlook<'_>, random: &mut Stream) -> u16 {
    let Outlook { queues, available, adaptive } = outlook;
    let any = available.contains(&true);
    let fits = |place: usize| !any || available.get(place).copied().unwrap_or(true);
    let mut weights = if adaptive { weights(queues) } else { vec![1; queues.len()] };
    for (place, weight) in weights.iter_mut().enumerate() {
        if !fits(place) {
            *weight = 0;
        }
    }
    let mut left = random.below(weights.iter().fold(0, |sum, weight| sum.saturating_add(*weight)));
    for (place, weight) in weights.iter().enumerate() {
        match left.checked_sub(*weight) {
            Some(rest) => left = rest,
            None => return place as u16,
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_without_a_leader_is_not_picked() {
        let mut random = Stream::named(1, "test");
        for _ in 0..100 {
            let outlook = Outlook { queues: &[9, 0, 0], available: &[true, false, true], adaptive: true };
            assert_ne!(Sticky::default().pick(outlook, &mut random), 1);
        }
        let none = Outlook { queues: &[0, 0], available: &[false, false], adaptive: false };
        assert!(Sticky::default().pick(none, &mut random) < 2);
    }
}
