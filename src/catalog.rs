//! The scenarios that come with the page, in the order in which they are offered.

use queuescope_engine::Scenario;
use queuescope_engine::broker::manual;

macro_rules! scenarios {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!(env!("OUT_DIR"), "/scenarios/", $name, ".json")))),*]
    };
}

/// Name and text of each. The first is what the page opens with.
pub const SCENARIOS: &[(&str, &str)] = scenarios![
    "start",
    "balanced",
    "fast-producer-refuse",
    "fast-producer-drop-oldest",
    "fast-producer-block",
    "slow-consumer",
    "traffic-spike",
    "consumer-outage",
    "failing-consumer",
    "scale-out",
    "steady-mean",
    "bursty-mean",
    "rabbitmq-prefetch",
    "rabbitmq-poison",
    "sqs-visibility",
    "sqs-poison",
    "redis-pending",
    "redis-list",
];

/// The scenario at `index`; the first if there is none.
///
/// # Panics
/// Never: a test reads every one of them.
pub fn scenario(index: usize) -> Scenario {
    let (_, text) = SCENARIOS.get(index).unwrap_or(&SCENARIOS[0]);
    Scenario::from_json(text).unwrap_or_else(|problems| panic!("a shipped scenario is not valid: {problems}"))
}

/// The place of the scenario called `name`.
pub fn find(name: &str) -> Option<usize> {
    SCENARIOS.iter().position(|(own, _)| *own == name)
}

/// The places of the scenarios of each system, by what that calls itself, in the order of the catalog.
pub fn by_system() -> Vec<(&'static str, Vec<usize>)> {
    let mut groups: Vec<(&'static str, Vec<usize>)> = Vec::new();
    for index in 0..SCENARIOS.len() {
        let name = manual(&scenario(index).broker.system).map_or("", |manual| manual.terms.system);
        match groups.iter_mut().find(|(own, _)| *own == name) {
            Some((_, places)) => places.push(index),
            None => groups.push((name, vec![index])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_listed_and_every_one_listed_bears_its_name() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/scenarios");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        files.sort();
        let mut listed: Vec<&str> = SCENARIOS.iter().map(|(name, _)| *name).collect();
        listed.sort_unstable();
        assert_eq!(files, listed);
        for (index, (name, _)) in SCENARIOS.iter().enumerate() {
            let scenario = scenario(index);
            assert_eq!(scenario.name, *name);
        }
    }
}
