//! The settings of Pub/Sub: those of the service, of topics and subscriptions, of links, and of the clients.

use crate::knob::{Choice, Domain, Knob, Scale, Scope, Unit, Value};

/// The versions of the API.
pub const VERSIONS: &[&str] = &["v1"];

const fn whole(min: i32, max: i32, default: i32, unit: Unit, scale: Scale) -> Domain {
    Domain::Whole { min, max, default, unit, scale }
}

const fn seconds(min: f64, max: f64, default: f64) -> Domain {
    Domain::Real { min, max, default, unit: Unit::Seconds, scale: Scale::Linear }
}

const NEVER: Domain =
    Domain::Real { min: 0.0, max: 1.0, default: 0.0, unit: Unit::Share, scale: Scale::Linear };

const FALSE_OR_TRUE: Domain =
    Domain::Choice(&[Choice { name: "false", label: "No" }, Choice { name: "true", label: "Yes" }]);

/// The settings of the service as a whole: what it does only approximately, and what goes wrong. They have no names in
/// its API.
pub const SERVICE: &[Knob] = &[
    Knob {
        name: "jitter",
        label: "Best effort",
        domain: Domain::Choice(&[
            Choice { name: "off", label: "Exact" },
            Choice { name: "on", label: "Approximate" },
        ]),
        meaning: "Whether deadlines, backoffs, delivery counts and extensions are approximate, as in the service.",
        source: "Pub/Sub reference, Subscription: ackDeadlineSeconds, RetryPolicy, DeadLetterPolicy are best effort",
        ..Knob::PLAIN
    },
    Knob {
        name: "lost-acks",
        label: "Forgotten acknowledgements",
        domain: NEVER,
        meaning: "How likely an acknowledgement is answered and forgotten; not with exactly-once delivery.",
        source: "Pub/Sub reference, Acknowledge; exactly-once-delivery",
        ..Knob::PLAIN
    },
    Knob {
        name: "lost-replies",
        label: "Publishes unanswered",
        domain: NEVER,
        meaning: "How likely a publish is done and its answer lost, so that the client sends it again.",
        source: "Pub/Sub guide, publisher: retry requests",
        ..Knob::PLAIN
    },
    Knob {
        name: "unavailable",
        label: "Publishes fail for now",
        domain: NEVER,
        meaning: "How likely a publish fails with UNAVAILABLE, so that the client tries again.",
        source: "Pub/Sub guide, publisher: retry requests",
        ..Knob::PLAIN
    },
    Knob {
        name: "publish-errors",
        label: "Publishes fail for good",
        domain: NEVER,
        meaning: "How likely a publish fails for good. It pauses its ordering key.",
        source: "google-cloud-pubsub, ordered sequencer",
        ..Knob::PLAIN
    },
];

/// The settings of a topic.
pub const TOPIC: &[Knob] = &[Knob {
    name: "messageRetentionDuration",
    label: "Retention of the topic",
    domain: whole(600, 2_678_400, 604_800, Unit::Seconds, Scale::Logarithmic),
    meaning: "How long the topic keeps all that is published, for any of its subscriptions to seek back to.",
    scope: Scope::Queue,
    unset: Some("it keeps nothing"),
    source: "Pub/Sub reference, Topic",
    ..Knob::PLAIN
}];

/// The settings of a subscription.
pub const SUBSCRIPTION: &[Knob] = &[
    Knob {
        name: "ackDeadlineSeconds",
        label: "Ack deadline",
        domain: whole(10, 600, 10, Unit::Seconds, Scale::Logarithmic),
        meaning: "How long a client has to acknowledge or extend, unless its library says otherwise.",
        scope: Scope::Queue,
        source: "Pub/Sub reference, Subscription",
        ..Knob::PLAIN
    },
    Knob {
        name: "minimumBackoff",
        label: "Minimum backoff",
        domain: seconds(0.0, 600.0, 10.0),
        meaning: "How long a message waits after its first failure; each further wait is twice as long.",
        scope: Scope::Queue,
        unset: Some("no wait, or 10 s if there is a maximum"),
        source: "Pub/Sub reference, RetryPolicy",
        ..Knob::PLAIN
    },
    Knob {
        name: "maximumBackoff",
        label: "Maximum backoff",
        domain: seconds(0.0, 600.0, 600.0),
        meaning: "The longest that a message waits after a failure.",
        scope: Scope::Queue,
        unset: Some("no wait, or 600 s if there is a minimum"),
        source: "Pub/Sub reference, RetryPolicy",
        ..Knob::PLAIN
    },
    Knob {
        name: "messageRetentionDuration",
        label: "Retention",
        domain: whole(600, 2_678_400, 604_800, Unit::Seconds, Scale::Logarithmic),
        meaning: "How long what is not acknowledged is kept, unless the topic keeps it longer.",
        scope: Scope::Queue,
        source: "Pub/Sub reference, Subscription",
        ..Knob::PLAIN
    },
    Knob {
        name: "retainAckedMessages",
        label: "Retain acknowledged",
        domain: FALSE_OR_TRUE,
        meaning: "Whether what is acknowledged is kept as long, to seek back to.",
        scope: Scope::Queue,
        source: "Pub/Sub reference, Subscription",
        ..Knob::PLAIN
    },
    Knob {
        name: "expirationPolicy.ttl",
        label: "Expires when idle for",
        domain: whole(86_400, 31_536_000, 2_678_400, Unit::Seconds, Scale::Logarithmic),
        meaning: "After how long without any client a subscription is deleted, with its backlog.",
        scope: Scope::Queue,
        unset: Some("never"),
        since: &[("v1", Value::Number(2_678_400.0))],
        source: "Pub/Sub reference, ExpirationPolicy",
        ..Knob::PLAIN
    },
    Knob {
        name: "enableMessageOrdering",
        label: "Message ordering",
        domain: FALSE_OR_TRUE,
        meaning: "Whether messages of one ordering key are delivered in their order.",
        scope: Scope::Queue,
        live: false,
        source: "Pub/Sub guide, ordering",
        ..Knob::PLAIN
    },
    Knob {
        name: "enableExactlyOnceDelivery",
        label: "Exactly-once delivery",
        domain: FALSE_OR_TRUE,
        meaning: "Whether an acknowledgement is reliable, and fails visibly when its lease is over.",
        scope: Scope::Queue,
        source: "Pub/Sub guide, exactly-once-delivery",
        ..Knob::PLAIN
    },
    Knob {
        name: "filter",
        label: "Filter",
        domain: Domain::Text { default: "" },
        meaning: "Which messages it gets, by attributes; the others are acknowledged at once. attributes.key = \"1\".",
        scope: Scope::Queue,
        live: false,
        source: "Pub/Sub guide, filtering",
        ..Knob::PLAIN
    },
];

/// The settings of a link: from a topic to a subscription it has none that count, from a subscription to a topic it is
/// the dead-letter policy.
pub const LINK: &[Knob] = &[
    Knob {
        name: "maxDeliveryAttempts",
        label: "Delivery attempts",
        domain: whole(5, 100, 5, Unit::Attempts, Scale::Linear),
        meaning: "How often a message is delivered before it goes to the dead-letter topic.",
        scope: Scope::Queue,
        source: "Pub/Sub reference, DeadLetterPolicy",
        ..Knob::PLAIN
    },
    Knob {
        name: "permission",
        label: "Permission to forward",
        domain: Domain::Choice(&[
            Choice { name: "granted", label: "Granted" },
            Choice { name: "missing", label: "Missing" },
        ]),
        meaning: "Whether the service account may forward dead letters; if not, attempts are not counted.",
        scope: Scope::Queue,
        source: "Pub/Sub guide, handling-failures",
        ..Knob::PLAIN
    },
];

/// The settings of one that publishes: those of the Python client library.
pub const PRODUCER: &[Knob] = &[
    Knob {
        name: "ordering_key",
        label: "Ordering key",
        domain: Domain::Choice(&[
            Choice { name: "none", label: "None" },
            Choice { name: "key", label: "The message's key" },
            Choice { name: "one", label: "One for all" },
        ]),
        meaning: "What messages are published with as their ordering key.",
        scope: Scope::Producer,
        source: "google-cloud-pubsub, PublisherClient.publish",
        ..Knob::PLAIN
    },
    Knob {
        name: "max_messages",
        label: "Batch",
        domain: whole(1, 1000, 100, Unit::Messages, Scale::Logarithmic),
        meaning: "How many messages make a batch that is published at once.",
        scope: Scope::Producer,
        source: "google-cloud-pubsub, BatchSettings",
        ..Knob::PLAIN
    },
    Knob {
        name: "max_bytes",
        label: "Batch in bytes",
        domain: whole(1, 10_000_000, 1_000_000, Unit::Bytes, Scale::Logarithmic),
        meaning: "How many bytes make a batch that is published at once.",
        scope: Scope::Producer,
        source: "google-cloud-pubsub, BatchSettings",
        ..Knob::PLAIN
    },
    Knob {
        name: "max_latency",
        label: "Batch at the latest after",
        domain: seconds(0.0, 60.0, 0.01),
        meaning: "How long a batch waits for more messages.",
        scope: Scope::Producer,
        source: "google-cloud-pubsub, BatchSettings",
        ..Knob::PLAIN
    },
    Knob {
        name: "message_limit",
        label: "Flow control",
        domain: whole(1, 100_000, 1000, Unit::Messages, Scale::Logarithmic),
        meaning: "How many messages can be published and not confirmed.",
        scope: Scope::Producer,
        source: "google-cloud-pubsub, PublishFlowControl",
        ..Knob::PLAIN
    },
    Knob {
        name: "byte_limit",
        label: "Flow control in bytes",
        domain: whole(1, 1_000_000_000, 10_000_000, Unit::Bytes, Scale::Logarithmic),
        meaning: "How many bytes can be published and not confirmed.",
        scope: Scope::Producer,
        source: "google-cloud-pubsub, PublishFlowControl",
        ..Knob::PLAIN
    },
    Knob {
        name: "limit_exceeded_behavior",
        label: "Without room",
        domain: Domain::Choice(&[
            Choice { name: "ignore", label: "Ignore the limits" },
            Choice { name: "block", label: "Block" },
            Choice { name: "error", label: "Fail" },
        ]),
        meaning: "What becomes of a message for which flow control has no room.",
        scope: Scope::Producer,
        source: "google-cloud-pubsub, LimitExceededBehavior",
        ..Knob::PLAIN
    },
    Knob {
        name: "resume_publish",
        label: "Resumes a paused key after",
        domain: seconds(0.0, 3600.0, 0.0),
        meaning: "When the application resumes publishing of an ordering key that has failed.",
        scope: Scope::Producer,
        unset: Some("never"),
        since: &[("v1", Value::Number(0.0))],
        source: "google-cloud-pubsub, PublisherClient.resume_publish",
        ..Knob::PLAIN
    },
];

/// The settings of one that consumes: those of the Python client library.
pub const CONSUMER: &[Knob] = &[
    Knob {
        name: "max_messages",
        label: "Flow control",
        domain: whole(1, 100_000, 1000, Unit::Messages, Scale::Logarithmic),
        meaning: "How many messages a worker's stream can have outstanding; the rest is left for others.",
        scope: Scope::Consumer,
        source: "google-cloud-pubsub, FlowControl",
        ..Knob::PLAIN
    },
    Knob {
        name: "max_bytes",
        label: "Flow control in bytes",
        domain: whole(1, 1_073_741_824, 104_857_600, Unit::Bytes, Scale::Logarithmic),
        meaning: "How many bytes a worker's stream can have outstanding; the last message may exceed it.",
        scope: Scope::Consumer,
        source: "google-cloud-pubsub, FlowControl",
        ..Knob::PLAIN
    },
    Knob {
        name: "max_lease_duration",
        label: "Extends leases for",
        domain: whole(0, 86_400, 3600, Unit::Seconds, Scale::Linear),
        meaning: "How long the library extends the lease of a message; 0 leaves the subscription's deadline alone.",
        scope: Scope::Consumer,
        source: "google-cloud-pubsub, FlowControl",
        ..Knob::PLAIN
    },
    Knob {
        name: "min_duration_per_lease_extension",
        label: "Least extension",
        domain: whole(0, 600, 0, Unit::Seconds, Scale::Linear),
        meaning: "The shortest lease it takes, from 10 s; 0 is 10 s, or 60 s with exactly-once delivery.",
        scope: Scope::Consumer,
        source: "google-cloud-pubsub, FlowControl",
        ..Knob::PLAIN
    },
    Knob {
        name: "max_duration_per_lease_extension",
        label: "Longest extension",
        domain: whole(0, 600, 0, Unit::Seconds, Scale::Linear),
        meaning: "The longest lease it takes, from 10 s: how late a crash is noticed at most; 0 is 600 s.",
        scope: Scope::Consumer,
        source: "google-cloud-pubsub, FlowControl",
        ..Knob::PLAIN
    },
    Knob {
        name: "on-poison",
        label: "With a poison message",
        domain: Domain::Choice(&[
            Choice { name: "nack", label: "Nacks it" },
            Choice { name: "ack", label: "Acknowledges it" },
        ]),
        meaning: "What the application does with a message that never will succeed: only a dead-letter policy ends nacks.",
        scope: Scope::Consumer,
        source: "an application's choice",
        ..Knob::PLAIN
    },
];
