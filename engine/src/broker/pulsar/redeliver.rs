//! Clients ask for messages again: what was negatively acknowledged, what took too long.

use crate::journal::Cause;

use super::Out;
use super::consumer::ConsumerId;
use super::reply::{Error, Reply};
use super::request::Type;
use super::server::{Pulsar, Seat};

impl Pulsar {
    /// A consumer wants these again. In `Exclusive` and `Failover` it gets all again that is not acknowledged.
    pub(super) fn redeliver(
        &mut self,
        seat: Option<Seat>,
        consumer: ConsumerId,
        entries: &[u64],
        out: &mut impl Out,
    ) -> Reply {
        let Some(seat) = seat else { return Reply::Error(Error::ConsumerNotFound) };
        self.with(seat.topic.into(), seat.subscription.into(), |own, ground| {
            if !own.shares() {
                if own.active == Some(consumer) && own.switch_at.is_none() {
                    own.rewind(ground, Cause::Reject, out);
                }
            } else {
                for entry in entries {
                    if own.pending.get(*entry).is_some_and(|pending| pending.consumer == consumer)
                        && let Some(pending) = own.pending.take(*entry)
                    {
                        own.give_back(ground, *entry, pending, (true, Cause::Reject), out);
                    }
                }
                own.let_go(ground, out);
            }
            own.dispatch(ground, out);
        });
        Reply::Ok
    }

    /// A consumer wants all again that it has.
    pub(super) fn redeliver_all(
        &mut self,
        seat: Option<Seat>,
        consumer: ConsumerId,
        epoch: u32,
        out: &mut impl Out,
    ) -> Reply {
        let Some(seat) = seat else { return Reply::Error(Error::ConsumerNotFound) };
        let all = self.with(seat.topic.into(), seat.subscription.into(), |own, _| {
            if let Some(place) = own.place_of(consumer) {
                own.consumers[place].epoch = epoch;
            }
            match own.kind {
                Type::Exclusive | Type::Failover => Vec::new(),
                Type::Shared | Type::KeyShared => {
                    own.pending.positions(|_, pending| pending.consumer == consumer)
                }
            }
        });
        self.redeliver(Some(seat), consumer, &all.unwrap_or_default(), out)
    }
}
