//! Cases at the wire: how they are read, played and compared, with a subject that says what it is told to.

use std::time::Duration;

use queuescope_engine::Time;

use crate::harness::case::{Plan, read_cases};
use crate::harness::compare::Difference;
use crate::harness::protocol::{Observation, Protocol, Subject};

/// A system whose clients observe what they say, some time later.
struct Echo {
    now: Time,
    delay: Duration,
    heard: Vec<(Time, String, String)>,
    seen: Vec<Observation>,
    said: u32,
}

impl Subject for Echo {
    fn run_to(&mut self, to: Time) {
        let due = |heard: &(Time, String, String)| heard.0 <= to;
        let due = self.heard.extract_if(.., |heard| due(heard));
        self.seen.extend(due.map(|(at, client, text)| Observation { at, client, text }));
        self.now = to;
    }

    fn act(&mut self, client: &str, words: &[&str]) -> Result<(), String> {
        let ["say", rest @ ..] = words else { return Err("it can only say".into()) };
        self.said += 1;
        self.heard.push((self.now + self.delay, client.to_owned(), rest.join(" ")));
        Ok(())
    }

    fn observed(&mut self) -> Vec<Observation> {
        std::mem::take(&mut self.seen)
    }

    fn state(&mut self, subject: &str) -> Result<Option<String>, String> {
        match subject {
            "said" => Ok(Some(self.said.to_string())),
            "thought" => Ok(None),
            _ => Err("one of said, thought".into()),
        }
    }

    fn audit(&mut self) -> Result<(), String> {
        if self.said < 9 { Ok(()) } else { Err("too much was said".into()) }
    }
}

const GOOD: &str = "\
case T1 What is said is heard
    source    here
    evidence  it is so
given
    server    echo  delay=100
    versions  1 2
when
    1s  a say one
    1s  repeat 2 every 0s  b say two
    [2] 2s  repeat 2 every 500ms  a say \"four  five\"
    4s  end
then a
    1.1s  one
    [2] 2.1s  \"four  five\"
    [2] 2.6s  \"four  five\"
then b
    1.1s  two
    1.1s  two
then at 1s
    said: 3
    thought: much
then finally
    [1] said: 3
    [2] said: 5
";

fn read(text: &str) -> Result<Protocol, String> {
    let case = read_cases("t.case", text).map_err(|error| error.to_string())?.remove(0);
    match case.plan {
        Plan::Protocol(protocol) => Ok(protocol),
        Plan::Exact(..) | Plan::Theory(..) => Err("another kind of case".into()),
    }
}

fn play(text: &str, version: &str, late: Duration, tolerance: Option<Duration>) -> Vec<Difference> {
    let mut start = |case: &Protocol, _: &str| {
        let delay = case.settings.iter().find(|(name, _)| name == "delay").ok_or("no delay is set")?;
        let delay = Duration::from_millis(delay.1.parse().map_err(|_| "no number")?) + late;
        let (heard, seen) = (Vec::new(), Vec::new());
        Ok(Box::new(Echo { now: Time::ZERO, delay, heard, seen, said: 0 }) as Box<dyn Subject>)
    };
    read(text).expect("readable").run(version, &mut start, tolerance)
}

fn shown(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_case_passes_in_each_of_its_versions() {
    for version in ["1", "2"] {
        let differences = play(GOOD, version, Duration::ZERO, None);
        assert!(differences.is_empty(), "{}", shown(&differences));
    }
    // What is asked of version 2 does not hold for version 1.
    assert_eq!(play(&GOOD.replace("[2] 2.1s", "2.1s"), "1", Duration::ZERO, None).len(), 1);
}

#[test]
fn with_a_tolerance_a_sight_may_come_late_but_not_later() {
    let late = |millis| play(GOOD, "1", Duration::from_millis(millis), Some(Duration::from_millis(200)));
    assert!(late(0).is_empty() && late(150).is_empty());
    assert_eq!(late(250).len(), 2);
    assert_eq!(play(GOOD, "1", Duration::from_millis(1), None).len(), 2);
    // Earlier by no more than a tenth.
    let early = |expected| {
        let text = GOOD.replace("1.1s  one", expected);
        play(&text, "1", Duration::ZERO, Some(Duration::from_millis(200)))
    };
    assert!(early("1.115s one").is_empty());
    assert_eq!(early("1.13s one").len(), 1);
}

#[test]
fn what_may_come_in_any_order_must_still_come() {
    let marked = "1.1s ~ two\n    1.1s ~ three\n    1.1s ~ four";
    let text = GOOD
        .replace("1s  repeat 2 every 0s  b say two", "1s  b say four\n    1s  b say two\n    1s  b say three")
        .replace("1.1s  two\n    1.1s  two", marked)
        .replace("said: 3", "said: 4")
        .replace("said: 5", "said: 6");
    for version in ["1", "2"] {
        let differences = play(&text.replace("[1] said: 3", "[1] said: 4"), version, Duration::ZERO, None);
        assert!(differences.is_empty(), "{}", shown(&differences));
    }
    for wrong in
        ["1.1s two\n    1.1s ~ three\n    1.1s ~ four", &marked.replace("four", "two"), "1.1s ~ four"]
    {
        let differences = play(&text.replace(marked, wrong), "1", Duration::ZERO, None);
        assert!(differences.iter().any(|difference| difference.what == "b [1]"), "{wrong}");
    }
}

#[test]
fn a_difference_shows_client_version_and_both_sides() {
    let columns = "  b [1]
      expected         observed
        1.100s  two  |   1.100s  two
    !   1.100s  four |
    !                |   1.100s  two
";
    let differences = play(&GOOD.replace("1.1s  two\nthen", "1.1s  four\nthen"), "1", Duration::ZERO, None);
    assert_eq!(shown(&differences), columns);
    let unknown = shown(&play(&GOOD.replace("thought", "felt"), "1", Duration::ZERO, None));
    assert!(unknown.contains("felt: not known: one of said, thought"), "{unknown}");
}

#[test]
fn what_cannot_be_done_is_told_with_file_line_and_case() {
    let told = |from: &str, to: &str| shown(&play(&GOOD.replace(from, to), "1", Duration::ZERO, None));
    let error = told("a say one", "a sing one");
    assert!(error.contains("t.case:8: case T1: it can only say"), "{error}");
    let error = told("delay=100", "");
    assert!(error.contains("t.case:5: case T1: no delay is set"), "{error}");
    let error = told("1s  a say one", "1s repeat 9 every 0s a say one");
    assert!(error.contains("ledger at 1.000s") && error.contains("too much was said"), "{error}");
}

#[test]
fn an_error_names_file_line_and_case_and_what_is_permitted() {
    let wrong = [
        ("echo  delay=100", "", "t.case:5: case T1: write: server SYSTEM"),
        ("delay=100", "delay", "t.case:5: case T1: \"delay\" is not of the form NAME=VALUE"),
        ("versions  1 2", "versions", "t.case:6: case T1: write: server SYSTEM"),
        ("versions  1 2", "server  echo", "t.case:6: case T1: there is a line \"server\" above already"),
        ("versions  1 2", "model-only", "t.case:6: case T1: write: server SYSTEM"),
        ("when\n", "then when\n", "t.case:4: case T1: the section \"when\" is missing"),
        ("1s  a say one", "3s  a say one", "t.case:9: case T1: 1.000s is before 3.000s"),
        ("1s  a say one", "1s  a", "t.case:8: case T1: write: TIME"),
        ("1s  a say one", "1s  a say \"one", "t.case:8: case T1: a quote is not closed"),
        ("[2] 2s", "[3] 2s", "t.case:10: case T1: \"3\" is not among the versions of this case: 1 2"),
        ("[2] 2s", "[] 2s", "t.case:10: case T1: no version stands in the brackets"),
        ("[2] 2s", "[2 2s", "t.case:10: case T1: versions stand in brackets"),
        ("repeat 2 every 500ms", "repeat 0 every 1s", "t.case:10: case T1: repeat is followed by 1 to"),
        ("repeat 2 every 500ms", "repeat 2", "t.case:10: case T1: write: TIME"),
        ("repeat 2 every 500ms", "repeat 2 every 9s", "t.case:11: case T1: 4.000s is before 11.000s"),
        ("4s  end", "4s  a say end", "t.case:7: case T1: a last line \"TIME end\" is missing"),
        ("4s  end", "[1] 4s  end", "t.case:11: case T1: the end is the same for all versions"),
        ("4s  end", "4s  end\n    5s a say it", "t.case:12: case T1: nothing can follow the end"),
        ("then a\n", "then c\n", "t.case:12: case T1: no client \"c\" does anything"),
        ("then a\n", "then b\n", "t.case:16: case T1: there is a section \"then b\" above already"),
        ("1.1s  one", "1.1s", "t.case:13: case T1: write: TIME [~] WHAT, or nothing"),
        ("1.1s  one", "5s  one", "t.case:13: case T1: the run ends at 4.000s"),
        ("    1.1s  one\n", "", "t.case:12: case T1: in each version a client sees something or"),
        ("1.1s  one", "1.1s one\n    nothing", "t.case:12: case T1: in each version a client sees something"),
        ("then at 1s", "then at 5s", "t.case:19: case T1: the run ends at 4.000s"),
        ("then at 1s", "then at", "t.case:19: case T1: write: then CLIENT, then at TIME"),
        ("said: 3", "said 3", "t.case:20: case T1: write: WHAT: what it holds"),
        ("    [1] said: 3\n    [2] said: 5\n", "", "t.case:22: case T1: nothing is expected"),
    ];
    for (right, broken, message) in wrong {
        let error = read(&GOOD.replacen(right, broken, 1)).err().unwrap_or_default();
        assert!(error.starts_with(message), "{broken:?} gives {error:?}");
    }
}

#[test]
fn what_is_not_modelled_is_listed_with_its_reason() {
    let listed = GOOD.replace("versions  1 2", "versions  1 2\n    not-modelled one leader, no quorum");
    let short =
        "case T1 A rule\n source x\n evidence y\ngiven\n server echo\n not-modelled one leader, no quorum\n";
    for text in [listed.as_str(), short] {
        let case = read_cases("t.case", text).expect("readable").remove(0);
        assert_eq!(case.listed(), Some("one leader, no quorum"));
        // It is not run: nobody knows the system `echo`.
        assert!(crate::harness::run(&case).is_empty());
    }
    let error = read(&short.replace("not-modelled", "model-only")).err().unwrap_or_default();
    assert!(error.starts_with("t.case:4: case T1: the section \"when\" is missing"), "{error}");
    let case = read_cases("t.case", GOOD).expect("readable").remove(0);
    assert_eq!(
        shown(&crate::harness::run(&case)).matches("t.case:5: case T1: there is no server").count(),
        2
    );
}
