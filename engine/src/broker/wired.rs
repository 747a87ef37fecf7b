//! The systems on a wire, one line each: RabbitMQ and its like, a server and its client library with a network between.
//!
//! The closed enum is what a simulation holds, for it is plain data. All calls go through one object-safe trait: what
//! stands behind it is compiled once a system, and where it is called knows none of them.
//!
//! Without the feature `systems` there is none of them, and nothing of them in the program: that is what lets the page
//! open with the plain queue alone, and fetch the rest when somebody asks for it.

use std::time::Duration;

use crate::id::WorkerId;
use crate::knob::Value;
use crate::time::Time;
use crate::view::{GroupView, StoreView};

use super::driver::{Driver, Failure, Parcel};
use super::linked::{Exchange, Linked};
use super::server::{Down, Holding, Server};
use super::topology::{Manual, Target, Topology};
use super::{Counts, Effects};

#[cfg(feature = "systems")]
use super::{kafka, pubsub, pulsar, rabbitmq, redis, sqs};

/// What can be asked of a system on a wire; see [`super::Broker`].
pub(crate) trait System {
    fn open(&mut self, fx: &mut dyn Effects);
    /// Takes what a producer sends, and says when it is [`System::due`] then.
    fn send(&mut self, parcel: &Parcel, fx: &mut dyn Effects) -> Time;
    /// What a worker tells, and when the system is [`System::due`] then. Where the first of two things leaves something
    /// to be seen to, the second is not told, and no time is said.
    fn exchange(&mut self, worker: WorkerId, what: Exchange, fx: &mut dyn Effects) -> Option<Time>;
    fn withdraw(&mut self, worker: WorkerId, fx: &mut dyn Effects);
    fn fail(&mut self, worker: WorkerId, failure: Failure, fx: &mut dyn Effects);
    fn lost(&mut self, worker: WorkerId, fx: &mut dyn Effects);
    /// When it has to be woken; [`Time::MAX`] if never.
    fn due(&self) -> Time;
    fn wake(&mut self, fx: &mut dyn Effects);
    fn restart(&mut self, down: Down, fx: &mut dyn Effects);
    fn set_delay(&mut self, delay: Duration);
    fn set(&mut self, target: Target, knob: &str, value: &Value, fx: &mut dyn Effects);
    fn topology(&self) -> &Topology;
    fn counts(&self) -> Counts;
    fn holdings(&self) -> Vec<Holding>;
    fn stores(&self, limit: usize) -> Vec<StoreView>;
    fn groups(&self) -> Vec<GroupView>;
    fn operate(&mut self, act: &str, part: Option<u16>, argument: Option<f64>, fx: &mut dyn Effects);
}

/// Lists the systems: for each its variant, its module, and its driver in there.
macro_rules! systems {
    ($($(#[$doc:meta])* $variant:ident = $module:ident, $driver:ident;)*) => {
        /// A system on a wire.
        #[derive(Clone, PartialEq, Hash, Debug)]
        pub(crate) enum Wired {
            $($(#[$doc])* $variant(Box<Linked<$module::driver::$driver>>),)*
        }

        /// What each of them says of itself, the plain queue and the direct call before them.
        pub const SYSTEMS: &[&Manual] =
            &[&super::bounded::MANUAL, #[cfg(feature = "systems")] &super::direct::MANUAL, $(&$module::MANUAL,)*];

        impl Wired {
            /// The system that `topology` describes, if it is one of these.
            pub(crate) fn new(system: &str, topology: &Topology, seed: u64) -> Option<Wired> {
                $(if system == $module::MANUAL.system {
                    return Some(Wired::$variant(Box::new(Linked::new(topology.clone(), seed))));
                })*
                // Where there is no system at all there is no use for these.
                let _ = (system, topology, seed);
                None
            }

            #[inline]
            pub(crate) fn get(&self) -> &dyn System {
                match *self {
                    $(Wired::$variant(ref system) => &**system,)*
                }
            }

            #[inline]
            pub(crate) fn get_mut(&mut self) -> &mut dyn System {
                match *self {
                    $(Wired::$variant(ref mut system) => &mut **system,)*
                }
            }

            /// What it says of itself.
            pub(crate) fn manual(&self) -> &'static Manual {
                match *self {
                    $(Wired::$variant(_) => &$module::MANUAL,)*
                }
            }
        }
    };
}

#[cfg(feature = "systems")]
systems! {
    /// RabbitMQ.
    RabbitMq = rabbitmq, Client;
    /// Amazon SQS.
    Sqs = sqs, SqsDriver;
    /// Redis.
    Redis = redis, RedisDriver;
    /// Apache Kafka.
    Kafka = kafka, Client;
    /// Google Cloud Pub/Sub.
    PubSub = pubsub, PubSubDriver;
    /// Apache Pulsar.
    Pulsar = pulsar, PulsarDriver;
}

#[cfg(not(feature = "systems"))]
systems! {}

impl<D: Driver> System for Linked<D> {
    fn open(&mut self, fx: &mut dyn Effects) {
        Linked::open(self, fx);
    }

    fn send(&mut self, parcel: &Parcel, fx: &mut dyn Effects) -> Time {
        Linked::send(self, *parcel, fx);
        self.next_due()
    }

    fn exchange(&mut self, worker: WorkerId, what: Exchange, fx: &mut dyn Effects) -> Option<Time> {
        Linked::exchange(self, worker, what, fx).then(|| self.next_due())
    }

    fn withdraw(&mut self, worker: WorkerId, fx: &mut dyn Effects) {
        Linked::withdraw(self, worker, fx);
    }

    fn fail(&mut self, worker: WorkerId, failure: Failure, fx: &mut dyn Effects) {
        Linked::fail(self, worker, failure, fx);
    }

    fn lost(&mut self, worker: WorkerId, fx: &mut dyn Effects) {
        Linked::lost(self, worker, fx);
    }

    fn due(&self) -> Time {
        self.next_due()
    }

    fn wake(&mut self, fx: &mut dyn Effects) {
        Linked::wake(self, fx);
    }

    fn restart(&mut self, down: Down, fx: &mut dyn Effects) {
        Linked::restart(self, down, fx);
    }

    fn set_delay(&mut self, delay: Duration) {
        Linked::set_delay(self, delay);
    }

    fn set(&mut self, target: Target, knob: &str, value: &Value, fx: &mut dyn Effects) {
        Linked::set(self, target, knob, value, fx);
    }

    fn topology(&self) -> &Topology {
        Linked::topology(self)
    }

    fn counts(&self) -> Counts {
        Linked::counts(self)
    }

    fn holdings(&self) -> Vec<Holding> {
        self.server().holdings()
    }

    fn stores(&self, limit: usize) -> Vec<StoreView> {
        Linked::stores(self, limit)
    }

    fn groups(&self) -> Vec<GroupView> {
        Linked::groups(self)
    }

    fn operate(&mut self, act: &str, part: Option<u16>, argument: Option<f64>, fx: &mut dyn Effects) {
        Linked::operate(self, act, part, argument, fx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::linked::NETWORK_DELAY;

    #[test]
    fn no_setting_of_a_system_is_there_twice() {
        for manual in SYSTEMS {
            let mut names: Vec<&str> = manual.knobs.iter().map(|knob| knob.name).collect();
            names.extend(manual.wired.then_some(NETWORK_DELAY.name));
            names.sort_unstable();
            assert!(names.is_sorted_by(|name, next| name < next), "{}: {names:?}", manual.system);
        }
    }
}
