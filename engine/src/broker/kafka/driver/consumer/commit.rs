//! What a consumer commits, and when: by itself every now and then and before it gives something up, or by its
//! application's word.
//!
//! What is committed by itself are positions: what the last poll returned counts as processed when the next one begins.

use crate::broker::driver::Line;
use crate::id::RequestId;
use crate::time::Time;

use super::super::super::group::request::{Commit as CommitOffsets, Error, Reply, Request};
use super::super::super::request::{self, Few, Tp};
use super::super::super::server::Kafka;
use super::fetcher::Fetcher;
use super::member::Phase;
use super::settings::{Commit, ConsumerSettings};
use super::{Act, Consumer};

/// What a commit is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Purpose {
    /// `commitSync`: the application waits.
    Sync,
    /// By itself, in a poll: nobody waits.
    Async,
    /// Before it gives up what it has.
    Rejoin,
    /// Before it leaves.
    Close,
}

/// A commit that is under way.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Open {
    id: RequestId,
    purpose: Purpose,
    offsets: Few<(Tp, u64)>,
}

/// The commits of a consumer.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Committing {
    open: Vec<Open>,
    /// When it commits by itself next.
    next: Option<Time>,
}

impl Committing {
    /// Whether the application waits for one.
    #[inline]
    pub(super) fn blocks(&self) -> bool {
        self.open.iter().any(|open| open.purpose == Purpose::Sync)
    }

    /// It has just been assigned something.
    pub(super) fn begins(&mut self, now: Time, settings: &ConsumerSettings) {
        self.next = settings.auto_commit.map(|interval| now + interval);
    }

    /// Whether the time has come to commit by itself.
    pub(super) fn has_come(&self, now: Time, settings: &ConsumerSettings) -> bool {
        settings.auto_commit.is_some() && self.next.is_none_or(|next| next <= now)
    }

    pub(super) fn forget(&mut self) {
        self.open.clear();
    }

    /// When it commits by itself, if there is anything to commit.
    pub(super) fn due(&self, fetcher: &Fetcher) -> Time {
        let next = self.next.filter(|_| self.open.is_empty());
        next.filter(|_| fetcher.has_uncommitted()).unwrap_or(Time::MAX)
    }
}

impl Consumer {
    /// Commits by itself, if it is to and the time has come.
    pub(super) fn commits_by_itself(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        let Some(interval) = act.pool.settings.auto_commit else { return };
        let now = act.now();
        if self.membership.is_in() && self.committing.next.is_none_or(|next| next <= now) {
            self.committing.next = Some(now + interval);
            self.commits_now(Purpose::Async, act);
        }
    }

    /// Whether the application commits what a poll brings, before or after it is processed.
    pub(super) fn commits_with_polls(&self, settings: &ConsumerSettings) -> bool {
        settings.auto_commit.is_none() && matches!(settings.commit, Commit::Batch | Commit::Before)
    }

    /// Commits all positions. Whether there is anything to commit.
    pub(super) fn commits_now(&mut self, purpose: Purpose, act: &mut Act<'_, impl Line<Kafka>>) -> bool {
        let offsets = self.fetcher.uncommitted(true);
        self.commits(offsets, purpose, act)
    }

    /// The application commits what a poll has brought, now that all of it is processed. Whether it waits for that.
    pub(super) fn commits_batch(&mut self, act: &mut Act<'_, impl Line<Kafka>>) -> bool {
        let settings = &act.pool.settings;
        if settings.auto_commit.is_some() || settings.commit != Commit::Batch {
            return false;
        }
        let offsets = self.fetcher.uncommitted(false);
        self.commits(offsets, Purpose::Sync, act)
    }

    /// The application commits before it begins. Whether it waits for that.
    pub(super) fn commits_before(&mut self, act: &mut Act<'_, impl Line<Kafka>>) -> bool {
        let settings = &act.pool.settings;
        if settings.auto_commit.is_some() || settings.commit != Commit::Before {
            return false;
        }
        let last = self.batch.iter().map(|held| (held.tp, held.offset));
        last.for_each(|(tp, offset)| self.fetcher.processed(tp, offset));
        let offsets = self.fetcher.uncommitted(false);
        self.commits(offsets, Purpose::Sync, act)
    }

    /// The application commits a record.
    pub(super) fn commits_record(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        if act.pool.settings.commits_records() {
            let offsets = self.fetcher.uncommitted(false);
            self.commits(offsets, Purpose::Sync, act);
        }
    }

    pub(super) fn commits(
        &mut self,
        mut offsets: Vec<(Tp, u64)>,
        purpose: Purpose,
        act: &mut Act<'_, impl Line<Kafka>>,
    ) -> bool {
        // `CommitFailedException`: it is a member no more. It finds out what that means when it polls.
        let Some(who) = self.membership.who(act).filter(|_| self.membership.generation != 0) else {
            return false;
        };
        let offsets = match offsets.len() {
            0 => return false,
            1 => Few::One(offsets.remove(0)),
            _ => Few::Many(offsets),
        };
        let commit = CommitOffsets { group: act.pool.group, who: Some(who), offsets: offsets.clone() };
        let id = act.ask(request::Request::Group(Request::Commit(commit)));
        self.committing.open.push(Open { id, purpose, offsets });
        true
    }

    /// A commit is answered. Whether this was one.
    pub(super) fn has_committed(
        &mut self,
        id: RequestId,
        reply: &Reply,
        act: &mut Act<'_, impl Line<Kafka>>,
    ) -> bool {
        let Some(place) = self.committing.open.iter().position(|open| open.id == id) else { return false };
        let open = self.committing.open.remove(place);
        if let Reply::Error(error) = reply {
            // In the classic protocol that it is to rejoin it learns by a commit as well as by a heartbeat.
            let tells = !matches!(error, Error::StaleEpoch | Error::UnknownPartition);
            if tells && open.purpose != Purpose::Rejoin {
                self.heartbeat_failed(*error);
            }
        } else {
            self.fetcher.note_committed(open.offsets.all());
        }
        if open.purpose == Purpose::Rejoin && self.membership.phase == Phase::Committing {
            if act.pool.settings.is_modern { self.has_reconciled(act) } else { self.joins(act) }
        }
        true
    }
}
