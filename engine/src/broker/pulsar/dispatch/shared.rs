//! `Shared`: all consumers, in turn, by priority.
//!
//! What is to be dispatched anew comes first. The one whose turn it is gets up to `dispatcherMaxRoundRobinBatchSize`
//! entries; one of a worse priority only while none of a better one has permits.

use super::super::Out;
use super::super::request::Type;
use super::super::subscription::{Ground, Subscription};

impl Subscription {
    /// Sends the consumers what they may be sent.
    #[inline]
    pub(in super::super) fn dispatch_shared(&mut self, ground: Ground<'_>, out: &mut impl Out) {
        if self.waiting == 0 || self.blocked {
            return;
        }
        loop {
            let turn = self.turn;
            let Some(place) = self.next_consumer() else { return };
            let mut rest = ground.settings.round_robin;
            while rest != 0 && self.consumers[place].is_available() && !self.blocked {
                let Some((position, again)) = self.next_entry(ground) else {
                    if rest == ground.settings.round_robin {
                        // Nothing was sent: it stays this one's turn.
                        self.turn = turn;
                    }
                    return;
                };
                let Some(slot) = &ground.log.get(position) else { return };
                if again {
                    self.replay.remove(&position);
                } else {
                    self.cursor.read = position + 1;
                }
                if self.is_for_later(ground, slot, position, out) {
                    continue;
                }
                self.send(slot, position, place, 0, out);
                self.check_unacked(place, ground.settings);
                rest -= 1;
            }
            if self.blocked {
                return;
            }
        }
    }

    /// The next entry to be sent, and whether it was dispatched before.
    #[inline]
    fn next_entry(&mut self, ground: Ground<'_>) -> Option<(u64, bool)> {
        if let Some(first) = self.replay.first() {
            return Some((*first, true));
        }
        self.cursor.next(ground.log.end()).map(|position| (position, false))
    }

    /// The consumer that is sent what was stored just now, if nothing else is to be sent and one can be sent something.
    /// None of that is known here: `None` if it is not so.
    #[inline]
    pub(in super::super) fn next_for_newest(&mut self, newest: u64) -> Option<Option<usize>> {
        let is_usual = self.kind == Type::Shared && !self.blocked;
        if !is_usual || self.cursor.read != newest || !self.replay.is_empty() || !self.later.is_empty() {
            return None;
        }
        Some(self.next_consumer())
    }

    /// The consumer whose turn it is, of those that can be sent something; then it is the next one's.
    #[inline]
    pub(in super::super) fn next_consumer(&mut self) -> Option<usize> {
        if let [only] = &self.consumers[..] {
            return only.is_available().then(|| {
                self.turn = 1;
                0
            });
        }
        self.next_of_several()
    }

    fn next_of_several(&mut self) -> Option<usize> {
        let all = &self.consumers;
        let turn = if (self.turn as usize) < all.len() { self.turn as usize } else { 0 };
        let priority = all.get(turn)?.priority;
        let better = (0..turn)
            .take_while(|place| all[*place].priority < priority)
            .find(|place| all[*place].is_available());
        let first = all.partition_point(|consumer| consumer.priority < priority);
        let end = all.partition_point(|consumer| consumer.priority <= priority);
        let place = better.or_else(|| {
            let own = (turn..end).chain(first..turn).chain(end..all.len());
            own.into_iter().find(|place| all[*place].is_available())
        })?;
        self.turn = place as u32 + 1;
        Some(place)
    }
}
