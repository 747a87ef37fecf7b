//! The only animation frame loop. It stops by itself while the tab is hidden.

use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

type Callback = Closure<dyn FnMut(f64)>;

/// Calls `frame` once for each animation frame, with the time since the one before, as long as the tab is there.
pub(crate) fn start(frame: impl FnMut(Duration) + 'static) {
    boxed(Box::new(frame));
}

// Compiled once, and not for each page that has one.
fn boxed(mut frame: Box<dyn FnMut(Duration)>) {
    let callback: Rc<OnceCell<Callback>> = Rc::default();
    let own = callback.clone();
    let mut last = None;
    let body = move |now: f64| {
        let passed = last.map_or(0.0, |last| now - last);
        last = Some(now);
        // First the next one: a panic in `frame` must not be what stops the loop unnoticed.
        own.get().map(ask);
        frame(Duration::from_micros((passed * 1000.0) as u64));
    };
    ask(callback.get_or_init(|| Closure::new(body)));
}

fn ask(callback: &Callback) {
    if let Some(window) = web_sys::window() {
        // It fails only where there is no page anymore.
        let _ = window.request_animation_frame(callback.as_ref().unchecked_ref());
    }
}

/// Milliseconds since the page was opened.
pub(crate) fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}
