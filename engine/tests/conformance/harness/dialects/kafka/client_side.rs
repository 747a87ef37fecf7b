//! What is decided in the client library alone: partitions, and which settings go together.

use std::collections::BTreeSet;
use std::time::Duration;

use queuescope_engine::broker::kafka::Version;
use queuescope_engine::broker::kafka::partitioner::{Hashing, Outlook, Sticky, weights};
use queuescope_engine::broker::kafka::producer_config::ProducerConfig;
use queuescope_engine::broker::kafka::request::Acks;
use queuescope_engine::random::Stream;

fn number<T: std::str::FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("{word:?} is no number that fits here"))
}

/// What comes of a producer with these settings.
pub(super) fn config(settings: &[&str], version: &str) -> Result<String, String> {
    let mut own = ProducerConfig::default();
    for setting in settings {
        let (name, value) = setting.split_once('=').ok_or_else(|| format!("{setting:?} is no setting"))?;
        let millis = || number(value).map(Duration::from_millis);
        match (name, value) {
            ("acks", "0") => own.acks = Acks::None,
            ("acks", "1") => own.acks = Acks::Leader,
            ("acks", "all") => own.acks = Acks::All,
            ("enable.idempotence", _) => own.idempotence = Some(value == "true"),
            ("retries", _) => own.retries = number(value)?,
            ("max.in.flight.requests.per.connection", _) => own.max_in_flight = number(value)?,
            ("linger.ms", _) => own.linger = millis()?,
            ("request.timeout.ms", _) => own.request_timeout = millis()?,
            ("delivery.timeout.ms", _) => own.delivery_timeout = millis()?,
            ("transactional.id", _) => own.transactional = true,
            _ => return Err(format!("{name} is no setting that matters here")),
        }
    }
    Ok(match own.is_idempotent(Version::named(version)) {
        Ok(true) => "idempotent",
        Ok(false) => "not idempotent",
        Err(_) => "ConfigException",
    }
    .into())
}

fn hashing(word: &str) -> Result<Hashing, String> {
    match word {
        "murmur2" => Ok(Hashing::Murmur2),
        "consistent_random" => Ok(Hashing::Crc32),
        _ => Err(format!("{word:?} is no partitioner: murmur2 or consistent_random")),
    }
}

fn list<T: ToString>(numbers: impl IntoIterator<Item = T>) -> String {
    numbers.into_iter().map(|number| number.to_string()).collect::<Vec<_>>().join(" ")
}

/// What a partitioner does.
pub(super) fn partitioner(words: &[&str]) -> Result<String, String> {
    let key = |word: &str| if word == "\"\"" { String::new() } else { word.to_owned() };
    match words {
        ["hash", family, text] => Ok(hashing(family)?.hash(key(text).as_bytes()).to_string()),
        ["partition", family, text, "of", counts @ ..] => {
            let (hashing, text) = (hashing(family)?, key(text));
            let partition = |count: &&str| Ok(hashing.partition(text.as_bytes(), number(count)?));
            Ok(list(counts.iter().map(partition).collect::<Result<Vec<u16>, String>>()?))
        }
        ["runs", "of", count, "records", "of", size, "with", "batch.size", batch] => {
            runs(number(count)?, number(size)?, number(batch)?)
        }
        ["picked", "of", count, "without", leaderless @ ..] => {
            let leaderless = leaderless.iter().map(|word| number(word)).collect::<Result<Vec<usize>, _>>()?;
            Ok(picked(number(count)?, &leaderless))
        }
        ["weights", "of", queues @ ..] => {
            let queues = queues.iter().map(|word| number(word)).collect::<Result<Vec<u32>, _>>()?;
            Ok(list(weights(&queues)))
        }
        _ => Err(format!("{words:?} cannot be read; see the README")),
    }
}

/// How many records in a row share a partition.
fn runs(count: u32, size: u32, batch: u32) -> Result<String, String> {
    let (mut sticky, mut random) = (Sticky::default(), Stream::named(1, "case"));
    let outlook = Outlook { queues: &[0, 0, 0], available: &[true; 3], adaptive: true };
    let (mut runs, mut filled): (Vec<u32>, u32) = (Vec::new(), 0);
    for _ in 0..count {
        if sticky.partition().is_none() {
            sticky.pick(outlook, &mut random);
            runs.push(0);
            filled = 0;
        }
        // A record that does not fit opens a batch of its own.
        filled = if batch < filled + size { size } else { filled + size };
        sticky.put(size, batch, batch <= filled);
        *runs.last_mut().ok_or("no run has begun")? += 1;
    }
    Ok(list(runs))
}

/// Which partitions are ever picked.
fn picked(count: usize, leaderless: &[usize]) -> String {
    let mut random = Stream::named(1, "case");
    let available: Vec<bool> = (0..count).map(|place| !leaderless.contains(&place)).collect();
    let queues = vec![0; count];
    let outlook = Outlook { queues: &queues, available: &available, adaptive: true };
    let picked: BTreeSet<u16> = (0..200).map(|_| Sticky::default().pick(outlook, &mut random)).collect();
    list(picked)
}
