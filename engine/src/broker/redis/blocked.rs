//! Clients that wait in a blocking command, and who is served when a key has something for them.
//!
//! Clients on one key are served longest waiting first, and not before the command or the atomic group that fed the key
//! is through. Up to 7.0 a client was served from the key that was fed first. Since 7.2 its whole command is run anew, so that
//! the order of its own keys counts; one that still finds nothing then waits on behind the others.

use std::collections::VecDeque;

use crate::id::{ClientId, RequestId};
use crate::mechanism::shell_sort;
use crate::mechanism::sorted::Sorted;
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
    /// Nothing while the command of a client is run anew.
    waiters: Sorted<ClientId, Option<Box<Waiter>>>,
    /// Who waits on each key, by the number of the key, longest first.
    queues: Vec<VecDeque<ClientId>>,
    /// When the first of them has waited long enough.
    deadline: Option<Time>,
    /// How many would also take what has been pending for long enough.
    claimers: u32,
    /// Keys that were fed and on which somebody waits.
    ready: VecDeque<Name>,
}

impl Waiter {
    /// Whether it would also take what has been pending for long enough.
    fn claims(&self) -> bool {
        matches!(&self.request, Request::Group(GroupCommand::Read(read)) if read.claim.is_some())
    }
}

impl Blocked {
    /// A key may have something for those who wait on it.
    #[inline]
    pub(super) fn signal(&mut self, key: Name) {
        if self.queues.get(key.place()).is_some_and(|queue| !queue.is_empty()) && !self.ready.contains(&key) {
            self.ready.push_back(key);
        }
    }

    #[inline]
    pub(super) fn is_waiting(&self, client: ClientId) -> bool {
        !self.waiters.is_empty() && self.waiters.contains_key(&client)
    }

    /// Whether someone waits on a key that was fed.
    #[inline]
    fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Whether someone who waits would also take what has been pending for long enough.
    #[inline]
    pub(super) fn claims(&self) -> bool {
        self.claimers != 0
    }

    /// A client that waits asks for more: it is heard when it no longer waits.
    #[cold]
    pub(super) fn ask_later(&mut self, client: ClientId, id: RequestId, request: Request) {
        if let Some(Some(waiter)) = self.waiters.get_mut(&client) {
            waiter.later.push_back((id, request));
        }
    }

    pub(super) fn add(&mut self, client: ClientId, id: RequestId, request: Request, now: Time) {
        let deadline = match request.wait() {
            Wait::For(span) => Some(now + span),
            Wait::No | Wait::Forever => None,
        };
        self.deadline = self.deadline.into_iter().chain(deadline).min();
        request.for_each_awaited(&mut |key| {
            if self.queues.len() <= key.place() {
                self.queues.resize_with(key.place() + 1, VecDeque::new);
            }
            let queue = &mut self.queues[key.place()];
            if !queue.contains(&client) {
                queue.push_back(client);
            }
        });
        let waiter = Waiter { id, request, deadline, later: VecDeque::new() };
        self.claimers += u32::from(waiter.claims());
        self.waiters.insert(client, Some(Box::new(waiter)));
    }

    /// A client no longer waits.
    fn remove(&mut self, client: ClientId) -> Option<Box<Waiter>> {
        let waiter = self.waiters.remove(&client)??;
        self.claimers -= u32::from(waiter.claims());
        if waiter.deadline.is_some() && waiter.deadline == self.deadline {
            self.deadline = self.waiting().filter_map(|(_, waiter)| waiter.deadline).min();
        }
        waiter.request.for_each_awaited(&mut |key| {
            let Some(queue) = self.queues.get_mut(key.place()) else { return };
            if queue.front() == Some(&client) {
                queue.pop_front();
            } else {
                queue.retain(|own| *own != client);
            }
        });
        Some(waiter)
    }

    fn waiting(&self) -> impl Iterator<Item = (ClientId, &Waiter)> {
        self.waiters.iter().filter_map(|(client, waiter)| Some((*client, waiter.as_deref()?)))
    }

    /// Puts a client behind the others on all its keys but `key`.
    fn rotate(&mut self, client: ClientId, request: &Request, key: Name) {
        request.for_each_awaited(&mut |other| {
            if other != key
                && let Some(queue) = self.queues.get_mut(other.place())
                && let Some(place) = queue.iter().position(|own| *own == client)
            {
                queue.remove(place);
                queue.push_back(client);
            }
        });
    }

    pub(super) fn forget(&mut self, client: ClientId) {
        self.remove(client);
    }

    pub(super) fn clear(&mut self) {
        *self = Blocked::default();
    }

    /// When the first of them has waited long enough.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.deadline
    }

    /// The command of a client that waits.
    fn request(&self, client: ClientId) -> Option<&Request> {
        self.waiters.get(&client)?.as_deref().map(|waiter| &waiter.request)
    }
}

impl Redis {
    /// Serves who waits on keys that were fed.
    #[inline]
    pub(super) fn serve_ready(&mut self, out: &mut impl Out) {
        if self.blocked.is_ready() {
            self.serve_all(out);
        }
    }

    fn serve_all(&mut self, out: &mut impl Out) {
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
            // Only taken out for the time of the call.
            let waiter = self.blocked.waiters.get_mut(&client).and_then(Option::take);
            let Some(waiter) = waiter else { return };
            let fits = self.fits(&waiter.request, key);
            let answer = match fits {
                Some(true) => self.run_again(client, &waiter.request, key, out),
                Some(false) | None => None,
            };
            if fits.is_some() && answer.is_none() {
                next += 1;
                if self.version.runs_anew_on_wake_up() {
                    self.blocked.rotate(client, &waiter.request, key);
                }
            }
            if let Some(own) = self.blocked.waiters.get_mut(&client) {
                *own = Some(waiter);
            }
            match answer {
                Some(reply) => self.unblock(client, reply, out),
                // The key is gone, and so is the rest for those who wait for a value.
                None if fits.is_none() => return,
                None => {}
            }
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
        let is_reader = |client: &ClientId| {
            matches!(self.blocked.request(*client), Some(Request::Group(GroupCommand::Read(_))))
        };
        self.blocked.queues.get(key.place()).is_some_and(|queue| queue.iter().any(is_reader))
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
        // One of these may make it wait again: what comes after that is then heard later still.
        for (id, request) in waiter.later {
            if self.blocked.is_waiting(client) {
                self.blocked.ask_later(client, id, request);
            } else {
                self.ask(client, id, request, out);
            }
        }
    }

    /// Answers nil to those who have waited long enough.
    pub(super) fn time_out(&mut self, out: &mut impl Out) {
        while let Some(at) = self.blocked.deadline
            && at <= out.now()
        {
            let first = self.blocked.waiting().find(|(_, waiter)| waiter.deadline == Some(at));
            let Some((client, _)) = first else { return };
            self.unblock(client, Reply::Nil, out);
        }
    }

    /// When the first of those who wait can claim something, if any of them would.
    pub(super) fn claim_due(&self) -> Option<Time> {
        let mut first: Option<Time> = None;
        for (_, waiter) in self.blocked.waiting() {
            let Request::Group(GroupCommand::Read(read)) = &waiter.request else { continue };
            let Some(min_idle) = read.claim else { continue };
            for (key, _) in read.streams.all() {
                let due = self.group(*key, read.group).and_then(|group| group.idle_at(min_idle));
                first = first.into_iter().chain(due).min();
            }
        }
        first
    }

    /// Lets those who wait claim what has been pending for long enough.
    pub(super) fn claim_idle(&mut self, out: &mut impl Out) {
        let mut keys = Vec::new();
        for (_, waiter) in self.blocked.waiting().filter(|(_, waiter)| waiter.claims()) {
            waiter.request.for_each_awaited(&mut |key| keys.push(key));
        }
        shell_sort::sort(&mut keys);
        keys.into_iter().for_each(|key| self.blocked.signal(key));
        self.serve_ready(out);
    }
}
