//! The calls that settle what was received, one message or a batch: each entry succeeds or fails alone.

use crate::id::StoreId;
use crate::random::Stream;

use super::Out;
use super::api::{Code, Fault, ReceiptHandle, Reply};
use super::queue::Queue;
use super::quota::Call;
use super::send::check_batch;
use super::server::Sqs;
use super::settings::Share;

/// Whether deletes are forgotten.
struct Memory<'a> {
    missed: Share,
    random: &'a mut Stream,
}

impl Memory<'_> {
    fn delete(&mut self, queue: &mut Queue, handle: ReceiptHandle, out: &mut impl Out) -> Result<(), Fault> {
        let forgets = !queue.is_fifo() && self.missed.happens(self.random);
        queue.delete(handle, forgets, out)
    }
}

impl Sqs {
    /// `DeleteMessage`.
    pub(super) fn delete(
        &mut self,
        store: StoreId,
        handle: ReceiptHandle,
        out: &mut impl Out,
    ) -> Result<Reply, Fault> {
        self.settle(store, Call::Delete, 1, out, |queue, memory, out| {
            memory.delete(queue, handle, out).map(|()| Reply::Ok)
        })
    }

    /// `DeleteMessageBatch`.
    pub(super) fn delete_batch(
        &mut self,
        store: StoreId,
        handles: &[ReceiptHandle],
        out: &mut impl Out,
    ) -> Result<Reply, Fault> {
        self.settle(store, Call::Delete, handles.len(), out, |queue, memory, out| {
            let outcomes = handles.iter().map(|handle| memory.delete(queue, *handle, out));
            Ok(Reply::Batch(outcomes.collect()))
        })
    }

    /// `ChangeMessageVisibility`.
    pub(super) fn change_visibility(
        &mut self,
        store: StoreId,
        change: (ReceiptHandle, u32),
        out: &mut impl Out,
    ) -> Result<Reply, Fault> {
        self.settle(store, Call::ChangeVisibility, 1, out, |queue, _, out| {
            queue.change_visibility(change.0, change.1, out).map(|()| Reply::Ok)
        })
    }

    /// `ChangeMessageVisibilityBatch`.
    pub(super) fn change_visibility_batch(
        &mut self,
        store: StoreId,
        changes: &[(ReceiptHandle, u32)],
        out: &mut impl Out,
    ) -> Result<Reply, Fault> {
        self.settle(store, Call::ChangeVisibility, changes.len(), out, |queue, _, out| {
            let change = |(handle, timeout): &(_, _)| queue.change_visibility(*handle, *timeout, out);
            Ok(Reply::Batch(changes.iter().map(change).collect()))
        })
    }

    /// What all of them have in common. What is visible or unlocked afterwards goes to those who wait.
    fn settle<O: Out>(
        &mut self,
        store: StoreId,
        call: Call,
        entries: usize,
        out: &mut O,
        act: impl FnOnce(&mut Queue, &mut Memory<'_>, &mut O) -> Result<Reply, Fault>,
    ) -> Result<Reply, Fault> {
        check_batch(entries)?;
        self.touch(store);
        let settings = self.settings;
        let queue = self.queues.get_mut(usize::from(store.0)).and_then(Option::as_mut);
        let queue = queue.ok_or(Fault::new(Code::QueueDoesNotExist, "the queue does not exist"))?;
        queue.admit(call, &settings, out.now())?;
        let mut memory = Memory { missed: settings.missed_deletes, random: &mut self.random };
        let reply = act(queue, &mut memory, out);
        self.serve(store, out);
        reply
    }
}
