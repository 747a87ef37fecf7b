//! How answers and states are told.

use queuescope_engine::broker::pulsar::reply::{Error, Reply};
use queuescope_engine::broker::pulsar::{Name, Names, Pulsar, SubscriptionStats};

pub(super) fn reply(reply: Reply) -> String {
    match reply {
        Reply::Ok | Reply::Acked(_) => "ok".into(),
        Reply::Receipt { ledger, entry } => format!("stored {ledger}:{entry}"),
        Reply::Duplicate => "stored -1:-1".into(),
        Reply::Subscribed(_) => "subscribed".into(),
        Reply::Error(error) => format!("error {}", self::error(error)),
    }
}

fn error(error: Error) -> String {
    match error {
        Error::ConsumerBusy(why) => format!("ConsumerBusy ({why})"),
        Error::SubscriptionType => "ConsumerBusy (Subscription is of different type)".into(),
        Error::NotAllowed(why) => format!("NotAllowed ({why})"),
        Error::SubscriptionBusy
        | Error::TopicNotFound
        | Error::SubscriptionNotFound
        | Error::ConsumerNotFound
        | Error::ProducerNotConnected
        | Error::ProducerBlockedQuotaExceededError
        | Error::ProducerBlockedQuotaExceededException
        | Error::MessageTooLarge => format!("{error:?}"),
    }
}

fn list(items: Vec<String>) -> String {
    if items.is_empty() { "none".into() } else { items.join(" ") }
}

/// A range of positions, both ends included.
fn range((start, end): (u64, u64)) -> String {
    if start + 1 == end { start.to_string() } else { format!("{start}-{}", end - 1) }
}

const SUBJECTS: &str = "backlog T S, unacked T S, delayed T S, cursor T S, consumers T S, permits T S, active T S, \
                        ranges T S, shares T S, owner T S KEY, stored T, ledgers T, bytes T, producers T";

/// What `subject` holds.
pub(super) fn state(subject: &str, server: &Pulsar, names: &mut Names) -> Result<String, String> {
    let words: Vec<&str> = subject.split_whitespace().collect();
    let [what, topic, rest @ ..] = &words[..] else { return Err(SUBJECTS.into()) };
    let topic = match topic.strip_prefix("np:") {
        Some(rest) => format!("non-persistent://public/default/{rest}"),
        None => format!("persistent://public/default/{topic}"),
    };
    let topic = names.tell(&topic).0;
    if let [subscription, key @ ..] = rest {
        let subscription = names.tell(subscription).0;
        if let ("owner", [key]) = (*what, key) {
            let owner = server.key_owner(topic, subscription, key.trim_matches('"'));
            return Ok(owner.map_or("nobody".into(), |(slot, owner)| format!("{} {slot}", names.text(owner))));
        }
        let Some(stats) = server.subscription_stats(topic, subscription) else { return Ok("none".into()) };
        return of_subscription(what, &stats, names);
    }
    let Some(stats) = server.topic_stats(topic) else { return Ok("none".into()) };
    Ok(match *what {
        "stored" => (stats.entries.1 - stats.entries.0).to_string(),
        "bytes" => stats.backlog_bytes.to_string(),
        "producers" => stats.producers.to_string(),
        "ledgers" => {
            let ledger = |(id, entries, offloaded, only): &(u64, u64, bool, bool)| {
                let mark = match (offloaded, only) {
                    (_, true) => " offloaded-only",
                    (true, false) => " offloaded",
                    (false, false) => "",
                };
                format!("{id}={entries}{mark}")
            };
            list(stats.ledgers.iter().map(ledger).collect())
        }
        _ => return Err(SUBJECTS.into()),
    })
}

fn of_subscription(what: &str, stats: &SubscriptionStats, names: &Names) -> Result<String, String> {
    let name = |name: Name| names.text(name);
    Ok(match what {
        "backlog" => stats.backlog.to_string(),
        "unacked" => stats.unacked.to_string(),
        "delayed" => stats.delayed.to_string(),
        "cursor" => {
            let acked = stats.acked.iter().map(|own| range(*own));
            list([stats.mark.to_string()].into_iter().chain(acked).collect())
        }
        "consumers" => {
            list(stats.consumers.iter().map(|own| format!("{}={}", name(own.name), own.unacked)).collect())
        }
        "permits" => {
            list(stats.consumers.iter().map(|own| format!("{}={}", name(own.name), own.permits)).collect())
        }
        "active" => {
            let active = stats.consumers.iter().find(|own| own.active);
            active.map_or("nobody".into(), |own| name(own.name).into())
        }
        "ranges" => {
            let own =
                stats.consumers.iter().flat_map(|own| own.shares.iter().map(move |share| (*share, own.name)));
            let mut all: Vec<_> = own.collect();
            all.sort_unstable();
            list(
                all.into_iter()
                    .map(|((start, end), own)| format!("{} {start}-{}", name(own), end - 1))
                    .collect(),
            )
        }
        "shares" => {
            let size = |shares: &[(u32, u32)]| shares.iter().map(|(start, end)| end - start).sum::<u32>();
            list(
                stats
                    .consumers
                    .iter()
                    .map(|own| format!("{}={}", name(own.name), size(&own.shares)))
                    .collect(),
            )
        }
        _ => return Err(SUBJECTS.into()),
    })
}
