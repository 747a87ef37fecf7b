//! The tables of Kafka's own classes, to the digit, and what has to hold of any assignment.

use proptest::prelude::*;

use super::server_side::ServerSide;
use super::*;

fn tp(topic: u16, partition: u16) -> TopicPartition {
    TopicPartition { topic, partition }
}

fn member(id: &str, topics: &[u16]) -> Subscriber {
    Subscriber { id: id.into(), instance: None, topics: topics.to_vec(), owned: Vec::new(), generation: 1 }
}

/// `t-p` for each partition; of one topic only the partitions.
fn told(shares: &[Vec<TopicPartition>], topics: usize) -> Vec<String> {
    let one = |own: &TopicPartition| {
        if topics == 1 { own.partition.to_string() } else { format!("{}-{}", own.topic, own.partition) }
    };
    let share = |share: &Vec<TopicPartition>| share.iter().map(one).collect::<Vec<_>>().join(" ");
    shares.iter().map(share).collect()
}

fn fresh(assignor: Assignor, partitions: &[u16], members: &[Subscriber]) -> Vec<String> {
    let mut shares = assignor.assign(partitions, members);
    shares.iter_mut().for_each(|share| share.sort());
    told(&shares, partitions.len())
}

/// Partitions of each topic, members, what range gives them, what the others do.
type Row<'a> = (&'a [u16], &'a [&'a str], &'a [&'a str], &'a [&'a str]);

/// K5, the rows in which all subscribe to all topics.
#[test]
fn a_fresh_group_is_assigned_as_kafka_does() {
    let table: [Row<'_>; 6] = [
        (&[6], &["A", "B"], &["0 1 2", "3 4 5"], &["0 2 4", "1 3 5"]),
        (&[5], &["A", "B", "C"], &["0 1", "2 3", "4"], &["0 3", "1 4", "2"]),
        (&[6], &["A", "B", "C", "D"], &["0 1", "2 3", "4", "5"], &["0 4", "1 5", "2", "3"]),
        (&[2], &["A", "B", "C"], &["0", "1", ""], &["0", "1", ""]),
        (&[3, 3], &["A", "B"], &["0-0 0-1 1-0 1-1", "0-2 1-2"], &["0-0 0-2 1-1", "0-1 1-0 1-2"]),
        (
            &[2, 2, 2, 2],
            &["A", "B", "C"],
            &["0-0 1-0 2-0 3-0", "0-1 1-1 2-1 3-1", ""],
            &["0-0 1-1 3-0", "0-1 2-0 3-1", "1-0 2-1"],
        ),
    ];
    for (partitions, names, range, in_turn) in table {
        let topics: Vec<u16> = (0..partitions.len() as u16).collect();
        let members: Vec<Subscriber> = names.iter().map(|name| member(name, &topics)).collect();
        assert_eq!(fresh(Assignor::Range, partitions, &members), range, "{partitions:?} {names:?}");
        for assignor in [Assignor::RoundRobin, Assignor::Sticky, Assignor::CooperativeSticky] {
            assert_eq!(
                fresh(assignor, partitions, &members),
                in_turn,
                "{assignor:?} {partitions:?} {names:?}"
            );
        }
    }
}

/// K5, the last row.
#[test]
fn members_with_different_subscriptions_are_assigned_as_kafka_does() {
    let partitions = [1, 2, 3];
    let members = [member("C0", &[0]), member("C1", &[0, 1]), member("C2", &[0, 1, 2])];
    let of = |assignor| fresh(assignor, &partitions, &members);
    assert_eq!(of(Assignor::Range), ["0-0", "1-0", "1-1 2-0 2-1 2-2"]);
    assert_eq!(of(Assignor::RoundRobin), ["0-0", "1-0", "1-1 2-0 2-1 2-2"]);
    assert_eq!(of(Assignor::Sticky), ["0-0", "1-0 1-1", "2-0 2-1 2-2"]);
}

/// K5: `group.instance.id` before `member.id`.
#[test]
fn a_static_member_comes_before_dynamic_ones() {
    let mut later = member("consumer-b", &[0]);
    later.instance = Some("i1".into());
    let members = [member("consumer-a", &[0]), later];
    assert_eq!(fresh(Assignor::Range, &[3], &members), ["2", "0 1"]);
    assert_eq!(fresh(Assignor::RoundRobin, &[3], &members), ["1", "0 2"]);
}

fn rejoin(members: &mut [Subscriber], shares: &[Vec<TopicPartition>]) {
    for (member, share) in members.iter_mut().zip(shares) {
        member.owned.clone_from(share);
        member.generation += 1;
    }
}

/// K6.
#[test]
fn the_sticky_assignor_keeps_what_it_can() {
    let partitions = [3, 4];
    let name = |share: &[Vec<TopicPartition>]| {
        let one = |own: &TopicPartition| format!("{}-{}", own.topic + 1, own.partition);
        share.iter().map(|share| share.iter().map(one).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    let mut members = vec![member("c1", &[0, 1]), member("c2", &[0, 1])];
    let shares = Assignor::Sticky.assign(&partitions, &members);
    assert_eq!(name(&shares), ["1-0 1-2 2-1 2-3", "1-1 2-0 2-2"]);
    rejoin(&mut members, &shares);
    members.extend([member("c3", &[0, 1]), member("c4", &[0, 1])]);
    let shares = Assignor::Sticky.assign(&partitions, &members);
    assert_eq!(name(&shares), ["1-0 2-1", "2-0 1-1", "1-2 2-3", "2-2"]);
    rejoin(&mut members, &shares);
    let shares = Assignor::Sticky.assign(&partitions, &members[2..]);
    assert_eq!(name(&shares), ["1-2 2-3 1-0 2-1", "2-2 1-1 2-0"]);
}

/// K6: what Kafka does, and not what the documentation of its class says.
#[test]
fn what_a_member_leaves_behind_goes_to_those_that_are_short() {
    let topics = [0, 1, 2, 3];
    let mut members = vec![member("A", &topics), member("B", &topics), member("C", &topics)];
    let shares = Assignor::Sticky.assign(&[2; 4], &members);
    rejoin(&mut members, &shares);
    members.remove(1);
    assert_eq!(fresh(Assignor::Sticky, &[2; 4], &members), ["0-0 0-1 1-1 3-0", "1-0 2-0 2-1 3-1"]);
}

/// K7: two rebalances where something has to be revoked.
#[test]
fn the_cooperative_assignor_revokes_before_it_gives() {
    let mut members = vec![member("A", &[0])];
    let step = |members: &mut Vec<Subscriber>| {
        let shares = Assignor::CooperativeSticky.assign(&[6], members);
        rejoin(members, &shares);
        let mut sorted = shares;
        sorted.iter_mut().for_each(|share| share.sort());
        told(&sorted, 1)
    };
    assert_eq!(step(&mut members), ["0 1 2 3 4 5"]);
    members.push(member("B", &[0]));
    assert_eq!(step(&mut members), ["0 1 2", ""]);
    assert_eq!(step(&mut members), ["0 1 2", "3 4 5"]);
    members.push(member("C", &[0]));
    assert_eq!(step(&mut members), ["0 1", "3 4", ""]);
    assert_eq!(step(&mut members), ["0 1", "3 4", "2 5"]);
    members.remove(0);
    assert_eq!(step(&mut members), ["0 3 4", "1 2 5"]);
    assert_eq!(step(&mut members), ["0 3 4", "1 2 5"]);
}

/// What a member says that was away while its partitions went to another does not count.
#[test]
fn an_older_generation_has_no_claim() {
    let (mut one, mut other) = (member("A", &[0]), member("B", &[0]));
    (one.owned, one.generation) = (vec![tp(0, 0), tp(0, 1)], 3);
    (other.owned, other.generation) = (vec![tp(0, 0), tp(0, 1)], 5);
    let shares = Assignor::Sticky.assign(&[2], &[one.clone(), other.clone()]);
    assert_eq!(shares, [vec![tp(0, 1)], vec![tp(0, 0)]]);
    // Of two that claim the same in one generation neither keeps it.
    other.generation = 3;
    let shares = Assignor::Sticky.assign(&[2], &[one, other]);
    assert_eq!(shares, [vec![tp(0, 0)], vec![tp(0, 1)]]);
}

#[test]
fn the_broker_keeps_what_it_can_when_it_assigns() {
    let mut members = vec![member("A", &[0]), member("B", &[0])];
    let shares = ServerSide::Uniform.assign(&[5], &members);
    assert_eq!(told(&shares, 1), ["0 1 2", "3 4"]);
    rejoin(&mut members, &shares);
    members.push(member("C", &[0]));
    let shares = ServerSide::Uniform.assign(&[5], &members);
    assert_eq!(told(&shares, 1), ["0 1", "3 4", "2"]);
    rejoin(&mut members, &shares);
    let shares = ServerSide::Range.assign(&[5], &members[1..]);
    assert_eq!(told(&shares, 1), ["3 4 0", "2 1"]);
    let all = [member("A", &[0, 1]), member("B", &[0, 1])];
    assert_eq!(told(&ServerSide::Range.assign(&[3, 3], &all), 2), ["0-0 0-1 1-0 1-1", "0-2 1-2"]);
    assert!(ServerSide::Uniform.assign(&[5], &[]).is_empty());
}

/// How a group goes on: who comes, who goes, what they read.
#[derive(Clone, Debug)]
enum Step {
    Come(Vec<u16>),
    Go(prop::sample::Index),
    Grow(prop::sample::Index),
}

fn steps(same: bool) -> impl Strategy<Value = (Vec<u16>, Vec<Step>)> {
    let topics = if same {
        Just(vec![0, 1, 2, 3]).boxed()
    } else {
        prop::collection::btree_set(0u16..4, 1..4).prop_map(|set| set.into_iter().collect()).boxed()
    };
    let step = prop_oneof![
        4 => topics.prop_map(Step::Come),
        2 => any::<prop::sample::Index>().prop_map(Step::Go),
        1 => any::<prop::sample::Index>().prop_map(Step::Grow),
    ];
    (prop::collection::vec(0u16..9, 4), prop::collection::vec(step, 1..24))
}

/// Every partition that somebody reads is with exactly one member, who reads it.
fn is_complete(
    partitions: &[u16],
    members: &[Subscriber],
    shares: &[Vec<TopicPartition>],
) -> Result<(), TestCaseError> {
    let mut every: Vec<TopicPartition> =
        subscribed(members).into_iter().flat_map(|topic| all(topic, partitions)).collect();
    let mut given: Vec<TopicPartition> = shares.iter().flatten().copied().collect();
    every.sort_unstable();
    given.sort_unstable();
    prop_assert_eq!(given, every);
    for (member, share) in members.iter().zip(shares) {
        prop_assert!(share.iter().all(|own| member.topics.contains(&own.topic)));
    }
    Ok(())
}

fn spread(shares: &[Vec<TopicPartition>]) -> usize {
    let sizes = || shares.iter().map(Vec::len);
    sizes().max().unwrap_or(0) - sizes().min().unwrap_or(0)
}

/// No partition can go to a reader of it that has two less than its owner.
fn is_fair(members: &[Subscriber], shares: &[Vec<TopicPartition>]) -> bool {
    shares.iter().all(|share| {
        let topics = share.iter().map(|own| own.topic);
        topics.into_iter().all(|topic| {
            let readers = members.iter().zip(shares).filter(|(member, _)| member.topics.contains(&topic));
            readers.into_iter().all(|(_, other)| share.len() <= other.len() + 1)
        })
    })
}

/// How many partitions each could have kept at most, if shares are as large as they are.
fn keepable(members: &[Subscriber], shares: &[Vec<TopicPartition>]) -> usize {
    // With equal subscriptions any share of the least size, and some of the greatest, is due to anybody: those that own
    // most take the greatest.
    let mut owned: Vec<usize> = members.iter().map(|member| member.owned.len()).collect();
    let mut sizes: Vec<usize> = shares.iter().map(Vec::len).collect();
    owned.sort_unstable();
    sizes.sort_unstable();
    owned.into_iter().zip(sizes).map(|(owned, size)| owned.min(size)).sum()
}

fn kept(members: &[Subscriber], shares: &[Vec<TopicPartition>]) -> usize {
    let pairs = members.iter().zip(shares);
    pairs.map(|(member, share)| share.iter().filter(|own| member.owned.contains(own)).count()).sum()
}

fn apply(step: Step, number: usize, partitions: &mut [u16], members: &mut Vec<Subscriber>) {
    match step {
        Step::Come(topics) => {
            let generation = members.iter().map(|member| member.generation).max().unwrap_or(1);
            let id = format!("m{:02}", (number * 7) % 31);
            members.push(Subscriber { generation, ..member(&id, &topics) });
        }
        Step::Go(who) if !members.is_empty() => {
            members.remove(who.index(members.len()));
        }
        Step::Grow(topic) => partitions[topic.index(4)] += 1,
        Step::Go(_) => {}
    }
}

proptest! {
    #[test]
    fn every_partition_is_with_exactly_one_who_reads_it(
        (mut partitions, steps) in prop_oneof![steps(true), steps(false)]
    ) {
        let mut members = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            apply(step, number, &mut partitions, &mut members);
            for assignor in [Assignor::Range, Assignor::RoundRobin, Assignor::Sticky] {
                is_complete(&partitions, &members, &assignor.assign(&partitions, &members))?;
            }
            for assignor in [ServerSide::Uniform, ServerSide::Range] {
                is_complete(&partitions, &members, &assignor.assign(&partitions, &members))?;
            }
            let shares = Assignor::Sticky.assign(&partitions, &members);
            rejoin(&mut members, &shares);
        }
    }

    #[test]
    fn equal_members_have_equal_shares_and_keep_all_that_these_permit((mut partitions, steps) in steps(true)) {
        let mut members = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            apply(step, number, &mut partitions, &mut members);
            let shares = Assignor::Sticky.assign(&partitions, &members);
            prop_assert!(spread(&shares) <= 1, "{:?}", shares);
            prop_assert_eq!(kept(&members, &shares), keepable(&members, &shares));
            let uniform = ServerSide::Uniform.assign(&partitions, &members);
            prop_assert!(spread(&uniform) <= 1, "{:?}", uniform);
            rejoin(&mut members, &shares);
        }
    }

    #[test]
    fn unequal_members_are_as_even_as_moves_can_make_them((mut partitions, steps) in steps(false)) {
        let mut members = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            apply(step, number, &mut partitions, &mut members);
            let shares = Assignor::Sticky.assign(&partitions, &members);
            prop_assert!(is_fair(&members, &shares), "{:?}", shares);
            rejoin(&mut members, &shares);
            // Nothing moves where nothing changes.
            let again = Assignor::Sticky.assign(&partitions, &members);
            prop_assert_eq!(kept(&members, &again), shares.iter().map(Vec::len).sum::<usize>());
        }
    }

    #[test]
    fn nobody_is_given_what_another_has_and_two_rounds_are_enough(
        (mut partitions, steps) in prop_oneof![steps(true), steps(false)]
    ) {
        let mut members: Vec<Subscriber> = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            apply(step, number, &mut partitions, &mut members);
            for round in 0..3 {
                let shares = Assignor::CooperativeSticky.assign(&partitions, &members);
                for (place, share) in shares.iter().enumerate() {
                    let others = members.iter().enumerate().filter(|(other, _)| *other != place);
                    let theirs: Vec<_> = others.flat_map(|(_, other)| &other.owned).collect();
                    prop_assert!(share.iter().all(|own| !theirs.contains(&own)));
                }
                let was = kept(&members, &shares);
                let had: usize = members.iter().map(|member| member.owned.len()).sum();
                rejoin(&mut members, &shares);
                if was == had {
                    // Nothing was revoked: that was the last round.
                    is_complete(&partitions, &members, &shares)?;
                    break;
                }
                prop_assert!(round < 2);
            }
        }
    }
}

/// A hundred members over a thousand partitions, of whom one goes and one comes: none of this grows with more than the
/// product of both.
#[test]
fn a_large_group_is_assigned() {
    let partitions = [10; 100];
    let topics: Vec<u16> = (0..100).collect();
    let mut members: Vec<Subscriber> = (0..100).map(|n| member(&format!("m{n:03}"), &topics)).collect();
    for assignor in Assignor::ALL {
        let shares = assignor.assign(&partitions, &members);
        assert_eq!(shares.iter().map(Vec::len).sum::<usize>(), 1_000, "{assignor:?}");
    }
    let shares = Assignor::Sticky.assign(&partitions, &members);
    rejoin(&mut members, &shares);
    members.remove(50);
    let shares = Assignor::Sticky.assign(&partitions, &members);
    assert_eq!((kept(&members, &shares), spread(&shares)), (990, 1));
}
