//! A server: what a system is across its wire, without I/O and without a clock.
//!
//! Clients ask with that system's own typed requests. Every request gets exactly one typed reply,
//! at once or later, unless its client's connection is lost first. A server may also push what
//! nobody asked for: deliveries, cancellations, closed channels. All effects of a call go into
//! the [`Outlet`] it is lent, in the order in which they happen.
//!
//! Time passes for a server in two ways only: each call tells it the present, and when
//! [`Server::due`] has come it is woken. It has one such timer, however many leases,
//! expiries and blocked readers it keeps.

use std::fmt;
use std::hash::Hash;

use crate::id::{ClientId, RequestId, StoreId};
use crate::journal::What;
use crate::time::Time;
use crate::view::{GroupView, StoreView};

/// What a server answers into.
pub trait Outlet<Reply, Push> {
    /// The present.
    fn now(&self) -> Time;
    /// Puts a fact into the journal.
    fn record(&mut self, what: What);
    /// Answers a request.
    fn reply(&mut self, client: ClientId, request: RequestId, reply: Reply);
    /// Tells a client what it did not ask for.
    fn push(&mut self, client: ClientId, push: Push);
}

/// What can be cloned, compared, hashed and handed to another thread: all that a simulation is made of.
pub trait Plain: Clone + PartialEq + Hash + fmt::Debug + Send + Sync {}

impl<T: Clone + PartialEq + Hash + fmt::Debug + Send + Sync> Plain for T {}

/// A system's server.
pub trait Server: Plain {
    /// What clients ask.
    type Request: Plain;
    /// What they are answered.
    type Reply: Plain;
    /// What they are told unasked.
    type Push: Plain;

    /// A client asks. What is wrong with a request is told in its reply; nothing panics.
    fn request(
        &mut self,
        client: ClientId,
        id: RequestId,
        request: Self::Request,
        out: &mut impl Outlet<Self::Reply, Self::Push>,
    );

    /// The connection of a client is gone, and the server has noticed. Requests of it that are still open are never
    /// answered.
    fn disconnect(&mut self, client: ClientId, out: &mut impl Outlet<Self::Reply, Self::Push>);

    /// When it has to be woken, if at all. Never later than the first thing that is due by itself.
    fn due(&self) -> Option<Time>;

    /// What is due has come. It may find that nothing is to be done yet.
    fn wake(&mut self, out: &mut impl Outlet<Self::Reply, Self::Push>);

    /// The server goes down and starts anew, with what it had kept safe. All connections are lost.
    fn restart(&mut self, down: Down, out: &mut impl Outlet<Self::Reply, Self::Push>);

    /// This request was on its way when the server went down, and never arrives: what it carries is lost, unless the client
    /// library sends that again by itself. All of these are told of before [`Server::restart`].
    fn cut_off(&mut self, _: ClientId, _: &Self::Request, _: &mut impl Outlet<Self::Reply, Self::Push>) {}

    /// Its own count of what each store holds, by the number of the store, for ledgers to be held against.
    fn holdings(&self) -> Vec<Holding>;

    /// What there is to see of each store: at most `limit` of the entries that wait, the next to leave first.
    fn stores(&self, limit: usize) -> Vec<StoreView>;

    /// Its groups, where members have shares of what they read.
    fn groups(&self) -> Vec<GroupView> {
        Vec::new()
    }
}

/// How a server went down.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Down {
    /// It was asked to, and had time to save what it saves.
    Stopped,
    /// It was killed.
    Killed,
}

/// What a store holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holding {
    /// The store.
    pub store: StoreId,
    /// How people name it.
    pub name: String,
    /// Ready to be delivered.
    pub waiting: u64,
    /// Delivered, and neither acknowledged nor returned.
    pub held: u64,
    /// Not to be delivered before a certain time.
    pub delayed: u64,
}
