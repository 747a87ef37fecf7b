//! The page: a session over the engine, and components that show it.
//!
//! What can be a function of plain data is one, in a module that builds without a browser; the
//! libraries of the web are dependencies of the wasm build alone, so the compiler keeps that wall.

/// Whether the program has more than the plain queue. What only other systems need falls away without them.
pub(crate) const SYSTEMS: bool = cfg!(feature = "systems");

pub mod catalog;
pub mod charts;
#[cfg(feature = "systems")]
pub mod deeds;
#[cfg(feature = "systems")]
pub mod embed;
#[cfg(feature = "systems")]
pub mod export;
pub mod format;
pub mod frame;
#[cfg(feature = "systems")]
pub mod inspect;
pub mod keys;
#[cfg(feature = "systems")]
pub mod learn;
#[cfg(feature = "systems")]
pub mod lesson;
#[cfg(feature = "systems")]
pub mod life;
pub mod link;
#[cfg(feature = "systems")]
pub mod narration;
#[cfg(feature = "systems")]
pub mod oncall;
pub mod picture;
pub mod playback;
pub mod readings;
#[cfg(feature = "systems")]
pub mod report;
pub mod scale;
pub mod session;
#[cfg(feature = "systems")]
pub mod settings;
pub mod shape;
#[cfg(feature = "systems")]
pub mod share;
pub mod stage;
#[cfg(feature = "systems")]
pub mod theory;
#[cfg(feature = "systems")]
pub mod timebar;
#[cfg(feature = "systems")]
pub mod topology;
#[cfg(feature = "systems")]
pub mod tour;
pub mod wording;

#[cfg(target_arch = "wasm32")]
pub mod app;
#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod desk;
#[cfg(target_arch = "wasm32")]
mod panels;
#[cfg(target_arch = "wasm32")]
mod widgets;
