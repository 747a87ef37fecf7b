//! Transactions: what a producer sends to several partitions, and what a group has read, become visible at once.
//!
//! ```text
//! InitProducerId --> empty -- first batch, TxnOffsetCommit --> ongoing -- EndTxn --> a marker in each partition --> empty
//!                                                               |
//!                                                               +-- transaction.timeout.ms, or another producer with
//!                                                                   the same id: aborted, and this one is fenced
//! ```
//!
//! A marker takes an offset of its own. Until it is there, readers of what is committed stop before the transaction: at
//! the last stable offset, which holds back what other producers send after it.

use std::time::Duration;

use crate::id::MessageId;
use crate::journal::Cause;
use crate::message::Message;
use crate::time::Time;

use super::log::{Kind, Record};
use super::request::{Error, GroupId, Isolation, Pid, Reply, Sequence, Tp};
use super::server::Task;
use super::{Kafka, Out};

/// A producer with a transactional id.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Transactional {
    id: String,
    pid: Pid,
    epoch: u16,
    timeout: Duration,
    /// When its open transaction began, if one is open.
    since: Option<Time>,
    /// How many transactions it has had.
    count: u32,
    partitions: Vec<Tp>,
    offsets: Vec<(GroupId, Tp, u64)>,
}

/// The coordinator of transactions.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Transactions {
    all: Vec<Transactional>,
    /// How many producer ids were given.
    pids: u32,
    /// A transaction that has just begun: it is to be looked at when its time is up.
    begun: Vec<(Time, Pid, u32)>,
}

impl Transactions {
    fn get_mut(&mut self, pid: Pid) -> Option<&mut Transactional> {
        self.all.iter_mut().find(|own| own.pid == pid)
    }

    /// A batch makes a partition part of its producer's transaction.
    ///
    /// # Errors
    /// Another producer has the id, or there is none.
    pub(super) fn join(&mut self, sequence: &Sequence, tp: Tp, now: Time) -> Result<(), Error> {
        let own = self.open(sequence.pid, sequence.epoch, now)?;
        if !own.partitions.contains(&tp) {
            own.partitions.push(tp);
        }
        Ok(())
    }

    fn open(&mut self, pid: Pid, epoch: u16, now: Time) -> Result<&mut Transactional, Error> {
        let Transactions { all, begun, .. } = self;
        let own = all.iter_mut().find(|own| own.pid == pid).ok_or(Error::InvalidTxnState)?;
        if own.epoch != epoch {
            return Err(Error::ProducerFenced);
        }
        if own.since.is_none() {
            own.since = Some(now);
            own.count = own.count.wrapping_add(1);
            begun.push((now + own.timeout, pid, own.count));
        }
        Ok(own)
    }
}

impl Kafka {
    /// A producer asks for its id.
    pub(super) fn init_producer_id(
        &mut self,
        transactional: Option<Box<(String, Duration)>>,
        out: &mut impl Out,
    ) -> Reply {
        let Some(id) = transactional else {
            self.transactions.pids += 1;
            return Reply::ProducerId(Pid(self.transactions.pids), 0);
        };
        let (id, timeout) = *id;
        if let Some(own) = self.transactions.all.iter_mut().find(|own| own.id == id) {
            own.epoch += 1;
            own.timeout = timeout;
            let (pid, epoch) = (own.pid, own.epoch);
            self.end(pid, false, out);
            return Reply::ProducerId(pid, epoch);
        }
        self.transactions.pids += 1;
        let pid = Pid(self.transactions.pids);
        self.transactions.all.push(Transactional {
            id,
            pid,
            epoch: 0,
            timeout,
            since: None,
            count: 0,
            partitions: Vec::new(),
            offsets: Vec::new(),
        });
        Reply::ProducerId(pid, 0)
    }

    /// What a group has read is to be committed with a transaction.
    pub(super) fn add_offsets(
        &mut self,
        pid: Pid,
        epoch: u16,
        group: GroupId,
        offsets: &[(Tp, u64)],
        now: Time,
    ) -> Reply {
        let own = match self.transactions.open(pid, epoch, now) {
            Ok(own) => own,
            Err(error) => return Reply::Error(error),
        };
        own.offsets.extend(offsets.iter().map(|(tp, offset)| (group, *tp, *offset)));
        self.watch_transactions();
        Reply::Done
    }

    /// Transactions that have just begun are looked at when their time is up.
    pub(super) fn watch_transactions(&mut self) {
        for (at, pid, count) in self.transactions.begun.drain(..) {
            self.agenda.push(at, Task::Transaction(pid, count));
        }
    }

    /// A producer ends its transaction.
    pub(super) fn end_transaction(
        &mut self,
        pid: Pid,
        epoch: u16,
        commit: bool,
        out: &mut impl Out,
    ) -> Reply {
        match self.transactions.get_mut(pid) {
            None => return Reply::Error(Error::InvalidTxnState),
            Some(own) if own.epoch != epoch => return Reply::Error(Error::ProducerFenced),
            Some(_) => {}
        }
        self.end(pid, commit, out);
        Reply::Done
    }

    /// The time of a transaction is up: if it is still open it is aborted, and its producer fenced.
    pub(super) fn times_out(&mut self, pid: Pid, count: u32, out: &mut impl Out) {
        if let Some(own) = self.transactions.get_mut(pid)
            && own.count == count
            && own.since.is_some()
        {
            own.epoch += 1;
            self.end(pid, false, out);
        }
    }

    /// Writes the markers, and commits the offsets of groups with them.
    #[inline(never)]
    fn end(&mut self, pid: Pid, commit: bool, out: &mut impl Out) {
        let Some(own) = self.transactions.get_mut(pid) else { return };
        own.since = None;
        let (partitions, epoch) = (std::mem::take(&mut own.partitions), own.epoch);
        let offsets = std::mem::take(&mut own.offsets);
        for tp in partitions {
            self.mark(tp, pid, epoch, commit, out);
        }
        if commit {
            for (group, tp, offset) in offsets {
                self.commit_with_transaction(group, (tp, offset), out);
            }
        }
    }

    /// Ends a transaction in one partition.
    fn mark(&mut self, tp: Tp, pid: Pid, epoch: u16, commit: bool, out: &mut impl Out) {
        let now = out.now();
        let Some(topic) = self.topics.get_mut(usize::from(tp.topic.0)) else { return };
        let Some(partition) = topic.partitions.get_mut(usize::from(tp.partition)) else { return };
        let offset = partition.log.end();
        let opened = match partition.producers.all.get_mut(&pid) {
            Some(producer) => {
                producer.renew(epoch);
                producer.open.take()
            }
            None => None,
        };
        if let Some(open) = opened
            && !commit
        {
            let (readers, content) = partition.split();
            let own = content.log.from(open).filter(|record| record.transaction == Some(pid));
            let own: Vec<Record> = own.filter(|record| record.kind != Kind::Marker).collect();
            for reader in readers.iter_mut().filter(|own| own.isolation == Isolation::ReadCommitted) {
                for record in &own {
                    reader.loses(record, Cause::Abort, out);
                }
            }
            partition.aborted.add(pid, open..offset);
        }
        let message =
            Message { id: MessageId(0), producer: crate::id::ProducerId(0), sent: now, key: 0, size: 0 };
        partition.log.make_room(0, now, &topic.settings);
        let marker = Record { offset, message, appended: now, transaction: Some(pid), kind: Kind::Marker };
        partition.log.append(marker);
        self.replicate(tp, out);
    }
}
