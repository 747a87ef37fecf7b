//! Dead letters: what was received `maxReceiveCount` times moves to another queue when it would be received again.
//!
//! It moves during a receive, never by the clock, and that receive does not get it. It keeps its `MessageId`, and its
//! receive count goes on; what limits it in the other queue is how often it is received there. On a standard queue it
//! keeps its `SentTimestamp` too, so its retention goes on from the first send; a FIFO queue starts that clock anew.

use crate::id::{StoreId, WorkerId};
use crate::journal::What;
use crate::time::Time;

use super::Out;
use super::few::Few;
use super::queue::Queue;
use super::receive::{Take, Taken};
use super::server::Sqs;
use super::stored::Stored;
use super::{api::Receive, api::Received};

impl Queue {
    fn bury(&mut self, dead: Stored, from: StoreId, sent: Time) -> Stored {
        let sent = if self.is_fifo() { sent } else { dead.sent };
        Stored { sent, receives_here: 0, source: Some(from), ..dead }
    }
}

impl Sqs {
    /// The queue for dead letters of another, if there is one, and from which receive count on.
    #[inline]
    fn dead_letters(&self, store: StoreId) -> Option<(StoreId, u32)> {
        let policy = self.queue(store).ok()?.attributes.redrive?;
        self.queue(policy.target).ok()?;
        Some((policy.target, policy.max_receive_count))
    }

    /// Takes from a queue what a receive gets, and sends dead letters on.
    pub(super) fn take(
        &mut self,
        store: StoreId,
        receive: &Receive,
        worker: WorkerId,
        servers: u16,
        received: &mut Few<Received>,
        out: &mut impl Out,
    ) {
        let dead_letters = self.dead_letters(store);
        self.touch(store);
        let Some(queue) = self.queues.get_mut(usize::from(store.0)).and_then(Option::as_mut) else {
            return;
        };
        let take = Take {
            worker,
            max: receive.max,
            timeout: receive.visibility_timeout.unwrap_or(queue.attributes.visibility_timeout),
            servers,
            max_receive_count: dead_letters.map_or(u32::MAX, |(_, max)| max),
        };
        let mut taken = Taken::default();
        queue.take(&take, &self.settings, &mut self.random, &mut taken, received, out);
        if let Some(id) = receive.attempt {
            queue.attempts.note(id, received, out.now());
        }
        if !taken.dead.is_empty() || !taken.copies.is_empty() {
            self.bring_on(store, &taken, dead_letters, out);
        }
    }

    /// Puts in copies that stay visible, and dead letters where they go.
    #[cold]
    #[inline(never)]
    fn bring_on(
        &mut self,
        store: StoreId,
        taken: &Taken,
        dead_letters: Option<(StoreId, u32)>,
        out: &mut impl Out,
    ) {
        let (settings, now) = (self.settings, out.now());
        let mut enter = |server: &mut Sqs, target, stored: Stored, from: Option<StoreId>| {
            out.record(What::Republished { message: stored.message.id, copies: 1, dead: true });
            if let Ok(queue) = server.queue_mut(target) {
                let stored = from.map_or(stored, |from| queue.bury(stored, from, now));
                queue.enter(stored, 0, &settings, out);
            }
        };
        taken.copies.iter().for_each(|copy| enter(self, store, *copy, None));
        if let Some((target, _)) = dead_letters
            && !taken.dead.is_empty()
        {
            taken.dead.iter().for_each(|dead| enter(self, target, *dead, Some(store)));
            self.serve(target, out);
        }
    }
}
