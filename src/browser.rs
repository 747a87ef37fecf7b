//! The one place, beside the canvas painter, that talks to the browser. It knows nothing of queues.

pub(crate) mod document;
pub(crate) mod element;
#[cfg(feature = "systems")]
pub(crate) mod fetch;
pub(crate) mod frame_loop;
pub(crate) mod keyboard;
#[cfg(feature = "systems")]
pub(crate) mod load;
pub(crate) mod panic;
#[cfg(feature = "systems")]
pub(crate) mod pointer;
#[cfg(feature = "systems")]
pub(crate) mod save;
pub(crate) mod sheet;
#[cfg(feature = "systems")]
pub(crate) mod sight;
pub(crate) mod storage;
