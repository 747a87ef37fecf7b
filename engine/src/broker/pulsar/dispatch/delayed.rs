//! Delayed delivery: `deliverAt` and `deliverAfter`, in `Shared` and `Key_Shared` subscriptions.
//!
//! What is to wait is put aside when the dispatcher reads it. The tracker is looked at when the first of it is due, and
//! whenever something is dispatched; it then lets go what is due within the next tick, unless the broker is strict.

use crate::journal::{Cause, Place};
use crate::time::Time;

use super::super::ledger::Slot;
use super::super::settings::Settings;
use super::super::subscription::{Ground, Subscription, alive};
use super::super::{Out, facts};

/// What is due before this counts as due now.
fn cutoff(settings: &Settings, now: Time) -> Time {
    if settings.delayed_strict { now } else { now + settings.delayed_tick }
}

impl Subscription {
    /// Puts an entry aside that is not due yet.
    #[inline]
    pub(in super::super) fn is_for_later(
        &mut self,
        ground: Ground<'_>,
        slot: &Slot,
        position: u64,
        out: &mut impl Out,
    ) -> bool {
        let at = slot.deliver_at();
        if at == Time::ZERO || at <= cutoff(ground.settings, out.now()) {
            return false;
        }
        let mut count = 0;
        for (_, message) in alive(slot, self.partial.get(&position)) {
            count += 1;
            let way = (Place::Waiting, Place::Delayed);
            facts::moved(message.id, self.store, way, 1, Cause::Delay, out);
        }
        self.waiting -= count;
        self.delayed += count;
        self.later.insert((at, position));
        true
    }

    /// Lets go what is due.
    pub(in super::super) fn let_go(&mut self, ground: Ground<'_>, out: &mut impl Out) {
        let until = cutoff(ground.settings, out.now());
        while let Some((at, position)) = self.later.first().copied()
            && at <= until
        {
            self.later.remove(&(at, position));
            let Some(slot) = &ground.log.get(position) else { continue };
            let mut count = 0;
            for (_, message) in alive(slot, self.partial.get(&position)) {
                count += 1;
                let way = (Place::Delayed, Place::Waiting);
                facts::moved(message.id, self.store, way, 1, Cause::Delay, out);
            }
            self.delayed -= count;
            self.waiting += count;
            self.put_by(ground, position, slot);
        }
    }
}
