//! What a worker does with the message it has: done, failed, or gone with it.

use super::super::request::{Claim, End, Idle, Move, Nack, NackMode};
use super::{
    CARETAKER, EntryId, Failure, Few, GroupCommand, Held, Line, ListCommand, Redis, RedisDriver, Reply,
    Request, RequestId, Take, Task, Value, Wait, WorkerId,
};
use crate::journal::{Cause, Place, What};

impl RedisDriver {
    /// The work on a message is done.
    #[inline]
    pub(super) fn finish(&mut self, worker: WorkerId, line: &mut impl Line<Redis>) {
        let Some(held) = self.worker(worker).hand.take() else { return };
        if let Some(request) = self.settled(worker, held) {
            self.ask(Self::client(worker), request, line);
        }
    }

    /// What tells the server that a message is done with, if anything does.
    #[inline]
    fn settled(&self, worker: WorkerId, held: Held) -> Option<Request> {
        let pool = self.plan.pool(worker)?;
        if !held.kept {
            return None;
        }
        match pool.take {
            Take::Group => Some(Request::Group(GroupCommand::Ack(pool.key, pool.group, Few::One(held.id)))),
            Take::Pop(_) | Take::Move(_) => {
                let (_, processing) = pool.names(worker);
                Some(Request::List(ListCommand::Remove(processing, 1, held.entry.message.id)))
            }
            Take::Subscribe => None,
        }
    }

    /// Acknowledges an entry that needs no work.
    pub(super) fn acknowledge(&mut self, worker: WorkerId, id: EntryId, line: &mut impl Line<Redis>) {
        let Some(pool) = self.plan.pool(worker) else { return };
        let ack = GroupCommand::Ack(pool.key, pool.group, Few::One(id));
        self.ask(Self::client(worker), Request::Group(ack), line);
    }

    /// A worker gives up on a message.
    pub(super) fn fails(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<Redis>) {
        let Some(held) = self.worker(worker).hand.take() else { return };
        match failure {
            Failure::Again => self.give_back(worker, held, line),
            Failure::Later(wait) => match self.plan.pool(worker).map(|pool| (pool.take, held.kept)) {
                Some((Take::Group, true)) => self.postpone(worker, held, wait, line),
                // The client itself waits: in a list nothing can.
                Some((Take::Pop(_) | Take::Move(_), _)) => {
                    self.later(line.now() + wait, Task::GiveBack(worker, held));
                }
                Some((Take::Group | Take::Subscribe, _)) | None => self.give_back(worker, held, line),
            },
            Failure::ForGood => self.bury(worker, held, line),
        }
    }

    /// Gives a message back, in the way of its pattern.
    pub(super) fn give_back(&mut self, worker: WorkerId, held: Held, line: &mut impl Line<Redis>) {
        let Some(pool) = self.plan.pool(worker) else { return };
        let (_, processing) = pool.names(worker);
        let request = match (pool.take, held.kept) {
            // Behind those that wait, with its number of attempts in its body.
            (Take::Pop(end) | Take::Move(end), false) => {
                let value =
                    Value { message: held.entry.message, attempt: held.entry.attempt.saturating_add(1) };
                let end = if end == End::Left { End::Right } else { End::Left };
                let push = ListCommand::Push(pool.key, end, Few::One(value));
                moves(held, Place::Arriving, Cause::Reject, line);
                Request::List(push)
            }
            (Take::Pop(end) | Take::Move(end), true) => {
                let back = Move { source: processing, from: End::Left, destination: pool.key, to: end };
                Request::List(ListCommand::Move(back, Wait::No))
            }
            (Take::Group, true) if pool.gives_back => Request::Group(GroupCommand::Nack(Box::new(Nack {
                key: pool.key,
                group: pool.group,
                mode: NackMode::Fail,
                ids: Few::One(held.id),
                retry_count: None,
                force: false,
            }))),
            // It stays pending until someone claims it.
            (Take::Group | Take::Subscribe, true) => return,
            (Take::Group | Take::Subscribe, false) => return moves(held, Place::Lost, Cause::Reject, line),
        };
        // A connection that waits in a blocking command carries nothing else: applications have another one for that.
        let waits = self.worker(worker).open.is_some();
        self.ask(if waits { CARETAKER } else { Self::client(worker) }, request, line);
    }

    /// Sets the idle time of an entry so that it can be claimed after `wait`; not before that if the time to be idle is
    /// long enough.
    fn postpone(
        &mut self,
        worker: WorkerId,
        held: Held,
        wait: std::time::Duration,
        line: &mut impl Line<Redis>,
    ) {
        let Some(pool) = self.plan.pool(worker) else { return };
        let (consumer, _) = pool.names(worker);
        let claim = Claim {
            key: pool.key,
            group: pool.group,
            consumer,
            min_idle: std::time::Duration::ZERO,
            ids: Few::One(held.id),
            idle: Idle::For(pool.min_idle.saturating_sub(wait)),
            retry_count: None,
            force: false,
            just_id: true,
        };
        self.ask(Self::client(worker), Request::Group(GroupCommand::Claim(Box::new(claim))), line);
    }

    /// A message never will succeed: it goes to where such messages go, if there is such a place.
    fn bury(&mut self, worker: WorkerId, held: Held, line: &mut impl Line<Redis>) {
        let Some(part) = self.plan.pool(worker).map(|pool| pool.part) else { return };
        let message = held.entry.message;
        let letter = self.plan.dead(part).and_then(|dead| self.put(message, dead, None));
        if letter.is_some() {
            line.record(What::Republished { message: message.id, copies: 1, dead: true });
        }
        let settled = self.settled(worker, held);
        let known = settled.is_some();
        let request = match (letter, settled) {
            (Some(letter), Some(settled)) => Request::Exec(vec![letter, settled]),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return moves(held, Place::Dead, Cause::Reject, line),
        };
        let id = self.ask(Self::client(worker), request, line);
        if known {
            self.worker(worker).burying.push_back((id, message.id, held.entry.store));
        } else {
            moves(held, Place::Dead, Cause::Reject, line);
        }
    }

    /// The server has taken note that a message failed for good: so do the books.
    #[inline]
    pub(super) fn buried(
        &mut self,
        worker: WorkerId,
        id: RequestId,
        reply: &Reply,
        line: &mut impl Line<Redis>,
    ) {
        let own = self.worker(worker);
        if own.burying.is_empty() {
            return;
        }
        let first = own.burying.front().copied();
        let Some((_, message, store)) = first.filter(|(first, ..)| *first == id) else { return };
        own.burying.pop_front();
        let settled = if let Reply::Exec(answers) = reply { answers.last() } else { Some(reply) };
        if matches!(settled, Some(Reply::Integer(1))) {
            let (from, to, why) = (Place::Done, Place::Dead, Cause::Reject);
            line.record(What::Moved { message, store, from, to, count: 1, why });
        }
    }

    /// A worker wants no message any more, and disconnects.
    pub(super) fn leave(&mut self, worker: WorkerId, line: &mut impl Line<Redis>) {
        let own = self.worker(worker);
        own.asks = false;
        if own.open.is_none() && own.fetched.is_empty() && !own.subscribed {
            return;
        }
        for held in std::mem::take(&mut own.fetched) {
            self.return_unread(worker, held, line);
        }
        self.disconnect(worker, line);
    }

    /// Gives back what was fetched and not begun.
    fn return_unread(&mut self, worker: WorkerId, held: Held, line: &mut impl Line<Redis>) {
        let Some(pool) = self.plan.pool(worker) else { return };
        if pool.take == Take::Group && pool.gives_back && held.kept {
            let nack = Nack {
                key: pool.key,
                group: pool.group,
                mode: NackMode::Silent,
                ids: Few::One(held.id),
                retry_count: None,
                force: false,
            };
            self.ask(Self::client(worker), Request::Group(GroupCommand::Nack(Box::new(nack))), line);
        } else {
            self.give_back(worker, held, line);
        }
    }

    /// A worker is gone, with all that only it had.
    pub(super) fn is_lost(&mut self, worker: WorkerId, line: &mut impl Line<Redis>) {
        let own = self.worker(worker);
        own.asks = false;
        let (hand, fetched) = (own.hand.take(), std::mem::take(&mut own.fetched));
        let alone = hand.into_iter().chain(fetched).filter(|held| !held.kept);
        alone.for_each(|held| moves(held, Place::Lost, Cause::Disconnect, line));
        self.forget_put_off(worker, line);
        self.disconnect(worker, line);
    }

    /// What a worker has put off to give it back later is gone with it.
    fn forget_put_off(&mut self, worker: WorkerId, line: &mut impl Line<Redis>) {
        if self.tasks.is_empty() {
            return;
        }
        self.tasks.retain(|(_, task)| match task {
            Task::GiveBack(own, held) if *own == worker => {
                if !held.kept {
                    moves(*held, Place::Lost, Cause::Disconnect, line);
                }
                false
            }
            Task::GiveBack(..) | Task::Retry(_) | Task::Reap(_) => true,
        });
    }

    fn disconnect(&mut self, worker: WorkerId, line: &mut impl Line<Redis>) {
        line.cut(Self::client(worker));
        self.worker(worker).reconnect();
        // Without its heartbeat its processing list is anybody's after a while.
        if let Some((Take::Move(_), heartbeat)) =
            self.plan.pool(worker).map(|pool| (pool.take, pool.heartbeat))
        {
            self.later(line.now() + heartbeat, Task::Reap(worker));
        }
    }

    /// Brings back what is in the processing list of a worker that is still gone.
    pub(super) fn reap(&mut self, worker: WorkerId, line: &mut impl Line<Redis>) {
        let own = self.worker(worker);
        if own.recovers.is_none() || own.open.is_some() || own.hand.is_some() {
            return;
        }
        let Some(pool) = self.plan.pool(worker) else { return };
        let Take::Move(end) = pool.take else { return };
        let (_, processing) = pool.names(worker);
        let back = Move { source: processing, from: End::Left, destination: pool.key, to: end };
        self.ask(CARETAKER, Request::List(ListCommand::Move(back, Wait::No)), line);
    }
}

/// A copy that the server has forgotten is not done with after all.
fn moves(held: Held, to: Place, why: Cause, line: &mut impl Line<Redis>) {
    let (message, store) = (held.entry.message.id, held.entry.store);
    line.record(What::Moved { message, store, from: Place::Done, to, count: 1, why });
}
