//! The settings, each declared once: those of the server as `redis.conf` spells them, those of calls by the names of
//! their options, and those of clients, which are the application's own.

use crate::knob::{Choice, Domain, Knob, Scale, Scope, Unit};

/// `redis.conf`.
const CONF: &str = "redis.conf";

/// The settings of the server.
pub(super) const SERVER: &[Knob] = &[
    Knob {
        name: "maxmemory",
        label: "Memory limit",
        domain: bytes(0),
        meaning: "What would use more memory is refused with OOM; 0 is no limit. The policy is noeviction.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "appendonly",
        label: "Append-only file",
        domain: Domain::Choice(&[Choice { name: "no", label: "No" }, Choice { name: "yes", label: "Yes" }]),
        meaning: "Whether each change is written to a file from which it returns after a restart.",
        source: "docs: management/persistence",
        ..Knob::PLAIN
    },
    Knob {
        name: "appendfsync",
        label: "Sync of that file",
        domain: Domain::Choice(&[
            Choice { name: "everysec", label: "Every second" },
            Choice { name: "always", label: "Before each answer" },
        ]),
        meaning: "When the append-only file is on disk for sure: a crash loses what came after that.",
        source: "docs: management/persistence",
        ..Knob::PLAIN
    },
    Knob {
        name: "save",
        label: "Snapshots",
        domain: Domain::Text { default: "3600 1 300 100 60 10000" },
        meaning: "Seconds and changes after which a snapshot is saved, in pairs; empty for none.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "client-output-buffer-limit",
        label: "Output buffer of a subscriber",
        domain: Domain::Text { default: "pubsub 32mb 8mb 60" },
        meaning: "The class pubsub, a hard limit, a soft limit and seconds: a subscriber that is further behind is disconnected.",
        source: "docs: reference/clients",
        ..Knob::PLAIN
    },
    Knob {
        name: "tcp-buffer",
        label: "Socket buffers",
        domain: bytes(4 << 20),
        meaning: "What the sockets of a connection hold before anything stays in the output buffer.",
        source: "the operating system's: tcp_rmem, tcp_wmem",
        ..Knob::PLAIN
    },
    Knob {
        name: "stream-node-max-entries",
        label: "Entries in a node of a stream",
        domain: whole(0, 100_000, 100, Unit::Messages),
        meaning: "Approximate trimming removes whole nodes of so many entries; 0 is no limit.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "stream-node-max-bytes",
        label: "Bytes in a node of a stream",
        domain: bytes(4096),
        meaning: "A node is full at so many bytes, too; 0 is no limit.",
        source: CONF,
        ..Knob::PLAIN
    },
];

/// The settings of one that sends.
pub(super) const PRODUCER: &[Knob] = &[
    Knob {
        name: "push",
        label: "Push (list)",
        domain: Domain::Choice(&[
            Choice { name: "LPUSH", label: "LPUSH, at the head" },
            Choice { name: "RPUSH", label: "RPUSH, at the tail" },
        ]),
        meaning: "At which end of a list it puts its messages.",
        scope: Scope::Producer,
        source: "docs: LPUSH, RPUSH",
        ..Knob::PLAIN
    },
    Knob {
        name: "LTRIM",
        label: "Length (list)",
        domain: whole(1, 1_000_000, 1000, Unit::Messages),
        meaning: "After each push the list is trimmed to so many, dropping those at the other end.",
        scope: Scope::Producer,
        unset: Some("the list is not trimmed"),
        source: "docs: LTRIM",
        ..Knob::PLAIN
    },
    Knob {
        name: "MAXLEN",
        label: "Length (stream)",
        domain: whole(0, 1_000_000, 1000, Unit::Messages),
        meaning: "With each XADD the stream is trimmed to so many entries, the oldest first, pending or not.",
        scope: Scope::Producer,
        unset: Some("the stream is not trimmed"),
        source: "docs: XADD",
        ..Knob::PLAIN
    },
    Knob {
        name: "trim",
        label: "Trimming (stream)",
        domain: Domain::Choice(&[
            Choice { name: "~", label: "Whole nodes (~)" },
            Choice { name: "=", label: "Exactly (=)" },
        ]),
        meaning: "Whether MAXLEN is met exactly, or only whole nodes are removed.",
        scope: Scope::Producer,
        source: "docs: XTRIM",
        ..Knob::PLAIN
    },
    Knob {
        name: "references",
        label: "References of groups (stream)",
        domain: Domain::Choice(&[
            Choice { name: "KEEPREF", label: "KEEPREF" },
            Choice { name: "DELREF", label: "DELREF" },
            Choice { name: "ACKED", label: "ACKED" },
        ]),
        meaning: "What trimming does to what is pending: nothing, forget it too, or spare it. From 8.2 on.",
        scope: Scope::Producer,
        source: "docs: XADD, since 8.2",
        ..Knob::PLAIN
    },
    Knob {
        name: "IDMP",
        label: "Add once (stream)",
        domain: ON_OFF,
        meaning: "Whether a message that is sent again within 100 s is recognized and not added twice. From 8.6 on.",
        scope: Scope::Producer,
        source: "docs: streams/idempotency, since 8.6",
        ..Knob::PLAIN
    },
];

/// The settings of one that consumes.
pub(super) const CONSUMER: &[Knob] = &[
    Knob {
        name: "command",
        label: "Take (list)",
        domain: Domain::Choice(&[
            Choice { name: "BRPOP", label: "BRPOP: at most once" },
            Choice { name: "BLPOP", label: "BLPOP: at most once" },
            Choice { name: "BLMOVE", label: "BLMOVE: at least once" },
        ]),
        meaning: "Whether a message is popped, or moved to a processing list until it is done.",
        scope: Scope::Consumer,
        source: "docs: BRPOP, BLMOVE",
        ..Knob::PLAIN
    },
    Knob {
        name: "heartbeat-ttl",
        label: "Heartbeat (BLMOVE)",
        domain: seconds(30.0),
        meaning: "So long after a worker is gone a reaper brings back what is in its processing list.",
        scope: Scope::Consumer,
        source: "the pattern of the page of LMOVE",
        ..Knob::PLAIN
    },
    Knob {
        name: "group",
        label: "Group (stream)",
        domain: Domain::Text { default: "" },
        meaning: "The consumer group; if empty, it is called as the consumer is. Each group gets every entry.",
        scope: Scope::Consumer,
        live: false,
        source: "docs: XGROUP CREATE",
        ..Knob::PLAIN
    },
    Knob {
        name: "start",
        label: "Start (stream)",
        domain: Domain::Choice(&[
            Choice { name: "0", label: "0: all there is" },
            Choice { name: "$", label: "$: only what is new" },
        ]),
        meaning: "Where the group begins to read when it is created.",
        scope: Scope::Consumer,
        live: false,
        source: "docs: XGROUP CREATE",
        ..Knob::PLAIN
    },
    Knob {
        name: "COUNT",
        label: "COUNT (stream)",
        domain: whole(1, 10_000, 10, Unit::Messages),
        meaning: "How many entries a worker reads at a time, at most. It works them off one by one.",
        scope: Scope::Call,
        source: "docs: XREADGROUP",
        ..Knob::PLAIN
    },
    Knob {
        name: "BLOCK",
        label: "BLOCK (stream)",
        domain: whole(0, 600_000, 2000, Unit::Milliseconds),
        meaning: "How long a worker waits for entries before it looks for idle ones; 0 is for ever.",
        scope: Scope::Call,
        source: "docs: XREADGROUP",
        ..Knob::PLAIN
    },
    Knob {
        name: "NOACK",
        label: "NOACK (stream)",
        domain: ON_OFF,
        meaning: "Whether what is read counts as acknowledged at once: at most once.",
        scope: Scope::Call,
        source: "docs: XREADGROUP",
        ..Knob::PLAIN
    },
    Knob {
        name: "claim",
        label: "Claiming (stream)",
        domain: Domain::Choice(&[
            Choice { name: "XAUTOCLAIM", label: "XAUTOCLAIM, now and then" },
            Choice { name: "CLAIM", label: "XREADGROUP CLAIM, with each read" },
            Choice { name: "none", label: "Nobody" },
        ]),
        meaning: "Who takes over what others left pending. XREADGROUP CLAIM is there from 8.4 on.",
        scope: Scope::Consumer,
        source: "docs: XAUTOCLAIM, XREADGROUP",
        ..Knob::PLAIN
    },
    Knob {
        name: "min-idle-time",
        label: "Idle time (stream)",
        domain: whole(0, 86_400_000, 30_000, Unit::Milliseconds),
        meaning: "How long an entry must have been pending before another worker takes it over.",
        scope: Scope::Call,
        source: "docs: XAUTOCLAIM",
        ..Knob::PLAIN
    },
    Knob {
        name: "claim-every",
        label: "Period (XAUTOCLAIM)",
        domain: seconds(5.0),
        meaning: "How often a worker looks for idle entries, between two reads.",
        scope: Scope::Consumer,
        source: "the application's own",
        ..Knob::PLAIN
    },
    Knob {
        name: "give-back",
        label: "Failed entries (stream)",
        domain: Domain::Choice(&[
            Choice { name: "pending", label: "Stay pending" },
            Choice { name: "XNACK", label: "XNACK FAIL" },
        ]),
        meaning: "Whether a failed entry waits for its idle time, or can be claimed at once. XNACK is there from 8.8 on.",
        scope: Scope::Consumer,
        source: "docs: XNACK, since 8.8",
        ..Knob::PLAIN
    },
    Knob {
        name: "pattern",
        label: "Pattern (channel)",
        domain: Domain::Text { default: "" },
        meaning: "A glob that the worker is subscribed to by PSUBSCRIBE, in place of the channel itself.",
        scope: Scope::Consumer,
        live: false,
        source: "docs: PSUBSCRIBE",
        ..Knob::PLAIN
    },
];

const ON_OFF: Domain =
    Domain::Choice(&[Choice { name: "off", label: "Off" }, Choice { name: "on", label: "On" }]);

const fn whole(min: i32, max: i32, default: i32, unit: Unit) -> Domain {
    Domain::Whole { min, max, default, unit, scale: Scale::Logarithmic }
}

const fn bytes(default: i32) -> Domain {
    whole(0, i32::MAX, default, Unit::Bytes)
}

const fn seconds(default: f64) -> Domain {
    Domain::Real { min: 0.01, max: 86_400.0, default, unit: Unit::Seconds, scale: Scale::Logarithmic }
}
