//! The server: one command after the other, each through before the next begins.

use crate::broker::linked::lost_on_the_way;
use crate::broker::server::{Down, Holding, Outlet, Server};
use crate::id::{ClientId, RequestId, StoreId};
use crate::journal::Refusal;
use crate::time::Time;
use crate::view::StoreView;

use super::blocked::Blocked;
use super::channels::PubSub;
use super::entry_id::EntryId;
use super::group::Reader;
use super::keyspace::{Keyspace, Kind, Stores};
use super::log::Slot;
use super::name::{Name, Names};
use super::persistence::Persistence;
use super::reply::{Error, Push, Reply};
use super::request::{Add, Request, StreamCommand, Wait};
use super::settings::{Setting, Settings};
use super::version::Version;
use super::{Out, facts};

/// A Redis server.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Redis {
    pub(super) version: Version,
    pub(super) settings: Settings,
    pub(super) names: Names,
    pub(super) keyspace: Keyspace,
    pub(super) stores: Stores,
    pub(super) blocked: Blocked,
    pub(super) pubsub: PubSub,
    pub(super) persistence: Persistence,
    /// When the first of those who wait can claim what is pending.
    claim_due: Option<Time>,
}

impl Redis {
    /// An empty server.
    pub fn new(version: Version, settings: Settings) -> Redis {
        Redis {
            version,
            settings,
            names: Names::default(),
            keyspace: Keyspace::default(),
            stores: Stores::default(),
            blocked: Blocked::default(),
            pubsub: PubSub::default(),
            persistence: Persistence::default(),
            claim_due: None,
        }
    }

    /// The number of a name, told before anyone is connected.
    pub fn tell(&mut self, text: &str) -> Name {
        self.names.tell(text).0
    }

    /// The names that were told.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// A client asks; it is answered, or it waits.
    pub(super) fn ask(&mut self, client: ClientId, id: RequestId, mut request: Request, out: &mut impl Out) {
        if let Request::Stream(StreamCommand::Read(read)) = &mut request {
            self.resolve(read);
        }
        if request.writes() {
            self.before_write(out);
        }
        let answer = if self.is_out_of_memory(&request) {
            let exec = matches!(request, Request::Exec(_));
            let error = if exec { Error::ExecAbort } else { Error::OutOfMemory };
            facts::refuse_all(&request, Refusal::Memory, out);
            Some(Reply::Error(error))
        } else {
            self.run(client, &request, None, out)
        };
        match answer {
            Some(reply) => out.reply(client, id, reply),
            None => self.waits(client, id, request, out),
        }
        self.serve_ready(out);
    }

    /// As by a request, `XADD` that has no special options, while memory is not limited.
    #[inline]
    pub(super) fn add_at_once(&mut self, add: &Add, out: &mut impl Out) -> Result<Option<EntryId>, Error> {
        self.before_write(out);
        let added = self.add(add, out);
        if added.is_err() {
            facts::refuse(add.message, Refusal::Invalid, out);
        }
        self.serve_ready(out);
        self.reckon_claims();
        added
    }

    /// As by a request, `XREADGROUP` of what the group of one stream was never given: `take` is told each entry, and the
    /// number of the group as a store. Whether there was one.
    #[inline]
    pub(super) fn read_at_once(
        &mut self,
        read: &ReadAtOnce,
        out: &mut impl Out,
        mut take: impl FnMut(StoreId, &Slot),
    ) -> Result<bool, Error> {
        self.before_write(out);
        let ReadAtOnce { key, client, consumer, no_ack, .. } = *read;
        let (entries, group) = self.stream_and_group(key, read.group, Error::NoGroup)?;
        group.meet(consumer);
        let reader = Reader { client, consumer };
        let mut taken = 0;
        while taken < read.count
            && let Some(slot) = group.next(entries, reader, no_ack, out)
        {
            taken += 1;
            take(group.store, slot);
        }
        self.reckon_claims();
        Ok(taken != 0)
    }

    /// As by a request, `XACK` of one entry.
    #[inline]
    pub(super) fn acknowledge_at_once(&mut self, key: Name, group: Name, id: EntryId, out: &mut impl Out) {
        self.before_write(out);
        // Who is told of an error or that there is no such entry can do nothing about it.
        if let Ok(Some(stream)) = self.keyspace.stream(key)
            && let Some(group) = stream.groups.get_mut(&group)
        {
            group.acknowledge(id, out);
        }
        self.reckon_claims();
    }

    /// A client waits for what is not there, or is told so.
    pub(super) fn waits(&mut self, client: ClientId, id: RequestId, request: Request, out: &mut impl Out) {
        match request.wait() {
            Wait::No => out.reply(client, id, Reply::Nil),
            Wait::For(_) | Wait::Forever => self.blocked.add(client, id, request, out.now()),
        }
    }

    #[inline]
    fn before_write(&mut self, out: &impl Out) {
        self.persistence.before_write(&self.settings, &self.keyspace, out.now());
    }

    /// Runs a command. Nothing is answered if it has to wait. A blocking command can be told to look at one key `only`.
    pub(super) fn run(
        &mut self,
        client: ClientId,
        request: &Request,
        only: Option<Name>,
        out: &mut impl Out,
    ) -> Option<Reply> {
        let answer = match request {
            Request::List(command) => self.run_list(command, only, client, out),
            Request::Stream(command) => self.run_stream(command, only, out),
            Request::Group(command) => self.run_group(command, only, client, out),
            Request::PubSub(command) => Ok(Some(self.run_pubsub(command, client, out))),
            Request::Exec(commands) => {
                let run = |command| self.run(client, command, None, out).unwrap_or(Reply::Nil);
                Ok(Some(Reply::Exec(commands.iter().map(run).collect())))
            }
            Request::Delete(keys) => Ok(Some(self.delete(keys.all(), client, out))),
            Request::Config(setting) => Ok(Some(self.configure(setting.clone(), out))),
            Request::Tell(text) => {
                self.names.tell(text);
                Ok(Some(Reply::Ok))
            }
            Request::Taken(bytes) => {
                self.taken(client, *bytes, out);
                Ok(Some(Reply::Ok))
            }
        };
        answer.unwrap_or_else(|error| {
            facts::refuse_all(request, Refusal::Invalid, out);
            Some(Reply::Error(error))
        })
    }

    #[inline(never)]
    fn delete(&mut self, keys: &[Name], client: ClientId, out: &mut impl Out) -> Reply {
        let mut deleted = 0;
        for key in keys {
            let Some(kind) = self.keyspace.take(*key) else { continue };
            match kind {
                Kind::List(list) => self.list_deleted(&list, client, out),
                Kind::Stream(stream) => self.stream_deleted(*stream, out),
            }
            self.blocked.signal(*key);
            deleted += 1;
        }
        Reply::Integer(deleted)
    }

    #[inline(never)]
    fn configure(&mut self, setting: Setting, out: &mut impl Out) -> Reply {
        let before = self.settings.clone();
        self.settings.set(setting);
        self.persistence.configured(&before, &self.settings, out.now());
        Reply::Ok
    }

    /// Whether memory is limited.
    #[inline]
    pub(super) fn limits_memory(&self) -> bool {
        self.settings.max_memory != 0
    }

    /// Whether memory is used up and the command would use more.
    fn is_out_of_memory(&self, request: &Request) -> bool {
        self.limits_memory() && request.needs_memory() && self.settings.max_memory < self.used_memory()
    }

    #[inline]
    fn reckon_claims(&mut self) {
        if self.blocked.claims() || self.claim_due.is_some() {
            self.claim_due = self.claim_due();
        }
    }
}

/// `XREADGROUP` of what the group of one stream was never given.
pub(super) struct ReadAtOnce {
    pub(super) key: Name,
    pub(super) group: Name,
    pub(super) client: ClientId,
    pub(super) consumer: Name,
    pub(super) count: u32,
    pub(super) no_ack: bool,
}

impl Server for Redis {
    type Request = Request;
    type Reply = Reply;
    type Push = Push;

    #[inline]
    fn request(
        &mut self,
        client: ClientId,
        id: RequestId,
        request: Request,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        if self.blocked.is_waiting(client) && !matches!(request, Request::Taken(_)) {
            self.blocked.ask_later(client, id, request);
            return;
        }
        self.ask(client, id, request, out);
        self.reckon_claims();
    }

    fn disconnect(&mut self, client: ClientId, out: &mut impl Outlet<Reply, Push>) {
        self.blocked.forget(client);
        self.unsubscribe_all(client, out);
        self.reckon_claims();
    }

    fn due(&self) -> Option<Time> {
        let due = |due: Option<Time>| due.unwrap_or(Time::MAX);
        let first = due(self.blocked.deadline()).min(due(self.claim_due)).min(due(self.pubsub.deadline()));
        (first < Time::MAX).then_some(first)
    }

    fn wake(&mut self, out: &mut impl Outlet<Reply, Push>) {
        self.time_out(out);
        if self.claim_due.is_some_and(|due| due <= out.now()) {
            self.before_write(out);
            self.claim_idle(out);
        }
        self.cut_slow(out);
        self.reckon_claims();
    }

    fn restart(&mut self, down: Down, out: &mut impl Outlet<Reply, Push>) {
        self.blocked.clear();
        self.forget_subscriptions(out);
        self.recover(down, out);
        self.claim_due = None;
    }

    fn cut_off(&mut self, _: ClientId, request: &Request, out: &mut impl Outlet<Reply, Push>) {
        request.for_each_sent(&mut |message| out.record(lost_on_the_way(message.id)));
    }

    fn holdings(&self) -> Vec<Holding> {
        self.stores.all().map(|(store, what)| self.holding(store, what)).collect()
    }

    fn stores(&self, limit: usize) -> Vec<StoreView> {
        self.views(limit)
    }
}
