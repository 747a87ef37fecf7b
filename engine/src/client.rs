//! The application side: who sends and who works. It knows no system.

pub mod producer;
pub mod worker;
