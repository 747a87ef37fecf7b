//! One 64-bit number that tells whether two histories, or two states, are the same.
//!
//! It is no cryptographic hash: it is there to notice a difference, on every target alike.
//! So it is fixed here, takes whole words, and widens `usize` before it mixes it in.

use std::hash::Hasher;

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A running digest. As a [`Hasher`] it takes any value that derives `Hash`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Digest {
        Digest(0x5155_4555_4553_4350)
    }
}

impl Digest {
    /// Mixes in one word.
    #[inline]
    pub fn word(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(STEP);
    }

    /// Mixes in four words at the price of little more than one: only the last step waits
    /// for what came before.
    #[inline]
    pub fn words(&mut self, [a, b, c, d]: [u64; 4]) {
        let ab =
            a.wrapping_mul(0xA076_1D64_78BD_642F) ^ b.wrapping_mul(0xE703_7ED1_A0B4_28DB).rotate_left(32);
        let cd =
            c.wrapping_mul(0x8EBC_6AF0_9C88_C6E3) ^ d.wrapping_mul(0x5899_65CC_7537_4CC3).rotate_left(32);
        self.word(ab.wrapping_add(cd.rotate_left(17)));
    }

    /// The digest of all that was mixed in so far.
    pub fn value(self) -> u64 {
        let folded = (self.0 ^ (self.0 >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        folded ^ (folded >> 32)
    }
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.value()
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
        self.word(bytes.len() as u64);
    }

    fn write_u8(&mut self, word: u8) {
        self.word(word.into());
    }
    fn write_u16(&mut self, word: u16) {
        self.word(word.into());
    }
    fn write_u32(&mut self, word: u32) {
        self.word(word.into());
    }
    fn write_u64(&mut self, word: u64) {
        self.word(word);
    }
    fn write_usize(&mut self, word: usize) {
        self.word(word as u64);
    }
    fn write_isize(&mut self, word: isize) {
        self.word(word as i64 as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_every_bit_count() {
        let digest = |words: [u64; 4]| {
            let mut digest = Digest::default();
            digest.words(words);
            digest.value()
        };
        let base = digest([1, 2, 3, 4]);
        assert_ne!(base, digest([2, 1, 3, 4]));
        assert_ne!(base, digest([3, 4, 1, 2]));
        for word in 0..4 {
            for bit in 0..64 {
                let mut words = [1, 2, 3, 4];
                words[word] ^= 1 << bit;
                assert_ne!(base, digest(words), "word {word}, bit {bit}");
            }
        }
    }

    #[test]
    fn is_the_same_everywhere() {
        let mut digest = Digest::default();
        digest.words([1, 2, 3, 4]);
        digest.write(b"queue");
        digest.write_usize(5);
        // Pinned: a change here changes what every recorded digest means.
        assert_eq!(format!("{:016x}", digest.value()), PINNED);
    }

    const PINNED: &str = "0cafb055d0e776f1";
}
