//! Patterns as a shell has them: `?` is one character, `*` any run of them, `[a-c]` one of a set, `[^a]` one that is
//! not in it, and `\` takes away the meaning of what follows it. Nothing is special about dots or slashes.

/// Whether the whole of `text` is of the form of `pattern`.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut seen) = (0, 0);
    // Where to take up again if what follows the last star does not fit: one character further on.
    let mut star = None;
    loop {
        let one = pattern.get(at).map(|letter| (*letter, text.get(seen).copied()));
        match one {
            None if seen == text.len() => return true,
            Some((b'*', _)) => {
                star = Some((at + 1, seen));
                at += 1;
                continue;
            }
            Some((_, Some(letter))) => {
                if let Some(after) = one_letter(pattern, at, letter) {
                    (at, seen) = (after, seen + 1);
                    continue;
                }
            }
            None | Some((_, None)) => {}
        }
        match star {
            Some((after, from)) if from < text.len() => {
                star = Some((after, from + 1));
                (at, seen) = (after, from + 1);
            }
            Some(_) | None => return false,
        }
    }
}

/// Where the pattern goes on if what stands in it at `at` fits `letter`.
fn one_letter(pattern: &[u8], at: usize, letter: u8) -> Option<usize> {
    match pattern[at] {
        b'?' => Some(at + 1),
        b'[' => set(pattern, at + 1, letter),
        b'\\' if at + 1 < pattern.len() => (pattern[at + 1] == letter).then_some(at + 2),
        plain => (plain == letter).then_some(at + 1),
    }
}

/// A set that is not closed ends with the pattern.
fn set(pattern: &[u8], mut at: usize, letter: u8) -> Option<usize> {
    let negated = pattern.get(at) == Some(&b'^');
    at += usize::from(negated);
    let mut found = false;
    while let Some(own) = pattern.get(at) {
        match own {
            b']' => break,
            b'\\' if at + 1 < pattern.len() => {
                at += 1;
                found |= pattern[at] == letter;
            }
            from if pattern.get(at + 1) == Some(&b'-') && at + 2 < pattern.len() => {
                let to = pattern[at + 2];
                at += 2;
                found |= ((*from).min(to)..=(*from).max(to)).contains(&letter);
            }
            plain => found |= *plain == letter,
        }
        at += 1;
    }
    (found != negated).then_some((at + 1).min(pattern.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sign_means_what_it_says() {
        let fits = [
            ("", ""),
            ("*", ""),
            ("c", "c"),
            ("?", "c"),
            ("c*", "c"),
            ("news.*", "news.a.b"),
            ("h[ae]llo", "hello"),
            ("h[^e]llo", "hallo"),
            ("h[a-c]llo", "hbllo"),
            ("h[c-a]llo", "hbllo"),
            (r"a\*b", "a*b"),
            (r"a[\]]b", "a]b"),
            ("*a*b*", "xxaxxbxx"),
            ("*ab", "aab"),
            ("a**b", "ab"),
            ("[ab", "b"),
        ];
        for (pattern, text) in fits {
            assert!(matches(pattern, text), "{pattern:?} should fit {text:?}");
        }
        let misses = [
            ("", "a"),
            ("?", ""),
            ("c", "cc"),
            ("news.?", "news.ab"),
            ("h[ae]llo", "hillo"),
            ("h[^e]llo", "hello"),
            (r"a\*b", "aab"),
            ("*a*b", "bbba"),
            ("a*c", "ab"),
            ("[ab]", ""),
        ];
        for (pattern, text) in misses {
            assert!(!matches(pattern, text), "{pattern:?} should not fit {text:?}");
        }
    }

    #[test]
    fn many_stars_do_not_take_for_ever() {
        let text = "a".repeat(200);
        assert!(!matches(&format!("{}b", "*a".repeat(60)), &text));
    }
}
