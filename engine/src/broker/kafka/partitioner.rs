//! Which partition a record goes to: a decision of the producer's client library, so clients of different families
//! decide differently.
//!
//! A record with a key goes to the hash of the key modulo the number of partitions, so a key stays where it is until
//! partitions are added. A key of no bytes is a key. A record without one goes wherever the producer's batches go at
//! the time, and is drawn with weights ([`weight`]) when they go elsewhere.

use crate::mechanism::crc32::crc32;
use crate::mechanism::murmur2::murmur2;

/// How a client hashes keys.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Partitioner {
    /// The Java client, and librdkafka with `partitioner=murmur2_random`.
    #[default]
    Murmur2,
    /// librdkafka by itself: `consistent_random`.
    Crc32,
}

impl Partitioner {
    /// The partition of a key among so many; 0 if there is none.
    pub fn partition(self, key: &[u8], partitions: u16) -> u16 {
        let partitions = u32::from(partitions.max(1));
        let hash = match self {
            // The sign is masked, not taken away.
            Partitioner::Murmur2 => murmur2(key) & 0x7fff_ffff,
            Partitioner::Crc32 => crc32(key),
        };
        (hash % partitions) as u16
    }
}

/// `partitioner.adaptive.partitioning.enable`: the weight of a partition for which so many batches wait in the producer,
/// `longest` being the most that wait for any.
pub fn weight(longest: u32, queue: u32) -> u32 {
    longest.saturating_sub(queue).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// K1.
    #[test]
    fn the_java_client_puts_keys_where_kafka_does() {
        let table = [
            ("", [0, 3, 9]),
            ("order-1001", [0, 0, 6]),
            ("a", [1, 4, 4]),
            ("b", [2, 2, 8]),
            ("c", [1, 4, 10]),
            ("ab", [2, 2, 2]),
            ("abc", [0, 3, 3]),
            ("abcd", [2, 2, 8]),
            ("key", [1, 1, 1]),
            ("key-0", [1, 1, 1]),
            ("key-1", [0, 0, 0]),
            ("key-2", [2, 2, 2]),
            ("key-3", [2, 5, 11]),
            ("user-42", [1, 4, 4]),
        ];
        for (key, expected) in table {
            let found = [3, 6, 12].map(|count| Partitioner::Murmur2.partition(key.as_bytes(), count));
            assert_eq!(found, expected, "{key:?}");
        }
    }

    /// K3.
    #[test]
    fn other_clients_put_them_elsewhere() {
        let of =
            |partitioner: Partitioner| ["a", "c", "bob"].map(|key| partitioner.partition(key.as_bytes(), 4));
        assert_eq!(of(Partitioner::Murmur2), [0, 2, 2]);
        assert_eq!(of(Partitioner::Crc32), [3, 3, 0]);
        assert_eq!(Partitioner::Crc32.partition(b"a", 0), 0);
    }

    /// K2.
    #[test]
    fn the_shorter_the_queue_the_likelier_the_pick() {
        let queues = [5, 0, 3, 0, 1];
        assert_eq!(queues.map(|queue| weight(5, queue)), [1, 6, 3, 6, 5]);
    }
}
