//! Patterns over dotted keys: `*` stands for exactly one word, `#` for any number of words, also none.

/// Whether `key` is one that `pattern` stands for. A word may be empty; an empty key has no words.
pub(crate) fn matches(pattern: &str, key: &str) -> bool {
    let (mut pattern, mut key) = (Words::of(pattern), Words::of(key));
    // Where to go on if the latest `#` has to take one word more.
    let mut retry = None;
    loop {
        let before = key;
        match (pattern.next(), key.next()) {
            (None, None) => return true,
            (Some("#"), _) => {
                key = before;
                retry = Some((pattern, key));
            }
            (Some(word), Some(found)) if word == "*" || word == found => {}
            _ => {
                let Some((after, longer)) = &mut retry else { return false };
                if longer.next().is_none() {
                    return false;
                }
                (pattern, key) = (*after, *longer);
            }
        }
    }
}

/// The words of a text that are still to come; none at its end.
#[derive(Clone, Copy)]
struct Words<'a>(Option<&'a str>);

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Words<'a> {
        Words((!text.is_empty()).then_some(text))
    }

    #[inline(never)]
    fn next(&mut self) -> Option<&'a str> {
        let text = self.0?;
        let (word, rest) = match text.bytes().position(|byte| byte == b'.') {
            Some(end) => (text.get(..end)?, text.get(end + 1..)),
            None => (text, None),
        };
        self.0 = rest;
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By the definition, without thought for time.
    fn by_definition(pattern: &[&str], key: &[&str]) -> bool {
        match (pattern.split_first(), key.split_first()) {
            (None, None) => true,
            (Some((&"#", rest)), None) => by_definition(rest, key),
            (Some((&"#", rest)), Some((_, fewer))) => {
                by_definition(rest, key) || by_definition(pattern, fewer)
            }
            (Some((word, rest)), Some((found, fewer))) if *word == "*" || word == found => {
                by_definition(rest, fewer)
            }
            (Some(_) | None, Some(_) | None) => false,
        }
    }

    fn text(letters: &'static str) -> impl Strategy<Value = String> {
        let letters: Vec<char> = letters.chars().collect();
        prop::collection::vec(prop::sample::select(letters), 0..9).prop_map(|text| text.into_iter().collect())
    }

    fn words(text: &str) -> Vec<&str> {
        if text.is_empty() { Vec::new() } else { text.split('.').collect() }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in text("ab#*.."), key in text("ab..")) {
            let (own, found) = (words(&pattern), words(&key));
            prop_assert_eq!(matches(&pattern, &key), by_definition(&own, &found), "{} on {}", pattern, key);
        }
    }

    #[test]
    fn many_hashes_take_no_longer_than_they_must() {
        let (pattern, key) = (["#"; 60].join(".a."), ["b"; 120].join("."));
        assert!(!matches(&pattern, &key));
    }
}
