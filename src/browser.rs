//! The one place, beside the canvas painter, that talks to the browser. It knows nothing of queues.

pub(crate) mod document;
pub(crate) mod element;
pub(crate) mod frame_loop;
#[cfg(feature = "systems")]
pub(crate) mod handing;
pub(crate) mod keyboard;
pub(crate) mod panic;
pub(crate) mod sheet;
pub(crate) mod storage;
