//! Controls and figures that know nothing of queues.

pub(crate) mod choice;
pub(crate) mod follow;
pub(crate) mod rows;
pub(crate) mod slider;
pub(crate) mod stat;

use std::sync::Arc;

/// A text that follows what it is read from. Every text that changes is of this one type, so that what shows such a
/// text is compiled once and not for each of them.
pub(crate) type Read = Arc<dyn Fn() -> String + Send + Sync>;
