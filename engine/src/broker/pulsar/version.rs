//! The versions whose rules differ, and in what.

/// The versions, oldest first, as people write them.
pub const VERSIONS: &[&str] = &["2.10", "3.0", "4.0"];

/// A series of releases of Pulsar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Version {
    /// 2.10.
    V2_10,
    /// 3.x.
    V3_0,
    /// 4.x.
    V4_0,
}

impl Version {
    /// The version of this name; the newest for any other.
    pub fn named(name: &str) -> Version {
        match name {
            "2.10" => Version::V2_10,
            "3.0" => Version::V3_0,
            _ => Version::V4_0,
        }
    }

    /// Whether what a lost consumer had counts as redelivered once more (PR 5895).
    pub(super) fn counts_disconnects(self) -> bool {
        self == Version::V2_10
    }

    /// Whether a hash that moves waits until its former owner has nothing of it unacknowledged (PIP-379). Before, a new
    /// consumer of `Key_Shared` was given nothing until all that was dispatched before it came was acknowledged.
    pub(super) fn drains_hashes(self) -> bool {
        Version::V4_0 <= self
    }

    /// Whether messages without a key are spread over the consumers of `Key_Shared` (PR 23219). Before, all of them had
    /// one constant for a key.
    pub(super) fn spreads_keyless(self) -> bool {
        Version::V4_0 <= self
    }
}
