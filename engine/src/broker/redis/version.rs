//! The versions whose rules differ, and in what.

/// The versions, oldest first, as people write them.
pub const VERSIONS: &[&str] = &["7.0", "8.0", "8.2", "8.4", "8.8"];

/// A series of releases of Redis.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Version {
    /// 7.0.
    V7_0,
    /// 8.0; the rules of wake-up are those since 7.2.
    V8_0,
    /// 8.2.
    V8_2,
    /// 8.4.
    V8_4,
    /// 8.8, with what came in 8.6.
    V8_8,
}

impl Version {
    /// The version of this name; the newest for any other.
    pub fn named(name: &str) -> Version {
        match name {
            "7.0" => Version::V7_0,
            "8.0" => Version::V8_0,
            "8.2" => Version::V8_2,
            "8.4" => Version::V8_4,
            _ => Version::V8_8,
        }
    }

    /// Whether a blocked client's whole command is run anew when a key of it is ready. Before, it was served from that key alone.
    pub(super) fn runs_anew_on_wake_up(self) -> bool {
        Version::V8_0 <= self
    }

    /// `KEEPREF`, `DELREF`, `ACKED`, and the commands `XDELEX` and `XACKDEL`.
    pub(super) fn knows_references(self) -> bool {
        Version::V8_2 <= self
    }

    /// `XREADGROUP CLAIM`.
    pub(super) fn claims_on_read(self) -> bool {
        Version::V8_4 <= self
    }

    /// `XADD IDMP` and `XCFGSET`, since 8.6.
    pub(super) fn adds_once(self) -> bool {
        Version::V8_8 <= self
    }

    /// `XNACK`.
    pub(crate) fn gives_back(self) -> bool {
        Version::V8_8 <= self
    }
}
