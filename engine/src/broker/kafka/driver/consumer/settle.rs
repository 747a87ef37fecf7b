//! What a worker says of the record it was given.
//!
//! | verb | what the application does |
//! |---|---|
//! | done | goes on to the next record; `commitSync` if it commits each |
//! | again | `seek` to the record, which the next poll brings once more, and all of its partition after it |
//! | later | the same, and `pause` of the partition until then |
//! | for good | skips it, as an application must that does not want to stop for ever |
//!
//! There are no single acknowledgements: what a partition has behind a record that fails waits with it.

use crate::broker::driver::{Failure, Line};
use crate::journal::What;

use super::super::super::server::Kafka;
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
                act.line.record(What::Forgone { message: held.entry.message.id, worker: act.worker });
                self.fetcher.processed(held.tp, held.offset);
                self.commits_record(act);
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
