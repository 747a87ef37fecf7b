//! A worker's day: it gets a message, works on it, succeeds or fails, and asks for the next one.

use super::{Kind, Lent, Simulation, World};
use crate::APPLICATIONS;
use crate::broker::driver::Failure;
use crate::client::manner::{Answer, Settle, Verdict};
use crate::client::producer::Producer;
use crate::client::worker::{Consumer, MAX_WORKERS, Onward, Phase, State, Task, Worker};
use crate::id::{MessageId, WorkerId};
use crate::journal::{Observer, What};
use crate::message::Entry;
use crate::schedule::Class;
use crate::time::Time;

impl<O: Observer> World<O> {
    /// A worker begins on a message.
    #[inline(always)]
    pub(super) fn work(&mut self, worker: WorkerId, entry: &Entry) {
        let Some((index, place)) = locate(&self.consumers, worker) else { return };
        let consumer = &mut self.consumers[index];
        let early = !consumer.is_plain() && consumer.manner.settle() == Settle::Before;
        let (phase, work) = if consumer.is_calm() {
            (Phase::Work, consumer.service_time(entry))
        } else if std::mem::take(&mut consumer.pool[place].stuck) {
            return self.get_stuck(index, place, entry, early);
        } else {
            consumer.begin(entry)
        };
        if early {
            self.early.push_back(worker);
        }
        let own = &mut consumer.pool[place];
        let until = set_to_work(own, entry, self.now, work, phase, early);
        self.schedule.set(own.timer, Class::Completion, until);
    }

    /// A worker that hangs gets a message: it has it, and does nothing about it.
    #[cold]
    #[inline(never)]
    fn get_stuck(&mut self, index: usize, place: usize, entry: &Entry, early: bool) {
        let consumer = &mut self.consumers[index];
        if early {
            self.early.push_back(WorkerId(consumer.base + place as u16));
        }
        consumer.reconsider();
        let (_, work) = consumer.begin(entry);
        let own = &mut consumer.pool[place];
        set_to_work(own, entry, self.now, u64::MAX, Phase::Hang(work), early);
        self.schedule.cancel(own.timer);
    }
}

/// What tells one attempt at a message from another, for its draws. A system that does not count deliveries leaves
/// nothing but the time at which the message came back; of a call its caller knows how often it was made.
#[inline]
#[cfg_attr(not(feature = "systems"), expect(unused_variables, reason = "nobody calls directly then"))]
pub(super) fn turn(kind: Kind, producers: &[Producer], task: &Task) -> u16 {
    let turn = task.entry.attempt.wrapping_add(task.tries << 10);
    match kind {
        Kind::Plain => turn,
        Kind::Wired => turn ^ (task.entry.entered.as_nanos() >> 12) as u16,
        #[cfg(feature = "systems")]
        Kind::Called => turn.wrapping_add(calls(producers, &task.entry)),
    }
}

/// How often a call was made before.
#[cfg(feature = "systems")]
fn calls(producers: &[Producer], entry: &Entry) -> u16 {
    let caller = producers.get(usize::from(entry.message.producer.0));
    caller.map_or(0, |caller| caller.outbox.sent(entry.message.id).saturating_sub(1))
}

/// A worker is at a message from now on, for so many nanoseconds. Says until when.
#[inline(always)]
pub(super) fn set_to_work(
    worker: &mut Worker,
    entry: &Entry,
    since: Time,
    work: u64,
    phase: Phase,
    early: bool,
) -> Time {
    let until = Time::from_nanos(since.as_nanos().saturating_add(work));
    worker.state = State::Busy(Task { entry: *entry, since, until, phase, tries: 0, early, adrift: false });
    until
}

/// The version of the format that a message is written in, which is its producer's; 1 for what workers send on.
#[inline]
pub(super) fn schema(producers: &[Producer], entry: &Entry) -> u16 {
    producers.get(usize::from(entry.message.producer.0)).map_or(1, |sender| sender.payload.schema())
}

/// The pool that a worker belongs to, and its place there: each pool has [`MAX_WORKERS`] numbers.
#[inline(always)]
pub(super) fn locate(consumers: &[Consumer], worker: WorkerId) -> Option<(usize, usize)> {
    let (index, place) = (usize::from(worker.0 / MAX_WORKERS), usize::from(worker.0 % MAX_WORKERS));
    (index < consumers.len()).then_some((index, place))
}

impl<O: Observer + Clone + Default> Simulation<O> {
    /// A worker's timer has gone off.
    #[inline(never)]
    pub(super) fn work_due(&mut self, index: usize, place: usize, outside: &mut impl Observer) {
        let world = &mut self.world;
        let consumer = &mut world.consumers[index];
        let State::Busy(task) = consumer.pool[place].state else {
            return self.come_back(index, place, outside);
        };
        if !consumer.is_plain() {
            return self.conclude(index, place, task, outside);
        }
        let turn = turn(world.kind, &world.producers, &task);
        let verdict = match consumer.manner.fails(world.seed, &task.entry, turn) {
            false => Verdict::Done,
            true if !world.is_wired() => Verdict::Failed,
            // The same draw says the same there; what the worker does about it is a matter of its manner.
            true => return self.conclude(index, place, task, outside),
        };
        self.end(index, place, task, verdict, outside);
    }

    /// What comes of an attempt's end may have to be seen to before the worker, if it stays, asks for the next message.
    #[inline(never)]
    fn go_on(&mut self, index: usize, place: usize, stays: bool, outside: &mut impl Observer) {
        if stays {
            self.finish_all(outside);
            self.ask(index, place, outside);
            return;
        }
        self.pump(outside);
        if !self.world.consumers[index].pool[place].cut {
            // What was fetched ahead for it goes back.
            let worker = WorkerId(self.world.consumers[index].base + place as u16);
            self.broker.withdraw(worker, &mut Lent { world: &mut self.world, outside });
            self.pump(outside);
        }
    }

    /// A worker is through with what it was at, in a pool where all kinds of things can happen.
    fn conclude(&mut self, index: usize, place: usize, task: Task, outside: &mut impl Observer) {
        let world = &mut self.world;
        let turn = turn(world.kind, &world.producers, &task);
        let consumer = &mut world.consumers[index];
        let was_closed = consumer.downstream.is_closed();
        let verdict = match task.phase {
            Phase::Wait => {
                let (phase, work) = consumer.begin(&task.entry);
                let until = Time::from_nanos(world.now.as_nanos().saturating_add(work));
                let worker = &mut consumer.pool[place];
                worker.state = State::Busy(Task { until, phase, ..task });
                return world.schedule.set(worker.timer, Class::Completion, until);
            }
            Phase::Skip | Phase::Hang(_) => Verdict::Done,
            Phase::Work => {
                let calm = consumer.downstream.is_plain();
                let called =
                    calm || consumer.downstream.call(world.seed, task.entry.message.id.0, turn, world.now);
                let schema = schema(&world.producers, &task.entry);
                match consumer.manner.verdict(world.seed, &task.entry, turn, schema) {
                    Verdict::Done if !called => Verdict::Failed,
                    verdict @ (Verdict::Done
                    | Verdict::Failed
                    | Verdict::FailedForGood
                    | Verdict::Crashed) => verdict,
                }
            }
        };
        match verdict {
            Verdict::Crashed => {
                self.go_down(index, place, outside);
                self.come_back_in_time(index, place);
                self.record_staff(outside);
            }
            Verdict::Done | Verdict::Failed | Verdict::FailedForGood => {
                self.end(index, place, task, verdict, outside);
            }
        }
        // A breaker that stays closed has no timer, and changes nothing about who takes messages.
        if !(was_closed && self.world.consumers[index].downstream.is_closed()) {
            self.mind_breaker(index, outside);
        }
    }

    /// An attempt has ended; the worker is free, unless it keeps the message.
    #[inline]
    fn end(&mut self, index: usize, place: usize, task: Task, verdict: Verdict, outside: &mut impl Observer) {
        let world = &mut self.world;
        let consumer = &mut world.consumers[index];
        let worker = WorkerId(consumer.base + place as u16);
        let Task { entry, since, .. } = task;
        let message = entry.message;
        let waited = since.nanos_since(entry.entered);
        let service = world.now.nanos_since(since);
        let Task { early, adrift, .. } = task;
        let stays = place < usize::from(consumer.wanted()) && !consumer.pool[place].cut;
        if verdict == Verdict::Done {
            let effect = task.phase != Phase::Skip;
            let onward = consumer.onward;
            if effect {
                consumer.memory.note(message.id);
            }
            consumer.pool[place].state = if stays { State::Idle } else { State::Off };
            let what = What::Acked {
                message: message.id,
                worker,
                attempt: entry.attempt,
                waited,
                service,
                total: world.now.nanos_since(message.sent),
                settled: !world.is_wired() && !early && !adrift,
                key: message.key,
                effect,
            };
            world.note(what, outside);
            if APPLICATIONS && effect && onward != Onward::Nowhere {
                self.send_on(onward, message, outside);
            }
            if APPLICATIONS && let Some(producer) = self.world.consumers[index].answers {
                self.take_answer(producer, message.id, outside);
            }
            if !early && !adrift {
                self.broker.done(worker, &mut Lent { world: &mut self.world, outside });
            }
        } else {
            let attempt = entry.attempt;
            world.note(What::Failed { message: message.id, worker, attempt, waited, service }, outside);
            let tries = attempt.saturating_add(task.tries);
            match world.consumers[index].manner.answer(world.seed, &entry, verdict, tries) {
                Answer::Keep(wait) => return self.keep(index, place, task, wait, outside),
                Answer::GiveUp(_) if early || adrift => self.lose(message.id, worker, early, outside),
                Answer::GiveUp(failure) => self.give_up(index, place, failure, outside),
            }
            let worker = &mut self.world.consumers[index].pool[place];
            worker.state = if stays { State::Idle } else { State::Off };
        }
        self.go_on(index, place, stays, outside);
    }

    /// A worker without a message asks for one, unless one has come meanwhile.
    #[inline]
    pub(super) fn ask(&mut self, index: usize, place: usize, outside: &mut impl Observer) {
        let consumer = &self.world.consumers[index];
        if consumer.pool[place].state == State::Idle {
            let worker = WorkerId(consumer.base + place as u16);
            self.broker.receive(worker, &mut Lent { world: &mut self.world, outside });
        }
        self.pump(outside);
    }

    fn give_up(&mut self, index: usize, place: usize, failure: Failure, outside: &mut impl Observer) {
        let worker = &mut self.world.consumers[index].pool[place];
        worker.state = State::Off;
        let worker = WorkerId(self.world.consumers[index].base + place as u16);
        self.broker.fail(worker, failure, &mut Lent { world: &mut self.world, outside });
    }

    /// A message that was said to be done with is not, and nobody will try again.
    fn lose(&mut self, message: MessageId, worker: WorkerId, early: bool, outside: &mut impl Observer) {
        if early {
            self.world.note(What::Forgone { message, worker }, outside);
        }
    }

    /// The worker keeps the message, and waits before it tries again.
    fn keep(
        &mut self,
        index: usize,
        place: usize,
        task: Task,
        wait: std::time::Duration,
        outside: &mut impl Observer,
    ) {
        let now = self.world.now;
        let worker = &mut self.world.consumers[index].pool[place];
        let (until, timer) = (now + wait, worker.timer);
        let tries = task.tries.saturating_add(1);
        worker.state = State::Busy(Task { since: now, until, phase: Phase::Wait, tries, ..task });
        self.world.schedule.set(timer, Class::Completion, until);
        let worker = WorkerId(self.world.consumers[index].base + place as u16);
        let (message, attempt) = (task.entry.message.id, task.entry.attempt);
        self.world.note(What::Taken { message, worker, attempt }, outside);
    }

    /// A worker goes down, and whatever it has goes the way of its system.
    pub(super) fn go_down(&mut self, index: usize, place: usize, outside: &mut impl Observer) {
        let world = &mut self.world;
        let consumer = &mut world.consumers[index];
        let worker = WorkerId(consumer.base + place as u16);
        let own = &mut consumer.pool[place];
        let state = std::mem::replace(&mut own.state, State::Down);
        world.schedule.cancel(own.timer);
        if let State::Busy(Task { entry, since, early, .. }) = state {
            let (message, attempt) = (entry.message.id, entry.attempt);
            let waited = since.nanos_since(entry.entered);
            let service = world.now.nanos_since(since);
            world.note(What::Crashed { message, worker, attempt, waited, service }, outside);
            self.lose(message, worker, early, outside);
        }
        self.broker.lost(worker, &mut Lent { world: &mut self.world, outside });
        self.pump(outside);
    }

    /// Sees to it that a worker that has just gone down comes back, if its pool's workers do by themselves.
    pub(super) fn come_back_in_time(&mut self, index: usize, place: usize) {
        let consumer = &self.world.consumers[index];
        if let Some(restart) = consumer.manner.restart_after() {
            let (timer, at) = (consumer.pool[place].timer, self.world.now + restart);
            self.world.schedule.set(timer, Class::Completion, at);
        }
    }

    /// A worker that was down is back.
    fn come_back(&mut self, index: usize, place: usize, outside: &mut impl Observer) {
        let worker = &mut self.world.consumers[index].pool[place];
        if worker.state == State::Down {
            worker.state = State::Off;
            self.staff(index, outside);
        }
    }

    /// Sees to it that as many workers take messages as the breaker lets, and that it is woken in time.
    pub(super) fn mind_breaker(&mut self, index: usize, outside: &mut impl Observer) {
        let consumer = &self.world.consumers[index];
        match consumer.downstream.due() {
            Some(at) => self.world.schedule.set(consumer.breaker_timer, Class::Completion, at),
            None => self.world.schedule.cancel(consumer.breaker_timer),
        }
        self.staff(index, outside);
    }

    /// The breaker's time is over.
    pub(super) fn breaker_due(&mut self, index: usize, outside: &mut impl Observer) {
        let now = self.world.now;
        self.world.consumers[index].downstream.half_open(now);
        self.mind_breaker(index, outside);
    }
}
