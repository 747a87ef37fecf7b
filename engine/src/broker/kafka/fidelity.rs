//! What of Kafka is modelled, and what is not.

use crate::broker::fidelity::{Feature, Fidelity};

const fn modelled(what: &'static str, source: &'static str, cases: &'static [&'static str]) -> Feature {
    Feature { what, source, state: Fidelity::Modelled(cases) }
}

const fn not_modelled(what: &'static str, source: &'static str, why: &'static str) -> Feature {
    Feature { what, source, state: Fidelity::NotModelled(why) }
}

const DESIGN: &str = "docs: design";
const PRODUCERS: &str = "docs: Producer Configs";
const CONSUMERS: &str = "docs: Consumer Configs";
const TOPICS: &str = "docs: Topic Configs";
const BROKERS: &str = "docs: Broker Configs";

/// All of it.
pub(super) const FEATURES: &[Feature] = &[
    // The log.
    modelled(
        "Records of a partition are read in the order of their offsets, from any offset, any number of times",
        DESIGN,
        &["K109"],
    ),
    modelled("A fetch waits for what comes, and brings one record however large it is", CONSUMERS, &["K110"]),
    modelled("Offsets by time, the earliest and the latest", DESIGN, &["K111", "K22"]),
    modelled("Retention by time, whole segments at a time", TOPICS, &["K112", "K215"]),
    modelled("Retention by size", TOPICS, &["K113"]),
    modelled("Records are deleted up to an offset", "Admin.deleteRecords", &["K114"]),
    modelled("Partitions are added; no record moves", TOPICS, &["K115", "K142"]),
    modelled("Compaction by key, with tombstones and their grace", DESIGN, &["K19"]),
    modelled("Records that are too large are refused", TOPICS, &["K107"]),
    // Replication.
    modelled("acks=0, 1 and all, and min.insync.replicas", PRODUCERS, &["K15", "K211", "K212", "K213"]),
    modelled(
        "The high watermark, which stands still below min.insync.replicas since 3.7",
        "KAFKA-15583",
        &["K15"],
    ),
    modelled("Leader loss: election, truncation, what is lost and what is not", DESIGN, &["K16"]),
    modelled(
        "A partition without a replica in sync is offline, unless elections may be unclean",
        BROKERS,
        &["K101", "K102"],
    ),
    modelled("A broker that is stopped hands over what it leads", DESIGN, &["K103"]),
    modelled("Replicas that lag leave the ISR and come back", BROKERS, &["K104"]),
    modelled("A broker that is back within its session leads on", BROKERS, &["K105"]),
    // Producers.
    modelled(
        "The partition of a key by murmur2, and by CRC32 in other clients",
        "BuiltInPartitioner",
        &["K01", "K03"],
    ),
    modelled(
        "Records without a key stick to a partition until a batch is full",
        "BuiltInPartitioner",
        &["K02"],
    ),
    modelled(
        "Idempotent producers: sequence numbers, the last five batches",
        "ProducerStateEntry",
        &["K17", "K106"],
    ),
    modelled(
        "What is sent again is stored again without idempotence, and may be reordered",
        DESIGN,
        &["K201", "K17"],
    ),
    modelled("Settings of a producer that do not go together", "ProducerConfig", &["K18"]),
    modelled("Batches, linger.ms, buffer.memory, retries and delivery.timeout.ms", PRODUCERS, &["K141"]),
    // Transactions.
    modelled("Transactions over several partitions, commit and abort", "KIP-98", &["K131", "K132", "K133"]),
    modelled("Fencing of an older producer with the same transactional id", "KIP-98", &["K134"]),
    modelled("Transactions that take too long are aborted", PRODUCERS, &["K135"]),
    // Groups.
    modelled("The assignors range, roundrobin, sticky and cooperative-sticky", CONSUMERS, &["K05", "K06"]),
    modelled("Cooperative rebalances, and eager ones that stop the group", "KIP-429", &["K07"]),
    modelled("A crash is noticed when the session is over", CONSUMERS, &["K09"]),
    modelled("Who does not poll in time leaves its group", CONSUMERS, &["K11"]),
    modelled("Static members", "KIP-345", &["K12"]),
    modelled("The first rebalance of an empty group waits", BROKERS, &["K13"]),
    modelled("Committed offsets, lag, and their retention", BROKERS, &["K22", "K23"]),
    modelled(
        "Members that leave in good order, stale generations, limits on sessions",
        BROKERS,
        &["K217", "K218", "K219", "K221"],
    ),
    modelled(
        "What was not committed comes again after a crash and after an eager rebalance",
        DESIGN,
        &["K202", "K203", "K204"],
    ),
    modelled("What is committed before it is processed is lost with its consumer", DESIGN, &["K214"]),
    modelled(
        "Automatic and manual commits, positions, auto.offset.reset",
        CONSUMERS,
        &["K08", "K202", "K216"],
    ),
    modelled(
        "The newer protocol: the broker assigns, members get there one by one",
        "KIP-848",
        &["K801", "K802", "K803", "K804", "K805", "K806", "K807", "K808", "K809"],
    ),
    // What is not.
    not_modelled(
        "The id of a new member as an answer of its own (MEMBER_ID_REQUIRED)",
        "KIP-394",
        "a first join is answered as one, a round trip earlier",
    ),
    not_modelled(
        "A change of protocol while a group has members",
        "KIP-848",
        "a group is of one protocol until its last member has gone",
    ),
    not_modelled(
        "Subscriptions by pattern, and to several topics in experiments",
        CONSUMERS,
        "a consumer of an experiment reads one topic; members of cases at the wire name several",
    ),
    not_modelled("Assignment by racks", "KIP-881", "brokers and members here have no racks"),
    not_modelled("group.max.size", BROKERS, "no experiment has as many members as any sensible limit"),
    not_modelled(
        "One request for several partitions",
        DESIGN,
        "a request here is for one partition; what follows differs in traffic alone",
    ),
    not_modelled(
        "fetch.min.bytes and fetch.max.wait.ms",
        CONSUMERS,
        "a fetch waits until there is a record: an empty answer in between changes nothing",
    ),
    not_modelled(
        "Size of record overhead and compression",
        DESIGN,
        "a record counts by the size of its body",
    ),
    not_modelled("Fetching from followers", "KIP-392", "brokers here have no racks"),
    not_modelled(
        "Preferred leaders",
        BROKERS,
        "a leader leads until it is lost; nothing moves back by itself",
    ),
    not_modelled("Reassignment of replicas", DESIGN, "replicas stay where they were made"),
    not_modelled(
        "Loss of a coordinator",
        DESIGN,
        "coordinators outlive every broker, so that groups can be looked at by themselves",
    ),
    not_modelled("Quotas and authorization", BROKERS, "nothing of them bears on delivery"),
    not_modelled("Tiered storage", "KIP-405", "the start of the log is the same with and without it"),
    not_modelled(
        "Transactional producers in experiments",
        PRODUCERS,
        "no application here says where a transaction ends; cases at the wire do",
    ),
    not_modelled(
        "Share groups",
        "KIP-932",
        "early access in 4.0, and another model of delivery: records are leased one by one",
    ),
];
