//! What a visitor can do to the parts of an experiment beside turning settings: make a worker crash or hang, cut the
//! network, take a service or a server down, and whatever acts the system's own manual offers.

use queuescope_engine::broker::manual;
use queuescope_engine::broker::server::Down;
use queuescope_engine::broker::topology::Argument;
use queuescope_engine::{Command, Scenario, Simulation};

/// Something to do, as a button.
#[derive(Clone, PartialEq, Debug)]
pub struct Deed {
    /// What the button says.
    pub label: &'static str,
    /// One line on what it does.
    pub meaning: &'static str,
    /// What is done.
    pub command: Command,
    /// The number that it takes, if it takes one.
    pub argument: Option<Argument>,
}

impl Deed {
    /// The command with this number, where it takes one.
    pub fn with(&self, number: Option<f64>) -> Command {
        let mut command = self.command.clone();
        if let Command::Operate { argument, .. } = &mut command {
            *argument = number.filter(|_| self.argument.is_some());
        }
        command
    }
}

/// All there is to do, by whom it is done to.
pub fn deeds(scenario: &Scenario, simulation: &Simulation) -> Vec<(String, Vec<Deed>)> {
    let wired = simulation.scene(0).wired;
    let mut all: Vec<(String, Vec<Deed>)> = Vec::new();
    for consumer in &scenario.consumers {
        all.push((consumer.name.clone(), consumer_deeds(&consumer.name)));
    }
    for producer in &scenario.producers {
        let name = &producer.name;
        let burst = Command::Send { producer: name.clone(), count: 100 };
        let mut own = vec![deed("Send 100", "A hundred messages at once, beside its own arrivals.", burst)];
        own.extend(network(name));
        all.push((name.clone(), own));
    }
    if wired {
        let mut own = vec![
            deed(
                "Restart the server",
                "It stops in good order and comes back with what it had kept safe.",
                Command::RestartServer(Down::Stopped),
            ),
            deed(
                "Kill the server",
                "It goes down without warning and comes back: what was only in memory is gone.",
                Command::RestartServer(Down::Killed),
            ),
        ];
        own.extend(acts(scenario, None));
        all.push((scenario.broker.name.clone(), own));
        for part in simulation.parts() {
            let own = acts(scenario, Some(part));
            if !own.is_empty() {
                all.push((part.to_owned(), own));
            }
        }
    }
    all
}

fn deed(label: &'static str, meaning: &'static str, command: Command) -> Deed {
    Deed { label, meaning, command, argument: None }
}

fn consumer_deeds(name: &str) -> Vec<Deed> {
    let (consumer, who) = (name.to_owned(), name.to_owned());
    let of = |worker| (consumer.clone(), worker);
    let crash = |(consumer, worker)| Command::Crash { consumer, worker };
    let hang = |(consumer, worker)| Command::Hang { consumer, worker };
    let mut all = vec![
        deed(
            "Crash one",
            "Its first worker crashes: what it has comes back as the system has it.",
            crash(of(Some(1))),
        ),
        deed("Crash all", "All of its workers crash at once.", crash(of(None))),
        deed(
            "Restart",
            "Workers that have crashed come back.",
            Command::Restart { consumer: consumer.clone(), worker: None },
        ),
        deed(
            "Hang one",
            "Its first worker stands still and keeps what it has, or gets next.",
            hang(of(Some(1))),
        ),
        deed(
            "Hang all",
            "All of its workers stand still and keep what they have, or get next.",
            hang(of(None)),
        ),
        deed(
            "Resume",
            "Workers that hang go on.",
            Command::Resume { consumer: consumer.clone(), worker: None },
        ),
        deed(
            "Outage behind it",
            "The service that its workers call is down: every attempt fails.",
            Command::Outage(who.clone()),
        ),
        deed("End of outage", "That service is up again.", Command::Recover(who)),
    ];
    all.extend(network(name));
    all
}

fn network(name: &str) -> [Deed; 2] {
    [
        deed(
            "Cut network",
            "Nothing passes between it and the system. Who works goes on, and cannot say so.",
            Command::Cut(name.to_owned()),
        ),
        deed("Mend network", "The network is there again.", Command::Mend(name.to_owned())),
    ]
}

/// The acts of the system's manual that are for the whole of it, or for one of its parts.
fn acts(scenario: &Scenario, part: Option<&str>) -> Vec<Deed> {
    let Some(manual) = manual(&scenario.broker.system) else { return Vec::new() };
    let parts = scenario.broker.parts.iter().map(|own| (own.name.as_str(), own.kind.as_str()));
    let usual = manual.usual.parts.iter().map(|(kind, name)| (*name, *kind));
    let kind = part.and_then(|part| {
        let mut all = parts.chain(usual);
        all.find(|(name, _)| *name == part).map(|(_, kind)| kind)
    });
    let own = manual.acts.iter().filter(|act| act.on == kind && (part.is_none() || kind.is_some()));
    own.map(|act| Deed {
        label: act.label,
        meaning: act.meaning,
        command: Command::Operate {
            act: act.name.to_owned(),
            part: part.map(ToOwned::to_owned),
            argument: None,
        },
        argument: act.argument,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{SCENARIOS, scenario};

    #[test]
    fn everything_that_is_offered_can_be_done() {
        for index in (0..SCENARIOS.len()).filter(|index| SCENARIOS[*index].is_here) {
            let scenario = scenario(index);
            let mut simulation: Simulation = Simulation::new(&scenario, 1);
            let all = deeds(&scenario, &simulation);
            assert!(all.len() >= scenario.consumers.len() + scenario.producers.len());
            for deed in all.iter().flat_map(|(_, own)| own) {
                let number = deed.argument.map(|argument| argument.usual);
                let done = simulation.apply(&deed.with(number), &mut ());
                done.unwrap_or_else(|problem| panic!("{}: {}: {problem}", scenario.name, deed.label));
                simulation.audit().expect("the books balance after every deed");
            }
        }
    }

    #[test]
    fn every_act_of_every_manual_is_offered() {
        for index in (0..SCENARIOS.len()).filter(|index| SCENARIOS[*index].is_here) {
            let scenario = scenario(index);
            let all = deeds(&scenario, &Simulation::new(&scenario, 1));
            let manual = manual(&scenario.broker.system).unwrap();
            let kinds: Vec<&str> = match scenario.broker.parts.as_slice() {
                [] => manual.usual.parts.iter().map(|(kind, _)| *kind).collect(),
                parts => parts.iter().map(|part| part.kind.as_str()).collect(),
            };
            for act in manual.acts.iter().filter(|act| act.on.is_none_or(|kind| kinds.contains(&kind))) {
                let found = all.iter().flat_map(|(_, own)| own).any(|deed| deed.label == act.label);
                assert!(found, "{}: {}", scenario.name, act.name);
            }
        }
    }
}
