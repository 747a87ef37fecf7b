//! What of Pub/Sub is modeled, tied to the cases that prove it, and what is not.

use crate::broker::fidelity::Feature;
use crate::broker::fidelity::Fidelity::{Modelled, NotModelled};

const fn feature(what: &'static str, source: &'static str, cases: &'static [&'static str]) -> Feature {
    Feature { what, source, state: Modelled(cases) }
}

const fn missing(what: &'static str, source: &'static str, why: &'static str) -> Feature {
    Feature { what, source, state: NotModelled(why) }
}

const GUIDE: &str = "Pub/Sub documentation";
const API: &str = "Pub/Sub reference";
const CLIENT: &str = "google-cloud-pubsub (Python)";

/// What the service and its client library do.
pub const FEATURES: &[Feature] = &[
    feature("Fan-out: every subscription has its own copy and state", GUIDE, &["P01", "P03", "L1"]),
    feature("Making, finding and deleting topics and subscriptions", API, &["P101", "P102", "P103"]),
    feature("Any number of clients share a subscription", GUIDE, &["P02"]),
    feature("Filters by attributes", GUIDE, &["P16"]),
    feature("Leases: ends, extensions, nacks", GUIDE, &["P04", "P108", "P109", "P110", "D1"]),
    feature("Best-effort acknowledgements, late and forgotten ones", API, &["P07", "P111", "D2", "L4"]),
    feature("Exactly-once delivery", GUIDE, &["P08", "P09", "D3"]),
    feature("Retry policy with exponential backoff", GUIDE, &["P06"]),
    feature("Dead-letter topics", GUIDE, &["P14", "P15", "P114", "L3"]),
    feature(
        "Ordering keys: order, affinity, redelivery of all that follows",
        GUIDE,
        &["P10", "P12", "P13", "P115", "P116", "P117", "P118", "D4"],
    ),
    feature("Retention of subscription and topic", GUIDE, &["P17", "P119", "L2"]),
    feature("Seek to a time, forward and back", GUIDE, &["P18", "P122", "D5", "L5"]),
    feature("Snapshots", GUIDE, &["P120", "P121"]),
    feature("Expiration of idle subscriptions", GUIDE, &["P123", "L2"]),
    feature("Flow control of streams, by messages and by bytes", API, &["P104", "P105", "P128", "P129"]),
    feature(
        "A lost client is missed at the end of its leases; an outage loses nothing",
        GUIDE,
        &["P106", "P107", "P126"],
    ),
    feature(
        "Deadlines, backoffs and delivery counts are approximate, at a seed",
        GUIDE,
        &["P06", "P14", "P112"],
    ),
    feature("Properties are checked, and set together or not at all", API, &["P113", "P15", "P16", "P06"]),
    feature("Lease management of the client library", CLIENT, &["P124", "P125", "P126"]),
    feature("Batches and flow control of publishers", CLIENT, &["P127", "P131"]),
    feature("A stopped subscriber gives back what it has not begun on", CLIENT, &["P130"]),
    feature("Retries of publishes, and what they duplicate", CLIENT, &["D3"]),
    feature("Ordering keys that pause after a failure, and resume", CLIENT, &["P21"]),
    missing(
        "Push, BigQuery and Cloud Storage subscriptions",
        GUIDE,
        "workers pull; an endpoint is not one of them",
    ),
    missing(
        "A Pull that waits for messages",
        API,
        "client libraries use StreamingPull; the model's Pull answers at once",
    ),
    missing(
        "A seek settles within a minute",
        GUIDE,
        "it is done at once; what was handed out before still can be worked on",
    ),
    missing(
        "1 MB/s for each ordering key, and other quotas",
        GUIDE,
        "the documentation does not say how they are counted",
    ),
    missing("A subscription slowed down by many nacks", GUIDE, "the documentation gives no figures"),
    missing("Regions: order and exactly-once delivery hold within one", GUIDE, "there is one region"),
    missing(
        "Several callbacks at a time in one client",
        CLIENT,
        "every worker is a client of its own, with one callback",
    ),
    missing(
        "Acknowledgements in batches of up to 10 ms",
        CLIENT,
        "each is sent at once; requests cost nothing here",
    ),
    missing(
        "A lease extension for every message on receipt",
        CLIENT,
        "the stream's own deadline says the same",
    ),
    missing(
        "Schemas, attributes other than the key, message data",
        API,
        "messages have a key and a size here",
    ),
];
