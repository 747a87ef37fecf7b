//! Retention: a message is gone once it is older than `MessageRetentionPeriod`, wherever it is. It is no dead letter.

use crate::journal::{Cause, Place};
use crate::time::Time;

use super::Out;
use super::queue::Queue;
use super::stored::{Stored, after};

impl Queue {
    /// When what was sent at `sent` is gone.
    #[inline]
    pub(super) fn expires(&self, sent: Time) -> Time {
        after(sent, self.attributes.retention)
    }

    /// Removes what is visible and too old.
    pub(super) fn end_retention(&mut self, out: &mut impl Out) {
        while let Some(((sent, _), lane)) = self.oldest()
            && self.expires(sent) <= out.now()
            && let Some(stored) = self.pop(lane)
        {
            self.refile(lane);
            self.expire(&stored, Place::Waiting, out);
        }
    }

    #[inline(never)]
    pub(super) fn expire(&mut self, stored: &Stored, from: Place, out: &mut impl Out) {
        self.record(stored.message.id, from, Place::Expired, Cause::Expiry, out);
        self.left += 1;
    }
}
