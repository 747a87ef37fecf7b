//! The coordinator of groups: who is a member, who reads which partition, and how far each group has come.
//!
//! ```text
//! Empty --join--> PreparingRebalance --all rejoined, or time is up--> CompletingRebalance --leader's sync--> Stable
//!   ^                ^      |                                            |    ^                               |
//!   |                |      +---- nobody left ----> Empty                |    |                               |
//!   |                +---------- a member comes, goes, is given up ------+----|-------------------------------+
//!   +--offsets.retention--> Dead
//! ```
//!
//! A group of the classic protocol is a barrier: all stop until all have rejoined, unless they rebalance
//! cooperatively (`classic.rs`, `join.rs`, `sync.rs`, `membership.rs`). One of the newer protocol (KIP-848) has no such
//! barrier: the broker assigns, and each member gets there in its own time (`modern.rs`). Committed offsets are the same
//! for both (`offsets.rs`).
//!
//! The coordinator knows nothing of records. What it decides is told to the books of each partition by [`Around`].

mod around;
mod classic;
mod join;
mod membership;
mod modern;
mod offsets;
pub mod request;
mod show;
mod sync;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::id::{ClientId, RequestId, WorkerId};
use crate::mechanism::agenda::Agenda;
use crate::time::Time;

use super::request::{GroupId, TopicId, Tp};
use around::Around;
use classic::Classic;
use modern::Modern;
use offsets::Committed;
use request::{Description, Error, MemberId, Reply, Request};

/// What the coordinator is set to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GroupSettings {
    /// `group.initial.rebalance.delay.ms`.
    pub initial_delay: Duration,
    /// `group.min.session.timeout.ms`.
    pub min_session: Duration,
    /// `group.max.session.timeout.ms`.
    pub max_session: Duration,
    /// `offsets.retention.minutes`.
    pub offsets_retention: Duration,
    /// `group.consumer.session.timeout.ms`, of the newer protocol.
    pub modern_session: Duration,
    /// `group.consumer.heartbeat.interval.ms`, of the newer protocol.
    pub modern_interval: Duration,
}

impl Default for GroupSettings {
    fn default() -> GroupSettings {
        GroupSettings {
            initial_delay: Duration::from_secs(3),
            min_session: Duration::from_secs(6),
            max_session: Duration::from_secs(1_800),
            offsets_retention: Duration::from_secs(10_080 * 60),
            modern_session: Duration::from_secs(45),
            modern_interval: Duration::from_secs(5),
        }
    }
}

/// What is due at a time. It may turn out then that it is not due any more.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Due {
    /// A member has shown no sign of life.
    Session(GroupId, MemberId),
    /// Who has not rejoined is given up, or the first wait is over.
    Join(GroupId),
    /// Who has not asked for its share is given up.
    Sync(GroupId),
    /// A member of the newer protocol has not given up what it was to give up.
    Revocation(GroupId, MemberId),
    /// The offsets of an empty group are forgotten.
    Forget(GroupId),
}

/// Who its members are and how they agree.
#[derive(Clone, PartialEq, Hash, Debug)]
enum Protocol {
    Classic(Classic),
    Modern(Modern),
}

/// A group.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Group {
    protocol: Protocol,
    offsets: BTreeMap<Tp, Committed>,
    /// Since when it has no members.
    empty_since: Option<Time>,
}

impl Default for Group {
    fn default() -> Group {
        Group { protocol: Protocol::Classic(Classic::default()), offsets: BTreeMap::new(), empty_since: None }
    }
}

/// The groups.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Groups {
    /// Their names, in the order in which they were told.
    pub(super) names: Vec<String>,
    pub(super) settings: GroupSettings,
    /// By number; fewer than names if nobody asked for the others.
    all: Vec<Group>,
    agenda: Agenda<Due>,
    /// How many members there ever were.
    members: u32,
}

/// What a group is lent to act.
struct Context<'a, A> {
    group: GroupId,
    settings: GroupSettings,
    agenda: &'a mut Agenda<Due>,
    members: &'a mut u32,
    around: &'a mut A,
}

impl<A: Around> Context<'_, A> {
    fn now(&self) -> Time {
        self.around.now()
    }

    fn later(&mut self, after: Duration, due: Due) -> Time {
        let at = self.now() + after;
        self.agenda.push(at, due);
        at
    }

    fn next_member(&mut self) -> MemberId {
        *self.members += 1;
        MemberId(*self.members)
    }
}

impl Groups {
    /// Of a cluster without groups.
    pub(super) fn new(settings: GroupSettings) -> Groups {
        Groups { settings, ..Groups::default() }
    }

    /// When the coordinator has to be woken, at the end of time if never.
    #[inline]
    pub(super) fn due(&self) -> Time {
        self.agenda.first()
    }

    fn at(&mut self, group: GroupId) -> &mut Group {
        let place = usize::from(group.0);
        if self.all.len() <= place {
            self.all.resize_with(place + 1, Group::default);
        }
        &mut self.all[place]
    }

    /// A group and what it needs.
    fn split<'a, A: Around>(
        &'a mut self,
        group: GroupId,
        around: &'a mut A,
    ) -> (&'a mut Group, Context<'a, A>) {
        self.at(group);
        let Groups { settings, all, agenda, members, .. } = self;
        let context = Context { group, settings: *settings, agenda, members, around };
        (&mut all[usize::from(group.0)], context)
    }

    /// A client asks.
    pub(super) fn request(
        &mut self,
        client: ClientId,
        id: RequestId,
        request: Request,
        around: &mut impl Around,
    ) {
        let number = request.group();
        let (group, mut context) = self.split(number, around);
        let reply = match request {
            Request::Reads(group, topics, isolation) => {
                topics.into_iter().for_each(|topic| context.around.reads(group, topic, isolation));
                Ok(Some(Reply::Done))
            }
            Request::Join(join) => {
                group.classic().map(|classic| classic.join((client, id), *join, &mut context))
            }
            Request::Sync(sync) => {
                group.classic().map(|classic| classic.sync((client, id), *sync, &mut context))
            }
            Request::Heartbeat(who) => {
                group.classic().and_then(|classic| classic.heartbeat(&who, &mut context)).map(Some)
            }
            Request::Leave(who) => {
                group.classic().and_then(|classic| classic.leave(&who, &mut context)).map(Some)
            }
            Request::Beat(beat) => {
                group.modern().and_then(|modern| modern.beat(client, *beat, &mut context)).map(Some)
            }
            Request::Depart(who) => {
                group.modern().and_then(|modern| modern.depart(&who, &mut context)).map(Some)
            }
            Request::Commit(commit) => group.commit(&commit, &mut context).map(Some),
            Request::Offsets(_, partitions) => Ok(Some(group.fetch(&partitions))),
            Request::DeleteOffsets(_, partitions) => group.delete_offsets(&partitions).map(Some),
            Request::Delete(_) => group.delete().map(Some),
            Request::Describe(_) => Ok(Some(group.describe())),
        };
        group.settle_emptiness(&mut context);
        if let Some(reply) = reply.unwrap_or_else(|error| Some(Reply::Error(error))) {
            around.reply(client, id, reply);
        }
    }

    /// The connection of a client is gone: what it asked is not answered. Its membership goes on.
    pub(super) fn lost(&mut self, client: ClientId) {
        for group in &mut self.all {
            if let Protocol::Classic(classic) = &mut group.protocol {
                classic.lost(client);
            }
        }
    }

    /// What is due has come.
    pub(super) fn wake(&mut self, around: &mut impl Around) {
        while let Some(due) = self.agenda.pop_due(around.now()) {
            let (Due::Session(number, _)
            | Due::Join(number)
            | Due::Sync(number)
            | Due::Revocation(number, _)
            | Due::Forget(number)) = due;
            let (group, mut context) = self.split(number, around);
            match (due, &mut group.protocol) {
                (Due::Session(_, member), Protocol::Classic(classic)) => {
                    classic.session_is_over(member, &mut context);
                }
                (Due::Session(_, member), Protocol::Modern(modern)) => {
                    modern.session_is_over(member, &mut context);
                }
                (Due::Join(_), Protocol::Classic(classic)) => classic.join_is_over(&mut context),
                (Due::Sync(_), Protocol::Classic(classic)) => classic.sync_is_over(&mut context),
                (Due::Revocation(_, member), Protocol::Modern(modern)) => {
                    modern.revocation_is_over(member, &mut context);
                }
                (Due::Forget(_), _) => group.forget(&mut context),
                (Due::Join(_) | Due::Sync(_), Protocol::Modern(_))
                | (Due::Revocation(..), Protocol::Classic(_)) => {}
            }
            group.settle_emptiness(&mut context);
        }
    }

    /// A topic has more partitions than before. Members of the classic protocol find that out by themselves.
    pub(super) fn grown(&mut self, topic: TopicId, around: &mut impl Around) {
        for number in 0..self.all.len() {
            let (group, mut context) = self.split(GroupId(number as u16), around);
            if let Protocol::Modern(modern) = &mut group.protocol {
                modern.grown(topic, &mut context);
            }
        }
    }

    /// All brokers start anew. What groups had agreed on was written down; what they were about to agree on was not.
    pub(super) fn restart(&mut self, around: &mut impl Around) {
        for number in 0..self.all.len() {
            let (group, mut context) = self.split(GroupId(number as u16), around);
            match &mut group.protocol {
                Protocol::Classic(classic) => classic.restart(&mut context),
                Protocol::Modern(modern) => modern.restart(&mut context),
            }
        }
    }

    /// The offset that a group has committed for a partition, if any.
    pub(super) fn committed(&self, group: GroupId, tp: Tp) -> Option<u64> {
        Some(self.all.get(usize::from(group.0))?.offsets.get(&tp)?.offset)
    }

    /// An offset is committed as part of a transaction.
    pub(super) fn commit_transactional(
        &mut self,
        group: GroupId,
        (tp, offset): (Tp, u64),
        around: &mut impl Around,
    ) {
        let (own, context) = self.split(group, around);
        own.offsets.insert(tp, Committed { offset, at: context.now() });
        context.around.committed(group, tp, offset);
    }

    /// Which member of a group has a partition.
    pub(super) fn owner(&self, group: GroupId, tp: Tp) -> Option<WorkerId> {
        let client = match &self.all.get(usize::from(group.0))?.protocol {
            Protocol::Classic(classic) => classic.owner(tp),
            Protocol::Modern(modern) => modern.owner(tp),
        };
        client.map(|client| WorkerId(client.0))
    }
}

impl Group {
    fn is_empty(&self) -> bool {
        match &self.protocol {
            Protocol::Classic(classic) => classic.members.is_empty(),
            Protocol::Modern(modern) => modern.is_empty(),
        }
    }

    /// It is of the classic protocol, or becomes so while nobody is in it.
    fn classic(&mut self) -> Result<&mut Classic, Error> {
        if let Protocol::Modern(modern) = &self.protocol
            && modern.is_empty()
        {
            self.protocol = Protocol::Classic(Classic::after(modern.epoch()));
        }
        match &mut self.protocol {
            Protocol::Classic(classic) => Ok(classic),
            Protocol::Modern(_) => Err(Error::InconsistentProtocol),
        }
    }

    /// It is of the newer protocol, or becomes so while nobody is in it.
    fn modern(&mut self) -> Result<&mut Modern, Error> {
        if let Protocol::Classic(classic) = &self.protocol
            && classic.members.is_empty()
        {
            self.protocol = Protocol::Modern(Modern::after(classic.generation));
        }
        match &mut self.protocol {
            Protocol::Modern(modern) => Ok(modern),
            Protocol::Classic(_) => Err(Error::InconsistentProtocol),
        }
    }

    /// Notes when it has lost its last member, from when on its offsets grow old, and when it has one again.
    fn settle_emptiness(&mut self, context: &mut Context<'_, impl Around>) {
        if !self.is_empty() {
            self.empty_since = None;
        } else if self.empty_since.is_none() && !self.offsets.is_empty() {
            self.empty_since = Some(context.now());
            context.later(context.settings.offsets_retention, Due::Forget(context.group));
        }
    }

    fn description(&self) -> Description {
        let offsets = self.offsets.iter().map(|(tp, committed)| (*tp, committed.offset)).collect();
        match &self.protocol {
            Protocol::Classic(classic) => classic.describe(offsets),
            Protocol::Modern(modern) => modern.describe(offsets),
        }
    }

    /// `DescribeGroups`.
    fn describe(&self) -> Reply {
        Reply::Described(Box::new(self.description()))
    }

    /// `DeleteGroups`.
    fn delete(&mut self) -> Result<Reply, Error> {
        if !self.is_empty() {
            return Err(Error::NonEmptyGroup);
        }
        *self = Group { protocol: Protocol::Classic(Classic::dead()), ..Group::default() };
        Ok(Reply::Done)
    }
}
