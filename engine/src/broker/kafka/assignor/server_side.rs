//! The assignors of the newer protocol (KIP-848), `group.consumer.assignors`: the broker assigns, whenever a member comes
//! or goes. Both keep what they can; members are served in the order of their ids.

use crate::mechanism::shell_sort;

use super::{Assignor, Row, Subscriber, TopicPartition, all, by_id, subscribed};

/// `group.remote.assignor`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum ServerSide {
    /// `uniform`.
    #[default]
    Uniform,
    /// `range`.
    Range,
}

impl ServerSide {
    /// Its name in the protocol.
    pub fn name(self) -> &'static str {
        match self {
            ServerSide::Uniform => "uniform",
            ServerSide::Range => "range",
        }
    }

    /// What each member is to read, in the order of `members`; `owned` of each is what it was to read before.
    pub fn assign(self, partitions: &[u16], members: &[Subscriber]) -> Vec<Vec<TopicPartition>> {
        if members.is_empty() {
            return Vec::new();
        }
        match self {
            ServerSide::Range => range(partitions, members),
            ServerSide::Uniform if members.windows(2).all(|pair| pair[0].topics == pair[1].topics) => {
                uniform(partitions, members)
            }
            // With different subscriptions it aims at the same as the sticky assignor.
            ServerSide::Uniform => Assignor::Sticky.assign(partitions, members),
        }
    }
}

/// All members subscribe to the same topics: the first members get one more, if not all can have as many.
fn uniform(partitions: &[u16], members: &[Subscriber]) -> Vec<Vec<TopicPartition>> {
    let row = Row::new(partitions);
    let topics = subscribed(members);
    let every: Vec<TopicPartition> = topics.iter().flat_map(|topic| all(*topic, partitions)).collect();
    let (least, extras) = (every.len() / members.len(), every.len() % members.len());
    let mut taken = vec![false; row.len()];
    let mut shares: Vec<Vec<TopicPartition>> = vec![Vec::new(); members.len()];
    let order = by_id(members);
    let quota = |number: usize| least + usize::from(number < extras);
    for (number, place) in order.iter().enumerate() {
        for own in sorted(&members[*place].owned) {
            let reads = topics.binary_search(&own.topic).is_ok();
            let Some(slot) = row.number(own).filter(|slot| reads && !taken[*slot]) else { continue };
            if shares[*place].len() < quota(number) {
                taken[slot] = true;
                shares[*place].push(own);
            }
        }
    }
    let mut free = every.into_iter().filter(|own| row.number(*own).is_some_and(|slot| !taken[slot]));
    for (number, place) in order.into_iter().enumerate() {
        let lacks = quota(number).saturating_sub(shares[place].len());
        shares[place].extend(free.by_ref().take(lacks));
    }
    shares
}

/// Topic by topic; each keeps as many as it would get, and gets what it lacks in a range.
fn range(partitions: &[u16], members: &[Subscriber]) -> Vec<Vec<TopicPartition>> {
    let order = by_id(members);
    let mut shares: Vec<Vec<TopicPartition>> = vec![Vec::new(); members.len()];
    for topic in subscribed(members) {
        let readers: Vec<usize> =
            order.iter().copied().filter(|place| members[*place].topics.contains(&topic)).collect();
        let every: Vec<TopicPartition> = all(topic, partitions).collect();
        let (least, mut extras) = (every.len() / readers.len(), every.len() % readers.len());
        let mut taken = vec![false; every.len()];
        let mut lacking = Vec::new();
        for place in readers {
            let had: Vec<TopicPartition> = sorted(&members[place].owned)
                .into_iter()
                .filter(|own| own.topic == topic)
                .filter(|own| taken.get(usize::from(own.partition)).is_some_and(|taken| !taken))
                .collect();
            let more = least < had.len() && 0 < extras;
            let keeps = had.len().min(least + usize::from(more));
            for own in &had[..keeps] {
                taken[usize::from(own.partition)] = true;
            }
            shares[place].extend_from_slice(&had[..keeps]);
            if more {
                extras -= 1;
            } else {
                lacking.push((place, least - keeps));
            }
        }
        let mut free = every.into_iter().filter(|own| !taken[usize::from(own.partition)]);
        for (place, lacks) in lacking {
            let more = usize::from(0 < extras);
            extras -= more;
            shares[place].extend(free.by_ref().take(lacks + more));
        }
    }
    shares
}

fn sorted(owned: &[TopicPartition]) -> Vec<TopicPartition> {
    let mut owned = owned.to_vec();
    shell_sort::sort(&mut owned);
    owned.dedup();
    owned
}
