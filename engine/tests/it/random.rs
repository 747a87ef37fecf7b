//! Random experiments and random acts upon them, drawn from the declarations of the knobs.
//!
//! The draws are the same on every run. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` ask for more and for others.
//! What fails prints a [`Recording`]: scenario, seed and commands, from which the history can be had again.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use queuescope_engine::broker::server::Down;
use queuescope_engine::broker::topology::{self, Manual};
use queuescope_engine::broker::{SYSTEMS, manual};
use queuescope_engine::client::{producer, worker};
use queuescope_engine::knob::{Domain, Knob, Value};
use queuescope_engine::scenario::{BrokerSettings, ClientSettings, Scenario, Settings, Timed, VERSION};
use queuescope_engine::timeline::{ENGINE, Recording, Stamped};
use queuescope_engine::{Command, Simulation, Time};

/// So many cases, unless the environment asks for more; always the same ones, unless it asks for others.
pub(crate) fn cases(count: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    let is_set = |name| std::env::var_os(name).is_some();
    ProptestConfig {
        cases: if is_set("PROPTEST_CASES") { asked.cases } else { count },
        rng_seed: if is_set("PROPTEST_RNG_SEED") { asked.rng_seed } else { RngSeed::Fixed(11) },
        // A failure is printed in full; nothing is written beside the sources.
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// What lies between two acts.
#[derive(Clone, Debug)]
pub(crate) enum Pause {
    /// So many events: the next act can come amid others of one instant.
    Events(u64),
    /// So many nanoseconds, unless too much happens in them.
    Nanos(u64),
}

/// A command, and whether it is one that can be.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) command: Command,
    pub(crate) valid: bool,
}

/// An experiment and what is done to it.
#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) scenario: Scenario,
    pub(crate) seed: u64,
    pub(crate) acts: Vec<(Pause, Act)>,
}

/// No pause has more events than this.
pub(crate) const PAUSE_EVENTS: u64 = 60;

/// How much of what there is may occur.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Breadth {
    /// The plain queue, and clients that do nothing but send, work and fail: what the auditor can follow.
    Plain,
    /// Any system, and clients with all that they can do.
    Any,
}

/// The settings and acts that are plain.
const PLAIN: &[&str] = &[
    "rate",
    "arrivals",
    "burst-on",
    "burst-off",
    "burst-factor",
    "link-delay",
    "workers",
    "service",
    "failure",
    "capacity",
    "when-full",
    "attempts",
];

/// A history of the plain queue.
pub(crate) fn history() -> impl Strategy<Value = History> {
    history_of(Breadth::Plain)
}

/// A history of any system.
pub(crate) fn any_history() -> impl Strategy<Value = History> {
    history_of(Breadth::Any)
}

/// A history of this system.
pub(crate) fn history_with(manual: &'static Manual) -> impl Strategy<Value = History> {
    history_in(scenario_with(manual, Breadth::Any), Breadth::Any)
}

fn history_of(breadth: Breadth) -> impl Strategy<Value = History> {
    history_in(scenario_of(breadth), breadth)
}

fn history_in(
    scenarios: impl Strategy<Value = Scenario>,
    breadth: Breadth,
) -> impl Strategy<Value = History> {
    scenarios.prop_flat_map(move |scenario| {
        let acts = prop::collection::vec((pause(), act(&scenario, breadth)), 1..16);
        (Just(scenario), any::<u64>(), acts).prop_map(|(scenario, seed, acts)| History {
            scenario,
            seed,
            acts,
        })
    })
}

fn pause() -> impl Strategy<Value = Pause> {
    prop_oneof![
        (0..=PAUSE_EVENTS).prop_map(Pause::Events),
        (0..=3_000_000_000_u64).prop_map(Pause::Nanos),
        // Whole and half seconds, where steady producers and fixed services meet.
        (0..=6_u64).prop_map(|halves| Pause::Nanos(halves * 500_000_000)),
    ]
}

/// Any experiment that is valid: one to three of each kind of client, any of their settings, a script.
pub(crate) fn scenario() -> impl Strategy<Value = Scenario> {
    scenario_of(Breadth::Any)
}

fn scenario_of(breadth: Breadth) -> impl Strategy<Value = Scenario> {
    let systems = if breadth == Breadth::Plain { &SYSTEMS[..1] } else { SYSTEMS };
    prop::sample::select(systems).prop_flat_map(move |manual| scenario_with(manual, breadth))
}

fn scenario_with(manual: &'static Manual, breadth: Breadth) -> impl Strategy<Value = Scenario> {
    let clients = |prefix: &'static str, own: &'static [Knob], more: &'static [Knob]| {
        let knobs: Vec<Knob> = own.iter().chain(more).copied().collect();
        prop::collection::vec((prop::bool::weighted(0.8), settings(&knobs, breadth)), 1..=3).prop_map(
            move |all| {
                let named = all.into_iter().zip(1..);
                named
                    .map(|((running, set), number)| ClientSettings {
                        name: format!("{prefix}{number}"),
                        part: None,
                        then: None,
                        reply_to: None,
                        answers: None,
                        running,
                        set,
                    })
                    .collect::<Vec<_>>()
            },
        )
    };
    let producers = clients("p", producer::KNOBS, manual.producer);
    let consumers = clients("c", worker::KNOBS, manual.consumer);
    let version = prop::sample::select(manual.versions).prop_map(str::to_owned);
    let bare = (settings(manual.knobs, breadth), prop::option::of(version), producers, consumers);
    let bare = bare.prop_map(move |(set, version, producers, consumers)| Scenario {
        version: VERSION,
        name: "random".into(),
        title: "Random".into(),
        watch: String::new(),
        why: String::new(),
        tries: String::new(),
        seed: 7,
        broker: BrokerSettings {
            name: "queue".into(),
            system: manual.system.into(),
            version,
            set,
            parts: Vec::new(),
            links: Vec::new(),
        },
        producers,
        consumers,
        script: Vec::new(),
        claims: Vec::new(),
    });
    bare.prop_flat_map(move |scenario| {
        let timed = (0..=10_u64, valid_act(&scenario, breadth));
        (Just(scenario), prop::collection::vec(timed, 0..4)).prop_map(|(mut scenario, mut timed)| {
            timed.sort_by_key(|(halves, _)| *halves);
            let at = |halves| Time::from_nanos(halves * 500_000_000);
            scenario.script = timed.into_iter().map(|(halves, act)| Timed { at: at(halves), act }).collect();
            scenario
        })
    })
}

fn settings(knobs: &[Knob], breadth: Breadth) -> impl Strategy<Value = Settings> + use<> {
    let each: Vec<_> = knobs
        .iter()
        .filter(|knob| breadth == Breadth::Any || PLAIN.contains(&knob.name))
        .map(|knob| {
            let name = knob.name;
            prop::option::weighted(0.6, value(knob)).prop_map(move |value| Some((name.to_owned(), value?)))
        })
        .collect();
    each.prop_map(|pairs| pairs.into_iter().flatten().collect())
}

/// Any value that the knob takes: its bounds, its default, small round ones that make events meet, and all between.
fn value(knob: &Knob) -> BoxedStrategy<Value> {
    match knob.domain {
        Domain::Choice(choices) => {
            prop::sample::select(choices).prop_map(|choice| Value::Choice(choice.name.into())).boxed()
        }
        Domain::Text { .. } => "[a-z.]{0,8}".prop_map(|text| Value::Choice(text.into())).boxed(),
        Domain::Whole { min, max, default, .. } => {
            let small = min..=max.min(min.saturating_add(6));
            let any =
                prop_oneof![6 => small, 1 => Just(min), 1 => Just(max), 1 => Just(default), 1 => min..=max];
            any.prop_map(|whole| Value::Number(whole.into())).boxed()
        }
        Domain::Real { min, max, default, .. } => {
            let round: Vec<f64> = ROUND.iter().copied().filter(|round| (min..=max).contains(round)).collect();
            let edges = prop_oneof![Just(min), Just(max), Just(default)];
            prop_oneof![6 => prop::sample::select(round), 2 => edges, 2 => min..=max]
                .prop_map(Value::Number)
                .boxed()
        }
    }
}

const ROUND: &[f64] = &[0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 100.0];

/// Mostly commands that can be, now and then one that cannot.
pub(crate) fn act(scenario: &Scenario, breadth: Breadth) -> impl Strategy<Value = Act> + use<> {
    let valid = valid_act(scenario, breadth).prop_map(|command| Act { command, valid: true });
    let invalid = invalid_act(scenario, breadth).prop_map(|command| Act { command, valid: false });
    prop_oneof![6 => valid, 1 => invalid]
}

pub(crate) fn valid_act(scenario: &Scenario, breadth: Breadth) -> BoxedStrategy<Command> {
    let consumers = names(&scenario.consumers);
    let clients = [names(&scenario.producers), consumers.clone()].concat();
    let worker =
        || prop_oneof![2 => Just(None), 3 => (1..=4_u16).prop_map(Some), 1 => (1..=50_u16).prop_map(Some)];
    let count = prop_oneof![8 => 1..=6_u16, 1 => 7..=200_u16];
    let set = prop::sample::select(addresses(scenario, breadth))
        .prop_flat_map(|(knob, own)| value(&own).prop_map(move |to| Command::Set { knob: knob.clone(), to }));
    let send = (prop::sample::select(names(&scenario.producers)), count);
    let crash = (prop::sample::select(consumers.clone()), worker());
    let restart = (prop::sample::select(consumers.clone()), worker());
    let plain = prop_oneof![
        5 => set,
        2 => prop::sample::select(clients.clone()).prop_map(Command::Start),
        2 => prop::sample::select(clients.clone()).prop_map(Command::Stop),
        3 => send.prop_map(|(producer, count)| Command::Send { producer, count }),
        2 => crash.prop_map(|(consumer, worker)| Command::Crash { consumer, worker }),
        2 => restart.prop_map(|(consumer, worker)| Command::Restart { consumer, worker }),
    ];
    if breadth == Breadth::Plain {
        return plain.boxed();
    }
    let hang = (prop::sample::select(consumers.clone()), worker());
    let resume = (prop::sample::select(consumers.clone()), worker());
    let trouble = prop_oneof![
        hang.prop_map(|(consumer, worker)| Command::Hang { consumer, worker }),
        resume.prop_map(|(consumer, worker)| Command::Resume { consumer, worker }),
        prop::sample::select(clients.clone()).prop_map(Command::Cut),
        prop::sample::select(clients).prop_map(Command::Mend),
        prop::sample::select(consumers.clone()).prop_map(Command::Outage),
        prop::sample::select(consumers).prop_map(Command::Recover),
        prop::sample::select(vec![Down::Stopped, Down::Killed]).prop_map(Command::RestartServer),
    ];
    let acts = acts(scenario);
    if acts.is_empty() {
        return prop_oneof![2 => plain, 1 => trouble].boxed();
    }
    let operate = prop::sample::select(acts).prop_flat_map(|(act, part)| {
        let number = act.argument.map(|own| (own.min..=own.max).prop_map(f64::round).boxed());
        let argument = number.map_or(Just(None).boxed(), |number| prop::option::of(number).boxed());
        argument.prop_map(move |argument| Command::Operate {
            act: act.name.into(),
            part: part.clone(),
            argument,
        })
    });
    prop_oneof![6 => plain, 3 => trouble, 1 => operate].boxed()
}

/// What the one who operates the scenario's system can do, and to which part.
fn acts(scenario: &Scenario) -> Vec<(&'static topology::Act, Option<String>)> {
    let manual = manual(&scenario.broker.system).expect("a scenario of a known system");
    let parts = || scenario.broker.parts.iter();
    let places = |act: &'static topology::Act| match act.on {
        None => vec![(act, None)],
        Some(kind) => {
            let parts = parts().filter(|part| part.kind == kind);
            parts.map(|part| (act, Some(part.name.clone()))).collect()
        }
    };
    manual.acts.iter().flat_map(places).collect()
}

fn invalid_act(scenario: &Scenario, breadth: Breadth) -> impl Strategy<Value = Command> + use<> {
    let (producer, consumer) = (scenario.producers[0].name.clone(), scenario.consumers[0].name.clone());
    let (other, another) = (producer.clone(), consumer.clone());
    let strange = prop::sample::select(vec!["", ".", "nobody", "queue", "p1.rate"]);
    let number = prop_oneof![
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(-1.0),
        Just(1e300),
        Just(100_000.5)
    ];
    let set = (prop::sample::select(addresses(scenario, breadth)), number)
        .prop_map(|((knob, _), number)| Command::Set { knob, to: Value::Number(number) });
    let choice = prop::sample::select(addresses(scenario, breadth))
        .prop_filter("a text can be anything", |(_, own)| !matches!(own.domain, Domain::Text { .. }))
        .prop_map(|(knob, _)| Command::Set { knob, to: Value::Choice("whim".into()) });
    let worker = || prop::sample::select(vec![0_u16, 51, u16::MAX]);
    prop_oneof![
        set,
        choice,
        strange.clone().prop_map(|who| Command::Set { knob: format!("{who}.rat"), to: Value::Number(1.0) }),
        strange.clone().prop_map(|who| Command::Start(who.into())),
        strange.clone().prop_map(|who| Command::Stop(who.into())),
        strange.prop_map(|who| Command::Crash { consumer: who.into(), worker: None }),
        worker().prop_map(move |place| Command::Crash { consumer: consumer.clone(), worker: Some(place) }),
        worker().prop_map(move |place| Command::Restart { consumer: another.clone(), worker: Some(place) }),
        prop::sample::select(vec![0_u16, 1001, u16::MAX])
            .prop_map(move |count| Command::Send { producer: producer.clone(), count }),
        Just(Command::Crash { consumer: other, worker: None }),
    ]
}

fn names(clients: &[ClientSettings]) -> Vec<String> {
    clients.iter().map(|client| client.name.clone()).collect()
}

fn addresses(scenario: &Scenario, breadth: Breadth) -> Vec<(String, Knob)> {
    let simulation: Simulation = Simulation::new(scenario, 1);
    let clients = [names(&scenario.producers), names(&scenario.consumers)].concat();
    let parts = simulation.parts().map(str::to_owned);
    let all = std::iter::once(scenario.broker.name.clone()).chain(clients).chain(parts);
    let knobs = all.flat_map(|who| {
        let knobs = simulation.knobs(&who).unwrap_or_default().into_iter();
        knobs.map(move |knob| (format!("{who}.{}", knob.name), *knob))
    });
    knobs.filter(|(_, knob)| knob.live && (breadth == Breadth::Any || PLAIN.contains(&knob.name))).collect()
}

/// Runs for one pause, an event at a time.
pub(crate) fn pause_by_steps(
    simulation: &mut Simulation,
    pause: &Pause,
    mut step: impl FnMut(&mut Simulation),
) {
    let (events, until) = match *pause {
        Pause::Events(events) => (events, Time::MAX),
        Pause::Nanos(span) => (PAUSE_EVENTS, Time::from_nanos(simulation.now().as_nanos() + span)),
    };
    for _ in 0..events {
        if simulation.next_event().is_none_or(|next| until < next) {
            break;
        }
        step(simulation);
    }
    // Moves the clock if nothing is left to happen by then; time itself must not go to its end.
    if until < Time::MAX {
        simulation.run_until(until, 0, &mut ());
    }
}

/// The history as it is recorded, and the simulation at its end.
pub(crate) fn play(history: &History) -> (Recording, Simulation) {
    let mut simulation: Simulation = Simulation::new(&history.scenario, history.seed);
    let mut commands = Vec::new();
    for (pause, act) in &history.acts {
        pause_by_steps(&mut simulation, pause, |simulation| {
            simulation.step(&mut ());
        });
        let (events, nanos) = (simulation.events(), simulation.now().as_nanos());
        if simulation.apply(&act.command, &mut ()).is_ok() {
            commands.push(Stamped { events, nanos, act: act.command.clone() });
        }
    }
    pause_by_steps(&mut simulation, &Pause::Events(PAUSE_EVENTS), |simulation| {
        simulation.step(&mut ());
    });
    let recording = Recording {
        engine: ENGINE.into(),
        scenario: history.scenario.clone(),
        seed: history.seed,
        commands,
        until: simulation.now().as_nanos(),
    };
    (recording, simulation)
}

/// A failure of the running case, with all it takes to have it again.
pub(crate) fn failure(problem: &str, recording: &Recording) -> TestCaseError {
    TestCaseError::fail(format!("{problem}\nto have it again: {}", recording.to_json()))
}
