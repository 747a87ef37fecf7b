//! The settings of SQS: those of the service, of a queue, of a link, and of the clients.

use crate::knob::{Choice, Domain, Knob, Scale, Scope, Unit};

const fn seconds(min: i32, max: i32, default: i32, scale: Scale) -> Domain {
    Domain::Whole { min, max, default, unit: Unit::Seconds, scale }
}

const fn messages(min: i32, max: i32, default: i32, scale: Scale) -> Domain {
    Domain::Whole { min, max, default, unit: Unit::Messages, scale }
}

const NEVER: Domain =
    Domain::Real { min: 0.0, max: 1.0, default: 0.0, unit: Unit::Share, scale: Scale::Linear };

/// The settings of the service as a whole: what it leaves to chance, and its quotas. They have no names in its API.
pub const SERVICE: &[Knob] = &[
    Knob {
        name: "sampling",
        label: "Short polls miss messages",
        domain: Domain::Choice(&[
            Choice { name: "on", label: "As in the service" },
            Choice { name: "off", label: "Never" },
        ]),
        meaning: "Whether a short poll on a standard queue asks only some of the servers that hold its messages.",
        source: "SQS Developer Guide, short and long polling",
        ..Knob::PLAIN
    },
    Knob {
        name: "reorder",
        label: "Out of order",
        domain: NEVER,
        meaning: "How likely a standard queue hands out one of the nine messages behind its oldest instead.",
        source: "SQS Developer Guide, standard queues: best-effort ordering",
        ..Knob::PLAIN
    },
    Knob {
        name: "duplicates",
        label: "Spontaneous duplicates",
        domain: NEVER,
        meaning: "How likely a receive from a standard queue leaves a copy of the message visible.",
        source: "SQS Developer Guide, standard queues: at-least-once delivery",
        ..Knob::PLAIN
    },
    Knob {
        name: "missed-deletes",
        label: "Forgotten deletes",
        domain: NEVER,
        meaning: "How likely a delete on a standard queue is forgotten, so that the message is back at its timeout.",
        source: "SQS Developer Guide, standard queues: at-least-once delivery",
        ..Knob::PLAIN
    },
    Knob {
        name: "in-flight-quota",
        label: "In-flight quota",
        domain: messages(1, 120_000, 120_000, Scale::Logarithmic),
        meaning: "How many messages of a queue can be in flight; beyond that nothing is handed out.",
        source: "SQS Developer Guide, message quotas",
        ..Knob::PLAIN
    },
    Knob {
        name: "fifo-rate",
        label: "FIFO calls per second",
        domain: Domain::Whole {
            min: 1,
            max: 30_000,
            default: 300,
            unit: Unit::PerSecond,
            scale: Scale::Logarithmic,
        },
        meaning: "How many calls of each kind a FIFO queue takes in a second; with high throughput, sends per group.",
        source: "SQS Developer Guide, FIFO queue quotas",
        ..Knob::PLAIN
    },
    Knob {
        name: "scan-window",
        label: "FIFO scan window",
        domain: messages(1, 120_000, 120_000, Scale::Logarithmic),
        meaning: "Among how many of its oldest messages a FIFO queue looks for a group that is not locked.",
        source: "SQS Developer Guide, avoid a backlog with the same message group id",
        ..Knob::PLAIN
    },
];

const VISIBILITY_TIMEOUT: Knob = Knob {
    name: "VisibilityTimeout",
    label: "Visibility timeout",
    domain: seconds(0, 43_200, 30, Scale::Logarithmic),
    meaning: "How long a message that was received is hidden from others.",
    scope: Scope::Queue,
    source: "SQS API Reference, SetQueueAttributes",
    ..Knob::PLAIN
};

const DELAY_SECONDS: Knob = Knob {
    name: "DelaySeconds",
    label: "Delay",
    domain: seconds(0, 900, 0, Scale::Linear),
    meaning: "How long a new message is hidden before its first receive.",
    scope: Scope::Queue,
    source: "SQS API Reference, SetQueueAttributes",
    ..Knob::PLAIN
};

const RETENTION: Knob = Knob {
    name: "MessageRetentionPeriod",
    label: "Retention",
    domain: seconds(60, 1_209_600, 345_600, Scale::Logarithmic),
    meaning: "How old a message can become before it is gone, wherever it is.",
    scope: Scope::Queue,
    source: "SQS API Reference, SetQueueAttributes",
    ..Knob::PLAIN
};

const QUEUE_WAIT: Knob = Knob {
    name: "ReceiveMessageWaitTimeSeconds",
    label: "Long polling",
    domain: seconds(0, 20, 0, Scale::Linear),
    meaning: "How long a receive waits for a first message unless it says otherwise; 0 is a short poll.",
    scope: Scope::Queue,
    source: "SQS API Reference, SetQueueAttributes",
    ..Knob::PLAIN
};

const MAXIMUM_SIZE: Knob = Knob {
    name: "MaximumMessageSize",
    label: "Maximum message size",
    domain: Domain::Whole {
        min: 1024,
        max: 1_048_576,
        default: 1_048_576,
        unit: Unit::Bytes,
        scale: Scale::Logarithmic,
    },
    meaning: "The largest body that is taken; larger ones are refused.",
    scope: Scope::Queue,
    source: "SQS API Reference, SetQueueAttributes",
    ..Knob::PLAIN
};

const REDRIVE_ALLOW: Knob = Knob {
    name: "RedriveAllowPolicy",
    label: "May be a dead-letter queue",
    domain: Domain::Choice(&[
        Choice { name: "allowAll", label: "Of any queue" },
        Choice { name: "denyAll", label: "Of none" },
    ]),
    meaning: "Which queues can send their dead letters here.",
    scope: Scope::Queue,
    source: "SQS API Reference, SetQueueAttributes",
    ..Knob::PLAIN
};

/// The settings of a standard queue.
pub const STANDARD: &[Knob] =
    &[VISIBILITY_TIMEOUT, DELAY_SECONDS, RETENTION, QUEUE_WAIT, MAXIMUM_SIZE, REDRIVE_ALLOW];

/// The settings of a FIFO queue.
pub const FIFO: &[Knob] = &[
    VISIBILITY_TIMEOUT,
    DELAY_SECONDS,
    RETENTION,
    QUEUE_WAIT,
    MAXIMUM_SIZE,
    REDRIVE_ALLOW,
    Knob {
        name: "ContentBasedDeduplication",
        label: "Deduplicate by content",
        domain: Domain::Choice(&[
            Choice { name: "false", label: "Off" },
            Choice { name: "true", label: "On" },
        ]),
        meaning: "Whether a message without a deduplication id is told from its duplicates by its body.",
        scope: Scope::Queue,
        source: "SQS API Reference, SetQueueAttributes",
        ..Knob::PLAIN
    },
    Knob {
        name: "DeduplicationScope",
        label: "Deduplication scope",
        domain: Domain::Choice(&[
            Choice { name: "queue", label: "Queue" },
            Choice { name: "messageGroup", label: "Message group" },
        ]),
        meaning: "Whether a deduplication id is looked for in the whole queue or in its message group.",
        scope: Scope::Queue,
        source: "SQS API Reference, SetQueueAttributes",
        ..Knob::PLAIN
    },
    Knob {
        name: "FifoThroughputLimit",
        label: "Throughput limit",
        domain: Domain::Choice(&[
            Choice { name: "perQueue", label: "Per queue" },
            Choice { name: "perMessageGroupId", label: "Per message group" },
        ]),
        meaning: "What the rate is limited by; per message group goes with that deduplication scope.",
        scope: Scope::Queue,
        source: "SQS API Reference, SetQueueAttributes",
        ..Knob::PLAIN
    },
];

/// The settings of a link: from a queue to its dead-letter queue, or from a topic to a queue.
pub const LINK: &[Knob] = &[
    Knob {
        name: "maxReceiveCount",
        label: "Receives before dead",
        domain: Domain::Whole {
            min: 1,
            max: 1000,
            default: 10,
            unit: Unit::Attempts,
            scale: Scale::Logarithmic,
        },
        meaning: "From a queue: how often a message is received before the next receive moves it along this link.",
        scope: Scope::Queue,
        source: "SQS API Reference, SetQueueAttributes, RedrivePolicy",
        ..Knob::PLAIN
    },
    Knob {
        name: "FilterPolicy",
        label: "Filter policy",
        domain: Domain::Text { default: "" },
        meaning: "From a topic: which keys pass, as {\"key\": [1, 2]} or {\"key\": [{\"anything-but\": [1]}]}; empty: all.",
        scope: Scope::Queue,
        source: "SNS Developer Guide, subscription filter policies",
        ..Knob::PLAIN
    },
];

const MAX_BATCH_SIZE: Knob = Knob {
    name: "maxBatchSize",
    label: "Batch size",
    domain: messages(1, 10, 1, Scale::Linear),
    meaning: "How many messages go into one call at most.",
    scope: Scope::Producer,
    source: "AWS SDK for Java 2.x, SqsAsyncBatchManager",
    ..Knob::PLAIN
};

const SEND_REQUEST_FREQUENCY: Knob = Knob {
    name: "sendRequestFrequency",
    label: "Batch linger",
    domain: Domain::Whole {
        min: 0,
        max: 10_000,
        default: 200,
        unit: Unit::Milliseconds,
        scale: Scale::Logarithmic,
    },
    meaning: "How long a batch that is not full waits for more.",
    scope: Scope::Producer,
    source: "AWS SDK for Java 2.x, SqsAsyncBatchManager",
    ..Knob::PLAIN
};

/// The settings of one that sends.
pub const PRODUCER: &[Knob] = &[
    MAX_BATCH_SIZE,
    SEND_REQUEST_FREQUENCY,
    Knob {
        name: "MessageGroupId",
        label: "Message group",
        domain: Domain::Choice(&[
            Choice { name: "key", label: "The key" },
            Choice { name: "one", label: "One for all" },
        ]),
        meaning: "What the group of a message is: order and lock on a FIFO queue, tenant on a standard queue.",
        scope: Scope::Call,
        unset: Some("the key on a FIFO queue, none on a standard queue"),
        source: "SQS API Reference, SendMessage",
        ..Knob::PLAIN
    },
    Knob {
        name: "DelaySeconds",
        label: "Message timer",
        domain: seconds(0, 900, 0, Scale::Linear),
        meaning: "How long a message is hidden before its first receive; on a FIFO queue only the queue has a delay.",
        scope: Scope::Call,
        unset: Some("what the queue says"),
        source: "SQS API Reference, SendMessage",
        ..Knob::PLAIN
    },
    Knob {
        name: "max_attempts",
        label: "Tries when throttled",
        domain: Domain::Whole { min: 1, max: 10, default: 3, unit: Unit::Attempts, scale: Scale::Linear },
        meaning: "How often a call that is throttled is made in all, with a growing pause at random in between.",
        scope: Scope::Producer,
        source: "AWS SDKs and Tools Reference Guide, retry behavior, standard mode",
        ..Knob::PLAIN
    },
];

/// The settings of one that consumes.
pub const CONSUMER: &[Knob] = &[
    Knob {
        name: "WaitTimeSeconds",
        label: "Long polling",
        domain: seconds(0, 20, 20, Scale::Linear),
        meaning: "How long a receive waits for a first message; 0 is a short poll.",
        scope: Scope::Call,
        unset: Some("what the queue says"),
        source: "SQS API Reference, ReceiveMessage",
        ..Knob::PLAIN
    },
    Knob {
        name: "MaxNumberOfMessages",
        label: "Messages per receive",
        domain: messages(1, 10, 1, Scale::Linear),
        meaning: "How many messages a receive brings at most; all of them are in flight at once, worked on in turn.",
        scope: Scope::Call,
        source: "SQS API Reference, ReceiveMessage",
        ..Knob::PLAIN
    },
    Knob {
        name: "VisibilityTimeout",
        label: "Visibility timeout",
        domain: seconds(0, 43_200, 30, Scale::Logarithmic),
        meaning: "How long messages of a receive are hidden from others.",
        scope: Scope::Call,
        unset: Some("what the queue says"),
        source: "SQS API Reference, ReceiveMessage",
        ..Knob::PLAIN
    },
    Knob {
        name: "heartbeat",
        label: "Visibility heartbeat",
        domain: seconds(1, 43_200, 10, Scale::Logarithmic),
        meaning: "How often the client extends the timeout of what it has, by the whole timeout from then on.",
        scope: Scope::Consumer,
        unset: Some("never"),
        source: "SQS Developer Guide, visibility timeout: heartbeat",
        ..Knob::PLAIN
    },
    Knob {
        name: "on-poison",
        label: "Poison messages",
        domain: Domain::Choice(&[
            Choice { name: "leave", label: "Leave to their timeout" },
            Choice { name: "delete", label: "Delete" },
        ]),
        meaning: "What the client does with a message that can never succeed: SQS has no way to reject one.",
        scope: Scope::Consumer,
        source: "SQS Developer Guide, dead-letter queues",
        ..Knob::PLAIN
    },
    Knob {
        scope: Scope::Consumer,
        meaning: "How many deletes go into one call at most; one that waits to be sent is lost in a crash.",
        label: "Delete batch size",
        ..MAX_BATCH_SIZE
    },
    Knob {
        scope: Scope::Consumer,
        meaning: "How long deletes that fill no batch wait for more.",
        label: "Delete linger",
        ..SEND_REQUEST_FREQUENCY
    },
    Knob {
        name: "pause",
        label: "Pause between short polls",
        domain: Domain::Whole {
            min: 1,
            max: 60_000,
            default: 100,
            unit: Unit::Milliseconds,
            scale: Scale::Logarithmic,
        },
        meaning: "How long the client waits after a short poll that brought nothing, and after an error.",
        scope: Scope::Consumer,
        source: "the model's: a client's own loop",
        ..Knob::PLAIN
    },
];
