//! From answers to words.

use queuescope_engine::broker::redis::reply::{PendingEntry, Push, Reply, StreamEntry};
use queuescope_engine::broker::redis::{EntryId, Names, Redis};
use queuescope_engine::message::Entry;

use super::super::super::protocol::modelled::Wire;
use super::CLOCK_START;

pub(super) fn push(push: &Push, names: &Names, wire: &Wire<Redis>) -> String {
    match push {
        Push::Message { channel, pattern, message, .. } => {
            let (channel, label) = (names.text(*channel), wire.label(message.id));
            match pattern {
                Some(pattern) => format!("pmessage {} {channel} {label}", names.text(*pattern)),
                None => format!("message {channel} {label}"),
            }
        }
        Push::Closed => "closed".into(),
    }
}

pub(super) fn reply(reply: &Reply, names: &Names, wire: &Wire<Redis>) -> String {
    match reply {
        Reply::Ok => "OK".into(),
        Reply::Nil => "nil".into(),
        Reply::Integer(number) => number.to_string(),
        Reply::Value(value) => label(value, wire),
        Reply::Popped(key, value) => format!("{} {}", names.text(*key), label(value, wire)),
        Reply::Values(values) => list(values.iter().map(|value| label(value, wire))),
        Reply::Id(own) => id(*own, wire),
        Reply::Entries(entries) => list(entries.iter().map(|own| entry(own, wire))),
        Reply::Ids(ids) => list(ids.iter().map(|own| id(*own, wire))),
        Reply::Streams(streams) => {
            let stream = |(key, entries): &(_, Vec<StreamEntry>)| {
                format!("{} {}", names.text(*key), list(entries.iter().map(|own| entry(own, wire))))
            };
            streams.iter().map(stream).collect::<Vec<_>>().join(" ")
        }
        Reply::States(states) => list(states.iter().map(ToString::to_string)),
        Reply::PendingSummary(summary) => match summary.bounds {
            Some((least, greatest)) => {
                let owner = |(name, count): &(_, u64)| format!(" {}={count}", names.text(*name));
                let owners: String = summary.owners.iter().map(owner).collect();
                format!("{} {} {}{owners}", summary.count, id(least, wire), id(greatest, wire))
            }
            None => "0".into(),
        },
        Reply::Pending(entries) => list(entries.iter().map(|own| {
            let idle = own.idle.map_or("-".into(), seconds);
            let owner = own.owner.map_or("", |owner| names.text(owner));
            format!("{}/{owner}/{idle}/{}", id(own.id, wire), own.deliveries)
        })),
        Reply::AutoClaimed(claimed) => format!(
            "{} {} {}",
            id(claimed.cursor, wire),
            list(claimed.entries.iter().map(|own| match claimed.just_id {
                true => id(own.id, wire),
                false => entry(own, wire),
            })),
            list(claimed.deleted.iter().map(|own| id(*own, wire)))
        ),
        Reply::GroupInfo(info) => {
            let known = |number: Option<u64>| number.map_or("nil".to_owned(), |number| number.to_string());
            format!("last {} read {} lag {}", id(info.last, wire), known(info.read), known(info.lag))
        }
        // Told by the dialect, channel by channel.
        Reply::Subscribed(_) => String::new(),
        Reply::Exec(answers) => {
            let answers = answers.iter().map(|answer| self::reply(answer, names, wire));
            format!("({})", answers.collect::<Vec<_>>().join("; "))
        }
        Reply::Error(error) => {
            let text = error.to_string();
            format!("error {}", text.split(' ').next().unwrap_or_default())
        }
    }
}

/// The contents of a list or a stream.
pub(super) fn contents(contents: &Reply, names: &Names, wire: &Wire<Redis>) -> String {
    let text = reply(contents, names, wire);
    match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        Some("") => "none".into(),
        Some(inner) => inner.into(),
        None => text,
    }
}

/// Ids with their owners and deliveries.
pub(super) fn owners(entries: &[PendingEntry], names: &Names, wire: &Wire<Redis>) -> String {
    let owner = |own: &PendingEntry| {
        format!("{}/{}/{}", id(own.id, wire), own.owner.map_or("", |owner| names.text(owner)), own.deliveries)
    };
    match entries {
        [] => "none".into(),
        _ => entries.iter().map(owner).collect::<Vec<_>>().join(" "),
    }
}

fn list(parts: impl Iterator<Item = String>) -> String {
    format!("[{}]", parts.collect::<Vec<_>>().join(" "))
}

fn label(value: &Entry, wire: &Wire<Redis>) -> String {
    wire.label(value.message.id).to_owned()
}

fn entry(entry: &StreamEntry, wire: &Wire<Redis>) -> String {
    let body = entry.body.map_or("nil", |body| wire.label(body.message.id));
    let shown = format!("{}={body}", id(entry.id, wire));
    match entry.idle {
        Some(idle) => format!("{shown}/{}/{}", seconds(idle), entry.deliveries),
        None => shown,
    }
}

/// One of which the milliseconds are those of the clock, within an hour, is told without them.
fn id(id: EntryId, wire: &Wire<Redis>) -> String {
    let clock = CLOCK_START + wire.now().as_nanos() / 1_000_000;
    if id.ms.abs_diff(clock) < 3_600_000 { format!("now-{}", id.seq) } else { id.to_string() }
}

/// To the nearest.
fn seconds(nanos: u64) -> String {
    format!("{}s", nanos.saturating_add(500_000_000) / 1_000_000_000)
}
