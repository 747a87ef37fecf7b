//! What of Pulsar is modeled, each with the cases that prove it, and what is not.

use crate::broker::fidelity::Feature;
use crate::broker::fidelity::Fidelity::{Modelled, NotModelled};

/// In the order of the subjects.
pub(super) const FEATURES: &[Feature] = &[
    Feature {
        what: "Exclusive: one consumer; a type for as long as anyone is connected",
        source: "AbstractDispatcherSingleActiveConsumer",
        state: Modelled(&["U01", "U101"]),
    },
    Feature {
        what: "Failover: the active consumer of each partition, or by a ring of hashes; takeover after a delay",
        source: "AbstractDispatcherSingleActiveConsumer",
        state: Modelled(&["U02", "U03"]),
    },
    Feature {
        what: "Shared: turns, priorities, permits, limits on what is unacknowledged",
        source: "AbstractDispatcherMultipleConsumers, PersistentDispatcherMultipleConsumers",
        state: Modelled(&["U04", "U07", "U103", "U104", "U114"]),
    },
    Feature {
        what: "Key_Shared: a ring of hashes, ranges of slots, ranges that consumers ask for",
        source: "ConsistentHashingStickyKeyConsumerSelector, HashRangeAutoSplitStickyKeyConsumerSelector",
        state: Modelled(&["U12", "U13", "U14", "U107", "U108"]),
    },
    Feature {
        what: "Key_Shared: draining hashes (4.x), recently joined consumers (3.x), out of order",
        source: "PIP-379, PIP-282",
        state: Modelled(&["U15", "U106"]),
    },
    Feature {
        what: "initial positions, seek, skip, clear, expire, unsubscribe",
        source: "docs: admin-api-topics",
        state: Modelled(&["U102", "U116", "U117", "U118", "U121", "U213"]),
    },
    Feature {
        what: "cursors: mark-delete position, single acks after it, cumulative acks, when they are saved",
        source: "docs: concepts-messaging; ManagedCursorImpl",
        state: Modelled(&["U101", "U105", "U203", "U119"]),
    },
    Feature {
        what: "redelivery: counts, disconnects, negative acks with backoff, ack timeouts",
        source: "NegativeAcksTracker, MultiplierRedeliveryBackoff, UnAckedMessageTracker",
        state: Modelled(&["U06", "U09", "U11"]),
    },
    Feature {
        what: "dead letter and retry letter topics, published by the client",
        source: "DeadLetterTopicTest, RetryTopicTest",
        state: Modelled(&["U16", "U17"]),
    },
    Feature {
        what: "delayed delivery by ticks",
        source: "docs: concepts-messaging, delayed message delivery",
        state: Modelled(&["U21"]),
    },
    Feature {
        what: "deduplication by sequence id",
        source: "MessageDeduplication",
        state: Modelled(&["U22", "U201"]),
    },
    Feature {
        what: "batches as entries, acks within them",
        source: "docs: concepts-messaging, batching",
        state: Modelled(&["U23", "U114", "U123"]),
    },
    Feature {
        what: "acknowledgements in groups",
        source: "PersistentAcknowledgmentsGroupingTracker",
        state: Modelled(&["U122"]),
    },
    Feature {
        what: "partitions and the hashes that choose them",
        source: "RoundRobinPartitionMessageRouterImpl, JavaStringHash, Murmur3_32Hash",
        state: Modelled(&["U13", "U02"]),
    },
    Feature {
        what: "time to live",
        source: "docs: cookbooks-retention-expiry",
        state: Modelled(&["U19", "U212"]),
    },
    Feature {
        what: "backlog quotas by size and by age, with their three policies",
        source: "BacklogQuotaManager",
        state: Modelled(&["U20"]),
    },
    Feature {
        what: "ledgers: rollover, trimming by retention, offloading",
        source: "docs: cookbooks-retention-expiry, tiered-storage-overview; ManagedLedgerImpl",
        state: Modelled(&["U109", "U110", "U111", "U112", "U113", "U211"]),
    },
    Feature {
        what: "loss of a broker, unloading of a topic",
        source: "docs: concepts-architecture-overview",
        state: Modelled(&["U119", "U120", "U203"]),
    },
    Feature {
        what: "topics that store nothing",
        source: "docs: concepts-messaging, non-persistent topics",
        state: Modelled(&["U215"]),
    },
    Feature { what: "the size of a message", source: "conf/broker.conf", state: Modelled(&["U115"]) },
    Feature {
        what: "bookies, ensembles and quorums",
        source: "docs: concepts-architecture-overview",
        state: NotModelled("bookies are not modeled one by one: what is stored is stored"),
    },
    Feature {
        what: "geo-replication",
        source: "docs: concepts-replication",
        state: NotModelled(
            "there is one cluster; what a dead remote would do is seen of a slow subscription",
        ),
    },
    Feature {
        what: "transactions",
        source: "docs: txn-what",
        state: NotModelled("they are optional and seldom used; the specification has no case of them"),
    },
    Feature {
        what: "partitions that are added while messages are sent",
        source: "docs: concepts-messaging, partitioned topics",
        state: NotModelled(
            "clients look for them once a minute; an experiment has the partitions it begins with",
        ),
    },
    Feature {
        what: "STICKY ranges of workers in an experiment",
        source: "Java client: KeySharedPolicy",
        state: NotModelled("the broker knows them (U108); a pool of workers has one setting for all"),
    },
    Feature {
        what: "quotas by age that look at whole ledgers",
        source: "conf/broker.conf: preciseTimeBasedBacklogQuotaCheck",
        state: NotModelled("the age is taken precisely"),
    },
    Feature {
        what: "limits of rate: dispatch, publish, subscribe throttling",
        source: "conf/broker.conf",
        state: NotModelled("the specification has no rule of them"),
    },
];
