//! The sticky assignment where members subscribe to different topics.
//!
//! Everyone keeps what it had; what is free goes to the member with the least that can have it. Then partitions move,
//! each to the member with the least that can have it, as long as that makes shares more even. A move that would undo
//! an earlier one, of the same topic in the other direction, takes back that one instead, so that no two members swap.
//! What comes of it is dropped again if it is not more even than what there was before.

use std::collections::BTreeMap;

use crate::mechanism::shell_sort;

use super::{Claims, Row, Subscriber, TopicPartition, all, by_id};

struct Builder<'a> {
    row: Row,
    subscribers: &'a [Subscriber],
    /// For each topic the members that subscribe to it, in order of their ids.
    readers: Vec<Vec<u32>>,
    /// For each member its rank among the ids.
    rank: Vec<u32>,
    /// For each partition who has it.
    owner: Vec<Option<u32>>,
    /// How many partitions each member has.
    size: Vec<u32>,
    moves: Moves,
}

/// Which partitions have moved so far, and between whom.
#[derive(Default)]
struct Moves {
    of: BTreeMap<TopicPartition, (u32, u32)>,
    /// By topic, from whom and to whom.
    between: BTreeMap<(u16, u32, u32), Vec<TopicPartition>>,
}

impl Moves {
    fn record(&mut self, partition: TopicPartition, from: u32, to: u32) {
        let mut source = from;
        if let Some((first, then)) = self.of.remove(&partition) {
            if let Some(all) = self.between.get_mut(&(partition.topic, first, then)) {
                all.retain(|own| *own != partition);
            }
            if first == to {
                return;
            }
            source = first;
        }
        self.of.insert(partition, (source, to));
        self.between.entry((partition.topic, source, to)).or_default().push(partition);
    }

    /// The partition that is to move in place of this one, which a member has and another is to get.
    fn actual(&self, partition: TopicPartition, from: u32, to: u32) -> TopicPartition {
        let source = self.of.get(&partition).map_or(from, |(first, _)| *first);
        let reverse = self.between.get(&(partition.topic, to, source));
        reverse.and_then(|all| all.first()).copied().unwrap_or(partition)
    }
}

impl Builder<'_> {
    fn size(&self, member: u32) -> u32 {
        self.size[member as usize]
    }

    /// The reader of a topic that has the least; of several, the first by id.
    fn poorest(&self, topic: u16) -> Option<u32> {
        let readers = self.readers.get(usize::from(topic))?;
        readers.iter().copied().min_by_key(|reader| (self.size(*reader), self.rank[*reader as usize]))
    }

    fn give(&mut self, number: usize, to: u32) {
        if let Some(from) = self.owner[number].replace(to) {
            self.size[from as usize] -= 1;
        }
        self.size[to as usize] += 1;
    }

    /// Moves a partition from a member to one that has two less at least, or another one in its place if that makes
    /// shares more even as well: each move does, so they come to an end.
    fn shift(&mut self, partition: TopicPartition, from: u32, to: u32) {
        let actual = self.moves.actual(partition, from, to);
        let holder = |own| self.owner.get(self.row.number(own)?).copied().flatten();
        let evens = |holder: &u32| self.size(to) + 1 < self.size(*holder);
        let (moved, holder) = match holder(actual).filter(evens) {
            Some(holder) => (actual, holder),
            None => (partition, from),
        };
        let Some(number) = self.row.number(moved) else { return };
        self.moves.record(moved, holder, to);
        self.give(number, to);
    }

    /// Moves partitions until none can be moved any more. Says whether one was.
    fn balance(&mut self, movable: &[TopicPartition], former: &[Option<(usize, u32)>]) -> bool {
        let mut moved = false;
        loop {
            let mut again = false;
            for partition in movable {
                if self.is_level() {
                    return moved | again;
                }
                let Some(number) = self.row.number(*partition) else { continue };
                let Some(owner) = self.owner[number] else { continue };
                let is_poorer = |other: &u32| self.size(*other) + 1 < self.size(owner);
                let reads = |other: &u32| self.subscribers[*other as usize].topics.contains(&partition.topic);
                let before = former[number].map(|(place, _)| place as u32).filter(reads);
                if let Some(before) = before.filter(is_poorer) {
                    self.moves.record(*partition, owner, before);
                    self.give(number, before);
                    again = true;
                } else if let Some(poorest) = self.poorest(partition.topic).filter(is_poorer) {
                    self.shift(*partition, owner, poorest);
                    again = true;
                }
            }
            if !again {
                return moved;
            }
            moved = true;
        }
    }

    /// Whether nobody has more than one more than anybody else.
    fn is_level(&self) -> bool {
        let least = self.size.iter().min().copied().unwrap_or(0);
        self.size.iter().max().copied().unwrap_or(0) <= least + 1
    }

    /// How uneven shares are: the sum of all differences.
    fn unevenness(&self) -> u64 {
        let mut sizes = self.size.clone();
        shell_sort::sort(&mut sizes);
        let (mut sum, mut below) = (0, 0);
        for (count, size) in sizes.into_iter().map(u64::from).enumerate() {
            sum += size * count as u64 - below;
            below += size;
        }
        sum
    }
}

pub(super) fn assign(
    partitions: &[u16],
    members: &[Subscriber],
    topics: &[u16],
    claims: Claims,
) -> Vec<Vec<TopicPartition>> {
    let Claims { row, owned, former, disputed } = claims;
    let mut rank = vec![0; members.len()];
    let mut readers: Vec<Vec<u32>> = vec![Vec::new(); partitions.len()];
    for (number, place) in by_id(members).into_iter().enumerate() {
        rank[place] = number as u32;
        for topic in &members[place].topics {
            if let Some(readers) = readers.get_mut(usize::from(*topic)) {
                readers.push(place as u32);
            }
        }
    }
    let (owner, size) = (vec![None; row.len()], vec![0; members.len()]);
    let mut builder =
        Builder { row, subscribers: members, readers, rank, owner, size, moves: Moves::default() };
    // Whether somebody has to give up what it does not subscribe to any more.
    let mut gives_up = disputed.contains(&true);
    for (place, owned) in owned.iter().enumerate() {
        for own in owned {
            let reads = members[place].topics.contains(&own.topic);
            gives_up |= !reads;
            if let Some(number) = builder.row.number(*own).filter(|_| reads) {
                builder.give(number, place as u32);
            }
        }
    }
    // Partitions that few can have come first.
    let mut order: Vec<u16> = topics.to_vec();
    let place = |topic: u16| (builder.readers[usize::from(topic)].len(), topic);
    shell_sort::sort_by(&mut order, |one, other| place(*one) < place(*other));
    let every: Vec<TopicPartition> = order.iter().flat_map(|topic| all(*topic, partitions)).collect();
    let is_free =
        |own: &TopicPartition| builder.row.number(*own).is_some_and(|number| builder.owner[number].is_none());
    let free: Vec<TopicPartition> = every.iter().copied().filter(is_free).collect();
    let begins = builder.size.iter().all(|size| *size == 0);
    for own in &free {
        if let (Some(number), Some(poorest)) = (builder.row.number(*own), builder.poorest(own.topic)) {
            builder.give(number, poorest);
        }
    }
    let can_move = |own: &&TopicPartition| 1 < builder.readers[usize::from(own.topic)].len();
    let movable: Vec<TopicPartition> = every.iter().filter(can_move).copied().collect();
    let new: Vec<TopicPartition> = free.iter().filter(can_move).copied().collect();
    let before = (builder.owner.clone(), builder.size.clone(), builder.unevenness());
    if !gives_up {
        builder.balance(&new, &former);
    }
    let moved = builder.balance(&movable, &former);
    if moved && !begins && before.2 <= builder.unevenness() {
        (builder.owner, builder.size) = (before.0, before.1);
    }
    share_out(&builder, &owned, &every)
}

/// What each member has: first what it had before, then what is new to it.
fn share_out(
    builder: &Builder<'_>,
    owned: &[Vec<TopicPartition>],
    every: &[TopicPartition],
) -> Vec<Vec<TopicPartition>> {
    let mut shares: Vec<Vec<TopicPartition>> = vec![Vec::new(); owned.len()];
    let mut told = vec![false; builder.row.len()];
    for (place, owned) in owned.iter().enumerate() {
        for own in owned {
            if let Some(number) = builder.row.number(*own)
                && builder.owner[number] == Some(place as u32)
            {
                shares[place].push(*own);
                told[number] = true;
            }
        }
    }
    for own in every {
        if let Some(number) = builder.row.number(*own).filter(|number| !told[*number])
            && let Some(place) = builder.owner[number]
        {
            shares[place as usize].push(*own);
        }
    }
    shares
}
