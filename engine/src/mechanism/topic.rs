//! Patterns over dotted keys: `*` stands for exactly one word, `#` for any number of words, also none.

/// Whether `key` is one that `pattern` stands for. A word may be empty; an empty key has no words.
pub(crate) fn matches(pattern: &str, key: &str) -> bool {
    let (mut pattern, mut key) = (words(pattern), words(key));
    // Where to go on if the latest `#` has to take one word more.
    let mut retry = None;
    loop {
        let before = key.clone();
        match (pattern.next(), key.next()) {
            (None, None) => return true,
            (Some("#"), _) => {
                key = before;
                retry = Some((pattern.clone(), key.clone()));
            }
            (Some(word), Some(found)) if word == "*" || word == found => {}
            _ => {
                let Some((after, longer)) = &mut retry else { return false };
                if longer.next().is_none() {
                    return false;
                }
                (pattern, key) = (after.clone(), longer.clone());
            }
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> + Clone {
    (!text.is_empty()).then(|| text.split('.')).into_iter().flatten()
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

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in text("ab#*.."), key in text("ab..")) {
            let (own, found): (Vec<&str>, Vec<&str>) = (words(&pattern).collect(), words(&key).collect());
            prop_assert_eq!(matches(&pattern, &key), by_definition(&own, &found), "{} on {}", pattern, key);
        }
    }

    #[test]
    fn many_hashes_take_no_longer_than_they_must() {
        let (pattern, key) = (["#"; 60].join(".a."), ["b"; 120].join("."));
        assert!(!matches(&pattern, &key));
    }
}
