//! Keys pressed while nothing that wants keys has the focus.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::KeyboardEvent;

use super::document;

/// Calls `pressed` with the name of each key; when that says the key was used, the browser does nothing else with it.
pub(crate) fn listen(pressed: impl Fn(&str) -> bool + 'static) {
    let listener = move |event: KeyboardEvent| {
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
