//! Making, changing and deleting topics and subscriptions, and what has to be kept for them.

use std::sync::Arc;

use crate::id::StoreId;
use crate::journal::Cause;
use crate::time::Time;

use super::Out;
use super::api::{Code, Fault, Field, Push, Reply, Request, SubscriptionName, TopicName};
use super::config::{Config, check_retention};
use super::service::{PubSub, no_subscription, no_topic};
use super::subscription::Subscription;
use super::topic::Topic;

impl PubSub {
    /// Calls that are not about single messages.
    #[inline(never)]
    pub(super) fn administer(&mut self, request: &Request, out: &mut impl Out) -> Result<Reply, Fault> {
        let now = out.now();
        match request {
            Request::CreateTopic { name, retention } => self.create_topic(name, *retention),
            Request::GetTopic(name) => {
                let is_it = |own: &Option<Topic>| own.as_ref().is_some_and(|own| own.name == *name);
                let number = self.topics.iter().position(is_it).ok_or_else(no_topic)?;
                Ok(Reply::Topic(TopicName(number as u16)))
            }
            Request::GetSubscription(name) => {
                let found = self.subscriptions.iter().flatten().find(|own| own.name == *name);
                let store = found.map(|own| own.store).ok_or_else(no_subscription)?;
                Ok(Reply::Subscription(SubscriptionName(store)))
            }
            Request::UpdateTopic { topic, retention } => self.update_topic(*topic, *retention, out),
            Request::DeleteTopic(topic) => self.delete_topic(*topic),
            Request::CreateSubscription { name, topic, fields } => {
                self.create_subscription(name, *topic, fields, now)
            }
            Request::UpdateSubscription { subscription, fields } => {
                self.update_subscription(*subscription, fields, out)
            }
            Request::DeleteSubscription(name) => {
                self.subscription(*name)?;
                self.remove_subscription(*name, Cause::Purge, out);
                Ok(Reply::Ok)
            }
            Request::Seek { subscription, target } => {
                self.seek(*subscription, *target, out).map(|()| Reply::Ok)
            }
            Request::CreateSnapshot { name, subscription } => self.create_snapshot(name, *subscription, out),
            Request::DeleteSnapshot(name) => self.delete_snapshot(*name, now),
            Request::Approximate(settings) => {
                self.chance.settings = *settings;
                Ok(Reply::Ok)
            }
            Request::Publish { .. }
            | Request::Pull { .. }
            | Request::StreamingPull(_)
            | Request::StreamAckDeadline { .. }
            | Request::CloseStreams(_)
            | Request::Acknowledge(_)
            | Request::AcknowledgeAll(_)
            | Request::ModifyAckDeadline(..)
            | Request::ModifyAckDeadlines(..) => Err(Fault::invalid("it is about messages")),
        }
    }

    fn create_topic(&mut self, name: &Arc<str>, retention: Option<u32>) -> Result<Reply, Fault> {
        check_retention(retention)?;
        if self.topics.iter().flatten().any(|own| own.name == *name) {
            return Err(Fault::new(Code::AlreadyExists, "there is a topic of this name"));
        }
        let number = u16::try_from(self.topics.len()).map_err(|_| {
            Fault::new(Code::FailedPrecondition, "at most 65,536 topics can be made in one run")
        })?;
        self.topics.push(Some(Topic::new(name.clone(), retention)));
        Ok(Reply::Topic(TopicName(number)))
    }

    fn update_topic(
        &mut self,
        topic: TopicName,
        retention: Option<u32>,
        out: &mut impl Out,
    ) -> Result<Reply, Fault> {
        check_retention(retention)?;
        let Some(Some(own)) = self.topics.get_mut(usize::from(topic.0)) else { return Err(no_topic()) };
        own.retention = retention;
        self.keep(topic.0, out.now());
        self.run_due(out);
        Ok(Reply::Ok)
    }

    fn delete_topic(&mut self, topic: TopicName) -> Result<Reply, Fault> {
        self.topic(topic)?;
        self.topics[usize::from(topic.0)] = None;
        for own in self.subscriptions.iter_mut().flatten() {
            own.topic = own.topic.filter(|number| *number != topic.0);
        }
        Ok(Reply::Ok)
    }

    fn create_subscription(
        &mut self,
        name: &Arc<str>,
        topic: TopicName,
        fields: &[Field],
        now: Time,
    ) -> Result<Reply, Fault> {
        let config = Config::default().with(fields, true)?;
        if self.subscriptions.iter().flatten().any(|own| own.name == *name) {
            return Err(Fault::new(Code::AlreadyExists, "there is a subscription of this name"));
        }
        let number = u16::try_from(self.subscriptions.len()).map_err(|_| {
            Fault::new(Code::FailedPrecondition, "at most 65,536 subscriptions can be made in one run")
        })?;
        let Some(Some(own)) = self.topics.get_mut(usize::from(topic.0)) else { return Err(no_topic()) };
        own.subscriptions.push(number);
        let mut made = Subscription::new(name.clone(), StoreId(number), topic.0, config, now);
        made.keeps_from = own.number + 1;
        self.subscriptions.push(Some(made));
        self.keep(topic.0, now);
        Ok(Reply::Subscription(SubscriptionName(StoreId(number))))
    }

    fn update_subscription(
        &mut self,
        name: SubscriptionName,
        fields: &[Field],
        out: &mut impl Out,
    ) -> Result<Reply, Fault> {
        let config = self.subscription(name)?.config.with(fields, false)?;
        let topic = self.subscription(name)?.topic;
        let next =
            topic.and_then(|own| self.topics[usize::from(own)].as_ref()).map_or(1, |own| own.number + 1);
        let own = self.subscription_mut(name)?;
        if config.retains_acked && !own.config.retains_acked {
            own.keeps_from = next;
        }
        own.config = config;
        own.active = out.now();
        match topic {
            Some(topic) => self.keep(topic, out.now()),
            None => self.set_retention(name, 0),
        }
        self.run_due(out);
        Ok(Reply::Ok)
    }

    /// Deletes a subscription, with its backlog.
    pub(super) fn remove_subscription(&mut self, name: SubscriptionName, why: Cause, out: &mut impl Out) {
        let Some(own) = self.subscriptions.get_mut(usize::from(name.0.0)) else { return };
        let Some(mut own) = own.take() else { return };
        own.purge(why, out);
        for client in own.streams.close(None) {
            out.push(client, Push::Closed(name));
        }
        if let Some(topic) = own.topic {
            if let Some(Some(topic)) = self.topics.get_mut(usize::from(topic)) {
                topic.subscriptions.retain(|other| *other != name.0.0);
            }
            self.keep(topic, out.now());
        }
    }

    /// Finds out what a topic has to keep, and how long its subscriptions keep what is not acknowledged.
    pub(super) fn keep(&mut self, number: u16, now: Time) {
        let Some(Some(topic)) = self.topics.get(usize::from(number)) else { return };
        let mut seconds = topic.retention.unwrap_or(0);
        let (of_topic, subscriptions) = (seconds, topic.subscriptions.clone());
        for place in subscriptions {
            let name = SubscriptionName(StoreId(place));
            if let Ok(own) = self.subscription(name)
                && own.config.retains_acked
            {
                seconds = seconds.max(own.config.retention);
            }
            self.set_retention(name, of_topic);
        }
        let snapshots = self.snapshots.iter().flatten().filter(|own| own.topic == number);
        let from = snapshots.map(|own| own.end).min().unwrap_or(u64::MAX);
        if let Some(Some(topic)) = self.topics.get_mut(usize::from(number)) {
            topic.keep(seconds, from, now);
        }
    }

    /// What is not acknowledged is kept for as long as its topic or its subscription says.
    fn set_retention(&mut self, name: SubscriptionName, of_topic: u32) {
        let Ok(own) = self.subscription_mut(name) else { return };
        let nanos = u64::from(own.config.retention.max(of_topic)) * 1_000_000_000;
        if own.retention != nanos {
            own.retention = nanos;
            own.time_all();
        }
        let ends = own.ends();
        own.is_due(ends);
        let quiet = own.quiet_until;
        self.quiet_until = self.quiet_until.min(quiet);
    }
}
