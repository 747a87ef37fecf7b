//! What a visitor takes along: files that the browser saves, and texts on the clipboard. Nothing leaves the browser.

use js_sys::Array;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, HtmlCanvasElement, Url};

use crate::picture::Picture;
use crate::stage::canvas::{Painter, Palette};

/// A file that is being put together, part by part.
pub(crate) struct File {
    name: String,
    kind: &'static str,
    parts: Array,
}

impl File {
    /// An empty file of this name and MIME type.
    pub(crate) fn new(name: String, kind: &'static str) -> File {
        File { name, kind, parts: Array::new() }
    }

    /// Adds a text. The browser keeps it outside of the program's memory.
    pub(crate) fn add(&self, text: &str) {
        let one = Array::of1(&JsValue::from_str(text));
        if let Ok(blob) = Blob::new_with_str_sequence(&one) {
            self.parts.push(&blob);
        }
    }

    /// Hands it to the visitor.
    pub(crate) fn save(self) {
        let bag = BlobPropertyBag::new();
        bag.set_type(self.kind);
        if let Ok(blob) = Blob::new_with_blob_sequence_and_options(&self.parts, &bag) {
            hand_over(&self.name, &blob);
        }
    }
}

fn hand_over(name: &str, blob: &Blob) {
    let save = || {
        let document = web_sys::window()?.document()?;
        let url = Url::create_object_url_with_blob(blob).ok()?;
        let link: HtmlAnchorElement = document.create_element("a").ok()?.dyn_into().ok()?;
        link.set_href(&url);
        link.set_download(name);
        link.click();
        Url::revoke_object_url(&url).ok()
    };
    // It fails only where there is no page anymore.
    let _ = save();
}

/// The picture as a PNG file, two pixels a CSS pixel.
pub(crate) fn png(name: String, picture: &Picture, palette: &Palette) {
    let draw = || {
        let document = web_sys::window()?.document()?;
        let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
        Painter::new(&canvas)?.print(picture, palette, 2.0);
        let done = Closure::once_into_js(move |blob: JsValue| {
            if let Some(blob) = blob.dyn_ref::<Blob>() {
                hand_over(&name, blob);
            }
        });
        canvas.to_blob(done.unchecked_ref()).ok()
    };
    let _ = draw();
}

/// Puts a text on the clipboard. A browser may refuse it: then nothing happens.
pub(crate) fn copy(text: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.navigator().clipboard().write_text(text);
    }
}
