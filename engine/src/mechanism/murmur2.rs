//! MurmurHash2 by Austin Appleby, 32 bits, with the seed that Kafka's clients use.

const SEED: u32 = 0x9747_b28c;
const MULTIPLIER: u32 = 0x5bd1_e995;

/// The hash of some bytes. Kafka's clients read it as a signed number.
pub(crate) fn murmur2(bytes: &[u8]) -> u32 {
    let mut hash = SEED ^ bytes.len() as u32;
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        let mut mixed = u32::from_le_bytes(*word).wrapping_mul(MULTIPLIER);
        mixed ^= mixed >> 24;
        hash = hash.wrapping_mul(MULTIPLIER) ^ mixed.wrapping_mul(MULTIPLIER);
    }
    if !rest.is_empty() {
        let tail = rest.iter().rev().fold(0, |tail, byte| tail << 8 | u32::from(*byte));
        hash = (hash ^ tail).wrapping_mul(MULTIPLIER);
    }
    hash = (hash ^ hash >> 13).wrapping_mul(MULTIPLIER);
    hash ^ hash >> 15
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Kafka's own class gives for these keys.
    #[test]
    fn gives_the_values_of_kafka() {
        let table = [
            ("", 275_646_681),
            ("order-1001", 297_523_878),
            ("a", -1_563_381_124),
            ("b", -1_853_091_852),
            ("c", -1_877_468_854),
            ("ab", 316_155_434),
            ("abc", 479_470_107),
            ("abcd", -1_323_649_548),
            ("key", -1_079_937_367),
            ("key-0", 29_210_041),
            ("key-1", 193_331_640),
            ("key-2", 852_269_702),
            ("key-3", -1_839_136_101),
            ("user-42", 1_459_644_460),
        ];
        for (key, hash) in table {
            assert_eq!(murmur2(key.as_bytes()) as i32, hash, "{key:?}");
        }
    }
}
