//! What a client library asks of a service beside it comes to the same as by requests and replies.

use proptest::prelude::*;

use super::random::{Act, acts, experiment, play};
use super::*;
use crate::broker::driver::Line;
use crate::broker::pubsub::api::{Push, Reply};
use crate::id::{ClientId, RequestId};

/// A client library that asks by requests alone.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Long(PubSubDriver);

impl Driver for Long {
    type Server = PubSub;

    fn new(topology: &Topology, seed: u64) -> (Long, PubSub) {
        let (driver, server) = PubSubDriver::new(topology, seed);
        (Long(driver), server)
    }

    fn open(&mut self, topology: &Topology, line: &mut impl Line<PubSub>) {
        self.0.open(topology, line);
    }

    fn changed(&mut self, topology: &Topology, target: Target, knob: &str, line: &mut impl Line<PubSub>) {
        self.0.changed(topology, target, knob, line);
    }

    fn send(&mut self, parcel: Parcel, line: &mut impl Line<PubSub>) {
        self.0.send(parcel, line);
    }

    fn receive(&mut self, worker: WorkerId, line: &mut impl Line<PubSub>) {
        self.0.receive(worker, line);
    }

    fn withdraw(&mut self, worker: WorkerId, line: &mut impl Line<PubSub>) {
        self.0.withdraw(worker, line);
    }

    fn done(&mut self, worker: WorkerId, line: &mut impl Line<PubSub>) {
        self.0.done(worker, line);
    }

    fn fail(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<PubSub>) {
        self.0.fail(worker, failure, line);
    }

    fn lost(&mut self, worker: WorkerId, line: &mut impl Line<PubSub>) {
        self.0.lost(worker, line);
    }

    fn operate(
        &mut self,
        topology: &Topology,
        act: &str,
        part: Option<u16>,
        argument: Option<f64>,
        line: &mut impl Line<PubSub>,
    ) {
        self.0.operate(topology, act, part, argument, line);
    }

    fn reply(&mut self, client: ClientId, id: RequestId, reply: Reply, line: &mut impl Line<PubSub>) {
        self.0.reply(client, id, reply, line);
    }

    fn push(&mut self, client: ClientId, push: Push, line: &mut impl Line<PubSub>) {
        self.0.push(client, push, line);
    }

    fn due(&self) -> Option<Time> {
        self.0.due()
    }

    fn wake(&mut self, line: &mut impl Line<PubSub>) {
        self.0.wake(line);
    }
}

/// Plays the same to both, and holds them against each other after every act.
fn compare(topology: &Topology, acts: &[Act]) -> Result<(), TestCaseError> {
    let mut short = Run::<PubSubDriver>::of(topology.clone(), Duration::ZERO);
    let mut long = Run::<Long>::of(topology.clone(), Duration::ZERO);
    let (mut busy, mut millis) = ([[false; 4]; 2], [0; 2]);
    for act in acts {
        play(&mut short, std::slice::from_ref(act), &mut busy[0], &mut millis[0]);
        play(&mut long, std::slice::from_ref(act), &mut busy[1], &mut millis[1]);
        prop_assert_eq!(&short.app.facts, &long.app.facts);
        prop_assert_eq!(busy[0], busy[1]);
        prop_assert_eq!(&short.app.confirmed, &long.app.confirmed);
        prop_assert_eq!(&short.app.refused, &long.app.refused);
        prop_assert_eq!(short.system.due(), long.system.due());
        prop_assert!(short.system.server() == long.system.server());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn what_is_asked_at_once_comes_to_the_same_as_by_requests(topology in experiment(), acts in acts()) {
        compare(&topology, &acts)?;
    }

    /// The usual case, which goes the short way most often.
    #[test]
    fn also_when_nothing_goes_wrong(acts in acts(), ordering in any::<bool>()) {
        let set = Set {
            producer: ALONE,
            subscription: &[("enableMessageOrdering", if ordering { "true" } else { "false" })],
            ..Set::default()
        };
        compare(&topology(set), &acts)?;
    }
}
