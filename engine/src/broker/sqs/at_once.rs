//! Calls of a client library that stands beside the service: nothing else is under way, and nothing comes between a call
//! and its answer. They do what requests do, without a request and a reply.

use crate::id::{ClientId, RequestId, StoreId, WorkerId};
use crate::time::Time;

use super::Out;
use super::api::{Fault, ReceiptHandle, Receive, Received, SendEntry};
use super::attributes::{MAX_VISIBILITY_TIMEOUT, MAX_WAIT_SECONDS};
use super::few::Few;
use super::polling::{ALL_SERVERS, sample};
use super::queue::Queue;
use super::server::Sqs;

/// What comes of a receive that asks for one message.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum One {
    Message(Received),
    Nothing,
    /// It has to go the long way, and has not begun.
    Unusual,
}

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

    /// `ReceiveMessage` of the usual kind, as [`Sqs::receive`]: it asks a standard queue for one message, and neither
    /// chance nor a noisy tenant nor a quota has a say in what it gets. Of another kind are also those that may have to
    /// wait; then nothing is done.
    #[inline]
    pub(super) fn receive_one(&mut self, client: ClientId, receive: &Receive, out: &mut impl Out) -> One {
        let Some(Some(queue)) = self.queues.get_mut(usize::from(receive.queue.0.0)) else {
            return One::Unusual;
        };
        let (settings, attributes) = (&self.settings, &queue.attributes);
        let timeout = receive.visibility_timeout.unwrap_or(attributes.visibility_timeout);
        let wait = receive.wait_seconds.unwrap_or(attributes.wait_seconds);
        let is_usual = receive.max == 1
            && !queue.is_fifo()
            && receive.attempt.is_none()
            && (1..=MAX_VISIBILITY_TIMEOUT).contains(&timeout)
            && wait <= MAX_WAIT_SECONDS
            && settings.reorder.never()
            && settings.duplicates.never()
            && queue.held.len() < settings.in_flight_quota.into()
            && !queue.fairness.is_to_be_decided();
        if !is_usual {
            return One::Unusual;
        }
        let sampled = wait == 0 && settings.sampling;
        let servers = if sampled { sample(&mut self.random) } else { ALL_SERVERS };
        let worker = WorkerId(client.0);
        let Some(lane) = queue.choose(servers, settings.scan_window) else {
            return if wait == 0 { One::Nothing } else { One::Unusual };
        };
        let Some(head) = queue.head(lane) else { return One::Unusual };
        if head.receives_here != 0 && queue.attributes.redrive.is_some() {
            return if wait == 0 { self.receive_dead(receive, worker, servers, out) } else { One::Unusual };
        }
        let mut stored = *head;
        queue.drop_head(lane);
        let now = out.now();
        stored.count_receive(now);
        let received = queue.hand_out(lane, &stored, (worker, timeout, now), out);
        queue.refile(lane);
        self.quiet_until = self.quiet_until.min(queue.quiet_until);
        One::Message(received)
    }

    /// The same where dead letters may have to be taken out of the way first.
    #[inline(never)]
    fn receive_dead(&mut self, receive: &Receive, worker: WorkerId, servers: u16, out: &mut impl Out) -> One {
        let mut received = Few::default();
        self.take(receive.queue.0, receive, worker, servers, &mut received, out);
        self.look_ahead();
        received.into_iter().next().map_or(One::Nothing, One::Message)
    }

    /// `DeleteMessage`, whose answer changes nothing for a client.
    #[inline]
    pub(super) fn delete_at_once(&mut self, store: StoreId, handle: &ReceiptHandle, out: &mut impl Out) {
        if let Some(Some(queue)) = self.queues.get_mut(usize::from(store.0))
            && !queue.is_fifo()
            && self.settings.missed_deletes.never()
        {
            // Nothing is due the earlier for it, and no poll waits for anything.
            queue.delete(handle, false, out).ok();
        } else {
            self.delete(store, handle, out).ok();
            self.look_ahead();
        }
    }
}
