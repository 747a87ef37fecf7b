//! Building blocks that systems share. They know nothing of any system, nor of the simulation.

pub(crate) mod agenda;
pub(crate) mod dedup;
pub(crate) mod ranking;
pub(crate) mod ring;
pub(crate) mod slab;
pub(crate) mod store;
pub(crate) mod throttle;
