//! What of RabbitMQ is modelled, and by which cases that is proved.

use crate::broker::fidelity::{Feature, Fidelity};

const fn modelled(what: &'static str, source: &'static str, cases: &'static [&'static str]) -> Feature {
    Feature { what, source, state: Fidelity::Modelled(cases) }
}

const fn not(what: &'static str, source: &'static str, why: &'static str) -> Feature {
    Feature { what, source, state: Fidelity::NotModelled(why) }
}

/// What it does, and whether the model does it too.
pub const FEATURES: &[Feature] = &[
    modelled(
        "direct, fanout, topic and headers exchanges; the default exchange",
        "docs: exchanges",
        &["R16", "R17", "R18", "R114"],
    ),
    modelled(
        "exchange-to-exchange bindings, alternate exchanges, CC and BCC",
        "docs: e2e, ae, sender-selected",
        &["R18", "R32", "R113"],
    ),
    modelled(
        "channels, delivery tags, and the errors that close a channel or a connection",
        "docs: channels",
        &["R07", "R15", "R29", "R117", "R118"],
    ),
    modelled(
        "strict rotation among consumers, prefetch per consumer and per channel, consumer priorities",
        "docs: consumers, consumer-prefetch, consumer-priority",
        &["R01", "R02", "R03", "R101", "R102", "R103"],
    ),
    modelled(
        "auto-ack, get, cancel, nack, reject, recover, lost connections",
        "docs: confirms",
        &["R05", "R06", "R07", "R104", "R105", "R106"],
    ),
    modelled(
        "the place to which a message returns, in classic and quorum queues",
        "docs: queues, quorum-queues",
        &["R04", "R26", "R107"],
    ),
    modelled(
        "publisher confirms, mandatory returns, internal exchanges",
        "docs: confirms, publishers",
        &["R13", "R15", "R111", "R112"],
    ),
    modelled(
        "length limits with drop-head, reject-publish, reject-publish-dlx",
        "docs: maxlength",
        &["R12", "R13", "R28", "R31", "R110"],
    ),
    modelled("time to live of messages and of queues", "docs: ttl", &["R09", "R10", "R29", "R108", "R109"]),
    modelled("dead-lettering with x-death, its counts and its circles", "docs: dlx", &["R19", "R20"]),
    modelled("at-least-once dead-lettering", "docs: quorum-queues", &["R115"]),
    modelled(
        "delivery count and delivery limit of quorum queues, by version",
        "docs: quorum-queues",
        &["R24", "R25"],
    ),
    modelled("delayed retry (4.3)", "docs: quorum-queues", &["R33"]),
    modelled(
        "priorities of classic queues, and of quorum queues by version",
        "docs: priority, quorum-queues",
        &["R21", "R27", "R34"],
    ),
    modelled("single active consumer, and its taking over by priority", "docs: consumers", &["R23", "R116"]),
    modelled(
        "exclusive and auto-delete queues, exclusive consumers, passive declares",
        "docs: queues, consumers",
        &["R29", "R117"],
    ),
    modelled(
        "durable and transient queues, exchanges and messages over a restart",
        "docs: queues",
        &["R30", "R119"],
    ),
    modelled("the consumer timeout, by version", "docs: consumers", &["R120"]),
    modelled("connections blocked by the memory alarm", "docs: alarms, connection-blocked", &["R121"]),
    modelled("policies, and what they can change of a queue in use", "docs: policies", &["R122"]),
    not(
        "several nodes: leader changes, partitions, replicas",
        "docs: clustering, quorum-queues",
        "one node stands for the cluster; a quorum queue is its leader",
    ),
    not("streams", "docs: streams", "a log of another kind, with a protocol of its own"),
    not("AMQP 1.0, MQTT, STOMP", "docs: protocols", "only AMQP 0-9-1 is spoken"),
    not(
        "credit flow between connection, channel and queue",
        "docs: flow-control",
        "the node has no speed of its own that could be exceeded",
    ),
    not(
        "the time that a disk takes, and the loss of what was not confirmed in a crash",
        "docs: confirms",
        "writing takes no time, so what is published is safe at once",
    ),
    not(
        "heartbeats",
        "docs: heartbeats",
        "the loss of a connection is noticed at once; the network's delay is the client's to set",
    ),
    not("transactions (tx.select)", "docs: semantics", "seldom used, and replaced by confirms"),
    not(
        "virtual hosts, users, permissions",
        "docs: vhosts, access-control",
        "there is one virtual host, and everyone may do everything",
    ),
    not(
        "plugins: delayed message exchange, consistent hash exchange, sharding",
        "docs: plugins",
        "only what the server has by itself",
    ),
    not(
        "which of several consumers that the limit of a channel has blocked is asked first",
        "rabbit_limiter",
        "the server chooses at random; here it is the one that was blocked first",
    ),
    not(
        "how many messages a full quorum queue takes until each publisher knows",
        "docs: quorum-queues",
        "it depends on timing; here it is one",
    ),
];
