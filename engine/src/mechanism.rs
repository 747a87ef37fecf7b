//! Building blocks that systems share. They know nothing of any system, nor of the simulation.

pub(crate) mod ring;
pub(crate) mod store;
