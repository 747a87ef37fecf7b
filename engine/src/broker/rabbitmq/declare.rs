//! Declaring, binding and deleting: exchanges and queues come and go.
//!
//! To declare what is there already is no error if it is the same; else the channel is closed with 406. What is passive
//! only asks.

use super::channel::ChannelId;
use super::exchange::{Exchange, Target};
use super::message::{Field, Name, Table, field};
use super::method::{Bind, Code, ExchangeDeclare, Push, QueueDeclare, Reply};
use super::node::{Node, Timer};
use super::queue::{Queue, QueueId};
use super::ready::Stored;
use super::settings::{self, QueueType, Settings};
use crate::broker::server::Outlet;
use crate::id::StoreId;
use crate::journal::{Cause, Place, What};

impl Node {
    pub(super) fn declare_exchange(&mut self, declare: &ExchangeDeclare) -> Result<(), Code> {
        let ExchangeDeclare { name, arguments, .. } = declare;
        let &ExchangeDeclare { kind, durable, auto_delete, internal, passive, .. } = declare;
        if let Some(own) = self.exchanges.get(&**name) {
            let ours = (own.kind, own.durable, own.auto_delete, own.internal, own.arguments == *arguments);
            let same = passive || ours == (kind, durable, auto_delete, internal, true);
            return if same { Ok(()) } else { Err(Code::PreconditionFailed) };
        }
        if passive {
            return Err(Code::NotFound);
        }
        if name.is_empty() || name.starts_with("amq.") {
            return Err(Code::AccessRefused);
        }
        let mut exchange = Exchange::new(kind, arguments.clone());
        (exchange.durable, exchange.auto_delete, exchange.internal) = (durable, auto_delete, internal);
        exchange.alternate = exchange.alternate_by(self.policy_for(false, name));
        self.exchanges.insert(name.clone(), exchange);
        self.generation += 1;
        Ok(())
    }

    /// To delete what is not there is no error.
    pub(super) fn delete_exchange(&mut self, name: &Name, if_unused: bool) -> Result<(), Code> {
        if name.is_empty() || name.starts_with("amq.") {
            return Err(Code::AccessRefused);
        }
        if if_unused && self.exchanges.get(&**name).is_some_and(Exchange::is_bound) {
            return Err(Code::PreconditionFailed);
        }
        self.remove_exchange(name.clone());
        Ok(())
    }

    /// `exchange.bind`, or `exchange.unbind`.
    pub(super) fn bind_exchange(&mut self, bind: &Bind, binds: bool) -> Result<(), Code> {
        match bind.destination.is_empty() {
            true => Err(Code::AccessRefused),
            false if self.exchanges.contains_key(&*bind.destination) => {
                self.bind(Target::Exchange(bind.destination.clone()), bind, binds)
            }
            false => Err(Code::NotFound),
        }
    }

    /// `queue.bind`, or `queue.unbind`.
    pub(super) fn bind_queue(&mut self, channel: ChannelId, bind: &Bind, binds: bool) -> Result<(), Code> {
        let target = Target::Queue(self.accessible(channel, &bind.destination)?);
        self.bind(target, bind, binds)
    }

    #[inline(never)]
    fn bind(&mut self, target: Target, bind: &Bind, binds: bool) -> Result<(), Code> {
        let exchange = self.bound_exchange(&bind.source)?;
        if binds {
            exchange.bind(target, bind);
        } else {
            exchange.unbind(&target, bind);
        }
        self.generation += 1;
        if !binds {
            self.remove_if_unused(std::slice::from_ref(&bind.source));
        }
        Ok(())
    }

    /// Nothing can be bound to the default exchange, or unbound from it.
    fn bound_exchange(&mut self, name: &Name) -> Result<&mut Exchange, Code> {
        if name.is_empty() {
            return Err(Code::AccessRefused);
        }
        self.exchanges.get_mut(&**name).ok_or(Code::NotFound)
    }

    /// Takes away all bindings to `target`; auto-delete exchanges that had no other go too.
    fn forget(&mut self, target: &Target) {
        self.generation += 1;
        let mut bare = Vec::new();
        for (name, exchange) in self.exchanges.iter_mut() {
            if exchange.forget(target) {
                bare.push(name.clone());
            }
        }
        self.remove_if_unused(&bare);
    }

    fn remove_if_unused(&mut self, names: &[Name]) {
        for name in names {
            let unused = |exchange: &Exchange| exchange.auto_delete && !exchange.is_bound();
            if self.exchanges.get(&**name).is_some_and(unused) {
                self.remove_exchange(name.clone());
            }
        }
    }

    pub(super) fn remove_exchange(&mut self, name: Name) {
        if self.exchanges.remove(&*name).is_some() {
            self.forget(&Target::Exchange(name));
        }
    }

    pub(super) fn declare_queue(
        &mut self,
        channel: ChannelId,
        declare: &QueueDeclare,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<Reply, Code> {
        let client = self.channels.get(channel).ok_or(Code::ChannelError)?.client;
        if let Some(queue) = self.names.get(&*declare.name).and_then(|id| self.queues.get_mut(*id)) {
            if queue.is_locked_for(client) {
                return Err(Code::ResourceLocked);
            }
            let ours = (queue.durable, queue.auto_delete, queue.owner.is_some());
            let same = ours == (declare.durable, declare.auto_delete, declare.exclusive)
                && settings::are_equivalent(&queue.arguments, &declare.arguments);
            if !declare.passive && !same {
                return Err(Code::PreconditionFailed);
            }
            // A quorum queue is not kept from expiring by being declared again.
            if queue.kind == QueueType::Classic {
                queue.used = out.now();
            }
            let consumers = u32::try_from(queue.consumers.len()).unwrap_or(u32::MAX);
            return Ok(Reply::Declared { ready: queue.ready.len(), consumers });
        }
        if declare.passive {
            return Err(Code::NotFound);
        }
        self.create_queue(client, declare, out)?;
        Ok(Reply::Declared { ready: 0, consumers: 0 })
    }

    fn create_queue(
        &mut self,
        client: crate::id::ClientId,
        declare: &QueueDeclare,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<(), Code> {
        let QueueDeclare { name, arguments, .. } = declare;
        let &QueueDeclare { durable, exclusive, auto_delete, .. } = declare;
        if name.starts_with("amq.") {
            return Err(Code::AccessRefused);
        }
        let kind = settings::queue_type(arguments).ok_or(Code::PreconditionFailed)?;
        let quorum = kind == QueueType::Quorum;
        if quorum && (!durable || exclusive) || !settings::are_valid(arguments, kind, self.series) {
            return Err(Code::PreconditionFailed);
        }
        if !durable && !exclusive && !self.settings.transient_nonexcl_queues {
            return Err(Code::InternalError);
        }
        if u64::from(u16::MAX) <= self.queues.len() {
            return Err(Code::ResourceError);
        }
        let settings = Settings::new(arguments, self.policy_for(true, name), kind, self.series);
        let mut queue = Queue::new(name.clone(), kind, arguments.clone(), settings, self.series);
        (queue.durable, queue.auto_delete, queue.used) = (durable, auto_delete, out.now());
        queue.owner = exclusive.then_some(client);
        let id = self.queues.insert(queue);
        if let Some(queue) = self.queues.get_mut(id) {
            queue.store = StoreId(id as u16);
        }
        self.names.insert(name.clone(), id);
        self.generation += 1;
        self.arm(id);
        Ok(())
    }

    /// `queue.delete`. To delete what is not there is no error.
    pub(super) fn queue_delete(
        &mut self,
        channel: ChannelId,
        name: &Name,
        if_unused: bool,
        if_empty: bool,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<Reply, Code> {
        let id = match self.accessible(channel, name) {
            Err(Code::NotFound) => return Ok(Reply::Deleted(0)),
            found => found?,
        };
        let Some(queue) = self.queues.get(id) else { return Err(Code::NotFound) };
        if if_unused && !queue.consumers.is_empty() || if_empty && queue.ready.len() != 0 {
            return Err(Code::PreconditionFailed);
        }
        let ready = queue.ready.len();
        self.delete_queue(id, out);
        Ok(Reply::Deleted(ready))
    }

    /// `queue.purge`: all that is ready is gone, and not dead-lettered.
    pub(super) fn purge(
        &mut self,
        channel: ChannelId,
        name: &Name,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<Reply, Code> {
        let id = self.accessible(channel, name)?;
        let Some(queue) = self.queues.get_mut(id) else { return Err(Code::NotFound) };
        let ready = queue.ready.len();
        queue.remove_ready(Place::Removed, Cause::Purge, out);
        self.advance(id, out);
        Ok(Reply::Purged(ready))
    }

    /// A queue goes with all that is in it. Its consumers are told; what channels hold of it is theirs in name only.
    pub(super) fn delete_queue(&mut self, id: QueueId, out: &mut impl Outlet<Reply, Push>) {
        let Some(mut queue) = self.queues.remove(id) else { return };
        self.names.remove(&*queue.name);
        self.disarm(Timer::Queue(id));
        queue.remove_ready(Place::Removed, Cause::Purge, out);
        queue.remove_later(Place::Removed, Cause::Purge, out);
        for consumer in std::mem::take(&mut queue.consumers) {
            let Some(channel) = self.consumers.get(consumer).map(|own| own.channel) else { continue };
            let Some(gone) = self.forget_consumer(channel, consumer) else { continue };
            if let Some(own) = self.channels.get_mut(channel) {
                own.consumers.retain(|(_, own)| *own != consumer);
                out.push(own.client, Push::ConsumerCancelled { channel: own.number, tag: gone.tag });
            }
        }
        for (_, channel) in self.channels.iter_mut() {
            for (_, unacked) in channel.unacked.iter_mut().filter(|(_, unacked)| unacked.queue() == Some(id))
            {
                unacked.leave_queue();
                let (message, from, to) = (unacked.stored.message.id, Place::Held, Place::Removed);
                out.record(What::Moved {
                    message,
                    store: queue.store,
                    from,
                    to,
                    count: 1,
                    why: Cause::Purge,
                });
            }
        }
        self.forget(&Target::Queue(id));
        self.forget_target(id);
    }
}

impl Exchange {
    /// Its alternate exchange: its argument's before its policy's.
    pub(super) fn alternate_by(&self, policy: Option<&Table>) -> Option<Name> {
        let policy = policy.and_then(|policy| field(policy, "alternate-exchange"));
        match field(&self.arguments, "alternate-exchange").or(policy) {
            Some(Field::Text(name)) => Some(name.clone()),
            Some(Field::Number(_) | Field::Bool(_) | Field::Void) | None => None,
        }
    }
}

impl Queue {
    /// All that is ready leaves, as one range.
    pub(super) fn remove_ready(&mut self, to: Place, why: Cause, out: &mut impl Outlet<Reply, Push>) {
        let Some(first) = self.ready.front().map(|stored| stored.message.id) else { return };
        let mut left = self.ready.len();
        while left != 0 {
            let count = u32::try_from(left).unwrap_or(u32::MAX);
            out.record(What::Moved {
                message: first,
                store: self.store,
                from: Place::Waiting,
                to,
                count,
                why,
            });
            left -= u64::from(count);
        }
        self.ready.clear();
        self.bytes = 0;
    }

    /// All that waits for a retry or for its dead-letter targets leaves.
    pub(super) fn remove_later(&mut self, to: Place, why: Cause, out: &mut impl Outlet<Reply, Push>) {
        let store = self.store;
        let mut leaves = |stored: &Stored| {
            let message = stored.message.id;
            out.record(What::Moved { message, store, from: Place::Delayed, to, count: 1, why });
        };
        while let Some((_, stored)) = self.delayed.pop() {
            leaves(&stored);
        }
        while let Some(discard) = self.discards.pop_front() {
            leaves(&discard.stored);
        }
    }
}
