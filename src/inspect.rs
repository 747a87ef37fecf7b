//! What there is to know, and to do, about the thing that is chosen on the stage.

use queuescope_engine::id::MessageId;
use queuescope_engine::timeline::Life;
use queuescope_engine::view::{Doing, Scene, WorkerView};
use queuescope_engine::{Command, Scenario, Simulation, broker};

use crate::life::{Line, Names};
use crate::picture::figure::{Brief, Grouped};
use crate::stage::Target;
use crate::topology;

/// The list of what is on the stage names at most so many messages of each store and link.
pub const LISTED: usize = 200;

/// What the panel shows.
#[derive(Clone, PartialEq, Debug)]
pub struct Selection {
    /// Which it is.
    pub target: Target,
    /// What it is called.
    pub title: String,
    /// What there is to know, by name.
    pub facts: Vec<(&'static str, String)>,
    /// What can be done about it.
    pub acts: Vec<(String, Command)>,
    /// How the experiment can be changed around it: each begins the run anew.
    pub edits: Vec<topology::Offer>,
    /// Whose settings it has.
    pub settings: Option<String>,
    /// Of a message: its life so far.
    pub lines: Vec<Line>,
    /// What is to be said below it.
    pub note: String,
}

impl Selection {
    /// Of a message.
    pub fn message(life: &Life, simulation: &Simulation) -> Selection {
        let names = Names::of(simulation);
        let mut lines: Vec<Line> = life.facts().map(|fact| names.line(fact)).collect();
        let (omitted, before) = life.omitted();
        if let Some(line) = lines.get_mut(before).filter(|_| 0 < omitted) {
            line.text = format!("({} lines left out) {}", Grouped(omitted), line.text);
        }
        let note = match life.searching() {
            Some(share) => format!("Going over the past for it: {}%", (share * 100.0) as u32),
            None if lines.is_empty() => "It has not been sent yet.".into(),
            None => String::new(),
        };
        Selection {
            lines,
            note,
            ..Selection::new(Target::Message(life.message()), format!("Message {}", life.message()))
        }
    }

    fn new(target: Target, title: String) -> Selection {
        let (facts, acts, lines) = (Vec::new(), Vec::new(), Vec::new());
        Selection {
            target,
            title,
            facts,
            acts,
            edits: Vec::new(),
            settings: None,
            lines,
            note: String::new(),
        }
    }

    /// With how the experiment can be changed around it.
    #[must_use]
    pub fn in_experiment(mut self, scenario: &Scenario) -> Selection {
        let Some(who) = self.settings.as_deref() else { return self };
        self.edits = topology::changes(scenario, who);
        self.note = topology::stays(scenario, who).unwrap_or_default();
        self
    }

    /// Of anything else; none if it is not there anymore.
    pub fn part(target: Target, simulation: &Simulation) -> Option<Selection> {
        let scene = simulation.scene(0);
        match target {
            Target::Message(_) => None,
            Target::Producer(place) => producer(target, &scene, place),
            Target::Worker(worker) => {
                let view = scene.workers.iter().find(|own| own.worker == worker)?;
                let name = Names::of(simulation).worker(worker);
                Some(self::worker(Selection::new(target, name), &scene, view, simulation))
            }
            Target::Store(place) => store(target, &scene, place),
            Target::Part(place) => {
                let part = scene.parts.get(usize::from(place))?;
                let acts = operations(&scene, place);
                let settings = Some(part.name.clone());
                let facts = vec![("Kind", part.kind.to_owned())];
                Some(Selection { facts, acts, settings, ..Selection::new(target, part.name.clone()) })
            }
            Target::Reader { store, reader } => {
                let log = scene.stores.get(usize::from(store))?.log.as_ref()?;
                let own = log.readers.get(usize::from(reader))?;
                let number = |number: u64| Grouped(number).to_string();
                let mut facts = vec![
                    ("Position", number(own.position)),
                    ("Not read", number(own.waiting)),
                    ("End of the log", number(log.end)),
                ];
                if let Some(committed) = own.committed {
                    facts.insert(1, ("Committed", number(committed)));
                }
                Some(Selection { facts, ..Selection::new(target, own.name.clone()) })
            }
        }
    }
}

fn producer(target: Target, scene: &Scene, place: u16) -> Option<Selection> {
    let own = scene.producers.get(usize::from(place))?;
    let state = match (own.running, own.blocked) {
        (_, true) => "blocked until there is room",
        (true, false) => "running",
        (false, false) => "stopped",
    };
    let who = own.name.clone();
    let switch = if own.running {
        ("Stop", Command::Stop(who.clone()))
    } else {
        ("Start", Command::Start(who.clone()))
    };
    let acts = vec![
        (switch.0.to_owned(), switch.1),
        ("Send 1".to_owned(), Command::Send { producer: who.clone(), count: 1 }),
        ("Send 100".to_owned(), Command::Send { producer: who.clone(), count: 100 }),
        ("Cut network".to_owned(), Command::Cut(who.clone())),
        ("Mend network".to_owned(), Command::Mend(who.clone())),
    ];
    let facts = vec![("State", state.to_owned()), ("On the way", Grouped(own.on_link).to_string())];
    Some(Selection { facts, acts, settings: Some(who.clone()), ..Selection::new(target, who) })
}

fn worker(own: Selection, scene: &Scene, view: &WorkerView, simulation: &Simulation) -> Selection {
    let Some(pool) = scene.pools.get(usize::from(view.pool)) else { return own };
    let (consumer, worker) = (pool.name.clone(), Some(view.place + 1));
    let (mut facts, mut acts) = (vec![("State", state(view).to_owned())], Vec::new());
    if let Doing::Busy { message, attempt, since, .. } = view.doing {
        facts.push(("Works on", format!("message {message}")));
        facts.push(("Attempt", attempt.to_string()));
        facts.push(("For", Brief(scene.now.since(since)).to_string()));
    }
    let restart = Command::Restart { consumer: consumer.clone(), worker };
    if matches!(view.doing, Doing::Down) {
        acts.push(("Restart".to_owned(), restart));
    } else {
        acts.push(("Crash".to_owned(), Command::Crash { consumer: consumer.clone(), worker }));
        match view.doing {
            _ if view.hangs => {
                acts.push(("Resume".to_owned(), Command::Resume { consumer: consumer.clone(), worker }));
            }
            Doing::Busy { .. } | Doing::Idle => {
                acts.push(("Hang".to_owned(), Command::Hang { consumer: consumer.clone(), worker }));
            }
            Doing::Off | Doing::Down => {}
        }
    }
    let pool = if simulation.is_running(&consumer) {
        ("Stop", Command::Stop(consumer.clone()))
    } else {
        ("Start", Command::Start(consumer.clone()))
    };
    acts.push((format!("{} all of {consumer}", pool.0), pool.1));
    Selection { facts, acts, settings: Some(consumer), ..own }
}

fn state(view: &WorkerView) -> &'static str {
    match view.doing {
        Doing::Busy { leaving: true, .. } => "finishing its last",
        _ if view.hangs => "hangs",
        Doing::Idle => "idle",
        Doing::Busy { .. } => "at work",
        Doing::Off => "off",
        Doing::Down => "crashed",
    }
}

fn store(target: Target, scene: &Scene, place: u16) -> Option<Selection> {
    let own = scene.stores.get(usize::from(place))?;
    let number = |number: u64| Grouped(number).to_string();
    let mut facts = vec![(scene.terms.waiting, number(own.depth)), (scene.terms.held, number(own.held))];
    if 0 < own.delayed {
        facts.push(("delayed", number(own.delayed)));
    }
    if let Some(capacity) = own.capacity {
        facts.push(("capacity", number(capacity.into())));
    }
    if let Some(oldest) = own.oldest.filter(|_| 0 < own.depth) {
        facts.push(("oldest waits", Brief(scene.now.since(oldest)).to_string()));
    }
    if 0 < own.kept {
        facts.push(("kept back by producers", number(own.kept)));
    }
    if let Some(log) = &own.log {
        facts.push(("records", format!("{} to {}", number(log.start), number(log.end))));
    }
    let part = scene.part_of(own);
    let settings = part.and_then(|part| scene.parts.get(usize::from(part))).map(|part| part.name.clone());
    let acts = part.map_or(Vec::new(), |part| operations(scene, part));
    Some(Selection { facts, acts, settings, ..Selection::new(target, own.name.clone()) })
}

/// What the one who operates the system can do to a part of it, with the numbers that are usual.
fn operations(scene: &Scene, part: u16) -> Vec<(String, Command)> {
    let Some(part) = scene.parts.get(usize::from(part)) else { return Vec::new() };
    let system = broker::SYSTEMS.iter().find(|manual| manual.terms.system == scene.terms.system);
    let acts = system.map_or(&[][..], |manual| manual.acts);
    let own = acts.iter().filter(|act| act.on == Some(part.kind));
    let command = |act: &broker::topology::Act| {
        let operate =
            Command::Operate { act: act.name.to_owned(), part: Some(part.name.clone()), argument: None };
        (act.label.to_owned(), operate)
    };
    own.map(command).collect()
}

/// Everything that is on the stage, in words: parts first, then messages where they are.
pub fn listed(scene: &Scene, names: &Names) -> Vec<(Target, String)> {
    let mut all = Vec::new();
    for (place, own) in (0..).zip(&scene.producers) {
        let state = if own.running { "running" } else { "stopped" };
        all.push((Target::Producer(place), format!("{}: {state}", own.name)));
    }
    for (place, own) in (0..).zip(&scene.stores) {
        let counts = format!("{} {}", Grouped(own.depth), scene.terms.waiting);
        all.push((Target::Store(place), format!("{}: {counts}", own.name)));
    }
    let with_store: Vec<_> = scene.stores.iter().filter_map(|own| scene.part_of(own)).collect();
    for (place, own) in (0..).zip(&scene.parts).filter(|(place, _)| !with_store.contains(place)) {
        all.push((Target::Part(place), format!("{}: {}", own.name, own.kind)));
    }
    for own in &scene.workers {
        all.push((Target::Worker(own.worker), format!("{}: {}", names.worker(own.worker), state(own))));
    }
    let mut message = |number: MessageId, words: String| {
        all.push((Target::Message(number), format!("Message {number}: {words}")));
    };
    for own in &scene.workers {
        if let Doing::Busy { message: number, attempt, .. } = own.doing {
            message(number, format!("with {}, attempt {attempt}", names.worker(own.worker)));
        }
    }
    for store in &scene.stores {
        for entry in store.entries.iter().take(LISTED) {
            message(entry.message, format!("{} in {}", scene.terms.waiting, store.name));
        }
        let records = store.log.iter().flat_map(|log| &log.records);
        for record in records.take(LISTED) {
            message(record.message, format!("at {} of {}", record.offset, store.name));
        }
    }
    for producer in &scene.producers {
        for flight in producer.link.iter().take(LISTED) {
            message(flight.message, format!("on the way from {}", producer.name));
        }
    }
    for departure in scene.departures.iter().take(LISTED) {
        message(departure.message, "just left".into());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use queuescope_engine::Time;

    fn run(name: &str, seconds: u64) -> Simulation {
        let scenario = catalog::scenario(catalog::find(name).expect("it is in the catalog"));
        let mut simulation = Simulation::new(&scenario, 7);
        simulation.run_until(Time::from_secs(seconds), u64::MAX, &mut ());
        simulation
    }

    #[test]
    fn everything_on_the_list_can_be_chosen_and_what_it_offers_can_be_done() {
        for name in ["balanced", "rabbitmq-poison", "sqs-visibility", "redis-pending", "failing-consumer"] {
            let simulation = run(name, 20);
            let list = listed(&simulation.scene(LISTED), &Names::of(&simulation));
            assert!(3 < list.len(), "{name}: {list:?}");
            for (target, words) in list {
                if matches!(target, Target::Message(_)) {
                    continue;
                }
                let part = Selection::part(target, &simulation).expect(&words);
                assert!(!part.title.is_empty() && !part.facts.is_empty(), "{name}: {part:?}");
                for (label, command) in &part.acts {
                    assert_eq!(simulation.check(command), Ok(()), "{name}: {label}");
                }
            }
        }
    }

    #[test]
    fn a_worker_that_is_down_can_only_come_back() {
        let mut simulation = run("balanced", 5);
        let consumer = simulation.scene(0).pools[0].name.clone();
        simulation.apply(&Command::Crash { consumer, worker: None }, &mut ()).expect("it can crash");
        let worker = simulation.scene(0).workers[0].worker;
        let part = Selection::part(Target::Worker(worker), &simulation).expect("it is there");
        assert_eq!(part.facts[0], ("State", "crashed".to_owned()));
        assert_eq!(part.acts[0].0, "Restart");
    }
}
