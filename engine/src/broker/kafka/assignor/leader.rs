//! What the leader of a group does: it knows the topics, runs the assignor that all agreed on, and has the broker tell
//! each member what to read.

use std::collections::BTreeMap;

use crate::mechanism::shell_sort;

use super::super::group::request::{Candidate, MemberId};
use super::super::request::{TopicId, Tp};
use super::{Assignor, Subscriber, TopicPartition};

/// A topic, as its clients know it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Known {
    /// Its number.
    pub topic: TopicId,
    /// Its name, which decides the order.
    pub name: String,
    /// How many partitions it has.
    pub partitions: u16,
}

/// What each member is to read, in the order of `members`.
pub fn share_out(assignor: Assignor, members: &[Candidate], topics: &[Known]) -> Vec<(MemberId, Vec<Tp>)> {
    let mut known: Vec<&Known> = topics.iter().collect();
    shell_sort::sort_by(&mut known, |one, other| one.name < other.name);
    let mut rank = BTreeMap::new();
    rank.extend(known.iter().zip(0..).map(|(known, rank)| (known.topic, rank)));
    let partitions: Vec<u16> = known.iter().map(|known| known.partitions).collect();
    let subscriber = |member: &Candidate| {
        let wishes = &member.wishes;
        let mut topics: Vec<u16> =
            wishes.topics.iter().filter_map(|topic| rank.get(topic)).copied().collect();
        shell_sort::sort(&mut topics);
        topics.dedup();
        // Only who keeps what it owns has to be asked for it first.
        let counts = wishes.keeps || !assignor.is_cooperative();
        let owned = wishes.owned.iter().filter(|_| counts);
        let ranked = |tp: &Tp| Some(TopicPartition { topic: *rank.get(&tp.topic)?, partition: tp.partition });
        Subscriber {
            id: member.name.clone(),
            instance: member.instance.clone(),
            topics,
            owned: owned.filter_map(ranked).collect(),
            generation: wishes.generation,
        }
    };
    let subscribers: Vec<Subscriber> = members.iter().map(subscriber).collect();
    let shares = assignor.assign(&partitions, &subscribers);
    let tp = |own: TopicPartition| {
        known.get(usize::from(own.topic)).map(|known| Tp { topic: known.topic, partition: own.partition })
    };
    let pairs = members.iter().zip(shares);
    pairs.map(|(member, share)| (member.member, share.into_iter().filter_map(tp).collect())).collect()
}
