//! Clients that wait in a blocking command, and who is served when a key has something for them.
//!
//! Clients on one key are served longest waiting first, and not before the command or the atomic group that fed the key
//! is through. Up to 7.0 a client was served from the key that was fed first. Since 7.2 its whole command is run anew, so that
//! the order of its own keys counts; one that still finds nothing then waits on behind the others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::id::{ClientId, RequestId};
use crate::time::Time;

use super::Out;
use super::keyspace::Kind;
use super::name::Name;
use super::reply::{Error, Reply};
use super::request::{GroupCommand, Request, Wait};
use super::server::Redis;

/// A client in a blocking command.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Waiter {
    id: RequestId,
    request: Request,
    deadline: Option<Time>,
    /// What it asked after that.
    later: VecDeque<(RequestId, Request)>,
}

#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Blocked {
    waiters: BTreeMap<ClientId, Waiter>,
    /// Who waits on each key, by the number of the key, longest first.
    queues: Vec<VecDeque<ClientId>>,
    deadlines: BTreeSet<(Time, ClientId)>,
    /// Who would also take what has been pending for long enough.
    claimers: BTreeSet<ClientId>,
    /// Keys that were fed and on which somebody waits.
    ready: VecDeque<Name>,
}

impl Blocked {
    /// A key may have something for those who wait on it.
    #[inline]
    pub(super) fn signal(&mut self, key: Name) {
        let waited_for = self.queues.get(key.place()).is_some_and(|queue| !queue.is_empty());
        if waited_for && !self.ready.contains(&key) {
            self.ready.push_back(key);
        }
    }

    pub(super) fn is_waiting(&self, client: ClientId) -> bool {
        !self.waiters.is_empty() && self.waiters.contains_key(&client)
    }

    /// A client that waits asks for more: it is heard when it no longer waits.
    pub(super) fn ask_later(&mut self, client: ClientId, id: RequestId, request: Request) {
        if let Some(waiter) = self.waiters.get_mut(&client) {
            waiter.later.push_back((id, request));
        }
    }

    pub(super) fn add(&mut self, client: ClientId, id: RequestId, request: Request, now: Time) {
        let deadline = match request.wait() {
            Wait::For(span) => Some(now + span),
            Wait::No | Wait::Forever => None,
        };
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, client));
        }
        if let Request::Group(GroupCommand::Read(read)) = &request
            && read.claim.is_some()
        {
            self.claimers.insert(client);
        }
        for key in request.awaited() {
            if self.queues.len() <= key.place() {
                self.queues.resize(key.place() + 1, VecDeque::new());
            }
            let queue = &mut self.queues[key.place()];
            if !queue.contains(&client) {
                queue.push_back(client);
            }
        }
        self.waiters.insert(client, Waiter { id, request, deadline, later: VecDeque::new() });
    }

    /// A client no longer waits.
    fn remove(&mut self, client: ClientId) -> Option<Waiter> {
        let waiter = self.waiters.remove(&client)?;
        if let Some(deadline) = waiter.deadline {
            self.deadlines.remove(&(deadline, client));
        }
        if !self.claimers.is_empty() {
            self.claimers.remove(&client);
        }
        self.leave(client, &waiter.request);
        Some(waiter)
    }

    fn leave(&mut self, client: ClientId, request: &Request) {
        for key in request.awaited() {
            let Some(queue) = self.queues.get_mut(key.place()) else { continue };
            if queue.front() == Some(&client) {
                queue.pop_front();
            } else {
                queue.retain(|own| *own != client);
            }
        }
    }

    /// Puts a client behind the others on all its keys but `key`.
    fn rotate(&mut self, client: ClientId, request: &Request, key: Name) {
        for other in request.awaited().filter(|other| *other != key) {
            if let Some(queue) = self.queues.get_mut(other.place())
                && let Some(place) = queue.iter().position(|own| *own == client)
            {
                queue.remove(place);
                queue.push_back(client);
            }
        }
    }

    pub(super) fn forget(&mut self, client: ClientId) {
        self.remove(client);
    }

    pub(super) fn clear(&mut self) {
        *self = Blocked::default();
    }

    /// When the first of them has waited long enough.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.deadlines.first().map(|(at, _)| *at)
    }
}

impl Redis {
    /// Serves who waits on keys that were fed.
    #[inline]
    pub(super) fn serve_ready(&mut self, out: &mut impl Out) {
        while let Some(key) = self.blocked.ready.pop_front() {
            self.serve(key, out);
        }
    }

    fn serve(&mut self, key: Name, out: &mut impl Out) {
        let place = key.place();
        let (mut next, mut rest) = (0, self.blocked.queues.get(place).map_or(0, VecDeque::len));
        while 0 < rest
            && let Some(client) = self.blocked.queues.get(place).and_then(|queue| queue.get(next).copied())
        {
            rest -= 1;
            let Some(waiter) = self.blocked.waiters.get_mut(&client) else { return };
            // Only taken out for the time of the call.
            let request = std::mem::replace(&mut waiter.request, Request::Exec(Vec::new()));
            let answer = match self.fits(&request, key) {
                Some(true) => self.run_again(client, &request, key, out),
                Some(false) => None,
                None => {
                    // The key is gone, and so is the rest for those who wait for a value.
                    self.put_back(client, request);
                    return;
                }
            };
            match answer {
                Some(reply) => {
                    self.put_back(client, request);
                    self.unblock(client, reply, out);
                }
                None => {
                    if self.version.runs_anew_on_wake_up() {
                        self.blocked.rotate(client, &request, key);
                    }
                    self.put_back(client, request);
                    next += 1;
                }
            }
        }
    }

    fn put_back(&mut self, client: ClientId, request: Request) {
        if let Some(waiter) = self.blocked.waiters.get_mut(&client) {
            waiter.request = request;
        }
    }

    /// Whether what the key holds is of the kind the command waits for; nothing if it is of no kind and nobody waits for that.
    fn fits(&self, request: &Request, key: Name) -> Option<bool> {
        let kind = self.keyspace.get(key);
        match (request, kind) {
            (Request::List(_), Some(Kind::List(_)))
            | (Request::Stream(_), Some(Kind::Stream(_)))
            // That its stream is gone is told to a reader of a group.
            | (Request::Group(_), _) => Some(true),
            (Request::List(_), None) if !self.has_group_readers(key) => None,
            _ => Some(false),
        }
    }

    fn has_group_readers(&self, key: Name) -> bool {
        let queue = self.blocked.queues.get(key.place());
        let request = |client| self.blocked.waiters.get(client).map(|waiter| &waiter.request);
        queue.is_some_and(|queue| {
            queue.iter().any(|client| matches!(request(client), Some(Request::Group(GroupCommand::Read(_)))))
        })
    }

    fn run_again(
        &mut self,
        client: ClientId,
        request: &Request,
        key: Name,
        out: &mut impl Out,
    ) -> Option<Reply> {
        if self.version.runs_anew_on_wake_up() {
            return self.run(client, request, None, out);
        }
        if matches!(request, Request::Group(GroupCommand::Read(_))) && self.keyspace.get(key).is_none() {
            return Some(Reply::Error(Error::Unblocked));
        }
        self.run(client, request, Some(key), out)
    }

    /// Answers a client that waited, and hears what it asked meanwhile.
    fn unblock(&mut self, client: ClientId, reply: Reply, out: &mut impl Out) {
        let Some(waiter) = self.blocked.remove(client) else { return };
        out.reply(client, waiter.id, reply);
        for (id, request) in waiter.later {
            self.ask(client, id, request, out);
        }
    }

    /// Answers nil to those who have waited long enough.
    pub(super) fn time_out(&mut self, out: &mut impl Out) {
        while let Some((at, client)) = self.blocked.deadlines.first().copied()
            && at <= out.now()
        {
            self.unblock(client, Reply::Nil, out);
        }
    }

    /// When the first of those who wait can claim something, if any of them would.
    pub(super) fn claim_due(&self) -> Option<Time> {
        let due = |client: &ClientId| {
            let request = &self.blocked.waiters.get(client)?.request;
            let Request::Group(GroupCommand::Read(read)) = request else { return None };
            let groups = read.streams.all().iter().filter_map(|(key, _)| self.group(*key, read.group));
            groups.filter_map(|group| group.idle_at(read.claim?)).min()
        };
        self.blocked.claimers.iter().filter_map(due).min()
    }

    /// Lets those who wait claim what has been pending for long enough.
    pub(super) fn claim_idle(&mut self, out: &mut impl Out) {
        let claimers: Vec<ClientId> = self.blocked.claimers.iter().copied().collect();
        let streams = claimers.iter().filter_map(|client| self.blocked.waiters.get(client));
        let streams: BTreeSet<Name> = streams.flat_map(|waiter| waiter.request.awaited()).collect();
        streams.into_iter().for_each(|key| self.blocked.signal(key));
        self.serve_ready(out);
    }
}
