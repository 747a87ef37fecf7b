//! `RoundRobinAssignor`: all partitions of all topics in a row, dealt out in turn to whoever subscribes.

use super::{Subscriber, TopicPartition, all, in_turn, subscribed};

pub(super) fn assign(partitions: &[u16], members: &[Subscriber]) -> Vec<Vec<TopicPartition>> {
    let mut turn = in_turn(members).into_iter().cycle();
    let mut shares = vec![Vec::new(); members.len()];
    for topic in subscribed(members) {
        for partition in all(topic, partitions) {
            // Somebody subscribes to it, or it would not be here.
            let reader = turn.by_ref().find(|place| members[*place].topics.contains(&topic));
            if let Some(place) = reader {
                shares[place].push(partition);
            }
        }
    }
    shares
}
