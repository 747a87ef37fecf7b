//! What a worker says of the record it was given.
//!
//! | verb | what the application does |
//! |---|---|
//! | done | goes on to the next record; `commitSync` if it commits each |
//! | again | `seek` to the record, which the next poll brings once more, and all of its partition after it |
//! | later | the same, and `pause` of the partition until then |
//! | for good | skips it, as an application must that does not want to stop for ever, and sends it to another topic if one is linked |
//!
//! There are no single acknowledgements: what a partition has behind a record that fails waits with it.

use std::time::Duration;

use crate::broker::driver::{Failure, Line};
use crate::id::RequestId;
use crate::journal::What;
use crate::message::Message;

use super::super::super::partitioner::Hashing;
use super::super::super::request::{Acks, Books, Few, Produce, Request, Sent, Tp};
use super::super::super::server::Kafka;
use super::super::producer::key_bytes;
use super::commit::Purpose;
use super::member::Phase;
use super::{Act, Consumer, Held};

impl Consumer {
    /// The worker is through with its record.
    pub(super) fn has_done(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        let Some(held) = self.hand.take() else { return };
        self.fetcher.processed(held.tp, held.offset);
        self.commits_record(act);
    }

    /// The worker gives up on its record.
    pub(super) fn has_failed(&mut self, failure: Failure, act: &mut Act<'_, impl Line<Kafka>>) {
        let Some(held) = self.hand.take() else { return };
        match failure {
            Failure::Again => self.goes_back(held, None, act),
            Failure::Later(wait) => {
                let until = act.now() + wait;
                self.goes_back(held, Some(until), act);
            }
            Failure::ForGood => {
                self.sends_away(&held.entry.message, act);
                self.fetcher.processed(held.tp, held.offset);
                self.commits_record(act);
            }
        }
    }

    /// The application sends what it skips to the topic for such records, if there is one.
    fn sends_away(&mut self, message: &Message, act: &mut Act<'_, impl Line<Kafka>>) {
        let Some((topic, partitions)) = act.pool.dead else {
            return act.line.record(What::Forgone { message: message.id, worker: act.worker });
        };
        let partition = if message.key == 0 {
            (message.id.0 % u64::from(partitions.max(1))) as u16
        } else {
            Hashing::Murmur2.partition(key_bytes(message.key, &mut [0; 5]), partitions)
        };
        let produce = Produce {
            tp: Tp { topic, partition },
            records: Few::One(Sent { message: *message, tombstone: false }),
            acks: Acks::All,
            timeout: Duration::from_secs(30),
            sequence: None,
            batch: 0,
            books: Books::Copies,
        };
        let id = act.ask(Request::Produce(Box::new(produce)));
        self.sent_away.push((id, message.id));
    }

    /// It is there, or it is not and will not be worked on by anybody.
    pub(super) fn is_sent_away(&mut self, id: RequestId, there: bool, act: &mut Act<'_, impl Line<Kafka>>) {
        if let Some(place) = self.sent_away.iter().position(|(own, _)| *own == id) {
            let (_, message) = self.sent_away.remove(place);
            if !there {
                act.line.record(What::Forgone { message, worker: act.worker });
            }
        }
    }

    fn goes_back(
        &mut self,
        held: Held,
        paused: Option<crate::time::Time>,
        act: &mut Act<'_, impl Line<Kafka>>,
    ) {
        self.batch.retain(|own| own.tp != held.tp);
        self.fetcher.seek(held.tp, held.offset, paused, act);
    }

    /// `close`: the application ends. What it has not processed of the last poll it leaves to others.
    pub(super) fn closes(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        self.asks = false;
        if self.membership.member.is_none() && self.membership.phase == Phase::Out {
            return;
        }
        let settings = &act.pool.settings;
        let keeps =
            settings.auto_commit.is_some() || matches!(settings.commit, super::settings::Commit::Batch);
        if keeps && self.membership.generation != 0 {
            self.commits_processed(act);
        }
        // A static member does not say that it goes.
        if settings.instance.is_none() || settings.is_modern {
            self.leaves(act);
        }
        act.line.cut(act.client);
        *self = Consumer::default();
    }

    fn commits_processed(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        let offsets = self.fetcher.uncommitted(false);
        self.commits(offsets, Purpose::Close, act);
    }
}
