//! A worker's side: poll, work through what came, delete.

use std::collections::VecDeque;
use std::time::Duration;

use crate::broker::driver::{Direct, Failure, Line, client_of_worker};
use crate::broker::server::Outlet;
use crate::broker::topology::{Receiver, Topology};
use crate::id::{ClientId, RequestId, WorkerId};
use crate::message::Entry;

use super::super::api::{QueueUrl, ReceiptHandle, Receive, Received, Reply, Request};
use super::super::at_once::One;
use super::super::attributes::MAX_VISIBILITY_TIMEOUT;
use super::super::few::Few;
use super::super::server::Sqs;
use super::super::stored::{after, attempt};
use super::{Lent, Timer, Wire, declare, whole};

/// What the workers of one receiver have in common.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Pool {
    pub(super) first: WorkerId,
    /// The place of the queue.
    from: u16,
    max: u32,
    wait_seconds: Option<u32>,
    visibility_timeout: Option<u32>,
    /// In seconds.
    heartbeat: Option<u32>,
    deletes_poison: bool,
    /// How many deletes go into one call, and how long a few wait for more.
    batch: u32,
    linger: Duration,
    pause: Duration,
}

impl Pool {
    pub(super) fn new(receiver: &Receiver, topology: &Topology) -> Pool {
        let sheet = &receiver.settings;
        let number = |name, usual| whole(sheet.get(name)).unwrap_or(usual);
        Pool {
            first: receiver.first,
            from: declare::place(topology, &receiver.from).unwrap_or(u16::MAX),
            max: number("MaxNumberOfMessages", 1),
            wait_seconds: whole(sheet.get("WaitTimeSeconds")),
            visibility_timeout: whole(sheet.get("VisibilityTimeout")),
            heartbeat: whole(sheet.get("heartbeat")),
            deletes_poison: sheet.text("on-poison") == "delete",
            batch: number("maxBatchSize", 1),
            linger: Duration::from_millis(number("sendRequestFrequency", 200).into()),
            pause: Duration::from_millis(number("pause", 100).into()),
        }
    }
}

/// One worker.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Consumer {
    worker: WorkerId,
    pub(super) pool: u16,
    /// Whether it is ready for a message and has none.
    wants: bool,
    /// The poll that is not answered yet.
    polling: Option<RequestId>,
    /// Whether it waits before the next poll.
    pausing: bool,
    /// What it works on.
    current: Option<ReceiptHandle>,
    /// What came with that.
    ahead: VecDeque<Received>,
    /// Done with, and not sent yet.
    deletes: Vec<ReceiptHandle>,
    /// Whether timeouts are extended at a time that is set.
    beating: bool,
}

impl Consumer {
    pub(super) fn new(worker: WorkerId, pool: u16) -> Consumer {
        Consumer {
            worker,
            pool,
            wants: false,
            polling: None,
            pausing: false,
            current: None,
            ahead: VecDeque::new(),
            deletes: Vec::new(),
            beating: false,
        }
    }

    fn client(&self) -> ClientId {
        client_of_worker(self.worker)
    }

    #[inline]
    pub(super) fn receive(&mut self, lent: &mut Lent<'_>, line: &mut impl Line<Sqs>) {
        self.wants = true;
        match self.ahead.pop_front() {
            Some(received) => {
                self.keep_beating(lent, line);
                self.begin(&received, line);
            }
            None => self.poll(lent, line),
        }
    }

    #[inline]
    fn begin(&mut self, received: &Received, line: &mut impl Line<Sqs>) {
        self.wants = false;
        self.current = Some(received.handle);
        let &Received { message, visible, receive_count, .. } = received;
        let (attempt, store) = (attempt(receive_count), received.handle.queue);
        line.deliver(self.worker, Entry { message, entered: visible, attempt, store });
    }

    /// As [`Consumer::receive`], if nothing comes between the poll and its answer.
    #[inline]
    pub(super) fn receive_at_once(
        &mut self,
        lent: &mut Lent<'_>,
        server: &mut Sqs,
        line: &mut impl Direct<Sqs>,
    ) -> bool {
        if self.pausing || self.polling.is_some() || !self.ahead.is_empty() {
            return false;
        }
        let Some(receive) = Consumer::next_poll(lent) else { return false };
        if !server.answers_at_once(receive.queue.0, Outlet::now(line)) {
            return false;
        }
        self.wants = true;
        let id = lent.wire.next_id();
        match server.receive_one(self.client(), &receive, line) {
            One::Message(received) => {
                self.keep_beating(lent, line);
                self.begin(&received, line);
            }
            One::Nothing => self.poll_again(&Reply::Received(Few::default()), lent, line),
            One::Unusual => self.receive_long(id, &receive, lent, server, line),
        }
        true
    }

    /// The same, whatever it asks for.
    #[inline(never)]
    fn receive_long(
        &mut self,
        id: RequestId,
        receive: &Receive,
        lent: &mut Lent<'_>,
        server: &mut Sqs,
        line: &mut impl Direct<Sqs>,
    ) {
        let mut received = Few::default();
        match server.receive_at_once((self.client(), id), receive, &mut received, line) {
            Ok(false) if !received.is_empty() => self.take(&received, lent, line),
            Ok(true) => self.polling = Some(id),
            Ok(false) => self.poll_again(&Reply::Received(received), lent, line),
            Err(fault) => self.poll_again(&Reply::Failed(fault), lent, line),
        }
    }

    /// What it polls for, once the queue is known.
    #[inline]
    fn next_poll(lent: &Lent<'_>) -> Option<Receive> {
        if !lent.parts.are_known() {
            return None;
        }
        Some(Receive {
            queue: lent.parts.queue(lent.pool.from)?,
            max: lent.pool.max,
            visibility_timeout: lent.pool.visibility_timeout,
            wait_seconds: lent.pool.wait_seconds,
            attempt: None,
        })
    }

    /// Asks for messages, if it wants one and has not asked yet.
    #[inline]
    pub(super) fn poll(&mut self, lent: &mut Lent<'_>, line: &mut impl Line<Sqs>) {
        if !self.wants || self.pausing || self.polling.is_some() {
            return;
        }
        let Some(receive) = Consumer::next_poll(lent) else { return };
        self.polling = Some(lent.wire.ask(self.client(), Request::ReceiveMessage(receive), line));
    }

    #[inline]
    pub(super) fn answered(
        &mut self,
        id: RequestId,
        reply: Reply,
        lent: &mut Lent<'_>,
        line: &mut impl Line<Sqs>,
    ) {
        // Answers to deletes and changes of visibility change nothing here: a handle that has expired is one of a
        // message that somebody else has or will have.
        if self.polling != Some(id) {
            return;
        }
        self.polling = None;
        if let Reply::Received(received) = &reply
            && !received.is_empty()
        {
            self.take(received, lent, line);
        } else {
            self.poll_again(&reply, lent, line);
        }
    }

    /// A poll brought nothing.
    #[inline(never)]
    fn poll_again(&mut self, reply: &Reply, lent: &mut Lent<'_>, line: &mut impl Line<Sqs>) {
        if matches!(reply, Reply::Received(_)) && self.waits(lent) {
            self.poll(lent, line);
        } else {
            self.pause(lent, line);
        }
    }

    /// Whether a poll that brings nothing has taken its time.
    fn waits(&self, lent: &Lent<'_>) -> bool {
        let queue = lent.parts.get(lent.pool.from).map_or(0, |known| known.wait_seconds);
        lent.pool.wait_seconds.unwrap_or(queue) != 0
    }

    fn pause(&mut self, lent: &mut Lent<'_>, line: &mut impl Line<Sqs>) {
        self.pausing = true;
        lent.wire.set_timer(Timer::Poll(self.worker.0), line.now() + lent.pool.pause);
    }

    #[inline]
    fn take(&mut self, received: &Few<Received>, lent: &mut Lent<'_>, line: &mut impl Line<Sqs>) {
        // What comes for a worker that wants nothing any more stays in flight until its timeout.
        if !self.wants {
            return;
        }
        // It asked because it had nothing.
        let (first, rest) = received.split();
        if !rest.is_empty() {
            self.ahead.extend(rest.iter().copied());
        }
        self.keep_beating(lent, line);
        if let Some(first) = first {
            self.begin(first, line);
        }
    }

    /// What was fetched ahead is left to its timeout.
    pub(super) fn withdraw(&mut self, wire: &mut Wire) {
        self.wants = false;
        self.pausing = false;
        self.ahead.clear();
        wire.clear_timer(Timer::Poll(self.worker.0));
    }

    /// As [`Consumer::done`], if nothing comes between the call and its answer.
    #[inline]
    pub(super) fn done_at_once(
        &mut self,
        lent: &Lent<'_>,
        server: &mut Sqs,
        line: &mut impl Direct<Sqs>,
    ) -> bool {
        if let Some(handle) = self.current
            && let Some(QueueUrl(store)) = lent.parts.queue(lent.pool.from)
            && lent.pool.batch <= 1
            && self.deletes.is_empty()
            && server.answers_at_once(store, Outlet::now(line))
        {
            self.current = None;
            server.delete_at_once(store, &handle, line);
            return true;
        }
        false
    }

    #[inline]
    pub(super) fn done(&mut self, lent: &mut Lent<'_>, line: &mut impl Line<Sqs>) {
        let Some(current) = self.current.take() else { return };
        let Some(queue) = lent.parts.queue(lent.pool.from) else { return };
        if lent.pool.batch <= 1 && self.deletes.is_empty() {
            let request = Request::DeleteMessage { queue, handle: current };
            lent.wire.ask(self.client(), request, line);
            return;
        }
        self.gather(current, lent, line);
    }

    #[inline(never)]
    fn gather(&mut self, handle: ReceiptHandle, lent: &mut Lent<'_>, line: &mut impl Line<Sqs>) {
        if self.deletes.is_empty() {
            lent.wire.set_timer(Timer::Deletes(self.worker.0), line.now() + lent.pool.linger);
        }
        self.deletes.push(handle);
        if lent.pool.batch <= self.deletes.len() as u32 {
            self.send_deletes(lent, line);
        }
    }

    fn send_deletes(&mut self, lent: &mut Lent<'_>, line: &mut impl Line<Sqs>) {
        lent.wire.clear_timer(Timer::Deletes(self.worker.0));
        let handles = std::mem::take(&mut self.deletes);
        if let Some(queue) = lent.parts.queue(lent.pool.from)
            && !handles.is_empty()
        {
            lent.wire.ask(self.client(), Request::DeleteMessageBatch { queue, handles }, line);
        }
    }

    pub(super) fn fail(&mut self, failure: Failure, lent: &mut Lent<'_>, line: &mut impl Line<Sqs>) {
        let seconds = match failure {
            Failure::Again => 0,
            // The API counts in whole seconds, and a retry must not come early.
            Failure::Later(span) => {
                let seconds = span.as_secs() + u64::from(span.subsec_nanos() != 0);
                u32::try_from(seconds).unwrap_or(u32::MAX).min(MAX_VISIBILITY_TIMEOUT)
            }
            Failure::ForGood if lent.pool.deletes_poison => return self.done(lent, line),
            Failure::ForGood => {
                self.current = None;
                return;
            }
        };
        if let Some(handle) = self.current.take()
            && let Some(queue) = lent.parts.queue(lent.pool.from)
        {
            let timeout = seconds;
            lent.wire.ask(self.client(), Request::ChangeMessageVisibility { queue, handle, timeout }, line);
        }
    }

    /// All that it has is lost to it, and nobody is told.
    pub(super) fn forget(&mut self, wire: &mut Wire) {
        let worker = self.worker.0;
        [Timer::Poll(worker), Timer::Deletes(worker), Timer::Heartbeat(worker)]
            .into_iter()
            .for_each(|timer| wire.clear_timer(timer));
        *self = Consumer::new(self.worker, self.pool);
    }

    pub(super) fn woken(&mut self, timer: Timer, lent: &mut Lent<'_>, line: &mut impl Line<Sqs>) {
        match timer {
            Timer::Poll(_) => {
                self.pausing = false;
                self.poll(lent, line);
            }
            Timer::Deletes(_) => self.send_deletes(lent, line),
            Timer::Heartbeat(_) => self.beat(lent, line),
            Timer::Batch(_) | Timer::Retry(_) => {}
        }
    }

    /// Sets the next extension of timeouts, if there are to be any.
    #[inline]
    fn keep_beating(&mut self, lent: &mut Lent<'_>, line: &impl Line<Sqs>) {
        if let Some(every) = lent.pool.heartbeat
            && !self.beating
        {
            self.beating = true;
            lent.wire.set_timer(Timer::Heartbeat(self.worker.0), after(line.now(), every));
        }
    }

    /// Extends the timeout of all that it has, while it is at work.
    fn beat(&mut self, lent: &mut Lent<'_>, line: &mut impl Line<Sqs>) {
        self.beating = false;
        let Some(queue) = lent.parts.queue(lent.pool.from) else { return };
        let of_queue = lent.parts.get(lent.pool.from).map_or(0, |known| known.visibility_timeout);
        let timeout = lent.pool.visibility_timeout.unwrap_or(of_queue);
        let all = self.current.iter().chain(self.ahead.iter().map(|own| &own.handle));
        let changes: Vec<(ReceiptHandle, u32)> = all.map(|handle| (*handle, timeout)).collect();
        // A timeout of 0 would give back what is being worked on.
        if self.current.is_none() || timeout == 0 {
            return;
        }
        lent.wire.ask(self.client(), Request::ChangeMessageVisibilityBatch { queue, changes }, line);
        self.keep_beating(lent, line);
    }
}
