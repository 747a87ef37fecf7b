//! Leases: acknowledging, extending, giving back, and what becomes of a message whose lease is over.
//!
//! ```text
//!                                       +--- modifyAckDeadline(d) ---+
//!                                       v                            |
//! available --delivered--> outstanding until now + ack deadline -----+--acknowledge--> acknowledged
//!     ^                          |
//!     |                          +-- modifyAckDeadline(0), or the deadline --> failures + 1
//!     |                                                                          |
//!     +<-- no retry policy -- or: backing off, then <----------------------------+--> dead-letter topic, if too often
//! ```
//!
//! Best effort, and what a client cannot rely on: an `ackId` whose lease is over still acknowledges its message, as long
//! as that is not acknowledged and has no place in an order to come back to. With exactly-once delivery it is refused.

use crate::journal::{Cause, Place};
use crate::time::Time;

use super::Out;
use super::api::{AckId, Code, Fault};
use super::approximate::Chance;
use super::config::MAX_ACK_DEADLINE;
use super::message::{after, later};
use super::subscription::{ABSENT, Live, State, Subscription};

const STALE: Fault = Fault::new(
    Code::InvalidAckId,
    "the ackId is not that of the outstanding delivery: the lease is over, or the message was acknowledged",
);

impl Subscription {
    /// The message that an `ackId` names while it is out by that delivery.
    #[inline]
    fn outstanding(&self, id: &AckId) -> Option<&Live> {
        let live = self.live.get(id.place)?;
        let same = live.entry.own.number == id.number && live.entry.deliveries == id.delivery;
        (same && matches!(live.state, State::Outstanding { .. })).then_some(live)
    }

    /// `Acknowledge`.
    #[inline]
    pub(super) fn acknowledge(
        &mut self,
        id: &AckId,
        chance: &mut Chance,
        out: &mut impl Out,
    ) -> Result<(), Fault> {
        let Some(&Live { ref entry, state: State::Outstanding { stream, .. }, lane }) = self.outstanding(id)
        else {
            return self.acknowledge_late(id, out);
        };
        let (message, of_lane) = (entry.own.message, (lane != ABSENT).then_some(*entry));
        if !self.config.exactly_once && chance.happens(chance.settings.lost_acks) {
            return Ok(());
        }
        self.live.free(id.place);
        self.clock.clear(id.place);
        self.held -= 1;
        self.moved(message.id, Place::Held, Place::Done, Cause::Ack, out);
        self.streams.take_back(stream, message.size);
        if let Some(entry) = &of_lane {
            self.lanes.acknowledged(lane, entry);
            self.refile(lane);
        }
        Ok(())
    }

    /// The lease is over, or the message was acknowledged before.
    #[inline(never)]
    fn acknowledge_late(&mut self, id: &AckId, out: &mut impl Out) -> Result<(), Fault> {
        if self.config.exactly_once {
            return Err(STALE);
        }
        if let Some(&live) = self.live.get(id.place)
            && live.entry.own.number == id.number
            && live.lane == ABSENT
        {
            let from = self.release(id.place, &live);
            self.moved(live.entry.own.message.id, from, Place::Done, Cause::Ack, out);
        }
        Ok(())
    }

    /// Takes a message out of its place, wherever it stands. The lane, if it has one, is not told.
    pub(super) fn release(&mut self, place: u32, live: &Live) -> Place {
        self.live.free(place);
        self.clock.clear(place);
        match live.state {
            State::Outstanding { stream, .. } => {
                self.held -= 1;
                self.streams.take_back(stream, live.entry.own.message.size);
                Place::Held
            }
            State::Available => {
                self.waiting -= 1;
                self.again.clear(place);
                Place::Waiting
            }
            State::BackingOff(_) => {
                self.delayed -= 1;
                Place::Delayed
            }
        }
    }

    /// `ModifyAckDeadline`.
    pub(super) fn modify_ack_deadline(
        &mut self,
        id: &AckId,
        seconds: u32,
        chance: &mut Chance,
        out: &mut impl Out,
    ) -> Result<(), Fault> {
        if MAX_ACK_DEADLINE < seconds {
            return Err(Fault::invalid("ackDeadlineSeconds is 0 to 600"));
        }
        if self.outstanding(id).is_none() {
            return if self.config.exactly_once { Err(STALE) } else { Ok(()) };
        }
        if seconds == 0 {
            self.fail(id.place, Cause::Reject, chance, out);
            return Ok(());
        }
        let until = later(after(out.now(), seconds), chance.late());
        if let Some(live) = self.live.get_mut(id.place)
            && let State::Outstanding { deadline, .. } = &mut live.state
        {
            *deadline = until;
            let published = live.entry.own.at;
            self.time(id.place, until, published);
        }
        Ok(())
    }

    /// A delivery has failed: it was given back, or its lease is over.
    pub(super) fn fail(&mut self, place: u32, why: Cause, chance: &mut Chance, out: &mut impl Out) {
        let Some(live) = self.live.get_mut(place) else { return };
        let entry = &mut live.entry;
        entry.failures = entry.failures.saturating_add(1);
        entry.since = out.now();
        let policy = self.config.dead_letters.filter(|policy| policy.permitted);
        if policy.is_some() {
            entry.attempts = entry.attempts.saturating_add(1);
        }
        let live = *live;
        if let Some(policy) = policy
            && policy.attempts <= live.entry.attempts
            && (policy.attempts < live.entry.attempts || !chance.miscounts())
        {
            return self.bury(place, &live, out);
        }
        let backoff = match &self.config.retry {
            Some(policy) => chance.backoff(policy, live.entry.failures),
            None => 0,
        };
        let until = (backoff != 0).then(|| later(out.now(), backoff));
        if live.lane != ABSENT {
            return self.fail_in_lane(place, &live, until, why, out);
        }
        self.held -= 1;
        if let State::Outstanding { stream, .. } = live.state {
            self.streams.take_back(stream, live.entry.own.message.size);
        }
        let message = live.entry.own.message.id;
        if let Some(until) = until {
            self.delayed += 1;
            self.moved(message, Place::Held, Place::Delayed, why, out);
            self.time(place, until, live.entry.own.at);
            self.set_state(place, State::BackingOff(until));
        } else {
            self.moved(message, Place::Held, Place::Waiting, why, out);
            self.show_again(place, &live);
        }
    }

    /// Makes a message available again at its place.
    fn show_again(&mut self, place: u32, live: &Live) {
        self.waiting += 1;
        self.time(place, Time::MAX, live.entry.own.at);
        self.set_state(place, State::Available);
        let count = self.next_count();
        self.again.set(place, (live.entry.since.as_nanos(), count));
    }

    fn set_state(&mut self, place: u32, state: State) {
        if let Some(live) = self.live.get_mut(place) {
            live.state = state;
        }
    }

    /// Ends all whose time has come: leases, backoffs, and the retention of what was delivered before.
    pub(super) fn end_leases(&mut self, chance: &mut Chance, out: &mut impl Out) {
        let now = out.now();
        while let Some(((end, _), place)) = self.clock.first()
            && end <= now.as_nanos()
            && let Some(&live) = self.live.get(place)
        {
            if self.expires(live.entry.own.at) <= now {
                self.expire_live(place, &live, out);
                continue;
            }
            match live.state {
                State::Outstanding { .. } => self.fail(place, Cause::Timeout, chance, out),
                State::BackingOff(_) => {
                    self.delayed -= 1;
                    self.moved(live.entry.own.message.id, Place::Delayed, Place::Waiting, Cause::Delay, out);
                    let entry = super::message::Entry { since: now, ..live.entry };
                    let live = Live { entry, ..live };
                    if let Some(own) = self.live.get_mut(place) {
                        *own = live;
                    }
                    self.show_again(place, &live);
                }
                // Nothing but its retention can be over.
                State::Available => self.time(place, Time::MAX, live.entry.own.at),
            }
        }
        self.end_lane_backoffs(out);
    }

    /// Times all anew, after a change of the retention.
    pub(super) fn time_all(&mut self) {
        let all: Vec<(u32, Live)> = self.live.iter().map(|(place, live)| (place, *live)).collect();
        for (place, live) in all {
            let until = match live.state {
                State::Outstanding { deadline, .. } => deadline,
                State::BackingOff(until) => until,
                State::Available => Time::MAX,
            };
            self.time(place, until, live.entry.own.at);
        }
        self.look_ahead();
    }
}
