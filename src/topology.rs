//! What can be added to an experiment, and what can be changed about a thing that is in it: all of it follows from the
//! system's manual.

use queuescope_engine::Scenario;
use queuescope_engine::broker::manual;
use queuescope_engine::broker::topology::{Join, Kind};
use queuescope_engine::scenario::Edit;

/// So many ways to be connected otherwise are offered; a large experiment has more.
const OFFERED: usize = 8;

/// A change, as a button says it.
pub type Offer = (String, Edit);

/// What can be added to all of it.
pub fn additions(scenario: &Scenario) -> Vec<Offer> {
    let kinds = manual(&scenario.broker.system).map_or(&[][..], |manual| manual.kinds);
    let mut all =
        vec![("Producer".into(), Edit::AddProducer(None)), ("Consumers".into(), Edit::AddConsumer(None))];
    all.extend(kinds.iter().map(|kind| (capital(kind.name), Edit::AddPart(kind.name.to_owned()))));
    all
}

/// What can be changed about a producer, a pool of consumers or a part.
pub fn changes(scenario: &Scenario, who: &str) -> Vec<Offer> {
    let own = scenario.spelled_out();
    if let Some(kind) = own.kind_of(who) {
        return part(&own, who, kind);
    }
    let producer = own.producers.iter().find(|client| client.name == who);
    let consumer = own.consumers.iter().find(|client| client.name == who);
    let (client, verb) = match (producer, consumer) {
        (Some(client), _) => (client, "Send to"),
        (None, Some(client)) => (client, "Read from"),
        (None, None) => return Vec::new(),
    };
    let fits = |name: &str| {
        let kind = own.kind_of(name);
        kind.is_some_and(|kind| if producer.is_some() { kind.takes } else { kind.gives })
    };
    let others = own.broker.parts.iter().map(|part| &part.name);
    let others = others.filter(|name| client.part.as_ref() != Some(name) && fits(name));
    let connect = |part: &String| {
        let edit = Edit::Connect { who: who.to_owned(), part: part.clone() };
        (format!("{verb} {part}"), edit)
    };
    let mut offers: Vec<Offer> = others.take(OFFERED).map(connect).collect();
    offers.extend(removal(&own, who));
    offers
}

/// To take it away with all that goes with it, if somebody is left then who sends and who works.
fn removal(own: &Scenario, who: &str) -> Option<Offer> {
    let (names, links) = own.removal(who).ok()?;
    let links = match links {
        0 => String::new(),
        1 => "1 link".into(),
        links => format!("{links} links"),
    };
    let with: Vec<&str> = names.into_iter().skip(1).chain([&*links]).filter(|own| !own.is_empty()).collect();
    let with = if with.is_empty() { String::new() } else { format!(" with {}", with.join(", ")) };
    Some((format!("Remove {who}{with}"), Edit::Remove(who.to_owned())))
}

/// Why a part or a client cannot be taken away, if it cannot.
pub fn stays(scenario: &Scenario, who: &str) -> Option<String> {
    let missing = scenario.spelled_out().removal(who).err()?;
    Some(format!("It cannot be removed: there would be no {missing} left. Add some elsewhere first."))
}

fn part(own: &Scenario, who: &str, kind: &Kind) -> Vec<Offer> {
    let mut offers = Vec::new();
    if kind.takes {
        offers.push(("Add producer".to_owned(), Edit::AddProducer(Some(who.to_owned()))));
    }
    if kind.gives {
        offers.push(("Add consumers".to_owned(), Edit::AddConsumer(Some(who.to_owned()))));
    }
    let joins = manual(&own.broker.system).map_or(&[][..], |manual| manual.joins);
    let links = || own.broker.links.iter().filter(|link| link.from == who);
    for join in joins.iter().filter(|join| join.from == kind.name) {
        if join.once && links().any(|link| leads(own, join, &link.to)) {
            continue;
        }
        let others = own.broker.parts.iter().map(|part| &part.name);
        let others =
            others.filter(|to| *to != who && leads(own, join, to) && links().all(|link| link.to != **to));
        offers.extend(
            others.take(OFFERED).map(|to| {
                (format!("{} {to}", join.label), Edit::Join { from: who.to_owned(), to: to.clone() })
            }),
        );
    }
    for link in links() {
        let edit = Edit::Separate { from: who.to_owned(), to: link.to.clone() };
        offers.push((format!("Unlink {}", link.to), edit));
    }
    offers.extend(removal(own, who));
    offers
}

fn leads(own: &Scenario, join: &Join, to: &str) -> bool {
    own.kind_of(to).is_some_and(|kind| kind.name == join.to)
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{SCENARIOS, scenario};
    use queuescope_engine::{Simulation, Time};

    /// Runs it for a while, and holds it to its books.
    fn runs(scenario: &Scenario, label: &str) {
        let mut simulation: Simulation = Simulation::new(scenario, 3);
        simulation.run_until(Time::from_secs(5), 200_000, &mut ());
        simulation.audit().unwrap_or_else(|problem| panic!("{}: {label}: {problem:?}", scenario.name));
    }

    fn everyone(scenario: &Scenario) -> Vec<String> {
        let own = scenario.spelled_out();
        let clients = own.producers.iter().chain(&own.consumers).map(|own| own.name.clone());
        own.broker.parts.iter().map(|part| part.name.clone()).chain(clients).collect()
    }

    #[test]
    fn everything_that_is_offered_makes_an_experiment_that_runs() {
        // One scenario of each system is enough: what is offered follows from the manual.
        let mut seen = Vec::new();
        for index in 0..SCENARIOS.len() {
            let first = scenario(index);
            if seen.contains(&first.broker.system) {
                continue;
            }
            seen.push(first.broker.system.clone());
            let mut all = first.clone();
            for (label, edit) in additions(&first) {
                all =
                    all.edited(&edit).unwrap_or_else(|problem| panic!("{}: {label}: {problem}", first.name));
            }
            runs(&all, "with one more of everything");
            for (label, edit) in everyone(&all).iter().flat_map(|who| changes(&all, who)) {
                let own =
                    all.edited(&edit).unwrap_or_else(|problem| panic!("{}: {label}: {problem}", all.name));
                runs(&own, &label);
            }
        }
        assert!(6 < seen.len());
    }

    #[test]
    fn what_was_added_can_be_taken_away_again() {
        let first = scenario(crate::catalog::find("rabbitmq-poison").expect("it is there"));
        let more = first.edited(&Edit::AddPart("queue".into())).expect("a queue more");
        let labels = |own: &Scenario, who: &str| {
            changes(own, who).into_iter().map(|(label, _)| label).collect::<Vec<_>>()
        };
        assert_eq!(
            labels(&more, "queue"),
            ["Add producer", "Add consumers", "Dead letters to dlx", "Remove queue with 1 link"]
        );
        assert!(labels(&more, "work").iter().all(|label| !label.starts_with("Remove")));
        let why = stays(&more, "work").expect("all who send and work are there");
        assert!(why.starts_with("It cannot be removed: there would be no producers left."), "{why}");
        assert_eq!(stays(&more, "queue"), None);
        assert_eq!(labels(&first, "producer"), ["Send to dlx", "Send to dead-letters"]);
    }

    #[test]
    fn who_goes_with_a_part_is_said() {
        let first = scenario(crate::catalog::find("rabbitmq-poison").expect("it is there"));
        let adds = [
            Edit::AddPart("queue".into()),
            Edit::AddProducer(Some("queue".into())),
            Edit::AddConsumer(Some("queue".into())),
        ];
        let more = adds.iter().fold(first, |own, edit| own.edited(edit).expect("one more"));
        let label = |who: &str| changes(&more, who).pop().expect("it can be removed").0;
        assert_eq!(label("work"), "Remove work with producer, consumer, 1 link");
        assert_eq!(label("dlx"), "Remove dlx with 3 links");
        assert_eq!(label("consumer"), "Remove consumer");
    }
}
