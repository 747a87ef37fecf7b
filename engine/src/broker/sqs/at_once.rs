//! Calls of a client library that stands beside the service: nothing else is under way, and nothing comes between a call
//! and its answer. They do what requests do, without a request and a reply.

use crate::id::{ClientId, RequestId, StoreId};
use crate::time::Time;

use super::Out;
use super::api::{Fault, ReceiptHandle, Receive, Received, SendEntry};
use super::few::Few;
use super::queue::Queue;
use super::server::Sqs;

impl Sqs {
    /// Whether a call to a queue is answered before anybody else: nothing is due, and no long poll waits there or where
    /// its dead letters go.
    #[inline]
    pub(super) fn answers_at_once(&self, store: StoreId, now: Time) -> bool {
        let Ok(queue) = self.queue(store) else { return false };
        let waits = |queue: &Queue| !queue.polls.is_empty();
        let elsewhere = queue.attributes.redrive.map(|policy| self.queue(policy.target).is_ok_and(waits));
        now < self.quiet_until && !waits(queue) && elsewhere != Some(true)
    }

    /// `SendMessage` to a standard queue. Nothing is done if it is not one that takes the message.
    #[inline]
    pub(super) fn send_at_once(&mut self, store: StoreId, entry: &SendEntry, out: &mut impl Out) -> bool {
        let Some(Some(queue)) = self.queues.get_mut(usize::from(store.0)) else { return false };
        if queue.is_fifo() || queue.check_entry(entry).is_err() {
            return false;
        }
        self.issued += 1;
        queue.store(entry, self.issued, &self.settings, out);
        self.quiet_until = self.quiet_until.min(queue.quiet_until);
        true
    }

    /// `ReceiveMessage`, as [`Sqs::receive`].
    #[inline]
    pub(super) fn receive_at_once(
        &mut self,
        who: (ClientId, RequestId),
        receive: &Receive,
        received: &mut Few<Received>,
        out: &mut impl Out,
    ) -> Result<bool, Fault> {
        let outcome = self.receive(who, receive, received, out);
        self.look_ahead();
        outcome
    }

    /// `DeleteMessage`, whose answer changes nothing for a client.
    #[inline]
    pub(super) fn delete_at_once(&mut self, store: StoreId, handle: &ReceiptHandle, out: &mut impl Out) {
        self.delete(store, handle, out).ok();
        self.look_ahead();
    }
}
