//! The keyboard: what a key does when neither a field nor a button has the focus. The dialog of the page lists it.

/// What a key can do.
#[derive(Clone, PartialEq, Debug)]
pub enum Shortcut {
    /// Play or pause.
    Toggle,
    /// One event on.
    Step,
    /// The scenario at this place of the row, from 0.
    Scenario(usize),
    /// To another time.
    #[cfg(feature = "systems")]
    Go(crate::session::Go),
    /// The search for a setting.
    #[cfg(feature = "systems")]
    Settings,
    /// The list of keys.
    Help,
    /// The stage larger, or smaller.
    Zoom(f64),
    /// All of the stage.
    Fit,
    /// For a projector, or for a desk again.
    #[cfg(feature = "systems")]
    Projector,
}

/// What `key`, as the browser names it, does.
pub fn shortcut(key: &str) -> Option<Shortcut> {
    match key {
        " " => Some(Shortcut::Toggle),
        "." => Some(Shortcut::Step),
        "?" => Some(Shortcut::Help),
        "+" | "=" if crate::SYSTEMS => Some(Shortcut::Zoom(1.5)),
        "-" if crate::SYSTEMS => Some(Shortcut::Zoom(1.0 / 1.5)),
        "0" if crate::SYSTEMS => Some(Shortcut::Fit),
        #[cfg(feature = "systems")]
        "p" | "P" => Some(Shortcut::Projector),
        #[cfg(feature = "systems")]
        "/" => Some(Shortcut::Settings),
        #[cfg(feature = "systems")]
        "," => Some(Shortcut::Go(crate::session::Go::Back)),
        #[cfg(feature = "systems")]
        "Escape" => Some(Shortcut::Go(crate::session::Go::Leave)),
        #[cfg(feature = "systems")]
        "Undo" => Some(Shortcut::Go(crate::session::Go::Undo)),
        #[cfg(feature = "systems")]
        "Redo" => Some(Shortcut::Go(crate::session::Go::Redo)),
        _ => {
            let digit: usize = key.parse().ok().filter(|_| key.len() == 1)?;
            digit.checked_sub(1).map(Shortcut::Scenario)
        }
    }
}

/// Every key there is, in the order in which help lists them: the keys as the browser names them, as people read them, and
/// what they do. Those without a browser's name belong to the element that has the focus.
#[cfg(feature = "systems")]
pub const LIST: &[(&[&str], &str, &str)] = &[
    (&[" "], "Space", "Play or pause"),
    (&["."], ".", "One event on"),
    (&[","], ",", "One event back"),
    (&["Undo", "Redo"], "Ctrl Z", "Undo; with Shift: redo"),
    (&["Escape"], "Esc", "Leave a long way to another time"),
    (&["1", "9"], "1 \u{2026} 9", "Choose a scenario"),
    (&["+", "=", "-", "0"], "+ \u{2212} 0", "The picture larger, smaller, whole"),
    (&["p", "P"], "P", "For a projector: large and in high contrast"),
    (&["/"], "/", "Search all settings"),
    (&["?"], "?", "Show this help"),
    (&[], "Arrow keys", "On a slider: one step"),
    (&[], "Page Up, Page Down", "On a slider: a tenth of its length"),
    (&[], "Home, End", "On a slider: the ends of its range"),
    (&[], "Double click", "On a slider: back to where the scenario begins"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "systems")]
    fn every_key_of_the_list_does_something_and_each_that_does_is_listed() {
        let listed: Vec<&str> = LIST.iter().flat_map(|(keys, ..)| *keys).copied().collect();
        for key in &listed {
            assert!(shortcut(key).is_some(), "{key:?} is listed");
        }
        let printable = (' '..='~').map(String::from);
        for key in printable.filter(|key| !('2'..='8').any(|digit| key.starts_with(digit))) {
            assert_eq!(shortcut(&key).is_some(), listed.contains(&&*key), "{key:?}");
        }
    }

    #[test]
    fn digits_choose_scenarios_and_nothing_else_does() {
        assert_eq!(shortcut("1"), Some(Shortcut::Scenario(0)));
        assert_eq!(shortcut("9"), Some(Shortcut::Scenario(8)));
        for key in ["10", "a", "", "-1", "+1"] {
            assert_eq!(shortcut(key), None, "{key:?}");
        }
    }
}
