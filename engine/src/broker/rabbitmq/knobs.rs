//! The settings of RabbitMQ, by their real names. Times are in milliseconds, as RabbitMQ has them.
//!
//! What a queue is declared with, and cannot be changed afterwards, is an x-argument. All else is set by a policy of the
//! queue's own, which takes effect at once: so it can be changed while the queue is in use, as it would be in reality.

use crate::knob::{Choice, Domain, Knob, Scale, Scope, Unit};

const NO_YES: Domain =
    Domain::Choice(&[Choice { name: "no", label: "No" }, Choice { name: "yes", label: "Yes" }]);
const YES_NO: Domain =
    Domain::Choice(&[Choice { name: "yes", label: "Yes" }, Choice { name: "no", label: "No" }]);
const TEXT: Domain = Domain::Text { default: "" };

const fn whole(min: i32, max: i32, default: i32, unit: Unit) -> Domain {
    Domain::Whole { min, max, default, unit, scale: Scale::Logarithmic }
}

const fn milliseconds(min: i32, default: i32) -> Domain {
    whole(min, 86_400_000, default, Unit::Milliseconds)
}

/// The settings of the node.
pub const NODE: &[Knob] = &[
    Knob {
        name: "consumer_timeout",
        label: "Consumer timeout",
        domain: milliseconds(1_000, 1_800_000),
        meaning: "How long a delivery may be unacknowledged: then its channel is closed, or, from 4.3 on, its consumer is canceled (quorum queues only).",
        source: "RabbitMQ docs, consumers: delivery acknowledgement timeout",
        ..Knob::PLAIN
    },
    Knob {
        name: "memory-alarm",
        label: "Memory alarm",
        domain: Domain::Choice(&[Choice { name: "off", label: "Off" }, Choice { name: "on", label: "On" }]),
        meaning: "While it is on the node reads nothing from connections that publish (connection.blocked).",
        source: "RabbitMQ docs, alarms",
        ..Knob::PLAIN
    },
];

/// The settings of an exchange.
pub const EXCHANGE: &[Knob] = &[
    Knob {
        name: "type",
        label: "Type",
        domain: Domain::Choice(&[
            Choice { name: "fanout", label: "Fanout: to all that is bound" },
            Choice { name: "direct", label: "Direct: where the key is equal" },
            Choice { name: "topic", label: "Topic: where the pattern fits" },
            Choice { name: "headers", label: "Headers: where the headers fit" },
        ]),
        meaning: "How it decides which of its bindings a message fits.",
        live: false,
        source: "RabbitMQ docs, exchanges",
        ..QUEUES
    },
    Knob {
        name: "durable",
        label: "Durable",
        domain: YES_NO,
        meaning: "Whether it outlives a restart of the node.",
        live: false,
        source: "RabbitMQ docs, exchanges",
        ..QUEUES
    },
    Knob {
        name: "alternate-exchange",
        label: "Alternate exchange",
        domain: TEXT,
        unset: Some("what fits no binding is dropped, or returned"),
        meaning: "The exchange that gets what fits no binding of this one.",
        source: "RabbitMQ docs, alternate exchanges",
        ..QUEUES
    },
];

const QUEUES: Knob = Knob { scope: Scope::Queue, ..Knob::PLAIN };

/// The settings of a queue.
pub const QUEUE: &[Knob] = &[
    Knob {
        name: "x-queue-type",
        label: "Type",
        domain: Domain::Choice(&[
            Choice { name: "classic", label: "Classic" },
            Choice { name: "quorum", label: "Quorum" },
        ]),
        meaning: "Whether it is replicated, counts deliveries and keeps everything (quorum), or not.",
        live: false,
        source: "RabbitMQ docs, queues and quorum queues",
        ..QUEUES
    },
    Knob {
        name: "durable",
        label: "Durable",
        domain: YES_NO,
        meaning: "Whether it outlives a restart of the node; quorum queues always do.",
        live: false,
        source: "RabbitMQ docs, queues: durability",
        ..QUEUES
    },
    Knob {
        name: "auto_delete",
        label: "Auto-delete",
        domain: NO_YES,
        meaning: "Whether it is deleted when its last consumer goes.",
        live: false,
        source: "RabbitMQ docs, queues: temporary queues",
        ..QUEUES
    },
    Knob {
        name: "x-max-priority",
        label: "Greatest priority",
        domain: whole(1, 255, 5, Unit::Plain),
        unset: Some("no priorities"),
        meaning: "Makes a classic queue deliver the higher priority first; greater ones count as this.",
        live: false,
        source: "RabbitMQ docs, priority queues",
        ..QUEUES
    },
    Knob {
        name: "x-single-active-consumer",
        label: "Single active consumer",
        domain: NO_YES,
        meaning: "Whether one consumer gets everything, and the others wait to take its place.",
        live: false,
        source: "RabbitMQ docs, consumers: single active consumer",
        ..QUEUES
    },
    Knob {
        name: "x-message-ttl",
        label: "Message TTL",
        domain: milliseconds(0, 60_000),
        unset: Some("messages do not expire"),
        meaning: "How long a message may wait. It goes when that is over and it is at the head.",
        source: "RabbitMQ docs, time-to-live",
        ..QUEUES
    },
    Knob {
        name: "x-expires",
        label: "Queue TTL",
        domain: milliseconds(1, 1_800_000),
        unset: Some("the queue does not expire"),
        meaning: "How long the queue may be without consumers before it is deleted.",
        source: "RabbitMQ docs, time-to-live: queue TTL",
        ..QUEUES
    },
    Knob {
        name: "x-max-length",
        label: "Max length",
        domain: whole(0, 10_000_000, 1_000, Unit::Messages),
        unset: Some("no limit"),
        meaning: "How many messages may be ready; those with consumers do not count.",
        source: "RabbitMQ docs, queue length limit",
        ..QUEUES
    },
    Knob {
        name: "x-max-length-bytes",
        label: "Max length in bytes",
        domain: whole(0, i32::MAX, 1_048_576, Unit::Bytes),
        unset: Some("no limit"),
        meaning: "How many bytes the bodies of the ready messages may have together.",
        source: "RabbitMQ docs, queue length limit",
        ..QUEUES
    },
    Knob {
        name: "x-overflow",
        label: "When full",
        domain: Domain::Choice(&[
            Choice { name: "drop-head", label: "Drop the head" },
            Choice { name: "reject-publish", label: "Reject the new one" },
            Choice { name: "reject-publish-dlx", label: "Reject and dead-letter the new one" },
        ]),
        meaning: "What happens to a message that is too much; the last choice is for classic queues.",
        source: "RabbitMQ docs, queue length limit: overflow behavior",
        ..QUEUES
    },
    Knob {
        name: "x-dead-letter-exchange",
        label: "Dead-letter exchange",
        domain: TEXT,
        unset: Some("the exchange to which a link leads; without one dead letters are dropped"),
        meaning: "Where messages go that expire, are refused for good, are too much, or failed too often.",
        source: "RabbitMQ docs, dead letter exchanges",
        ..QUEUES
    },
    Knob {
        name: "x-dead-letter-routing-key",
        label: "Dead-letter routing key",
        domain: TEXT,
        unset: Some("their own keys"),
        meaning: "The key with which dead letters are published.",
        source: "RabbitMQ docs, dead letter exchanges: routing",
        ..QUEUES
    },
    Knob {
        name: "x-dead-letter-strategy",
        label: "Dead-letter strategy",
        domain: Domain::Choice(&[
            Choice { name: "at-most-once", label: "At most once" },
            Choice { name: "at-least-once", label: "At least once" },
        ]),
        meaning: "Whether a quorum queue with reject-publish keeps a dead letter until its targets have it.",
        source: "RabbitMQ docs, quorum queues: at-least-once dead lettering",
        ..QUEUES
    },
    Knob {
        name: "x-delivery-limit",
        label: "Delivery limit",
        domain: Domain::Whole {
            min: -1,
            max: 10_000,
            default: 20,
            unit: Unit::Attempts,
            scale: Scale::Linear,
        },
        unset: Some("20, and none before 4.0"),
        meaning: "How often a quorum queue takes a failed message back; -1 is for ever.",
        source: "RabbitMQ docs, quorum queues: poison message handling",
        ..QUEUES
    },
    Knob {
        name: "x-delayed-retry-type",
        label: "Delayed retry",
        domain: Domain::Choice(&[
            Choice { name: "disabled", label: "None" },
            Choice { name: "all", label: "Of all that comes back" },
            Choice { name: "failed", label: "Of what failed" },
            Choice { name: "returned", label: "Of what was given back" },
        ]),
        meaning: "Which messages a quorum queue keeps for a while before it delivers them again (4.3).",
        source: "RabbitMQ docs, quorum queues: delayed retry",
        ..QUEUES
    },
    Knob {
        name: "x-delayed-retry-min",
        label: "Least delay",
        domain: milliseconds(0, 1_000),
        unset: Some("no delayed retry"),
        meaning: "The delay of the first retry; it grows with each delivery that failed.",
        source: "RabbitMQ docs, quorum queues: delayed retry",
        ..QUEUES
    },
    Knob {
        name: "x-delayed-retry-max",
        label: "Greatest delay",
        domain: milliseconds(0, 60_000),
        unset: Some("the least delay"),
        meaning: "The delay of a retry is at most this.",
        source: "RabbitMQ docs, quorum queues: delayed retry",
        ..QUEUES
    },
    Knob {
        name: "x-consumer-timeout",
        label: "Consumer timeout",
        domain: milliseconds(1_000, 1_800_000),
        unset: Some("the node's"),
        meaning: "How long a delivery of this quorum queue may be unacknowledged (4.3).",
        source: "RabbitMQ docs, quorum queues: consumer timeout",
        ..QUEUES
    },
];

/// The settings of a binding. A link from a queue to an exchange makes that its dead-letter exchange, and has none.
pub const BINDING: &[Knob] = &[
    Knob {
        name: "routing_key",
        label: "Routing key",
        domain: TEXT,
        meaning: "The key, or for a topic exchange the pattern, of the messages that go this way.",
        source: "RabbitMQ docs, exchanges",
        ..QUEUES
    },
    Knob {
        name: "arguments",
        label: "Headers",
        domain: TEXT,
        meaning: "For a headers exchange: what headers are wanted, as in x-match=any color=red.",
        source: "RabbitMQ docs, exchanges: headers",
        ..QUEUES
    },
];

const PRODUCERS: Knob = Knob { scope: Scope::Producer, ..Knob::PLAIN };

/// The settings of one that publishes.
pub const PUBLISHER: &[Knob] = &[
    Knob {
        name: "routing_key",
        label: "Routing key",
        domain: TEXT,
        meaning: "The key of its messages; {key} stands for what a message is about. To a queue it publishes by the queue's name.",
        source: "RabbitMQ docs, publishers",
        ..PRODUCERS
    },
    Knob {
        name: "headers",
        label: "Headers",
        domain: TEXT,
        meaning: "The headers of its messages, as in color=red size=3.",
        source: "RabbitMQ docs, publishers",
        ..PRODUCERS
    },
    Knob {
        name: "delivery_mode",
        label: "Delivery mode",
        domain: Domain::Choice(&[
            Choice { name: "transient", label: "1: transient" },
            Choice { name: "persistent", label: "2: persistent" },
        ]),
        meaning: "Whether its messages outlive a restart, in a durable queue.",
        source: "RabbitMQ docs, publishers: message properties",
        ..PRODUCERS
    },
    Knob {
        name: "confirms",
        label: "Publisher confirms",
        domain: NO_YES,
        meaning: "Whether the node says of each message that it has it, or has refused it.",
        source: "RabbitMQ docs, confirms",
        ..PRODUCERS
    },
    Knob {
        name: "mandatory",
        label: "Mandatory",
        domain: NO_YES,
        meaning: "Whether a message that no queue wants is returned.",
        source: "RabbitMQ docs, publishers: unroutable messages",
        ..PRODUCERS
    },
];

const CONSUMERS: Knob = Knob { scope: Scope::Consumer, ..Knob::PLAIN };

/// The settings of one that consumes.
pub const CONSUMER: &[Knob] = &[
    Knob {
        name: "prefetch_count",
        label: "Prefetch",
        domain: Domain::Whole { min: 0, max: 65_535, default: 0, unit: Unit::Messages, scale: Scale::Linear },
        meaning: "How many unacknowledged messages a worker may have; 0 is no limit.",
        source: "RabbitMQ docs, consumer prefetch",
        ..CONSUMERS
    },
    Knob {
        name: "ack-mode",
        label: "Acknowledgements",
        domain: Domain::Choice(&[
            Choice { name: "manual", label: "Each when it is done" },
            Choice { name: "batched", label: "Several at once" },
            Choice { name: "automatic", label: "Automatic, when sent" },
        ]),
        meaning: "When a message counts as done with.",
        source: "RabbitMQ docs, confirms: acknowledgement modes",
        ..CONSUMERS
    },
    Knob {
        name: "ack-batch",
        label: "Batch of acknowledgements",
        domain: whole(2, 10_000, 10, Unit::Messages),
        meaning: "How many messages one acknowledgement stands for, if they are batched; fewer when there is nothing more to do.",
        source: "RabbitMQ docs, confirms: acknowledging multiple deliveries at once",
        ..CONSUMERS
    },
    Knob {
        name: "return-by",
        label: "Give back by",
        domain: Domain::Choice(&[
            Choice { name: "basic.nack", label: "basic.nack" },
            Choice { name: "basic.reject", label: "basic.reject" },
        ]),
        meaning: "How a message is given back to be tried again: a quorum queue of 4.3 counts a reject alone as failed.",
        source: "RabbitMQ docs, quorum queues: poison message handling",
        ..CONSUMERS
    },
    Knob {
        name: "x-priority",
        label: "Consumer priority",
        domain: Domain::Whole { min: -100, max: 100, default: 0, unit: Unit::Plain, scale: Scale::Linear },
        meaning: "Workers of a higher priority are served first, as long as they can take more.",
        source: "RabbitMQ docs, consumer priorities",
        ..CONSUMERS
    },
];
