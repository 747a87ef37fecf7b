//! What the one who operates a node does: policies, and the memory alarm.
//!
//! While the alarm is on, a connection that publishes is blocked: the server reads nothing more from it, beginning with
//! that publish, and tells it so by `connection.blocked`. What it asks meanwhile, acknowledgements included, waits in
//! its socket. Connections that do not publish go on.

use super::channel::Connection;
use super::message::Table;
use super::method::{Method, Operation, Push, Reply, Request};
use super::node::{Node, Policies};
use super::queue::QueueId;
use super::settings::Settings;
use crate::broker::server::Outlet;
use crate::id::{ClientId, RequestId};

/// The definition of the first policy by name that is for a queue, or an exchange, of this name.
fn definition<'a>(policies: &'a Policies, queues: bool, name: &str) -> Option<&'a Table> {
    let fits = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    };
    let policy = policies.values().find(|policy| policy.queues == queues && fits(&policy.pattern));
    policy.map(|policy| &policy.definition)
}

impl Node {
    pub(super) fn operate(&mut self, operation: &Operation, out: &mut impl Outlet<Reply, Push>) {
        match operation {
            Operation::SetPolicy { name, policy } => {
                self.policies.insert(name.clone(), policy.clone());
            }
            Operation::ClearPolicy(name) => {
                self.policies.remove(&**name);
            }
            Operation::Configure(settings) => {
                self.settings = *settings;
                return;
            }
            Operation::MemoryAlarm(on) => return self.set_alarm(*on, out),
        }
        self.apply_policies(out);
    }

    /// The definition of the policy for a queue or an exchange of this name: the first by name that fits.
    pub(super) fn policy_for(&self, queues: bool, name: &str) -> Option<&Table> {
        definition(&self.policies, queues, name)
    }

    /// All queues and exchanges take on what their policies say now.
    fn apply_policies(&mut self, out: &mut impl Outlet<Reply, Push>) {
        let mut changed: Vec<QueueId> = Vec::new();
        let policies = std::mem::take(&mut self.policies);
        for (id, queue) in self.queues.iter_mut() {
            let policy = definition(&policies, true, &queue.name);
            let settings = Settings::new(&queue.arguments, policy, queue.kind, self.series);
            if queue.settings != settings {
                queue.settings = settings;
                changed.push(id);
            }
        }
        for (name, exchange) in self.exchanges.iter_mut() {
            exchange.alternate = exchange.alternate_by(definition(&policies, false, name));
        }
        self.policies = policies;
        self.generation += 1;
        self.advance_all(&mut changed, out);
    }

    /// Reads a request, unless the connection is blocked by the alarm.
    pub(super) fn read_or_not(
        &mut self,
        client: ClientId,
        id: RequestId,
        request: Request,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        let publishes = matches!(request, Request::Channel(_, Method::Publish { .. }));
        match self.connections.get_mut(&client) {
            Some(connection) if connection.blocked || publishes => {
                connection.unread.push((id, request));
                if !std::mem::replace(&mut connection.blocked, true) {
                    out.push(client, Push::Blocked);
                }
            }
            Some(_) | None => self.read(client, id, request, out),
        }
    }

    /// How many messages wait in the sockets of blocked connections: sent, and not read yet.
    pub fn unread(&self) -> u64 {
        let requests = self.connections.values().flat_map(|connection| &connection.unread);
        requests.filter(|(_, request)| request.message().is_some()).count() as u64
    }

    fn set_alarm(&mut self, on: bool, out: &mut impl Outlet<Reply, Push>) {
        if self.alarm == on {
            return;
        }
        self.alarm = on;
        if on {
            return;
        }
        let blocked = |(client, own): (&ClientId, &mut Connection)| {
            std::mem::replace(&mut own.blocked, false).then_some(*client)
        };
        let clients: Vec<ClientId> = self.connections.iter_mut().filter_map(blocked).collect();
        for client in clients {
            out.push(client, Push::Unblocked);
            let unread = self.connections.get_mut(&client).map(|own| std::mem::take(&mut own.unread));
            for (id, request) in unread.unwrap_or_default() {
                self.read(client, id, request, out);
                self.settle(out);
            }
        }
    }
}
