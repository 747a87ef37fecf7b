//! `KafkaConsumer`: a member of a group that polls the partitions it was given.

use crate::broker::driver::{Failure, Line};
use crate::id::{RequestId, WorkerId};
use crate::time::Time;

use super::super::request::{Push, Reply};
use super::super::server::Kafka;
use super::Common;

/// All consumers of an experiment.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Consumers {}

impl Consumers {
    pub(super) fn open(&mut self, common: &mut Common, line: &mut impl Line<Kafka>) {
        let _ = (common, line);
    }

    /// Settings have changed; the plan has the new ones.
    pub(super) fn changed(&mut self, common: &mut Common, line: &mut impl Line<Kafka>) {
        let _ = (common, line);
    }

    pub(super) fn receive(&mut self, common: &mut Common, worker: WorkerId, line: &mut impl Line<Kafka>) {
        let _ = (common, worker, line);
    }

    pub(super) fn withdraw(&mut self, common: &mut Common, worker: WorkerId, line: &mut impl Line<Kafka>) {
        let _ = (common, worker, line);
    }

    pub(super) fn done(&mut self, common: &mut Common, worker: WorkerId, line: &mut impl Line<Kafka>) {
        let _ = (common, worker, line);
    }

    pub(super) fn fail(
        &mut self,
        common: &mut Common,
        worker: WorkerId,
        failure: Failure,
        line: &mut impl Line<Kafka>,
    ) {
        let _ = (common, worker, failure, line);
    }

    pub(super) fn lost(&mut self, common: &mut Common, worker: WorkerId, line: &mut impl Line<Kafka>) {
        let _ = (common, worker, line);
    }

    pub(super) fn reply(
        &mut self,
        common: &mut Common,
        worker: WorkerId,
        id: RequestId,
        reply: Reply,
        line: &mut impl Line<Kafka>,
    ) {
        let _ = (common, worker, id, reply, line);
    }

    pub(super) fn push(
        &mut self,
        common: &mut Common,
        worker: WorkerId,
        push: Push,
        line: &mut impl Line<Kafka>,
    ) {
        let _ = (common, worker, push, line);
    }

    pub(super) fn due(&self) -> Time {
        Time::MAX
    }

    pub(super) fn wake(&mut self, common: &mut Common, line: &mut impl Line<Kafka>) {
        let _ = (common, line);
    }
}
