//! Retry letters and dead letters: the consumer publishes a message anew, and then acknowledges the original.
//!
//! A message that was redelivered `maxRedeliverCount` times goes to the dead letter topic when it is to be redelivered once
//! more. `reconsumeLater` sends it to the retry letter topic of its subscription, to be delivered after a while; after as
//! many of these it is a dead letter, too.

use std::time::Duration;

use super::consumer::Held;
use super::{
    Cause, Error, Line, More, Name, Place, Position, Positions, Pulsar, PulsarDriver, Reply, Request,
    RequestId, Send, Task, Time, What, WorkerId,
};

/// `maxRedeliverCount` where retries are on and there is no dead-letter policy.
const RECONSUME: u32 = 16;
/// How long a client waits before it sends a letter again.
const RETRY: Duration = Duration::from_secs(1);

/// A letter on its way.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Letter {
    held: Held,
    topic: Name,
    /// Whether the message has failed for good.
    dead: bool,
    deliver_at: Time,
    /// The request that is not answered: to connect, then to send.
    asked: Option<RequestId>,
    connected: bool,
    /// Whether it was sent, and not turned down.
    sent: bool,
}

impl PulsarDriver {
    /// A message never will succeed: it is published to the dead letter topic, if there is a policy.
    pub(super) fn bury(&mut self, worker: WorkerId, held: Held, line: &mut impl Line<Pulsar>) {
        let Some(pool) = self.plan.pool(worker) else { return };
        if pool.redeliveries.is_some() {
            let topic = pool.dead_letters;
            return self.write_letter(worker, held, (topic, true, Time::ZERO), line);
        }
        self.settle_letter(worker, held, true, line);
    }

    /// `reconsumeLater`.
    pub(super) fn reconsume_later(
        &mut self,
        worker: WorkerId,
        held: Held,
        wait: Duration,
        line: &mut impl Line<Pulsar>,
    ) {
        let Some(pool) = self.plan.pool(worker) else { return };
        let most = pool.redeliveries.unwrap_or(RECONSUME);
        let letter = if most <= held.reconsumed.into() {
            (pool.dead_letters, true, Time::ZERO)
        } else {
            (pool.retry_letters, false, line.now() + wait)
        };
        self.write_letter(worker, held, letter, line);
    }

    fn write_letter(
        &mut self,
        worker: WorkerId,
        held: Held,
        (topic, dead, deliver_at): (Name, bool, Time),
        line: &mut impl Line<Pulsar>,
    ) {
        let own = self.worker(worker);
        let same = |letter: &Letter| (letter.held.input, letter.held.place) == (held.input, held.place);
        if own.letters.iter().any(same) {
            return;
        }
        let (asked, connected, sent) = (None, false, false);
        own.letters.push(Letter { held, topic, dead, deliver_at, asked, connected, sent });
        self.send_letters(worker, line);
    }

    /// Sends what letters there are that are not under way.
    pub(super) fn send_letters(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        for place in 0..self.worker(worker).letters.len() {
            let client = Self::client(worker);
            let letter = &self.worker(worker).letters[place];
            if letter.asked.is_some() {
                continue;
            }
            let letter = letter.clone();
            let request = if letter.connected {
                let message = letter.held.entry.message;
                if !letter.sent {
                    line.record(What::Republished { message: message.id, copies: 1, dead: letter.dead });
                }
                let reconsumed = letter.held.reconsumed + u16::from(!letter.dead);
                let more =
                    More { batch: Vec::new(), deliver_at: letter.deliver_at, ordering_key: 0, reconsumed };
                let Some(pool) = self.plan.pool(worker) else { return };
                Request::Send(Send {
                    topic: letter.topic,
                    producer: pool.subscription,
                    sequence: u64::from(self.asked),
                    message,
                    more: (!letter.dead).then(|| Box::new(more)),
                })
            } else {
                Request::Producer(letter.topic)
            };
            let id = self.ask(client, request, line);
            let letter = &mut self.worker(worker).letters[place];
            letter.asked = Some(id);
            letter.sent |= letter.connected;
        }
    }

    /// A letter is answered.
    pub(super) fn letter_answered(
        &mut self,
        worker: WorkerId,
        id: RequestId,
        reply: Reply,
        line: &mut impl Line<Pulsar>,
    ) {
        let own = self.worker(worker);
        let Some(place) = own.letters.iter().position(|letter| letter.asked == Some(id)) else { return };
        let letter = &mut own.letters[place];
        letter.asked = None;
        match reply {
            Reply::Error(error) => {
                // What the broker has turned down is published anew the next time; what it has not looked at is not.
                letter.sent &= !letter.connected || error == Error::ProducerNotConnected;
                letter.connected = false;
                self.tasks.push(line.now() + RETRY, Task::Letters(worker));
            }
            Reply::Ok if !letter.connected => {
                letter.connected = true;
                self.send_letters(worker, line);
            }
            Reply::Ok | Reply::Receipt { .. } | Reply::Duplicate | Reply::Acked(_) | Reply::Subscribed(_) => {
                let Letter { held, dead, .. } = own.letters.remove(place);
                self.settle_letter(worker, held, dead, line);
            }
        }
    }

    /// The letter is stored: the original is acknowledged.
    fn settle_letter(&mut self, worker: WorkerId, held: Held, dead: bool, line: &mut impl Line<Pulsar>) {
        let entry = match self.plan.pool(worker) {
            // The others of its batch are not done with.
            Some(pool) if pool.cumulative => Some(Position { entry: held.place, index: None }),
            Some(_) | None => self.acked(worker, &held),
        };
        let own = self.worker(worker);
        let consumer = own.inputs.get(usize::from(held.input)).and_then(|input| input.consumer);
        let (Some(position), Some(consumer)) = (entry, consumer) else { return };
        let id = self.ask(Self::client(worker), Request::Ack(consumer, Positions::One(position)), line);
        if dead {
            let (message, store) = (held.entry.message.id, held.entry.store);
            self.worker(worker).burying.push_back((id, message, store));
        }
    }

    /// The broker has taken note that a message failed for good: so do the books.
    pub(super) fn buried(&mut self, worker: WorkerId, reply: Reply, line: &mut impl Line<Pulsar>) {
        let Some((_, message, store)) = self.worker(worker).burying.pop_front() else { return };
        if reply == Reply::Acked(1) {
            let (from, to, why) = (Place::Done, Place::Dead, Cause::DeliveryLimit);
            line.record(What::Moved { message, store, from, to, count: 1, why });
        }
    }
}
