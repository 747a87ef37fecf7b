//! The application side: who sends and who works. It knows no system.
//!
//! Producers and workers speak five verbs to whatever system there is: send, receive, done, fail, later.

pub(crate) mod downstream;
pub(crate) mod manner;
pub(crate) mod outbox;
pub(crate) mod payload;
pub mod producer;
pub mod worker;
