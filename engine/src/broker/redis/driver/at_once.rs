//! What nearly every message of a stream takes, without requests and replies: appended, read, acknowledged. What comes of
//! it is the same as by way of the network.

use super::super::reply::Reply;
use super::super::request::Which;
use super::super::server::ReadAtOnce;
use super::plan::{Claiming, Holds};
use super::worker::reads;
use super::{Add, Direct, Entry, Held, Line, Parcel, Redis, RedisDriver, Refusal, RequestId, Take, WorkerId};

impl RedisDriver {
    /// `XADD`.
    #[inline]
    pub(super) fn append(
        &mut self,
        parcel: Parcel,
        server: &mut Redis,
        line: &mut impl Direct<Redis>,
    ) -> bool {
        let (message, producer) = (parcel.message, parcel.message.producer);
        let Some(sending) = self.plan.sender(producer).and_then(|sender| self.plan.senders.get(sender))
        else {
            return false;
        };
        let Some(part) = self.plan.parts.get(parcel.to.map_or(sending.to, usize::from)) else { return false };
        if part.holds != Holds::Stream || sending.once || server.limits_memory() {
            return false;
        }
        let add = Add { key: part.key, message, make: true, trim: sending.stream_trim, special: None };
        self.next_id();
        match server.add_at_once(&add, line) {
            Ok(Some(_)) => line.confirmed(message.id, producer),
            Ok(None) | Err(_) => line.refused(message, Refusal::Invalid),
        }
        true
    }

    /// `XACK`.
    #[inline]
    pub(super) fn acknowledge_at_once(
        &mut self,
        worker: WorkerId,
        server: &mut Redis,
        line: &mut impl Direct<Redis>,
    ) -> bool {
        let Some(pool) = self.plan.pool(worker) else { return false };
        let (key, group) = (pool.key, pool.group);
        if pool.take != Take::Group {
            return false;
        }
        let Some(own) = self.workers.get_mut(usize::from(worker.0)) else { return false };
        if own.open.is_some() {
            return false;
        }
        let Some(held) = own.hand.take_if(|held| held.kept) else { return false };
        self.next_id();
        server.acknowledge_at_once(key, group, held.id, line);
        true
    }

    /// What was fetched before, or `XREADGROUP`.
    #[inline]
    pub(super) fn read_at_once(
        &mut self,
        worker: WorkerId,
        server: &mut Redis,
        line: &mut impl Direct<Redis>,
    ) -> bool {
        let now = Line::now(line);
        let Some(pool) = self.plan.pool(worker) else { return false };
        let Some(own) = self.workers.get_mut(usize::from(worker.0)) else { return false };
        if own.fetched.front().is_some_and(|held| held.bytes == 0)
            && let Some(held) = own.fetched.pop_front()
        {
            (own.asks, own.hand) = (false, Some(held));
            line.deliver(worker, held.entry);
            return true;
        }
        let claims = match pool.claiming {
            Claiming::NowAndThen => own.next_claim.is_some_and(|at| at <= now),
            Claiming::WithEachRead => true,
            Claiming::Nobody => false,
        };
        let is_new = own.recovers.is_none() || pool.no_ack;
        if pool.take != Take::Group || !is_new || claims || own.open.is_some() || !own.fetched.is_empty() {
            return false;
        }
        self.asked = self.asked.wrapping_add(1);
        let (client, (consumer, _)) = (Self::client(worker), pool.names(worker));
        let (key, group, no_ack) = (pool.key, pool.group, pool.no_ack);
        let read = ReadAtOnce { key, group, client, consumer, count: pool.count, no_ack };
        let fetched = &mut own.fetched;
        let mut first = None;
        let found = server.read_at_once(&read, line, |store, slot| {
            let entry = Entry { message: slot.message, entered: slot.added, attempt: 1, store };
            let held = Held { entry, id: slot.id, bytes: 0, kept: !no_ack };
            if first.is_none() {
                first = Some(held);
            } else {
                fetched.push_back(held);
            }
        });
        if let Some(held) = first {
            own.next_claim = own.next_claim.or(Some(now + pool.claim_every));
            (own.asks, own.hand) = (false, Some(held));
            line.deliver(worker, held.entry);
            return true;
        }
        own.asks = true;
        let id = RequestId(self.asked);
        own.open = Some((id, pool.reads_new()));
        match found {
            Ok(_) => server.waits(client, id, reads(pool.read(consumer, Which::New)), line),
            Err(error) => line.reply(client, id, Reply::Error(error)),
        }
        true
    }
}
