//! The settings, each declared once, by the names of `server.properties`, topic configs and client configs.

mod consumer;
mod group;

use crate::knob::{Choice, Domain, Knob, Scale, Scope, Unit, Value, join};

pub(super) use consumer::CONSUMER;

/// Where settings of brokers and topics are written down.
const BROKER: &str = "docs: Broker Configs";
const TOPICS: &str = "docs: Topic Configs";
const PRODUCERS: &str = "docs: Producer Configs";

const fn whole(min: i32, max: i32, default: i32, unit: Unit) -> Domain {
    Domain::Whole { min, max, default, unit, scale: Scale::Logarithmic }
}

const fn millis(min: i32, max: i32, default: i32) -> Domain {
    whole(min, max, default, Unit::Milliseconds)
}

const YES_NO: Domain =
    Domain::Choice(&[Choice { name: "true", label: "Yes" }, Choice { name: "false", label: "No" }]);

const NO_YES: Domain =
    Domain::Choice(&[Choice { name: "false", label: "No" }, Choice { name: "true", label: "Yes" }]);

/// The settings of the cluster.
pub(super) const SERVER: &[Knob] = &join::<{ CLUSTER.len() + group::GROUP.len() }>(&[&CLUSTER, group::GROUP]);

const CLUSTER: [Knob; 6] = [
    Knob {
        name: "brokers",
        label: "Brokers",
        domain: Domain::Whole { min: 1, max: 9, default: 3, unit: Unit::Plain, scale: Scale::Linear },
        meaning: "How many brokers there are. Replicas of partitions go to them in turn.",
        live: false,
        source: "docs: design, Replication",
        ..Knob::PLAIN
    },
    Knob {
        name: "replication-delay",
        label: "Replication delay",
        domain: millis(0, 60_000, 0),
        meaning: "How long it takes until followers have what the leader appended, and it knows.",
        source: "docs: design, Replication",
        ..Knob::PLAIN
    },
    Knob {
        name: "broker.session.timeout.ms",
        label: "Session of a broker",
        domain: millis(1000, 600_000, 9000),
        meaning: "A broker that was not heard of for so long counts as dead: others lead in its place.",
        source: BROKER,
        ..Knob::PLAIN
    },
    Knob {
        name: "replica.lag.time.max.ms",
        label: "Longest lag of a replica",
        domain: millis(1000, 600_000, 30_000),
        meaning: "A replica that is behind and has copied nothing for so long is in sync no more.",
        source: BROKER,
        ..Knob::PLAIN
    },
    Knob {
        name: "log.retention.check.interval.ms",
        label: "Check of retention",
        domain: millis(1000, 3_600_000, 300_000),
        meaning: "How often logs are looked at for segments that have had their time.",
        source: BROKER,
        ..Knob::PLAIN
    },
    Knob {
        name: "log.cleaner.backoff.ms",
        label: "Pause of the cleaner",
        domain: millis(100, 3_600_000, 15_000),
        meaning: "How often the cleaner looks for logs that are dirty enough.",
        source: BROKER,
        ..Knob::PLAIN
    },
];

/// The settings of a topic.
pub(super) const TOPIC: &[Knob] = &[
    Knob {
        name: "partitions",
        label: "Partitions",
        domain: whole(1, 1000, 1, Unit::Plain),
        meaning: "How many logs it consists of. There can be more later, never fewer; keys move, records do not.",
        scope: Scope::Queue,
        source: TOPICS,
        ..Knob::PLAIN
    },
    Knob {
        name: "replication.factor",
        label: "Replicas",
        domain: Domain::Whole { min: 1, max: 9, default: 1, unit: Unit::Plain, scale: Scale::Linear },
        meaning: "On how many brokers each partition is; no more than there are brokers.",
        scope: Scope::Queue,
        live: false,
        source: TOPICS,
        ..Knob::PLAIN
    },
    Knob {
        name: "min.insync.replicas",
        label: "In-sync replicas needed",
        domain: Domain::Whole { min: 1, max: 9, default: 1, unit: Unit::Plain, scale: Scale::Linear },
        meaning: "With fewer replicas in sync acks=all is refused, and since 3.7 nothing new can be read.",
        scope: Scope::Queue,
        source: TOPICS,
        ..Knob::PLAIN
    },
    Knob {
        name: "unclean.leader.election.enable",
        label: "Unclean election",
        domain: NO_YES,
        meaning: "Whether a replica may lead that is not in sync, if no other is left: what it lacks is lost.",
        scope: Scope::Queue,
        source: TOPICS,
        ..Knob::PLAIN
    },
    Knob {
        name: "segment.bytes",
        label: "Segment size",
        domain: whole(1, i32::MAX, 1 << 30, Unit::Bytes),
        meaning: "A segment is closed when it would get larger. Retention removes whole segments.",
        scope: Scope::Queue,
        source: TOPICS,
        ..Knob::PLAIN
    },
    Knob {
        name: "segment.ms",
        label: "Segment age",
        domain: millis(1, i32::MAX, 604_800_000),
        meaning: "A segment is closed by the first record that comes when it is older.",
        scope: Scope::Queue,
        source: TOPICS,
        ..Knob::PLAIN
    },
    Knob {
        name: "retention.ms",
        label: "Retention by time",
        domain: millis(0, i32::MAX, 604_800_000),
        meaning: "Segments whose latest record is older are removed, read or not.",
        scope: Scope::Queue,
        unset: Some("604800000, seven days"),
        source: TOPICS,
        ..Knob::PLAIN
    },
    Knob {
        name: "retention.bytes",
        label: "Retention by size",
        domain: whole(0, i32::MAX, 1 << 30, Unit::Bytes),
        meaning: "The oldest segments are removed while the partition is as large without them, read or not.",
        scope: Scope::Queue,
        unset: Some("-1, no limit"),
        source: TOPICS,
        ..Knob::PLAIN
    },
    Knob {
        name: "cleanup.policy",
        label: "Clean-up",
        domain: Domain::Choice(&[
            Choice { name: "delete", label: "Delete by age and size" },
            Choice { name: "compact", label: "Keep the latest of each key" },
            Choice { name: "compact,delete", label: "Both" },
        ]),
        meaning: "Whether segments are removed by retention, or records by later ones of their key.",
        scope: Scope::Queue,
        source: TOPICS,
        ..Knob::PLAIN
    },
    Knob {
        name: "min.cleanable.dirty.ratio",
        label: "Dirty share",
        domain: Domain::Real { min: 0.0, max: 1.0, default: 0.5, unit: Unit::Share, scale: Scale::Linear },
        meaning: "A log is cleaned when a greater share of it was appended since the last time.",
        scope: Scope::Queue,
        source: TOPICS,
        ..Knob::PLAIN
    },
    Knob {
        name: "delete.retention.ms",
        label: "Grace of tombstones",
        domain: millis(0, i32::MAX, 86_400_000),
        meaning: "How long a record without a value stays after it was first cleaned.",
        scope: Scope::Queue,
        source: TOPICS,
        ..Knob::PLAIN
    },
    Knob {
        name: "max.message.bytes",
        label: "Largest record",
        domain: whole(1, i32::MAX, 1_048_588, Unit::Bytes),
        meaning: "Larger records are refused.",
        scope: Scope::Queue,
        source: TOPICS,
        ..Knob::PLAIN
    },
];

/// The settings of one that sends.
pub(super) const PRODUCER: &[Knob] = &[
    Knob {
        name: "acks",
        label: "Acknowledgements",
        domain: Domain::Choice(&[
            Choice { name: "all", label: "All in-sync replicas (all)" },
            Choice { name: "1", label: "The leader (1)" },
            Choice { name: "0", label: "None (0)" },
        ]),
        meaning: "Who must have a record before it counts as sent.",
        scope: Scope::Producer,
        source: PRODUCERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "enable.idempotence",
        label: "Idempotence",
        domain: YES_NO,
        meaning: "Whether what is sent again is stored once and in order. It needs acks=all, retries and at most 5 requests in flight.",
        scope: Scope::Producer,
        unset: Some("true, unless another setting rules it out"),
        live: false,
        source: PRODUCERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "max.in.flight.requests.per.connection",
        label: "Requests in flight",
        domain: whole(1, 100, 5, Unit::Plain),
        meaning: "How many batches of a partition are under way at once. Without idempotence a retry can reorder them.",
        scope: Scope::Producer,
        source: PRODUCERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "retries",
        label: "Retries",
        domain: whole(0, i32::MAX, i32::MAX, Unit::Attempts),
        meaning: "How often a batch is sent again, within delivery.timeout.ms.",
        scope: Scope::Producer,
        source: PRODUCERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "retry.backoff.ms",
        label: "Pause before a retry",
        domain: millis(1, 60_000, 100),
        meaning: "How long to wait before a batch is sent again; doubled each time, up to a second.",
        scope: Scope::Producer,
        source: PRODUCERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "request.timeout.ms",
        label: "Wait for an answer",
        domain: millis(1, 3_600_000, 30_000),
        meaning: "How long to wait for the answer to a batch.",
        scope: Scope::Producer,
        source: PRODUCERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "delivery.timeout.ms",
        label: "Time to deliver",
        domain: millis(1, i32::MAX, 120_000),
        meaning: "A batch that is not acknowledged by then has failed. At least linger.ms + request.timeout.ms.",
        scope: Scope::Producer,
        source: PRODUCERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "linger.ms",
        label: "Wait for a batch",
        domain: millis(0, 60_000, 0),
        meaning: "How long a batch waits for more records.",
        scope: Scope::Producer,
        since: &[("4.0", Value::Number(5.0))],
        source: "docs: Producer Configs; KIP-1030",
        ..Knob::PLAIN
    },
    Knob {
        name: "batch.size",
        label: "Batch size",
        domain: whole(0, i32::MAX, 16_384, Unit::Bytes),
        meaning: "A batch as large as that is sent at once. Records without a key stay on a partition for so long.",
        scope: Scope::Producer,
        source: PRODUCERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "buffer.memory",
        label: "Buffer",
        domain: whole(1, i32::MAX, 33_554_432, Unit::Bytes),
        meaning: "How much waits to be acknowledged. When it is full, send() blocks.",
        scope: Scope::Producer,
        source: PRODUCERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "max.block.ms",
        label: "Longest block",
        domain: millis(0, i32::MAX, 60_000),
        meaning: "A send() that is blocked for so long has failed.",
        scope: Scope::Producer,
        source: PRODUCERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "partitioner",
        label: "Hash of keys",
        domain: Domain::Choice(&[
            Choice { name: "murmur2", label: "murmur2 (Java)" },
            Choice { name: "consistent_random", label: "CRC32 (librdkafka)" },
        ]),
        meaning: "How the client finds the partition of a key. Clients that differ break the order of a key.",
        scope: Scope::Producer,
        source: "BuiltInPartitioner; librdkafka: partitioner",
        ..Knob::PLAIN
    },
    Knob {
        name: "partitioner.ignore.keys",
        label: "Ignore keys",
        domain: NO_YES,
        meaning: "Whether records with a key are spread like those without.",
        scope: Scope::Producer,
        source: PRODUCERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "partitioner.adaptive.partitioning.enable",
        label: "Adaptive",
        domain: YES_NO,
        meaning: "Whether partitions with fewer batches waiting are picked more often for records without a key.",
        scope: Scope::Producer,
        source: PRODUCERS,
        ..Knob::PLAIN
    },
];
