//! The client libraries of all producers and workers of an experiment, and the patterns by which applications use them.
//!
//! ```text
//! list, BRPOP    pop --> work --> nothing more to say          failed: pushed once more    gone: lost
//! list, BLMOVE   move to the worker's own processing list --> work --> LREM
//!                                                              failed: moved back          gone: a reaper moves it back
//! stream         XREADGROUP > --> work --> XACK                failed: stays pending, or XNACK
//!                ^        XAUTOCLAIM every now and then, or CLAIM with each read
//!                +------- after a lost connection first what is pending of its own
//! channel        SUBSCRIBE --> work, one after the other       failed, gone: lost
//! ```
//!
//! A worker has one connection and does one thing at a time: while it waits in a blocking command it claims nothing.
//! Each message that failed for good goes to the list or stream that is linked to its own, if one is.

mod at_once;
mod plan;
mod settle;
mod worker;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use crate::broker::driver::{
    Direct, Driver, Failure, Line, Parcel, Party, client_of_producer, client_of_worker, party,
};
use crate::broker::topology::{Target, Topology};
use crate::id::{ClientId, MessageId, ProducerId, RequestId, StoreId, WorkerId};
use crate::journal::Refusal;
use crate::message::{Entry, Message};
use crate::time::Time;

use super::EntryId;
use super::reply::{Error, Push, Reply};
use super::request::{
    Add, Few, GroupCommand, ListCommand, NewId, Once, PubSubCommand, Request, Special, StreamCommand, Value,
    Wait,
};
use super::server::Redis;
use super::version::Version;
use plan::{Holds, Plan, Pool, Take};
use worker::Worker;

/// The connection of those who look after the experiment: they declare, configure and reap.
const CARETAKER: ClientId = ClientId(0x7fff);

/// How long a client waits before it tries again what was refused.
const RETRY: Duration = Duration::from_secs(1);

/// A message that a worker has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Held {
    entry: Entry,
    /// Of an entry of a stream.
    id: EntryId,
    /// What it takes up in the worker's socket.
    bytes: u32,
    /// Whether the server has it still, pending or in a processing list. That is as it was got: settings that changed
    /// since then change nothing of it.
    kept: bool,
}

/// What a client does by itself at a time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Task {
    /// A worker tries again to get a message.
    Retry(WorkerId),
    /// A worker gives back what it has kept so long.
    GiveBack(WorkerId, Held),
    /// A worker has shown no sign of life for so long: what is in its processing list is brought back.
    Reap(WorkerId),
}

/// The client libraries of an experiment.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct RedisDriver {
    version: Version,
    plan: Plan,
    /// By their numbers.
    workers: Vec<Worker>,
    /// By the number of the producer: what it sent and is not answered.
    sent: Vec<VecDeque<(RequestId, Message)>>,
    asked: u32,
    /// In the order of their times, then of their making.
    tasks: VecDeque<(Time, Task)>,
}

impl RedisDriver {
    fn ask(&mut self, client: ClientId, request: Request, line: &mut impl Line<Redis>) -> RequestId {
        let id = self.next_id();
        line.ask(client, id, request);
        id
    }

    #[inline]
    fn next_id(&mut self) -> RequestId {
        self.asked = self.asked.wrapping_add(1);
        RequestId(self.asked)
    }

    fn later(&mut self, at: Time, task: Task) {
        // Most wait equally long.
        let place = match self.tasks.back() {
            Some((last, _)) if at < *last => self.tasks.partition_point(|(own, _)| *own <= at),
            Some(_) | None => self.tasks.len(),
        };
        self.tasks.insert(place, (at, task));
    }

    fn worker(&mut self, worker: WorkerId) -> &mut Worker {
        let place = usize::from(worker.0);
        if self.workers.len() <= place {
            self.workers.resize_with(place + 1, Worker::default);
        }
        &mut self.workers[place]
    }

    /// The commands that put a message into a part.
    fn put(&self, message: Message, to: usize, sender: Option<usize>) -> Option<Request> {
        let part = self.plan.parts.get(to)?;
        let sending = sender.and_then(|sender| self.plan.senders.get(sender));
        Some(match part.holds {
            Holds::List => {
                let end = sending.map_or(part.pushed_at, |sending| sending.push);
                let value = Value { message, attempt: 1 };
                let push = Request::List(ListCommand::Push(part.key, end, Few::One(value)));
                match sending.and_then(plan::Sending::list_trim) {
                    Some((start, stop)) => {
                        Request::Exec(vec![push, Request::List(ListCommand::Trim(part.key, start, stop))])
                    }
                    None => push,
                }
            }
            Holds::Stream => {
                let once = sending.filter(|sending| sending.once && Version::V8_8 <= self.version);
                Request::Stream(StreamCommand::Add(Box::new(Add {
                    key: part.key,
                    message,
                    make: true,
                    trim: sending.and_then(|sending| sending.stream_trim),
                    special: once.map(|sending| {
                        let once = Once { producer: sending.name, id: message.id.0 };
                        Box::new(Special { id: NewId::Auto, once: Some(once) })
                    }),
                })))
            }
            Holds::Channel => Request::PubSub(PubSubCommand::Publish(part.key, message)),
        })
    }

    /// A producer is answered.
    fn answered(&mut self, producer: ProducerId, id: RequestId, reply: &Reply, line: &mut impl Line<Redis>) {
        let Some(sent) = self.sent.get_mut(usize::from(producer.0)) else { return };
        // Answers come in the order of asking.
        let Some((_, message)) = sent.front().copied().filter(|(own, _)| *own == id) else { return };
        sent.pop_front();
        if let Reply::Error(Error::OutOfMemory | Error::ExecAbort) = reply {
            line.refused(message, Refusal::Memory);
        } else if matches!(reply, Reply::Error(_) | Reply::Nil) {
            line.refused(message, Refusal::Invalid);
        } else {
            line.confirmed(message.id, producer);
        }
    }

    /// Makes what the server does not make by itself: the groups of streams.
    fn declare(&mut self, line: &mut impl Line<Redis>) {
        for group in self.plan.groups.clone() {
            let create = GroupCommand::Create(group.key, group.name, group.start, true);
            self.ask(CARETAKER, Request::Group(create), line);
        }
    }

    fn run(&mut self, task: Task, line: &mut impl Line<Redis>) {
        match task {
            Task::Retry(worker) => self.advance(worker, line),
            Task::GiveBack(worker, held) => self.give_back(worker, held, line),
            Task::Reap(worker) => self.reap(worker, line),
        }
    }
}

impl Driver for RedisDriver {
    type Server = Redis;

    fn new(topology: &Topology, _: u64) -> (RedisDriver, Redis) {
        let version = Version::named(&topology.version);
        let mut server = Redis::new(version, plan::settings(&topology.settings));
        let plan = Plan::new(topology, &mut server);
        let driver = RedisDriver {
            version,
            plan,
            workers: Vec::new(),
            sent: Vec::new(),
            asked: 0,
            tasks: VecDeque::new(),
        };
        (driver, server)
    }

    fn open(&mut self, _: &Topology, line: &mut impl Line<Redis>) {
        self.sent.iter_mut().for_each(VecDeque::clear);
        self.tasks.clear();
        self.declare(line);
        for number in 0..self.workers.len() {
            let worker = WorkerId(number as u16);
            self.workers[number].reconnect();
            self.advance(worker, line);
        }
    }

    fn changed(&mut self, topology: &Topology, target: Target, knob: &str, line: &mut impl Line<Redis>) {
        if target == Target::System {
            let settings = plan::settings(&topology.settings);
            if let Some(setting) = plan::setting(settings, knob) {
                self.ask(CARETAKER, Request::Config(setting), line);
            }
        } else {
            self.plan.reread(topology);
        }
    }

    #[inline]
    fn send(&mut self, parcel: Parcel, line: &mut impl Line<Redis>) {
        let producer = parcel.message.producer;
        let sender = self.plan.sender(producer);
        let to = parcel.to.map(usize::from).or_else(|| Some(self.plan.senders.get(sender?)?.to));
        let request = to.and_then(|to| self.put(parcel.message, to, sender));
        let Some(request) = request else { return line.refused(parcel.message, Refusal::Invalid) };
        let id = self.ask(client_of_producer(producer), request, line);
        let place = usize::from(producer.0);
        if self.sent.len() <= place {
            self.sent.resize_with(place + 1, VecDeque::new);
        }
        self.sent[place].push_back((id, parcel.message));
    }

    #[inline]
    fn send_at_once(&mut self, parcel: Parcel, server: &mut Redis, line: &mut impl Direct<Redis>) -> bool {
        self.append(parcel, server, line)
    }

    #[inline]
    fn receive_at_once(
        &mut self,
        worker: WorkerId,
        server: &mut Redis,
        line: &mut impl Direct<Redis>,
    ) -> bool {
        self.read_at_once(worker, server, line)
    }

    #[inline]
    fn done_at_once(&mut self, worker: WorkerId, server: &mut Redis, line: &mut impl Direct<Redis>) -> bool {
        self.acknowledge_at_once(worker, server, line)
    }

    #[inline]
    fn receive(&mut self, worker: WorkerId, line: &mut impl Line<Redis>) {
        self.worker(worker).asks = true;
        self.advance(worker, line);
    }

    fn withdraw(&mut self, worker: WorkerId, line: &mut impl Line<Redis>) {
        self.leave(worker, line);
    }

    #[inline]
    fn done(&mut self, worker: WorkerId, line: &mut impl Line<Redis>) {
        self.finish(worker, line);
    }

    fn fail(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<Redis>) {
        self.fails(worker, failure, line);
    }

    fn lost(&mut self, worker: WorkerId, line: &mut impl Line<Redis>) {
        self.is_lost(worker, line);
    }

    #[inline]
    fn reply(&mut self, client: ClientId, id: RequestId, reply: Reply, line: &mut impl Line<Redis>) {
        match party(client) {
            // What it asks for is done or is not needed: that a group is there already is no error.
            _ if client == CARETAKER => {}
            Party::Producer(producer) => self.answered(producer, id, &reply, line),
            Party::Worker(worker) => self.hears(worker, id, reply, line),
        }
    }

    fn push(&mut self, client: ClientId, push: Push, line: &mut impl Line<Redis>) {
        if let Party::Worker(worker) = party(client) {
            self.is_told(worker, push, line);
        }
    }

    fn due(&self) -> Option<Time> {
        self.tasks.front().map(|(at, _)| *at)
    }

    fn wake(&mut self, line: &mut impl Line<Redis>) {
        while self.tasks.front().is_some_and(|(at, _)| *at <= line.now())
            && let Some((_, task)) = self.tasks.pop_front()
        {
            self.run(task, line);
        }
    }
}
