//! In flight: hidden until a timeout, under the handle of the receive.
//!
//! A timeout counts from the receive or from the last `ChangeMessageVisibility`, and never lasts longer than 12 hours
//! from the receive. Retention goes on meanwhile.

use crate::journal::{Cause, Place};
use crate::time::Time;

use super::Out;
use super::api::{Code, Fault, ReceiptHandle};
use super::attributes::MAX_VISIBILITY_TIMEOUT;
use super::queue::Queue;
use super::stored::{Stored, after};

/// A message in flight.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Held {
    pub(super) stored: Stored,
    /// The lane it was in and returns to.
    pub(super) lane: u32,
    /// When it was received.
    pub(super) received: Time,
    pub(super) deadline: Time,
    /// Whether its timeout was changed since it was received.
    pub(super) changed: bool,
}

impl Queue {
    /// Hides a message for `timeout` seconds, and tells the place at which it is found.
    #[inline]
    pub(super) fn hide(&mut self, lane: u32, stored: &Stored, timeout: u32, now: Time) -> u32 {
        let deadline = after(now, timeout);
        if self.is_fifo() {
            self.lanes[lane as usize].hide(stored.age());
        } else if let Some(tenant) = stored.group {
            self.fairness.count(tenant, true);
        }
        let sent = stored.sent;
        let place = self.held.insert(Held { stored: *stored, lane, received: now, deadline, changed: false });
        self.rank(place, sent, deadline);
        place
    }

    /// What comes first ends the stay: the timeout, or the retention period.
    #[inline]
    fn rank(&mut self, place: u32, sent: Time, deadline: Time) {
        self.set += 1;
        let end = deadline.min(self.expires(sent));
        self.deadlines.set(place, (end.as_nanos(), self.set));
        self.is_due(end);
    }

    /// Ranks all in flight anew, after a change of the retention period.
    pub(super) fn rank_all(&mut self) {
        let all: Vec<_> =
            self.held.iter().map(|(place, held)| (place, held.stored.sent, held.deadline)).collect();
        for (place, sent, deadline) in all {
            self.rank(place, sent, deadline);
        }
    }

    /// The message that a handle names, if it is still in flight by that receive.
    #[inline]
    pub(super) fn held_by(&self, handle: &ReceiptHandle) -> Option<&Held> {
        let held = self.held.get(handle.place)?;
        let same = held.stored.sequence == handle.sequence && held.stored.receives == handle.receive;
        same.then_some(held)
    }

    /// Takes a message out of flight.
    #[inline(never)]
    pub(super) fn unhide(&mut self, place: u32, comes_back: bool) -> Option<Held> {
        let held = self.held.remove(place)?;
        self.deadlines.clear(place);
        if self.is_fifo() {
            let lane = &mut self.lanes[held.lane as usize];
            let age = held.stored.age();
            if comes_back {
                lane.unhide(age);
            } else {
                lane.forget(age);
            }
            self.refile(held.lane);
        } else if let Some(tenant) = held.stored.group {
            self.fairness.count(tenant, false);
        }
        Some(held)
    }

    /// Makes a message in flight visible again.
    #[inline(never)]
    fn give_back(&mut self, place: u32, why: Cause, out: &mut impl Out) {
        if let Some(held) = self.unhide(place, true) {
            self.record(held.stored.message.id, Place::Held, Place::Waiting, why, out);
            self.put(held.lane, &Stored { visible: out.now(), ..held.stored });
        }
    }

    /// `DeleteMessage`.
    ///
    /// On a standard queue a handle of an earlier receive deletes nothing once there was a later one, and nobody is
    /// told; one whose timeout is over does delete while nobody has received the message since. On a FIFO queue
    /// neither is accepted.
    #[inline]
    pub(super) fn delete(
        &mut self,
        handle: &ReceiptHandle,
        forgets: bool,
        out: &mut impl Out,
    ) -> Result<(), Fault> {
        self.check_handle(handle)?;
        let Some(held) = self.held_by(handle) else { return self.delete_late(handle, out) };
        if forgets {
            return Ok(());
        }
        let message = held.stored.message.id;
        // What has a group is more to somebody than a place.
        if held.stored.group.is_some() {
            self.unhide(handle.place, false);
        } else {
            self.held.free(handle.place);
            self.deadlines.clear(handle.place);
        }
        self.left += 1;
        self.record(message, Place::Held, Place::Done, Cause::Ack, out);
        Ok(())
    }

    /// Deletes what is not in flight by this receive any more.
    #[inline(never)]
    fn delete_late(&mut self, handle: &ReceiptHandle, out: &mut impl Out) -> Result<(), Fault> {
        let age = (handle.sent, handle.sequence);
        if self.is_fifo() {
            if self.lanes.get(handle.lane as usize).is_some_and(|lane| lane.has_received(age)) {
                return Err(Fault::new(
                    Code::InvalidParameterValue,
                    "the receipt handle has expired: delete within the visibility timeout",
                ));
            }
            return Ok(());
        }
        if let Some(stored) = self.take_late(handle.lane, age, handle.receive) {
            self.record(stored.message.id, Place::Waiting, Place::Done, Cause::Ack, out);
            self.left += 1;
        }
        Ok(())
    }

    /// `ChangeMessageVisibility`.
    #[inline(never)]
    pub(super) fn change_visibility(
        &mut self,
        handle: &ReceiptHandle,
        timeout: u32,
        out: &mut impl Out,
    ) -> Result<(), Fault> {
        self.check_handle(handle)?;
        if MAX_VISIBILITY_TIMEOUT < timeout {
            return Err(Fault::value(timeout, "VisibilityTimeout is 0 to 43200 seconds"));
        }
        let Some(received) = self.held_by(handle).map(|held| held.received) else {
            return Err(Fault::new(
                Code::InvalidParameterValue,
                "the message does not exist or is not available for a change of its visibility timeout",
            ));
        };
        if timeout == 0 {
            self.give_back(handle.place, Cause::Reject, out);
            return Ok(());
        }
        let deadline = after(out.now(), timeout);
        if after(received, MAX_VISIBILITY_TIMEOUT) < deadline {
            return Err(Fault::value(
                timeout,
                "a message is hidden for at most 43200 seconds from its receive",
            ));
        }
        self.set_deadline(handle.place, deadline, true);
        Ok(())
    }

    pub(super) fn set_deadline(&mut self, place: u32, deadline: Time, changed: bool) {
        if let Some(held) = self.held.get_mut(place) {
            held.deadline = deadline;
            held.changed |= changed;
            let sent = held.stored.sent;
            self.rank(place, sent, deadline);
        }
    }

    #[inline]
    fn check_handle(&self, handle: &ReceiptHandle) -> Result<(), Fault> {
        if handle.queue == self.store {
            return Ok(());
        }
        Err(Fault::new(Code::ReceiptHandleIsInvalid, "the receipt handle is one of another queue"))
    }

    /// Ends the stay in flight of all whose time has come.
    pub(super) fn end_timeouts(&mut self, out: &mut impl Out) {
        let now = out.now();
        while let Some(((end, _), place)) = self.deadlines.first()
            && end <= now.as_nanos()
            && let Some(held) = self.held.get(place)
        {
            if self.expires(held.stored.sent) <= now {
                if let Some(held) = self.unhide(place, false) {
                    self.expire(&held.stored, Place::Held, out);
                }
            } else {
                self.give_back(place, Cause::Timeout, out);
            }
        }
    }
}
