//! The theme, and the list of keys.

use std::cell::Cell;

use crate::app::Desk;
use crate::browser::element::Element;
use crate::browser::{document, storage};

const THEME: &str = "queuescope.theme";
const SHORTCUTS: &str = "queuescope.shortcuts";

/// Whether the visitor left the keys switched on.
pub(crate) fn shortcuts_are_on() -> bool {
    storage::get(SHORTCUTS).as_deref() != Some("off")
}

/// Opens the list of keys.
pub(crate) fn show_keys() {
    Element::page().with_id("keys").open();
}

pub(super) fn lay(page: &Element, desk: Desk) {
    let dark = Cell::new(document::is_dark());
    let theme = page.with_id("theme");
    let name = |dark: bool| if dark { "Light theme" } else { "Dark theme" };
    theme.say(name(dark.get()));
    let button = theme.clone();
    theme.on("click", move || {
        dark.set(!dark.get());
        let theme = if dark.get() { "dark" } else { "light" };
        document::set_theme(Some(theme));
        storage::set(THEME, theme);
        button.say(name(dark.get()));
    });

    let dialog = page.with_id("keys");
    page.with_id("help").on("click", move || dialog.open());
    let switch = page.with_id("shortcuts");
    switch.check(shortcuts_are_on());
    let own = switch.clone();
    switch.on("change", move || {
        let on = own.is_checked();
        desk.switch_shortcuts(on);
        if on {
            storage::remove(SHORTCUTS);
        } else {
            storage::set(SHORTCUTS, "off");
        }
    });
}
