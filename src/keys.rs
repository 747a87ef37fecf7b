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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_choose_scenarios_and_nothing_else_does() {
        assert_eq!(shortcut("1"), Some(Shortcut::Scenario(0)));
        assert_eq!(shortcut("9"), Some(Shortcut::Scenario(8)));
        for key in ["10", "a", "", "-1", "+1"] {
            assert_eq!(shortcut(key), None, "{key:?}");
        }
    }
}
