//! The only animation frame loop. It stops by itself while the tab is hidden, and for good
//! when its handle is dropped.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

type Callback = Closure<dyn FnMut(f64)>;

/// Keeps the loop going for as long as it lives.
pub(crate) struct FrameLoop {
    request: Rc<Cell<i32>>,
    callback: Rc<RefCell<Option<Callback>>>,
}

/// Calls `frame` once for each animation frame, with the time since the one before.
pub(crate) fn start(mut frame: impl FnMut(Duration) + 'static) -> FrameLoop {
    let request = Rc::new(Cell::new(0));
    let callback: Rc<RefCell<Option<Callback>>> = Rc::default();
    let mut last = None;
    let body = {
        let (request, callback) = (request.clone(), callback.clone());
        move |now: f64| {
            let passed = last.map_or(0.0, |last| now - last);
            last = Some(now);
            // First the next one: a panic in `frame` must not be what stops the loop unnoticed.
            if let Some(callback) = &*callback.borrow() {
                request.set(ask(callback));
            }
            frame(Duration::from_secs_f64(passed.max(0.0) / 1000.0));
        }
    };
    *callback.borrow_mut() = Some(Closure::new(body));
    if let Some(callback) = &*callback.borrow() {
        request.set(ask(callback));
    }
    FrameLoop { request, callback }
}

fn ask(callback: &Callback) -> i32 {
    let window = web_sys::window();
    window
        .and_then(|window| window.request_animation_frame(callback.as_ref().unchecked_ref()).ok())
        .unwrap_or(0)
}

impl Drop for FrameLoop {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            let _ = window.cancel_animation_frame(self.request.get());
        }
        // The loop may be inside its own callback: then the closure is let go of with the page.
        if let Ok(mut callback) = self.callback.try_borrow_mut() {
            callback.take();
        }
    }
}

/// Milliseconds since the page was opened.
pub(crate) fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}
