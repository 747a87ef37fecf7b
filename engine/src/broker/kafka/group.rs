//! The coordinator of groups: who is a member, who reads which partition, and how far each group has come.

pub mod request;

use crate::id::{ClientId, RequestId};
use crate::time::Time;

use super::Out;
use super::server::Kafka;

/// The groups, by number.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Groups {
    /// Their names, in the order in which they were told.
    pub(super) names: Vec<String>,
}

impl Groups {
    /// When the coordinator has to be woken, at the end of time if never.
    #[inline]
    pub(super) fn due(&self) -> Time {
        Time::MAX
    }
}

impl Kafka {
    /// A request to the coordinator.
    pub(super) fn ask_coordinator(
        &mut self,
        client: ClientId,
        id: RequestId,
        request: request::Request,
        out: &mut impl Out,
    ) {
        let _ = (client, id, request, out);
    }

    /// The connection of a client is gone.
    pub(super) fn coordinator_lost(&mut self, client: ClientId, out: &mut impl Out) {
        let _ = (client, out);
    }

    /// What is due of the coordinator has come.
    pub(super) fn wake_coordinator(&mut self, out: &mut impl Out) {
        let _ = out;
    }

    /// All brokers start anew: groups are read back from their topic, and all connections are gone.
    pub(super) fn restart_coordinator(&mut self, out: &mut impl Out) {
        let _ = out;
    }
}
