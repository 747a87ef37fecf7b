//! The state of a simulation as there is to see of it.

use super::{Accounts, Simulation};
use crate::APPLICATIONS;
use crate::broker::Terms;
use crate::client::producer::{OnLink, Producer};
use crate::client::worker::{Phase, State, Task, Worker};
use crate::id::WorkerId;
use crate::view::{Doing, Flight, PartView, PoolView, ProducerView, Scene, WorkerView};

impl Simulation<Accounts> {
    /// What there is to see now; at most `limit` messages of each link and store.
    pub fn scene(&self, limit: usize) -> Scene {
        let world = &self.world;
        let topology = self.broker.topology();
        let place = |name: &str| {
            if !APPLICATIONS {
                return None;
            }
            (0..).zip(&topology.parts).find(|(_, part)| part.name == name).map(|(place, _)| place)
        };
        let producer = |producer: &Producer| ProducerView {
            name: producer.name.clone(),
            to: topology.senders.get(usize::from(producer.id.0)).and_then(|sender| place(&sender.to)),
            running: producer.is_running(),
            blocked: producer.is_blocked(),
            link: producer.link.iter().take(limit).map(flight).collect(),
            on_link: producer.link.len() as u64,
        };
        let workers = world.consumers.iter().zip(0..).flat_map(|(consumer, pool)| {
            let wanted = consumer.wanted();
            consumer.pool.iter().zip(0..).filter_map(move |(own, place)| {
                let worker = WorkerId(consumer.base + place);
                let doing = doing(own.state, place < wanted);
                (place < wanted.max(consumer.workers()) || matches!(doing, Doing::Busy { .. }))
                    .then_some(WorkerView { worker, pool, place, doing, hangs: hangs(own) })
            })
        });
        Scene {
            now: world.now,
            terms: self.terms(),
            wired: self.broker.manual().wired,
            producers: world.producers.iter().map(producer).collect(),
            stores: self.broker.stores(limit),
            groups: self.broker.groups(),
            parts: (topology.parts.iter().filter(|_| APPLICATIONS))
                .map(|part| PartView { name: part.name.clone(), kind: part.kind })
                .collect(),
            links: (topology.links.iter().filter(|_| APPLICATIONS))
                .filter_map(|link| Some((place(&link.from)?, place(&link.to)?)))
                .collect(),
            pools: (world.consumers.iter().enumerate())
                .map(|(pool, consumer)| PoolView {
                    name: consumer.name.clone(),
                    from: topology.receivers.get(pool).and_then(|receiver| place(&receiver.from)),
                })
                .collect(),
            workers: workers.collect(),
            departures: self.metrics().departures(world.now).copied().collect(),
        }
    }

    /// What the system says in general, or of the only kind of part that there is.
    fn terms(&self) -> Terms {
        let manual = self.broker.manual();
        if !APPLICATIONS {
            return manual.terms;
        }
        let mut kinds = self.broker.topology().parts.iter().map(|part| part.kind);
        let only = kinds.next().filter(|first| kinds.all(|kind| kind == *first));
        let kind = manual.kinds.iter().find(|kind| Some(kind.name) == only);
        kind.and_then(|kind| kind.terms).unwrap_or(manual.terms)
    }
}

fn flight(on_link: &OnLink) -> Flight {
    let OnLink { parcel, arrives } = *on_link;
    let message = parcel.message;
    Flight {
        message: message.id,
        producer: message.producer,
        key: message.key,
        departs: message.sent,
        arrives,
    }
}

fn hangs(worker: &Worker) -> bool {
    worker.stuck || matches!(worker.state, State::Busy(Task { phase: Phase::Hang(_), .. }))
}

fn doing(state: State, wanted: bool) -> Doing {
    match state {
        State::Off => Doing::Off,
        State::Idle => Doing::Idle,
        State::Down => Doing::Down,
        State::Busy(Task { entry, since, until, .. }) => Doing::Busy {
            message: entry.message.id,
            producer: entry.message.producer,
            key: entry.message.key,
            attempt: entry.attempt,
            since,
            until,
            leaving: !wanted,
        },
    }
}
