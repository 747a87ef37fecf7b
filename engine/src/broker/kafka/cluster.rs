//! The brokers: which of them answer, which the controller takes for dead, and who leads a partition after that.
//!
//! ```text
//! up -- killed --> down, its partitions do not answer -- broker.session.timeout.ms --> fenced: others lead
//!  ^                 |                                                                   |
//!  +-----------------+------------------- started: catches up, joins the ISR ------------+
//! ```
//!
//! A leader is elected among the in-sync replicas, in the order in which they are listed. If none of them is alive the
//! partition has no leader, until one of them is back; or, with `unclean.leader.election.enable`, one leads that has
//! missed records: they are gone. Whoever comes back cuts off what the leader does not have.

use std::time::Duration;

use crate::journal::Cause;
use crate::time::Time;

use super::partition::{Partition, Replica};
use super::request::{BrokerId, Error, Operate, Reply, Tp};
use super::server::Task;
use super::{Kafka, Out};

/// A broker.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Broker {
    /// It answers.
    pub(super) up: bool,
    /// The controller takes it for dead.
    pub(super) fenced: bool,
    /// It copies nothing from other brokers, for whatever reason.
    pub(super) stalled: bool,
    /// Since when it has copied nothing.
    pub(super) copied: Time,
    /// How often it went down: what was to happen after that counts only if it is still the same time.
    lives: u32,
}

impl Broker {
    pub(super) const NEW: Broker =
        Broker { up: true, fenced: false, stalled: false, copied: Time::ZERO, lives: 0 };

    /// Whether it copies what leaders append.
    pub(super) fn copies(&self) -> bool {
        self.up && !self.stalled
    }
}

/// The brokers of a cluster, by id from 1.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Brokers(pub(super) Vec<Broker>);

impl Brokers {
    pub(super) fn get(&self, id: BrokerId) -> Option<&Broker> {
        self.0.get(usize::from(id.0).checked_sub(1)?)
    }

    fn get_mut(&mut self, id: BrokerId) -> Option<&mut Broker> {
        self.0.get_mut(usize::from(id.0).checked_sub(1)?)
    }

    fn can_lead(&self, id: BrokerId) -> bool {
        self.get(id).is_some_and(|broker| broker.up && !broker.fenced)
    }
}

impl Kafka {
    /// Something is done to a broker.
    #[inline(never)]
    pub(super) fn operate(&mut self, operate: Operate, out: &mut impl Out) -> Reply {
        let now = out.now();
        let (Operate::Kill(id)
        | Operate::Stop(id)
        | Operate::Start(id)
        | Operate::Stall(id)
        | Operate::Resume(id)) = operate;
        let session = self.settings.broker_session_timeout;
        let lag = self.settings.replica_lag_time_max;
        let Some(broker) = self.brokers.get_mut(id) else { return Reply::Error(Error::Unreachable) };
        match operate {
            Operate::Kill(_) | Operate::Stop(_) if !broker.up => {}
            Operate::Kill(_) => {
                self.goes_down(id, session, out);
                self.hang_up(id, out);
            }
            Operate::Stop(_) => {
                // A broker that is stopped gives up what it leads before it goes.
                broker.fenced = true;
                self.elect_without(id, out);
                self.goes_down(id, Duration::ZERO, out);
                self.hang_up(id, out);
            }
            Operate::Start(_) => {
                (broker.up, broker.fenced, broker.lives) = (true, false, broker.lives.wrapping_add(1));
                self.elect_anywhere(out);
                self.catch_up(out);
            }
            Operate::Stall(_) if !broker.stalled => {
                broker.stalled = true;
                broker.copied = if broker.up { now } else { broker.copied };
                self.agenda.push(now + lag, Task::Lag(id));
            }
            Operate::Stall(_) => {}
            Operate::Resume(_) => {
                broker.stalled = false;
                self.catch_up(out);
            }
        }
        Reply::Done
    }

    fn goes_down(&mut self, id: BrokerId, session: Duration, out: &mut impl Out) {
        let (now, lag) = (out.now(), self.settings.replica_lag_time_max);
        if let Some(broker) = self.brokers.get_mut(id) {
            broker.copied = if broker.stalled { broker.copied } else { now };
            (broker.up, broker.lives) = (false, broker.lives.wrapping_add(1));
            let lives = broker.lives;
            if session == Duration::ZERO {
                self.fence(id, lives, out);
            } else {
                self.agenda.push(now + session, Task::Fence(id, lives));
                self.agenda.push(now + lag, Task::Lag(id));
            }
        }
    }

    /// The controller has heard nothing of a broker for its session.
    pub(super) fn fence(&mut self, id: BrokerId, lives: u32, out: &mut impl Out) {
        match self.brokers.get_mut(id) {
            Some(broker) if !broker.up && broker.lives == lives => broker.fenced = true,
            Some(_) | None => return,
        }
        self.elect_without(id, out);
    }

    /// A broker leads nothing any more, and is in sync nowhere where another one is.
    fn elect_without(&mut self, id: BrokerId, out: &mut impl Out) {
        for tp in self.all() {
            let Some(partition) = self.partition_mut(tp) else { continue };
            let leads = partition.leader() == Some(id);
            let others = partition.replicas.iter().any(|replica| replica.in_sync && replica.broker != id);
            if others && let Some(replica) = partition.replica_mut(id) {
                replica.in_sync = false;
            }
            if leads {
                partition.leads = None;
                self.elect(tp, out);
            }
            self.advance(tp, out);
        }
    }

    /// Partitions without a leader may have one now.
    pub(super) fn elect_anywhere(&mut self, out: &mut impl Out) {
        for tp in self.all() {
            if self.partition(tp).is_some_and(|partition| partition.leads.is_none()) {
                self.elect(tp, out);
                self.advance(tp, out);
            }
        }
    }

    /// Elects a leader for a partition that has none.
    fn elect(&mut self, tp: Tp, out: &mut impl Out) {
        let Some(topic) = self.topics.get_mut(usize::from(tp.topic.0)) else { return };
        let (unclean, brokers) = (topic.settings.unclean_leader_election, &self.brokers);
        let Some(partition) = topic.partitions.get_mut(usize::from(tp.partition)) else { return };
        let can_lead = |replica: &Replica| brokers.can_lead(replica.broker);
        let in_sync = partition.replicas.iter().position(|replica| replica.in_sync && can_lead(replica));
        let any = || partition.replicas.iter().position(can_lead).filter(|_| unclean);
        let Some(place) = in_sync.or_else(any) else { return };
        if in_sync.is_none() {
            partition.replicas.iter_mut().for_each(|replica| replica.in_sync = false);
            partition.replicas[place].in_sync = true;
        }
        partition.leads = Some(place as u8);
        partition.epoch += 1;
        let end = partition.replicas[place].end;
        partition.truncate(end, out);
    }

    /// Whoever waits for an answer of a broker that is gone is told that the connection broke.
    fn hang_up(&mut self, id: BrokerId, out: &mut impl Out) {
        for tp in self.all() {
            let Some(partition) = self.partition_mut(tp) else { continue };
            if partition.leader().is_none_or(|leader| leader == id) {
                for waiting in std::mem::take(&mut partition.unacknowledged) {
                    let lost = Reply::Unproduced(tp, Error::Unreachable, true);
                    out.reply(waiting.client, waiting.id, lost);
                }
                for parked in std::mem::take(&mut partition.parked) {
                    out.reply(parked.client, parked.id, Reply::Unfetched(tp, Error::Unreachable));
                }
            }
        }
    }

    /// All partitions.
    pub(super) fn all(&self) -> Vec<Tp> {
        let topics = self.topics.iter().enumerate();
        let partitions = topics.flat_map(|(topic, own)| {
            let topic = super::request::TopicId(topic as u16);
            (0..own.partitions.len()).map(move |partition| Tp { topic, partition: partition as u16 })
        });
        partitions.collect()
    }
}

impl Partition {
    /// Cuts off what the leader does not have, on all replicas.
    fn truncate(&mut self, end: u64, out: &mut impl Out) {
        if end < self.log.end() {
            let (readers, content) = self.split();
            for reader in readers {
                reader.truncate(&content, end, Cause::Truncation, out);
            }
            self.log.truncate(end);
            self.aborted.forget_from(end);
            self.producers.truncate(end);
        }
        for replica in &mut self.replicas {
            replica.end = replica.end.min(end);
        }
        self.copying.clear();
        self.high_watermark = self.high_watermark.min(end);
        self.cleaned = self.cleaned.min(end);
    }
}
