//! Assignors: who of a group reads which partitions.
//!
//! In the classic protocol one member, the leader, decides for all ([`Assignor`]); in the newer one the broker does
//! (`server_side.rs`). Each is a function of who subscribes to what and who owns what, without chance.
//!
//! | assignor | rule | file |
//! |---|---|---|
//! | `range` | topic by topic, in ranges; the first members get what is over | `range.rs` |
//! | `roundrobin` | all partitions of all topics, dealt out in turn | `roundrobin.rs` |
//! | `sticky` | each keeps what it can of what it had, and shares are as even as they can be | `sticky.rs`, `sticky/general.rs` |
//! | `cooperative-sticky` | as sticky, but nobody is given what another still has | `cooperative.rs` |
//! | `uniform`, `range` of the newer protocol | | `server_side.rs` |

mod cooperative;
pub mod leader;
mod range;
mod roundrobin;
pub mod server_side;
mod sticky;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::mechanism::shell_sort;

/// A partition of a topic. Topics are numbered in the order of their names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TopicPartition {
    /// The topic.
    pub topic: u16,
    /// The partition, from 0.
    pub partition: u16,
}

/// A member of a group, as an assignor sees it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Subscriber {
    /// `member.id`.
    pub id: Arc<str>,
    /// `group.instance.id` of a static member.
    pub instance: Option<Arc<str>>,
    /// The topics it subscribes to, in order.
    pub topics: Vec<u16>,
    /// What it says it owns.
    pub owned: Vec<TopicPartition>,
    /// The generation of the group in which it got that.
    pub generation: u32,
}

/// The assignors of the classic protocol, `partition.assignment.strategy`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Assignor {
    /// `RangeAssignor`.
    Range,
    /// `RoundRobinAssignor`.
    RoundRobin,
    /// `StickyAssignor`.
    Sticky,
    /// `CooperativeStickyAssignor`.
    CooperativeSticky,
}

impl Assignor {
    /// All of them.
    pub const ALL: [Assignor; 4] =
        [Assignor::Range, Assignor::RoundRobin, Assignor::Sticky, Assignor::CooperativeSticky];

    /// Its name in the protocol.
    pub fn name(self) -> &'static str {
        match self {
            Assignor::Range => "range",
            Assignor::RoundRobin => "roundrobin",
            Assignor::Sticky => "sticky",
            Assignor::CooperativeSticky => "cooperative-sticky",
        }
    }

    /// The assignor of this name.
    pub fn named(name: &str) -> Option<Assignor> {
        Assignor::ALL.into_iter().find(|assignor| assignor.name() == name)
    }

    /// Whether members keep what they own while the group rebalances.
    pub fn is_cooperative(self) -> bool {
        self == Assignor::CooperativeSticky
    }

    /// What each member is to read, in the order of `members`. `partitions` is how many partitions each topic has.
    pub fn assign(self, partitions: &[u16], members: &[Subscriber]) -> Vec<Vec<TopicPartition>> {
        match self {
            Assignor::Range => range::assign(partitions, members),
            Assignor::RoundRobin => roundrobin::assign(partitions, members),
            Assignor::Sticky => sticky::assign(partitions, members),
            Assignor::CooperativeSticky => cooperative::assign(partitions, members),
        }
    }
}

/// The places of the members in the order in which `range` and `roundrobin` serve them: static members first, by their
/// instance id, then the others by their member id.
fn in_turn(members: &[Subscriber]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..members.len()).collect();
    let turn = |place: usize| {
        let member = &members[place];
        (member.instance.is_none(), member.instance.as_ref().unwrap_or(&member.id))
    };
    shell_sort::sort_by(&mut places, |one, other| turn(*one) < turn(*other));
    places
}

/// The places of the members in the order of their member ids.
fn by_id(members: &[Subscriber]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..members.len()).collect();
    shell_sort::sort_by(&mut places, |one, other| members[*one].id < members[*other].id);
    places
}

/// All partitions of a topic.
fn all(topic: u16, partitions: &[u16]) -> impl Iterator<Item = TopicPartition> {
    let count = partitions.get(usize::from(topic)).copied().unwrap_or(0);
    (0..count).map(move |partition| TopicPartition { topic, partition })
}

/// The topics that anyone subscribes to, in order.
fn subscribed(members: &[Subscriber]) -> Vec<u16> {
    let mut topics: Vec<u16> = members.iter().flat_map(|member| member.topics.iter().copied()).collect();
    shell_sort::sort(&mut topics);
    topics.dedup();
    topics
}

/// The partitions of all topics as one row of numbers.
struct Row {
    /// The number of the first partition of each topic; behind the last topic, how many there are.
    first: Vec<usize>,
}

impl Row {
    fn new(partitions: &[u16]) -> Row {
        let mut first = vec![0];
        let mut total = 0;
        for count in partitions {
            total += usize::from(*count);
            first.push(total);
        }
        Row { first }
    }

    fn len(&self) -> usize {
        self.first.last().copied().unwrap_or(0)
    }

    /// The number of a partition, if there is such a partition.
    fn number(&self, of: TopicPartition) -> Option<usize> {
        let topic = usize::from(of.topic);
        let number = self.first.get(topic)? + usize::from(of.partition);
        (number < *self.first.get(topic + 1)?).then_some(number)
    }
}
