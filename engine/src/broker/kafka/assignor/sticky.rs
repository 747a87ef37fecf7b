//! `StickyAssignor`: shares as even as they can be, and of these ways one in which members keep what they had.
//!
//! Where all subscribe to the same topics, what each is due is known beforehand, and one pass suffices (here). Where they
//! do not, partitions are moved one by one until no move makes it more even (`general.rs`).

mod general;

use std::collections::VecDeque;

use crate::mechanism::shell_sort;

use super::{Row, Subscriber, TopicPartition, all, by_id, subscribed};

/// What is known before anything is assigned.
struct Claims {
    row: Row,
    /// For each member what it owns, the latest claims only, of topics that are there.
    owned: Vec<Vec<TopicPartition>>,
    /// For each partition the one who claimed it in an earlier generation than its owner, by place and generation.
    former: Vec<Option<(usize, u32)>>,
    /// Partitions that several members of one generation claim: nobody keeps them.
    disputed: Vec<bool>,
}

impl Claims {
    fn new(partitions: &[u16], members: &[Subscriber], topics: &[u16]) -> Claims {
        let row = Row::new(partitions);
        let mut owner: Vec<Option<usize>> = vec![None; row.len()];
        let mut former: Vec<Option<(usize, u32)>> = vec![None; row.len()];
        let mut disputed = vec![false; row.len()];
        for place in by_id(members) {
            let generation = members[place].generation;
            for number in members[place].owned.iter().filter_map(|own| row.number(*own)) {
                let Some(other) = owner[number].filter(|other| *other != place) else {
                    owner[number] = Some(place);
                    continue;
                };
                let theirs = members[other].generation;
                let older = if theirs < generation {
                    (owner[number], disputed[number]) = (Some(place), false);
                    (other, theirs)
                } else {
                    disputed[number] |= theirs == generation;
                    (place, generation)
                };
                if older.1 < theirs.max(generation) && former[number].is_none_or(|(_, known)| known < older.1)
                {
                    former[number] = Some(older);
                }
            }
        }
        let is_there = |own: &TopicPartition| topics.binary_search(&own.topic).is_ok();
        let keeps = |place: usize, own: &TopicPartition| {
            is_there(own)
                && row.number(*own).is_some_and(|number| owner[number] == Some(place) && !disputed[number])
        };
        let mut owned: Vec<Vec<TopicPartition>> = vec![Vec::new(); members.len()];
        for (place, member) in members.iter().enumerate() {
            owned[place].extend(member.owned.iter().copied().filter(|own| keeps(place, own)));
            // Which of them are kept if not all can be: those of low numbers, of all topics alike.
            shell_sort::sort_by(&mut owned[place], |one, other| {
                (one.partition, one.topic) < (other.partition, other.topic)
            });
            owned[place].dedup();
        }
        Claims { row, owned, former, disputed }
    }
}

pub(super) fn assign(partitions: &[u16], members: &[Subscriber]) -> Vec<Vec<TopicPartition>> {
    let topics: Vec<u16> =
        subscribed(members).into_iter().filter(|topic| usize::from(*topic) < partitions.len()).collect();
    let claims = Claims::new(partitions, members, &topics);
    let is_same = members.windows(2).all(|pair| pair[0].topics == pair[1].topics);
    if is_same {
        even(partitions, members, &topics, claims)
    } else {
        general::assign(partitions, members, &topics, claims)
    }
}

/// All members subscribe to the same topics. With so many partitions for so many members each gets as many as it can
/// get for certain, and some of them one more.
fn even(
    partitions: &[u16],
    members: &[Subscriber],
    topics: &[u16],
    claims: Claims,
) -> Vec<Vec<TopicPartition>> {
    let Claims { row, owned, .. } = claims;
    let total: usize = topics.iter().map(|topic| usize::from(partitions[usize::from(*topic)])).sum();
    let Some(least) = total.checked_div(members.len()) else { return Vec::new() };
    let (most, mut extras) = (total.div_ceil(members.len()), total % members.len());
    // Members that have less than the least there is for each, and those that have that and may get one more.
    let (mut short, mut filled) = (VecDeque::new(), VecDeque::new());
    let mut taken = vec![false; row.len()];
    let mut shares: Vec<Vec<TopicPartition>> = vec![Vec::new(); members.len()];
    for place in by_id(members) {
        let has = owned[place].len();
        let keeps = if has < least {
            short.push_back(place);
            has
        } else if most <= has && 0 < extras {
            extras -= 1;
            most
        } else {
            filled.push_back(place);
            least
        };
        shares[place].extend_from_slice(&owned[place][..keeps]);
        for number in shares[place].iter().filter_map(|own| row.number(*own)) {
            taken[number] = true;
        }
    }
    if extras == 0 {
        filled.clear();
    }
    let free = topics.iter().flat_map(|topic| all(*topic, partitions));
    for partition in free.filter(|own| row.number(*own).is_some_and(|number| !taken[number])) {
        // In turn to those that are short, then one each to those that are not.
        if let Some(place) = short.pop_front() {
            shares[place].push(partition);
            if shares[place].len() < least {
                short.push_back(place);
            } else {
                filled.push_back(place);
            }
        } else if let Some(place) = filled.pop_front() {
            shares[place].push(partition);
        }
    }
    shares
}
