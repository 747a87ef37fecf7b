//! The picture in words, for those who do not see it.

use queuescope_engine::view::{Doing, GroupView, MemberView, ReaderView, Scene, StoreView};

use super::store::is_full;
use super::{Options, Totals};
use crate::SYSTEMS;
use crate::format;
use crate::picture::figure::{Brief, Grouped};

/// The same as [`draw`](super::draw) shows, in two to four plain sentences.
pub fn describe(scene: &Scene, options: &Options) -> String {
    let first = [producers(scene), store(scene, options)];
    let others = scene.stores.iter().skip(1).filter(|_| SYSTEMS).map(other_store);
    let logs = scene.stores.iter().filter(|_| SYSTEMS).filter_map(|store| log(scene, store));
    let groups = scene.groups.iter().filter(|_| SYSTEMS).map(group);
    let last = [crew(scene), gone(options.totals)];
    let sentences = first.into_iter().chain(others).chain(logs).chain(groups).chain(last);
    let said: Vec<String> = sentences.filter(|sentence| !sentence.is_empty()).collect();
    said.join(" ")
}

fn producers(scene: &Scene) -> String {
    let on_link: u64 = scene.producers.iter().map(|producer| producer.on_link).sum();
    let way = match on_link {
        0 => "nothing is on the way".into(),
        1 => "1 message is on the way".into(),
        many => format!("{} messages are on the way", Grouped(many)),
    };
    let running = scene.producers.iter().filter(|producer| producer.running).count();
    let blocked = scene.producers.iter().filter(|producer| producer.blocked).count();
    match (scene.producers.len(), running, blocked) {
        (0, ..) => String::new(),
        (1, _, 1) => format!("The producer is blocked until there is room; {way}."),
        (1, 1, 0) => format!("The producer is running; {way}."),
        (1, ..) => format!("The producer is stopped; {way}."),
        (all, running, 0) => format!("{running} of {all} producers are running; {way}."),
        (all, running, blocked) => {
            format!("{running} of {all} producers are running, {blocked} blocked; {way}.")
        }
    }
}

fn store(scene: &Scene, options: &Options) -> String {
    let Some(store) = scene.stores.first() else { return String::new() };
    let name = if options.captions.store.is_empty() { scene.terms.store } else { &options.captions.store };
    let waiting = scene.terms.waiting;
    let kept = match store.kept {
        0 => String::new(),
        kept => format!("; {} more kept back by blocked producers", Grouped(kept)),
    };
    let oldest = match store.oldest {
        Some(oldest) if 0 < store.depth => {
            format!("; the oldest has waited {}", Brief(scene.now.since(oldest)))
        }
        _ => String::new(),
    };
    match (store.depth, store.capacity) {
        (0, Some(capacity)) => {
            format!("The {name} is empty, with room for {}{kept}.", Grouped(capacity.into()))
        }
        (0, None) => format!("The {name} is empty{kept}."),
        (depth, Some(capacity)) => {
            let has = if is_full(store) { "is full with" } else { "has" };
            let (share, of) = (percent(store), Grouped(capacity.into()));
            format!("The {name} {has} {} of {of} {waiting} ({share}){oldest}{kept}.", Grouped(depth))
        }
        (depth, None) => format!("The {name} has {} {waiting}{oldest}{kept}.", Grouped(depth)),
    }
}

/// A store on the shelf.
fn other_store(store: &StoreView) -> String {
    let inside = store.depth + store.held + store.delayed;
    match inside {
        0 => format!("{} is empty.", store.name),
        1 => format!("{} holds 1 message.", store.name),
        many => format!("{} holds {} messages.", store.name, Grouped(many)),
    }
}

/// Who reads a log, and where they are.
fn log(scene: &Scene, store: &StoreView) -> Option<String> {
    let log = store.log.as_ref()?;
    let position = scene.terms.position;
    let reader = |reader: &ReaderView| {
        let before = Grouped(reader.waiting);
        format!("{} is at {position} {} with {before} before it", reader.name, reader.position)
    };
    let readers: Vec<String> = log.readers.iter().map(reader).collect();
    let ends = format!("{} goes from {position} {} to {}", store.name, log.start, log.end);
    Some(if readers.is_empty() { format!("{ends}.") } else { format!("{ends}; {}.", readers.join("; ")) })
}

/// A group, and what each of its members has.
fn group(group: &GroupView) -> String {
    let GroupView { name, state, generation, of, unit, members, .. } = group;
    let count =
        |member: &MemberView| member.shares.iter().map(|(from, to)| to - from).sum::<u32>().to_string();
    let shares: Vec<String> = members.iter().map(count).collect();
    let all = match shares.len() {
        0 => "no member".into(),
        1 => format!("1 member with {}", shares[0]),
        many if many <= 12 => format!("{many} members with {}", shares.join(", ")),
        many => format!("{many} members"),
    };
    format!("{name} is {state}, generation {generation}: {all} of {of} {unit}.")
}

fn percent(store: &StoreView) -> String {
    let capacity = store.capacity.unwrap_or(1).max(1);
    format::percent(store.depth as f64 / f64::from(capacity))
}

fn crew(scene: &Scene) -> String {
    let (mut busy, mut again, mut leaving, mut idle, mut off, mut down) = (0, 0, 0, 0, 0, 0);
    for worker in &scene.workers {
        match worker.doing {
            Doing::Idle => idle += 1,
            Doing::Busy { attempt, leaving: last, .. } => {
                busy += 1;
                again += u32::from(1 < attempt);
                leaving += u32::from(last);
            }
            Doing::Off => off += 1,
            Doing::Down => down += 1,
        }
    }
    let all = scene.workers.len();
    if all == 0 {
        return "There are no workers.".into();
    }
    let states = [
        (busy, "busy"),
        (again, "on a repeated attempt"),
        (leaving, "finishing"),
        (idle, "idle"),
        (off, "off"),
        (down, "down"),
    ];
    if all == 1 {
        let first = states.iter().rev().find(|(count, _)| *count == 1).map_or("idle", |(_, state)| state);
        return format!("The worker is {first}.");
    }
    let said: Vec<String> = states
        .iter()
        .filter(|(count, _)| 0 < *count)
        .map(|(count, state)| format!("{count} {state}"))
        .collect();
    format!("Of {all} workers: {}.", said.join(", "))
}

fn gone(totals: Totals) -> String {
    let counts = [
        (totals.done, "done"),
        (totals.refused, "refused"),
        (totals.dropped, "dropped"),
        (totals.dead, "dead"),
    ];
    let said: Vec<String> = counts
        .iter()
        .filter(|(count, _)| 0 < *count)
        .map(|(count, state)| format!("{} {state}", Grouped(*count)))
        .collect();
    if said.is_empty() { String::new() } else { format!("So far: {}.", said.join(", ")) }
}
