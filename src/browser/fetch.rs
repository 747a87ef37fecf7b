//! Files that lie beside the page, loaded when they are asked for.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// Hands the text of a file to `then`, or nothing if it cannot be had.
pub(crate) fn text(address: &str, then: impl FnOnce(Option<String>) + 'static) {
    boxed(address, Box::new(then));
}

// Compiled once, and not for each of those who ask.
fn boxed(address: &str, then: Box<dyn FnOnce(Option<String>)>) {
    let then = Closure::once(move |text: JsValue| then(text.as_string())).into_js_value();
    let then: &Function = then.unchecked_ref();
    let Some(answer) = fetch(address) else {
        let _ = then.call1(&JsValue::NULL, &JsValue::NULL);
        return;
    };
    let read = Closure::once_into_js(|answer: JsValue| {
        let is_there = Reflect::get(&answer, &"ok".into()).is_ok_and(|ok| ok.is_truthy());
        if is_there { call(&answer, "text", &[]).unwrap_or_default() } else { JsValue::NULL }
    });
    let no = Closure::once_into_js(|_: JsValue| JsValue::NULL);
    // By name, for the types of what a promise takes have changed more than once.
    let text = call(&answer, "then", &[&read]).unwrap_or_default();
    let text = call(&text, "catch", &[&no]).unwrap_or_default();
    let _ = call(&text, "then", &[then]);
}

fn fetch(address: &str) -> Option<Promise> {
    let window = web_sys::window()?;
    // What has no name of its own contents is asked for anew.
    let options = Object::new();
    Reflect::set(&options, &"cache".into(), &"no-cache".into()).ok()?;
    call(&window, "fetch", &[&address.into(), &options])?.dyn_into().ok()
}

fn call(object: &JsValue, method: &str, arguments: &[&JsValue]) -> Option<JsValue> {
    let method: Function = Reflect::get(object, &method.into()).ok()?.dyn_into().ok()?;
    let list = arguments.iter().map(|argument| (*argument).clone()).collect::<js_sys::Array>();
    method.apply(object, &list).ok()
}
