//! The words of groups and their members.

use queuescope_engine::broker::kafka::Kafka;
use queuescope_engine::broker::kafka::group::request::{Push, Reply};
use queuescope_engine::id::RequestId;

use super::super::super::protocol::modelled::Wire;
use super::Dialogue;

/// What a case has said of members.
#[derive(Default)]
pub(super) struct Members {}

impl Dialogue {
    /// What a member of a group does.
    pub(super) fn of_groups(
        &mut self,
        client: &str,
        words: &[&str],
        wire: &mut Wire<Kafka>,
    ) -> Result<(), String> {
        let _ = (client, wire);
        Err(format!("{words:?} is nothing that a client can do"))
    }

    /// The coordinator of a group answers.
    pub(super) fn coordinator_answers(
        &mut self,
        client: &str,
        id: RequestId,
        reply: Reply,
        wire: &mut Wire<Kafka>,
    ) {
        let _ = (client, id, reply, wire);
    }

    /// The coordinator of a group tells what nobody asked for.
    pub(super) fn coordinator_tells(&mut self, client: &str, push: Push, wire: &mut Wire<Kafka>) {
        let _ = (client, push, wire);
    }

    /// What groups hold.
    pub(super) fn group_state(
        &mut self,
        words: &[&str],
        server: &Kafka,
        wire: &Wire<Kafka>,
    ) -> Result<String, String> {
        let _ = (server, wire);
        Err(format!("{words:?} is nothing that can be looked at"))
    }
}
