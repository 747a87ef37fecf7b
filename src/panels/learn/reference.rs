//! What the engine itself fills in a page: a system's settings and rules, as its manual has them.

use crate::browser::element::Element;
use crate::learn::reference::{all_settings, manual, rules};

/// Fills an element that names what it is to be filled with.
pub(super) fn fill(element: &Element) {
    let system = element.get("data-system").and_then(|system| manual(&system));
    match (element.get("data-live").as_deref(), system) {
        (Some("settings"), Some(own)) => element.set_markup(&all_settings(own)),
        (Some("fidelity"), Some(own)) => element.set_markup(&rules(own)),
        _ => {}
    }
}
