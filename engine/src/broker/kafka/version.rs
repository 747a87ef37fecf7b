//! The versions whose rules differ, and in what.

/// The versions, oldest first, as people write them.
pub const VERSIONS: &[&str] = &["3.6", "3.9", "4.0"];

/// A series of releases of Kafka.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Version {
    /// 3.6.
    V3_6,
    /// 3.9; the rules of the high watermark are those since 3.7.
    V3_9,
    /// 4.0.
    V4_0,
}

impl Version {
    /// The version of this name; the newest for any other.
    pub fn named(name: &str) -> Version {
        match name {
            "3.6" => Version::V3_6,
            "3.9" => Version::V3_9,
            _ => Version::V4_0,
        }
    }

    /// Whether the high watermark stands still while there are fewer in-sync replicas than `min.insync.replicas`.
    pub(super) fn holds_high_watermark_below_min_isr(self) -> bool {
        Version::V3_9 <= self
    }

    /// Whether more than five requests in flight are an error for a producer that has not said it wants no
    /// idempotence; before, it silently does without.
    pub(super) fn refuses_many_in_flight(self) -> bool {
        Version::V4_0 <= self
    }
}
