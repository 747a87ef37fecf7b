//! Keys pressed while nothing that wants keys has the focus.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::KeyboardEvent;

use super::document;

/// Undo and redo, by these names; they are a field's own while someone types in it.
#[cfg(feature = "systems")]
fn change(event: &KeyboardEvent) -> Option<&'static str> {
    let with_control = (event.ctrl_key() || event.meta_key()) && !event.alt_key();
    if !with_control || document::is_typed_in() {
        return None;
    }
    match &*event.key() {
        "z" => Some("Undo"),
        "Z" | "y" => Some("Redo"),
        _ => None,
    }
}

/// As [`listen`], of the keys that are pressed while the element has the focus, with or without others.
#[cfg(feature = "systems")]
pub(crate) fn listen_on(element: &super::element::Element, pressed: impl Fn(&str) -> bool + 'static) {
    element.listen("keydown", move |event| {
        let used = event
            .dyn_ref::<KeyboardEvent>()
            .is_some_and(|key| !key.ctrl_key() && !key.meta_key() && !key.alt_key() && pressed(&key.key()));
        if used {
            event.prevent_default();
        }
    });
}

/// Calls `pressed` with the name of each key; when that says the key was used, the browser does nothing else with it.
pub(crate) fn listen(pressed: impl Fn(&str) -> bool + 'static) {
    let listener = move |event: KeyboardEvent| {
        #[cfg(feature = "systems")]
        if let Some(name) = change(&event).or((event.key() == "Escape").then_some("Escape")) {
            if pressed(name) {
                event.prevent_default();
            }
            return;
        }
        let with_others = event.ctrl_key() || event.meta_key() || event.alt_key();
        if !with_others && !event.is_composing() && !document::keys_are_taken() && pressed(&event.key()) {
            event.prevent_default();
        }
    };
    let listener = Closure::wrap(Box::new(listener) as Box<dyn Fn(KeyboardEvent)>).into_js_value();
    if let Some(window) = web_sys::window() {
        let _ = window.add_event_listener_with_callback("keydown", listener.unchecked_ref());
    }
}
