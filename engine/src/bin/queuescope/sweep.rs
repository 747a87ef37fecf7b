//! Many runs of one scenario: every combination of the values asked for, each with every seed.
//!
//! Runs are numbered, seeds fastest and then the last setting, so that a part of them is
//! arithmetic and no list of them is ever made.

use std::collections::BTreeMap;

use queuescope_engine::Scenario;
use queuescope_engine::knob::Value;
use queuescope_engine::scenario::Settings;

use crate::arguments::{Arguments, Axis, Shard};

/// Settings by their addresses, as a run differs from its scenario.
pub(crate) type Changes = BTreeMap<String, Value>;

/// A numbered set of runs.
pub(crate) struct Sweep {
    scenario: Scenario,
    axes: Vec<Axis>,
    first_seed: u64,
    seeds: u64,
    shard: Shard,
    total: u64,
    is_one: bool,
}

impl Sweep {
    /// The runs that the command line asks for. Every value is checked before the first run.
    pub(crate) fn new(scenario: Scenario, arguments: &Arguments) -> Result<Sweep, String> {
        let seeds = arguments.seeds(scenario.seed);
        let (first_seed, seeds) = (*seeds.start(), seeds.end() - seeds.start() + 1);
        let axes = arguments.set.clone();
        let lengths = axes.iter().map(|axis| axis.values.len() as u64);
        let Some(total) = lengths.clone().try_fold(seeds, u64::checked_mul) else {
            return Err(
                "--set and --seeds together ask for more than 18446744073709551615 runs: ask for fewer"
                    .into(),
            );
        };
        for axis in &axes {
            for value in &axis.values {
                changed(&scenario, &Changes::from([(format!("{}.{}", axis.who, axis.knob), value.clone())]))?;
            }
        }
        let shard = arguments.shard.unwrap_or(Shard { part: 1, of: 1 });
        Ok(Sweep { scenario, axes, first_seed, seeds, shard, total, is_one: !arguments.is_sweep() })
    }

    /// Whether a single run was asked for.
    pub(crate) fn is_one(&self) -> bool {
        self.is_one
    }

    /// The numbers of the runs in this part of the sweep.
    pub(crate) fn runs(&self) -> impl Iterator<Item = u64> {
        let first = Some(self.shard.part - 1).filter(|first| *first < self.total);
        std::iter::successors(first, |run| run.checked_add(self.shard.of).filter(|next| *next < self.total))
    }

    /// The scenario, the seed and the changes of a run.
    pub(crate) fn at(&self, run: u64) -> Result<(Scenario, u64, Changes), String> {
        let seed = self.first_seed + run % self.seeds;
        let mut rest = run / self.seeds;
        let mut set = Changes::new();
        for axis in self.axes.iter().rev() {
            let values = axis.values.len() as u64;
            set.insert(format!("{}.{}", axis.who, axis.knob), axis.values[(rest % values) as usize].clone());
            rest /= values;
        }
        Ok((changed(&self.scenario, &set)?, seed, set))
    }
}

fn changed(scenario: &Scenario, set: &Changes) -> Result<Scenario, String> {
    if set.is_empty() {
        return Ok(scenario.clone());
    }
    let mut changed = scenario.clone();
    for (address, value) in set {
        let (who, knob) = address.split_once('.').unwrap_or_default();
        let Some(settings) = settings_of(&mut changed, who) else {
            let names: Vec<String> = names(scenario).collect();
            return Err(format!(
                "--set {address}={value}: {who:?} is not in the scenario, which has {}",
                names.join(", ")
            ));
        };
        settings.retain(|(name, _)| name != knob);
        settings.push((knob.to_owned(), value.clone()));
    }
    // Reading is what validates.
    Scenario::from_json(&changed.to_json()).map_err(|problems| format!("--set: {problems}"))
}

fn settings_of<'a>(scenario: &'a mut Scenario, who: &str) -> Option<&'a mut Settings> {
    if scenario.broker.name == who {
        return Some(&mut scenario.broker.set);
    }
    if let Some(part) = scenario.broker.parts.iter_mut().find(|part| part.name == who) {
        return Some(&mut part.set);
    }
    let mut clients = scenario.producers.iter_mut().chain(&mut scenario.consumers);
    clients.find(|client| client.name == who).map(|client| &mut client.set)
}

fn names(scenario: &Scenario) -> impl Iterator<Item = String> {
    let clients = scenario.producers.iter().chain(&scenario.consumers);
    std::iter::once(&scenario.broker.name)
        .chain(scenario.broker.parts.iter().map(|part| &part.name))
        .chain(clients.map(|client| &client.name))
        .map(|name| format!("{name:?}"))
}
