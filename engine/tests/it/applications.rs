//! What producers and workers do beyond sending and working: each test is one of their habits, seen from outside.

use queuescope_engine::broker::SYSTEMS;
use queuescope_engine::journal::{Fact, What};
use queuescope_engine::{Progress, Scenario, Simulation, Time, trend};
use serde_json::{Value, json};

/// An experiment with one producer `p` and one consumer `c` of one worker.
fn experiment(system: &str, broker: Value, producer: Value, consumer: Value, script: Value) -> Scenario {
    scenario(&json!({
        "version": 1, "name": "habit", "title": "", "watch": "", "why": "",
        "broker": {"name": "queue", "system": system, "set": broker},
        "producers": [{"name": "p", "set": producer}],
        "consumers": [{"name": "c", "set": consumer}],
        "script": script,
    }))
}

/// An experiment with a Kafka topic that looks after its logs every second or two.
fn read_log(topic: Value, producer: Value, consumer: Value, script: Value) -> Value {
    json!({
        "version": 1, "name": "habit", "title": "", "watch": "", "why": "",
        "broker": {"name": "kafka", "system": "kafka", "parts": [topic],
                   "set": {"log.retention.check.interval.ms": 1000, "log.cleaner.backoff.ms": 2000}},
        "producers": [{"name": "p", "to": "t", "set": producer}],
        "consumers": [{"name": "c", "from": "t", "set": consumer}],
        "script": script,
    })
}

fn scenario(tree: &Value) -> Scenario {
    Scenario::from_json(&tree.to_string()).unwrap_or_else(|problems| panic!("{problems}"))
}

fn run(scenario: &Scenario, seconds: u64) -> (Simulation, Vec<Fact>) {
    let mut facts = Vec::new();
    let mut simulation = Simulation::observed(scenario, 7, &mut facts);
    while simulation.run_until(Time::from_secs(seconds), u64::MAX, &mut facts) == Progress::OutOfBudget {}
    simulation.audit().unwrap_or_else(|imbalance| panic!("{imbalance}"));
    (simulation, facts)
}

fn times(facts: &[Fact], kind: &str) -> Vec<f64> {
    facts.iter().filter(|fact| fact.what.name() == kind).map(|fact| fact.at.as_secs_f64()).collect()
}

#[test]
fn attempts_fail_as_often_as_they_are_said_to_in_every_system() {
    for system in SYSTEMS.iter().map(|manual| manual.system) {
        for (share, consumer) in [
            (0.5, json!({"rate": 100, "failure": 0.5})),
            // A pool with something else set goes another way.
            (0.5, json!({"rate": 100, "failure": 0.5, "on-failure": "later", "backoff-first": 0.05})),
            (0.1, json!({"rate": 100, "failure": 0.1, "workers": 3})),
        ] {
            let scenario = experiment(system, json!({}), json!({"rate": 20}), consumer, json!([]));
            let (_, facts) = run(&scenario, 200);
            let [failed, acked] = ["failed", "acked"].map(|kind| times(&facts, kind).len() as f64);
            let attempts = failed + acked;
            // Four standard deviations of a share of so many draws.
            let leeway = 4.0 * (share * (1.0 - share) / attempts).sqrt();
            assert!(1000.0 < attempts, "{system}: {attempts} attempts");
            let seen = failed / attempts;
            assert!((seen - share).abs() < leeway, "{system}: {seen} of {attempts} failed, and not {share}");
        }
    }
}

#[test]
fn a_call_that_is_made_again_may_come_off() {
    let producer = json!({"rate": 5, "when-refused": "retry", "retry-first": 0.05});
    for consumer in [
        json!({"rate": 100, "failure": 0.5}),
        // A pool with something else set goes another way.
        json!({"rate": 100, "failure": 0.5, "permanent": 0.000_001}),
        json!({"rate": 100, "downstream-failure": 0.5}),
    ] {
        let scenario = experiment("direct", json!({}), producer.clone(), consumer.clone(), json!([]));
        let (simulation, facts) = run(&scenario, 200);
        let again = times(&facts, "resent").len() as f64;
        let [calls, failed] = ["delivered", "failed"].map(|kind| times(&facts, kind).len() as f64);
        // Of those that failed nearly all were made again, and half of them each time.
        let seen = failed / calls;
        assert!(500.0 < again, "{consumer}: {again} calls were made again");
        assert!((seen - 0.5).abs() < 4.0 * (0.25 / calls).sqrt(), "{consumer}: {seen} of {calls} failed");
        assert!(
            simulation.ledger().done + 5 > simulation.ledger().sent,
            "{consumer}: all come off in the end"
        );
    }
}

#[test]
fn what_is_acknowledged_before_the_work_is_lost_with_its_worker() {
    let crash = json!([{"at": "2500ms", "do": {"crash": {"consumer": "c"}}}]);
    for (settle, lost, back) in [("before", 1, 0), ("after", 0, 1)] {
        let consumer = json!({"rate": 1, "settle": settle});
        let scenario = experiment("plain-queue", json!({}), json!({"rate": 1}), consumer, crash.clone());
        let (simulation, facts) = run(&scenario, 3);
        assert_eq!(times(&facts, "requeued").len(), back, "{settle}");
        assert_eq!(simulation.business().lost(simulation.ledger()), lost, "{settle}");
    }
}

#[test]
fn a_worker_that_is_cut_off_goes_on_and_so_work_is_done_twice_unless_workers_remember() {
    let script = json!([{"at": "1500ms", "do": {"cut": "c"}}, {"at": "4s", "do": {"mend": "c"}}]);
    for (idempotent, twice, skipped) in [("no", 1, 0), ("yes", 0, 1)] {
        let consumer = json!({"rate": 1, "idempotent": idempotent});
        let producer = json!({"rate": 1});
        let scenario = experiment("plain-queue", json!({}), producer, consumer, script.clone());
        let (simulation, _) = run(&scenario, 10);
        let business = simulation.business();
        assert_eq!((business.twice(), business.skipped()), (twice, skipped), "idempotent: {idempotent}");
        assert!(6 <= business.applied(), "it goes on when the network is back");
    }
}

#[test]
fn retries_in_place_wait_longer_and_longer_and_keep_the_message() {
    let consumer = json!({"rate": 10, "permanent": 1, "on-failure": "in-place", "backoff": "exponential",
                          "backoff-first": 1, "backoff-most": 4, "give-up-after": 5});
    let scenario = experiment(
        "plain-queue",
        json!({}),
        json!({"rate": 0.1}),
        consumer,
        json!([{"at": "11s", "do": {"stop": "p"}}]),
    );
    let (simulation, facts) = run(&scenario, 60);
    let failed = times(&facts, "failed");
    let gaps: Vec<f64> = failed.windows(2).map(|pair| ((pair[1] - pair[0]) * 10.0).round() / 10.0).collect();
    assert_eq!(gaps, [1.1, 2.1, 4.1, 4.1], "each wait, and a tenth of a second of work");
    assert_eq!((times(&facts, "delivered").len(), times(&facts, "requeued").len()), (1, 0));
    assert_eq!(simulation.ledger().dead, 1);
}

#[test]
fn who_tells_errors_apart_gives_up_at_once_what_cannot_succeed() {
    for (tells, attempts) in [("no", 3), ("yes", 1)] {
        let consumer = json!({"rate": 10, "permanent": 1, "tell-apart": tells});
        let script = json!([{"at": "1500ms", "do": {"stop": "p"}}]);
        let scenario = experiment("plain-queue", json!({}), json!({"rate": 1}), consumer, script);
        let (simulation, facts) = run(&scenario, 10);
        assert_eq!(times(&facts, "failed").len(), attempts, "{tells}");
        assert_eq!(simulation.ledger().dead, 1, "{tells}");
    }
}

#[test]
fn a_schema_that_workers_do_not_understand_fails_for_good_in_every_system() {
    for system in SYSTEMS.iter().map(|manual| manual.system) {
        for (schema, understands, fails) in
            [(2, json!(1), true), (2, json!(2), false), (2, json!("unset"), false)]
        {
            let consumer = json!({"rate": 10, "understands": understands, "tell-apart": "yes"});
            let scenario =
                experiment(system, json!({}), json!({"rate": 2, "schema": schema}), consumer, json!([]));
            let (simulation, facts) = run(&scenario, 20);
            let [failed, acked] = ["failed", "acked"].map(|kind| times(&facts, kind).len());
            assert!(0 < failed + acked, "{system}");
            assert_eq!((failed == 0, acked == 0), (!fails, fails), "{system}, {understands}");
            assert_eq!(simulation.business().applied() == 0, fails, "{system}, {understands}");
        }
    }
}

#[test]
fn a_poison_message_takes_one_worker_after_another_down_and_they_come_back() {
    let consumer = json!({"rate": 10, "poison": 1, "restart-after": 2});
    let script = json!([{"at": "1500ms", "do": {"stop": "p"}}]);
    let scenario = experiment("plain-queue", json!({"attempts": 3}), json!({"rate": 1}), consumer, script);
    let (simulation, facts) = run(&scenario, 20);
    let crashes: Vec<f64> = times(&facts, "crashed").iter().map(|at| (at * 10.0).round() / 10.0).collect();
    assert_eq!(crashes, [1.1, 3.2, 5.3], "down for two seconds each time");
    assert_eq!(simulation.ledger().dead, 1);
}

#[test]
fn an_outage_costs_attempts_without_a_breaker_and_none_while_it_is_open() {
    let script = json!([{"at": "5s", "do": {"outage": "c"}}, {"at": "65s", "do": {"recover": "c"}},
                        {"at": "110s", "do": {"stop": "p"}}]);
    let dead = |breaker: &str| {
        let consumer = json!({"rate": 10, "breaker": breaker, "breaker-failures": 3, "breaker-open": 5});
        let broker = json!({"capacity": 1000, "attempts": 3});
        let (simulation, _) =
            run(&experiment("plain-queue", broker, json!({"rate": 2}), consumer, script.clone()), 120);
        assert_eq!(simulation.ledger().waiting + simulation.ledger().held, 0, "{breaker}: all caught up");
        simulation.ledger().dead
    };
    let (off, pause) = (dead("off"), dead("pause"));
    // Two messages a second for a minute.
    assert_eq!(off, 120);
    // The three that opened it, and one probe every five seconds, share attempts of the same few messages.
    assert!(pause <= 5, "{pause} are dead with a breaker that pauses");
    assert!(off <= dead("fail-fast"), "failing fast spares the service, not the messages");
}

#[test]
fn a_producer_that_retries_loses_nothing_to_a_full_queue() {
    let run = |when_refused: &str| {
        let producer = json!({"rate": 5, "when-refused": when_refused, "retry-first": 1});
        let script = json!([{"at": "20s", "do": {"stop": "p"}}]);
        let broker = json!({"capacity": 3});
        let scenario = experiment("plain-queue", broker, producer, json!({"rate": 4}), script);
        let (simulation, _) = run(&scenario, 100);
        let lost = simulation.business().lost(simulation.ledger());
        (simulation.ledger().sent, simulation.ledger().resent, lost, simulation.business().applied())
    };
    let (sent, resent, lost, applied) = run("drop");
    assert_eq!((sent, resent), (100, 0));
    assert!(10 < lost && applied + lost == sent);
    let (sent, resent, lost, applied) = run("retry");
    assert_eq!((sent, lost, applied), (100, 0, 100));
    assert!(10 < resent);
    let (sent, _, lost, applied) = run("block");
    assert!(sent < 100, "it sends nothing new while it waits");
    assert_eq!((lost, applied), (0, sent));
}

#[test]
fn a_producer_that_is_cut_off_is_turned_down() {
    let script = json!([{"at": "5s", "do": {"cut": "p"}}, {"at": "10500ms", "do": {"mend": "p"}}]);
    let consumer = json!({"rate": 10});
    let (simulation, _) =
        run(&experiment("plain-queue", json!({}), json!({"rate": 1}), consumer, script), 20);
    assert_eq!(
        (simulation.ledger().refused, simulation.ledger().done),
        (5, 14),
        "at 6 to 10 s, and all others but the last"
    );
}

#[test]
fn two_workers_break_the_order_of_a_key_and_one_does_not() {
    for (workers, orderly) in [(1, true), (4, false)] {
        let producer = json!({"rate": 40, "keys": 3});
        let consumer = json!({"rate": 50, "workers": workers, "service": "exponential"});
        let scenario = experiment("plain-queue", json!({"capacity": 1000}), producer, consumer, json!([]));
        let (simulation, _) = run(&scenario, 100);
        assert_eq!(simulation.business().out_of_order() == 0, orderly, "{workers} workers");
        assert!(3000 < simulation.business().applied());
    }
}

#[test]
fn a_hanging_worker_keeps_its_message_and_goes_on_where_it_was() {
    let script = json!([{"at": "1500ms", "do": {"hang": {"consumer": "c"}}},
                        {"at": "10s", "do": {"resume": {"consumer": "c"}}}]);
    let (_, facts) =
        run(&experiment("plain-queue", json!({}), json!({"rate": 1}), json!({"rate": 1}), script), 11);
    let acked: Vec<f64> = times(&facts, "acked").iter().map(|at| (at * 10.0).round() / 10.0).collect();
    assert_eq!(acked, [10.5], "half of its second was left");
}

#[test]
fn a_worker_that_hangs_while_it_waits_keeps_what_it_gets_next_in_every_system() {
    let script = json!([{"at": "8500ms", "do": {"hang": {"consumer": "c"}}},
                        {"at": "20s", "do": {"resume": {"consumer": "c"}}}]);
    for system in SYSTEMS.iter().map(|manual| manual.system) {
        let (producer, consumer) = (json!({"rate": 1}), json!({"rate": 100}));
        let scenario = experiment(system, json!({}), producer, consumer, script.clone());
        let (simulation, facts) = run(&scenario, 19);
        let acked = times(&facts, "acked");
        assert!(acked.iter().all(|at| *at < 8.5) && !acked.is_empty(), "{system}: {acked:?}");
        assert!(simulation.ledger().held >= 1, "{system}: it has one: {:?}", simulation.ledger());
        assert!(simulation.scene(0).workers[0].hangs, "{system}");
        let (simulation, facts) = run(&scenario, 30);
        let after = times(&facts, "acked").iter().filter(|at| 20.0 < **at).count();
        assert!(8 < after && simulation.business().twice() == 0, "{system}: {after} after it goes on");
    }
}

#[test]
fn a_worker_that_hangs_while_it_waits_does_not_if_it_was_started_anew() {
    let hang = json!({"at": "1500ms", "do": {"hang": {"consumer": "c"}}});
    let act = |at: &str, act: &str, who: Value| json!({"at": at, "do": {act: who}});
    for (end, begin) in [("crash", "restart"), ("stop", "start")] {
        let who = || if end == "stop" { json!("c") } else { json!({"consumer": "c"}) };
        let script = json!([hang, act("1600ms", end, who()), act("1700ms", begin, who())]);
        let scenario = experiment("plain-queue", json!({}), json!({"rate": 1}), json!({"rate": 100}), script);
        let (simulation, _) = run(&scenario, 10);
        assert_eq!(simulation.ledger().done, 9, "{end}");
    }
}

#[test]
fn a_direct_call_blocks_its_caller_and_fails_when_nobody_is_there() {
    let script = json!([{"at": "10s", "do": {"crash": {"consumer": "c"}}}]);
    let scenario = experiment("direct", json!({}), json!({"rate": 5}), json!({"rate": 1}), script);
    let (simulation, facts) = run(&scenario, 20);
    let ledger = simulation.ledger();
    assert_eq!((ledger.done, ledger.dead), (8, 1), "a call takes 1.2 s: a gap, and the work");
    let refused = times(&facts, "refused");
    assert!(
        45 <= refused.len() && refused.iter().all(|at| 10.0 <= *at),
        "the outage is the caller's at once"
    );
}

#[test]
fn a_direct_call_gives_up_after_its_timeout() {
    let consumer = json!({"rate": 0.1});
    let scenario = json!({
        "version": 1, "name": "habit", "title": "", "watch": "", "why": "",
        "broker": {"name": "call", "system": "direct", "set": {"timeout": 2}},
        "producers": [{"name": "p", "set": {"rate": 1}}, {"name": "q", "set": {"rate": 1}}],
        "consumers": [{"name": "c", "set": consumer}],
    });
    let scenario = Scenario::from_json(&scenario.to_string()).unwrap_or_else(|problems| panic!("{problems}"));
    let (simulation, facts) = run(&scenario, 9);
    assert_eq!(
        times(&facts, "moved"),
        [3.0, 6.0, 9.0],
        "the second caller waits two seconds, again and again"
    );
    assert_eq!(simulation.ledger().refused, 3);
}

#[test]
fn the_time_a_key_is_drawn_does_not_depend_on_anything_else() {
    let keys = |workers: u16, capacity: u16| {
        let producer = json!({"rate": 10, "keys": 7, "size-spread": 0.5});
        let consumer = json!({"rate": 3, "workers": workers});
        let broker = json!({"capacity": capacity});
        let (_, facts) = run(&experiment("plain-queue", broker, producer, consumer, json!([])), 20);
        let published = facts.iter().filter_map(|fact| {
            let What::Published { message } = fact.what else { return None };
            Some((message.key, message.size))
        });
        published.collect::<Vec<_>>()
    };
    assert_eq!(keys(1, 2), keys(5, 100));
}

#[test]
fn a_publisher_that_was_blocked_by_an_alarm_is_not_when_it_has_connected_anew() {
    let alarm =
        |at: &str, to: &str| json!({"at": at, "do": {"set": {"knob": "queue.memory-alarm", "to": to}}});
    let restart = |down: &str| json!({"at": "6s", "do": {"restart-server": down}});
    for down in ["stopped", "killed"] {
        let script = json!([alarm("2s", "on"), restart(down), alarm("10s", "off")]);
        let scenario =
            experiment("rabbitmq", json!({}), json!({"rate": 2}), json!({"rate": 10}), script.clone());
        let (_, facts) = run(&scenario, 20);
        // The node reads nothing, but each connection learns that by a message that it has sent.
        let sent = times(&facts, "published");
        let during = sent.iter().filter(|at| (2.2..=10.2).contains(*at)).count();
        assert_eq!(during, 2, "{down}: {sent:?}");
        assert!(sent.iter().any(|at| 19.0 < *at), "{down}: it goes on when the alarm is over: {sent:?}");
    }
}

#[test]
fn a_worker_that_was_made_to_crash_comes_back_by_itself_if_workers_do() {
    let send = json!({"at": "0s", "do": {"send": {"producer": "p", "count": 20}}});
    let crash = |at: &str| json!({"at": at, "do": {"crash": {"consumer": "c"}}});
    let restart = json!({"at": "6s", "do": {"restart": {"consumer": "c"}}});
    for (after, script, acked) in [
        (json!(2), vec![send.clone(), crash("2500ms")], [1.0, 2.0, 5.5]),
        // One that was idle.
        (json!(2), vec![crash("0s"), send.clone()], [3.0, 4.0, 5.0]),
        // It is made to come back, and to crash again: the time counts from the last crash.
        (json!(5), vec![send.clone(), crash("2500ms"), restart.clone(), crash("6500ms")], [1.0, 2.0, 12.5]),
        (Value::Null, vec![send, crash("2500ms"), restart], [1.0, 2.0, 7.0]),
    ] {
        let mut consumer = json!({"rate": 1});
        if after.is_number() {
            consumer["restart-after"] = after.clone();
        }
        let scenario = experiment("plain-queue", json!({}), json!({"rate": 0.1}), consumer, json!(script));
        let (_, facts) = run(&scenario, 14);
        assert_eq!(times(&facts, "acked")[..3], acked, "restart-after {after}");
    }
}

#[test]
fn a_record_that_was_cut_off_and_sent_again_is_no_dead_letter() {
    let operate = |at: &str, act: &str, broker: u8| json!({"at": at, "do": {"operate": {"act": act, "argument": broker}}});
    let scenario = json!({
        "version": 1, "name": "habit", "title": "", "watch": "", "why": "",
        "broker": {"name": "kafka", "system": "kafka", "parts": [
            {"kind": "topic", "name": "t", "set": {"replication.factor": 3, "min.insync.replicas": 2}}]},
        "producers": [{"name": "p", "to": "t", "set": {"rate": 4, "acks": "all"}}],
        "consumers": [{"name": "c", "from": "t", "set": {"rate": 20, "auto.offset.reset": "earliest"}}],
        "script": [operate("10s", "replica-stall", 2), operate("10s", "replica-stall", 3),
                   operate("12s", "broker-down", 1),
                   operate("13s", "replica-resume", 2), operate("13s", "replica-resume", 3)],
    });
    let scenario = Scenario::from_json(&scenario.to_string()).unwrap_or_else(|problems| panic!("{problems}"));
    let (simulation, facts) = run(&scenario, 60);
    let ledger = simulation.ledger();
    let again =
        facts.iter().filter(|fact| matches!(fact.what, What::Republished { dead: false, .. })).count();
    assert_eq!(ledger.lost, 5, "so many were in flight, and nobody but the leader had them");
    assert_eq!((again as u64, ledger.dead_letters), (ledger.lost, 0));
    assert_eq!(simulation.business().lost(ledger), 0);
}

#[test]
fn what_its_producer_will_send_again_is_not_lost() {
    // Nobody is there for half of the time: all that is called then is refused, and comes off later.
    let script = json!([{"at": "5s", "do": {"crash": {"consumer": "c"}}},
                        {"at": "10s", "do": {"restart": {"consumer": "c"}}}]);
    for (manner, lost) in [("retry", 0), ("block", 0), ("drop", 25)] {
        let producer = json!({"rate": 5, "when-refused": manner, "retry-first": 7});
        let scenario = experiment("direct", json!({}), producer, json!({"rate": 1000}), script.clone());
        let (simulation, _) = run(&scenario, 9);
        let waiting = simulation.business().lost(simulation.ledger());
        let (simulation, _) = run(&scenario, 30);
        let after = simulation.business().lost(simulation.ledger());
        assert!(waiting <= lost && after == lost, "{manner}: {waiting} while it waits, {after} after that");
    }
}

#[test]
fn what_was_on_the_wire_is_lost_with_the_connection_unless_it_is_sent_again() {
    let restart = json!([{"at": "5s", "do": {"restart-server": "killed"}}]);
    let alarm = json!([{"at": "4200ms", "do": {"set": {"knob": "queue.memory-alarm", "to": "on"}}},
                       {"at": "5s", "do": {"restart-server": "stopped"}},
                       {"at": "5s", "do": {"set": {"knob": "queue.memory-alarm", "to": "off"}}}]);
    let once = json!({"rate": 2, "delivery_mode": "persistent"});
    let again = json!({"rate": 2, "delivery_mode": "persistent", "confirms": "yes", "confirm-timeout": 4});
    for (system, broker, producer, script, lost) in [
        ("rabbitmq", json!({"network-delay": 0.9}), once.clone(), &restart, 2),
        ("rabbitmq", json!({"network-delay": 0.9}), again, &restart, 0),
        // In the socket of a connection that the server did not read from.
        ("rabbitmq", json!({}), once, &alarm, 1),
        (
            "redis",
            json!({"network-delay": 0.9, "appendonly": "yes", "appendfsync": "always"}),
            json!({"rate": 2}),
            &restart,
            2,
        ),
        (
            "kafka",
            json!({"network-delay": 0.9}),
            json!({"rate": 2, "acks": "0", "enable.idempotence": "false"}),
            &restart,
            // What was sent at that very moment is in a batch still.
            1,
        ),
        ("kafka", json!({"network-delay": 0.9}), json!({"rate": 2}), &restart, 0),
        // A batch is given up a second before the restart: its producer's word of that is on the way as well.
        (
            "kafka",
            json!({"network-delay": 3}),
            json!({"rate": 2, "enable.idempotence": "false", "linger.ms": 0,
                   "delivery.timeout.ms": 2000, "request.timeout.ms": 2000}),
            &restart,
            2,
        ),
    ] {
        let mut script = script.as_array().cloned().unwrap_or_default();
        script.insert(0, json!({"at": "0s", "do": {"stop": "c"}}));
        script.push(json!({"at": "8s", "do": {"stop": "p"}}));
        script.push(json!({"at": "9s", "do": {"start": "c"}}));
        let mut consumer = json!({"rate": 100});
        if system == "kafka" {
            consumer["auto.offset.reset"] = json!("earliest");
        }
        let scenario = experiment(system, broker, producer.clone(), consumer, json!(script));
        let (simulation, _) = run(&scenario, 60);
        let (ledger, business) = (simulation.ledger(), simulation.business());
        assert_eq!((ledger.arriving, business.lost(ledger)), (0, lost), "{system}, {producer}");
        assert_eq!(business.applied() + lost, ledger.sent, "{system}, {producer}");
    }
}

#[test]
fn what_was_delivered_before_counts_as_redelivered_whatever_consumers_are_told() {
    let script = json!([
        {"at": "10s", "do": {"crash": {"consumer": "c", "worker": 1}}},
        {"at": "14s", "do": {"restart": {"consumer": "c"}}},
        {"at": "20s", "do": {"crash": {"consumer": "c"}}},
        {"at": "22s", "do": {"restart": {"consumer": "c"}}},
        {"at": "30s", "do": {"restart-server": "killed"}},
        {"at": "40s", "do": {"operate": {"act": "unload", "part": "topic"}}},
        {"at": "50s", "do": {"operate": {"act": "reset-cursor", "part": "topic", "argument": 5}}},
    ]);
    for kind in ["Failover", "Shared", "Key_Shared"] {
        for batching in ["true", "false"] {
            let producer =
                json!({"rate": 10, "keys": 4, "batchingEnabled": batching, "batchingMaxPublishDelay": 300});
            let consumer = json!({"workers": 2, "rate": 8, "subscriptionType": kind, "receiverQueueSize": 10,
                                  "failure": 0.1, "negativeAckRedeliveryDelay": 1});
            let scenario = experiment("pulsar", json!({}), producer, consumer, script.clone());
            let (simulation, facts) = run(&scenario, 70);
            let mut before = std::collections::BTreeMap::new();
            let mut again = 0;
            for fact in &facts {
                if let What::Delivered { message, store, attempt, .. } = fact.what {
                    let times = before.entry((store, message)).or_insert(0);
                    *times += 1;
                    again += u64::from(1 < *times);
                    let what = format!("{kind}, {batching}: {message:?} at {}", fact.at);
                    assert_eq!(1 < attempt, 1 < *times, "{what}: the {attempt}. delivery");
                    // What was acknowledged in between and comes again is counted from there on.
                    assert!(attempt <= *times, "{what}: {attempt} of {times} deliveries");
                }
            }
            assert!(20 < again, "{kind}, {batching}: {again}");
            assert_eq!(simulation.ledger().redelivered, again, "{kind}, {batching}");
        }
    }
}

#[test]
fn a_group_that_never_committed_lags_by_all_since_it_began() {
    for (interval, reset, at_most) in [
        (100, "earliest", 5),
        // It has read and done all that there is, and would begin with the first of it again.
        (3_600_000, "earliest", 90),
        // What was there before is none of its business.
        (3_600_000, "latest", 55),
    ] {
        let consumer = json!({"rate": 100, "auto.commit.interval.ms": interval, "auto.offset.reset": reset});
        let topic = json!({"kind": "topic", "name": "t"});
        let mut tree =
            read_log(topic, json!({"rate": 3}), consumer, json!([{"at": "10s", "do": {"start": "c"}}]));
        tree["consumers"][0]["running"] = json!(false);
        let (simulation, _) = run(&scenario(&tree), 30);
        let lag = trend::lag(&simulation.scene(0)).expect("there is a log");
        assert!((at_most - 5..=at_most).contains(&lag), "{interval}, {reset}: {lag}");
        assert!(simulation.ledger().waiting < 3, "{interval}, {reset}: {:?}", simulation.ledger());
    }
}

#[test]
fn what_no_queue_wants_is_returned_where_it_is_mandatory() {
    for (mandatory, confirms, kind) in
        [("yes", "yes", "refused"), ("yes", "no", "refused"), ("no", "yes", "routed")]
    {
        let tree = json!({
            "version": 1, "name": "habit", "title": "", "watch": "", "why": "",
            "broker": {"name": "rabbit", "system": "rabbitmq",
                       "parts": [{"kind": "exchange", "name": "x", "set": {"type": "direct"}}, {"kind": "queue", "name": "q"}],
                       "links": [{"from": "x", "to": "q", "set": {"routing_key": "k"}}]},
            "producers": [{"name": "p", "to": "x",
                           "set": {"rate": 2, "routing_key": "other", "mandatory": mandatory, "confirms": confirms}}],
            "consumers": [{"name": "c", "from": "q"}],
        });
        let (simulation, facts) = run(&scenario(&tree), 10);
        let (ledger, business) = (simulation.ledger(), simulation.business());
        let gone = if mandatory == "yes" { ledger.refused } else { ledger.unroutable };
        assert!(15 < ledger.sent, "{ledger:?}");
        assert_eq!((gone, business.lost(ledger)), (ledger.sent, ledger.sent), "{mandatory}, {confirms}");
        assert_eq!(times(&facts, kind).len() as u64, ledger.sent, "{mandatory}, {confirms}");
        let others = ["refused", "routed"].map(|kind| times(&facts, kind).len() as u64).iter().sum::<u64>();
        assert_eq!(others, ledger.sent, "{mandatory}, {confirms}: one or the other");
    }
}

#[test]
fn what_a_log_removes_is_lost_if_nobody_has_done_it_or_will() {
    let script = json!([{"at": "60s", "do": {"stop": "p"}}]);
    let topic = json!({"kind": "topic", "name": "t", "set": {"retention.ms": 10_000, "segment.ms": 3000}});
    let slow = json!({"rate": 1, "auto.offset.reset": "earliest", "max.poll.records": 8});
    let (simulation, _) = run(&scenario(&read_log(topic, json!({"rate": 4}), slow, script)), 150);
    let (ledger, business) = (simulation.ledger(), simulation.business());
    let lost = business.lost(ledger);
    assert_eq!(business.applied() + lost, ledger.sent, "{ledger:?}");
    assert!(50 < lost && lost < ledger.expired, "{lost} of {} expired", ledger.expired);

    // Of each key the latest record stays, and that is what such a log is for.
    let compacts =
        json!({"cleanup.policy": "compact", "segment.bytes": 10000, "min.cleanable.dirty.ratio": 0.1});
    let topic = json!({"kind": "topic", "name": "t", "set": compacts});
    let reader = json!({"rate": 20, "auto.offset.reset": "earliest"});
    let script = json!([{"at": "40s", "do": {"start": "c"}}]);
    let mut tree = read_log(topic, json!({"rate": 4, "keys": 8}), reader, script);
    tree["consumers"][0]["running"] = json!(false);
    let (simulation, _) = run(&scenario(&tree), 60);
    let (ledger, business) = (simulation.ledger(), simulation.business());
    assert!(100 < ledger.removed && business.applied() < ledger.sent, "{ledger:?}");
    assert_eq!(business.lost(ledger), 0);
}
