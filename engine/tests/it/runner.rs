//! The command-line runner, from the outside: what it prints, how it ends, what it says of bad input.

use std::path::PathBuf;
use std::process::{Command, Output};

use queuescope_engine::{Scenario, Simulation, Time};

use crate::scenarios::{files, read};

fn queuescope(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_queuescope")).args(arguments).output().expect("the runner starts")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it ends by itself")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// A file of this test's own.
fn file(name: &str, text: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the file can be written");
    path.to_str().expect("a path that is text").to_owned()
}

fn scenario(claim: &str) -> String {
    format!(
        r#"{{"version":1,"name":"runner","title":"Runner","watch":"w","why":"y",
        "broker":{{"name":"queue","system":"plain-queue","set":{{"capacity":10}}}},
        "producers":[{{"name":"producer","set":{{"rate":2}}}}],
        "consumers":[{{"name":"consumer","set":{{"rate":1}}}}],
        "claims":[{claim}]}}"#
    )
}

const TRUE: &str = r#"{"at":"60s","that":"queue.size","is":"=","to":10}"#;
const FALSE: &str = r#"{"at":"60s","that":"queue.size","is":"=","to":11}"#;

#[test]
fn run_gives_the_history_that_the_engine_has() {
    let path = &files()[0];
    let output =
        queuescope(&["run", path.to_str().expect("text"), "--until", "60s", "--seed", "7", "--json"]);
    assert_eq!((code(&output), errors(&output).as_str()), (0, ""));
    let report: serde_json::Value = serde_json::from_str(&out(&output)).expect("one JSON value");

    let mut simulation: Simulation = Simulation::new(&read(path), 7);
    simulation.run_until(Time::from_secs(60), u64::MAX, &mut ());
    let digest = format!("{:016x}", simulation.journal().digest());
    assert_eq!(report["journal"]["digest"], digest);
    assert_eq!(report["journal"]["facts"], simulation.journal().count());
    assert_eq!(report["seed"], 7);
    assert_eq!(report["until"], 60.0);
    assert_eq!(report["ledger"]["sent"], simulation.ledger().sent);
    assert_eq!(report["ledger"]["balanced"], true);
    assert_eq!(report["metrics"]["consumed"]["total"], simulation.ledger().done);
}

#[test]
fn run_ends_at_the_time_it_is_given() {
    let path = file("until.json", &scenario(TRUE));
    let output = queuescope(&["run", &path, "--until", "1.5s", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&out(&output)).expect("one JSON value");
    assert_eq!((&report["until"], &report["ledger"]["sent"]), (&1.5.into(), &3.into()));
}

#[test]
fn check_ends_with_0_where_all_claims_hold_and_with_1_where_one_fails() {
    let good = file("good.json", &scenario(TRUE));
    let output = queuescope(&["check", &good]);
    assert_eq!(code(&output), 0, "{}", errors(&output));
    assert!(out(&output).contains("holds  at 60.000s: queue.size = 10"), "{}", out(&output));

    let bad = file("bad.json", &scenario(&format!("{TRUE},{FALSE}")));
    let output = queuescope(&["check", &bad, "--seed", "3"]);
    assert_eq!(code(&output), 1, "{}", errors(&output));
    let said = out(&output);
    assert!(said.contains("FAILS  at 60.000s: queue.size = 11 (measured 10 at 60.000s)"), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn bad_input_is_named_with_its_path_and_what_is_permitted() {
    let wrong = [
        (
            r#""capacity":10"#,
            r#""capacity":0"#,
            "broker.set.capacity: 0 is not permitted; it must be a whole number from 1 to 100000",
        ),
        (
            r#""rate":2"#,
            r#""rate":1e9"#,
            "producers[0].set.rate: 1000000000 is not permitted; it must be a number from 0.1 to 10000",
        ),
        ("plain-queue", "fancy", "broker.system"),
        (
            r#""queue.size""#,
            r#""queue.sighs""#,
            "claims[0].that: \"queue.sighs\" is not permitted; it must be one of",
        ),
        (r#""version":1"#, r#""version":2"#, "version: 2 is not permitted"),
        (r#""watch":"w""#, r#""wathc":"w""#, "wathc"),
    ];
    for (number, (right, broken, message)) in wrong.into_iter().enumerate() {
        let path = file(&format!("wrong-{number}.json"), &scenario(TRUE).replace(right, broken));
        for command in ["run", "check"] {
            let output = queuescope(&[command, &path]);
            assert_eq!((code(&output), out(&output).as_str()), (2, ""), "{command} with {broken}");
            let said = errors(&output);
            assert!(said.starts_with(&path) && said.contains(message), "{command} with {broken} says {said}");
        }
    }
}

#[test]
fn a_wrong_command_line_says_what_is_right() {
    let path = file("line.json", &scenario(TRUE));
    let wrong: &[(&[&str], &str)] = &[
        (&[], "no command"),
        (&["walk", &path], "\"walk\" is no command; there are run, check"),
        (&["run"], "run needs the file of a scenario"),
        (&["run", "nowhere.json"], "nowhere.json: cannot be read"),
        (&["run", &path, "--until", "60"], "write a number and ms, s, min or h"),
        (&["run", &path, "--seed", "-1"], "a whole number from 0"),
        (&["run", &path, "--speed", "9"], "--speed"),
        (&["check", &path, "--until", "9s"], "--until"),
    ];
    for (arguments, message) in wrong {
        let output = queuescope(arguments);
        assert_eq!((code(&output), out(&output).as_str()), (2, ""), "{arguments:?}");
        assert!(errors(&output).contains(message), "{arguments:?} says {}", errors(&output));
    }
}

#[test]
fn a_scenario_can_come_from_standard_input() {
    use std::io::Write;
    use std::process::Stdio;
    let mut child = Command::new(env!("CARGO_BIN_EXE_queuescope"))
        .args(["digest", "-", "--until", "10s", "--seed", "5"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the runner starts");
    let text = scenario(TRUE);
    child.stdin.take().expect("its input").write_all(text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let mut simulation: Simulation = Simulation::new(&Scenario::from_json(&text).expect("valid"), 5);
    simulation.run_until(Time::from_secs(10), u64::MAX, &mut ());
    let journal = simulation.journal();
    assert_eq!(out(&output), format!("{:016x} {}\n", journal.digest(), journal.count()));
}
