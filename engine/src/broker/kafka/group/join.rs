//! `JoinGroup`: a member comes, or comes again for the next generation.

use std::sync::Arc;

use crate::journal::Cause;

use super::around::Around;
use super::classic::{Classic, From, Member, State, Waits};
use super::request::{Error, Join, MemberId, Reply};
use super::{Context, Due};

impl Classic {
    /// A member asks to join. It is answered when all have.
    pub(super) fn join(
        &mut self,
        from: From,
        join: Join,
        context: &mut Context<'_, impl Around>,
    ) -> Option<Reply> {
        for topic in join.wishes.topics.clone() {
            context.around.reads(context.group, topic, join.isolation);
        }
        match self.try_join(from, join, context) {
            Ok(reply) => reply,
            Err(error) => Some(Reply::Error(error)),
        }
    }

    fn try_join(
        &mut self,
        from: From,
        join: Join,
        context: &mut Context<'_, impl Around>,
    ) -> Result<Option<Reply>, Error> {
        let settings = &context.settings;
        if join.session < settings.min_session || settings.max_session < join.session {
            return Err(Error::InvalidSessionTimeout);
        }
        if !self.knows_one_that_all_know(&join) {
            return Err(Error::InconsistentProtocol);
        }
        if self.state == State::Dead {
            self.state = State::Empty;
        }
        let Some(member) = join.member else {
            let replaced = join.instance.as_ref().and_then(|instance| self.instances.get(instance)).copied();
            return Ok(match replaced {
                Some(older) => self.replace(older, from, join, context),
                None => {
                    self.welcome(from, join, context);
                    None
                }
            });
        };
        self.is_not_fenced(join.instance.as_ref(), member)?;
        if !self.members.contains_key(&member) {
            return Err(Error::UnknownMember);
        }
        Ok(self.rejoin(member, from, join, context))
    }

    fn knows_one_that_all_know(&self, join: &Join) -> bool {
        let others = || self.members.iter().filter(|(member, _)| Some(**member) != join.member);
        let is_replaced = |instance: &Option<Arc<str>>| instance.is_some() && *instance == join.instance;
        join.wishes.assignors.iter().any(|assignor| {
            others().all(|(_, own)| is_replaced(&own.instance) || own.wishes.assignors.contains(assignor))
        })
    }

    /// A new member.
    fn welcome(&mut self, from: From, join: Join, context: &mut Context<'_, impl Around>) {
        let member = self.admit(from, join, context);
        self.leader = self.leader.or(Some(member));
        match self.state {
            State::Preparing => {
                self.note_newcomer();
                self.try_complete(context);
            }
            State::Empty | State::Completing | State::Stable | State::Dead => self.prepare(context),
        }
    }

    /// Enters a member, which waits for the others.
    fn admit(&mut self, from: From, join: Join, context: &mut Context<'_, impl Around>) -> MemberId {
        let member = context.next_member();
        if let Some(instance) = &join.instance {
            self.instances.insert(instance.clone(), member);
        }
        let deadline = context.later(join.session, Due::Session(context.group, member));
        let own = Member {
            client: from.0,
            name: format!("{}-{:010}", join.client, member.0).into(),
            client_id: join.client,
            instance: join.instance,
            session: join.session,
            rebalance: join.rebalance,
            wishes: join.wishes,
            waits: Waits::Join(Some(from)),
            synced: false,
            share: Vec::new(),
            reads: Vec::new(),
            deadline,
        };
        self.members.insert(member, own);
        member
    }

    /// A member that is known joins again.
    fn rejoin(
        &mut self,
        member: MemberId,
        from: From,
        join: Join,
        context: &mut Context<'_, impl Around>,
    ) -> Option<Reply> {
        let own = self.members.get_mut(&member)?;
        let is_same = own.wishes == join.wishes;
        let answers_at_once = match self.state {
            // It did not hear the answer.
            State::Completing => is_same,
            // Its leader alone can have the group share out anew without wanting anything else than before.
            State::Stable => is_same && self.leader != Some(member),
            State::Preparing | State::Empty | State::Dead => false,
        };
        own.client = from.0;
        own.deadline = context.now() + join.session;
        if answers_at_once {
            return self
                .joined(member, self.leader == Some(member))
                .map(|joined| Reply::Joined(Box::new(joined)));
        }
        let keeps = if join.wishes.keeps { join.wishes.owned.clone() } else { Vec::new() };
        (own.session, own.rebalance) = (join.session, join.rebalance);
        own.wishes = join.wishes;
        own.waits = Waits::Join(Some(from));
        self.gives_up_all_but(member, &keeps, context);
        match self.state {
            State::Preparing => self.try_complete(context),
            State::Completing | State::Stable | State::Empty | State::Dead => self.prepare(context),
        }
        None
    }

    /// What a member reads no more is booked as that.
    pub(super) fn gives_up_all_but(
        &mut self,
        member: MemberId,
        keeps: &[super::Tp],
        context: &mut Context<'_, impl Around>,
    ) {
        let Some(own) = self.members.get_mut(&member) else { return };
        let client = own.client;
        own.reads.retain(|tp| {
            let kept = keeps.contains(tp);
            if !kept {
                context.around.revoked(context.group, *tp, client, Cause::Rebalance);
            }
            kept
        });
    }

    /// A static member has started anew: it takes the place of its earlier self, which is fenced off. While the group
    /// is stable nothing else changes.
    fn replace(
        &mut self,
        older: MemberId,
        from: From,
        join: Join,
        context: &mut Context<'_, impl Around>,
    ) -> Option<Reply> {
        let before = self.members.remove(&older)?;
        if let Waits::Join(Some((client, id))) | Waits::Sync(Some((client, id))) = before.waits {
            context.around.reply(client, id, Reply::Error(Error::FencedInstance));
        }
        let member = self.admit(from, join, context);
        if self.leader == Some(older) {
            self.leader = Some(member);
        }
        // What the earlier one had and did not commit is read once more.
        for tp in &before.reads {
            context.around.revoked(context.group, *tp, before.client, Cause::Disconnect);
        }
        let own = self.members.get_mut(&member)?;
        own.share = before.share;
        match self.state {
            State::Stable if self.keeps_its_assignor() => {
                if let Some(own) = self.members.get_mut(&member) {
                    own.waits = Waits::No;
                }
                self.joined(member, false).map(|joined| Reply::Joined(Box::new(joined)))
            }
            State::Preparing => {
                self.try_complete(context);
                None
            }
            State::Stable | State::Completing | State::Empty | State::Dead => {
                self.prepare(context);
                None
            }
        }
    }
}
