//! The settings, each declared once: those of the broker and of topics as `broker.conf` spells them, those of clients by
//! the names of the Java client.
//!
//! A topic's policies have the names of the defaults in `broker.conf` that they stand in for.

use crate::knob::{Choice, Domain, Knob, Scale, Scope, Unit};

const CONF: &str = "conf/broker.conf";
const JAVA: &str = "Java client: ConsumerBuilder";
const JAVA_PRODUCER: &str = "Java client: ProducerBuilder";

const TRUE_FALSE: Domain =
    Domain::Choice(&[Choice { name: "true", label: "Yes" }, Choice { name: "false", label: "No" }]);
const FALSE_TRUE: Domain =
    Domain::Choice(&[Choice { name: "false", label: "No" }, Choice { name: "true", label: "Yes" }]);

const fn whole(min: i32, max: i32, default: i32, unit: Unit) -> Domain {
    Domain::Whole { min, max, default, unit, scale: Scale::Logarithmic }
}

const fn real(min: f64, max: f64, default: f64, unit: Unit) -> Domain {
    Domain::Real { min, max, default, unit, scale: Scale::Logarithmic }
}

/// The settings of the broker.
pub(super) const BROKER: &[Knob] = &[
    Knob {
        name: "subscriptionKeySharedUseConsistentHashing",
        label: "Key_Shared by a ring of hashes",
        domain: TRUE_FALSE,
        meaning: "Whether slots belong to the next point on a ring; else ranges of slots are split.",
        live: false,
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "subscriptionKeySharedConsistentHashingReplicaPoints",
        label: "Points on the ring",
        domain: whole(1, 1000, 100, Unit::Plain),
        meaning: "How many points each consumer has on that ring.",
        live: false,
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "keySharedLookAheadMsgInReplayThresholdPerConsumer",
        label: "Look-ahead of Key_Shared, each",
        domain: whole(1, 100_000, 2_000, Unit::Messages),
        meaning: "How many entries are put by for each consumer before the dispatcher reads no further.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "keySharedLookAheadMsgInReplayThresholdPerSubscription",
        label: "Look-ahead of Key_Shared, in all",
        domain: whole(1, 1_000_000, 20_000, Unit::Messages),
        meaning: "How many entries are put by in all before the dispatcher reads no further.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "dispatcherMaxRoundRobinBatchSize",
        label: "Turn in Shared",
        domain: whole(1, 1000, 20, Unit::Messages),
        meaning: "How many entries a consumer of Shared is handed before it is the next one's turn.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "maxUnackedMessagesPerConsumer",
        label: "Unacked per consumer",
        domain: whole(0, 1_000_000, 50_000, Unit::Messages),
        meaning: "With so many a consumer of Shared or Key_Shared is sent nothing more, until it has half; 0 is no limit.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "maxUnackedMessagesPerSubscription",
        label: "Unacked per subscription",
        domain: whole(0, 10_000_000, 200_000, Unit::Messages),
        meaning: "The same of a whole subscription.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "activeConsumerFailoverDelayTimeMillis",
        label: "Failover delay",
        domain: whole(0, 600_000, 1_000, Unit::Milliseconds),
        meaning: "How long a new active consumer waits, for the one before it to finish.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "failover-active",
        label: "Active consumer without partitions",
        domain: Domain::Choice(&[
            Choice { name: "hash-ring", label: "By a ring of hashes, as the code does" },
            Choice { name: "subscribe-order", label: "Who subscribed first, as the manual says" },
        ]),
        meaning: "How the active consumer of Failover is chosen on a topic without partitions.",
        source: "AbstractDispatcherSingleActiveConsumer; docs: concepts-messaging",
        ..Knob::PLAIN
    },
    Knob {
        name: "delayedDeliveryTickTimeMillis",
        label: "Tick of delayed delivery",
        domain: whole(1, 60_000, 1_000, Unit::Milliseconds),
        meaning: "A delayed message may be delivered earlier by up to this, when others are dispatched.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "isDelayedDeliveryDeliverAtTimeStrict",
        label: "Strict delays",
        domain: FALSE_TRUE,
        meaning: "Whether no message is delivered before its time.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "acknowledgmentAtBatchIndexLevelEnabled",
        label: "Acks within batches",
        domain: FALSE_TRUE,
        meaning: "Whether the broker keeps account of each message of a batch.",
        live: false,
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "maxMessageSize",
        label: "Largest message",
        domain: whole(1, i32::MAX, 5 << 20, Unit::Bytes),
        meaning: "A message or batch that is larger is refused.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "messageExpiryCheckIntervalInMinutes",
        label: "Check of times to live",
        domain: real(0.02, 1_440.0, 5.0, Unit::Plain),
        meaning: "How often what is too old is looked for, in minutes.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "retentionCheckIntervalInSeconds",
        label: "Check of retention",
        domain: whole(1, 86_400, 120, Unit::Seconds),
        meaning: "How often ledgers are trimmed and offloaded.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "backlogQuotaCheckIntervalInSeconds",
        label: "Check of quotas",
        domain: whole(1, 86_400, 60, Unit::Seconds),
        meaning: "How often backlogs are held against their quotas.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "managedLedgerMaxEntriesPerLedger",
        label: "Entries in a ledger",
        domain: whole(1, 10_000_000, 50_000, Unit::Messages),
        meaning: "A ledger is closed at so many entries, if it is old enough.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "managedLedgerMaxSizePerLedgerMbytes",
        label: "Size of a ledger",
        domain: real(0.000_001, 100_000.0, 2048.0, Unit::Plain),
        meaning: "A ledger is closed at so many megabytes, if it is old enough.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "managedLedgerMinLedgerRolloverTimeMinutes",
        label: "Least age of a ledger",
        domain: real(0.0, 1_440.0, 10.0, Unit::Plain),
        meaning: "A ledger that is younger is not closed for its size, in minutes.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "managedLedgerMaxLedgerRolloverTimeMinutes",
        label: "Greatest age of a ledger",
        domain: real(0.02, 100_000.0, 240.0, Unit::Plain),
        meaning: "A ledger is closed at this age, in minutes.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "managedLedgerDefaultMarkDeleteRateLimit",
        label: "Saves of a cursor",
        domain: real(0.01, 1_000.0, 1.0, Unit::PerSecond),
        meaning: "How often a cursor is saved at most: a broker that is killed forgets what was acknowledged since.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "managedLedgerCursorPositionFlushSeconds",
        label: "Flush of cursors",
        domain: whole(1, 86_400, 60, Unit::Seconds),
        meaning: "A cursor that has changed is saved after this at the latest.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "brokerDeduplicationProducerInactivityTimeoutMinutes",
        label: "Memory of producers",
        domain: whole(1, 100_000, 360, Unit::Plain),
        meaning: "How long deduplication remembers a producer that sends nothing, in minutes.",
        source: CONF,
        ..Knob::PLAIN
    },
    Knob {
        name: "managedLedgerOffloadDeletionLagMs",
        label: "Lag of offloading",
        domain: whole(0, i32::MAX, 14_400_000, Unit::Milliseconds),
        meaning: "How long a ledger stays in BookKeeper after it was copied to tiered storage.",
        source: CONF,
        ..Knob::PLAIN
    },
];

/// What settings of parts have in common.
const PART: Knob = Knob { scope: Scope::Queue, source: CONF, ..Knob::PLAIN };

const PARTITIONS: Knob = Knob {
    name: "partitions",
    label: "Partitions",
    domain: whole(0, 64, 0, Unit::Plain),
    meaning: "How many topics it is made of; 0 is one that is not partitioned.",
    live: false,
    source: "docs: concepts-messaging, partitioned topics",
    ..PART
};

/// The settings of a topic that stores nothing.
pub(super) const NON_PERSISTENT: &[Knob] = &[PARTITIONS];

/// The settings of a topic: its policies.
pub(super) const TOPIC: &[Knob] = &[
    PARTITIONS,
    Knob {
        name: "ttlDurationDefaultInSeconds",
        label: "Time to live",
        domain: whole(0, 10_000_000, 0, Unit::Seconds),
        meaning: "The broker acknowledges what is older, for whoever has not; 0 is never.",
        ..PART
    },
    Knob {
        name: "defaultRetentionTimeInMinutes",
        label: "Retention, time",
        domain: real(-1.0, 1_000_000.0, 0.0, Unit::Plain),
        meaning: "How long what all have acknowledged is kept, in minutes; -1 is for ever.",
        ..PART
    },
    Knob {
        name: "defaultRetentionSizeInMB",
        label: "Retention, size",
        domain: real(-1.0, 1_000_000.0, 0.0, Unit::Plain),
        meaning: "How much of it is kept, in megabytes; -1 is all. Where one of the two is 0 nothing is.",
        ..PART
    },
    Knob {
        name: "backlogQuotaDefaultLimitBytes",
        label: "Backlog quota, size",
        domain: whole(-1, i32::MAX, -1, Unit::Bytes),
        meaning: "The largest backlog; -1 is no limit.",
        ..PART
    },
    Knob {
        name: "backlogQuotaDefaultLimitSecond",
        label: "Backlog quota, age",
        domain: whole(-1, 10_000_000, -1, Unit::Seconds),
        meaning: "The greatest age of the oldest message in the backlog; -1 is no limit.",
        ..PART
    },
    Knob {
        name: "backlogQuotaDefaultRetentionPolicy",
        label: "Backlog quota, policy",
        domain: Domain::Choice(&[
            Choice { name: "producer_request_hold", label: "Producers wait" },
            Choice { name: "producer_exception", label: "Producers fail" },
            Choice { name: "consumer_backlog_eviction", label: "The oldest is dropped" },
        ]),
        meaning: "What happens to a backlog beyond its quota.",
        ..PART
    },
    Knob {
        name: "brokerDeduplicationEnabled",
        label: "Deduplication",
        domain: FALSE_TRUE,
        meaning: "Whether what a producer sends again under its sequence id is stored once.",
        ..PART
    },
    Knob {
        name: "managedLedgerOffloadAutoTriggerSizeThresholdBytes",
        label: "Offload beyond",
        domain: whole(-1, i32::MAX, -1, Unit::Bytes),
        meaning: "Closed ledgers go to tiered storage while BookKeeper has more than this; -1 is never.",
        ..PART
    },
];

const SENDS: Knob = Knob { scope: Scope::Producer, source: JAVA_PRODUCER, ..Knob::PLAIN };

/// The settings of one that sends.
pub(super) const PRODUCER: &[Knob] = &[
    Knob {
        name: "batchingEnabled",
        label: "Batches",
        domain: TRUE_FALSE,
        meaning: "Whether messages are collected and stored as one entry.",
        ..SENDS
    },
    Knob {
        name: "batchingMaxPublishDelay",
        label: "Delay of a batch",
        domain: whole(1, 60_000, 1, Unit::Milliseconds),
        meaning: "How long a batch is collected.",
        ..SENDS
    },
    Knob {
        name: "batchingMaxMessages",
        label: "Messages in a batch",
        domain: whole(1, 10_000, 1_000, Unit::Messages),
        meaning: "A batch of so many is sent at once.",
        ..SENDS
    },
    Knob {
        name: "batchingMaxBytes",
        label: "Bytes in a batch",
        domain: whole(1, 5 << 20, 128 << 10, Unit::Bytes),
        meaning: "A batch of so many bytes is sent at once.",
        ..SENDS
    },
    Knob {
        name: "batcherBuilder",
        label: "Batches by key",
        domain: Domain::Choice(&[
            Choice { name: "DEFAULT", label: "All together" },
            Choice { name: "KEY_BASED", label: "A batch for each key" },
        ]),
        meaning: "Key_Shared looks at the key of a batch's first message alone.",
        ..SENDS
    },
    Knob {
        name: "messageRoutingMode",
        label: "Routing",
        domain: Domain::Choice(&[
            Choice { name: "RoundRobinPartition", label: "Partitions in turn" },
            Choice { name: "SinglePartition", label: "One partition" },
        ]),
        meaning: "To which partition a message without a key goes; one with a key goes by its hash.",
        ..SENDS
    },
    Knob {
        name: "hashingScheme",
        label: "Hash for partitions",
        domain: Domain::Choice(&[
            Choice { name: "JavaStringHash", label: "JavaStringHash" },
            Choice { name: "Murmur3_32Hash", label: "Murmur3_32Hash" },
        ]),
        meaning: "Which hash of a key chooses the partition.",
        ..SENDS
    },
    Knob {
        name: "sendTimeout",
        label: "Send timeout",
        domain: real(0.0, 3600.0, 30.0, Unit::Seconds),
        meaning: "What cannot be sent for so long fails; 0 is never.",
        ..SENDS
    },
    Knob {
        name: "deliverAfter",
        label: "Deliver after",
        domain: real(0.0, 86_400.0, 0.0, Unit::Seconds),
        meaning: "Shared and Key_Shared subscriptions get its messages so much later. They are not put into batches.",
        scope: Scope::Call,
        source: "Java client: TypedMessageBuilder.deliverAfter",
        ..SENDS
    },
];

const CONSUMES: Knob = Knob { scope: Scope::Consumer, source: JAVA, ..Knob::PLAIN };

/// The settings of one that consumes.
pub(super) const CONSUMER: &[Knob] = &[
    Knob {
        name: "subscriptionName",
        label: "Subscription",
        domain: Domain::Text { default: "" },
        meaning: "The subscription; if empty, it is called as the consumer is. Each subscription gets every message.",
        live: false,
        ..CONSUMES
    },
    Knob {
        name: "subscriptionType",
        label: "Type",
        domain: Domain::Choice(&[
            Choice { name: "Exclusive", label: "Exclusive: one consumer" },
            Choice { name: "Failover", label: "Failover: one, others stand by" },
            Choice { name: "Shared", label: "Shared: all in turn" },
            Choice { name: "Key_Shared", label: "Key_Shared: all, by key" },
        ]),
        meaning: "How messages are shared out among the workers.",
        live: false,
        ..CONSUMES
    },
    Knob {
        name: "subscriptionInitialPosition",
        label: "Initial position",
        domain: Domain::Choice(&[
            Choice { name: "Latest", label: "Latest: what comes" },
            Choice { name: "Earliest", label: "Earliest: what is there" },
        ]),
        meaning: "Where the subscription begins when it is made.",
        live: false,
        ..CONSUMES
    },
    Knob {
        name: "priorityLevel",
        label: "Priority",
        domain: whole(0, 100, 0, Unit::Plain),
        meaning: "Workers of a lower number are served first; in Failover only those of the lowest can be active.",
        live: false,
        ..CONSUMES
    },
    Knob {
        name: "allowOutOfOrderDelivery",
        label: "Out of order (Key_Shared)",
        domain: FALSE_TRUE,
        meaning: "Whether a key that moves to another worker need not wait for what the former one has of it.",
        live: false,
        source: "Java client: KeySharedPolicy",
        ..CONSUMES
    },
    Knob {
        name: "receiverQueueSize",
        label: "Receiver queue",
        domain: whole(0, 100_000, 1_000, Unit::Messages),
        meaning: "How many messages a worker is sent ahead, for each partition; 0 is one when it asks.",
        live: false,
        ..CONSUMES
    },
    Knob {
        name: "ackType",
        label: "Acknowledgements",
        domain: Domain::Choice(&[
            Choice { name: "individual", label: "Each message" },
            Choice { name: "cumulative", label: "All up to it (Exclusive, Failover)" },
        ]),
        meaning: "What is acknowledged with a message.",
        source: "Java client: Consumer.acknowledge, acknowledgeCumulative",
        ..CONSUMES
    },
    Knob {
        name: "acknowledgmentGroupTime",
        label: "Grouping of acks",
        domain: whole(0, 60_000, 100, Unit::Milliseconds),
        meaning: "How long acknowledgements are collected before they are sent; 0 is not at all.",
        ..CONSUMES
    },
    Knob {
        name: "enableBatchIndexAcknowledgment",
        label: "Acks within batches",
        domain: FALSE_TRUE,
        meaning: "Whether each message of a batch is acknowledged by itself, if the broker keeps account of that.",
        live: false,
        ..CONSUMES
    },
    Knob {
        name: "ackTimeout",
        label: "Ack timeout",
        domain: real(0.0, 86_400.0, 0.0, Unit::Seconds),
        meaning: "A message that is not acknowledged for so long is asked for again; 0 is never.",
        ..CONSUMES
    },
    Knob {
        name: "ackTimeoutTickTime",
        label: "Tick of that",
        domain: whole(1, 60_000, 1_000, Unit::Milliseconds),
        meaning: "How often ack timeouts are looked at.",
        ..CONSUMES
    },
    Knob {
        name: "negativeAckRedeliveryDelay",
        label: "Negative ack delay",
        domain: real(0.1, 86_400.0, 60.0, Unit::Seconds),
        meaning: "How long the client keeps a failed message before it asks for it again; up to a third more.",
        ..CONSUMES
    },
    Knob {
        name: "redeliveryBackoff",
        label: "Redelivery backoff",
        domain: Domain::Choice(&[Choice { name: "off", label: "Off" }, Choice { name: "on", label: "On" }]),
        meaning: "Whether that delay grows with each redelivery.",
        source: "Java client: MultiplierRedeliveryBackoff",
        ..CONSUMES
    },
    Knob {
        name: "redeliveryBackoffMinDelay",
        label: "Backoff, first",
        domain: real(0.1, 86_400.0, 1.0, Unit::Seconds),
        meaning: "The delay before the first redelivery.",
        source: "Java client: MultiplierRedeliveryBackoff",
        ..CONSUMES
    },
    Knob {
        name: "redeliveryBackoffMaxDelay",
        label: "Backoff, greatest",
        domain: real(0.1, 86_400.0, 60.0, Unit::Seconds),
        meaning: "The greatest delay.",
        source: "Java client: MultiplierRedeliveryBackoff",
        ..CONSUMES
    },
    Knob {
        name: "redeliveryBackoffMultiplier",
        label: "Backoff, factor",
        domain: real(1.0, 10.0, 2.0, Unit::Times),
        meaning: "How much longer each delay is than the one before.",
        source: "Java client: MultiplierRedeliveryBackoff",
        ..CONSUMES
    },
    Knob {
        name: "maxRedeliverCount",
        label: "Redeliveries before dead letter",
        domain: whole(0, 1_000, 3, Unit::Attempts),
        meaning: "After so many redeliveries a message goes to the dead letter topic (Shared, Key_Shared).",
        unset: Some("there is no dead letter policy"),
        source: "Java client: DeadLetterPolicy",
        ..CONSUMES
    },
    Knob {
        name: "enableRetry",
        label: "Retry letters",
        domain: FALSE_TRUE,
        meaning: "Whether what is to be tried again later goes to a retry letter topic, which the workers read, too.",
        live: false,
        ..CONSUMES
    },
];
