//! One 64-bit number that tells whether two histories, or two states, are the same.
//!
//! It is no cryptographic hash: it is there to notice a difference, on every target alike.
//! So it is fixed here, takes whole words, and widens `usize` before it mixes it in.

use std::hash::Hasher;

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// One for each word of a group; the first is for what differs in its high bits.
const MULTIPLIERS: [u64; 6] = [
    1,
    0xA076_1D64_78BD_642F,
    0xE703_7ED1_A0B4_28DB,
    0x8EBC_6AF0_9C88_C6E3,
    0x5899_65CC_7537_4CC3,
    0x1D8E_4E27_C47D_124F,
];

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
    #[inline(always)]
    pub fn word(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(STEP);
    }

    /// Mixes in a group of up to six words at the price of little more than one: only the last step waits for
    /// what came before. A difference in a single word is never lost, since each multiplier is odd.
    #[inline(always)]
    pub fn words<const N: usize>(&mut self, words: [u64; N]) {
        const { assert!(N <= MULTIPLIERS.len()) };
        self.word(sum(&words));
    }

    /// The digest of all that was mixed in so far.
    pub fn value(self) -> u64 {
        let folded = (self.0 ^ (self.0 >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        folded ^ (folded >> 32)
    }
}

/// The words of a group in one. In the small program that is a call; else it is unrolled wherever a group is mixed in.
#[cfg_attr(feature = "systems", inline(always))]
#[cfg_attr(not(feature = "systems"), inline(never))]
fn sum(words: &[u64]) -> u64 {
    let mut sum = 0_u64;
    for (word, multiplier) in words.iter().zip(&MULTIPLIERS) {
        sum = sum.wrapping_add(word.wrapping_mul(*multiplier));
    }
    sum
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

    const PINNED: &str = "d44941bf86d9630e";
}
