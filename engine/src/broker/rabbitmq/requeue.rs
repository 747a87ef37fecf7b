//! Where a message goes that comes back.
//!
//! - Classic: to its original position in the order of publishing, whatever the order of the returns.
//! - Quorum: behind those that came back before, and before all that were never delivered. If the queue has no delivery
//!   limit, what a client returns goes to the back of the queue instead (up to 4.2).
//! - Quorum, 4.3, with delayed retry: it waits first, the longer the more deliveries have failed.
//!
//! A quorum queue counts. A message that came back more often than its delivery limit is dead: with a limit of 2 the
//! third return is the last.

use std::time::Duration;

use super::message::Reason;
use super::method::{Push, Reply};
use super::node::Node;
use super::queue::{Queue, QueueId};
use super::ready::{Back, Stored};
use super::settings::{QueueType, Retry};
use super::version::{Returned, Series};
use crate::broker::server::Outlet;
use crate::journal::{Cause, Place, Return, What};
use crate::time::Time;

impl Node {
    /// A delivery comes back to its queue. Whoever calls this lets the queue advance afterwards.
    pub(super) fn give_back(
        &mut self,
        id: Option<QueueId>,
        mut stored: Stored,
        how: Returned,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        let (now, series) = (out.now(), self.series);
        let Some((id, queue)) = id.and_then(|id| Some((id, self.queues.get_mut(id)?))) else { return };
        queue.held -= 1;
        stored.redelivered = true;
        stored.entered = now;
        let mut back = Back::Front;
        if queue.kind == QueueType::Quorum {
            let failed = series.is_failure(how);
            stored.failures = stored.failures.saturating_add(failed.into());
            if queue.is_too_often(&stored, failed, series) {
                self.die(id, stored, Reason::DeliveryLimit, Place::Held, out);
                return;
            }
            if let Some(delay) = queue.retry_delay(&stored, failed) {
                queue.delay(stored, now + delay, out);
                self.arm(id);
                return;
            }
            let by_client = matches!(how, Returned::Nack | Returned::Reject | Returned::Recover);
            if queue.settings.delivery_limit.is_none() && by_client && series.returns_to_the_back() {
                back = Back::End;
                stored.position = queue.position;
                queue.position += 1;
            }
        }
        let why = if how == Returned::Lost { Return::Crashed } else { Return::Failed };
        let attempt = stored.deliveries.saturating_add(1);
        out.record(What::Requeued { message: stored.message.id, store: queue.store, attempt, why });
        queue.bytes += u64::from(stored.message.size);
        queue.ready.give_back(stored, back);
    }

    /// What has waited for its retry long enough is ready, behind what came back before.
    pub(super) fn promote(&mut self, id: QueueId, out: &mut impl Outlet<Reply, Push>) {
        let now = out.now();
        let Some(queue) = self.queues.get_mut(id) else { return };
        while queue.delayed.first().is_some_and(|((ready, _), _)| ready <= now.as_nanos())
            && let Some((_, mut stored)) = queue.delayed.pop()
        {
            stored.entered = now;
            let (from, to, why) = (Place::Delayed, Place::Waiting, Cause::Delay);
            out.record(What::Moved {
                message: stored.message.id,
                store: queue.store,
                from,
                to,
                count: 1,
                why,
            });
            queue.bytes += u64::from(stored.message.size);
            queue.ready.give_back(stored, Back::Front);
        }
    }
}

impl Queue {
    /// Whether a quorum queue's delivery limit is exceeded. Up to 4.2 every delivery counts, from 4.3 on those that failed.
    fn is_too_often(&self, stored: &Stored, failed: bool, series: Series) -> bool {
        let Some(limit) = self.settings.delivery_limit else { return false };
        let count = if series < Series::V4_3 { stored.deliveries } else { stored.failures };
        limit < i64::from(count) && (failed || series < Series::V4_3)
    }

    /// How long a returned message waits: the least delay times the failed deliveries, at least once that, at most the
    /// greatest.
    fn retry_delay(&self, stored: &Stored, failed: bool) -> Option<Duration> {
        let delayed = match self.settings.retry {
            Retry::Disabled => false,
            Retry::All => true,
            Retry::Failed => failed,
            Retry::Returned => !failed,
        };
        let times = u64::from(stored.failures.max(1));
        let wait = self.settings.retry_min.saturating_mul(times).min(self.settings.retry_max);
        delayed.then(|| Duration::from_millis(wait))
    }

    fn delay(&mut self, stored: Stored, until: Time, out: &mut impl Outlet<Reply, Push>) {
        let (from, to, why) = (Place::Held, Place::Delayed, Cause::Delay);
        out.record(What::Moved { message: stored.message.id, store: self.store, from, to, count: 1, why });
        self.delayed.push((until.as_nanos(), stored.position), stored);
    }
}
