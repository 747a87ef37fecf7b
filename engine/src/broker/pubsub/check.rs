//! What always holds in a subscription between two calls, for tests.

use super::service::PubSub;
use super::subscription::{ABSENT, State, Subscription};

impl PubSub {
    /// Panics where the parts of the state contradict each other.
    pub(super) fn check(&self) {
        self.subscriptions.iter().flatten().for_each(Subscription::check);
    }
}

impl Subscription {
    fn check(&self) {
        let of = |is: fn(&State) -> bool| self.live.iter().filter(|(_, live)| is(&live.state)).count() as u64;
        let (again, later) =
            (of(|own| *own == State::Available), of(|own| matches!(own, State::BackingOff(_))));
        let in_lanes = self.lanes.waiting(usize::MAX).count() as u64;
        let backing_off = self.lanes.backing_off();
        assert_eq!(self.held, of(|own| matches!(own, State::Outstanding { .. })), "{}", self.name);
        assert_eq!(self.waiting, self.fresh.len() + again + in_lanes - backing_off, "{}", self.name);
        assert_eq!(self.delayed, later + backing_off, "{}", self.name);
        assert!(self.dead.is_empty());
        // Nothing waits that somebody with room could have.
        assert!(self.streams.next().is_none() || self.next_source().is_none(), "{}", self.name);
        self.streams.check();
        let in_order =
            |numbers: Vec<u64>| assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
        in_order(self.fresh.iter().map(|entry| entry.own.number).collect());
        self.lanes.check(|place, number| {
            self.live.get(place).is_some_and(|live| live.entry.own.number == number && live.lane != ABSENT)
        });
    }
}
