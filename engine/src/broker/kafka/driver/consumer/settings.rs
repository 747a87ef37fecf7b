//! What a consumer is set to.

use std::sync::Arc;
use std::time::Duration;

use crate::broker::topology::Sheet;

use super::super::super::assignor::Assignor;
use super::super::super::assignor::server_side::ServerSide;
use super::super::super::request::Isolation;

/// When an application commits by itself, with `enable.auto.commit` off.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(in super::super) enum Commit {
    /// `commitSync` once all that a poll brought is processed.
    Batch,
    /// `commitSync` after each record.
    Record,
    /// `commitSync` as soon as a poll has brought something: at most once.
    Before,
    /// Never.
    Never,
}

/// `auto.offset.reset`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(in super::super) enum Reset {
    Latest,
    Earliest,
    /// The application is told, and does not read on.
    None,
}

/// The settings.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(in super::super) struct ConsumerSettings {
    /// `client.id` of the first worker is this and `-1`.
    pub(super) client: Arc<str>,
    /// `group.instance.id` of the first worker is this and `-1`.
    pub(super) instance: Option<Arc<str>>,
    pub(super) max_poll_records: u32,
    pub(super) max_poll_interval: Duration,
    pub(super) session: Duration,
    pub(super) heartbeat: Duration,
    pub(super) assignors: Vec<Assignor>,
    /// `group.protocol=consumer`.
    pub(super) is_modern: bool,
    pub(super) remote_assignor: ServerSide,
    /// `auto.commit.interval.ms`, unless `enable.auto.commit` is off.
    pub(super) auto_commit: Option<Duration>,
    pub(super) commit: Commit,
    pub(super) reset: Reset,
    pub(in super::super) isolation: Isolation,
    pub(super) partition_bytes: u32,
}

impl ConsumerSettings {
    /// Those of a sheet, for the workers of this name.
    pub(in super::super) fn new(name: &str, sheet: &Sheet) -> ConsumerSettings {
        let millis = |name: &str, usual: u64| {
            Duration::from_millis(sheet.number(name).map_or(usual, |number| number as u64))
        };
        let text = |name: &str| Some(sheet.text(name)).filter(|text| !text.is_empty());
        let which =
            |name: &str, all: &[&str]| all.iter().position(|own| *own == sheet.text(name)).unwrap_or(0);
        let assignors = sheet.text("partition.assignment.strategy").split(',').filter_map(Assignor::named);
        let mut assignors: Vec<Assignor> = assignors.collect();
        if assignors.is_empty() {
            assignors = vec![Assignor::Range, Assignor::CooperativeSticky];
        }
        let commits = [Commit::Batch, Commit::Record, Commit::Before, Commit::Never];
        let auto = which("enable.auto.commit", &["true", "false"]) == 0;
        ConsumerSettings {
            client: text("client.id").unwrap_or(name).into(),
            instance: text("group.instance.id").map(Into::into),
            max_poll_records: sheet.number("max.poll.records").map_or(500, |number| number as u32).max(1),
            max_poll_interval: millis("max.poll.interval.ms", 300_000),
            session: millis("session.timeout.ms", 45_000),
            heartbeat: millis("heartbeat.interval.ms", 3_000),
            assignors,
            is_modern: which("group.protocol", &["classic", "consumer"]) == 1,
            remote_assignor: [ServerSide::Uniform, ServerSide::Range]
                [which("group.remote.assignor", &["uniform", "range"])],
            auto_commit: auto.then(|| millis("auto.commit.interval.ms", 5_000)),
            commit: commits[which("commit", &["batch", "record", "before", "never"])],
            reset: [Reset::Latest, Reset::Earliest, Reset::None]
                [which("auto.offset.reset", &["latest", "earliest", "none"])],
            isolation: [Isolation::ReadUncommitted, Isolation::ReadCommitted]
                [which("isolation.level", &["read_uncommitted", "read_committed"])],
            partition_bytes: sheet
                .number("max.partition.fetch.bytes")
                .map_or(1 << 20, |number| number as u32),
        }
    }

    /// Whether the application commits after each record.
    #[inline]
    pub(super) fn commits_records(&self) -> bool {
        self.auto_commit.is_none() && self.commit == Commit::Record
    }

    /// Whether members keep what they read while they rebalance: only if all the assignors listed can do with that.
    pub(super) fn is_cooperative(&self) -> bool {
        self.is_modern || self.assignors.iter().all(|assignor| assignor.is_cooperative())
    }
}
