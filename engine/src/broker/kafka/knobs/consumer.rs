//! The settings of one that consumes.

use crate::knob::{Choice, Domain, Knob, Scope, Unit};

use super::{YES_NO, millis, whole};

const CONSUMERS: &str = "docs: Consumer Configs";

/// The settings of one that consumes.
pub(in super::super) const CONSUMER: &[Knob] = &[
    Knob {
        name: "group.id",
        label: "Group",
        domain: Domain::Text { default: "" },
        meaning: "The group that its workers are members of; its own name if it is not set.",
        scope: Scope::Consumer,
        live: false,
        source: CONSUMERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "client.id",
        label: "Client id",
        domain: Domain::Text { default: "" },
        meaning: "What the ids of its members begin with; its own name if it is not set. Assignors go by these ids.",
        scope: Scope::Consumer,
        live: false,
        source: CONSUMERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "group.instance.id",
        label: "Static member",
        domain: Domain::Text { default: "" },
        meaning: "The id of its first worker without -1: a member that is back within its session keeps what it had.",
        scope: Scope::Consumer,
        live: false,
        source: "docs: Consumer Configs; KIP-345",
        ..Knob::PLAIN
    },
    Knob {
        name: "group.protocol",
        label: "Protocol of the group",
        domain: Domain::Choice(&[
            Choice { name: "classic", label: "Classic" },
            Choice { name: "consumer", label: "Newer (KIP-848)" },
        ]),
        meaning: "Whether members share out among themselves, all at once, or the broker does, one by one.",
        scope: Scope::Consumer,
        live: false,
        source: "docs: Consumer Configs; KIP-848",
        ..Knob::PLAIN
    },
    Knob {
        name: "partition.assignment.strategy",
        label: "Assignor",
        domain: Domain::Choice(&[
            Choice { name: "range,cooperative-sticky", label: "Range, then cooperative sticky" },
            Choice { name: "range", label: "Range" },
            Choice { name: "roundrobin", label: "Round robin" },
            Choice { name: "sticky", label: "Sticky" },
            Choice { name: "cooperative-sticky", label: "Cooperative sticky" },
        ]),
        meaning: "How partitions are shared out. All but the last stop the whole group for that.",
        scope: Scope::Consumer,
        live: false,
        source: CONSUMERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "group.remote.assignor",
        label: "Assignor (newer protocol)",
        domain: Domain::Choice(&[
            Choice { name: "uniform", label: "Uniform" },
            Choice { name: "range", label: "Range" },
        ]),
        meaning: "How the broker shares out partitions.",
        scope: Scope::Consumer,
        live: false,
        source: "docs: Consumer Configs; KIP-848",
        ..Knob::PLAIN
    },
    Knob {
        name: "auto.offset.reset",
        label: "Without an offset",
        domain: Domain::Choice(&[
            Choice { name: "latest", label: "Only what comes (latest)" },
            Choice { name: "earliest", label: "All there is (earliest)" },
            Choice { name: "none", label: "Fail (none)" },
        ]),
        meaning: "Where to start if nothing was committed, or if what was is not there any more.",
        scope: Scope::Consumer,
        source: CONSUMERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "enable.auto.commit",
        label: "Automatic commits",
        domain: YES_NO,
        meaning: "Whether a poll commits what the polls before it have returned, every now and then.",
        scope: Scope::Consumer,
        source: CONSUMERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "auto.commit.interval.ms",
        label: "Commits every",
        domain: millis(1, 3_600_000, 5000),
        meaning: "How often it commits by itself.",
        scope: Scope::Consumer,
        source: CONSUMERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "commit",
        label: "Own commits",
        domain: Domain::Choice(&[
            Choice { name: "batch", label: "After each poll's records" },
            Choice { name: "record", label: "After each record" },
            Choice { name: "before", label: "Before processing" },
            Choice { name: "never", label: "Never" },
        ]),
        meaning: "When the application commits, without automatic commits.",
        scope: Scope::Consumer,
        source: "KafkaConsumer.commitSync",
        ..Knob::PLAIN
    },
    Knob {
        name: "max.poll.records",
        label: "Records of a poll",
        domain: whole(1, 100_000, 500, Unit::Messages),
        meaning: "How many records a poll returns at most. It does not change what is fetched.",
        scope: Scope::Consumer,
        source: CONSUMERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "max.poll.interval.ms",
        label: "Longest pause between polls",
        domain: millis(1, 86_400_000, 300_000),
        meaning: "Who has not polled for so long leaves its group. It is also how long a rebalance waits for it.",
        scope: Scope::Consumer,
        source: CONSUMERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "session.timeout.ms",
        label: "Session",
        domain: millis(1, 1_800_000, 45_000),
        meaning: "A member that was not heard of for so long is removed from its group.",
        scope: Scope::Consumer,
        live: false,
        source: CONSUMERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "heartbeat.interval.ms",
        label: "Heartbeat",
        domain: millis(1, 600_000, 3000),
        meaning: "How often a member is heard of, and learns of a rebalance.",
        scope: Scope::Consumer,
        source: CONSUMERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "isolation.level",
        label: "Transactions",
        domain: Domain::Choice(&[
            Choice { name: "read_uncommitted", label: "Read all" },
            Choice { name: "read_committed", label: "Read what is committed" },
        ]),
        meaning: "Whether it is shown what belongs to open and to aborted transactions.",
        scope: Scope::Consumer,
        live: false,
        source: CONSUMERS,
        ..Knob::PLAIN
    },
    Knob {
        name: "max.partition.fetch.bytes",
        label: "Bytes of a fetch",
        domain: whole(1, i32::MAX, 1_048_576, Unit::Bytes),
        meaning: "How much is fetched ahead of each partition at a time; one record in any case.",
        scope: Scope::Consumer,
        source: CONSUMERS,
        ..Knob::PLAIN
    },
];
