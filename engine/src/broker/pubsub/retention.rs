//! Retention: what is not acknowledged is kept for the longer of the topic's and the subscription's
//! `messageRetentionDuration`, wherever it is. It is no dead letter.

use crate::journal::{Cause, Place};

use super::Out;
use super::subscription::{ABSENT, Live, Subscription};

impl Subscription {
    /// Removes what is too old and was not delivered yet.
    pub(super) fn end_retention(&mut self, out: &mut impl Out) {
        while let Some(entry) = self.fresh.front().copied()
            && self.expires(entry.own.at) <= out.now()
        {
            self.fresh.pop_front();
            self.waiting -= 1;
            self.moved(entry.own.message.id, Place::Waiting, Place::Expired, Cause::Expiry, out);
        }
        self.expire_in_lanes(out);
    }

    /// Removes what is too old and was delivered before.
    #[inline(never)]
    pub(super) fn expire_live(&mut self, place: u32, live: &Live, out: &mut impl Out) {
        let from = self.release(place, live);
        self.moved(live.entry.own.message.id, from, Place::Expired, Cause::Expiry, out);
        if live.lane != ABSENT {
            self.lanes.forget(live.lane, live.entry.own.number);
            self.refile(live.lane);
        }
    }

    /// Removes all there is, because the subscription is deleted.
    pub(super) fn purge(&mut self, why: Cause, out: &mut impl Out) {
        let delayed_in_lanes: Vec<u32> = (0..self.lanes.len()).collect();
        for lane in delayed_in_lanes {
            for entry in self.empty_lane(lane, u64::MAX, out) {
                self.waiting -= 1;
                self.moved(entry.own.message.id, Place::Waiting, Place::Removed, why, out);
            }
        }
        while let Some(entry) = self.fresh.pop_front() {
            self.waiting -= 1;
            self.moved(entry.own.message.id, Place::Waiting, Place::Removed, why, out);
        }
        let live: Vec<(u32, Live)> = self.live.iter().map(|(place, live)| (place, *live)).collect();
        for (place, live) in live {
            let from = self.release(place, &live);
            self.moved(live.entry.own.message.id, from, Place::Removed, why, out);
        }
    }
}
