//! The id of a stream entry: milliseconds and a sequence number, `1526919030474-55`.

use std::fmt;
use std::str::FromStr;

/// Ids are ordered by milliseconds, then by sequence number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EntryId {
    /// The milliseconds of the server's clock when the entry was added, unless its producer chose otherwise.
    pub ms: u64,
    /// Tells entries of one millisecond apart.
    pub seq: u64,
}

impl EntryId {
    /// The least, which no entry can have.
    pub const ZERO: EntryId = EntryId { ms: 0, seq: 0 };
    /// The greatest.
    pub const MAX: EntryId = EntryId { ms: u64::MAX, seq: u64::MAX };

    /// The next greater id, if there is one.
    pub fn next(self) -> Option<EntryId> {
        match self.seq.checked_add(1) {
            Some(seq) => Some(EntryId { ms: self.ms, seq }),
            None => Some(EntryId { ms: self.ms.checked_add(1)?, seq: 0 }),
        }
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

/// As commands write it; the sequence number can be left out and is then 0.
impl FromStr for EntryId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<EntryId, Self::Err> {
        match text.split_once('-') {
            Some((ms, seq)) => Ok(EntryId { ms: ms.parse()?, seq: seq.parse()? }),
            None => Ok(EntryId { ms: text.parse()?, seq: 0 }),
        }
    }
}
