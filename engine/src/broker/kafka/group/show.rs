//! What there is to see of groups.

use crate::id::WorkerId;
use crate::mechanism::shell_sort;
use crate::view::{GroupView, MemberView};

use super::super::request::{TopicId, Tp};
use super::super::server::Kafka;
use super::{Group, Protocol};

impl Kafka {
    /// A view of each group. Its shares are the partitions of all topics that it reads, in the order of their making.
    pub(in super::super) fn group_views(&self) -> Vec<GroupView> {
        let groups = self.groups.names.iter().enumerate();
        groups.map(|(number, name)| self.group_view(name, self.groups.all.get(number))).collect()
    }

    fn group_view(&self, name: &str, group: Option<&Group>) -> GroupView {
        let usual = Group::default();
        let group = group.unwrap_or(&usual);
        let described = group.description();
        let mut topics: Vec<TopicId> = match &group.protocol {
            Protocol::Classic(classic) => {
                classic.members.values().flat_map(|own| own.wishes.topics.iter().copied()).collect()
            }
            Protocol::Modern(modern) => modern.topics().collect(),
        };
        shell_sort::sort(&mut topics);
        topics.dedup();
        let mut of = 0;
        let mut first = Vec::new();
        for topic in topics {
            first.push((topic, of));
            of += u32::from(self.partitions_of(topic));
        }
        let number = |tp: &Tp| {
            let place = first.binary_search_by_key(&tp.topic, |(topic, _)| *topic).ok()?;
            Some(first[place].1 + u32::from(tp.partition))
        };
        let ranges = |all: &[Tp]| {
            let mut numbers: Vec<u32> = all.iter().filter_map(number).collect();
            shell_sort::sort(&mut numbers);
            let mut ranges: Vec<(u32, u32)> = Vec::new();
            for number in numbers {
                match ranges.last_mut() {
                    Some(last) if last.1 == number => last.1 += 1,
                    Some(_) | None => ranges.push((number, number + 1)),
                }
            }
            ranges
        };
        let members = described.members.iter().map(|member| MemberView {
            worker: WorkerId(member.worker.0),
            shares: ranges(&member.share),
            leaving: ranges(&member.leaving),
        });
        GroupView {
            name: name.to_owned(),
            state: described.state,
            rebalancing: match &group.protocol {
                Protocol::Classic(classic) => classic.is_rebalancing(),
                Protocol::Modern(modern) => modern.is_reconciling(),
            },
            generation: described.generation,
            of,
            unit: "partitions",
            members: members.collect(),
        }
    }
}
