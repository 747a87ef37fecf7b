//! What is asked of the coordinator of a group, and what it answers.

/// What a client asks.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Request {}

/// What it is answered.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Reply {}

/// What it is told unasked.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Push {}
