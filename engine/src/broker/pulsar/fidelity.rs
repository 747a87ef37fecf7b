//! What of Pulsar is modeled, each with the cases that prove it, and what is not.

use crate::broker::fidelity::Feature;
use crate::broker::fidelity::Fidelity::{Modelled, NotModelled};


/// In the order of the subjects.
pub(super) const FEATURES: &[Feature] = &[];
