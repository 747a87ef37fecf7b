//! A group of the newer protocol (KIP-848): the broker assigns, and each member gets there by its heartbeats.
//!
//! Whenever a member comes, goes or changes its mind, the group has a new *epoch* and with it a new *target*: who is to
//! read what. Each heartbeat of a member brings it nearer to its target. What it is to give up it is told first, and
//! stays in its epoch until it says that it has; only then it is in the new epoch. What it is to get it is told as soon
//! as whoever has that has given it up. Members that are not concerned are not disturbed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::id::ClientId;
use crate::journal::Cause;
use crate::mechanism::shell_sort;
use crate::time::Time;

use super::super::assignor::server_side::ServerSide;
use super::super::assignor::{Subscriber, TopicPartition};
use super::super::request::{TopicId, Tp};
use super::around::Around;
use super::request::{Beat, Beaten, Described, Description, Error, MemberId, Reply, Who};
use super::{Context, Due};

/// A member.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Member {
    client: ClientId,
    client_id: Arc<str>,
    name: Arc<str>,
    instance: Option<Arc<str>>,
    topics: Vec<TopicId>,
    assignor: ServerSide,
    rebalance: Duration,
    /// The epoch that it is in.
    epoch: u32,
    /// What it is to read in the end.
    target: Vec<Tp>,
    /// What it was told to read.
    share: Vec<Tp>,
    /// What it was told to read no more, and has not said that it has given up.
    revoking: Vec<Tp>,
    /// Until when it is to have given that up.
    revoked_by: Option<Time>,
    /// A static member that has gone and may come back until then.
    away: bool,
    deadline: Time,
}

/// The group.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Modern {
    epoch: u32,
    members: BTreeMap<MemberId, Member>,
    /// Whether some member is not there yet.
    reconciling: bool,
}

impl Modern {
    /// A group that was of the classic protocol, in this generation.
    pub(super) fn after(generation: u32) -> Modern {
        Modern { epoch: generation, ..Modern::default() }
    }

    pub(super) fn epoch(&self) -> u32 {
        self.epoch
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(super) fn is_reconciling(&self) -> bool {
        self.reconciling
    }

    pub(super) fn subscribes(&self, topic: TopicId) -> bool {
        self.members.values().any(|member| member.topics.contains(&topic))
    }

    /// What anybody in it subscribes to.
    pub(super) fn topics(&self) -> impl Iterator<Item = TopicId> {
        self.members.values().flat_map(|member| member.topics.iter().copied())
    }

    /// Whether a member may commit.
    pub(super) fn may_commit(&self, who: &Who) -> Result<(), Error> {
        let own = self.members.get(&who.member).ok_or(Error::UnknownMember)?;
        if own.epoch == who.generation { Ok(()) } else { Err(Error::StaleEpoch) }
    }

    /// A member shows that it is alive, and says what it reads.
    pub(super) fn beat(
        &mut self,
        client: ClientId,
        beat: Beat,
        context: &mut Context<'_, impl Around>,
    ) -> Result<Reply, Error> {
        for topic in &beat.topics {
            context.around.reads(context.group, *topic, beat.isolation);
        }
        let member = match beat.member {
            Some(member) => self.again(member, client, &beat, context)?,
            None => self.comes(client, &beat, context)?,
        };
        let session = context.settings.modern_session;
        if let Some(own) = self.members.get_mut(&member) {
            own.deadline = context.now() + session;
        }
        self.reconcile(member, &beat.owned, context);
        let own = self.members.get(&member).ok_or(Error::UnknownMember)?;
        let (mut told, mut reads) = (own.share.clone(), beat.owned);
        shell_sort::sort(&mut told);
        shell_sort::sort(&mut reads);
        let share = (told != reads || beat.epoch == 0).then_some(told);
        let interval = context.settings.modern_interval;
        let (epoch, beaten) = (own.epoch, |epoch| Beaten { member, epoch, interval, share });
        let reply = Reply::Beaten(Box::new(beaten(epoch)));
        self.note_end(context);
        Ok(reply)
    }

    /// A member that is not known by its id. A static one takes the place of its earlier self, if that has gone.
    fn comes(
        &mut self,
        client: ClientId,
        beat: &Beat,
        context: &mut Context<'_, impl Around>,
    ) -> Result<MemberId, Error> {
        let has_instance = |own: &Member| own.instance.is_some() && own.instance == beat.instance;
        let earlier = self.members.iter().find(|(_, own)| has_instance(own));
        let earlier = earlier.map(|(member, own)| (*member, own.away));
        let member = context.next_member();
        let deadline = context.later(context.settings.modern_session, Due::Session(context.group, member));
        let mut own = Member {
            client,
            client_id: beat.client.clone(),
            name: format!("{}-{:010}", beat.client, member.0).into(),
            instance: beat.instance.clone(),
            topics: beat.topics.clone(),
            assignor: beat.assignor,
            rebalance: beat.rebalance,
            epoch: 0,
            target: Vec::new(),
            share: Vec::new(),
            revoking: Vec::new(),
            revoked_by: None,
            away: false,
            deadline,
        };
        match earlier {
            Some((_, false)) => return Err(Error::UnreleasedInstance),
            Some((earlier, true)) => {
                if let Some(before) = self.members.remove(&earlier) {
                    (own.epoch, own.target, own.share) = (before.epoch, before.target, before.share);
                    for tp in &own.share {
                        context.around.assigned(context.group, *tp, client);
                    }
                }
                self.members.insert(member, own);
            }
            None => {
                self.members.insert(member, own);
                self.aim(context);
            }
        }
        Ok(member)
    }

    /// A member that is known.
    fn again(
        &mut self,
        member: MemberId,
        client: ClientId,
        beat: &Beat,
        context: &mut Context<'_, impl Around>,
    ) -> Result<MemberId, Error> {
        let own = self.members.get_mut(&member).ok_or(Error::UnknownMember)?;
        if beat.epoch != 0 && beat.epoch != own.epoch {
            return Err(Error::FencedEpoch);
        }
        let is_same = own.topics == beat.topics && own.assignor == beat.assignor;
        own.client = client;
        own.rebalance = beat.rebalance;
        if !is_same {
            own.topics.clone_from(&beat.topics);
            own.assignor = beat.assignor;
            self.aim(context);
        }
        Ok(member)
    }

    /// A new epoch: who is to read what from now on.
    fn aim(&mut self, context: &mut Context<'_, impl Around>) {
        self.epoch += 1;
        self.reconciling = true;
        context.around.rebalancing(context.group, self.epoch);
        let mut topics: Vec<TopicId> = self.members.values().flat_map(|own| own.topics.clone()).collect();
        shell_sort::sort_by(&mut topics, |one, other| {
            context.around.topic_name(*one) < context.around.topic_name(*other)
        });
        topics.dedup();
        let partitions: Vec<u16> = topics.iter().map(|topic| context.around.partitions(*topic)).collect();
        let rank = |topic: TopicId| topics.iter().position(|own| *own == topic).map(|rank| rank as u16);
        let ranked = |tp: &Tp| Some(TopicPartition { topic: rank(tp.topic)?, partition: tp.partition });
        let subscriber = |own: &Member| {
            let mut ranks: Vec<u16> = own.topics.iter().filter_map(|topic| rank(*topic)).collect();
            shell_sort::sort(&mut ranks);
            Subscriber {
                id: own.name.clone(),
                instance: own.instance.clone(),
                topics: ranks,
                owned: own.target.iter().filter_map(ranked).collect(),
                generation: self.epoch,
            }
        };
        let subscribers: Vec<Subscriber> = self.members.values().map(subscriber).collect();
        let shares = self.assignor().assign(&partitions, &subscribers);
        for (own, share) in self.members.values_mut().zip(shares) {
            let tp = |own: TopicPartition| {
                Some(Tp { topic: *topics.get(usize::from(own.topic))?, partition: own.partition })
            };
            own.target = share.into_iter().filter_map(tp).collect();
        }
    }

    /// The assignor that most ask for; `uniform` if as many ask for the other.
    fn assignor(&self) -> ServerSide {
        let ranges = self.members.values().filter(|own| own.assignor == ServerSide::Range).count();
        if self.members.len() < 2 * ranges { ServerSide::Range } else { ServerSide::Uniform }
    }

    /// Brings a member, which says what it reads, as near to its target as is possible now.
    fn reconcile(&mut self, member: MemberId, reads: &[Tp], context: &mut Context<'_, impl Around>) {
        let Some(own) = self.members.get_mut(&member) else { return };
        let client = own.client;
        if !own.revoking.is_empty() {
            if own.revoking.iter().any(|tp| reads.contains(tp)) {
                return;
            }
            for tp in std::mem::take(&mut own.revoking) {
                context.around.revoked(context.group, tp, client, Cause::Rebalance);
            }
            own.revoked_by = None;
        }
        let leaving: Vec<Tp> = own.share.iter().filter(|tp| !own.target.contains(tp)).copied().collect();
        if !leaving.is_empty() {
            own.share.retain(|tp| own.target.contains(tp));
            own.revoking = leaving;
            own.revoked_by = Some(context.later(own.rebalance, Due::Revocation(context.group, member)));
            return;
        }
        own.epoch = self.epoch;
        let wanted: Vec<Tp> = own.target.iter().filter(|tp| !own.share.contains(tp)).copied().collect();
        let is_free = |tp: &Tp| {
            let mut others = self.members.values();
            !others.any(|own| own.share.contains(tp) || own.revoking.contains(tp))
        };
        let free: Vec<Tp> = wanted.into_iter().filter(is_free).collect();
        let Some(own) = self.members.get_mut(&member) else { return };
        for tp in free {
            own.share.push(tp);
            context.around.assigned(context.group, tp, client);
        }
    }

    /// Tells when all are where they are to be.
    fn note_end(&mut self, context: &mut Context<'_, impl Around>) {
        let is_there = |own: &Member| {
            own.epoch == self.epoch && own.revoking.is_empty() && own.share.len() == own.target.len()
        };
        if self.reconciling && self.members.values().all(is_there) {
            self.reconciling = false;
            context.around.rebalanced(context.group, self.epoch);
        }
    }

    /// A member leaves. A static one only says that it may come back.
    pub(super) fn depart(
        &mut self,
        who: &Who,
        context: &mut Context<'_, impl Around>,
    ) -> Result<Reply, Error> {
        let own = self.members.get_mut(&who.member).ok_or(Error::UnknownMember)?;
        if own.instance.is_some() {
            own.away = true;
            for tp in own.share.iter().chain(&own.revoking) {
                context.around.revoked(context.group, *tp, own.client, Cause::Disconnect);
            }
            own.revoking.clear();
            own.revoked_by = None;
        } else {
            self.remove(who.member, Cause::Disconnect, context);
        }
        Ok(Reply::Done)
    }

    fn remove(&mut self, member: MemberId, why: Cause, context: &mut Context<'_, impl Around>) {
        let Some(own) = self.members.remove(&member) else { return };
        // What one that is away had was taken from it when it went.
        if !own.away {
            for tp in own.share.into_iter().chain(own.revoking) {
                context.around.revoked(context.group, tp, own.client, why);
            }
        }
        self.aim(context);
        self.note_end(context);
    }

    /// The session of a member may be over.
    pub(super) fn session_is_over(&mut self, member: MemberId, context: &mut Context<'_, impl Around>) {
        let Some(own) = self.members.get(&member) else { return };
        if context.now() < own.deadline {
            context.agenda.push(own.deadline, Due::Session(context.group, member));
        } else {
            self.remove(member, Cause::Timeout, context);
        }
    }

    /// A member has taken too long to give up what it was to give up: it is a member no more.
    pub(super) fn revocation_is_over(&mut self, member: MemberId, context: &mut Context<'_, impl Around>) {
        let own = self.members.get(&member);
        if own.and_then(|own| own.revoked_by).is_some_and(|by| by <= context.now()) {
            self.remove(member, Cause::Timeout, context);
        }
    }

    /// A topic has more partitions than before.
    pub(super) fn grown(&mut self, topic: TopicId, context: &mut Context<'_, impl Around>) {
        if self.subscribes(topic) {
            self.aim(context);
        }
    }

    /// The coordinator starts anew: all of this is written down.
    pub(super) fn restart(&mut self, context: &mut Context<'_, impl Around>) {
        for own in self.members.values_mut() {
            own.deadline = context.now() + context.settings.modern_session;
        }
    }

    /// Who reads a partition.
    pub(super) fn owner(&self, tp: Tp) -> Option<ClientId> {
        let has = |own: &&Member| !own.away && (own.share.contains(&tp) || own.revoking.contains(&tp));
        self.members.values().find(has).map(|own| own.client)
    }

    pub(super) fn describe(&self, offsets: Vec<(Tp, u64)>) -> Description {
        let member = |(member, own): (&MemberId, &Member)| Described {
            client: own.client_id.clone(),
            member: *member,
            worker: own.client,
            share: own.share.iter().chain(&own.revoking).copied().collect(),
            leaving: own.revoking.clone(),
        };
        let state = match (self.members.is_empty(), self.reconciling) {
            (true, _) => "Empty",
            (false, true) => "Reconciling",
            (false, false) => "Stable",
        };
        Description {
            state,
            generation: self.epoch,
            assignor: Some(self.assignor().name()),
            members: self.members.iter().map(member).collect(),
            offsets,
        }
    }
}
