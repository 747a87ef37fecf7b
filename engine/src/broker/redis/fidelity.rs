//! What of Redis is modeled, each with the cases that prove it, and what is not.

use crate::broker::fidelity::Feature;
use crate::broker::fidelity::Fidelity::{Modelled, NotModelled};

/// In the order of the subjects.
pub(super) const FEATURES: &[Feature] = &[
    Feature {
        what: "lists: LPUSH, RPUSH, LPOP, RPOP, LRANGE, LTRIM, LREM, LLEN, DEL",
        source: "docs: data-types/lists",
        state: Modelled(&["D02", "D05", "D101", "D106", "D107"]),
    },
    Feature {
        what: "blocking pops over several keys; blocked clients served longest waiting first",
        source: "docs: BLPOP",
        state: Modelled(&["D01", "D02", "D103", "D104"]),
    },
    Feature {
        what: "the wake-up of a client that waits on several keys, before and since 7.2",
        source: "docs: BLPOP; redis 7.2 release notes",
        state: Modelled(&["D02"]),
    },
    Feature {
        what: "reliable queues: LMOVE, BLMOVE, a processing list and a reaper",
        source: "docs: LMOVE",
        state: Modelled(&["D03", "D101", "D102"]),
    },
    Feature {
        what: "MULTI and EXEC: a group is carried out as one, nothing in it waits",
        source: "docs: interact/transactions",
        state: Modelled(&["D02", "D08", "D105", "D109"]),
    },
    Feature {
        what: "stream ids: *, ms-*, explicit, and a clock that goes back",
        source: "docs: XADD",
        state: Modelled(&["D06"]),
    },
    Feature {
        what: "MAXLEN, MINID, exact and by whole nodes, LIMIT; NOMKSTREAM; XDEL, XTRIM, XRANGE",
        source: "docs: XADD, XTRIM",
        state: Modelled(&["D07", "D110", "D111", "D14"]),
    },
    Feature { what: "XREAD, BLOCK and $", source: "docs: XREAD", state: Modelled(&["D08", "D111", "D16"]) },
    Feature {
        what: "consumer groups: XREADGROUP, history, NOACK, COUNT, BLOCK, XACK, XPENDING",
        source: "docs: XREADGROUP",
        state: Modelled(&["D08", "D10", "D13", "D112", "D113", "D116"]),
    },
    Feature {
        what: "XGROUP CREATE, SETID, DESTROY, DELCONSUMER; the lag of a group",
        source: "docs: XGROUP, XINFO GROUPS",
        state: Modelled(&["D15", "D16", "D113", "D114", "D115"]),
    },
    Feature {
        what: "XCLAIM with its options, XAUTOCLAIM with its cursor and what is deleted",
        source: "docs: XCLAIM, XAUTOCLAIM",
        state: Modelled(&["D11", "D12", "D14", "D18", "D117", "D118"]),
    },
    Feature {
        what: "KEEPREF, DELREF, ACKED; XDELEX, XACKDEL (8.2)",
        source: "docs: XDELEX, XACKDEL",
        state: Modelled(&["D119", "D120", "D121", "D122"]),
    },
    Feature {
        what: "XREADGROUP CLAIM (8.4)",
        source: "docs: XREADGROUP",
        state: Modelled(&["D123", "D124", "D125"]),
    },
    Feature {
        what: "XADD IDMP and XCFGSET (8.6)",
        source: "docs: streams/idempotency",
        state: Modelled(&["D126", "D127"]),
    },
    Feature {
        what: "XNACK: SILENT, FAIL, FATAL, RETRYCOUNT (8.8)",
        source: "docs: XNACK",
        state: Modelled(&["D128", "D129"]),
    },
    Feature {
        what: "Pub/Sub: channels, patterns, a copy for each subscription",
        source: "docs: interact/pubsub",
        state: Modelled(&["D19", "D130"]),
    },
    Feature {
        what: "output buffer limits of subscribers, hard and soft",
        source: "docs: reference/clients",
        state: Modelled(&["D20", "D131", "D132"]),
    },
    Feature {
        what: "persistence over a restart: none, append-only file, snapshots",
        source: "docs: management/persistence",
        state: Modelled(&["D21", "D133", "D134", "D135", "D136"]),
    },
    Feature {
        what: "maxmemory with noeviction",
        source: "docs: reference/eviction",
        state: Modelled(&["D05", "D108", "D109"]),
    },
    Feature {
        what: "the policies of maxmemory that evict keys",
        source: "docs: reference/eviction",
        state: NotModelled(
            "they take a whole list or stream at once: for a queue that is the loss of all of it",
        ),
    },
    Feature {
        what: "IDMPAUTO (8.6)",
        source: "docs: streams/idempotency",
        state: NotModelled("it derives the id from the content, and messages here have none"),
    },
    Feature {
        what: "replication, failover, WAIT",
        source: "docs: management/replication",
        state: NotModelled(
            "one server is modeled; what a failover loses is like a crash without the last writes",
        ),
    },
    Feature {
        what: "cluster and sharded Pub/Sub",
        source: "docs: interact/pubsub",
        state: NotModelled("one server is modeled"),
    },
    Feature {
        what: "WATCH, scripts and functions",
        source: "docs: interact/transactions",
        state: NotModelled(
            "the queues of the specification do without them; a script is an atomic group that computes",
        ),
    },
    Feature {
        what: "expiry of keys, other kinds of values, delayed queues on sorted sets",
        source: "docs: data-types",
        state: NotModelled("they are no queues by themselves"),
    },
    Feature {
        what: "appendfsync no",
        source: "docs: management/persistence",
        state: NotModelled("when it reaches the disk is up to the operating system, some 30 s on Linux"),
    },
];
