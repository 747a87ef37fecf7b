//! Keys pressed while nothing that wants keys has the focus.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::KeyboardEvent;

use super::document;

/// Listens for as long as it lives.
pub(crate) struct Listener {
    callback: Closure<dyn FnMut(KeyboardEvent)>,
}

/// Calls `pressed` with the name of each key; when that says the key was used, the browser does nothing else with it.
pub(crate) fn listen(pressed: impl Fn(&str) -> bool + 'static) -> Listener {
    let callback = Closure::<dyn FnMut(KeyboardEvent)>::new(move |event: KeyboardEvent| {
        let with_others = event.ctrl_key() || event.meta_key() || event.alt_key();
        if !with_others && !event.is_composing() && !document::keys_are_taken() && pressed(&event.key()) {
            event.prevent_default();
        }
    });
    if let Some(window) = web_sys::window() {
        let _ = window.add_event_listener_with_callback("keydown", callback.as_ref().unchecked_ref());
    }
    Listener { callback }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            let _ =
                window.remove_event_listener_with_callback("keydown", self.callback.as_ref().unchecked_ref());
        }
    }
}
