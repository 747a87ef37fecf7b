//! Building blocks that systems and applications share. They know nothing of any system, nor of the simulation.

pub(crate) mod agenda;
pub(crate) mod backoff;
pub(crate) mod crc32;
pub(crate) mod dedup;
pub(crate) mod deque;
pub(crate) mod glob;
pub(crate) mod heap;
pub(crate) mod id_set;
pub(crate) mod java_hash;
pub(crate) mod memo;
pub(crate) mod murmur2;
pub(crate) mod murmur3;
pub(crate) mod outstanding;
pub(crate) mod ranking;
pub(crate) mod real;
pub(crate) mod ring;
pub mod shell_sort;
pub(crate) mod slab;
pub(crate) mod sorted;
pub(crate) mod store;
pub(crate) mod throttle;
pub(crate) mod timetable;
pub(crate) mod topic;
