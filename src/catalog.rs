//! The scenarios that come with the page, in the order in which they are offered.

use queuescope_engine::Scenario;

/// A scenario of the catalog.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name, in links.
    pub name: &'static str,
    /// What its button says.
    pub title: &'static str,
    /// What its system calls itself.
    pub system: &'static str,
    text: &'static str,
    /// Whether this program has the system that it is about. The page opens with a small one, which has not.
    pub is_here: bool,
}

/// All of them. The first is what the page opens with.
pub const SCENARIOS: &[Entry] = include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

/// The scenario at `index`; the first if there is none, or not in this program.
///
/// # Panics
/// Never: a test reads every one of them.
pub fn scenario(index: usize) -> Scenario {
    let entry = SCENARIOS.get(index).filter(|entry| entry.is_here).unwrap_or(&SCENARIOS[0]);
    Scenario::from_json(entry.text)
        .unwrap_or_else(|problems| panic!("a shipped scenario is not valid: {problems}"))
}

/// What is listed at `index`, if only the other program has it.
pub fn away(index: usize) -> Option<&'static Entry> {
    SCENARIOS.get(index).filter(|entry| !entry.is_here)
}

/// The place of the scenario called `name`.
pub fn find(name: &str) -> Option<usize> {
    SCENARIOS.iter().position(|entry| entry.name == name)
}

/// The places of the scenarios of each system, by what that calls itself, in the order of the catalog.
pub fn by_system() -> Vec<(&'static str, Vec<usize>)> {
    let mut groups: Vec<(&'static str, Vec<usize>)> = Vec::new();
    for (index, entry) in SCENARIOS.iter().enumerate() {
        match groups.last_mut().filter(|(system, _)| *system == entry.system) {
            Some((_, places)) => places.push(index),
            None => groups.push((entry.system, vec![index])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use queuescope_engine::broker::manual;

    #[test]
    fn every_file_is_listed_and_every_one_listed_bears_its_name() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/scenarios");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        files.sort();
        let mut listed: Vec<&str> = SCENARIOS.iter().map(|entry| entry.name).collect();
        listed.sort_unstable();
        assert_eq!(files, listed);
        for (index, entry) in SCENARIOS.iter().enumerate().filter(|(_, entry)| entry.is_here) {
            let scenario = scenario(index);
            assert_eq!((&*scenario.name, &*scenario.title), (entry.name, entry.title));
            let manual = manual(&scenario.broker.system).unwrap();
            assert_eq!(manual.terms.system, entry.system);
        }
    }
}
