//! Batches, flow control, retries and paused keys of producers.

use super::*;

#[test]
fn a_batch_goes_when_it_is_full_or_old_enough() {
    let set = Set { producer: &[("max_messages", "3"), ("max_latency", "0.1")], ..Set::default() };
    let mut run = Run::new(set);
    (0..4).for_each(|_| run.send(0));
    assert_eq!((run.app.confirmed.len(), run.counts().0), (3, 3));
    run.to(99);
    assert_eq!(run.counts().0, 3);
    run.to(100);
    assert_eq!((run.app.confirmed.len(), run.counts().0), (4, 4));

    let set = Set { producer: &[("max_bytes", "250"), ("max_latency", "0.1")], ..Set::default() };
    let mut run = Run::new(set);
    (0..3).for_each(|_| run.send(0));
    // The third does not fit.
    assert_eq!(run.counts().0, 2);
    run.send_sized(0, 250);
    assert_eq!(run.counts().0, 4);
}

#[test]
fn every_ordering_key_has_a_batch_of_its_own() {
    let set = Set { producer: &[("ordering_key", "key"), ("max_messages", "2")], ..Set::default() };
    let mut run = Run::new(set);
    [1, 2, 1, 3].into_iter().for_each(|key| run.send(key));
    assert_eq!(run.app.confirmed, [1, 3]);
    run.to(10);
    assert_eq!(run.app.confirmed, [1, 3, 2, 4]);
}

#[test]
fn flow_control_blocks_or_fails_or_is_ignored() {
    for (behavior, refused, blocked, published) in
        [("ignore", 0, false, 5), ("error", 3, false, 2), ("block", 0, true, 2)]
    {
        let producer = [
            ("limit_exceeded_behavior", behavior),
            ("message_limit", "2"),
            ("max_latency", "0.1"),
            ("max_messages", "5"),
        ];
        let mut run = Run::new(Set { producer: &producer, ..Set::default() });
        (0..5).for_each(|_| run.send(0));
        assert_eq!((run.app.refused.len(), run.app.blocked), (refused, blocked), "{behavior}");
        run.to(100);
        assert_eq!(run.app.confirmed.len(), published, "{behavior}");
        run.to(1000);
        assert!(!run.app.blocked);
        assert_eq!(run.app.confirmed.len() + run.app.refused.len(), 5);
    }
}

#[test]
fn what_fails_for_now_is_tried_again_in_its_order() {
    let set = Set {
        service: &[("unavailable", "0.6")],
        producer: &[("ordering_key", "one"), ("max_messages", "1")],
        ..Set::default()
    };
    let mut run = Run::new(set);
    (0..20).for_each(|_| run.send(0));
    assert!(run.app.confirmed.len() < 20);
    run.to(1_000_000);
    assert_eq!(run.app.confirmed, (1..=20).collect::<Vec<u64>>());
    assert_eq!((run.counts().0, run.app.ledger.resent), (20, 0));
}

#[test]
fn without_an_ordering_key_the_library_gives_up_after_ten_minutes() {
    let set = Set { service: &[("unavailable", "1")], producer: ALONE, ..Set::default() };
    let mut run = Run::new(set);
    run.send(0);
    run.to(599_000);
    assert_eq!(run.app.refused, []);
    run.to(700_000);
    assert_eq!(run.app.refused, [(1, Refusal::Unreachable)]);
    assert_eq!(run.app.ledger.refused, 1);
}

#[test]
fn a_publish_whose_answer_is_lost_is_there_twice() {
    let set = Set { service: &[("lost-replies", "0.5")], producer: ALONE, ..Set::default() };
    let mut run = Run::new(set);
    (0..20).for_each(|_| run.send(0));
    run.to(1_000_000);
    let resent = run.app.ledger.resent;
    assert!(5 < resent && run.app.confirmed.len() == 20);
    assert_eq!(run.counts().0, 20 + resent);
}

/// What the specification calls P21.
#[test]
fn a_key_that_has_failed_for_good_is_paused_until_it_is_resumed() {
    let producer = [("ordering_key", "key"), ("max_messages", "1"), ("resume_publish", "5")];
    let mut run = Run::new(Set { producer: &producer, ..Set::default() });
    run.set(Target::System, "publish-errors", "1");
    run.send(1);
    run.set(Target::System, "publish-errors", "0");
    run.send(1);
    run.send(2);
    assert_eq!(run.app.refused, [(1, Refusal::Invalid), (2, Refusal::Invalid)]);
    assert_eq!(run.app.confirmed, [3]);
    run.to(4999);
    run.send(1);
    run.to(5000);
    run.send(1);
    assert_eq!((run.app.confirmed.clone(), run.app.ledger.refused), (vec![3, 5], 3));
}

#[test]
fn batches_that_wait_for_a_key_that_fails_fail_with_it() {
    let producer = [("ordering_key", "one"), ("max_messages", "1"), ("resume_publish", "unset")];
    let set = Set { producer: &producer, ..Set::default() };
    let mut run = Run::<PubSubDriver>::of(topology(set), Duration::from_millis(10));
    run.to(1000);
    run.set(Target::System, "publish-errors", "1");
    (0..3).for_each(|_| run.send(0));
    run.to(2000);
    run.set(Target::System, "publish-errors", "0");
    run.to(3000);
    run.send(0);
    run.to(4000);
    assert_eq!(run.app.refused.len(), 4);
    run.set(Target::Sender(0), "resume_publish", "0");
    run.send(0);
    run.to(5000);
    assert_eq!(run.app.confirmed, [5]);
}
