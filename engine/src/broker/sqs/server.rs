//! The service as a whole: its queues, its topics, and the calls it answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::broker::server::{Down, Holding, Outlet, Server};
use crate::id::{ClientId, RequestId, StoreId, WorkerId};
use crate::random::Stream;
use crate::time::Time;
use crate::view::StoreView;

use super::Out;
use super::api::{Code, Fault, Push, QueueUrl, Receive, Reply, Request};
use super::attributes::{MAX_VISIBILITY_TIMEOUT, MAX_WAIT_SECONDS};
use super::few::Few;
use super::move_task::MoveTask;
use super::polling::{ALL_SERVERS, Poll, sample};
use super::queue::Queue;
use super::quota::Call;
use super::settings::Settings;
use super::topic::Topic;

/// SQS, with SNS in front of it: one account in one region.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Sqs {
    pub(super) settings: Settings,
    pub(super) random: Stream,
    /// By their number; nothing where one was deleted.
    pub(super) queues: Vec<Option<Queue>>,
    /// When the queue of a name was deleted.
    pub(super) deleted: BTreeMap<Arc<str>, Time>,
    pub(super) topics: Vec<Topic>,
    /// All that were ever started, numbered from 1.
    pub(super) tasks: Vec<MoveTask>,
    /// How many `MessageId`s were given out.
    pub(super) issued: u64,
    /// When it has to be woken.
    due: Option<Time>,
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
            deleted: BTreeMap::new(),
            topics: Vec::new(),
            tasks: Vec::new(),
            issued: 0,
            due: None,
            touched: 0,
        }
    }

    /// The queue at an address.
    pub(super) fn queue(&self, store: StoreId) -> Result<&Queue, Fault> {
        let queue = self.queues.get(usize::from(store.0)).and_then(Option::as_ref);
        queue.ok_or(Fault::new(Code::QueueDoesNotExist, "the queue does not exist"))
    }

    /// The same, to be changed.
    #[inline]
    pub(super) fn queue_mut(&mut self, store: StoreId) -> Result<&mut Queue, Fault> {
        self.touch(store);
        let queue = self.queues.get_mut(usize::from(store.0)).and_then(Option::as_mut);
        queue.ok_or(Fault::new(Code::QueueDoesNotExist, "the queue does not exist"))
    }

    /// Notes that a queue is changed in the present call.
    #[inline]
    pub(super) fn touch(&mut self, store: StoreId) {
        self.touched |= 1 << (store.0 % 64);
    }

    /// At the end of a call: when there is something to do next.
    #[inline]
    fn look_ahead(&mut self) {
        let touched = std::mem::take(&mut self.touched);
        let mut due = self.next_move();
        for queue in self.queues.iter_mut().flatten() {
            if touched & 1 << (queue.store.0 % 64) != 0 {
                queue.look_ahead();
            }
            due = match (due, queue.due) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        self.due = due;
    }

    /// When it would have to be woken if nothing were remembered of that.
    #[cfg(test)]
    pub(super) fn due_afresh(&self) -> Option<Time> {
        let mut afresh = self.clone();
        afresh.touched = u64::MAX;
        afresh.look_ahead();
        afresh.due
    }

    /// The visible messages of a queue in the order in which they would leave if nothing were locked: at most `limit`,
    /// each with the number of receives it had.
    pub fn visible(&self, queue: &str, limit: usize) -> Option<Vec<(crate::message::Message, u32)>> {
        let queue = self.queues.iter().flatten().find(|own| *own.name == *queue)?;
        Some(queue.visible(limit).iter().map(|stored| (stored.message, stored.receives)).collect())
    }

    /// `ReceiveMessage`. Nothing is answered yet if it waits.
    fn receive(
        &mut self,
        client: ClientId,
        request: RequestId,
        receive: Receive,
        out: &mut impl Out,
    ) -> Option<Reply> {
        match self.begin_receive(&receive, client, out) {
            Err(fault) => Some(Reply::Failed(fault)),
            Ok((received, until)) => {
                if received.is_empty() && out.now() < until {
                    let poll = Poll { client, request, receive };
                    if let Ok(queue) = self.queue_mut(receive.queue.0) {
                        queue.polls.wait(poll, until);
                        return None;
                    }
                }
                Some(Reply::Received(received))
            }
        }
    }

    /// What a receive gets at once, and until when it waits if that is nothing.
    fn begin_receive(
        &mut self,
        receive: &Receive,
        client: ClientId,
        out: &mut impl Out,
    ) -> Result<(Few<super::api::Received>, Time), Fault> {
        let (settings, now, store) = (self.settings, out.now(), receive.queue.0);
        let queue = self.queue_mut(store)?;
        check_receive(receive, queue.is_fifo())?;
        queue.admit(Call::Receive, &settings, now)?;
        if let Some(id) = receive.attempt {
            let timeout = receive.visibility_timeout.unwrap_or(queue.attributes.visibility_timeout);
            if let Some(received) = queue.repeat(id, timeout, now) {
                return Ok((received, now));
            }
        }
        let wait = receive.wait_seconds.unwrap_or(queue.attributes.wait_seconds);
        let full = u64::from(settings.in_flight_quota) <= queue.held.len();
        if full && wait == 0 && !queue.is_fifo() {
            let why = "too many messages are in flight: delete what was received";
            return Err(Fault::new(Code::OverLimit, why));
        }
        let sampled = settings.sampling && wait == 0 && !queue.is_fifo();
        let servers = if sampled { sample(&mut self.random) } else { ALL_SERVERS };
        let received = self.take(store, receive, WorkerId(client.0), servers, out);
        Ok((received, now + std::time::Duration::from_secs(wait.into())))
    }

    /// Answers long polls for which there is something now.
    pub(super) fn serve(&mut self, store: StoreId, out: &mut impl Out) {
        while let Ok(queue) = self.queue(store)
            && !queue.polls.is_empty()
            && queue.is_receivable(self.settings.scan_window)
            && queue.held.len() < u64::from(self.settings.in_flight_quota)
            && let Some(poll) = queue.polls.next()
        {
            let worker = WorkerId(poll.client.0);
            let received = self.take(store, &poll.receive, worker, ALL_SERVERS, out);
            // All that there was can have been dead letters.
            if !received.is_empty()
                && let Ok(queue) = self.queue_mut(store)
            {
                queue.polls.served();
                out.reply(poll.client, poll.request, Reply::Received(received));
            }
        }
    }

    fn answer(
        &mut self,
        client: ClientId,
        id: RequestId,
        request: &Request,
        out: &mut impl Out,
    ) -> Option<Reply> {
        let reply = match request {
            Request::SendMessage { queue, entry } => Ok(self.send_message(queue.0, entry, out)),
            Request::SendMessageBatch { queue, entries } => Ok(self.send_batch(queue.0, entries, out)),
            Request::ReceiveMessage(receive) => return self.receive(client, id, *receive, out),
            Request::DeleteMessage { queue, handle } => self.delete(queue.0, *handle, out),
            Request::DeleteMessageBatch { queue, handles } => self.delete_batch(queue.0, handles, out),
            Request::ChangeMessageVisibility { queue, handle, timeout } => {
                self.change_visibility(queue.0, (*handle, *timeout), out)
            }
            Request::ChangeMessageVisibilityBatch { queue, changes } => {
                self.change_visibility_batch(queue.0, changes, out)
            }
            Request::CreateQueue { name, attributes } => self.create(name, attributes, out),
            Request::SetQueueAttributes { queue, attributes } => {
                self.set_attributes(queue.0, attributes, out)
            }
            Request::GetQueueAttributes { queue: QueueUrl(store) } => {
                self.queue(*store).map(|queue| Reply::Numbers(queue.numbers()))
            }
            Request::DeleteQueue { queue } => self.delete_queue(queue.0, out),
            Request::PurgeQueue { queue } => self.purge(queue.0, out),
            Request::StartMessageMoveTask(asked) => self.start_move(asked, out),
            Request::CancelMessageMoveTask { task } => self.cancel_move(*task),
            Request::ListMessageMoveTasks { source } => self.list_moves(*source),
            Request::CreateTopic { name } => self.create_topic(name),
            Request::Subscribe { topic, queue, filter }
            | Request::SetFilterPolicy { topic, queue, filter } => self.subscribe(*topic, *queue, filter),
            Request::Publish { topic, entry } => Ok(self.publish(*topic, entry, out)),
            Request::PublishBatch { topic, entries } => Ok(self.publish_batch(*topic, entries, out)),
            Request::Configure(settings) => {
                self.settings = *settings;
                self.serve_all(out);
                Ok(Reply::Ok)
            }
        };
        Some(reply.unwrap_or_else(Reply::Failed))
    }

    fn serve_all(&mut self, out: &mut impl Out) {
        for store in 0..self.queues.len() {
            self.serve(StoreId(store as u16), out);
        }
    }

    /// Ends what is over: retention, timeouts, delays, then the waiting of long polls that got nothing of that.
    fn run_due(&mut self, out: &mut impl Out) {
        let settings = self.settings;
        for place in 0..self.queues.len() {
            let Some(queue) = &mut self.queues[place] else { continue };
            if queue.due.is_none_or(|due| out.now() < due) {
                continue;
            }
            self.touched |= 1 << (place % 64);
            queue.end_retention(out);
            queue.end_timeouts(out);
            queue.end_delays(&settings, out);
            self.serve(StoreId(place as u16), out);
        }
        self.move_on(out);
        for queue in self.queues.iter_mut().flatten() {
            while let Some(poll) = queue.polls.end(out.now()) {
                self.touched |= 1 << (queue.store.0 % 64);
                out.reply(poll.client, poll.request, Reply::Received(Few::default()));
            }
        }
    }
}

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
        if self.due.is_some_and(|due| due <= out.now()) {
            self.run_due(out);
        }
        if let Some(reply) = self.answer(client, id, &request, out) {
            out.reply(client, id, reply);
        }
        self.look_ahead();
    }

    /// To the service a client that is gone is one that asks nothing: what it received stays in flight.
    fn disconnect(&mut self, client: ClientId, _: &mut impl Outlet<Reply, Push>) {
        self.queues.iter_mut().flatten().for_each(|queue| queue.polls.disconnect(client));
        self.touched = u64::MAX;
        self.look_ahead();
    }

    #[inline]
    fn due(&self) -> Option<Time> {
        self.due
    }

    fn wake(&mut self, out: &mut impl Outlet<Reply, Push>) {
        self.run_due(out);
        self.look_ahead();
    }

    /// The service keeps all messages in several places: when it cannot be reached for a while, none is lost, and
    /// timeouts go on.
    fn restart(&mut self, _: Down, out: &mut impl Outlet<Reply, Push>) {
        self.queues.iter_mut().flatten().for_each(|queue| {
            queue.polls.drain();
        });
        self.run_due(out);
        self.touched = u64::MAX;
        self.look_ahead();
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
