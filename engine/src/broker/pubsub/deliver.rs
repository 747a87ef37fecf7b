//! Delivery: a message goes to one client at a time, under a lease that the client can extend.
//!
//! Streams with room take turns, message by message; real streams share in no order that is promised. A unary `Pull`
//! takes what is available at once, and waits for nothing.

use crate::id::{ClientId, WorkerId};
use crate::journal::What;
use crate::time::Time;

use super::Out;
use super::api::{AckId, Push, ReceivedMessage};
use super::approximate::Chance;
use super::message::{Entry, Published, after, attempt, later};
use super::stream::PULLED;
use super::subscription::{ABSENT, Live, Source, State, Subscription};

/// A message that is handed out: its place, if it was delivered before, and its lane.
struct Given {
    entry: Entry,
    place: Option<u32>,
    lane: u32,
}

impl Subscription {
    /// Gives what is available to streams that have room.
    #[inline]
    pub(super) fn serve(&mut self, chance: &mut Chance, out: &mut impl Out) {
        if self.config.ordering {
            self.serve_bound(chance, out);
        }
        while let Some(stream) = self.streams.next()
            && let Some(source) = self.next_source()
        {
            self.give(stream, source, chance, out);
            if self.config.ordering {
                self.serve_bound(chance, out);
            }
        }
    }

    /// Gives streams what only they can get.
    #[inline(never)]
    fn serve_bound(&mut self, chance: &mut Chance, out: &mut impl Out) {
        while let Some(stream) = self.streams.next_eager() {
            while let Some(own) = self.streams.get(stream)
                && own.has_room()
                && let Some((_, lane)) = own.bound.first()
            {
                self.give(stream, Source::Lane(lane), chance, out);
            }
        }
    }

    #[inline]
    fn give(&mut self, stream: u32, source: Source, chance: &mut Chance, out: &mut impl Out) {
        let Some(own) = self.streams.get(stream) else { return };
        let (client, seconds) = (own.client, own.ack_deadline.unwrap_or(self.config.ack_deadline));
        if let Some(received) = self.take(source, (stream, client, seconds), chance, out) {
            self.streams.give(stream, received.message.size);
            if let Source::Lane(lane) = source {
                self.refile(lane);
            }
            out.push(client, Push::Message(received));
        }
    }

    /// `Pull`: takes at most `max` of what is available. Of an ordering key it takes what it can, and then nobody gets
    /// more of that key until all of that is settled.
    pub(super) fn pull(
        &mut self,
        client: ClientId,
        max: u32,
        chance: &mut Chance,
        out: &mut impl Out,
    ) -> Vec<ReceivedMessage> {
        let (mut all, seconds) = (Vec::new(), self.config.ack_deadline);
        while all.len() < max as usize
            && let Some(source) = self.next_source()
        {
            loop {
                all.extend(self.take(source, (PULLED, client, seconds), chance, out));
                match source {
                    Source::Lane(lane) if all.len() < max as usize && self.lanes.is_deliverable(lane) => {}
                    Source::Lane(lane) => {
                        self.refile(lane);
                        break;
                    }
                    Source::Fresh | Source::Again(_) => break,
                }
            }
        }
        all
    }

    /// As [`Subscription::enter`], of a message that goes to a stream at once, which is handed back and not pushed. Nothing
    /// is done, and nothing returned, if it is not such.
    #[inline]
    pub(super) fn enter_at_once(
        &mut self,
        own: &Published,
        chance: &mut Chance,
        out: &mut impl Out,
    ) -> Option<(ClientId, ReceivedMessage)> {
        if self.config.ordering || self.next_source().is_some() || !self.wants(own) {
            return None;
        }
        let stream = self.streams.next()?;
        let to = self.streams.get(stream)?;
        let (client, seconds) = (to.client, to.ack_deadline.unwrap_or(self.config.ack_deadline));
        out.record(What::Enqueued { message: own.message.id, store: self.store });
        self.waiting += 1;
        let given = Given { entry: Entry::new(own, own.at), place: None, lane: ABSENT };
        let received = self.hand_out(given, (stream, client, seconds), chance, out)?;
        self.streams.give(stream, own.message.size);
        Some((client, received))
    }

    /// Takes a message from where it is and hands it out.
    #[inline]
    fn take(
        &mut self,
        source: Source,
        to: (u32, ClientId, u32),
        chance: &mut Chance,
        out: &mut impl Out,
    ) -> Option<ReceivedMessage> {
        let (entry, place, lane) = match source {
            Source::Fresh => (self.fresh.pop_front()?, None, ABSENT),
            Source::Again(place) => {
                self.again.clear(place);
                (self.live.get(place)?.entry, Some(place), ABSENT)
            }
            Source::Lane(lane) => (self.lanes.pop(lane)?, None, lane),
        };
        self.hand_out(Given { entry, place, lane }, to, chance, out)
    }

    /// Hands a message out to a stream, of a client, for so many seconds.
    #[inline]
    fn hand_out(
        &mut self,
        Given { mut entry, place, lane }: Given,
        (stream, client, seconds): (u32, ClientId, u32),
        chance: &mut Chance,
        out: &mut impl Out,
    ) -> Option<ReceivedMessage> {
        let now = out.now();
        entry.deliveries = entry.deliveries.saturating_add(1);
        out.record(What::Delivered {
            message: entry.own.message.id,
            store: self.store,
            worker: WorkerId(client.0),
            attempt: attempt(entry.deliveries),
            waited: now.nanos_since(entry.since),
            begins: false,
        });
        (self.waiting, self.held) = (self.waiting - 1, self.held + 1);
        let deadline = later(after(now, seconds), chance.late());
        let live = Live { entry, state: State::Outstanding { stream, deadline }, lane };
        let place = match place {
            None => self.live.insert(live),
            Some(place) => {
                *self.live.get_mut(place)? = live;
                place
            }
        };
        self.time(place, deadline, entry.own.at);
        if lane != ABSENT {
            self.lanes.given(lane, stream, entry.own.number, place);
        }
        Some(self.received(&entry, place))
    }

    /// What comes first ends the stay of a message at its place: the time that is told, or its retention.
    #[inline]
    pub(super) fn time(&mut self, place: u32, until: Time, published: Time) {
        let end = until.min(self.expires(published));
        let count = self.next_count();
        self.clock.set(place, (end.as_nanos(), count));
        self.is_due(end);
    }

    #[inline]
    fn received(&self, entry: &Entry, place: u32) -> ReceivedMessage {
        let counts = self.config.dead_letters.is_some();
        ReceivedMessage {
            message: entry.own.message,
            ack_id: AckId {
                subscription: self.store,
                place,
                number: entry.own.number,
                delivery: entry.deliveries,
            },
            message_id: entry.own.number,
            publish_time: entry.own.at,
            ordering_key: entry.own.ordering_key,
            delivery_attempt: if counts { entry.attempts.saturating_add(1) } else { 0 },
            available: entry.since,
            source: entry.own.source,
        }
    }
}
