//! What of Kafka is modelled, and what is not.

use crate::broker::fidelity::{Feature, Fidelity};

/// All of it.
pub(super) const FEATURES: &[Feature] = &[Feature {
    what: "Records of a partition are read in the order of their offsets, from any offset, any number of times",
    source: "docs: design",
    state: Fidelity::Modelled(&["K109"]),
}];
