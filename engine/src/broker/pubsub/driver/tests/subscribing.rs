//! Streams, leases and acknowledgements of workers.

use super::*;
use crate::broker::server::Down;

#[test]
fn what_has_come_waits_at_the_worker_and_its_leases_are_extended() {
    let mut run = Run::new(Set { producer: ALONE, ..Set::default() });
    run.receive(0);
    (0..3).for_each(|_| run.send(0));
    assert_eq!((run.delivered(), run.counts()), (vec![(0, 0, 1)], (0, 3, 0, 0)));
    run.to(100_000);
    run.done(0);
    run.receive(0);
    assert_eq!((run.delivered(), run.counts()), (vec![(100_000, 0, 2)], (0, 2, 0, 1)));
}

#[test]
fn a_lease_is_extended_for_as_long_as_is_set_and_no_longer() {
    // Extended at 9, 18, 27 and 36 s; at 45 s it has had the message for longer than 40.
    let set = Set { producer: ALONE, consumer: &[("max_lease_duration", "40")], ..Set::default() };
    let mut run = Run::new(set);
    run.receive(0);
    run.receive(1);
    run.send(0);
    run.to(60_000);
    assert_eq!(run.delivered(), [(0, 0, 1), (46_000, 1, 1)]);

    let set = Set {
        producer: ALONE,
        consumer: &[("max_lease_duration", "0")],
        subscription: &[("ackDeadlineSeconds", "30")],
        ..Set::default()
    };
    let mut run = Run::new(set);
    run.receive(0);
    run.receive(1);
    run.send(0);
    run.to(50_000);
    assert_eq!(run.delivered(), [(0, 0, 1), (30_000, 1, 1)]);
}

#[test]
fn a_crash_is_noticed_when_the_last_extension_is_over() {
    let mut run = Run::new(Set { producer: ALONE, ..Set::default() });
    run.receive(0);
    run.send(0);
    run.send(0);
    run.to(10_000);
    run.lost(0);
    run.receive(1);
    // Extended at 9 s, for 10 s.
    run.to(30_000);
    run.done(1);
    run.receive(1);
    assert_eq!(run.delivered(), [(0, 0, 1), (19_000, 1, 1), (30_000, 1, 2)]);
}

#[test]
fn extensions_are_as_long_as_acknowledgements_take() {
    let mut run = Run::new(Set { producer: ALONE, ..Set::default() });
    run.receive(0);
    run.send(0);
    run.to(49_000);
    run.done(0);
    run.receive(0);
    run.send(0);
    // The extension that had its time, at 54 s, is for 49 s.
    run.to(60_000);
    run.lost(0);
    run.receive(1);
    run.to(200_000);
    assert_eq!(run.delivered(), [(0, 0, 1), (49_000, 0, 2), (103_000, 1, 2)]);
}

#[test]
fn with_exactly_once_delivery_an_extension_is_a_minute_at_least() {
    let set =
        Set { producer: ALONE, subscription: &[("enableExactlyOnceDelivery", "true")], ..Set::default() };
    let mut run = Run::new(set);
    run.receive(0);
    run.send(0);
    run.lost(0);
    run.receive(1);
    run.to(100_000);
    assert_eq!(run.delivered(), [(0, 0, 1), (60_000, 1, 1)]);
}

#[test]
fn a_worker_that_wants_nothing_more_gives_back_what_waits_for_it() {
    let mut run = Run::new(Set { producer: ALONE, ..Set::default() });
    run.receive(0);
    (0..3).for_each(|_| run.send(0));
    run.done(0);
    run.system.withdraw(WorkerId(0), &mut run.app);
    run.audit();
    assert_eq!(run.counts(), (2, 0, 0, 1));
    run.receive(1);
    assert_eq!(run.delivered(), [(0, 0, 1), (0, 1, 2)]);
}

#[test]
fn a_failed_message_is_given_back_at_once_or_by_its_deadline_or_acknowledged() {
    let mut run = Run::new(Set { producer: ALONE, ..Set::default() });
    run.receive(0);
    run.send(0);
    run.fail(0, Failure::Again);
    run.receive(0);
    run.fail(0, Failure::Later(Duration::from_millis(1500)));
    run.receive(0);
    run.to(2000);
    run.fail(0, Failure::ForGood);
    run.receive(0);
    assert_eq!(run.delivered(), [(0, 0, 1), (0, 0, 1), (2000, 0, 1), (2000, 0, 1)]);

    let mut run = Run::new(Set { producer: ALONE, consumer: &[("on-poison", "ack")], ..Set::default() });
    run.receive(0);
    run.send(0);
    run.fail(0, Failure::ForGood);
    assert_eq!(run.counts(), (0, 0, 0, 1));
}

#[test]
fn a_poison_message_ends_among_the_dead_letters() {
    let mut run = Run::new(Set { producer: ALONE, dead_letters: Some(&[]), ..Set::default() });
    run.receive(0);
    run.send(0);
    for _ in 0..5 {
        run.fail(0, Failure::Again);
        run.receive(0);
    }
    assert_eq!(run.delivered().len(), 5);
    let holdings = run.system.server().holdings();
    assert_eq!((holdings[0].waiting, holdings[1].waiting), (0, 1));
    assert_eq!((run.app.ledger.dead, run.app.ledger.republished), (1, 1));
}

#[test]
fn flow_control_leaves_the_rest_to_others_and_can_be_changed() {
    let set = Set { producer: ALONE, consumer: &[("max_messages", "2")], ..Set::default() };
    let mut run = Run::new(set);
    run.receive(0);
    (0..6).for_each(|_| run.send(0));
    assert_eq!(run.counts(), (4, 2, 0, 0));
    run.receive(1);
    assert_eq!((run.delivered(), run.counts()), (vec![(0, 0, 1), (0, 1, 3)], (2, 4, 0, 0)));
    run.set(Target::Receiver(0), "max_messages", "5");
    assert_eq!(run.counts(), (0, 6, 0, 0));
}

#[test]
fn an_operator_seeks_purges_and_takes_snapshots() {
    let set = Set { producer: ALONE, subscription: &[("retainAckedMessages", "true")], ..Set::default() };
    let mut run = Run::new(set);
    for second in 1..=3 {
        run.to(second * 1000);
        run.send(0);
    }
    run.receive(0);
    run.done(0);
    run.operate("snapshot", None);
    run.operate("purge", None);
    assert_eq!(run.counts(), (0, 0, 0, 1));
    run.operate("seek", Some(1.0));
    // One that holds a stream is given them at once.
    assert_eq!(run.counts(), (0, 2, 0, 1));
    run.operate("seek-snapshot", None);
    assert_eq!(run.counts(), (0, 2, 0, 1));
    run.operate("seek", Some(100.0));
    assert_eq!(run.counts(), (0, 3, 0, 1));
    run.operate("seek", Some(-1.0));
    assert_eq!(run.counts(), (0, 0, 0, 1));
}

#[test]
fn the_service_keeps_all_when_it_cannot_be_reached_for_a_while() {
    let mut run = Run::new(Set { producer: ALONE, ..Set::default() });
    run.receive(0);
    (0..2).for_each(|_| run.send(0));
    run.to(1000);
    run.system.restart(Down::Killed, &mut run.app);
    assert_eq!(run.counts(), (0, 2, 0, 0));
    run.receive(0);
    run.send(0);
    run.to(12_000);
    run.done(0);
    run.receive(0);
    run.done(0);
    run.receive(0);
    assert_eq!(run.delivered(), [(0, 0, 1), (1000, 0, 3), (12_000, 0, 1), (12_000, 0, 2)]);
}

#[test]
fn what_is_declared_in_two_goes_over_a_slow_network_that_is_cut_is_found_again() {
    let set = Set { producer: ALONE, ..Set::default() };
    let mut run = Run::<PubSubDriver>::of(topology(set), Duration::from_millis(100));
    run.receive(0);
    run.send(0);
    // Topics are there, and nobody knows.
    run.to(150);
    run.system.restart(Down::Killed, &mut run.app);
    run.receive(0);
    run.to(5000);
    assert_eq!(run.delivered().len(), 1);
    run.done(0);
    run.to(6000);
    assert_eq!(run.counts(), (0, 0, 0, 1));
}
