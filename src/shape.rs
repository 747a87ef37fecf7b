//! What the panels are laid out for: the system of the scenario, in its own terms, and the settings of everyone in it.
//!
//! All of it stands still as long as the scenario does. No system is named here: what there is to set comes from the
//! declarations of the engine, and what comes first from what the scenario itself sets.

use queuescope_engine::broker::{Terms, manual};
use queuescope_engine::knob::{Domain, Knob};
#[cfg(feature = "systems")]
use queuescope_engine::knob::{UNSET, Value};
use queuescope_engine::scenario::{ClientSettings, Settings};
use queuescope_engine::{Scenario, Simulation};

use crate::SYSTEMS;
#[cfg(feature = "systems")]
use crate::deeds::{self, Deed};

/// The settings of a producer that its panel always shows, in this order.
const PRODUCER: &[&str] = &["rate", "arrivals"];

/// Those that it shows while arrivals come in bursts.
const BURSTS: &[&str] = &["burst-on", "burst-off", "burst-factor"];

/// The settings of a consumer that its panel always shows, in this order.
const CONSUMER: &[&str] = &["rate", "workers", "service", "failure"];

/// So many settings of a system stand in its panel itself, if the scenario does not set more.
const AT_HAND: usize = 3;

/// The outline of an experiment.
#[derive(Clone, PartialEq, Debug)]
pub struct Shape {
    /// What the system calls itself and its parts.
    pub terms: Terms,
    /// Whether it is a system with a server and a client library.
    pub wired: bool,
    /// Its version.
    pub version: String,
    /// The names of those who send.
    pub producers: Vec<String>,
    /// The names of those who work.
    pub consumers: Vec<String>,
    /// What the panel of the producer holds.
    pub producer: Panel,
    /// What the panel of the queue holds.
    pub queue: Panel,
    /// What the panel of the consumer holds.
    pub consumer: Panel,
    /// Every setting, whoever's it is.
    pub settings: Vec<Setting>,
    /// What the scenario has each of them begin with.
    #[cfg(feature = "systems")]
    pub starts: Vec<Value>,
    /// What else can be done, by whom it is done to.
    #[cfg(feature = "systems")]
    pub deeds: Vec<(String, Vec<Deed>)>,
}

/// The settings in a panel.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Panel {
    /// Those that stand in it.
    pub main: Vec<Place>,
    /// Those that are shown while arrivals come in bursts.
    pub bursts: Vec<Place>,
    /// Those that are folded away, by whose they are.
    pub more: Vec<(String, Vec<Place>)>,
}

/// The place of a setting among all of them.
pub type Place = usize;

/// A setting.
#[derive(Clone, PartialEq, Debug)]
pub struct Setting {
    /// Its address.
    pub address: String,
    /// Its declaration.
    pub knob: &'static Knob,
}

impl Shape {
    /// The outline of `scenario`, which `simulation` runs.
    pub fn of(scenario: &Scenario, simulation: &Simulation) -> Shape {
        let scene = simulation.scene(0);
        let names = |clients: &[ClientSettings]| clients.iter().map(|own| own.name.clone()).collect();
        let newest = || manual(&scenario.broker.system).and_then(|manual| manual.versions.last().copied());
        let version = scenario.broker.version.as_deref().or_else(newest).unwrap_or_default();
        let mut all = Settler { simulation, settings: Vec::new() };
        let [producer, consumer] =
            [(&scenario.producers, PRODUCER, BURSTS), (&scenario.consumers, CONSUMER, &[])]
                .map(|(clients, first, bursts)| all.clients(clients, scene.wired, first, bursts));
        let queue = all.system(scenario, scene.wired);
        #[cfg(feature = "systems")]
        let start = |own: &Setting| simulation.get(&own.address).unwrap_or(UNSET);
        Shape {
            terms: scene.terms,
            wired: scene.wired,
            version: version.to_owned(),
            producers: names(&scenario.producers),
            consumers: names(&scenario.consumers),
            producer,
            queue,
            consumer,
            #[cfg(feature = "systems")]
            starts: all.settings.iter().map(start).collect(),
            settings: all.settings,
            #[cfg(feature = "systems")]
            deeds: deeds::deeds(scenario, simulation),
        }
    }

    /// The same with these settings alone in its panels.
    #[cfg(feature = "systems")]
    #[must_use]
    pub fn with_only(&self, addresses: &[String]) -> Shape {
        let narrowed = |panel: &Panel| {
            let more = panel.more.iter().flat_map(|(_, places)| places);
            let all = panel.main.iter().chain(&panel.bursts).chain(more).copied();
            let main = all.filter(|place| addresses.contains(&self.settings[*place].address)).collect();
            Panel { main, ..Panel::default() }
        };
        Shape {
            producer: narrowed(&self.producer),
            queue: narrowed(&self.queue),
            consumer: narrowed(&self.consumer),
            ..self.clone()
        }
    }

    /// The place of the setting at an address.
    pub fn place(&self, address: &str) -> Option<Place> {
        self.settings.iter().position(|setting| setting.address == address)
    }
}

/// Collects settings.
struct Settler<'a> {
    simulation: &'a Simulation,
    settings: Vec<Setting>,
}

impl Settler<'_> {
    /// The settings of all clients of one side: the first has its own in the panel, the others are folded away.
    fn clients(&mut self, clients: &[ClientSettings], wired: bool, first: &[&str], bursts: &[&str]) -> Panel {
        let mut panel = Panel::default();
        for (index, client) in clients.iter().enumerate() {
            let mut others = self.all_of(&client.name);
            if index == 0 {
                (panel.bursts, others) = self.split(others, bursts);
                (panel.main, others) = self.split(others, first);
                if SYSTEMS && wired {
                    let set;
                    (set, others) = self.split(others, &set_names(&client.set));
                    panel.main.extend(set);
                }
            }
            panel.more.push((client.name.clone(), others));
        }
        panel.more.retain(|(_, places)| !places.is_empty());
        panel
    }

    /// The settings of the system and of its parts: at hand are those of the system and of the part that producers
    /// send to first, above all those that the scenario sets.
    fn system(&mut self, scenario: &Scenario, wired: bool) -> Panel {
        let own = self.all_of(&scenario.broker.name);
        if !SYSTEMS || !wired {
            return Panel { main: own, ..Panel::default() };
        }
        let (main, rest) = self.split(own, &set_names(&scenario.broker.set));
        let mut panel = Panel { main, bursts: Vec::new(), more: vec![(scenario.broker.name.clone(), rest)] };
        let parts: Vec<String> = self.simulation.parts().map(ToOwned::to_owned).collect();
        for (index, name) in parts.iter().enumerate() {
            let places = self.all_of(name);
            let set = scenario.broker.parts.iter().find(|part| part.name == *name);
            let set = set.map_or(Vec::new(), |part| set_names(&part.set));
            let (turned, fixed): (Vec<_>, Vec<_>) =
                places.into_iter().partition(|own| self.can_be_turned(*own));
            let (mut at_hand, mut others) = self.split(turned, &set);
            if index == 0 {
                let mut missing = AT_HAND.saturating_sub(panel.main.len() + at_hand.len());
                others.retain(|place| {
                    let take = 0 < missing;
                    if take {
                        missing -= 1;
                        at_hand.push(*place);
                    }
                    !take
                });
            }
            others.extend(fixed);
            panel.main.extend(at_hand);
            panel.more.push((name.clone(), others));
        }
        #[cfg(feature = "systems")]
        for name in self.simulation.links() {
            let places = self.all_of(&name);
            panel.more.push((name, places));
        }
        panel.more.retain(|(_, places)| !places.is_empty());
        panel
    }

    /// Enters every setting of `who`.
    fn all_of(&mut self, who: &str) -> Vec<Place> {
        let from = self.settings.len();
        for knob in self.simulation.knobs(who).unwrap_or_default() {
            // One that a system has and that every system has is one.
            if self.settings[from..].iter().all(|own| own.knob.name != knob.name) {
                self.settings.push(Setting { address: format!("{who}.{}", knob.name), knob });
            }
        }
        (from..self.settings.len()).collect()
    }

    /// Those of `places` that bear one of `names`, in the order of the names, and all others.
    fn split(&self, places: Vec<Place>, names: &[&str]) -> (Vec<Place>, Vec<Place>) {
        let name = |place: &Place| self.settings[*place].knob.name;
        let find = |wanted: &&str| places.iter().copied().find(|place| name(place) == *wanted);
        let named = names.iter().filter_map(find).collect();
        let others = places.iter().copied().filter(|place| !names.contains(&name(place))).collect();
        (named, others)
    }

    /// Whether it is a number or a choice that can change while the system runs.
    fn can_be_turned(&self, place: Place) -> bool {
        let knob = self.settings[place].knob;
        knob.live && !matches!(knob.domain, Domain::Text { .. })
    }
}

fn set_names(set: &Settings) -> Vec<&str> {
    set.iter().map(|(name, _)| name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{SCENARIOS, scenario};

    fn shape(scenario: &Scenario) -> Shape {
        Shape::of(scenario, &Simulation::new(scenario, scenario.seed))
    }

    fn names(shape: &Shape, places: &[Place]) -> Vec<&'static str> {
        places.iter().map(|place| shape.settings[*place].knob.name).collect()
    }

    #[test]
    fn the_plain_queue_has_the_controls_of_the_first_page() {
        let shape = shape(&scenario(0));
        assert_eq!(names(&shape, &shape.producer.main), PRODUCER);
        assert_eq!(names(&shape, &shape.producer.bursts), BURSTS);
        assert_eq!(names(&shape, &shape.consumer.main), CONSUMER);
        assert_eq!(names(&shape, &shape.queue.main), ["capacity", "when-full", "attempts"]);
        assert!(shape.queue.more.is_empty());
    }

    #[test]
    #[cfg(feature = "systems")]
    fn of_all_settings_only_those_asked_for_are_left() {
        for (index, entry) in SCENARIOS.iter().enumerate() {
            let whole = shape(&scenario(index));
            let asked: Vec<String> =
                whole.settings.iter().step_by(7).map(|setting| setting.address.clone()).collect();
            let few = whole.with_only(&asked);
            let mut left: Vec<&str> = [&few.producer, &few.queue, &few.consumer]
                .iter()
                .flat_map(|panel| {
                    assert!(panel.more.is_empty() && panel.bursts.is_empty());
                    panel.main.iter().map(|place| few.settings[*place].address.as_str())
                })
                .collect();
            left.sort_unstable();
            let mut asked: Vec<&str> = asked.iter().map(String::as_str).collect();
            asked.sort_unstable();
            assert_eq!(left, asked, "{}", entry.name);
            assert_eq!(few.settings, whole.settings, "they keep their places");
        }
    }

    #[test]
    fn every_setting_stands_in_one_place_and_what_a_scenario_sets_is_at_hand() {
        for index in 0..SCENARIOS.len() {
            let scenario = scenario(index);
            let shape = shape(&scenario);
            let panels = [&shape.producer, &shape.queue, &shape.consumer];
            let more = |panel: &Panel| panel.more.iter().flat_map(|(_, own)| own.clone()).collect::<Vec<_>>();
            let mut places: Vec<Place> = panels
                .iter()
                .flat_map(|panel| [panel.main.clone(), panel.bursts.clone(), more(panel)].concat())
                .collect();
            places.sort_unstable();
            assert_eq!(places, (0..shape.settings.len()).collect::<Vec<_>>(), "{}", scenario.name);
            for (place, setting) in shape.settings.iter().enumerate() {
                assert_eq!(shape.place(&setting.address), Some(place), "{}", setting.address);
            }
            let client = &scenario.consumers[0];
            if !shape.wired {
                continue;
            }
            for (name, _) in &client.set {
                assert!(
                    names(&shape, &shape.consumer.main).contains(&name.as_str()),
                    "{}: {name}",
                    scenario.name
                );
            }
        }
    }
}
