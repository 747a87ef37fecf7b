//! Whether an element is in sight, also where the page is a frame inside of another one.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

use super::element::Element;

/// Calls `seen` whenever the element comes into sight or leaves it. A browser that cannot tell calls nothing.
pub(crate) fn watch(element: &Element, seen: impl Fn(bool) + 'static) {
    boxed(element, Box::new(seen));
}

// Compiled once, and not for each that is watched.
fn boxed(element: &Element, seen: Box<dyn Fn(bool)>) {
    let notice = move |entries: JsValue| {
        // Of several changes at once the last holds.
        let last = Array::from(&entries).pop();
        if let Ok(is_seen) = Reflect::get(&last, &"isIntersecting".into()) {
            seen(is_seen.is_truthy());
        }
    };
    let notice = Closure::wrap(Box::new(notice) as Box<dyn Fn(JsValue)>).into_js_value();
    // It is called by name, so that the bindings of all the others need not be built anew for it.
    let observe = || {
        let window = web_sys::window()?;
        let kind: Function = Reflect::get(&window, &"IntersectionObserver".into()).ok()?.dyn_into().ok()?;
        let observer = Reflect::construct(&kind, &Array::of1(&notice)).ok()?;
        let observe: Function = Reflect::get(&observer, &"observe".into()).ok()?.dyn_into().ok()?;
        observe.call1(&observer, element.node()).ok()
    };
    let _ = observe();
}
