//! The calls that settle what was received, one message or a batch: each entry succeeds or fails alone.

use crate::id::StoreId;

use super::Out;
use super::api::{Fault, ReceiptHandle, Reply};
use super::quota::Call;
use super::send::check_batch;
use super::server::Sqs;

impl Sqs {
    /// `DeleteMessage`.
    #[inline]
    pub(super) fn delete(
        &mut self,
        store: StoreId,
        handle: &ReceiptHandle,
        out: &mut impl Out,
    ) -> Result<(), Fault> {
        self.admit(store, Call::Delete, out)?;
        let outcome = self.delete_one(store, handle, out);
        self.serve(store, out);
        outcome
    }

    /// `DeleteMessageBatch`.
    #[inline(never)]
    pub(super) fn delete_batch(
        &mut self,
        store: StoreId,
        handles: &[ReceiptHandle],
        out: &mut impl Out,
    ) -> Result<Reply, Fault> {
        check_batch(handles.len())?;
        self.admit(store, Call::Delete, out)?;
        let outcomes = handles.iter().map(|handle| self.delete_one(store, handle, out)).collect();
        self.serve(store, out);
        Ok(Reply::Batch(outcomes))
    }

    #[inline]
    fn delete_one(
        &mut self,
        store: StoreId,
        handle: &ReceiptHandle,
        out: &mut impl Out,
    ) -> Result<(), Fault> {
        let Some(queue) = self.queues.get_mut(usize::from(store.0)).and_then(Option::as_mut) else {
            return Ok(());
        };
        let forgets = !queue.is_fifo() && self.settings.missed_deletes.happens(&mut self.random);
        queue.delete(handle, forgets, out)
    }

    /// `ChangeMessageVisibility`.
    #[inline(never)]
    pub(super) fn change_visibility(
        &mut self,
        store: StoreId,
        (handle, timeout): (&ReceiptHandle, u32),
        out: &mut impl Out,
    ) -> Result<Reply, Fault> {
        self.admit(store, Call::ChangeVisibility, out)?;
        let outcome = self.queue_mut(store)?.change_visibility(handle, timeout, out);
        self.serve(store, out);
        outcome.map(|()| Reply::Ok)
    }

    /// `ChangeMessageVisibilityBatch`.
    #[inline(never)]
    pub(super) fn change_visibility_batch(
        &mut self,
        store: StoreId,
        changes: &[(ReceiptHandle, u32)],
        out: &mut impl Out,
    ) -> Result<Reply, Fault> {
        check_batch(changes.len())?;
        self.admit(store, Call::ChangeVisibility, out)?;
        let queue = self.queue_mut(store)?;
        let change = |(handle, timeout): &(_, _)| queue.change_visibility(handle, *timeout, out);
        let outcomes = changes.iter().map(change).collect();
        self.serve(store, out);
        Ok(Reply::Batch(outcomes))
    }

    /// Counts a call to a queue, unless there is no such queue or it is one too many.
    #[inline]
    pub(super) fn admit(&mut self, store: StoreId, call: Call, out: &impl Out) -> Result<(), Fault> {
        let rate = self.settings.fifo_rate;
        self.queue_mut(store)?.admit(call, rate, out)
    }
}
