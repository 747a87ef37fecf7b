//! The panels: each shows a part of the frame and sends what the visitor wants.

#![expect(unreachable_pub, reason = "the component macro writes `pub` whatever a component says")]

pub(crate) mod charts;
pub(crate) mod consumer;
#[cfg(feature = "systems")]
pub(crate) mod failures;
#[cfg(feature = "systems")]
pub(crate) mod fidelity;
pub(crate) mod header;
mod heading;
#[cfg(feature = "systems")]
pub(crate) mod inspector;
mod knobs;
pub(crate) mod ledger;
pub(crate) mod producer;
pub(crate) mod queue;
pub(crate) mod recent;
pub(crate) mod scenarios;
#[cfg(feature = "systems")]
pub(crate) mod settings;
#[cfg(feature = "systems")]
pub(crate) mod share;
pub(crate) mod stage;
#[cfg(feature = "systems")]
pub(crate) mod time;
pub(crate) mod transport;
