//! What a client library asks of a service beside it comes to the same as by requests and replies.

use std::time::Duration;

use proptest::prelude::*;

use crate::broker::driver::{Driver, Failure, Line, Parcel};
use crate::broker::server::Server;
use crate::broker::topology::{Target, Topology};
use crate::id::{ClientId, RequestId, WorkerId};
use crate::knob::Value;
use crate::time::Time;

use super::super::super::api::{Push, Reply};
use super::super::super::server::Sqs;
use super::random::{acts, play};
use super::{Run, SqsDriver, link, part, topology};

/// A client library that asks by requests alone.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Long(SqsDriver);

impl Driver for Long {
    type Server = Sqs;

    fn new(topology: &Topology, seed: u64) -> (Long, Sqs) {
        let (driver, server) = SqsDriver::new(topology, seed);
        (Long(driver), server)
    }

    fn open(&mut self, topology: &Topology, line: &mut impl Line<Sqs>) {
        self.0.open(topology, line);
    }

    fn changed(&mut self, topology: &Topology, target: Target, knob: &str, line: &mut impl Line<Sqs>) {
        self.0.changed(topology, target, knob, line);
    }

    fn send(&mut self, parcel: Parcel, line: &mut impl Line<Sqs>) {
        self.0.send(parcel, line);
    }

    fn receive(&mut self, worker: WorkerId, line: &mut impl Line<Sqs>) {
        self.0.receive(worker, line);
    }

    fn withdraw(&mut self, worker: WorkerId, line: &mut impl Line<Sqs>) {
        self.0.withdraw(worker, line);
    }

    fn done(&mut self, worker: WorkerId, line: &mut impl Line<Sqs>) {
        self.0.done(worker, line);
    }

    fn fail(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<Sqs>) {
        self.0.fail(worker, failure, line);
    }

    fn lost(&mut self, worker: WorkerId, line: &mut impl Line<Sqs>) {
        self.0.lost(worker, line);
    }

    fn reply(&mut self, client: ClientId, id: RequestId, reply: Reply, line: &mut impl Line<Sqs>) {
        self.0.reply(client, id, reply, line);
    }

    fn push(&mut self, client: ClientId, push: Push, line: &mut impl Line<Sqs>) {
        self.0.push(client, push, line);
    }

    fn due(&self) -> Option<Time> {
        self.0.due()
    }

    fn wake(&mut self, line: &mut impl Line<Sqs>) {
        self.0.wake(line);
    }
}

/// Something to choose from for each property of an experiment, the usual most often.
fn experiment() -> impl Strategy<Value = Topology> {
    let kinds = prop_oneof![4 => Just("standard"), 1 => Just("fifo")];
    let consumer = (
        prop_oneof![3 => Just("1"), 1 => Just("3")],
        prop_oneof![3 => Just(None), 1 => Just(Some("0")), 2 => Just(Some("2"))],
        prop_oneof![3 => Just("1"), 1 => Just("4")],
        prop_oneof![3 => Just(None), 1 => Just(Some("0")), 1 => Just(Some("2"))],
    );
    let chance = (
        any::<bool>(),
        prop_oneof![3 => Just(0.0), 1 => Just(0.3)],
        prop_oneof![3 => Just(0.0), 1 => Just(0.3)],
        prop_oneof![3 => Just(0.0), 1 => Just(0.3)],
        prop_oneof![3 => Just(120_000.0), 1 => Just(3.0)],
    );
    let producer = (any::<bool>(), any::<bool>(), any::<bool>());
    (kinds, consumer, chance, producer, any::<bool>()).prop_map(
        |(kind, consumer, chance, producer, redrive)| {
            let (max, wait, deletes, timeout) = consumer;
            let of_consumer: Vec<_> = [
                Some(("MaxNumberOfMessages", max)),
                Some(("maxBatchSize", deletes)),
                wait.map(|wait| ("WaitTimeSeconds", wait)),
                timeout.map(|timeout| ("VisibilityTimeout", timeout)),
            ]
            .into_iter()
            .flatten()
            .collect();
            let (batches, by_key, delays) = producer;
            let of_producer: Vec<_> = [
                batches.then_some(("maxBatchSize", "3")),
                by_key.then_some(("MessageGroupId", "key")),
                (delays && kind == "standard").then_some(("DelaySeconds", "1")),
            ]
            .into_iter()
            .flatten()
            .collect();
            let parts = vec![part(kind, "q", &[("VisibilityTimeout", "3")]), part(kind, "dead", &[])];
            let links =
                if redrive { vec![link("q", "dead", &[("maxReceiveCount", "2")])] } else { Vec::new() };
            let mut topology = topology(parts, links, &of_producer, &of_consumer);
            let (sampling, reorder, duplicates, missed, quota) = chance;
            let sheet = &mut topology.settings;
            sheet.set("sampling", &Value::Choice(if sampling { "on" } else { "off" }.to_owned().into()));
            sheet.set("reorder", &Value::Number(reorder));
            sheet.set("duplicates", &Value::Number(duplicates));
            sheet.set("missed-deletes", &Value::Number(missed));
            sheet.set("in-flight-quota", &Value::Number(quota));
            topology
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn what_is_asked_at_once_comes_to_the_same_as_by_requests(topology in experiment(), acts in acts()) {
        let mut short = Run::<SqsDriver>::of(topology.clone(), Duration::ZERO);
        let mut long = Run::<Long>::of(topology, Duration::ZERO);
        let (mut busy, mut millis) = ([[false; 4]; 2], [0; 2]);
        for act in &acts {
            play(&mut short, std::slice::from_ref(act), &mut busy[0], &mut millis[0]);
            play(&mut long, std::slice::from_ref(act), &mut busy[1], &mut millis[1]);
            prop_assert_eq!(&short.app.facts, &long.app.facts);
            prop_assert_eq!(busy[0], busy[1]);
            prop_assert_eq!(&short.app.confirmed, &long.app.confirmed);
            prop_assert_eq!(&short.app.refused, &long.app.refused);
            prop_assert_eq!(short.system.due(), long.system.due());
            // The requests have other numbers; nothing else may differ.
            let (ours, theirs) = (short.system.server(), long.system.server());
            prop_assert!(ours.random == theirs.random);
            prop_assert_eq!(ours.first_due(), theirs.first_due());
            prop_assert_eq!(ours.holdings(), theirs.holdings());
            prop_assert_eq!(ours.visible("q", 300), theirs.visible("q", 300));
            prop_assert_eq!(ours.visible("dead", 300), theirs.visible("dead", 300));
        }
    }
}
