//! Committed offsets: how far a group has come in each partition, by its own word.

use crate::time::{Time, nanos};

use super::super::request::{Few, Tp};
use super::around::Around;
use super::classic::State;
use super::request::{Commit, Error, Reply, Who};
use super::{Context, Due, Group, Protocol};

/// A committed offset.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Committed {
    /// The next to be read.
    pub(super) offset: u64,
    /// When it was committed.
    pub(super) at: Time,
}

impl Group {
    /// `OffsetCommit`. The offsets may go backwards.
    pub(super) fn commit(
        &mut self,
        commit: &Commit,
        context: &mut Context<'_, impl Around>,
    ) -> Result<Reply, Error> {
        match &commit.who {
            Some(who) => self.may_commit(who, context)?,
            // An administrator, or a consumer without a group: as long as there is nobody whose offsets those are.
            None if !self.is_empty() => return Err(Error::UnknownMember),
            None => {}
        }
        let at = context.now();
        let offsets = commit.offsets.all();
        if offsets.iter().any(|(tp, _)| context.around.partitions(tp.topic) <= tp.partition) {
            return Err(Error::UnknownPartition);
        }
        for (tp, offset) in offsets {
            self.offsets.insert(*tp, Committed { offset: *offset, at });
            context.around.committed(context.group, *tp, *offset);
        }
        Ok(Reply::Done)
    }

    /// Whether a member may commit. That it does shows that it is alive.
    fn may_commit(&mut self, who: &Who, context: &mut Context<'_, impl Around>) -> Result<(), Error> {
        match &mut self.protocol {
            Protocol::Classic(classic) => {
                let (generation, state) = (classic.generation, classic.state);
                let own = classic.known(who)?;
                if who.generation != generation {
                    return Err(Error::IllegalGeneration);
                }
                // What it commits now it may have to give up.
                if state == State::Completing {
                    return Err(Error::RebalanceInProgress);
                }
                own.deadline = context.now() + own.session;
                Ok(())
            }
            Protocol::Modern(modern) => modern.may_commit(who),
        }
    }

    /// `OffsetFetch`.
    pub(super) fn fetch(&self, partitions: &Few<Tp>) -> Reply {
        let of = |tp: Tp| (tp, self.offsets.get(&tp).map(|committed| committed.offset));
        Reply::Offsets(match partitions {
            Few::One(tp) => Few::One(of(*tp)),
            Few::Many(all) => Few::Many(all.iter().copied().map(of).collect()),
        })
    }

    /// `OffsetDelete`: of topics to which nobody in it subscribes.
    pub(super) fn delete_offsets(&mut self, partitions: &[Tp]) -> Result<Reply, Error> {
        let is_read = |tp: &Tp| match &self.protocol {
            Protocol::Classic(classic) => {
                classic.members.values().any(|member| member.wishes.topics.contains(&tp.topic))
            }
            Protocol::Modern(modern) => modern.subscribes(tp.topic),
        };
        if partitions.iter().any(is_read) {
            return Err(Error::Subscribed);
        }
        for tp in partitions {
            self.offsets.remove(tp);
        }
        Ok(Reply::Done)
    }

    /// Offsets of a group that has been empty for so long are forgotten, and the group with the last of them. One that
    /// was committed since it is empty is kept as long from then on.
    pub(super) fn forget(&mut self, context: &mut Context<'_, impl Around>) {
        let Some(since) = self.empty_since else { return };
        let (now, retention) = (context.now(), context.settings.offsets_retention);
        let is_old = |at: Time| nanos(retention) <= now.nanos_since(at.max(since));
        self.offsets.retain(|_, committed| !is_old(committed.at));
        if let Some(oldest) = self.offsets.values().map(|committed| committed.at.max(since)).min() {
            context.agenda.push(oldest + retention, Due::Forget(context.group));
        } else if let Protocol::Classic(classic) = &mut self.protocol {
            classic.state = State::Dead;
            self.empty_since = None;
        }
    }
}
