//! The program that opens the page goes forward alone: a stand-in for all that goes elsewhere in time.

use std::time::Duration;

use super::Session;
use crate::frame::Past;

/// Nowhere to go.
#[derive(Clone, PartialEq, Debug)]
pub enum Go {}

impl Session {
    pub(super) fn go(&mut self, go: Go) {
        match go {}
    }

    pub(super) fn travels(&mut self, _: Duration, _: &mut impl FnMut() -> bool) -> bool {
        false
    }

    pub(super) fn begins_change(&mut self, _: Option<&str>) {}

    pub(super) fn recount(&mut self) {}

    pub(super) fn replace(&mut self, other: Session) {
        *self = other;
    }

    pub(super) fn past(&self) -> Past {
        Past
    }
}
