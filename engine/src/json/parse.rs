//! From text to a tree.

use super::Tree;
use crate::command::Problem;
use crate::decimal::nearest;

/// Lists and objects may stand in each other so deep; a link must not exhaust the stack.
const DEEPEST: u32 = 32;

/// Reads text as JSON.
///
/// Numbers may have as many digits as fit 64 bits, so the 17 that a double can take, and 27 places:
/// what is written can be read, and is the same to the last bit. No format of ours needs more.
///
/// # Errors
/// Where the text stops being JSON.
pub fn parse(text: &str) -> Result<Tree, Problem> {
    let mut parser = Parser { text, at: 0 };
    let tree = parser.value(0).filter(|_| {
        parser.space();
        parser.at == text.len()
    });
    tree.ok_or_else(|| {
        let before = &text.as_bytes()[..parser.at.min(text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        let path = format!("line {line}, column {column}");
        Problem { path, value: "what stands there".into(), permitted: "JSON".into() }
    })
}

/// Reads a number, all of the text.
pub(crate) fn number(text: &str) -> Option<f64> {
    let mut parser = Parser { text, at: 0 };
    let tree = parser.number().filter(|_| parser.at == text.len())?;
    tree.number()
}

/// Where reading stands; every method says nothing when the text is not what it should be.
struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, word: &str) -> Option<()> {
        self.text.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: u32) -> Option<Tree> {
        self.space();
        match self.peek()? {
            b'{' if depth < DEEPEST => self.fields(depth + 1),
            b'[' if depth < DEEPEST => self.items(depth + 1),
            b'"' => self.string().map(Tree::Text),
            b't' => self.expect("true").map(|()| Tree::Flag(true)),
            b'f' => self.expect("false").map(|()| Tree::Flag(false)),
            b'n' => self.expect("null").map(|()| Tree::Null),
            _ => self.number(),
        }
    }

    fn items(&mut self, depth: u32) -> Option<Tree> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.take(b']') {
            return Some(Tree::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.space();
            if self.take(b']') {
                return Some(Tree::List(items));
            }
            self.take(b',').then_some(())?;
        }
    }

    fn fields(&mut self, depth: u32) -> Option<Tree> {
        self.at += 1;
        let mut fields: Vec<(String, Tree)> = Vec::new();
        self.space();
        if self.take(b'}') {
            return Some(Tree::Object(fields));
        }
        loop {
            self.space();
            let name = self.string()?;
            self.space();
            self.take(b':').then_some(())?;
            let value = self.value(depth)?;
            // A name that comes twice means what it says last, as everywhere.
            fields.retain(|(own, _)| *own != name);
            fields.push((name, value));
            self.space();
            if self.take(b'}') {
                return Some(Tree::Object(fields));
            }
            self.take(b',').then_some(())?;
        }
    }

    fn string(&mut self) -> Option<String> {
        self.take(b'"').then_some(())?;
        let mut string = String::new();
        loop {
            let char = self.text.get(self.at..)?.chars().next()?;
            self.at += char.len_utf8();
            match char {
                '"' => return Some(string),
                '\\' => string.push(self.escape()?),
                char if char < ' ' => return None,
                char => string.push(char),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => match self.hex()? {
                // The two halves of a character beyond the first 65,536.
                high @ 0xD800..0xDC00 => {
                    self.expect("\\u")?;
                    let low = self.hex().filter(|low| (0xDC00..0xE000).contains(low))?;
                    char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))?
                }
                single => char::from_u32(single)?,
            },
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
    }

    /// The digits that follow: the number they make on top of `before`, and how many they are.
    fn digits(&mut self, before: u64) -> Option<(u64, i32)> {
        let (mut number, mut count) = (before, 0);
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            number = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
            count += 1;
            self.at += 1;
        }
        (0 < count).then_some((number, count))
    }

    fn number(&mut self) -> Option<Tree> {
        let negative = self.take(b'-');
        let leading_zero = self.peek() == Some(b'0');
        let (mut number, count) = self.digits(0)?;
        if leading_zero && 1 < count {
            return None;
        }
        let mut exponent = 0;
        let mut is_whole = !negative;
        if self.take(b'.') {
            let (longer, places) = self.digits(number)?;
            (number, exponent, is_whole) = (longer, -places, false);
        }
        if self.take(b'e') || self.take(b'E') {
            let down = self.take(b'-');
            if !down {
                self.take(b'+');
            }
            let (by, _) = self.digits(0)?;
            let by = i32::try_from(by).ok().filter(|by| *by < 400)?;
            exponent += if down { -by } else { by };
            is_whole = false;
        }
        if is_whole {
            return Some(Tree::Whole(number));
        }
        nearest(number, exponent).map(|size| Tree::Number(if negative { -size } else { size }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_those_of_the_standard_library(digits in 0_u64..1_000_000_000_000_000, places in 0_usize..20) {
            let text = format!("{digits}e-{places}");
            prop_assert_eq!(number(&text), text.parse().ok());
            let point = format!("{}.{:04}", digits / 10_000, digits % 10_000);
            prop_assert_eq!(number(&point), point.parse().ok());
        }

        /// As long as they come: any slider can stand at such a number.
        #[test]
        fn what_is_written_is_read_to_the_last_bit(
            small in 0.000_000_001..1.0_f64, middle in 0.1..100_000.0_f64, digits: u64, places in 0_usize..=27,
        ) {
            for exact in [small, middle, -middle, middle * 1e12] {
                prop_assert_eq!(number(&exact.to_string()), Some(exact));
            }
            let text = format!("{digits}e-{places}");
            prop_assert_eq!(number(&text), text.parse().ok());
            let text = format!("{}e{}", digits >> 11, places.min(22));
            prop_assert_eq!(number(&text), text.parse().ok());
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "",
            "-",
            "01",
            "1.",
            ".5",
            "1e",
            "+1",
            "NaN",
            "inf",
            "0x1",
            "1e400",
            "12345678901234567890123",
            "1 ",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        assert!(parse(&"[".repeat(100_000)).is_err());
        let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
        assert!(parse(&deep).is_err());
    }

    #[test]
    fn the_place_of_a_fault_is_named() {
        assert_eq!(parse("{\n  \"a\": nope}").unwrap_err().path, "line 2, column 8");
        assert_eq!(parse("{} x").unwrap_err().path, "line 1, column 4");
    }
}
