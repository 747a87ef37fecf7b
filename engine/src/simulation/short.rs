//! The short way of a message: from a producer and to a pool that have nothing set that could come in between.
//!
//! It is what `sending` and `work` do, without all that does not happen there, and so without asking for it again and
//! again: nearly every message that is simulated at full speed goes this way. Each of the functions first finds out
//! whether it applies. Where it does not it has changed nothing, and the long way is taken.
//!
//! The plain queue has the shortest: what merely waits in it and what is next in line are told of in one go.

use super::work::{schema, set_to_work, turn};
use super::{Kind, Lent, Simulation};
use crate::broker::Broker;
use crate::broker::driver::Parcel;
use crate::broker::linked::Exchange;
use crate::client::manner::Verdict;
use crate::client::worker::{Phase, State, Task};
use crate::id::WorkerId;
use crate::journal::{Observer, What};
use crate::message::Message;
use crate::schedule::Class;
use crate::time::Time;

impl<O: Observer + Clone + Default> Simulation<O> {
    /// A producer sends what is due, if that can go the short way.
    #[inline(always)]
    pub(super) fn send_shortly(&mut self, index: usize, outside: &mut impl Observer) -> bool {
        let world = &mut self.world;
        let producer = &mut world.producers[index];
        if !producer.is_plain() {
            return false;
        }
        let (id, size, next) = (producer.id, producer.payload.usual_size(), producer.sent());
        world.schedule.set(producer.send_timer, Class::Arrival, next);
        let message = world.next_message(id, 0, size);
        if let Broker::Bounded(queue) = &mut self.broker
            && queue.merely_stores()
        {
            let enqueued = queue.store(message, world.now);
            world.record_both(What::Published { message }, enqueued, outside);
        } else {
            self.hand_in(message, outside);
        }
        true
    }

    /// Hands a message with nothing special about it to the system, whatever comes of it there.
    #[inline(never)]
    fn hand_in(&mut self, message: Message, outside: &mut impl Observer) {
        let world = &mut self.world;
        world.record(What::Published { message }, outside);
        let parcel = Parcel { message, ttl: None, priority: None, to: None };
        if let Broker::Wired(wired) = &mut self.broker {
            let due = wired.get_mut().send(&parcel, &mut Lent { world, outside });
            self.pump_until(due, outside);
        } else {
            self.broker.send(&parcel, &mut Lent { world, outside });
            self.pump(outside);
        }
    }

    /// A worker has done its work and takes the next message, if that can go the short way.
    #[inline(always)]
    pub(super) fn complete_shortly(
        &mut self,
        index: usize,
        place: usize,
        outside: &mut impl Observer,
    ) -> bool {
        if let Broker::Bounded(queue) = &mut self.broker {
            let world = &mut self.world;
            let consumer = &mut world.consumers[index];
            let stays = consumer.is_plain() && consumer.employs(place);
            let own = &mut consumer.pool[place];
            if let State::Busy(task) = &own.state
                && stays
                && task.is_plain()
                && !own.cut
                && !consumer.manner.fails(world.seed, &task.entry, task.entry.attempt)
            {
                let worker = WorkerId(consumer.base + place as u16);
                if let Some((next, delivered)) = queue.exchange(worker, world.now) {
                    let acked = acked(worker, task, world.now, true);
                    let work = consumer.service_time(&next);
                    let own = &mut consumer.pool[place];
                    let until = set_to_work(own, &next, world.now, work, Phase::Work, false);
                    world.schedule.set(own.timer, Class::Completion, until);
                    world.record_both(acked, delivered, outside);
                    return true;
                }
            }
        }
        self.complete_calmly(index, place, outside)
    }

    /// A worker of a calm pool has done its work and asks for the next message, whatever comes of that in the system.
    #[inline(never)]
    fn complete_calmly(&mut self, index: usize, place: usize, outside: &mut impl Observer) -> bool {
        let world = &mut self.world;
        let consumer = &mut world.consumers[index];
        let (stays, is_plain) = (consumer.is_calm() && consumer.employs(place), consumer.is_plain());
        let own = &mut consumer.pool[place];
        let State::Busy(task) = &own.state else { return false };
        if !stays || !task.is_plain() || own.cut {
            return false;
        }
        let turn = turn(world.kind, &world.producers, task);
        let fails = if is_plain {
            consumer.manner.fails(world.seed, &task.entry, turn)
        } else {
            let schema = schema(&world.producers, &task.entry);
            consumer.manner.verdict(world.seed, &task.entry, turn, schema) != Verdict::Done
        };
        if fails {
            return false;
        }
        let worker = WorkerId(consumer.base + place as u16);
        let what = acked(worker, task, world.now, world.kind != Kind::Wired);
        own.state = State::Idle;
        world.record(what, outside);
        if let Broker::Wired(wired) = &mut self.broker {
            if let Some(due) = wired.get_mut().exchange(worker, Exchange::Both, &mut Lent { world, outside })
            {
                self.pump_until(due, outside);
                return true;
            }
        } else {
            self.broker.done(worker, &mut Lent { world, outside });
        }
        self.finish_all(outside);
        self.ask(index, place, outside);
        true
    }
}

/// The work on a message is done, and has had its effect.
#[inline(always)]
fn acked(worker: WorkerId, task: &Task, now: Time, settled: bool) -> What {
    let (entry, since) = (&task.entry, task.since);
    What::Acked {
        message: entry.message.id,
        worker,
        attempt: entry.attempt,
        waited: since.nanos_since(entry.entered),
        service: now.nanos_since(since),
        total: now.nanos_since(entry.message.sent),
        settled,
        key: entry.message.key,
        effect: true,
    }
}

#[cfg(all(test, feature = "systems"))]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Scenario;
    use crate::broker::{Effects, linked};
    use crate::id::{MessageId, ProducerId, StoreId};
    use crate::journal::{Cause, Fact, Place, Refusal, Window};
    use crate::simulation::END;

    const SYSTEMS: [&str; 5] = ["plain-queue", "rabbitmq", "sqs", "redis", "pulsar"];

    fn simulation(system: &str, producer: &str, consumer: &str, seed: u64) -> Simulation {
        let json = format!(
            r#"{{"version": 1, "name": "t", "title": "", "watch": "", "why": "",
            "broker": {{"name": "b", "system": "{system}"}},
            "producers": [{{"name": "p", "set": {{"rate": 90, "arrivals": "poisson"{producer}}}}},
                          {{"name": "r", "set": {{"rate": 7}}}}],
            "consumers": [{{"name": "c", "set": {{"rate": 60, "service": "exponential"{consumer}}}}}]}}"#
        );
        Simulation::new(&Scenario::from_json(&json).expect("a valid scenario"), seed)
    }

    /// The next event, by the long way.
    fn step_at_length(simulation: &mut Simulation, outside: &mut Window) -> bool {
        let Some((at, timer)) = simulation.world.schedule.pop_until(END) else { return false };
        simulation.world.now = at;
        simulation.events += 1;
        let agent = simulation.agents[timer.index()];
        simulation.fire_at_length(agent, outside);
        simulation.world.schedule.close();
        true
    }

    fn what() -> impl Strategy<Value = What> {
        let place = || {
            prop::sample::select(vec![
                Place::Arriving,
                Place::Waiting,
                Place::Held,
                Place::Done,
                Place::Expired,
            ])
        };
        let cause = prop::sample::select(vec![Cause::Ack, Cause::AutoAck, Cause::Timeout]);
        let parts = (1..200_u64, 0..9_u16, 0..60_u16, 1..4_u16, any::<u32>(), any::<bool>());
        let rest = (place(), place(), cause, prop_oneof![3 => Just(1_u32), 1 => 0..5_u32]);
        (0..7_u8, parts, rest).prop_map(
            |(kind, (message, store, worker, attempt, waited, begins), (from, to, why, count))| {
                let (message, store, worker) = (MessageId(message), StoreId(store), WorkerId(worker));
                let (waited, producer) = (waited.into(), ProducerId(store.0));
                match kind {
                    0 => What::Routed { message, copies: attempt - 1 },
                    1 => What::Enqueued { message, store },
                    2 => What::Delivered { message, store, worker, attempt, waited, begins },
                    3 => What::Taken { message, worker, attempt },
                    4 => What::Refused { message, producer, why: Refusal::Full },
                    5 => What::Moved {
                        message,
                        store,
                        from: Place::Held,
                        to: Place::Done,
                        count,
                        why: Cause::Ack,
                    },
                    _ => What::Moved { message, store, from, to, count, why },
                }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Event by event: the whole state, and what an observer from outside is told.
        #[test]
        fn the_short_way_leads_where_the_long_way_does(
            system in prop::sample::select(SYSTEMS.to_vec()),
            seed in 0..1000_u64,
            producer in prop::sample::select(vec!["", r#", "link-delay": 0.02"#]),
            workers in 1..4_u8,
            failure in prop::sample::select(vec!["0", "0.2"]),
            manner in prop::sample::select(vec![
                "", r#", "permanent": 0.1"#, r#", "settle": "before""#, r#", "on-failure": "in-place""#,
                r#", "poison": 0.05, "restart-after": 0.1"#
            ]),
        ) {
            let manner = if system == "plain-queue" { "" } else { manner };
            let consumer = format!(r#", "workers": {workers}, "failure": {failure}{manner}"#);
            let mut short = simulation(system, producer, &consumer, seed);
            let mut long = short.clone();
            let (mut told, mut told_at_length) = (Window::new(64), Window::new(64));
            for _ in 0..400 {
                let goes_on = short.step(&mut told).is_some();
                prop_assert_eq!(goes_on, step_at_length(&mut long, &mut told_at_length));
                prop_assert_eq!(short.digest(), long.digest());
                prop_assert!(told.facts().eq(told_at_length.facts()));
            }
            prop_assert!(200 < short.journal().count());
        }

        /// What is told by a call of its own is told as any other fact.
        #[test]
        fn a_fact_is_the_same_by_its_own_call(whats in prop::collection::vec(what(), 1..40)) {
            let mut own = simulation("rabbitmq", "", "", 1);
            let mut any = own.clone();
            let (mut told, mut told_as_any) = (Window::new(64), Window::new(64));
            for what in whats {
                let at = own.now();
                linked::record(what, at, &mut Lent { world: &mut own.world, outside: &mut told });
                Lent { world: &mut any.world, outside: &mut told_as_any }.tell(&Fact { at, what });
            }
            prop_assert_eq!(own.digest(), any.digest());
            prop_assert!(told.facts().eq(told_as_any.facts()));
        }
    }
}
