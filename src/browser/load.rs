//! What a visitor brings along: a file, which is read here and goes nowhere.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

use super::element::Element;

/// Reads the file that was chosen in a field, if one was.
pub(crate) fn text(field: &Element, then: impl FnOnce(String) + 'static) {
    let Some(file) = field.file() else { return };
    let then = Closure::once(move |text: JsValue| then(text.as_string().unwrap_or_default()));
    let text: Promise = file.text();
    // It is called by name, for the type of what a promise takes has changed more than once.
    let taken = then.into_js_value();
    if let Ok(method) = js_sys::Reflect::get(&text, &"then".into()) {
        let _ = method.unchecked_ref::<Function>().call1(&text, &taken);
    }
    // The same file can be chosen again.
    field.set_value("");
}
