//! Claiming: how what is pending gets another owner. Nothing does so by itself.
//!
//! `XCLAIM` takes entries by their ids, `XAUTOCLAIM` goes through all that is pending, `XREADGROUP CLAIM` takes the
//! longest idle ones (group.rs), and `XNACK` gives up an entry so that the next claim takes it however short its idle
//! time was.

use std::time::Duration;

use crate::id::ClientId;
use crate::journal::{Cause, Place, What};
use crate::time::{self, Time};

use super::entry_id::EntryId;
use super::group::{Group, Reader};
use super::pending::{GIVEN_BACK, Pending, instant};
use super::reply::{AutoClaimed, Error, Reply, StreamEntry};
use super::request::{AutoClaim, Claim, Idle, Nack, NackMode};
use super::server::Redis;
use super::stream::Entries;
use super::{Out, facts};

impl Redis {
    #[inline(never)]
    pub(super) fn claim(
        &mut self,
        claim: &Claim,
        client: ClientId,
        out: &mut impl Out,
    ) -> Result<Reply, Error> {
        let reader = Reader { client, consumer: claim.consumer };
        let clock = self.settings.clock(out.now());
        let (entries, group) = self.stream_and_group(claim.key, claim.group, Error::NoGroup)?;
        group.meet(claim.consumer);
        let ids = claim.ids.all().iter();
        let claimed: Vec<StreamEntry> =
            ids.filter_map(|id| group.claim(*id, claim, reader, (entries, clock), out)).collect();
        Ok(if claim.just_id {
            Reply::Ids(claimed.iter().map(|entry| entry.id).collect())
        } else {
            Reply::Entries(claimed)
        })
    }

    #[inline(never)]
    pub(super) fn auto_claim(
        &mut self,
        claim: &AutoClaim,
        client: ClientId,
        out: &mut impl Out,
    ) -> Result<Reply, Error> {
        if claim.count == 0 {
            return Err(Error::Refused("COUNT must be > 0"));
        }
        let reader = Reader { client, consumer: claim.consumer };
        let (entries, group) = self.stream_and_group(claim.key, claim.group, Error::NoGroup)?;
        group.meet(claim.consumer);
        // Ten times as many are looked at, so that no call takes long; the next one goes on from there.
        let looked_at = 10 * claim.count as usize;
        let ids: Vec<EntryId> =
            group.pending.iter_from(claim.start).map(|(id, _)| id).take(looked_at + 1).collect();
        let (mut claimed, mut deleted, mut next) = (Vec::new(), Vec::new(), 0);
        for id in ids.iter().take(looked_at) {
            if claim.count as usize <= claimed.len() + deleted.len() {
                break;
            }
            next += 1;
            let Some(pending) = group.pending.get(*id).copied() else { continue };
            let Some(slot) = entries.log.live(pending.place) else {
                group.drop_dangling(*id, out);
                deleted.push(*id);
                continue;
            };
            if pending.is_idle(claim.min_idle, out.now()) {
                let counted = pending.deliveries.saturating_add(u64::from(!claim.just_id));
                group.change_owner(*id, pending, reader, counted, instant(out.now()), claim.just_id, out);
                claimed.push(group.shown(slot, counted));
            }
        }
        let cursor = ids.get(next).copied().unwrap_or(EntryId::ZERO);
        let claimed = AutoClaimed { cursor, entries: claimed, deleted, just_id: claim.just_id };
        Ok(Reply::AutoClaimed(Box::new(claimed)))
    }

    #[inline(never)]
    pub(super) fn give_back(&mut self, nack: &Nack, out: &mut impl Out) -> Result<Reply, Error> {
        let (entries, group) = self.stream_and_group(nack.key, nack.group, Error::NoGroup)?;
        let mut given_back = 0;
        for id in nack.ids.all() {
            let (pending, counted) = match group.pending.get(*id).copied() {
                Some(pending) => (pending, pending.deliveries),
                None if nack.force => match group.force(*id, entries, out) {
                    Some(pending) => (pending, 0),
                    None => continue,
                },
                None => continue,
            };
            let counted = match nack.mode {
                NackMode::Silent => counted.saturating_sub(1),
                NackMode::Fail => counted,
                NackMode::Fatal => i64::MAX.unsigned_abs(),
            };
            let deliveries = nack.retry_count.unwrap_or(counted);
            group.pending.put(*id, Pending { owner: None, at: GIVEN_BACK, deliveries, ..pending });
            given_back += 1;
        }
        self.blocked.signal(nack.key);
        Ok(Reply::Integer(given_back))
    }
}

impl Pending {
    /// Whether it has been pending for so long. What was given back always has.
    fn is_idle(&self, min_idle: Duration, now: Time) -> bool {
        self.at == GIVEN_BACK || time::nanos(min_idle) <= self.idle(now)
    }
}

impl Group {
    #[inline(never)]
    fn claim(
        &mut self,
        id: EntryId,
        claim: &Claim,
        reader: Reader,
        (entries, clock): (&Entries, u64),
        out: &mut impl Out,
    ) -> Option<StreamEntry> {
        let Some(slot) = entries.log.find(id).and_then(|place| entries.log.get(place)) else {
            self.drop_dangling(id, out);
            return None;
        };
        let pending = match self.pending.get(id).copied() {
            Some(pending) => Some(pending).filter(|pending| pending.is_idle(claim.min_idle, out.now()))?,
            None if claim.force => self.force(id, entries, out)?,
            None => return None,
        };
        let counted = pending.deliveries.saturating_add(u64::from(!claim.just_id));
        let deliveries = claim.retry_count.unwrap_or(counted);
        let now = instant(out.now());
        let at = match claim.idle {
            Idle::Reset => now,
            Idle::For(idle) => now.saturating_sub(i64::try_from(time::nanos(idle)).unwrap_or(i64::MAX)),
            Idle::Since(ms) => {
                let ago = i64::try_from(clock.saturating_sub(ms)).unwrap_or(i64::MAX);
                now.saturating_sub(ago.saturating_mul(1_000_000))
            }
        };
        self.change_owner(id, pending, reader, deliveries, at, claim.just_id, out);
        Some(self.shown(slot, deliveries))
    }

    #[expect(clippy::too_many_arguments, reason = "who, what, how often, since when")]
    #[inline(never)]
    fn change_owner(
        &mut self,
        id: EntryId,
        pending: Pending,
        reader: Reader,
        deliveries: u64,
        at: i64,
        just_id: bool,
        out: &mut impl Out,
    ) {
        if !just_id {
            self.redeliver(id, pending, reader, deliveries, out);
        }
        self.pending.put(id, Pending { owner: Some(reader.consumer), at, deliveries, ..pending });
    }

    /// Makes an entry pending that is not; the position of the group stays, so it may be delivered once more.
    #[inline(never)]
    fn force(&mut self, id: EntryId, entries: &Entries, out: &mut impl Out) -> Option<Pending> {
        let place = entries.log.find(id)?;
        let message = entries.log.get(place)?.message.id;
        out.record(What::Republished { message, copies: 1, dead: false });
        facts::moved(message, self.store, (Place::Arriving, Place::Held), 1, Cause::Claim, out);
        let pending = Pending { owner: None, at: GIVEN_BACK, deliveries: 1, place, message };
        self.pending.put(id, pending);
        Some(pending)
    }
}
