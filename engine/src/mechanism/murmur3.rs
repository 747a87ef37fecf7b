//! MurmurHash3, x86, 32 bits: the hash of Austin Appleby by which Pulsar chooses partitions and consumers.

const C1: u32 = 0xcc9e_2d51;
const C2: u32 = 0x1b87_3593;

fn mix(block: u32) -> u32 {
    block.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2)
}

/// The hash of `bytes`.
pub(crate) fn murmur3(bytes: &[u8], seed: u32) -> u32 {
    let mut hash = seed;
    let mut blocks = bytes.chunks_exact(4);
    for block in &mut blocks {
        let block = block.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
        hash = (hash ^ mix(block)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let rest = blocks.remainder();
    if !rest.is_empty() {
        hash ^= mix(rest.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte)));
    }
    hash ^= bytes.len() as u32;
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the reference implementation, with each length of the rest.
    #[test]
    fn the_hash_is_that_of_the_reference() {
        assert_eq!(murmur3(b"", 0), 0);
        assert_eq!(murmur3(b"", 1), 0x514e_28b7);
        assert_eq!(murmur3(b"Order-3459134", 0), 3_112_179_635);
        for (key, masked) in
            [("a", 1_009_084_850), ("abc", 870_159_354), ("key-0", 1_664_612_543), ("user-42", 963_828_432)]
        {
            assert_eq!(murmur3(key.as_bytes(), 0) & 0x7fff_ffff, masked, "{key}");
        }
    }
}
