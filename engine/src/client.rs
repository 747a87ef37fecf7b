//! The application side: who sends and who works. It knows no system.
//!
//! Producers and workers speak five verbs to whatever system there is: send, receive, done, fail, later.

//!
//! A program without the feature `systems` has senders and workers alone. What an application may do beyond that has
//! a stand-in of the same name in `plain/`, which does none of it: all that asks for it is the same, and falls away.

use crate::knob::{Domain, Knob, Scale, Unit};

#[cfg_attr(not(feature = "systems"), path = "client/plain/downstream.rs")]
pub(crate) mod downstream;
#[cfg_attr(not(feature = "systems"), path = "client/plain/manner.rs")]
pub(crate) mod manner;
#[cfg_attr(not(feature = "systems"), path = "client/plain/memory.rs")]
pub(crate) mod memory;
#[cfg_attr(not(feature = "systems"), path = "client/plain/outbox.rs")]
pub(crate) mod outbox;
#[cfg_attr(not(feature = "systems"), path = "client/plain/payload.rs")]
pub(crate) mod payload;
pub mod producer;
pub mod worker;

/// A chance or a share; none at first.
const SHARE: Domain =
    Domain::Real { min: 0.0, max: 1.0, default: 0.0, unit: Unit::Share, scale: Scale::Linear };

/// The chance of a failure, the one setting of a manner that every program has.
const FAILURE: Knob = Knob {
    name: "failure",
    label: "Failure probability",
    domain: SHARE,
    meaning: "The chance that an attempt at a message fails.",
    ..Knob::PLAIN
};

/// The size of a message's body in bytes, where nothing else is set.
const USUAL_SIZE: u32 = 1000;
