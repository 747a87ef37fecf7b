//! What of Pub/Sub is modeled, tied to the cases that prove it, and what is not.

use crate::broker::fidelity::Feature;

/// What the service does.
pub const FEATURES: &[Feature] = &[];
