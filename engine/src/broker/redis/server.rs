//! The server: one command after the other, each through before the next begins.

use crate::broker::server::{Down, Holding, Outlet, Server};
use crate::id::{ClientId, RequestId};
use crate::journal::Refusal;
use crate::time::Time;
use crate::view::StoreView;

use super::blocked::Blocked;
use super::keyspace::{Keyspace, Kind, Stores};
use super::name::{Name, Names};
use super::persistence::Persistence;
use super::pubsub::PubSub;
use super::reply::{Error, Push, Reply};
use super::request::{Request, StreamCommand, Wait};
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
    #[inline]
    pub(super) fn ask(&mut self, client: ClientId, id: RequestId, mut request: Request, out: &mut impl Out) {
        if let Request::Stream(StreamCommand::Read(read)) = &mut request {
            self.resolve(read);
        }
        if request.writes() {
            self.persistence.before_write(&self.settings, &self.keyspace, out.now());
        }
        let answer = if self.is_out_of_memory(&request) {
            let exec = matches!(request, Request::Exec(_));
            let error = if exec { Error::ExecAbort } else { Error::OutOfMemory };
            facts::refused(&request, Refusal::Memory, out);
            Some(Reply::Error(error))
        } else {
            self.run(client, &request, None, out)
        };
        match answer {
            Some(reply) => out.reply(client, id, reply),
            None if request.wait() != Wait::No => self.blocked.add(client, id, request, out.now()),
            None => out.reply(client, id, Reply::Nil),
        }
        self.serve_ready(out);
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
            facts::refused(request, Refusal::Invalid, out);
            Some(Reply::Error(error))
        })
    }

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

    fn configure(&mut self, setting: Setting, out: &mut impl Out) -> Reply {
        let before = self.settings.clone();
        self.settings.set(setting);
        self.persistence.configured(&before, &self.settings, out.now());
        Reply::Ok
    }

    /// Whether memory is used up and the command would use more.
    fn is_out_of_memory(&self, request: &Request) -> bool {
        let most = self.settings.max_memory;
        most != 0 && request.needs_memory() && most < self.used_memory()
    }

    #[inline]
    fn reckon_claims(&mut self) {
        if self.blocked.claims() || self.claim_due.is_some() {
            self.claim_due = self.claim_due();
        }
    }
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
        let all = [self.blocked.deadline(), self.claim_due, self.pubsub.deadline()];
        all.into_iter().flatten().min()
    }

    fn wake(&mut self, out: &mut impl Outlet<Reply, Push>) {
        self.time_out(out);
        if self.claim_due.is_some_and(|due| due <= out.now()) {
            self.persistence.before_write(&self.settings, &self.keyspace, out.now());
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

    fn holdings(&self) -> Vec<Holding> {
        self.stores.all().map(|(store, what)| self.holding(store, what)).collect()
    }

    fn stores(&self, limit: usize) -> Vec<StoreView> {
        self.stores.all().map(|(store, what)| self.view(store, what, limit)).collect()
    }
}
