//! Settings by their addresses, `who.name`: the system's, its parts', its producers' and its consumers', and those of the
//! links between parts, `from>to.name`.

use super::sending::schedule_send;
use super::{Lent, Simulation};
use crate::APPLICATIONS;
use crate::broker::linked::NETWORK_DELAY;
use crate::broker::topology::{Sheet, Target};
use crate::client::worker::Onward;
use crate::client::{producer, worker};
use crate::command::{Problem, quoted};
use crate::id::ProducerId;
use crate::journal::Observer;
use crate::knob::{Knob, Value};
use crate::scenario::{Scenario, Then};

/// Whom an address names.
#[derive(Clone, Copy)]
enum Owner {
    System,
    Part(u16),
    Producer(u16),
    Consumer(u16),
    #[cfg(feature = "systems")]
    Link(u16),
}

impl<O: Observer + Clone + Default> Simulation<O> {
    /// The names of the parts of the system.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.broker.topology().parts.iter().map(|part| part.name.as_str())
    }

    /// The links between parts, as addresses name them: `from>to`. Of several between the same two parts it is the first.
    #[cfg(feature = "systems")]
    pub fn links(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for link in &self.broker.topology().links {
            let name = format!("{}>{}", link.from, link.to);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The knobs of whoever is called `who`: the system, one of its parts, a producer or a consumer.
    pub fn knobs(&self, who: &str) -> Option<Vec<&'static Knob>> {
        let manual = self.broker.manual();
        let network: &[Knob] = if manual.wired { &[NETWORK_DELAY] } else { &[] };
        let lists = match self.owner(who)? {
            Owner::System => [manual.knobs, network],
            Owner::Part(place) => [self.sheet(Target::Part(place))?.knobs(), &[]],
            Owner::Producer(_) => [producer::KNOBS, manual.producer],
            Owner::Consumer(_) => [worker::KNOBS, manual.consumer],
            #[cfg(feature = "systems")]
            Owner::Link(_) => [manual.link, &[]],
        };
        Some(lists.into_iter().flatten().collect())
    }

    /// What the knob at `address` (`who.name`) is set to.
    pub fn get(&self, address: &str) -> Option<Value> {
        let (who, knob) = address.split_once('.')?;
        let (own, target) = match self.owner(who)? {
            Owner::System => (None, Target::System),
            Owner::Part(place) => (None, Target::Part(place)),
            Owner::Producer(place) => (self.producer_settings.get(usize::from(place)), Target::Sender(place)),
            Owner::Consumer(place) => {
                (self.consumer_settings.get(usize::from(place)), Target::Receiver(place))
            }
            #[cfg(feature = "systems")]
            Owner::Link(place) => (None, Target::Link(place)),
        };
        if knob == NETWORK_DELAY.name && self.broker.manual().wired {
            return self.network_delay.get(knob).cloned();
        }
        let found = own.and_then(|sheet| sheet.get(knob)).or_else(|| self.sheet(target)?.get(knob));
        found.cloned()
    }

    pub(super) fn check_setting(&self, address: &str, to: &Value) -> Result<(), Problem> {
        let knobs = address.split_once('.').and_then(|(who, name)| Some((self.knobs(who)?, name)));
        let Some(knob) = knobs.and_then(|(knobs, name)| knobs.into_iter().find(|knob| knob.name == name))
        else {
            let permitted = "the address of a knob, for example \"producer.rate\"".into();
            return Err(Problem { path: "set.knob".into(), value: quoted(address), permitted });
        };
        let problem = |permitted| Problem { path: address.into(), value: to.to_string(), permitted };
        if !knob.live {
            return Err(problem("left as it is: it is set when the system starts, not while it runs".into()));
        }
        knob.check(to).map_err(problem)
    }

    pub(super) fn set(&mut self, who: &str, knob: &str, value: &Value, outside: &mut impl Observer) {
        match self.owner(who) {
            Some(Owner::System) if knob == NETWORK_DELAY.name => {
                self.network_delay.set(knob, value);
                self.broker.set_network_delay(self.network_delay.span(knob));
            }
            Some(Owner::System) => self.set_in_system(Target::System, knob, value, outside),
            Some(Owner::Part(place)) => self.set_in_system(Target::Part(place), knob, value, outside),
            Some(Owner::Producer(place)) => self.set_for_producer(place, knob, value, outside),
            Some(Owner::Consumer(place)) => self.set_for_consumer(place, knob, value, outside),
            #[cfg(feature = "systems")]
            Some(Owner::Link(place)) => self.set_in_system(Target::Link(place), knob, value, outside),
            None => {}
        }
    }

    fn set_in_system(&mut self, target: Target, knob: &str, value: &Value, outside: &mut impl Observer) {
        self.broker.set(target, knob, value, &mut Lent { world: &mut self.world, outside });
        self.pump(outside);
    }

    fn set_for_producer(&mut self, place: u16, knob: &str, value: &Value, outside: &mut impl Observer) {
        if !is_among(producer::KNOBS, knob) {
            return self.set_in_system(Target::Sender(place), knob, value, outside);
        }
        let index = usize::from(place);
        self.producer_settings[index].set(knob, value);
        let now = self.world.now;
        let producer = &mut self.world.producers[index];
        producer.set(knob, value, now);
        schedule_send(&mut self.world.schedule, producer);
        self.world.mind_answers(index);
        self.world.mind_outbox(index);
    }

    fn set_for_consumer(&mut self, place: u16, knob: &str, value: &Value, outside: &mut impl Observer) {
        if !is_among(worker::KNOBS, knob) {
            return self.set_in_system(Target::Receiver(place), knob, value, outside);
        }
        let index = usize::from(place);
        self.consumer_settings[index].set(knob, value);
        self.world.consumers[index].set(knob, value);
        self.mind_breaker(index, outside);
    }

    /// Ties producers and consumers to what they send on to and to whom they answer.
    pub(super) fn connect(&mut self, scenario: &Scenario) {
        if !APPLICATIONS {
            return;
        }
        let parts = &self.broker.topology().parts;
        let place = |name: &str| parts.iter().position(|part| part.name == name).map(|place| place as u16);
        for (own, settings) in self.world.producers.iter_mut().zip(&scenario.producers) {
            own.reply_to = settings.reply_to.as_deref().and_then(place);
        }
        for (index, settings) in scenario.consumers.iter().enumerate() {
            let sender = ProducerId((scenario.producers.len() + index) as u16);
            let consumer = &mut self.world.consumers[index];
            consumer.onward = match settings.then {
                Some(Then::To(_)) => Onward::On(sender),
                Some(Then::Reply) => Onward::Reply(sender),
                None => Onward::Nowhere,
            };
            let answers = |own: &String| scenario.producers.iter().position(|other| other.name == *own);
            consumer.answers = settings.answers.as_ref().and_then(answers).map(|place| place as u16);
            consumer.reconsider();
        }
    }

    fn owner(&self, who: &str) -> Option<Owner> {
        let place = |place: usize| place as u16;
        if who == self.broker_name {
            return Some(Owner::System);
        }
        let mut parts = self.broker.topology().parts.iter();
        if let Some(part) = parts.position(|part| part.name == who) {
            return Some(Owner::Part(place(part)));
        }
        #[cfg(feature = "systems")]
        if let Some((from, to)) = who.split_once('>') {
            let mut links = self.broker.topology().links.iter();
            return links.position(|link| link.from == from && link.to == to).map(place).map(Owner::Link);
        }
        let mut producers = self.world.producers.iter();
        if let Some(producer) = producers.position(|producer| producer.name == who) {
            return Some(Owner::Producer(place(producer)));
        }
        let mut consumers = self.world.consumers.iter();
        consumers.position(|consumer| consumer.name == who).map(place).map(Owner::Consumer)
    }

    fn sheet(&self, target: Target) -> Option<&Sheet> {
        self.broker.topology().sheet(target)
    }
}

/// Whether a setting belongs to the application, and not to its system's client library.
pub(super) fn is_among(knobs: &[Knob], name: &str) -> bool {
    knobs.iter().any(|knob| knob.name == name)
}
