//! What was expected beside what was observed.

use std::fmt;

/// Something that came out other than expected.
#[derive(Debug)]
pub(crate) struct Difference {
    /// What was compared.
    pub(crate) what: String,
    pub(crate) expected: Vec<String>,
    pub(crate) observed: Vec<String>,
}

impl Difference {
    /// Nothing if both are the same.
    pub(crate) fn between(what: String, expected: Vec<String>, observed: Vec<String>) -> Option<Difference> {
        (expected != observed).then_some(Difference { what, expected, observed })
    }
}

impl fmt::Display for Difference {
    /// Two columns; `!` marks a row in which they differ.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.expected.iter().map(String::len).max().unwrap_or(0).max(8);
        writeln!(f, "  {}", self.what)?;
        writeln!(f, "      {:<width$}   observed", "expected")?;
        for (left, right) in rows(&self.expected, &self.observed) {
            let mark = if left == right { ' ' } else { '!' };
            let row =
                format!("    {mark} {:<width$} | {}", left.unwrap_or_default(), right.unwrap_or_default());
            writeln!(f, "{}", row.trim_end())?;
        }
        Ok(())
    }
}

/// Both lists in rows, what they have in common side by side.
fn rows<'a>(left: &'a [String], right: &'a [String]) -> Vec<(Option<&'a str>, Option<&'a str>)> {
    let common = common_lengths(left, right);
    let (mut i, mut j) = (0, 0);
    let mut rows = Vec::new();
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            rows.push((Some(left[i].as_str()), Some(right[j].as_str())));
            (i, j) = (i + 1, j + 1);
        } else if j == right.len() || (i < left.len() && common[i][j + 1] <= common[i + 1][j]) {
            rows.push((Some(left[i].as_str()), None));
            i += 1;
        } else {
            rows.push((None, Some(right[j].as_str())));
            j += 1;
        }
    }
    rows
}

/// At `[i][j]` the length of the longest common subsequence of what follows `i` and `j`.
fn common_lengths(left: &[String], right: &[String]) -> Vec<Vec<u32>> {
    let mut lengths = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            lengths[i][j] = if left[i] == right[j] {
                lengths[i + 1][j + 1] + 1
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    lengths
}
