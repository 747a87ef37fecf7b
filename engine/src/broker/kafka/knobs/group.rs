//! The settings of the coordinator of groups.

use crate::knob::{Domain, Knob, Unit};

use super::{BROKER, millis, whole};

/// The settings of the coordinator.
pub(super) const GROUP: &[Knob] = &[
    Knob {
        name: "group.initial.rebalance.delay.ms",
        label: "First rebalance waits",
        domain: millis(0, 600_000, 3000),
        meaning: "How long an empty group waits for further members before it shares out; as long again while some come.",
        source: BROKER,
        ..Knob::PLAIN
    },
    Knob {
        name: "group.min.session.timeout.ms",
        label: "Shortest session of a member",
        domain: millis(1, 1_800_000, 6000),
        meaning: "A member with a shorter session.timeout.ms is refused.",
        source: BROKER,
        ..Knob::PLAIN
    },
    Knob {
        name: "group.max.session.timeout.ms",
        label: "Longest session of a member",
        domain: millis(1, i32::MAX, 1_800_000),
        meaning: "A member with a longer session.timeout.ms is refused.",
        source: BROKER,
        ..Knob::PLAIN
    },
    Knob {
        name: "offsets.retention.minutes",
        label: "Offsets are kept",
        domain: MINUTES,
        meaning: "How long, in minutes, a group without members keeps what it has committed.",
        source: BROKER,
        ..Knob::PLAIN
    },
    Knob {
        name: "group.consumer.session.timeout.ms",
        label: "Session (newer protocol)",
        domain: millis(1000, 600_000, 45_000),
        meaning: "A member of the newer protocol that was not heard of for so long is gone.",
        source: "docs: Broker Configs; KIP-848",
        ..Knob::PLAIN
    },
    Knob {
        name: "group.consumer.heartbeat.interval.ms",
        label: "Heartbeat (newer protocol)",
        domain: millis(100, 60_000, 5000),
        meaning: "How often members of the newer protocol are to be heard of.",
        source: "docs: Broker Configs; KIP-848",
        ..Knob::PLAIN
    },
];

const MINUTES: Domain = whole(1, 10_000_000, 10_080, Unit::Plain);
