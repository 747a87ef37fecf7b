//! `String.hashCode` of Java: 31 h + unit, over the UTF-16 units of a text.

/// The hash of `text`, as a Java `int`.
pub(crate) fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_java() {
        let known = [("", 0), ("a", 97), ("abc", 96_354), ("key-0", 101_943_362)];
        for (text, hash) in known {
            assert_eq!(java_hash(text), hash, "{text}");
        }
        // More than an int can hold.
        assert_eq!(java_hash("polygenelubricants"), i32::MIN);
    }
}
