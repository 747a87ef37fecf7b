//! Deliveries that are unacknowledged for too long: `consumer_timeout`, `x-consumer-timeout`.
//!
//! Up to 4.2 each channel looks once a minute, from its opening on, at the oldest delivery that it holds, from whatever
//! queue; if that is too old the channel is closed with 406. From 4.3 on quorum queues alone do so: the consumer is
//! canceled, what it held for too long goes back, and that does not count as a failed delivery.

use std::time::Duration;

use super::channel::{Channel, ChannelId, Holder, Unacked};
use super::consumer::ConsumerId;
use super::method::{Code, Push, Reply};
use super::node::Node;
use super::queue::{QueueId, include};
use super::settings::QueueType;
use super::version::Returned;
use crate::broker::server::Outlet;
use crate::time::{Time, nanos};

/// How often a channel looks.
const TICK: Duration = Duration::from_secs(60);

impl Channel {
    /// The first look that finds a delivery too old.
    fn tick_for(&self, since: Time, timeout: u64) -> Time {
        let over = (since + Duration::from_millis(timeout)).nanos_since(self.opened);
        // It has to be older than the time, not as old.
        self.opened + Duration::from_nanos((over / nanos(TICK)).saturating_add(1).saturating_mul(nanos(TICK)))
    }
}

impl Node {
    /// Sees to it that a delivery to a consumer is watched.
    pub(super) fn watch_delivery(
        &mut self,
        channel: ChannelId,
        queue: QueueId,
        consumer: ConsumerId,
        now: Time,
    ) {
        if let Some(end) = self.end_of(channel, Some(queue), Some(consumer), now) {
            self.arm_channel(channel, end);
        }
    }

    /// The same for one that was got.
    pub(super) fn watch_got(&mut self, channel: ChannelId, queue: QueueId, now: Time) {
        if let Some(end) = self.end_of(channel, Some(queue), None, now) {
            self.arm_channel(channel, end);
        }
    }

    /// When a delivery made at `since` will be found to be too old.
    fn end_of(
        &self,
        channel: ChannelId,
        queue: Option<QueueId>,
        consumer: Option<ConsumerId>,
        since: Time,
    ) -> Option<Time> {
        if !self.series.queues_watch_consumers() {
            return Some(self.channels.get(channel)?.tick_for(since, self.settings.consumer_timeout));
        }
        let queue = self.queues.get(queue?).filter(|queue| queue.kind == QueueType::Quorum)?;
        let own = self.consumers.get(consumer?)?.timeout;
        let timeout = own.or(queue.settings.consumer_timeout).unwrap_or(self.settings.consumer_timeout);
        Some(since + Duration::from_millis(timeout))
    }

    /// A channel's timer went off.
    pub(super) fn watch(&mut self, id: ChannelId, out: &mut impl Outlet<Reply, Push>) {
        let now = out.now();
        let Some(channel) = self.channels.get(id) else { return };
        let by = |unacked: &Unacked| match unacked.holder() {
            Holder::Consumer(consumer) => Some(consumer),
            Holder::Canceled | Holder::Getter => None,
        };
        let end = |unacked: &Unacked| self.end_of(id, unacked.queue(), by(unacked), unacked.stored.entered);
        if self.series.queues_watch_consumers() {
            let (mut late, mut next) = (Vec::new(), None::<Time>);
            for (tag, unacked) in channel.unacked.iter() {
                let (Some(end), Some(consumer)) = (end(unacked), by(unacked)) else { continue };
                if end <= now {
                    late.push((tag, consumer));
                } else {
                    next = Some(next.map_or(end, |next| next.min(end)));
                }
            }
            if let Some(next) = next {
                self.arm_channel(id, next);
            }
            self.cancel_late(id, &late, out);
            return;
        }
        let Some(end) = channel.unacked.iter().next().and_then(|(_, first)| end(first)) else { return };
        if end <= now {
            let (client, number) = (channel.client, channel.number);
            self.fail(client, number, Code::PreconditionFailed, None, out);
        } else {
            self.arm_channel(id, end);
        }
    }

    /// Takes back what consumers held for too long, and cancels these.
    fn cancel_late(&mut self, id: ChannelId, late: &[(u64, ConsumerId)], out: &mut impl Outlet<Reply, Push>) {
        let mut touched = std::mem::take(&mut self.touched);
        for (tag, consumer) in late {
            let Some(channel) = self.channels.get_mut(id) else { break };
            if let Some(place) = channel.consumers.iter().position(|(_, own)| own == consumer) {
                let (tag, _) = channel.consumers.remove(place);
                let (client, channel) = (channel.client, channel.number);
                out.push(client, Push::ConsumerCancelled { channel, tag });
                if let Some(gone) = self.forget_consumer(id, *consumer) {
                    self.remove_from_queue(gone.queue, *consumer, out);
                    include(&mut touched, gone.queue);
                }
            }
            let Some(channel) = self.channels.get_mut(id) else { break };
            // The tag stays with the channel: to acknowledge it later is no error, and without effect.
            if let Some(unacked) = channel.unacked.get_mut(*tag) {
                let (queue, stored) = (unacked.queue(), unacked.stored.clone());
                unacked.leave_queue();
                self.give_back(queue, stored, Returned::Timeout, out);
            }
        }
        self.advance_all(&mut touched, out);
        self.touched = touched;
    }
}
