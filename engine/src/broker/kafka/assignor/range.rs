//! `RangeAssignor`: topic by topic, to each subscriber a range. Those that come first get what is over, in every topic
//! anew.

use super::{Subscriber, TopicPartition, all, in_turn, subscribed};

pub(super) fn assign(partitions: &[u16], members: &[Subscriber]) -> Vec<Vec<TopicPartition>> {
    let turn = in_turn(members);
    let mut shares = vec![Vec::new(); members.len()];
    for topic in subscribed(members) {
        let readers: Vec<usize> =
            turn.iter().copied().filter(|place| members[*place].topics.contains(&topic)).collect();
        let mut rest = all(topic, partitions);
        let count = usize::from(partitions.get(usize::from(topic)).copied().unwrap_or(0));
        let (each, over) = (count / readers.len(), count % readers.len());
        for (number, place) in readers.into_iter().enumerate() {
            shares[place].extend(rest.by_ref().take(each + usize::from(number < over)));
        }
    }
    shares
}
