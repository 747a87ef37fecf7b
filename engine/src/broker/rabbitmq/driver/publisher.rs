//! A producer's connection: it publishes on one channel, with or without confirms.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::super::at_once::First;
use super::super::message::{Envelope, Name, Properties, Table};
use super::super::method::{Call, Method, Reply};
use super::super::node::Node;
use super::declaring::{Address, Parts, table};
use super::{Wire, client_of_producer, name};
use crate::broker::driver::{Direct, Line, Parcel};
use crate::broker::topology::Sender;
use crate::id::{ClientId, MessageId, ProducerId, RequestId};
use crate::journal::Refusal;
use crate::mechanism::memo::Memo;
use crate::message::Message;
use crate::time::nanos;

/// What stands for a message's key in a routing key.
const KEY: &str = "{key}";
/// How many envelopes are kept for messages like those before.
const ENVELOPES: usize = 256;

/// What tells the envelope of a message: what it is about, its time to live, its priority.
type Kind = (u16, Option<Duration>, Option<u8>);

/// Envelopes that were made for messages before, each in the place of its kind.
type Envelopes = Vec<Option<(Kind, Arc<Envelope>)>>;

/// The place of a kind.
#[inline]
fn place_of((key, _, priority): Kind) -> usize {
    usize::from(key ^ u16::from(priority.unwrap_or(0)) << 4) % ENVELOPES
}

#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Publisher {
    pub(super) id: ProducerId,
    client: ClientId,
    /// The number of its channel: one more each time that it is opened.
    channel: u16,
    to: Address,
    /// Its routing key, which may contain the message's.
    key: Name,
    keyed: bool,
    headers: Table,
    persistent: bool,
    confirms: bool,
    mandatory: bool,
    envelopes: Memo<Envelopes>,
    /// Published and not confirmed, in order.
    unconfirmed: VecDeque<(RequestId, Message)>,
    /// The message that was returned last: its confirm, which comes next, is no good news.
    returned: Option<MessageId>,
    /// It was told that its connection is blocked, and not yet that it is no more.
    blocked: bool,
}

impl Publisher {
    pub(super) fn new(sender: &Sender, parts: &Parts) -> Publisher {
        let key = name(sender.settings.text("routing_key"));
        let yes = |knob: &str| sender.settings.text(knob) == "yes";
        Publisher {
            id: sender.id,
            client: client_of_producer(sender.id),
            channel: 0,
            to: parts.named(&sender.to),
            keyed: key.contains(KEY),
            key,
            headers: table(sender.settings.text("headers")),
            persistent: sender.settings.text("delivery_mode") == "persistent",
            confirms: yes("confirms"),
            mandatory: yes("mandatory"),
            envelopes: Memo::default(),
            unconfirmed: VecDeque::new(),
            returned: None,
            blocked: false,
        }
    }

    /// The server has blocked its connection, or does not block it any more.
    pub(super) fn is_blocked(&mut self, blocked: bool, line: &mut impl Line<Node>) {
        self.blocked = blocked;
        if blocked {
            line.block(self.id);
        } else {
            line.unblock(self.id);
        }
    }

    /// Its connection is a new one. That one is not blocked, whatever the last one was: if there is an alarm still it
    /// is told so anew, when it publishes.
    pub(super) fn reconnect(&mut self, wire: &mut Wire, line: &mut impl Line<Node>) {
        self.connect(wire, line);
        if self.blocked {
            self.is_blocked(false, line);
        }
    }

    /// Whether it is on this channel, or on any if none is named.
    pub(super) fn is_on(&self, channel: Option<u16>) -> bool {
        channel.is_none_or(|channel| channel == self.channel)
    }

    /// Opens a channel on a connection that has none of this number.
    pub(super) fn connect(&mut self, wire: &mut Wire, line: &mut impl Line<Node>) {
        self.channel = self.channel.wrapping_add(1).max(1);
        self.unconfirmed.clear();
        self.returned = None;
        wire.ask(self.client, self.channel, Call::Open.into(), line);
        if self.confirms {
            wire.ask(self.client, self.channel, Call::ConfirmSelect.into(), line);
        }
    }

    /// Takes on changed settings. Confirms cannot be switched off on a channel: it takes another one.
    pub(super) fn adopt(
        &mut self,
        sender: &Sender,
        parts: &Parts,
        wire: &mut Wire,
        line: &mut impl Line<Node>,
    ) {
        let new = Publisher::new(sender, parts);
        let reopen = new.confirms != self.confirms;
        let old = std::mem::replace(self, new);
        self.channel = old.channel;
        (self.unconfirmed, self.returned, self.blocked) = (old.unconfirmed, old.returned, old.blocked);
        if reopen {
            wire.ask(self.client, self.channel, Call::Close.into(), line);
            self.connect(wire, line);
        }
    }

    #[inline]
    pub(super) fn publish(
        &mut self,
        parcel: Parcel,
        to: Option<Address>,
        wire: &mut Wire,
        line: &mut impl Line<Node>,
    ) {
        let kind = self.kind(&parcel);
        let envelope = match to {
            None => self.envelope(kind),
            Some(address) => Arc::new(self.make(&address, kind)),
        };
        let (message, mandatory) = (parcel.message, self.mandatory);
        let method = Method::Publish { message, envelope, mandatory };
        let request = wire.ask(self.client, self.channel, method, line);
        if self.confirms {
            self.unconfirmed.push_back((request, message));
        }
    }

    /// As [`Publisher::publish`], by a call of the node; nothing is done, and nothing returned, if it is not like one before.
    #[inline]
    pub(super) fn publish_at_once(
        &mut self,
        parcel: &Parcel,
        wire: &mut Wire,
        node: &mut Node,
        line: &mut impl Direct<Node>,
    ) -> Option<First> {
        let kind = self.kind(parcel);
        let (own, envelope) = self.envelopes.0.get(place_of(kind))?.as_ref()?;
        // Confirms come in the order of publishing.
        if *own != kind || !self.unconfirmed.is_empty() || self.returned.is_some() {
            return None;
        }
        let (message, channel) = (&parcel.message, (self.client, self.channel));
        let first = node.publish_at_once(channel, message, envelope, self.confirms, line)?;
        let request = wire.number();
        if self.confirms && first.is_some() {
            // The worker hears of it before.
            self.unconfirmed.push_back((request, *message));
            line.reply(self.client, request, Reply::Confirmed);
        } else if self.confirms {
            line.confirmed(message.id, self.id);
        }
        Some(first)
    }

    #[inline]
    fn kind(&self, parcel: &Parcel) -> Kind {
        (if self.keyed { parcel.message.key } else { 0 }, parcel.ttl, parcel.priority)
    }

    #[inline]
    fn envelope(&mut self, kind: Kind) -> Arc<Envelope> {
        let place = place_of(kind);
        match self.envelopes.0.get(place) {
            Some(Some((own, envelope))) if *own == kind => envelope.clone(),
            Some(_) | None => self.new_envelope(kind, place),
        }
    }

    #[inline(never)]
    fn new_envelope(&mut self, kind: Kind, place: usize) -> Arc<Envelope> {
        let envelope = Arc::new(self.make(&self.to, kind));
        let all = &mut self.envelopes.0;
        if all.len() <= place {
            all.resize(place + 1, None);
        }
        all[place] = Some((kind, envelope.clone()));
        envelope
    }

    fn make(&self, to: &Address, (about, ttl, priority): Kind) -> Envelope {
        let key = match &to.key {
            Some(key) => key.clone(),
            None if self.keyed => name(&self.key.replace(KEY, &about.to_string())),
            None => self.key.clone(),
        };
        let milliseconds = |ttl: Duration| nanos(ttl) / 1_000_000;
        let expiration = ttl.map(|ttl| name(&milliseconds(ttl).to_string()));
        let (persistent, headers) = (self.persistent, self.headers.clone());
        let properties = Properties { persistent, expiration, priority, headers, ..Properties::default() };
        Envelope { exchange: to.exchange.clone(), key, properties }
    }

    /// The server has acknowledged a publish, or refused it. It answers in the order of publishing.
    #[inline]
    pub(super) fn confirm(&mut self, id: RequestId, good: bool, line: &mut impl Line<Node>) {
        if self.unconfirmed.front().is_none_or(|(own, _)| *own != id) {
            return;
        }
        let Some((_, message)) = self.unconfirmed.pop_front() else { return };
        if self.returned.take_if(|returned| *returned == message.id).is_some() {
            return;
        }
        if good {
            line.confirmed(message.id, self.id);
        } else {
            line.refused(message, Refusal::Full);
        }
    }

    /// No queue wanted a mandatory message.
    pub(super) fn returned(&mut self, message: Message, line: &mut impl Line<Node>) {
        if self.confirms {
            self.returned = Some(message.id);
        }
        line.refused(message, Refusal::Unroutable);
    }

    /// The server has closed the channel: what was not confirmed on it has failed, and a new one is opened.
    pub(super) fn closed(&mut self, wire: &mut Wire, line: &mut impl Line<Node>) {
        let failed = std::mem::take(&mut self.unconfirmed);
        self.connect(wire, line);
        for (_, message) in failed {
            line.refused(message, Refusal::Invalid);
        }
    }
}
