//! A group of the classic protocol: its states, and the rounds in which it agrees on a generation.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::id::{ClientId, RequestId};
use crate::journal::Cause;
use crate::time::Time;

use super::super::assignor::Assignor;
use super::super::request::Tp;
use super::around::Around;
use super::request::{Candidate, Described, Description, Error, Joined, MemberId, Reply, Who, Wishes};
use super::{Context, Due};

/// In what state a group is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(super) enum State {
    /// It has no members, and perhaps offsets.
    #[default]
    Empty,
    /// Members are to join.
    Preparing,
    /// The leader is to say who reads what.
    Completing,
    /// All know what to read.
    Stable,
    /// It has nothing any more.
    Dead,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            State::Empty => "Empty",
            State::Preparing => "PreparingRebalance",
            State::Completing => "CompletingRebalance",
            State::Stable => "Stable",
            State::Dead => "Dead",
        }
    }
}

/// Whom to answer.
pub(super) type From = (ClientId, RequestId);

/// What a member waits for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Waits {
    /// For nothing.
    No,
    /// For all to have joined; nobody is to be told if its connection is gone.
    Join(Option<From>),
    /// For the leader's word.
    Sync(Option<From>),
}

/// A member.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Member {
    /// From where it asked last.
    pub(super) client: ClientId,
    /// `client.id`.
    pub(super) client_id: Arc<str>,
    /// Its id as text.
    pub(super) name: Arc<str>,
    pub(super) instance: Option<Arc<str>>,
    pub(super) session: Duration,
    pub(super) rebalance: Duration,
    pub(super) wishes: Wishes,
    pub(super) waits: Waits,
    /// Whether it has asked for its share in this generation.
    pub(super) synced: bool,
    /// What it is to read in this generation.
    pub(super) share: Vec<Tp>,
    /// What it reads, as far as the books go.
    pub(super) reads: Vec<Tp>,
    /// When it counts as gone, unless it shows a sign of life.
    pub(super) deadline: Time,
}

/// The first wait of a group that was empty.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Initial {
    /// How long it may be prolonged.
    remaining: Duration,
    /// Whether a member came since it was prolonged last.
    newcomers: bool,
}

/// The group.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Classic {
    pub(super) state: State,
    pub(super) generation: u32,
    pub(super) assignor: Option<Assignor>,
    pub(super) leader: Option<MemberId>,
    pub(super) members: BTreeMap<MemberId, Member>,
    /// Who has which `group.instance.id`.
    pub(super) instances: BTreeMap<Arc<str>, MemberId>,
    initial: Option<Initial>,
    join_due: Option<Time>,
    sync_due: Option<Time>,
}

impl Classic {
    /// A group that was of the newer protocol, in this epoch.
    pub(super) fn after(epoch: u32) -> Classic {
        Classic { generation: epoch, ..Classic::default() }
    }

    /// A group that was deleted.
    pub(super) fn dead() -> Classic {
        Classic { state: State::Dead, ..Classic::default() }
    }

    pub(super) fn is_rebalancing(&self) -> bool {
        matches!(self.state, State::Preparing | State::Completing)
    }

    /// The member that asks, if it is the one it says it is.
    pub(super) fn known(&mut self, who: &Who) -> Result<&mut Member, Error> {
        self.is_not_fenced(who.instance.as_ref(), who.member)?;
        self.members.get_mut(&who.member).ok_or(Error::UnknownMember)
    }

    /// Whether nobody else has taken over its instance id.
    pub(super) fn is_not_fenced(&self, instance: Option<&Arc<str>>, member: MemberId) -> Result<(), Error> {
        match instance.map(|instance| self.instances.get(instance)) {
            Some(Some(own)) if *own != member => Err(Error::FencedInstance),
            Some(None) => Err(Error::UnknownMember),
            Some(Some(_)) | None => Ok(()),
        }
    }

    /// Begins to share out anew: all have to rejoin.
    pub(super) fn prepare(&mut self, context: &mut Context<'_, impl Around>) {
        let was = self.state;
        if was == State::Completing {
            self.dismiss_syncing(context);
        }
        self.state = State::Preparing;
        self.sync_due = None;
        context.around.rebalancing(context.group, self.generation + 1);
        if was == State::Empty {
            let (most, initial) = (self.rebalance_timeout(), context.settings.initial_delay);
            let delay = initial.min(most);
            self.initial = Some(Initial { remaining: most.saturating_sub(delay), newcomers: false });
            self.join_due = Some(context.later(delay, Due::Join(context.group)));
        } else {
            self.initial = None;
            let timeout = self.rebalance_timeout();
            self.join_due = Some(context.later(timeout, Due::Join(context.group)));
            self.try_complete(context);
        }
    }

    /// A member has come while the group waits for its first ones.
    pub(super) fn note_newcomer(&mut self) {
        if let Some(initial) = &mut self.initial {
            initial.newcomers = true;
        }
    }

    /// The longest that any member may take to rejoin.
    fn rebalance_timeout(&self) -> Duration {
        self.members.values().map(|member| member.rebalance).max().unwrap_or_default()
    }

    /// Goes on if all members have rejoined.
    pub(super) fn try_complete(&mut self, context: &mut Context<'_, impl Around>) {
        let is_waited_for = |member: &Member| !matches!(member.waits, Waits::Join(_));
        if self.state == State::Preparing
            && self.initial.is_none()
            && !self.members.values().any(is_waited_for)
        {
            self.complete_join(context);
        }
    }

    /// The time to join is over.
    pub(super) fn join_is_over(&mut self, context: &mut Context<'_, impl Around>) {
        if self.state != State::Preparing || self.join_due.is_none_or(|due| context.now() < due) {
            return;
        }
        if let Some(initial) = &mut self.initial
            && initial.newcomers
            && !initial.remaining.is_zero()
        {
            let delay = context.settings.initial_delay.min(initial.remaining);
            initial.remaining -= delay;
            initial.newcomers = false;
            self.join_due = Some(context.later(delay, Due::Join(context.group)));
            return;
        }
        self.initial = None;
        self.complete_join(context);
    }

    /// Who is there makes up the next generation.
    fn complete_join(&mut self, context: &mut Context<'_, impl Around>) {
        let has_joined = |member: &Member| matches!(member.waits, Waits::Join(_));
        let missing = self.members.iter().filter(|(_, own)| own.instance.is_none() && !has_joined(own));
        let missing: Vec<MemberId> = missing.map(|(member, _)| *member).collect();
        missing.into_iter().for_each(|member| self.remove(member, Cause::Timeout, context));
        self.join_due = None;
        if self.members.is_empty() {
            self.generation += 1;
            self.state = State::Empty;
            (self.assignor, self.leader) = (None, None);
            context.around.rebalanced(context.group, self.generation);
            return;
        }
        // The leader stays, if it is here.
        let is_here = |member: &MemberId| self.members.get(member).is_some_and(has_joined);
        let first = || self.members.iter().find(|(_, own)| has_joined(own)).map(|(member, _)| *member);
        let Some(leader) = self.leader.filter(is_here).or_else(first) else {
            // Only static members are left, and all of them are away.
            self.join_due = Some(context.later(self.rebalance_timeout(), Due::Join(context.group)));
            return;
        };
        self.leader = Some(leader);
        self.generation += 1;
        self.assignor = self.elected();
        self.state = State::Completing;
        self.sync_due = Some(context.later(self.rebalance_timeout(), Due::Sync(context.group)));
        let members: Vec<MemberId> = self.members.keys().copied().collect();
        for member in members {
            if let Some(own) = self.members.get_mut(&member) {
                own.synced = false;
                let waited = std::mem::replace(&mut own.waits, Waits::No);
                own.deadline = context.now() + own.session;
                if let Waits::Join(Some((client, id))) = waited
                    && let Some(joined) = self.joined(member, leader == member)
                {
                    context.around.reply(client, id, Reply::Joined(Box::new(joined)));
                }
            }
        }
    }

    /// The assignor that most like best of those that all know; of equals the one that the first member likes best.
    fn elected(&self) -> Option<Assignor> {
        let first = &self.members.values().next()?.wishes.assignors;
        let is_common = |assignor: &&Assignor| {
            self.members.values().all(|member| member.wishes.assignors.contains(assignor))
        };
        let common: Vec<Assignor> = first.iter().filter(is_common).copied().collect();
        let vote = |member: &Member| member.wishes.assignors.iter().find(|own| common.contains(own)).copied();
        let votes: Vec<Assignor> = self.members.values().filter_map(vote).collect();
        let count = |assignor: &Assignor| votes.iter().filter(|own| *own == assignor).count();
        common.iter().rev().max_by_key(|assignor| count(assignor)).copied()
    }

    /// Whether the group would agree on the same assignor as it has.
    pub(super) fn keeps_its_assignor(&self) -> bool {
        self.elected() == self.assignor
    }

    /// What a member is told that has joined. A leader is told all members, unless it need not assign.
    pub(super) fn joined(&self, member: MemberId, assigns: bool) -> Option<Joined> {
        let candidate = |(member, own): (&MemberId, &Member)| Candidate {
            member: *member,
            name: own.name.clone(),
            instance: own.instance.clone(),
            wishes: own.wishes.clone(),
        };
        Some(Joined {
            member,
            generation: self.generation,
            assignor: self.assignor?,
            leads: self.leader == Some(member),
            members: if assigns { self.members.iter().map(candidate).collect() } else { Vec::new() },
        })
    }

    /// Whoever waits for the leader's word waits in vain.
    fn dismiss_syncing(&mut self, context: &mut Context<'_, impl Around>) {
        for member in self.members.values_mut() {
            member.share.clear();
            if let Waits::Sync(from) = member.waits {
                member.waits = Waits::No;
                member.deadline = context.now() + member.session;
                if let Some((client, id)) = from {
                    context.around.reply(client, id, Reply::Error(Error::RebalanceInProgress));
                }
            }
        }
    }

    /// The time to ask for one's share is over.
    pub(super) fn sync_is_over(&mut self, context: &mut Context<'_, impl Around>) {
        if self.sync_due.is_none_or(|due| context.now() < due) {
            return;
        }
        self.sync_due = None;
        let missing = self.members.iter().filter(|(_, member)| !member.synced);
        let missing: Vec<MemberId> = missing.map(|(member, _)| *member).collect();
        if missing.is_empty() {
            return;
        }
        missing.into_iter().for_each(|member| self.remove(member, Cause::Timeout, context));
        self.prepare(context);
    }

    /// A member is no member any more. What comes of that for the others is another matter.
    pub(super) fn remove(&mut self, member: MemberId, why: Cause, context: &mut Context<'_, impl Around>) {
        let Some(own) = self.members.remove(&member) else { return };
        if let Some(instance) = &own.instance
            && self.instances.get(instance) == Some(&member)
        {
            self.instances.remove(instance);
        }
        for tp in own.reads {
            context.around.revoked(context.group, tp, own.client, why);
        }
        if let Waits::Join(Some((client, id))) | Waits::Sync(Some((client, id))) = own.waits {
            context.around.reply(client, id, Reply::Error(Error::UnknownMember));
        }
    }

    /// A member has gone: the others share out anew.
    pub(super) fn gone(&mut self, context: &mut Context<'_, impl Around>) {
        match self.state {
            State::Stable | State::Completing => self.prepare(context),
            State::Preparing => self.try_complete(context),
            State::Empty | State::Dead => {}
        }
    }

    /// What was asked over a connection that is gone is not answered.
    pub(super) fn lost(&mut self, client: ClientId) {
        for member in self.members.values_mut() {
            if let Waits::Join(from) | Waits::Sync(from) = &mut member.waits {
                *from = from.filter(|(own, _)| *own != client);
            }
        }
    }

    /// The coordinator starts anew. What was agreed on last it knows still; what was about to be agreed on it does not,
    /// and nobody is a member who was to be.
    pub(super) fn restart(&mut self, context: &mut Context<'_, impl Around>) {
        if self.is_rebalancing() {
            let members: Vec<MemberId> = self.members.keys().copied().collect();
            for member in &members {
                self.members.entry(*member).and_modify(|own| own.waits = Waits::No);
                self.remove(*member, Cause::Restart, context);
            }
            self.generation -= u32::from(self.state == State::Completing);
            (self.join_due, self.sync_due, self.initial) = (None, None, None);
            (self.leader, self.assignor) = (None, None);
            self.state = State::Empty;
        }
        for member in self.members.values_mut() {
            member.deadline = context.now() + member.session;
        }
    }

    /// Who reads a partition.
    pub(super) fn owner(&self, tp: Tp) -> Option<ClientId> {
        self.members.values().find(|own| own.reads.contains(&tp)).map(|own| own.client)
    }

    pub(super) fn describe(&self, offsets: Vec<(Tp, u64)>) -> Description {
        let member = |(member, own): (&MemberId, &Member)| Described {
            client: own.client_id.clone(),
            member: *member,
            worker: own.client,
            share: own.reads.clone(),
            leaving: Vec::new(),
        };
        Description {
            state: self.state.name(),
            generation: self.generation,
            assignor: self.assignor.map(Assignor::name),
            members: self.members.iter().map(member).collect(),
            offsets,
        }
    }
}
