//! `SyncGroup`: the leader says who reads what, and each member is told.

use std::collections::BTreeMap;

use super::super::request::Tp;
use super::Context;
use super::around::Around;
use super::classic::{Classic, From, State, Waits};
use super::request::{Error, MemberId, Reply, Sync};

impl Classic {
    /// A member asks for its share. It is answered when the leader has assigned.
    pub(super) fn sync(
        &mut self,
        from: From,
        sync: Sync,
        context: &mut Context<'_, impl Around>,
    ) -> Option<Reply> {
        match self.try_sync(from, sync, context) {
            Ok(reply) => reply,
            Err(error) => Some(Reply::Error(error)),
        }
    }

    fn try_sync(
        &mut self,
        from: From,
        sync: Sync,
        context: &mut Context<'_, impl Around>,
    ) -> Result<Option<Reply>, Error> {
        let (generation, state, leader) = (self.generation, self.state, self.leader);
        let member = sync.who.member;
        let own = self.known(&sync.who)?;
        if sync.who.generation != generation {
            return Err(Error::IllegalGeneration);
        }
        match state {
            State::Empty | State::Dead => Err(Error::UnknownMember),
            State::Preparing => Err(Error::RebalanceInProgress),
            State::Completing => {
                own.synced = true;
                own.waits = Waits::Sync(Some(from));
                if leader == Some(member) {
                    self.share_out(sync.shares, context);
                }
                Ok(None)
            }
            State::Stable => {
                own.synced = true;
                own.deadline = context.now() + own.session;
                let share = own.share.clone();
                // One that took the place of its earlier self reads again what that one read.
                self.reads_its_share(member, context);
                Ok(Some(Reply::Synced(share)))
            }
        }
    }

    /// The leader has assigned: all who wait are told.
    fn share_out(&mut self, given: Vec<(MemberId, Vec<Tp>)>, context: &mut Context<'_, impl Around>) {
        self.state = State::Stable;
        let mut shares = BTreeMap::new();
        shares.extend(given);
        let members: Vec<MemberId> = self.members.keys().copied().collect();
        for member in &members {
            let share = shares.remove(member).unwrap_or_default();
            if let Some(own) = self.members.get_mut(member) {
                own.share.clone_from(&share);
            }
            self.gives_up_all_but(*member, &share, context);
        }
        for member in members {
            self.reads_its_share(member, context);
            let Some(own) = self.members.get_mut(&member) else { continue };
            if let Waits::Sync(from) = std::mem::replace(&mut own.waits, Waits::No) {
                own.deadline = context.now() + own.session;
                if let Some((client, id)) = from {
                    context.around.reply(client, id, Reply::Synced(own.share.clone()));
                }
            }
        }
        context.around.rebalanced(context.group, self.generation);
    }

    /// Books what a member is to read.
    fn reads_its_share(&mut self, member: MemberId, context: &mut Context<'_, impl Around>) {
        let Some(own) = self.members.get_mut(&member) else { return };
        let client = own.client;
        let new: Vec<Tp> = own.share.iter().filter(|tp| !own.reads.contains(tp)).copied().collect();
        for tp in new {
            context.around.assigned(context.group, tp, client);
            own.reads.push(tp);
        }
    }
}
