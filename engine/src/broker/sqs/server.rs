//! The service as a whole: its queues, its topics, and the calls it answers.

use std::sync::Arc;

use crate::broker::server::{Down, Holding, Outlet, Server};
use crate::id::{ClientId, RequestId, StoreId, WorkerId};
use crate::mechanism::sorted::Sorted;
use crate::random::Stream;
use crate::time::Time;
use crate::view::StoreView;

use super::Out;
use super::api::{Code, Fault, Push, QueueUrl, Receive, Received, Reply, Request};
use super::attributes::{MAX_VISIBILITY_TIMEOUT, MAX_WAIT_SECONDS};
use super::few::Few;
use super::move_task::MoveTask;
use super::polling::{ALL_SERVERS, Poll, sample};
use super::queue::Queue;
use super::quota::Call;
use super::settings::Settings;
use super::stored::after;
use super::topic::Topic;

/// SQS, with SNS in front of it: one account in one region.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Sqs {
    pub(super) settings: Settings,
    pub(super) random: Stream,
    /// By their number; nothing where one was deleted.
    pub(super) queues: Vec<Option<Queue>>,
    /// When the queue of a name was deleted.
    pub(super) deleted: Sorted<Arc<str>, Time>,
    pub(super) topics: Vec<Topic>,
    /// All that were ever started, numbered from 1.
    pub(super) tasks: Vec<MoveTask>,
    /// How many `MessageId`s were given out.
    pub(super) issued: u64,
    /// When it has to be woken, or before: until then nothing is due.
    pub(super) quiet_until: Time,
    /// The queues that were touched in the present call, a bit for every number that ends alike.
    touched: u64,
}

impl Sqs {
    /// The service without any queue. What it leaves to chance is drawn from `seed`.
    pub fn new(settings: Settings, seed: u64) -> Sqs {
        Sqs {
            settings,
            random: Stream::named(seed, "sqs"),
            queues: Vec::new(),
            deleted: Sorted::default(),
            topics: Vec::new(),
            tasks: Vec::new(),
            issued: 0,
            quiet_until: Time::MAX,
            touched: 0,
        }
    }

    /// The queue at an address.
    #[inline]
    pub(super) fn queue(&self, store: StoreId) -> Result<&Queue, Fault> {
        match self.queues.get(usize::from(store.0)) {
            Some(Some(queue)) => Ok(queue),
            Some(None) | None => Err(no_queue()),
        }
    }

    /// The same, to be changed.
    #[inline]
    pub(super) fn queue_mut(&mut self, store: StoreId) -> Result<&mut Queue, Fault> {
        self.touch(store);
        match self.queues.get_mut(usize::from(store.0)) {
            Some(Some(queue)) => Ok(queue),
            Some(None) | None => Err(no_queue()),
        }
    }

    /// Notes that a queue is changed in the present call.
    #[inline]
    pub(super) fn touch(&mut self, store: StoreId) {
        self.touched |= 1 << (store.0 % 64);
    }

    /// At the end of a call: until when there is nothing to do.
    #[inline]
    pub(super) fn look_ahead(&mut self) {
        let mut touched = std::mem::take(&mut self.touched);
        let mut quiet = self.quiet_until.min(self.next_move());
        while touched != 0 {
            let mut place = touched.trailing_zeros() as usize;
            while let Some(queue) = self.queues.get(place) {
                quiet = quiet.min(queue.as_ref().map_or(Time::MAX, |queue| queue.quiet_until));
                place += 64;
            }
            touched &= touched - 1;
        }
        self.quiet_until = quiet;
    }

    /// When the first thing is due, if nothing were remembered of that.
    #[cfg(test)]
    pub(super) fn first_due(&self) -> Time {
        let mut afresh = self.clone();
        afresh.queues.iter_mut().flatten().for_each(Queue::look_ahead);
        (afresh.quiet_until, afresh.touched) = (Time::MAX, u64::MAX);
        afresh.look_ahead();
        afresh.quiet_until
    }

    /// The visible messages of a queue in the order in which they would leave if nothing were locked: at most `limit`,
    /// each with the number of receives it had.
    pub fn visible(&self, queue: &str, limit: usize) -> Option<Vec<(crate::message::Message, u32)>> {
        let queue = self.queues.iter().flatten().find(|own| *own.name == *queue)?;
        Some(queue.visible(limit).iter().map(|stored| (stored.message, stored.receives)).collect())
    }

    /// `ReceiveMessage`. What it gets is put into `received`; unless it waits, which is told.
    pub(super) fn receive(
        &mut self,
        (client, request): (ClientId, RequestId),
        receive: &Receive,
        received: &mut Few<Received>,
        out: &mut impl Out,
    ) -> Result<bool, Fault> {
        let (store, quota) = (receive.queue.0, self.settings.in_flight_quota);
        let queue = self.queue_mut(store)?;
        check_receive(receive, queue.is_fifo())?;
        let wait = receive.wait_seconds.unwrap_or(queue.attributes.wait_seconds);
        let mut servers = ALL_SERVERS;
        if queue.is_fifo() {
            if let Some(again) = self.begin_receive(receive, out)? {
                *received = again;
                return Ok(false);
            }
        } else if wait == 0 {
            if u64::from(quota) <= queue.held.len() {
                return Err(Fault::new(
                    Code::OverLimit,
                    "too many messages are in flight: delete what was received",
                ));
            }
            if self.settings.sampling {
                servers = sample(&mut self.random);
            }
        }
        self.take(store, receive, WorkerId(client.0), servers, received, out);
        if wait != 0 && received.is_empty() {
            let poll = Poll { client, request, receive: *receive };
            self.queue_mut(store)?.wait(poll, after(out.now(), wait));
            return Ok(true);
        }
        Ok(false)
    }

    /// FIFO: counts a receive, unless it is one too many, and tells what it gets if it is one that is repeated.
    #[inline(never)]
    fn begin_receive(
        &mut self,
        receive: &Receive,
        out: &mut impl Out,
    ) -> Result<Option<Few<Received>>, Fault> {
        self.admit(receive.queue.0, Call::Receive, out)?;
        let queue = self.queue_mut(receive.queue.0)?;
        let timeout = receive.visibility_timeout.unwrap_or(queue.attributes.visibility_timeout);
        Ok(receive.attempt.and_then(|id| queue.repeat(id, timeout, out.now())))
    }

    /// Answers long polls for which there is something now.
    #[inline]
    pub(super) fn serve(&mut self, store: StoreId, out: &mut impl Out) {
        if let Some(Some(queue)) = self.queues.get(usize::from(store.0))
            && !queue.polls.is_empty()
        {
            self.serve_polls(store, out);
        }
    }

    #[inline(never)]
    fn serve_polls(&mut self, store: StoreId, out: &mut impl Out) {
        while let Ok(queue) = self.queue(store)
            && queue.is_receivable(self.settings.scan_window)
            && queue.held.len() < u64::from(self.settings.in_flight_quota)
            && let Some(poll) = queue.polls.next()
        {
            let worker = WorkerId(poll.client.0);
            let mut received = Few::default();
            self.take(store, &poll.receive, worker, ALL_SERVERS, &mut received, out);
            // All that there was can have been dead letters.
            if !received.is_empty()
                && let Ok(queue) = self.queue_mut(store)
            {
                queue.polls.served();
                out.reply(poll.client, poll.request, Reply::Received(received));
            }
        }
    }

    /// Does what is asked. Nothing is answered yet to a long poll that waits.
    fn answer(
        &mut self,
        who: (ClientId, RequestId),
        request: &Request,
        out: &mut impl Out,
    ) -> Result<Option<Reply>, Fault> {
        let reply = match request {
            Request::SendMessage { queue, entry } => self.send_message(queue.0, entry, out),
            Request::SendMessageBatch { queue, entries } => self.send_batch(queue.0, entries, out),
            Request::ReceiveMessage(receive) => {
                let mut received = Few::default();
                if self.receive(who, receive, &mut received, out)? {
                    return Ok(None);
                }
                Reply::Received(received)
            }
            Request::DeleteMessage { queue, handle } => {
                self.delete(queue.0, handle, out)?;
                Reply::Ok
            }
            Request::DeleteMessageBatch { queue, handles } => self.delete_batch(queue.0, handles, out)?,
            Request::ChangeMessageVisibility { queue, handle, timeout } => {
                self.change_visibility(queue.0, (handle, *timeout), out)?
            }
            Request::ChangeMessageVisibilityBatch { queue, changes } => {
                self.change_visibility_batch(queue.0, changes, out)?
            }
            Request::CreateQueue { name, attributes } => self.create(name, attributes, out)?,
            Request::SetQueueAttributes { queue, attributes } => {
                self.set_attributes(queue.0, attributes, out)?
            }
            Request::GetQueueAttributes { queue: QueueUrl(store) } => {
                Reply::Numbers(self.queue(*store)?.numbers())
            }
            Request::DeleteQueue { queue } => self.delete_queue(queue.0, out)?,
            Request::PurgeQueue { queue } => self.purge(queue.0, out)?,
            Request::StartMessageMoveTask(asked) => self.start_move(asked, out)?,
            Request::CancelMessageMoveTask { task } => self.cancel_move(*task)?,
            Request::ListMessageMoveTasks { source } => self.list_moves(*source)?,
            Request::CreateTopic { name } => self.create_topic(name)?,
            Request::Subscribe { topic, queue, filter }
            | Request::SetFilterPolicy { topic, queue, filter } => self.subscribe(*topic, *queue, filter)?,
            Request::Publish { topic, entry } => self.publish(*topic, entry, out),
            Request::PublishBatch { topic, entries } => self.publish_batch(*topic, entries, out),
            Request::Configure(settings) => {
                self.settings = *settings;
                for store in 0..self.queues.len() {
                    self.serve(StoreId(store as u16), out);
                }
                Reply::Ok
            }
        };
        Ok(Some(reply))
    }

    /// Ends what is over: retention, timeouts, delays, then the waiting of long polls that got nothing of that.
    #[inline(never)]
    fn run_due(&mut self, out: &mut impl Out) {
        let (settings, now) = (self.settings, out.now());
        for queue in self.queues.iter_mut().flatten() {
            queue.ends = queue.due() <= now;
        }
        for place in 0..self.queues.len() {
            let Some(queue) = &mut self.queues[place] else { continue };
            if queue.ends {
                queue.end_retention(out);
                queue.end_timeouts(out);
                queue.end_delays(&settings, out);
                self.serve(StoreId(place as u16), out);
            }
        }
        self.move_on(out);
        for queue in self.queues.iter_mut().flatten() {
            while let Some(poll) = queue.polls.end(now) {
                out.reply(poll.client, poll.request, Reply::Received(Few::default()));
            }
            queue.look_ahead();
        }
        self.quiet_until = Time::MAX;
        self.touched = u64::MAX;
        self.look_ahead();
    }
}

/// There is no queue at an address.
#[cold]
#[inline(never)]
pub(super) fn no_queue() -> Fault {
    Fault::new(Code::QueueDoesNotExist, "the queue does not exist")
}

#[inline]
fn check_receive(receive: &Receive, fifo: bool) -> Result<(), Fault> {
    if !(1..=10).contains(&receive.max) {
        return Err(Fault::value(receive.max, "MaxNumberOfMessages is 1 to 10"));
    }
    if let Some(timeout) = receive.visibility_timeout.filter(|timeout| MAX_VISIBILITY_TIMEOUT < *timeout) {
        return Err(Fault::value(timeout, "VisibilityTimeout is 0 to 43200 seconds"));
    }
    if let Some(wait) = receive.wait_seconds.filter(|wait| MAX_WAIT_SECONDS < *wait) {
        return Err(Fault::value(wait, "WaitTimeSeconds is 0 to 20"));
    }
    if receive.attempt.is_some() && !fifo {
        let why = "ReceiveRequestAttemptId is for FIFO queues";
        return Err(Fault::new(Code::InvalidParameterValue, why));
    }
    Ok(())
}

impl Server for Sqs {
    type Request = Request;
    type Reply = Reply;
    type Push = Push;

    fn request(
        &mut self,
        client: ClientId,
        id: RequestId,
        request: Request,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        // What ends at this instant has ended, whoever asks first.
        if self.quiet_until <= out.now() {
            self.run_due(out);
        }
        match self.answer((client, id), &request, out) {
            Ok(None) => {}
            Ok(Some(reply)) => out.reply(client, id, reply),
            Err(fault) => out.reply(client, id, Reply::Failed(fault)),
        }
        self.look_ahead();
    }

    /// To the service a client that is gone is one that asks nothing: what it received stays in flight.
    fn disconnect(&mut self, client: ClientId, _: &mut impl Outlet<Reply, Push>) {
        self.queues.iter_mut().flatten().for_each(|queue| queue.polls.disconnect(client));
    }

    /// What was to be due may have been deleted since; who looks at that time sees further.
    #[inline]
    fn due(&self) -> Option<Time> {
        (self.quiet_until < Time::MAX).then_some(self.quiet_until)
    }

    fn wake(&mut self, out: &mut impl Outlet<Reply, Push>) {
        self.run_due(out);
    }

    /// The service keeps all messages in several places: when it cannot be reached for a while, none is lost, and
    /// timeouts go on.
    fn restart(&mut self, _: Down, out: &mut impl Outlet<Reply, Push>) {
        self.queues.iter_mut().flatten().for_each(|queue| queue.polls.forget());
        self.run_due(out);
    }

    fn holdings(&self) -> Vec<Holding> {
        let holding = |queue: &Queue| {
            let numbers = queue.numbers();
            Holding {
                store: queue.store,
                name: queue.name.to_string(),
                waiting: numbers.visible,
                held: numbers.in_flight,
                delayed: numbers.delayed,
            }
        };
        self.queues.iter().flatten().map(holding).collect()
    }

    fn stores(&self, limit: usize) -> Vec<StoreView> {
        self.queues.iter().flatten().map(|queue| queue.view(limit)).collect()
    }
}
