//! Books kept from facts alone, a page for each store, each copy of a message by itself.
//!
//! They are held against the server's own counts after every call: what came into a store is ready, held, delayed
//! or gone, each copy in one place, and what is gone does not come back.

use std::collections::BTreeMap;

use queuescope_engine::broker::server::Holding;
use queuescope_engine::id::{MessageId, StoreId};
use queuescope_engine::journal::{Fact, Observer, Place, What};

/// Where every copy is.
#[derive(Default)]
pub(crate) struct Books {
    /// How many copies of a message are in a place of a store: nearly always one.
    copies: BTreeMap<(StoreId, MessageId, Place), u64>,
    totals: BTreeMap<(StoreId, Place), u64>,
    /// Ranges are booked as totals: their messages are not followed one by one.
    ranges: BTreeMap<StoreId, bool>,
    wrong: Option<String>,
}

impl Books {
    fn moved(&mut self, store: StoreId, message: MessageId, from: Place, to: Place, count: u64, fact: &Fact) {
        if from != Place::Arriving {
            let total = self.totals.entry((store, from)).or_default();
            if *total < count {
                self.wrong.get_or_insert(format!("{fact:?}: only {total} copies are {from:?} there"));
                return;
            }
            *total -= count;
        }
        *self.totals.entry((store, to)).or_default() += count;
        if 1 < count {
            self.ranges.insert(store, true);
        }
        if self.ranges.contains_key(&store) {
            return;
        }
        if from != Place::Arriving {
            match self.copies.get_mut(&(store, message, from)) {
                Some(copies) if 0 < *copies => *copies -= 1,
                _ => {
                    self.wrong.get_or_insert(format!("{fact:?}: that message is not {from:?} there"));
                }
            }
        }
        *self.copies.entry((store, message, to)).or_default() += 1;
    }

    /// Whether the facts add up, and to what the server itself counts.
    pub(crate) fn audit(&self, holdings: &[Holding]) -> Result<(), String> {
        if let Some(wrong) = &self.wrong {
            return Err(wrong.clone());
        }
        let total = |store, place| self.totals.get(&(store, place)).copied().unwrap_or(0);
        for holding in holdings {
            let told = [Place::Waiting, Place::Held, Place::Delayed].map(|place| total(holding.store, place));
            if told != [holding.waiting, holding.held, holding.delayed] {
                return Err(format!(
                    "facts give waiting, held, delayed {told:?}, the server has {holding:?}"
                ));
            }
        }
        let known = |store| holdings.iter().any(|holding| holding.store == store);
        let present = |place| matches!(place, Place::Waiting | Place::Held | Place::Delayed);
        match self
            .totals
            .iter()
            .find(|((store, place), count)| 0 < **count && present(*place) && !known(*store))
        {
            Some(((store, place), count)) => {
                Err(format!("{count} copies are {place:?} in store {store}, which is gone"))
            }
            None => Ok(()),
        }
    }
}

impl Observer for Books {
    fn observe(&mut self, fact: &Fact) {
        match fact.what {
            What::Enqueued { message, store } => {
                self.moved(store, message, Place::Arriving, Place::Waiting, 1, fact);
            }
            What::Delivered { message, store, .. } => {
                self.moved(store, message, Place::Waiting, Place::Held, 1, fact);
            }
            What::Requeued { message, store, .. } => {
                self.moved(store, message, Place::Held, Place::Waiting, 1, fact);
            }
            What::Moved { message, store, from, to, count, .. } => {
                self.moved(store, message, from, to, count.into(), fact);
            }
            What::Published { .. }
            | What::Routed { .. }
            | What::Republished { .. }
            | What::Refused { .. }
            | What::Blocked { .. }
            | What::Unblocked { .. }
            | What::Dropped { .. }
            | What::Taken { .. }
            | What::Acked { .. }
            | What::Resent { .. }
            | What::Replied { .. }
            | What::Postponed { .. }
            | What::Unanswered { .. }
            | What::Forgone { .. }
            | What::Rebalancing { .. }
            | What::Rebalanced { .. }
            | What::Assigned { .. }
            | What::Revoked { .. }
            | What::Failed { .. }
            | What::Crashed { .. }
            | What::Dead { .. }
            | What::Staffed { .. }
            | What::Started { .. }
            | What::Stopped { .. } => {}
        }
    }
}
