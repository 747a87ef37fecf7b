//! The CRC-32 of IEEE 802.3, as zlib, gzip and PNG have it.

/// The polynomial, its bits in reverse.
const POLYNOMIAL: u32 = 0xedb8_8320;

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut rest, mut bit) = (byte as u32, 0);
        while bit < 8 {
            rest = if rest & 1 == 1 { rest >> 1 ^ POLYNOMIAL } else { rest >> 1 };
            bit += 1;
        }
        table[byte] = rest;
        byte += 1;
    }
    table
};

/// The checksum of some bytes.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| sum >> 8 ^ TABLE[((sum ^ u32::from(*byte)) & 0xff) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_check_value_of_the_standard_and_those_of_zlib() {
        let table = [
            ("123456789", 0xcbf4_3926),
            ("", 0),
            ("a", 0xe8b7_be43),
            ("abc", 0x3524_41c2),
            ("The quick brown fox jumps over the lazy dog", 0x414f_a339),
        ];
        for (text, sum) in table {
            assert_eq!(crc32(text.as_bytes()), sum, "{text:?}");
        }
    }
}
