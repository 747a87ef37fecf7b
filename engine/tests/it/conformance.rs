//! The conformance harness itself: what it reads and what it says. Below it: that every expectation can fail,
//! cases at the wire, and that no rule of the specification goes without a case.

mod falsified;
mod protocol;
mod rules;

use crate::harness::case::read_cases;
use crate::harness::{read_folder, run};

const GOOD: &str = "\
case T1 A rule
    source    here
    evidence  it is so
given
    broker    queue  plain-queue  capacity=3
    producer  p  stopped
    consumer  c  stopped
when
    1s  send p 1
    2s  end
then finally
    contents queue: 1
";

#[test]
fn a_good_case_is_read_and_passes() {
    let cases = read_cases("good.case", GOOD).expect("a good case");
    assert_eq!((cases.len(), cases[0].id.as_str(), cases[0].title.as_str()), (1, "T1", "A rule"));
    assert_eq!((cases[0].source.as_str(), cases[0].evidence.as_str()), ("here", "it is so"));
    assert!(run(&cases[0]).is_empty());
}

#[test]
fn an_error_names_file_line_and_case_and_what_is_permitted() {
    let wrong = [
        ("capacity=3", "capacity=0", "bad.case:5: case T1: broker.set.capacity: 0 is not permitted"),
        ("plain-queue", "fancy-queue", "bad.case:5: case T1: broker.system"),
        ("producer  p", "producer  P", "bad.case:6: case T1: producers[0].name"),
        ("c  stopped", "c  halted", "bad.case:7: case T1: \"halted\" is neither"),
        (
            "send p 1",
            "send q 1",
            "bad.case:9: case T1: producer: \"q\" is not permitted; it must be one of \"p\"",
        ),
        ("send p 1", "send p 0", "bad.case:9: case T1: count: 0 is not permitted"),
        ("send p 1", "throw p 1", "bad.case:9: case T1: \"throw p 1\" is no action"),
        ("1s  send", "3s  send", "bad.case:10: case T1: 2.000s is before 3.000s"),
        ("1s  send", "soon  send", "bad.case:9: case T1: \"soon\" is no span"),
        ("2s  end", "2s  stop p", "bad.case:8: case T1: a last line \"TIME end\" is missing"),
        ("then finally", "then at 3s", "bad.case:11: case T1: the run ends at 2.000s"),
        ("then finally", "then maybe", "bad.case:11: case T1: write: then trace"),
        ("then finally", "therefore", "bad.case:11: case T1: a section is one of"),
        ("contents queue", "contents pool", "bad.case:12: case T1: \"contents pool: 1\" says nothing"),
        ("contents queue: 1", "counters lost=1", "bad.case:12: case T1: \"counters lost=1\" says nothing"),
        ("    source    here\n", "", "bad.case:1: case T1: an indented line \"source ...\" must stand below"),
        ("case T1 A rule", "case T1", "bad.case:1: case T1: write: case ID"),
        ("case T1 A rule\n", "    adrift\ncase T1 A rule\n", "bad.case:1: an indented line"),
        ("case T1 A rule\n", "rule T1 A rule\n", "bad.case:1: \"rule\" stands before the first case"),
    ];
    for (right, broken, message) in wrong {
        let text = GOOD.replace(right, broken);
        let error = read_cases("bad.case", &text).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with(message), "{broken:?} gives {error:?}");
    }
    let twice = format!("{GOOD}{GOOD}");
    let error = read_cases("bad.case", &twice).err().expect("an error").to_string();
    assert!(error.starts_with("bad.case:13: case T1: there is another case of this id"), "{error}");
}

#[test]
fn an_error_in_a_trace_names_what_is_permitted() {
    let trace =
        |line: &str| GOOD.replace("then finally\n    contents queue: 1", &format!("then trace\n    {line}"));
    let wrong = [
        ("1s  p", "bad.case:12: case T1: write: TIME WHO FACT"),
        (
            "1s  p  eaten  1",
            "bad.case:12: case T1: \"eaten\" is no kind of fact: it must be one of published",
        ),
        (
            "1s  x  published  1",
            "bad.case:12: case T1: nobody is called \"x\": it must be one of p, c, queue",
        ),
        ("1s  p  published  one", "bad.case:12: case T1: \"one\" is no number"),
        ("1s  p  started", "bad.case:12: case T1: this trace is not of the kind \"started\""),
    ];
    for (line, message) in wrong {
        let error =
            read_cases("bad.case", &trace(line)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with(message), "{line:?} gives {error:?}");
    }
}

#[test]
fn a_case_of_theory_is_called_what_it_is() {
    let theory = |given: &str, then: &str| {
        format!(
            "case T2 A law\n source x\n evidence y\ngiven\n broker queue plain-queue capacity=10\n \
             producer p rate=9 arrivals=poisson\n consumer c rate=10 {given}\nwhen\n replications 10\n warm-up 1s\n \
             2s end\nthen theory {then}\n loss interval 99% half-width 1%\n"
        )
    };
    let error =
        |text: &str| read_cases("t.case", text).err().map(|error| error.to_string()).unwrap_or_default();
    assert_eq!(error(&theory("service=exponential", "M/M/1/11 rho=0.9")), "");
    assert!(
        error(&theory("service=exponential", "M/M/1/10 rho=0.9"))
            .contains("what is given is M/M/1/11 rho=0.9")
    );
    assert!(
        error(&theory("service=exponential", "M/M/1/11 rho=0.8"))
            .contains("what is given is M/M/1/11 rho=0.9")
    );
    assert!(error(&theory("service=fixed", "M/D/1/11 rho=0.9")).contains("no closed form"));
    // Far too short a run, so the interval is far too wide.
    let cases = read_cases("t.case", &theory("service=exponential", "M/M/1/11 rho=0.9")).expect("a case");
    assert_eq!(run(&cases[0]).len(), 1);
}

#[test]
fn a_failure_shows_both_sides() {
    let text = GOOD.replace("contents queue: 1", "contents queue: 2");
    let cases = read_cases("good.case", &text).expect("a good case");
    let shown: Vec<String> = run(&cases[0]).iter().map(ToString::to_string).collect();
    let columns = "  at 2.000s
      expected            observed
    ! contents queue: 2 |
    !                   | contents queue: 1
";
    assert_eq!(shown, [columns]);
}

#[test]
fn a_folder_without_cases_is_an_error() {
    for folder in ["src", "nowhere"] {
        let (cases, errors) = read_folder(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
        assert_eq!((cases.len(), errors.len()), (0, 1), "{folder}");
    }
}
