//! How a consumer is a member in the newer protocol (`group.protocol=consumer`): all by its heartbeats.
//!
//! The broker tells it what to read. What it is to give up it gives up at the next poll, after it has committed, and
//! says so by a heartbeat at once; what it gets it reads from the next poll on. Nothing else stops meanwhile.

use crate::broker::driver::Line;
use crate::id::RequestId;

use super::super::super::group::request::{Beat, Beaten, Request};
use super::super::super::request;
use super::super::super::server::Kafka;
use super::commit::Purpose;
use super::member::Phase;
use super::{Act, Consumer};

impl Consumer {
    /// What it says of itself.
    pub(super) fn modern_beat(&self, act: &Act<'_, impl Line<Kafka>>) -> Box<Beat> {
        let settings = &act.pool.settings;
        let own = &self.membership;
        Box::new(Beat {
            group: act.pool.group,
            member: own.member,
            client: act.client_id(),
            instance: act.instance(),
            epoch: own.generation,
            rebalance: settings.max_poll_interval,
            topics: vec![act.pool.topic],
            assignor: settings.remote_assignor,
            owned: self.fetcher.owned(),
            isolation: settings.isolation,
        })
    }

    /// In a poll: joins if it has to, and gives up and takes on what it is to. Whether records may be returned now.
    pub(super) fn sees_to_modern_membership(&mut self, act: &mut Act<'_, impl Line<Kafka>>) -> bool {
        if std::mem::take(&mut self.membership.was_lost) {
            self.fetcher.keep_only(&[]);
            self.membership.share.clear();
        }
        match self.membership.phase {
            Phase::Out if self.membership.waits_to_retry(act.now()) => {}
            Phase::Out => {
                let beat = Request::Beat(self.modern_beat(act));
                self.membership.beating = None;
                self.membership.phase = Phase::Joining(act.ask(request::Request::Group(beat)));
            }
            Phase::In if self.membership.rejoins => self.reconciles(act),
            Phase::In
            | Phase::Looking(_)
            | Phase::Committing
            | Phase::Joining(_)
            | Phase::Syncing(_)
            | Phase::Fenced => {}
        }
        self.membership.is_in()
    }

    /// It gets nearer to what it is to read.
    fn reconciles(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        let share = self.membership.share.clone();
        let gives_up = self.fetcher.owned().iter().any(|tp| !share.contains(tp));
        let commits = gives_up && act.pool.settings.auto_commit.is_some();
        if commits && self.commits_now(Purpose::Rejoin, act) {
            self.membership.phase = Phase::Committing;
            return;
        }
        self.has_reconciled(act);
    }

    /// What it had to commit first is committed.
    pub(super) fn has_reconciled(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        let share = self.membership.share.clone();
        self.membership.phase = Phase::In;
        self.membership.rejoins = false;
        self.fetcher.keep_only(&share);
        share.iter().for_each(|tp| self.fetcher.add(*tp));
        // The broker is told at once.
        self.membership.beat = Some(act.now());
        self.beats(act);
    }

    /// The broker has told what to read, if that is anything new.
    pub(super) fn is_beaten(&mut self, id: RequestId, beaten: &Beaten, act: &mut Act<'_, impl Line<Kafka>>) {
        let own = &mut self.membership;
        if own.phase == Phase::Joining(id) {
            own.phase = Phase::In;
            self.committing.begins(act.now(), &act.pool.settings);
        } else if own.beating == Some(id) {
            own.beating = None;
        } else {
            return;
        }
        own.member = Some(beaten.member);
        own.generation = beaten.epoch;
        own.beat = Some(act.now() + beaten.interval);
        if let Some(share) = &beaten.share {
            own.share.clone_from(share);
            own.rejoins = true;
        }
    }
}
