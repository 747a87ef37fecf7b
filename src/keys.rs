//! The keyboard: what a key does when neither a field nor a button has the focus.

/// What a key can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shortcut {
    /// Play or pause.
    Toggle,
    /// One event on.
    Step,
    /// The scenario at this place of the row, from 0.
    Scenario(usize),
    /// The list of keys.
    Help,
}

/// What `key`, as the browser names it, does.
pub fn shortcut(key: &str) -> Option<Shortcut> {
    match key {
        " " => Some(Shortcut::Toggle),
        "." => Some(Shortcut::Step),
        "?" => Some(Shortcut::Help),
        _ => {
            let digit: usize = key.parse().ok().filter(|_| key.len() == 1)?;
            digit.checked_sub(1).map(Shortcut::Scenario)
        }
    }
}

/// The list for the help dialog: keys and what they do.
pub const HELP: &[(&str, &str)] = &[
    ("Space", "Play or pause"),
    (".", "One event on"),
    ("1 \u{2026} 9", "Choose a scenario"),
    ("?", "Show this list"),
    ("Arrow keys", "On a slider: one step"),
    ("Page Up, Page Down", "On a slider: a tenth of its length"),
    ("Home, End", "On a slider: the ends of its range"),
    ("Double click", "On a slider: back to its default"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_choose_scenarios_and_nothing_else_does() {
        assert_eq!(shortcut("1"), Some(Shortcut::Scenario(0)));
        assert_eq!(shortcut("9"), Some(Shortcut::Scenario(8)));
        for key in ["0", "10", "a", "", "-1", "+1"] {
            assert_eq!(shortcut(key), None, "{key:?}");
        }
    }
}
