//! What goes out of the page and comes in: the clipboard and files. Nothing of it leaves the visitor's machine.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, HtmlElement, Url};

use super::element::Element;

/// Puts a text on the clipboard, if the browser lets us.
pub(crate) fn copy(text: &str) {
    if let Some(window) = web_sys::window() {
        // Whether it was let is known only later; the text is marked in its field all the same.
        let _ = window.navigator().clipboard().write_text(text);
    }
}

/// Hands the visitor a file.
pub(crate) fn save(name: &str, text: &str) {
    let parts = Array::of1(&JsValue::from_str(text));
    let Ok(blob) = Blob::new_with_str_sequence(&parts) else { return };
    let Ok(url) = Url::create_object_url_with_blob(&blob) else { return };
    let link = web_sys::window().and_then(|window| window.document()?.create_element("a").ok());
    if let Some(link) = link {
        let _ = link.set_attribute("href", &url);
        let _ = link.set_attribute("download", name);
        link.unchecked_ref::<HtmlElement>().click();
    }
    let _ = Url::revoke_object_url(&url);
}

/// Reads the file that was chosen in a field, if one was.
pub(crate) fn read(field: &Element, then: impl FnOnce(String) + 'static) {
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
