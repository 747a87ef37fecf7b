//! Seek: which messages count as acknowledged is set back or forward, in bulk.
//!
//! To a time: what was published before it becomes acknowledged, what was published from it on and is kept becomes
//! available. To a snapshot: what was not acknowledged then, and all that was published since, becomes available.
//! What is outstanding and stays so keeps its lease. The real service takes up to a minute to settle; this one is
//! done at once.
//!
//! Kept is what the topic retains, or the subscription with `retainAckedMessages`, each for its own time.

use crate::journal::{Cause, Place, What};
use crate::mechanism::shell_sort;
use crate::mechanism::sorted::Sorted;
use crate::mechanism::store::Store;

use super::Out;
use super::api::{Fault, SeekTarget, SubscriptionName};
use super::message::{Entry, Published, after};
use super::service::{PubSub, no_snapshot};
use super::snapshot::Snapshot;
use super::subscription::{ABSENT, Live, Subscription};

/// What is not acknowledged after a seek.
enum Wanted<'a> {
    From(crate::time::Time),
    AsIn(&'a Snapshot),
}

impl Wanted<'_> {
    fn includes(&self, own: &Published) -> bool {
        match self {
            Wanted::From(time) => *time <= own.at,
            Wanted::AsIn(snapshot) => snapshot.includes(own.number),
        }
    }
}

impl PubSub {
    /// `Seek`.
    pub(super) fn seek(
        &mut self,
        name: SubscriptionName,
        target: SeekTarget,
        out: &mut impl Out,
    ) -> Result<(), Fault> {
        let topic_of = self.subscription(name)?.topic;
        let snapshot;
        let wanted = match target {
            SeekTarget::Time(time) => Wanted::From(time),
            SeekTarget::Snapshot(own) => {
                snapshot = self.snapshot(own)?.clone();
                if Some(snapshot.topic) != topic_of {
                    return Err(no_snapshot());
                }
                Wanted::AsIn(&snapshot)
            }
        };
        let restored = self.restorable(name, topic_of, &wanted, out);
        let subscription = self.subscription_mut(name)?;
        subscription.set_to(&wanted, restored, out);
        subscription.look_ahead();
        Ok(())
    }

    /// What can be made available again, by number: what is kept of the topic, and what a snapshot has.
    fn restorable(
        &self,
        name: SubscriptionName,
        topic: Option<u16>,
        wanted: &Wanted<'_>,
        out: &impl Out,
    ) -> Vec<Published> {
        let Ok(subscription) = self.subscription(name) else { return Vec::new() };
        let Some(Some(topic)) = topic.and_then(|topic| self.topics.get(usize::from(topic))) else {
            return Vec::new();
        };
        let (config, now) = (&subscription.config, out.now());
        let is_kept = |own: &Published| {
            let by_topic = topic.retention.is_some_and(|kept| now < after(own.at, kept));
            let by_itself = config.retains_acked
                && subscription.keeps_from <= own.number
                && now < after(own.at, config.retention);
            by_topic || by_itself
        };
        let of_snapshot = match wanted {
            Wanted::AsIn(snapshot) => &snapshot.unacked[..],
            Wanted::From(_) => &[],
        };
        let since = |own: &&Published| match wanted {
            Wanted::AsIn(snapshot) => snapshot.end <= own.number,
            Wanted::From(_) => wanted.includes(own) && is_kept(own),
        };
        let all = of_snapshot.iter().chain(topic.kept().filter(since));
        let passes = |own: &&Published| subscription.wants(own) && now < subscription.expires(own.at);
        all.filter(passes).copied().collect()
    }
}

impl Subscription {
    /// Makes available what is wanted, and acknowledges what is not.
    fn set_to(&mut self, wanted: &Wanted<'_>, restored: Vec<Published>, out: &mut impl Out) {
        // Of what is out, what is not wanted is acknowledged.
        let live: Vec<(u32, Live)> = self.live.iter().map(|(place, live)| (place, *live)).collect();
        for (place, live) in live.into_iter().filter(|(_, live)| !wanted.includes(&live.entry.own)) {
            let from = self.release(place, &live);
            self.moved(live.entry.own.message.id, from, Place::Removed, Cause::Seek, out);
            if live.lane != ABSENT {
                self.lanes.forget(live.lane, live.entry.own.number);
                self.refile(live.lane);
            }
        }
        // Of what waits in order, likewise; the rest is put together with what comes back.
        let mut first_of_key = Sorted::default();
        let mut waiting: Vec<Entry> = std::mem::take(&mut self.fresh).iter().copied().collect();
        for own in restored.iter().rev().filter(|_| self.config.ordering) {
            first_of_key.insert(own.ordering_key, own.number);
        }
        for lane in 0..self.lanes.len() {
            let from = first_of_key.get(&self.lanes.key(lane)).copied().unwrap_or(u64::MAX);
            waiting.extend(self.empty_lane(lane, from, out));
        }
        let (mut kept, gone): (Vec<Entry>, Vec<Entry>) =
            waiting.into_iter().partition(|entry| wanted.includes(&entry.own));
        self.waiting -= gone.len() as u64;
        for entry in gone {
            self.moved(entry.own.message.id, Place::Waiting, Place::Removed, Cause::Seek, out);
        }
        self.bring_back(&restored, &mut kept, out);
        shell_sort::sort_by(&mut kept, |one, other| one.own.number < other.own.number);
        let (in_lanes, fresh): (Vec<Entry>, Vec<Entry>) =
            kept.into_iter().partition(|entry| self.config.ordering && entry.own.ordering_key != 0);
        let mut all = Store::default();
        fresh.into_iter().for_each(|entry| all.push_back(entry));
        self.fresh = all;
        for entry in in_lanes {
            self.enter_lane(entry);
        }
    }

    /// Adds to what waits those of what is kept that are neither waiting nor out.
    fn bring_back(&mut self, restored: &[Published], kept: &mut Vec<Entry>, out: &mut impl Out) {
        let mut present: Vec<u64> = kept.iter().map(|entry| entry.own.number).collect();
        present.extend(self.live.iter().map(|(_, live)| live.entry.own.number));
        shell_sort::sort(&mut present);
        for own in restored.iter().filter(|own| present.binary_search(&own.number).is_err()) {
            let message = own.message.id;
            out.record(What::Republished { message, copies: 1, dead: false });
            self.moved(message, Place::Arriving, Place::Waiting, Cause::Seek, out);
            self.waiting += 1;
            kept.push(Entry::new(own, out.now()));
        }
    }
}
