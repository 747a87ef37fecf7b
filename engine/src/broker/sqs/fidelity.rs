//! What of SQS is modeled, tied to the cases that prove it, and what is not.

use crate::broker::fidelity::Feature;
use crate::broker::fidelity::Fidelity::{Modelled, NotModelled};

const fn feature(what: &'static str, source: &'static str, cases: &'static [&'static str]) -> Feature {
    Feature { what, source, state: Modelled(cases) }
}

const fn missing(what: &'static str, source: &'static str, why: &'static str) -> Feature {
    Feature { what, source, state: NotModelled(why) }
}

const GUIDE: &str = "SQS Developer Guide";
const API: &str = "SQS API Reference";

/// What the service does.
pub const FEATURES: &[Feature] = &[
    feature("Visible, in flight and delayed messages are counted apart", API, &["S01", "S19"]),
    feature("Visibility timeout of queue and call, its end and its extension", GUIDE, &["S02", "S03"]),
    feature("A message is hidden for at most 12 hours from its receive", GUIDE, &["S101"]),
    feature("A crash is not noticed; a slow consumer has its work done twice", GUIDE, &["S102", "S103"]),
    feature("A receipt handle names one receive; expired and old handles", API, &["S04", "S16", "S104"]),
    feature("Receive counts and first receive time", API, &["S02", "S09"]),
    feature("Best-effort order of standard queues, oldest first", GUIDE, &["S08", "S113"]),
    feature(
        "Reordering, spontaneous duplicates and forgotten deletes, at a seed",
        GUIDE,
        &["S124", "S125", "S126"],
    ),
    feature("Long polling", GUIDE, &["S05", "S108", "S112"]),
    feature("Short polling asks a subset of servers", GUIDE, &["S111"]),
    feature("Delay queues and message timers; on FIFO queues retroactive", GUIDE, &["S06", "S113"]),
    feature("Retention, also in flight, delayed, and when it is changed", GUIDE, &["S25", "S115"]),
    feature("Batches of 10 with an outcome for each entry", API, &["S07"]),
    feature("Ranges of parameters and attributes", API, &["S18", "S26", "S114"]),
    feature("Message groups: order, lock, partial unlock", GUIDE, &["S11", "S12", "S14"]),
    feature("A group id on a standard queue locks nothing", GUIDE, &["S22"]),
    feature("Deduplication by id, by content, in the queue or in the group", GUIDE, &["S17", "S121", "S122"]),
    feature("ReceiveRequestAttemptId", GUIDE, &["S23"]),
    feature(
        "Dead-letter queues by maxReceiveCount, during a receive",
        GUIDE,
        &["S09", "S10", "S106", "S110"],
    ),
    feature("Retention of dead letters", GUIDE, &["S105"]),
    feature("RedriveAllowPolicy", API, &["S107"]),
    feature("StartMessageMoveTask, its rate, its cancellation", API, &["S109"]),
    feature("Making and deleting queues by name", API, &["S21", "S116"]),
    feature("PurgeQueue, once a minute", API, &["S20"]),
    feature("In-flight quota: OverLimit on short polls of standard queues", GUIDE, &["S117"]),
    feature("Throttling of FIFO queues, and high throughput", GUIDE, &["S118"]),
    feature("FIFO scan window", GUIDE, &["S119"]),
    feature("Fair queues, by share of the messages in flight", GUIDE, &["S120"]),
    feature("Fan-out by a topic, with filter policies on one attribute", "SNS Developer Guide", &["S123"]),
    missing(
        "Fair queues, by share of the processing time",
        GUIDE,
        "the documentation does not say over what time the share is taken",
    ),
    missing(
        "Counters that are up to a minute late",
        API,
        "the model's counters are exact: the ledger is held against them",
    ),
    missing(
        "A purge takes up to 60 seconds",
        API,
        "it is not documented what is received meanwhile; here it takes no time",
    ),
    missing(
        "SNS delivery retries and its own dead-letter queues",
        "SNS Developer Guide",
        "a topic reaches its queues at once",
    ),
    missing(
        "Deduplication in a FIFO topic",
        "SNS Developer Guide",
        "the queues behind it do the same with the same ids",
    ),
    missing(
        "Filter policies on other attributes, prefixes, ranges, bodies",
        "SNS Developer Guide",
        "messages have one attribute, their key",
    ),
    missing(
        "Access policies, encryption, tags",
        API,
        "they have no bearing on which message goes where and when",
    ),
    missing(
        "Bodies over 1 MiB in S3 (extended client)",
        GUIDE,
        "it is the client's affair and changes no rule of the queue",
    ),
    missing(
        "Message time to live and priority",
        API,
        "SQS has neither: what a producer asks of that kind is not sent",
    ),
];
