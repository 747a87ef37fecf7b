//! Streams: open `StreamingPull` calls, each with its flow control, and who of them is next.
//!
//! Streams with room take turns. A stream has room while it has fewer messages, and fewer bytes, outstanding than its
//! client asked for; without room the messages stay available for others. What an ended stream has stays outstanding
//! until its leases are over.

use std::collections::VecDeque;

use crate::id::ClientId;
use crate::mechanism::ranking::Ranking;
use crate::mechanism::slab::Slab;

/// No stream: a message that was pulled by a call of its own.
pub(super) const PULLED: u32 = u32::MAX;

/// A stream.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Stream {
    pub(super) client: ClientId,
    open: bool,
    /// Of what it is given, in seconds; nothing takes that of the subscription.
    pub(super) ack_deadline: Option<u32>,
    max_messages: u32,
    max_bytes: u64,
    outstanding: u32,
    bytes: u64,
    /// Whether it is among those that take turns.
    waits: bool,
    /// Whether it is to be looked at for what only it can get.
    is_eager: bool,
    /// Lanes whose messages only it can get, by the age of their heads.
    pub(super) bound: Ranking,
}

impl Stream {
    pub(super) fn new(
        client: ClientId,
        ack_deadline: Option<u32>,
        max_messages: u32,
        max_bytes: u64,
    ) -> Stream {
        Stream {
            client,
            open: true,
            ack_deadline,
            max_messages,
            max_bytes,
            outstanding: 0,
            bytes: 0,
            waits: false,
            is_eager: false,
            bound: Ranking::default(),
        }
    }

    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.open
            && (self.max_messages == 0 || self.outstanding < self.max_messages)
            && (self.max_bytes == 0 || self.bytes < self.max_bytes)
    }
}

/// The streams of a subscription.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Streams {
    all: Slab<Stream>,
    /// Those that have room, the next to be given something first.
    turns: VecDeque<u32>,
    /// Those that may have room for what only they can get. Empty between calls.
    eager: VecDeque<u32>,
    open: u32,
}

impl Streams {
    pub(super) fn get(&self, number: u32) -> Option<&Stream> {
        self.all.get(number)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Stream> {
        self.all.get_mut(number)
    }

    /// Whether any is open.
    pub(super) fn is_any_open(&self) -> bool {
        self.open != 0
    }

    pub(super) fn open(&mut self, stream: Stream) {
        let number = self.all.insert(stream);
        self.open += 1;
        self.has_changed(number);
    }

    /// Who is next to be given something, if anybody has room.
    #[inline]
    pub(super) fn next(&self) -> Option<u32> {
        self.turns.front().copied()
    }

    /// Who is next to be looked at for what only it can get.
    #[inline]
    pub(super) fn next_eager(&mut self) -> Option<u32> {
        let number = self.eager.pop_front()?;
        if let Some(stream) = self.all.get_mut(number) {
            stream.is_eager = false;
        }
        Some(number)
    }

    /// A stream is given a message of so many bytes: it is another one's turn.
    #[inline]
    pub(super) fn give(&mut self, number: u32, bytes: u32) {
        let Some(stream) = self.all.get_mut(number) else { return };
        stream.outstanding += 1;
        stream.bytes += u64::from(bytes);
        if !stream.waits {
            return;
        }
        let keeps = stream.has_room();
        if self.turns.front() == Some(&number) {
            if !keeps || 1 < self.turns.len() {
                self.turns.pop_front();
                if keeps {
                    self.turns.push_back(number);
                }
            }
        } else if !keeps {
            self.turns.retain(|other| *other != number);
        }
        stream.waits = keeps;
    }

    /// A message that a stream was given is not outstanding any more.
    #[inline]
    pub(super) fn take_back(&mut self, number: u32, bytes: u32) {
        let Some(stream) = self.all.get_mut(number) else { return };
        stream.outstanding -= 1;
        stream.bytes -= u64::from(bytes);
        if !stream.waits || stream.bound.first().is_some() {
            self.has_changed(number);
        }
    }

    /// Something only this stream can get is there, or it may have room.
    pub(super) fn has_changed(&mut self, number: u32) {
        let Some(stream) = self.all.get_mut(number) else { return };
        if stream.has_room() {
            if !stream.waits {
                stream.waits = true;
                self.turns.push_back(number);
            }
            if !stream.is_eager && stream.bound.first().is_some() {
                stream.is_eager = true;
                self.eager.push_back(number);
            }
        } else if !stream.open && stream.outstanding == 0 {
            self.all.free(number);
        }
    }

    /// Closes the streams of a client, or all.
    pub(super) fn close(&mut self, client: Option<ClientId>) -> Vec<ClientId> {
        let is_meant = |own: &Stream| own.open && client.is_none_or(|client| own.client == client);
        let meant: Vec<u32> =
            self.all.iter().filter(|(_, own)| is_meant(own)).map(|(number, _)| number).collect();
        let mut clients = Vec::new();
        for number in meant {
            if let Some(stream) = self.all.get_mut(number) {
                (stream.open, stream.waits) = (false, false);
                clients.push(stream.client);
            }
            self.open -= 1;
            self.turns.retain(|other| *other != number);
            self.has_changed(number);
        }
        clients
    }

    /// Changes the deadline of what a client's streams are given.
    pub(super) fn set_deadline(&mut self, client: ClientId, seconds: u32) {
        let own = self.all.iter_mut().filter(|(_, stream)| stream.open && stream.client == client);
        own.for_each(|(_, stream)| stream.ack_deadline = Some(seconds));
    }

    /// Panics where its parts contradict each other.
    #[cfg(test)]
    pub(super) fn check(&self) {
        assert!(self.eager.is_empty());
        assert_eq!(self.open as usize, self.all.iter().filter(|(_, own)| own.open).count());
        for (number, own) in self.all.iter() {
            assert_eq!(own.waits, self.turns.contains(&number));
            assert_eq!(own.waits, own.has_room());
            assert!(!own.has_room() || own.bound.first().is_none(), "it could have what only it can get");
            assert!(own.open || own.outstanding != 0, "a stream that is over is kept");
        }
    }
}
