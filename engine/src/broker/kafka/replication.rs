//! Replication: followers copy what the leader appended, and the high watermark follows them.
//!
//! The high watermark is the least that all in-sync replicas have. A replica that is behind the leader and has copied
//! nothing for `replica.lag.time.max.ms` is in sync no more; it is again as soon as it has all up to the high watermark.
//! Since 3.7 the high watermark stands still while fewer are in sync than `min.insync.replicas` says.

use crate::time::Time;

use super::partition::Partition;
use super::request::{BrokerId, Error, Reply, Tp};
use super::server::Task;
use super::{Kafka, Out};

impl Kafka {
    /// Whether what is appended to a partition is committed then and there: its leader answers, and has no followers.
    #[inline]
    pub(super) fn takes_at_once(&self, tp: Tp) -> bool {
        let Some(partition) = self.partition(tp) else { return false };
        let leads = partition.leader().and_then(|leader| self.brokers.get(leader));
        partition.replicas.len() == 1 && leads.is_some_and(|leader| leader.up)
    }

    /// Records were appended to a partition whose leader has no followers: they are committed.
    #[inline]
    pub(super) fn commits_alone(&mut self, tp: Tp) {
        if let Some(partition) = self.partition_mut(tp)
            && let [replica] = &mut partition.replicas[..]
        {
            replica.end = partition.log.end();
            partition.high_watermark = replica.end;
        }
    }

    /// Records were appended to a partition: followers copy them.
    #[inline]
    pub(super) fn replicate(&mut self, tp: Tp, out: &mut impl Out) {
        let Some(partition) = self.partition_mut(tp) else { return };
        let end = partition.log.end();
        if let [replica] = &mut partition.replicas[..] {
            // The leader alone.
            replica.end = end;
            partition.high_watermark = end;
            self.serve_parked(tp, out);
            return;
        }
        self.replicate_to_followers(tp, end, out);
    }

    #[inline(never)]
    fn replicate_to_followers(&mut self, tp: Tp, end: u64, out: &mut impl Out) {
        let (now, delay) = (out.now(), self.settings.replication_delay);
        let Some(partition) = self.partition_mut(tp) else { return };
        if let Some(leader) = partition.leading_mut() {
            leader.end = end;
        }
        if delay.is_zero() {
            self.copy(tp, end, now, out);
        } else {
            partition.copying.push_back((now + delay, end));
            self.agenda.push(now + delay, Task::Copied(tp));
            self.advance(tp, out);
        }
    }

    /// What was under way to followers has come to those that copy.
    pub(super) fn copied(&mut self, tp: Tp, out: &mut impl Out) {
        let now = out.now();
        let mut end = None;
        if let Some(partition) = self.partition_mut(tp) {
            while partition.copying.front().is_some_and(|(at, _)| *at <= now)
                && let Some((_, copied)) = partition.copying.pop_front()
            {
                end = Some(copied);
            }
        }
        if let Some(end) = end {
            self.copy(tp, end, now, out);
        }
    }

    /// Followers have the log up to `end`, if they copy at all.
    fn copy(&mut self, tp: Tp, end: u64, now: Time, out: &mut impl Out) {
        let lag = self.settings.replica_lag_time_max;
        let Some(topic) = self.topics.get_mut(usize::from(tp.topic.0)) else { return };
        let Some(partition) = topic.partitions.get_mut(usize::from(tp.partition)) else { return };
        let (log_end, high_watermark) = (partition.log.end(), partition.high_watermark);
        let leader = partition.leader().and_then(|leader| self.brokers.get(leader));
        if leader.is_none_or(|leader| !leader.up) {
            // There is nobody to copy from.
            return;
        }
        for replica in &mut partition.replicas {
            let Some(broker) = self.brokers.get(replica.broker) else { continue };
            if broker.copies() {
                replica.end = replica.end.max(end.min(log_end));
                replica.in_sync |= high_watermark <= replica.end && !broker.fenced;
            } else if replica.end < log_end && broker.copied + lag <= now {
                replica.in_sync = false;
            }
        }
        self.advance(tp, out);
    }

    /// Brokers that were away copy what they have missed.
    pub(super) fn catch_up(&mut self, out: &mut impl Out) {
        for tp in self.all() {
            if let Some(partition) = self.partition(tp)
                && partition.leads.is_some()
            {
                let end = partition.log.end();
                self.replicate_to_followers(tp, end, out);
            }
        }
    }

    /// A broker has copied nothing for so long: where it is behind it is not in sync.
    pub(super) fn lags(&mut self, id: BrokerId, out: &mut impl Out) {
        let (now, lag) = (out.now(), self.settings.replica_lag_time_max);
        let late = |broker: &super::cluster::Broker| !broker.copies() && broker.copied + lag <= now;
        if !self.brokers.get(id).is_some_and(late) {
            return;
        }
        for tp in self.all() {
            let Some(partition) = self.partition_mut(tp) else { continue };
            let end = partition.log.end();
            if partition.leads.is_some()
                && partition.leader() != Some(id)
                && let Some(replica) = partition.replica_mut(id)
                && replica.in_sync
                && replica.end < end
            {
                replica.in_sync = false;
                self.advance(tp, out);
            }
        }
    }

    /// The high watermark may rise; then who waits for that is answered.
    pub(super) fn advance(&mut self, tp: Tp, out: &mut impl Out) {
        let holds = self.version.holds_high_watermark_below_min_isr();
        let Some(topic) = self.topics.get_mut(usize::from(tp.topic.0)) else { return };
        let min_isr = topic.settings.effective_min_isr();
        let Some(partition) = topic.partitions.get_mut(usize::from(tp.partition)) else { return };
        if partition.leads.is_none() {
            return;
        }
        let in_sync = partition.in_sync();
        let reached = partition.replicas.iter().filter(|replica| replica.in_sync).map(|replica| replica.end);
        let reached = reached.min().unwrap_or(0);
        if partition.high_watermark < reached && !(holds && in_sync < min_isr) {
            partition.high_watermark = reached;
        }
        partition.acknowledge(tp, in_sync < min_isr, out);
        self.serve_parked(tp, out);
    }
}

impl Partition {
    /// Answers producers whose records the high watermark has passed.
    fn acknowledge(&mut self, tp: Tp, too_few: bool, out: &mut impl Out) {
        let high_watermark = self.high_watermark;
        while self.unacknowledged.front().is_some_and(|waiting| waiting.end <= high_watermark)
            && let Some(waiting) = self.unacknowledged.pop_front()
        {
            let reply = if too_few {
                Reply::Unproduced(tp, Error::NotEnoughReplicasAfterAppend, true)
            } else {
                Reply::Produced(tp, Some(waiting.base))
            };
            out.reply(waiting.client, waiting.id, reply);
        }
    }
}
