//! Stands in for the crate of this name, which Leptos brings along for functions that run on a server.
//!
//! The page has no server and streams nothing. But what wasm-bindgen exports to JavaScript no linker drops: the three
//! classes of the real crate, their futures and their JavaScript would be some 5 KB of the compressed page.
//! Here is as much of its interface as `server_fn` is compiled against. A body that is to be streamed is empty, and to
//! read one is an error that says why.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use wasm_bindgen::JsValue;

/// A stream of the browser.
#[derive(Debug)]
pub struct ReadableStream {
    raw: web_sys::ReadableStream,
}

impl ReadableStream {
    /// An empty stream: nothing is taken from `source`.
    ///
    /// # Panics
    /// Where the browser has no streams.
    pub fn from_stream<S>(source: S) -> ReadableStream
    where
        S: Stream<Item = Result<JsValue, JsValue>> + 'static,
    {
        drop(source);
        ReadableStream { raw: web_sys::ReadableStream::new().expect("the browser has streams") }
    }

    /// The browser's stream as one of these.
    pub fn from_raw(raw: web_sys::ReadableStream) -> ReadableStream {
        ReadableStream { raw }
    }

    /// The browser's own stream.
    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.raw
    }

    /// A stream of one error.
    pub fn into_stream(self) -> Unread {
        Unread { is_told: false }
    }
}

/// What is not read: an error in place of the first piece.
#[derive(Debug)]
pub struct Unread {
    is_told: bool,
}

impl Stream for Unread {
    type Item = Result<JsValue, JsValue>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let is_told = std::mem::replace(&mut self.is_told, true);
        Poll::Ready((!is_told).then(|| Err("This program is built without streams.".into())))
    }
}
