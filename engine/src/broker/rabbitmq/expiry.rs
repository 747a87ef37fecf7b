//! Time to live of messages, and of queues.
//!
//! A message expires when its time is over **and** it is at the head, in classic and quorum queues alike: one with a short
//! time behind one with a long time stays, and is still counted as ready. It is never delivered once its time is
//! over, since no head is looked at before the expired ones before it are gone.
//!
//! A queue with `x-expires` is deleted once it had no consumers, and was neither declared nor got from, for that long.

use super::message::Reason;
use super::method::{Push, Reply};
use super::node::Node;
use super::queue::QueueId;
use crate::broker::server::Outlet;
use crate::journal::Place;

impl Node {
    /// Takes out the expired ones at the head.
    #[inline(never)]
    pub(super) fn expire(&mut self, id: QueueId, out: &mut impl Outlet<Reply, Push>) {
        let now = out.now();
        while let Some(queue) = self.queues.get_mut(id)
            && queue.ready.front().is_some_and(|head| head.expires <= now)
            && let Some(head) = queue.pop()
        {
            self.die(id, head, Reason::Expired, Place::Waiting, out);
        }
    }

    /// A queue's timer went off.
    pub(super) fn wake_queue(&mut self, id: QueueId, out: &mut impl Outlet<Reply, Push>) {
        let now = out.now();
        let Some(queue) = self.queues.get_mut(id) else { return };
        if queue.unused().is_some_and(|end| end <= now) {
            self.delete_queue(id, out);
            return;
        }
        if queue.settle.is_some_and(|time| time <= now) {
            queue.settle = None;
            self.settle_again(id, out);
        }
        self.promote(id, out);
        self.advance(id, out);
    }
}
