//! What there is to see of a subscription.

use crate::mechanism::shell_sort;
use crate::view::{EntryView, StoreView};

use super::message::{Entry, attempt};
use super::service::PubSub;
use super::subscription::{State, Subscription};

impl Subscription {
    /// At most `limit` of what is available, or backs off with its key, the next to leave first.
    pub(super) fn available(&self, limit: usize) -> Vec<Entry> {
        let again = self.live.iter().filter(|(_, live)| live.state == State::Available);
        let mut all: Vec<Entry> = self.fresh.iter().take(limit).copied().collect();
        all.extend(again.map(|(_, live)| live.entry));
        all.extend(self.lanes.waiting(limit));
        shell_sort::sort_by(&mut all, |one, other| one.rank() < other.rank());
        all.truncate(limit);
        all
    }

    pub(super) fn view(&self, limit: usize) -> StoreView {
        let entries = self.available(limit.max(1));
        let view = |entry: &Entry| EntryView {
            message: entry.own.message.id,
            producer: entry.own.message.producer,
            key: entry.own.message.key,
            since: entry.since,
            attempt: attempt(entry.deliveries.saturating_add(1)),
        };
        StoreView {
            name: self.name.to_string(),
            depth: self.waiting,
            held: self.held,
            delayed: self.delayed,
            oldest: entries.first().map(|first| first.since),
            entries: entries.iter().take(limit).map(view).collect(),
            ..StoreView::default()
        }
    }
}

impl PubSub {
    /// What a subscription has available, in order, each message with the number of deliveries it had: at most
    /// `limit`.
    pub fn backlog(&self, subscription: &str, limit: usize) -> Option<Vec<(crate::message::Message, u32)>> {
        let own = self.subscriptions.iter().flatten().find(|own| *own.name == *subscription)?;
        let told = |entry: &Entry| (entry.own.message, entry.deliveries);
        Some(own.available(limit).iter().map(told).collect())
    }
}
