//! The service as a whole: topics, subscriptions, snapshots, and the calls it answers.

use crate::broker::server::{Down, Holding, Outlet, Server};
use crate::id::{ClientId, RequestId};
use crate::journal::Cause;
use crate::time::Time;
use crate::view::StoreView;

use super::Out;
use super::api::{AckId, Code, Fault, Push, Reply, Request, StreamingPull, SubscriptionName};
use super::approximate::{Approximations, Chance};
use super::config::MAX_ACK_DEADLINE;
use super::snapshot::Snapshot;
use super::stream::Stream;
use super::subscription::Subscription;
use super::topic::Topic;

/// Pub/Sub: one project in one region.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct PubSub {
    pub(super) chance: Chance,
    /// By their number; nothing where one was deleted.
    pub(super) topics: Vec<Option<Topic>>,
    /// Likewise.
    pub(super) subscriptions: Vec<Option<Subscription>>,
    /// Likewise.
    pub(super) snapshots: Vec<Option<Snapshot>>,
    /// When it has to be woken, or before: until then nothing is due.
    pub(super) quiet_until: Time,
}

/// There is no such topic.
#[cold]
#[inline(never)]
pub(super) fn no_topic() -> Fault {
    Fault::new(Code::NotFound, "the topic does not exist")
}

/// There is no such subscription.
#[cold]
#[inline(never)]
pub(super) fn no_subscription() -> Fault {
    Fault::new(Code::NotFound, "the subscription does not exist")
}

/// There is no such snapshot of the topic.
#[cold]
#[inline(never)]
pub(super) fn no_snapshot() -> Fault {
    Fault::new(Code::NotFound, "there is no such snapshot of this topic")
}

impl PubSub {
    /// The service without any topic. What it leaves to chance is drawn from `seed`.
    pub fn new(approximations: Approximations, seed: u64) -> PubSub {
        PubSub {
            chance: Chance::new(approximations, seed),
            topics: Vec::new(),
            subscriptions: Vec::new(),
            snapshots: Vec::new(),
            quiet_until: Time::MAX,
        }
    }

    #[inline]
    pub(super) fn subscription(&self, name: SubscriptionName) -> Result<&Subscription, Fault> {
        match self.subscriptions.get(usize::from(name.0.0)) {
            Some(Some(subscription)) => Ok(subscription),
            Some(None) | None => Err(no_subscription()),
        }
    }

    #[inline]
    pub(super) fn subscription_mut(&mut self, name: SubscriptionName) -> Result<&mut Subscription, Fault> {
        match self.subscriptions.get_mut(usize::from(name.0.0)) {
            Some(Some(subscription)) => Ok(subscription),
            Some(None) | None => Err(no_subscription()),
        }
    }

    /// After a call about a subscription: dead letters go on, and what is available goes to who has room.
    #[inline]
    pub(super) fn go_on(&mut self, name: SubscriptionName, out: &mut impl Out) {
        self.forward(name.0, out);
        if let Some(Some(own)) = self.subscriptions.get_mut(usize::from(name.0.0)) {
            own.serve(&mut self.chance, out);
            self.quiet_until = self.quiet_until.min(own.quiet_until);
        }
    }

    /// `Acknowledge`.
    #[inline]
    pub(super) fn acknowledge(&mut self, id: &AckId, out: &mut impl Out) -> Result<(), Fault> {
        let name = SubscriptionName(id.subscription);
        let Some(Some(own)) = self.subscriptions.get_mut(usize::from(name.0.0)) else {
            return Err(no_subscription());
        };
        own.active = out.now();
        own.acknowledge(id, &mut self.chance, out)
    }

    /// `ModifyAckDeadline`.
    fn modify(&mut self, id: &AckId, seconds: u32, out: &mut impl Out) -> Result<(), Fault> {
        let name = SubscriptionName(id.subscription);
        let Some(Some(own)) = self.subscriptions.get_mut(usize::from(name.0.0)) else {
            return Err(no_subscription());
        };
        own.active = out.now();
        own.modify_ack_deadline(id, seconds, &mut self.chance, out)
    }

    fn open_stream(&mut self, client: ClientId, own: &StreamingPull, now: Time) -> Result<Reply, Fault> {
        if own.ack_deadline.is_some_and(|seconds| !(10..=MAX_ACK_DEADLINE).contains(&seconds)) {
            return Err(Fault::invalid("streamAckDeadlineSeconds is 10 to 600"));
        }
        let subscription = self.subscription_mut(own.subscription)?;
        subscription.active = now;
        let stream = Stream::new(client, own.ack_deadline, own.max_messages, own.max_bytes);
        subscription.streams.open(stream);
        Ok(Reply::Ok)
    }

    fn close_streams(&mut self, client: ClientId, name: SubscriptionName, now: Time) -> Result<Reply, Fault> {
        let subscription = self.subscription_mut(name)?;
        subscription.active = now;
        subscription.streams.close(Some(client));
        let ends = subscription.ends();
        subscription.is_due(ends);
        self.quiet_until = self.quiet_until.min(ends);
        Ok(Reply::Ok)
    }

    /// Does what is asked.
    fn answer(&mut self, client: ClientId, request: &Request, out: &mut impl Out) -> Result<Reply, Fault> {
        match request {
            Request::Publish { topic, messages } => Ok(self.publish(*topic, messages, out)),
            Request::Acknowledge(id) => self.acknowledge(id, out).map(|()| Reply::Ok),
            Request::AcknowledgeAll(ids) => {
                Ok(Reply::Each(ids.iter().map(|id| self.acknowledge(id, out)).collect()))
            }
            Request::ModifyAckDeadline(id, seconds) => self.modify(id, *seconds, out).map(|()| Reply::Ok),
            Request::ModifyAckDeadlines(ids, seconds) => {
                Ok(Reply::Each(ids.iter().map(|id| self.modify(id, *seconds, out)).collect()))
            }
            Request::Pull { subscription, max } => {
                if *max == 0 {
                    return Err(Fault::invalid("maxMessages is at least 1"));
                }
                let Some(Some(own)) = self.subscriptions.get_mut(usize::from(subscription.0.0)) else {
                    return Err(no_subscription());
                };
                own.active = out.now();
                Ok(Reply::Received(own.pull(client, *max, &mut self.chance, out)))
            }
            Request::StreamingPull(own) => self.open_stream(client, own, out.now()),
            Request::StreamAckDeadline { subscription, seconds } => {
                if !(10..=MAX_ACK_DEADLINE).contains(seconds) {
                    return Err(Fault::invalid("streamAckDeadlineSeconds is 10 to 600"));
                }
                self.subscription_mut(*subscription)?.streams.set_deadline(client, *seconds);
                Ok(Reply::Ok)
            }
            Request::CloseStreams(name) => self.close_streams(client, *name, out.now()),
            Request::CreateTopic { .. }
            | Request::GetTopic(_)
            | Request::GetSubscription(_)
            | Request::UpdateTopic { .. }
            | Request::DeleteTopic(_)
            | Request::CreateSubscription { .. }
            | Request::UpdateSubscription { .. }
            | Request::DeleteSubscription(_)
            | Request::Seek { .. }
            | Request::CreateSnapshot { .. }
            | Request::DeleteSnapshot(_)
            | Request::Approximate(_) => self.administer(request, out),
        }
    }

    /// What a call leads to once it is answered.
    fn go_on_after(&mut self, request: &Request, out: &mut impl Out) {
        match request {
            Request::Acknowledge(id) | Request::ModifyAckDeadline(id, _) => {
                self.go_on(SubscriptionName(id.subscription), out);
            }
            Request::AcknowledgeAll(ids) | Request::ModifyAckDeadlines(ids, _) => {
                let mut last = None;
                for id in ids {
                    if last != Some(id.subscription) {
                        self.go_on(SubscriptionName(id.subscription), out);
                    }
                    last = Some(id.subscription);
                }
            }
            Request::Pull { subscription, .. } | Request::Seek { subscription, .. } => {
                self.go_on(*subscription, out);
            }
            Request::StreamingPull(own) => self.go_on(own.subscription, out),
            Request::Publish { .. }
            | Request::StreamAckDeadline { .. }
            | Request::CloseStreams(_)
            | Request::CreateTopic { .. }
            | Request::GetTopic(_)
            | Request::GetSubscription(_)
            | Request::UpdateTopic { .. }
            | Request::DeleteTopic(_)
            | Request::CreateSubscription { .. }
            | Request::UpdateSubscription { .. }
            | Request::DeleteSubscription(_)
            | Request::CreateSnapshot { .. }
            | Request::DeleteSnapshot(_)
            | Request::Approximate(_) => {}
        }
    }

    /// Ends what is over: retention, leases and backoffs, subscriptions that nobody uses, snapshots.
    #[inline(never)]
    pub(super) fn run_due(&mut self, out: &mut impl Out) {
        let now = out.now();
        for place in 0..self.subscriptions.len() {
            let Some(own) = &mut self.subscriptions[place] else { continue };
            if now < own.quiet_until {
                continue;
            }
            own.end_retention(out);
            own.end_leases(&mut self.chance, out);
            let name = SubscriptionName(own.store);
            let is_over = own.ends() <= now;
            self.go_on(name, out);
            if is_over {
                self.remove_subscription(name, Cause::Expiry, out);
            }
        }
        self.end_snapshots(now);
        self.look_ahead();
    }

    /// Finds out anew until when nothing is due.
    pub(super) fn look_ahead(&mut self) {
        let now = self.subscriptions.iter_mut().flatten().map(|own| {
            own.look_ahead();
            own.quiet_until
        });
        let snapshots = self.snapshots.iter().flatten().map(|own| own.expires);
        self.quiet_until = now.chain(snapshots).min().unwrap_or(Time::MAX);
    }

    /// When the first thing is due, if nothing were remembered of that.
    #[cfg(test)]
    pub(super) fn first_due(&self) -> Time {
        let mut afresh = self.clone();
        afresh.look_ahead();
        afresh.quiet_until
    }
}

impl Server for PubSub {
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
        let reply = self.answer(client, &request, out).unwrap_or_else(Reply::Failed);
        out.reply(client, id, reply);
        self.go_on_after(&request, out);
    }

    /// A client that is gone has no streams any more. What it has is outstanding until its leases are over: nothing
    /// tells the service that nobody works on it.
    fn disconnect(&mut self, client: ClientId, out: &mut impl Outlet<Reply, Push>) {
        for place in 0..self.subscriptions.len() {
            let Some(own) = &self.subscriptions[place] else { continue };
            self.close_streams(client, SubscriptionName(own.store), out.now()).ok();
        }
    }

    /// What was to be due may have been settled since; who looks at that time sees further.
    #[inline]
    fn due(&self) -> Option<Time> {
        (self.quiet_until < Time::MAX).then_some(self.quiet_until)
    }

    fn wake(&mut self, out: &mut impl Outlet<Reply, Push>) {
        self.run_due(out);
    }

    /// The service keeps all messages in several places: when it cannot be reached for a while, none is lost, and
    /// leases go on.
    fn restart(&mut self, _: Down, out: &mut impl Outlet<Reply, Push>) {
        let now = out.now();
        for own in self.subscriptions.iter_mut().flatten() {
            if own.streams.is_any_open() {
                own.active = now;
            }
            own.streams.close(None);
        }
        self.run_due(out);
    }

    fn holdings(&self) -> Vec<Holding> {
        let holding = |own: &Subscription| Holding {
            store: own.store,
            name: own.name.to_string(),
            waiting: own.waiting,
            held: own.held,
            delayed: own.delayed,
        };
        self.subscriptions.iter().flatten().map(holding).collect()
    }

    fn stores(&self, limit: usize) -> Vec<StoreView> {
        self.subscriptions.iter().flatten().map(|own| own.view(limit)).collect()
    }
}
