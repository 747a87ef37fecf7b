//! What a consumer reads: of each partition its position, and what was fetched ahead of that.
//!
//! There is at most one fetch of a partition at a time, and none while something fetched of it is still there. A poll
//! takes what came first, of one partition after the other; the next fetches are under way before it returns.

use std::collections::VecDeque;
use std::time::Duration;

use crate::broker::driver::{Direct, Line};
use crate::id::{ClientId, RequestId, StoreId};
use crate::message::Entry;
use crate::time::Time;

use super::super::super::group;
use super::super::super::partition::Parked;
use super::super::super::request::{Error, Fetch, Fetched, Few, Read, Reply, Request, Spec, Tp};
use super::super::super::server::Kafka;
use super::settings::{ConsumerSettings, Reset};
use super::{Act, Held};

/// `retry.backoff.ms`.
pub(super) const BACKOFF: Duration = Duration::from_millis(100);

/// How many records a fetch brings at most, however small they are: each takes some 70 bytes beside its value.
const RECORDS: u32 = (1 << 20) / 70;

/// From where a partition is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Position {
    /// It was not asked yet what was committed.
    Unknown,
    /// That was asked.
    Asked(RequestId),
    /// It is reset, by this policy; the broker was asked where that is.
    Resetting(Option<RequestId>),
    /// Nothing was committed, and the application wants to be told rather than to begin anywhere.
    Stuck,
    /// The offset of the next record that a poll returns.
    At(u64),
}

/// A partition that it reads.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Part {
    tp: Tp,
    position: Position,
    /// Where it began to read, or was set to.
    origin: u64,
    /// Behind the last record that the application has processed.
    processed: Option<u64>,
    /// What the coordinator has been told last.
    committed: Option<u64>,
    /// What was fetched.
    buffer: VecDeque<Held>,
    /// In the books.
    store: StoreId,
    /// Behind what was fetched.
    fetched: u64,
    fetch: Option<RequestId>,
    /// `pause`: not to be read before.
    paused: Option<Time>,
    /// After an error: not to be asked again before.
    retry: Option<Time>,
}

/// All of them, in the order of their numbers.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Fetcher {
    parts: Vec<Part>,
    /// Those of which something was fetched, in the order of its coming.
    ready: VecDeque<Tp>,
    /// When the first pause or backoff is over.
    next: Option<Time>,
}

impl Fetcher {
    fn place(&self, tp: Tp) -> Result<usize, usize> {
        self.parts.binary_search_by_key(&tp, |part| part.tp)
    }

    fn part(&mut self, tp: Tp) -> Option<&mut Part> {
        let place = self.place(tp).ok()?;
        Some(&mut self.parts[place])
    }

    /// What it reads.
    pub(super) fn owned(&self) -> Vec<Tp> {
        self.parts.iter().map(|part| part.tp).collect()
    }

    /// A partition was assigned.
    pub(super) fn add(&mut self, tp: Tp) {
        if let Err(place) = self.place(tp) {
            let part = Part {
                tp,
                position: Position::Unknown,
                origin: 0,
                processed: None,
                committed: None,
                buffer: VecDeque::new(),
                store: StoreId(0),
                fetched: 0,
                fetch: None,
                paused: None,
                retry: None,
            };
            self.parts.insert(place, part);
        }
    }

    /// It reads nothing else any more.
    pub(super) fn keep_only(&mut self, kept: &[Tp]) {
        self.parts.retain(|part| kept.contains(&part.tp));
        self.ready.retain(|tp| kept.contains(tp));
    }

    /// All that was fetched and not processed is forgotten: it is read once more.
    pub(super) fn begin_anew(&mut self) {
        self.ready.clear();
        for part in &mut self.parts {
            part.retry = None;
            part.position = match part.position {
                Position::At(_) => {
                    part.starts_at(part.processed.unwrap_or(part.origin).max(part.origin));
                    continue;
                }
                Position::Unknown | Position::Asked(_) => Position::Unknown,
                Position::Resetting(_) => Position::Resetting(None),
                Position::Stuck => Position::Stuck,
            };
        }
        self.note_next();
    }

    /// Takes what a poll returns.
    pub(super) fn take(&mut self, settings: &ConsumerSettings, batch: &mut VecDeque<Held>) {
        let most = settings.max_poll_records as usize;
        let mut turns = self.ready.len();
        while batch.len() < most
            && turns != 0
            && let Some(tp) = self.ready.front().copied()
        {
            let Some(part) = self.part(tp) else {
                self.ready.pop_front();
                turns -= 1;
                continue;
            };
            if part.paused.is_some() {
                // What it has stays for later.
                self.ready.rotate_left(1);
                turns -= 1;
                continue;
            }
            if batch.is_empty() && part.buffer.len() <= most {
                // Nearly always.
                std::mem::swap(batch, &mut part.buffer);
            }
            while batch.len() < most
                && let Some(held) = part.buffer.pop_front()
            {
                part.position = Position::At(held.offset + 1);
                batch.push_back(held);
            }
            if part.buffer.is_empty() {
                part.position = Position::At(part.fetched);
                self.ready.pop_front();
                turns -= 1;
            }
        }
    }

    /// Whether something was fetched, nothing is put off, and it is known from where each partition is read.
    #[inline]
    pub(super) fn can_take(&self) -> bool {
        let is_known = |part: &Part| matches!(part.position, Position::At(_));
        !self.ready.is_empty() && self.next.is_none() && self.parts.iter().all(is_known)
    }

    /// Whether nothing was fetched, and a fetch of each partition is under way.
    #[inline]
    pub(super) fn merely_waits(&self) -> bool {
        let waits = |part: &Part| matches!(part.position, Position::At(_)) && part.fetch.is_some();
        self.ready.is_empty() && self.next.is_none() && self.parts.iter().all(waits)
    }

    /// Carries out a fetch that has waited at the server. `false` if it does not want it any more, and nothing was done.
    pub(super) fn served_at_once(
        &mut self,
        parked: &Parked,
        server: &mut Kafka,
        line: &mut impl Direct<Kafka>,
    ) -> bool {
        let tp = parked.fetch.tp;
        let Fetcher { parts, ready, .. } = self;
        let wants = |part: &&mut Part| part.tp == tp && part.fetch == Some(parked.id);
        let Some(part) = parts.iter_mut().find(wants) else { return false };
        part.fetch = None;
        part.carries_out(parked.client, parked.id, parked.fetch, server, line);
        if !part.buffer.is_empty() {
            ready.push_back(tp);
        }
        true
    }

    /// Fetches what is to be fetched, beside the server itself.
    pub(super) fn fetch_at_once(&mut self, server: &mut Kafka, act: &mut Act<'_, impl Direct<Kafka>>) {
        let Fetcher { parts, ready, .. } = self;
        for part in parts {
            if part.fetch.is_some() || !part.buffer.is_empty() {
                continue;
            }
            let (id, fetch) = (act.asked.next(), part.next_fetch(act));
            part.carries_out(act.client, id, fetch, server, act.line);
            if !part.buffer.is_empty() {
                ready.push_back(part.tp);
            }
        }
    }

    /// Sends what is to be sent to get on.
    pub(super) fn send_fetches(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        let unknown: Vec<Tp> = self
            .parts
            .iter()
            .filter(|part| part.position == Position::Unknown && part.retry.is_none())
            .map(|part| part.tp)
            .collect();
        if let Some(first) = unknown.first().copied() {
            let asked = if unknown.len() == 1 { Few::One(first) } else { Few::Many(unknown.clone()) };
            let request = group::request::Request::Offsets(act.pool.group, asked);
            let id = act.ask(Request::Group(request));
            for tp in unknown {
                if let Some(part) = self.part(tp) {
                    part.position = Position::Asked(id);
                }
            }
        }
        for part in &mut self.parts {
            part.go_on(act);
        }
    }

    /// What was committed, as the coordinator says.
    pub(super) fn committed(
        &mut self,
        id: RequestId,
        offsets: &Few<(Tp, Option<u64>)>,
        act: &mut Act<'_, impl Line<Kafka>>,
    ) {
        for (tp, offset) in offsets.all() {
            let Some(part) = self.part(*tp) else { continue };
            if part.position != Position::Asked(id) {
                continue;
            }
            match offset {
                Some(offset) => part.starts_at(*offset),
                None => part.reset(&act.pool.settings),
            }
            part.committed = *offset;
            part.go_on(act);
        }
    }

    /// Where a partition is reset to, as the broker says.
    pub(super) fn found(
        &mut self,
        id: RequestId,
        tp: Tp,
        offset: Option<u64>,
        act: &mut Act<'_, impl Line<Kafka>>,
    ) {
        let Some(part) = self.part(tp) else { return };
        if part.position == Position::Resetting(Some(id)) {
            part.starts_at(offset.unwrap_or(0));
            part.go_on(act);
        }
    }

    /// Records have come.
    pub(super) fn fetched(&mut self, id: RequestId, fetched: Fetched) {
        let Some(part) = self.part(fetched.tp) else { return };
        if part.fetch != Some(id) {
            return;
        }
        part.fetch = None;
        part.fetched = fetched.next;
        part.store = fetched.store.unwrap_or(part.store);
        let (tp, store) = (part.tp, part.store);
        part.buffer.extend(fetched.records.all().iter().map(|read| held(tp, store, read)));
        if part.buffer.is_empty() {
            part.position = Position::At(fetched.next);
        } else {
            self.ready.push_back(fetched.tp);
        }
    }

    /// A partition could not be read, or not be asked.
    pub(super) fn failed(
        &mut self,
        id: RequestId,
        tp: Tp,
        error: Error,
        act: &mut Act<'_, impl Line<Kafka>>,
    ) {
        let now = act.now();
        let Some(part) = self.part(tp) else { return };
        if part.fetch != Some(id) {
            return;
        }
        part.fetch = None;
        if error == Error::OffsetOutOfRange {
            part.reset(&act.pool.settings);
            part.go_on(act);
        } else {
            part.retry = Some(now + BACKOFF);
            self.note_next();
        }
    }

    /// Something that was asked was refused, whatever it was.
    pub(super) fn refused(&mut self, id: RequestId, now: Time) {
        for part in &mut self.parts {
            let is_asked = match part.position {
                Position::Asked(own) => own == id,
                Position::Resetting(own) => own == Some(id),
                Position::Unknown | Position::Stuck | Position::At(_) => false,
            };
            if is_asked {
                part.position = match part.position {
                    Position::Resetting(_) => Position::Resetting(None),
                    Position::Unknown | Position::Asked(_) | Position::Stuck | Position::At(_) => {
                        Position::Unknown
                    }
                };
                part.retry = Some(now + BACKOFF);
            }
        }
        self.note_next();
    }

    /// `seek`: what was fetched of a partition is forgotten. If it is to be paused, until then.
    pub(super) fn seek(
        &mut self,
        tp: Tp,
        offset: u64,
        paused: Option<Time>,
        act: &mut Act<'_, impl Line<Kafka>>,
    ) {
        self.ready.retain(|own| *own != tp);
        let Some(part) = self.part(tp) else { return };
        part.starts_at(offset);
        part.paused = paused;
        if paused.is_some() {
            // No real consumer does this. What it has is given back in the books, and what it waits for is not wanted.
            act.ask(Request::Fetch(Fetch { records: 0, waits: false, ..part.next_fetch(act) }));
        } else {
            part.go_on(act);
        }
        self.note_next();
    }

    /// The application has processed a record.
    pub(super) fn processed(&mut self, tp: Tp, offset: u64) {
        if let Some(part) = self.part(tp) {
            part.processed = Some(offset + 1);
        }
    }

    /// What differs from what was committed: the positions, or what was processed.
    pub(super) fn uncommitted(&self, positions: bool) -> Vec<(Tp, u64)> {
        self.parts.iter().filter_map(|part| Some((part.tp, part.uncommitted(positions)?))).collect()
    }

    /// Whether any position does.
    pub(super) fn has_uncommitted(&self) -> bool {
        self.parts.iter().any(|part| part.uncommitted(true).is_some())
    }

    /// Offsets were committed.
    pub(super) fn note_committed(&mut self, offsets: &[(Tp, u64)]) {
        for (tp, offset) in offsets {
            if let Some(part) = self.part(*tp) {
                part.committed = Some(*offset);
            }
        }
    }

    pub(super) fn due(&self) -> Time {
        self.next.unwrap_or(Time::MAX)
    }

    fn note_next(&mut self) {
        self.next = self.parts.iter().flat_map(|part| [part.paused, part.retry]).flatten().min();
    }

    /// Pauses and backoffs that are over.
    pub(super) fn wake(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        let now = act.now();
        if self.next.is_none_or(|next| now < next) {
            return;
        }
        for part in &mut self.parts {
            part.paused = part.paused.filter(|until| now < *until);
            part.retry = part.retry.filter(|until| now < *until);
        }
        self.note_next();
        self.send_fetches(act);
    }
}

/// A record as the application gets it.
#[inline]
fn held(tp: Tp, store: StoreId, read: &Read) -> Held {
    let entry = Entry { message: read.message, entered: read.appended, attempt: read.attempt, store };
    Held { tp, offset: read.offset, entry }
}

impl Part {
    /// What is to be committed, if something was processed since that was done last.
    fn uncommitted(&self, positions: bool) -> Option<u64> {
        let processed = self.processed?;
        let offset = match self.position {
            Position::At(position) if positions => position,
            Position::At(_)
            | Position::Unknown
            | Position::Asked(_)
            | Position::Resetting(_)
            | Position::Stuck => processed,
        };
        (self.committed != Some(offset)).then_some(offset)
    }

    /// Fetches beside the server itself, with nothing of the partition in the buffer.
    fn carries_out(
        &mut self,
        client: ClientId,
        id: RequestId,
        fetch: Fetch,
        server: &mut Kafka,
        line: &mut impl Direct<Kafka>,
    ) {
        let (tp, buffer) = (self.tp, &mut self.buffer);
        let store = fetch.group.and_then(|group| server.store_of(group, tp)).unwrap_or(self.store);
        // It begins at the front of its memory, which was in use a moment ago.
        buffer.clear();
        let take = |read: Read| buffer.push_back(held(tp, store, &read));
        match server.fetch_at_once(client, id, fetch, line, take) {
            Ok(Some((next, _))) => {
                (self.fetched, self.store) = (next, store);
                if self.buffer.is_empty() {
                    self.position = Position::At(next);
                }
            }
            Ok(None) => self.fetch = Some(id),
            Err(error) => {
                self.fetch = Some(id);
                line.reply(client, id, Reply::Unfetched(tp, error));
            }
        }
    }

    fn starts_at(&mut self, offset: u64) {
        self.position = Position::At(offset);
        self.origin = offset;
        self.fetched = offset;
        self.buffer.clear();
        self.fetch = None;
    }

    /// There is no offset to begin at, or none that is there any more.
    fn reset(&mut self, settings: &ConsumerSettings) {
        self.buffer.clear();
        self.position = match settings.reset {
            Reset::None => Position::Stuck,
            Reset::Latest | Reset::Earliest => Position::Resetting(None),
        };
    }

    /// Asks for what it needs next, unless that is under way.
    fn go_on(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        if self.retry.is_some() {
            return;
        }
        let settings = &act.pool.settings;
        if self.position == Position::Resetting(None) {
            let spec = if settings.reset == Reset::Earliest { Spec::Earliest } else { Spec::Latest };
            let request = Request::ListOffsets(self.tp, spec, settings.isolation);
            self.position = Position::Resetting(Some(act.ask(request)));
        }
        let is_still = self.fetch.is_none() && self.buffer.is_empty() && self.paused.is_none();
        if is_still && matches!(self.position, Position::At(_)) {
            self.fetch = Some(act.ask(Request::Fetch(self.next_fetch(act))));
        }
    }

    fn next_fetch(&self, act: &Act<'_, impl Line<Kafka>>) -> Fetch {
        Fetch {
            tp: self.tp,
            group: Some(act.pool.group),
            offset: self.fetched,
            records: RECORDS,
            bytes: act.pool.settings.partition_bytes,
            isolation: act.pool.settings.isolation,
            waits: true,
        }
    }
}
