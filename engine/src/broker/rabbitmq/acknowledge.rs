//! `basic.ack`, `basic.nack`, `basic.reject`, `basic.recover`: what a channel says of what it holds.
//!
//! A tag that the channel does not hold, be it unknown, acknowledged already or another channel's, closes the channel with
//! 406, and all that it holds goes back.

use super::channel::{Channel, ChannelId, Holder, Unacked};
use super::message::Reason;
use super::method::{Code, Push, Reply};
use super::node::Node;
use super::queue::{QueueId, include};
use super::version::Returned;
use crate::broker::server::Outlet;
use crate::journal::{Cause, Place, What};

/// What is said of a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    /// It is done with.
    Ack,
    /// It goes back to its queue.
    Back(Returned),
    /// Away with it.
    Discard,
}

impl Node {
    /// One delivery is done with.
    #[inline]
    pub(super) fn ack(
        &mut self,
        channel: ChannelId,
        tag: u64,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<(), Code> {
        let limited = self.channels.get(channel).ok_or(Code::ChannelError)?.global != 0;
        let queue = self.acked(channel, tag, out).ok_or(Code::PreconditionFailed)?;
        self.serve_after(channel, queue, limited, out);
        Ok(())
    }

    /// Takes a delivery that is done with off the books. The queue that it is from, if that is not deleted; nothing if the
    /// channel does not hold it.
    #[inline]
    pub(super) fn acked(
        &mut self,
        channel: ChannelId,
        tag: u64,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Option<Option<QueueId>> {
        let own = self.channels.get_mut(channel)?;
        let unacked = own.unacked.take_next(tag)?;
        let (queue, holder) = (unacked.queue(), unacked.holder());
        own.consumed -= u32::from(holder != Holder::Getter);
        if let Holder::Consumer(consumer) = holder {
            self.release(consumer);
        }
        // What was in a queue that is deleted left the books with it.
        if let Some(queue) = queue.and_then(|id| self.queues.get_mut(id)) {
            queue.held -= 1;
            let (message, store) = (unacked.stored.message.id, queue.store);
            let (from, to) = (Place::Held, Place::Done);
            out.record(What::Moved { message, store, from, to, count: 1, why: Cause::Ack });
        }
        Some(queue)
    }

    /// All deliveries through this tag are done with.
    pub(super) fn ack_through(
        &mut self,
        channel: ChannelId,
        tag: u64,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<(), Code> {
        self.judge_through(channel, tag, Verdict::Ack, out)
    }

    pub(super) fn nack(
        &mut self,
        channel: ChannelId,
        tag: u64,
        multiple: bool,
        requeue: bool,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<(), Code> {
        let verdict = if requeue { Verdict::Back(Returned::Nack) } else { Verdict::Discard };
        if multiple {
            return self.judge_through(channel, tag, verdict, out);
        }
        self.judge_one(channel, tag, verdict, out)
    }

    pub(super) fn reject(
        &mut self,
        channel: ChannelId,
        tag: u64,
        requeue: bool,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<(), Code> {
        let verdict = if requeue { Verdict::Back(Returned::Reject) } else { Verdict::Discard };
        self.judge_one(channel, tag, verdict, out)
    }

    /// All that the channel holds goes back.
    pub(super) fn recover(&mut self, channel: ChannelId, out: &mut impl Outlet<Reply, Push>) {
        self.judge_all(channel, u64::MAX, Verdict::Back(Returned::Recover), out);
    }

    fn judge_one(
        &mut self,
        id: ChannelId,
        tag: u64,
        verdict: Verdict,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<(), Code> {
        let channel = self.channels.get_mut(id).ok_or(Code::ChannelError)?;
        let unacked = channel.unacked.take(tag).ok_or(Code::PreconditionFailed)?;
        let (queue, limited) = (unacked.queue(), channel.global != 0);
        self.judge(id, unacked, verdict, out);
        self.serve_after(id, queue, limited, out);
        Ok(())
    }

    /// A delivery is judged: who can take something now gets it.
    #[inline]
    fn serve_after(
        &mut self,
        id: ChannelId,
        queue: Option<QueueId>,
        limited: bool,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        if limited {
            let mut touched = std::mem::take(&mut self.touched);
            touched.extend(queue);
            self.unblock_channel(id, &mut touched);
            self.advance_all(&mut touched, out);
            self.touched = touched;
        } else if let Some(queue) = queue
            && self.queues.get(queue).is_some_and(|queue| queue.ready.len() != 0)
        {
            self.advance(queue, out);
        }
    }

    /// All tags up to this one, which the channel has to hold; 0 stands for all there are.
    fn judge_through(
        &mut self,
        id: ChannelId,
        tag: u64,
        verdict: Verdict,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<(), Code> {
        let channel = self.channels.get_mut(id).ok_or(Code::ChannelError)?;
        if tag != 0 && channel.unacked.get_mut(tag).is_none() {
            return Err(Code::PreconditionFailed);
        }
        self.judge_all(id, if tag == 0 { u64::MAX } else { tag }, verdict, out);
        Ok(())
    }

    /// First all are judged, then those are served that can be.
    fn judge_all(
        &mut self,
        id: ChannelId,
        through: u64,
        verdict: Verdict,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        let mut touched = std::mem::take(&mut self.touched);
        let next = |channel: &mut Channel| channel.unacked.take_first(through);
        while let Some((_, unacked)) = self.channels.get_mut(id).and_then(next) {
            unacked.queue().into_iter().for_each(|queue| include(&mut touched, queue));
            self.judge(id, unacked, verdict, out);
        }
        self.unblock_channel(id, &mut touched);
        self.advance_all(&mut touched, out);
        self.touched = touched;
    }

    fn judge(
        &mut self,
        channel: ChannelId,
        unacked: Unacked,
        verdict: Verdict,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        let (id, holder, stored) = (unacked.queue(), unacked.holder(), unacked.stored);
        if let Some(channel) = self.channels.get_mut(channel) {
            channel.consumed -= u32::from(holder != Holder::Getter);
        }
        if let Holder::Consumer(consumer) = holder {
            self.release(consumer);
        }
        match verdict {
            Verdict::Back(how) => self.give_back(id, stored, how, out),
            Verdict::Ack | Verdict::Discard => {
                // What was in a queue that is deleted left the books with it.
                let Some(queue) = id.and_then(|id| self.queues.get_mut(id)) else { return };
                queue.held -= 1;
                if verdict == Verdict::Ack {
                    let (message, store) = (stored.message.id, queue.store);
                    let (from, to) = (Place::Held, Place::Done);
                    out.record(What::Moved { message, store, from, to, count: 1, why: Cause::Ack });
                } else if let Some(id) = id {
                    self.die(id, stored, Reason::Rejected, Place::Held, out);
                }
            }
        }
    }
}
