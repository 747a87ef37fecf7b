//! How a member shows that it is alive, and how it goes.

use crate::journal::Cause;

use super::around::Around;
use super::classic::{Classic, State, Waits};
use super::request::{Error, MemberId, Reply, Who};
use super::{Context, Due};

impl Classic {
    /// `Heartbeat`: by its answer members learn that they have to rejoin.
    pub(super) fn heartbeat(
        &mut self,
        who: &Who,
        context: &mut Context<'_, impl Around>,
    ) -> Result<Reply, Error> {
        let (generation, state) = (self.generation, self.state);
        let now = context.now();
        let own = self.known(who)?;
        match state {
            State::Empty | State::Dead => Err(Error::UnknownMember),
            State::Preparing => {
                own.deadline = now + own.session;
                Err(Error::RebalanceInProgress)
            }
            State::Completing | State::Stable if who.generation != generation => {
                Err(Error::IllegalGeneration)
            }
            State::Completing | State::Stable => {
                own.deadline = now + own.session;
                Ok(Reply::Done)
            }
        }
    }

    /// `LeaveGroup`.
    pub(super) fn leave(
        &mut self,
        who: &Who,
        context: &mut Context<'_, impl Around>,
    ) -> Result<Reply, Error> {
        self.known(who)?;
        self.remove(who.member, Cause::Disconnect, context);
        self.gone(context);
        Ok(Reply::Done)
    }

    /// The session of a member may be over.
    pub(super) fn session_is_over(&mut self, member: MemberId, context: &mut Context<'_, impl Around>) {
        let now = context.now();
        let Some(own) = self.members.get_mut(&member) else { return };
        // Who waits for an answer need not show that it is alive.
        if own.waits != Waits::No {
            own.deadline = own.deadline.max(now + own.session);
        }
        if now < own.deadline {
            context.agenda.push(own.deadline, Due::Session(context.group, member));
            return;
        }
        self.remove(member, Cause::Timeout, context);
        self.gone(context);
    }
}
