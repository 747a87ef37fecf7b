//! The queue engine of Queuescope: a deterministic simulation of message brokers, of those who
//! send and of those who work.
//!
//! One seed, one history: the same scenario, seed and commands give the same journal, byte for
//! byte, on every target. There is no clock, no thread, no I/O in here, and no page.
//!
//! - A [`Scenario`] says what there is; a [`Simulation`] runs it; a [`Timeline`] can take it back.
//! - What happens is told as [`journal::Fact`]s; the [`ledger`] and the [`metrics`] are made from those alone.
//! - [`theory`] has the closed forms that the engine is held against.

// What only the systems on a wire use is there without them too; it leaves with what the linker drops.
#![cfg_attr(not(feature = "systems"), allow(dead_code))]

pub mod broker;
#[cfg_attr(not(feature = "systems"), path = "business/plain.rs")]
pub mod business;
pub mod client;
pub mod command;
pub mod decimal;
pub mod digest;
pub mod id;
pub mod journal;
pub mod json;
pub mod knob;
pub mod ledger;
#[cfg_attr(not(feature = "systems"), path = "marks/none.rs")]
pub mod marks;
mod mechanism;
pub mod message;
pub mod metrics;
pub mod random;
pub mod scenario;
mod schedule;
pub mod simulation;
pub mod table;
pub mod theory;
pub mod time;
pub mod timeline;
#[cfg_attr(not(feature = "systems"), path = "trend/none.rs")]
pub mod trend;
pub mod view;

/// Whether producers and workers can do more than send, work and fail by chance: retries and confirmations, answers,
/// breakers, memory, keys; and whether a system can have parts. That comes with the systems on a wire.
pub(crate) const APPLICATIONS: bool = cfg!(feature = "systems");

pub use command::{Command, Problem};
pub use mechanism::shell_sort;
pub use scenario::Scenario;
pub use simulation::{Progress, Simulation};
pub use time::Time;
pub use timeline::Timeline;
