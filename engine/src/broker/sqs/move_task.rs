//! `StartMessageMoveTask`: dead letters go back to where they came from, or to another queue, at a steady rate.
//!
//! What is moved is a new message there: with a new `MessageId` and time, received never. A task ends when nothing is
//! visible in its source any more. It fails at a message of which it is not known where it came from.

use std::time::Duration;

use crate::id::StoreId;
use crate::journal::{Cause, Place, What};
use crate::time::Time;

use super::Out;
use super::api::{Code, Fault, MoveMessages, QueueUrl, Reply, TaskStatus, TaskView};
use super::server::Sqs;
use super::stored::Stored;

/// The fastest a task can move, in messages per second; also how fast it does if nothing is said.
const MAX_RATE: u32 = 500;

/// A task that moves messages.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct MoveTask {
    source: StoreId,
    destination: Option<StoreId>,
    every: Duration,
    next: Time,
    status: TaskStatus,
    moved: u64,
    to_move: u64,
}

impl Sqs {
    pub(super) fn start_move(&mut self, asked: &MoveMessages, out: &mut impl Out) -> Result<Reply, Fault> {
        let missing = |_| Fault::new(Code::ResourceNotFound, "both queues have to be there");
        let source = self.queue(asked.source.0).map_err(missing)?;
        let names_source = |queue: &&super::queue::Queue| {
            queue.attributes.redrive.is_some_and(|policy| policy.target == source.store)
        };
        let wrong = |why| Fault::new(Code::InvalidParameterValue, why);
        if !self.queues.iter().flatten().any(|queue| names_source(&queue)) {
            return Err(wrong("the source has to be the dead-letter queue of a queue"));
        }
        if let Some(destination) = asked.destination {
            if destination == asked.source {
                return Err(wrong("source and destination cannot be the same"));
            }
            if self.queue(destination.0).map_err(missing)?.is_fifo() != source.is_fifo() {
                return Err(wrong("source and destination are both standard or both FIFO"));
            }
        }
        let rate = asked.rate.unwrap_or(MAX_RATE);
        if !(1..=MAX_RATE).contains(&rate) {
            return Err(Fault::value(rate, "MaxNumberOfMessagesPerSecond is 1 to 500"));
        }
        let running = |task: &MoveTask| task.source == asked.source.0 && task.status == TaskStatus::Running;
        if self.tasks.iter().any(running) {
            return Err(wrong("only one task can run for a source at a time"));
        }
        let task = MoveTask {
            source: asked.source.0,
            destination: asked.destination.map(|queue| queue.0),
            every: Duration::from_secs(1) / rate,
            next: out.now(),
            status: TaskStatus::Running,
            moved: 0,
            to_move: source.numbers().visible,
        };
        self.tasks.push(task);
        self.move_on(out);
        Ok(Reply::Task(self.tasks.len() as u32))
    }

    pub(super) fn cancel_move(&mut self, number: u32) -> Result<Reply, Fault> {
        let task = (number as usize).checked_sub(1).and_then(|place| self.tasks.get_mut(place));
        let Some(task) = task.filter(|task| task.status == TaskStatus::Running) else {
            return Err(Fault::new(Code::ResourceNotFound, "no such task is running"));
        };
        task.status = TaskStatus::Cancelled;
        Ok(Reply::Moved(task.moved))
    }

    pub(super) fn list_moves(&self, source: QueueUrl) -> Result<Reply, Fault> {
        self.queue(source.0)?;
        let own = self.tasks.iter().enumerate().rev().filter(|(_, task)| task.source == source.0);
        let view = |(place, task): (usize, &MoveTask)| TaskView {
            task: place as u32 + 1,
            status: task.status,
            moved: task.moved,
            to_move: task.to_move,
        };
        // The service keeps the latest ten.
        Ok(Reply::Tasks(own.take(10).map(view).collect()))
    }

    /// When a task has to move a message; at the end of time if none has to.
    #[inline]
    pub(super) fn next_move(&self) -> Time {
        let running = self.tasks.iter().filter(|task| task.status == TaskStatus::Running);
        running.fold(Time::MAX, |first, task| first.min(task.next))
    }

    /// Moves what is due.
    pub(super) fn move_on(&mut self, out: &mut impl Out) {
        for place in 0..self.tasks.len() {
            while let Some(task) = self.tasks.get(place)
                && task.status == TaskStatus::Running
                && task.next <= out.now()
            {
                self.move_one(place, out);
            }
        }
    }

    fn move_one(&mut self, place: usize, out: &mut impl Out) {
        let (source, destination) = (self.tasks[place].source, self.tasks[place].destination);
        let end = |server: &mut Sqs, status| server.tasks[place].status = status;
        let Ok(queue) = self.queue_mut(source) else {
            return end(self, TaskStatus::Failed);
        };
        let Some(lane) = queue.first_lane() else {
            return end(self, TaskStatus::Completed);
        };
        let origin = queue.lanes[lane as usize].head().and_then(|head| head.source);
        let Some(target) = destination.or(origin).filter(|target| self.queue(*target).is_ok()) else {
            return end(self, TaskStatus::Failed);
        };
        self.issued += 1;
        let (id, now, settings) = (self.issued, out.now(), self.settings);
        let Ok(queue) = self.queue_mut(source) else { return };
        if let Some(stored) = queue.pop(lane) {
            queue.refile(lane);
            queue.left += 1;
            queue.record(stored.message.id, Place::Waiting, Place::Removed, Cause::Redrive, out);
            out.record(What::Republished { message: stored.message.id, copies: 1, dead: false });
            let anew = Stored {
                sent: now,
                id,
                first_received: now,
                receives: 0,
                receives_here: 0,
                source: None,
                ..stored
            };
            if let Ok(queue) = self.queue_mut(target) {
                let delay = queue.attributes.delay_seconds;
                queue.enter(anew, delay, &settings, out);
            }
            self.serve(target, out);
        }
        let task = &mut self.tasks[place];
        task.moved += 1;
        task.next = task.next + task.every;
    }
}
