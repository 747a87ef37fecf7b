//! `CooperativeStickyAssignor`: the sticky assignment, but for what would go from one member to another at once. That
//! goes to nobody yet: its owner sees that it has lost it, gives it up and rejoins, and the rebalance after that hands
//! it over.

use super::{Row, Subscriber, TopicPartition, sticky};

pub(super) fn assign(partitions: &[u16], members: &[Subscriber]) -> Vec<Vec<TopicPartition>> {
    let mut shares = sticky::assign(partitions, members);
    let row = Row::new(partitions);
    // Who says it owns each partition. Where two do, either keeps it from going to a third at once.
    let mut owners: Vec<Vec<usize>> = vec![Vec::new(); row.len()];
    for (place, member) in members.iter().enumerate() {
        for number in member.owned.iter().filter_map(|own| row.number(*own)) {
            owners[number].push(place);
        }
    }
    for (place, share) in shares.iter_mut().enumerate() {
        share.retain(|own| {
            let owners = row.number(*own).map_or(&[][..], |number| &owners[number]);
            owners.is_empty() || owners.contains(&place)
        });
    }
    shares
}
