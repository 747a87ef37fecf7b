//! The lowest layer of the format: lines, sections, and errors that say where.

use std::fmt;
use std::path::Path;

/// Why a case cannot be read: file, line, case, and what would be right.
#[derive(Debug)]
pub(crate) struct ReadError {
    place: String,
    message: String,
}

impl ReadError {
    pub(crate) fn of_file(file: &Path, message: String) -> ReadError {
        ReadError { place: file.display().to_string(), message }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// A line without its indentation, and its number from 1.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) number: usize,
    pub(crate) text: &'a str,
}

/// A line at the margin and the indented lines below it.
pub(crate) struct Section<'a> {
    pub(crate) head: Line<'a>,
    pub(crate) body: Vec<Line<'a>>,
}

impl<'a> Section<'a> {
    /// What stands behind the first word of the head.
    pub(crate) fn rest(&self) -> &'a str {
        self.head.text.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim())
    }

    pub(crate) fn keyword(&self) -> &'a str {
        self.head.text.split_whitespace().next().unwrap_or_default()
    }
}

/// Where reading stands, for errors.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) file: &'a str,
    pub(crate) case: &'a str,
}

impl At<'_> {
    pub(crate) fn error(&self, line: Line<'_>, message: impl fmt::Display) -> ReadError {
        let case = if self.case.is_empty() { String::new() } else { format!("case {}: ", self.case) };
        ReadError { place: format!("{}:{}", self.file, line.number), message: format!("{case}{message}") }
    }
}

/// Cuts a file into sections. Empty lines, and lines that begin with `#`, are left out.
pub(crate) fn sections<'a>(file: &'a str, text: &'a str) -> Result<Vec<Section<'a>>, ReadError> {
    let mut sections: Vec<Section<'a>> = Vec::new();
    for (raw, number) in text.lines().zip(1..) {
        let line = Line { number, text: raw.trim() };
        if line.text.is_empty() || line.text.starts_with('#') {
            continue;
        }
        if !raw.starts_with(char::is_whitespace) {
            sections.push(Section { head: line, body: Vec::new() });
        } else if let Some(section) = sections.last_mut() {
            section.body.push(line);
        } else {
            return Err(
                At { file, case: "" }.error(line, "an indented line must stand below one that is not")
            );
        }
    }
    Ok(sections)
}
