//! What the coordinator makes happen outside of itself.

use crate::id::{ClientId, RequestId, WorkerId};
use crate::journal::{Cause, What};
use crate::time::Time;

use super::super::request::{GroupId, Isolation, TopicId, Tp};
use super::super::server::Kafka;
use super::super::{Out, request};
use super::request::{Reply, Request};

/// The rest of the server, as the coordinator knows it.
pub(in super::super) trait Around {
    /// The present.
    fn now(&self) -> Time;
    /// Answers a client.
    fn reply(&mut self, client: ClientId, id: RequestId, reply: Reply);
    /// How many partitions a topic has.
    fn partitions(&self, topic: TopicId) -> u16;
    /// The name of a topic.
    fn topic_name(&self, topic: TopicId) -> &str;
    /// A group asks for a topic.
    fn reads(&mut self, group: GroupId, topic: TopicId, isolation: Isolation);
    /// A group begins to share out anew.
    fn rebalancing(&mut self, group: GroupId, generation: u32);
    /// A group has shared out.
    fn rebalanced(&mut self, group: GroupId, generation: u32);
    /// A partition goes to a member.
    fn assigned(&mut self, group: GroupId, tp: Tp, client: ClientId);
    /// A partition is taken from a member.
    fn revoked(&mut self, group: GroupId, tp: Tp, client: ClientId, why: Cause);
    /// A group has committed an offset.
    fn committed(&mut self, group: GroupId, tp: Tp, offset: u64);
}

/// The server and its way out.
struct Rest<'a, O> {
    kafka: &'a mut Kafka,
    out: &'a mut O,
}

impl<O: Out> Around for Rest<'_, O> {
    fn now(&self) -> Time {
        self.out.now()
    }

    fn reply(&mut self, client: ClientId, id: RequestId, reply: Reply) {
        self.out.reply(client, id, request::Reply::Coordinator(reply));
    }

    fn partitions(&self, topic: TopicId) -> u16 {
        self.kafka.partitions_of(topic)
    }

    fn topic_name(&self, topic: TopicId) -> &str {
        self.kafka.topics.get(usize::from(topic.0)).map_or("", |topic| &topic.name)
    }

    fn reads(&mut self, group: GroupId, topic: TopicId, isolation: Isolation) {
        self.kafka.reads(group, topic, isolation, self.out);
    }

    fn rebalancing(&mut self, group: GroupId, generation: u32) {
        self.out.record(What::Rebalancing { group: group.0, generation });
    }

    fn rebalanced(&mut self, group: GroupId, generation: u32) {
        self.out.record(What::Rebalanced { group: group.0, generation });
    }

    fn assigned(&mut self, group: GroupId, tp: Tp, client: ClientId) {
        if let Some(store) = self.kafka.store_of(group, tp) {
            self.out.record(What::Assigned { worker: WorkerId(client.0), store });
        }
    }

    fn revoked(&mut self, group: GroupId, tp: Tp, client: ClientId, why: Cause) {
        if let Some(store) = self.kafka.store_of(group, tp) {
            self.out.record(What::Revoked { worker: WorkerId(client.0), store });
        }
        // Whatever it still waits for there it would not read any more.
        if let Some(partition) = self.kafka.partition_mut(tp) {
            partition.parked.retain(|parked| parked.client != client || parked.fetch.group != Some(group));
        }
        self.kafka.is_revoked(group, tp, why, self.out);
    }

    fn committed(&mut self, group: GroupId, tp: Tp, offset: u64) {
        self.kafka.is_committed(group, tp, offset, self.out);
    }
}

impl Kafka {
    /// Lends the coordinator all but itself.
    fn coordinate<O: Out>(&mut self, out: &mut O, act: impl FnOnce(&mut super::Groups, &mut Rest<'_, O>)) {
        let mut groups = std::mem::take(&mut self.groups);
        act(&mut groups, &mut Rest { kafka: self, out });
        self.groups = groups;
    }

    /// A request to the coordinator.
    pub(in super::super) fn ask_coordinator(
        &mut self,
        client: ClientId,
        id: RequestId,
        request: Request,
        out: &mut impl Out,
    ) {
        self.coordinate(out, |groups, rest| groups.request(client, id, request, rest));
    }

    /// The connection of a client is gone.
    pub(in super::super) fn coordinator_lost(&mut self, client: ClientId) {
        self.groups.lost(client);
    }

    /// What is due of the coordinator has come.
    pub(in super::super) fn wake_coordinator(&mut self, out: &mut impl Out) {
        self.coordinate(out, |groups, rest| groups.wake(rest));
    }

    /// A transaction is committed that offsets of a group belong to.
    pub(in super::super) fn commit_with_transaction(
        &mut self,
        group: GroupId,
        offset: (Tp, u64),
        out: &mut impl Out,
    ) {
        self.coordinate(out, |groups, rest| groups.commit_transactional(group, offset, rest));
    }

    /// A topic has more partitions than before.
    pub(in super::super) fn topic_has_grown(&mut self, topic: TopicId, out: &mut impl Out) {
        self.coordinate(out, |groups, rest| groups.grown(topic, rest));
    }

    /// All brokers start anew: groups are read back from their topic, and all connections are gone.
    pub(in super::super) fn restart_coordinator(&mut self, out: &mut impl Out) {
        self.coordinate(out, |groups, rest| groups.restart(rest));
    }
}
