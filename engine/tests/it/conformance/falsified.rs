//! Every line that a case expects can fail: nothing is expected in vain.

use std::path::Path;

use queuescope_engine::Time;
use queuescope_engine::scenario::parse_span;

use crate::harness::case::{Case, Plan, read_cases};
use crate::harness::{own_folder, run};

/// Leaves out or falsifies each expected line of each case in turn: that case has to fail.
#[test]
fn every_expectation_of_every_case_can_fail() {
    let (mut files, mut falsified) = (0, 0);
    for folder in std::fs::read_dir(own_folder()).expect("the folder of cases") {
        let folder = folder.expect("a folder").path();
        for file in std::fs::read_dir(folder).into_iter().flatten() {
            let path = file.expect("a file").path();
            if path.extension().is_some_and(|extension| extension == "case") {
                files += 1;
                falsified += falsify(&path);
            }
        }
    }
    assert!(3 <= files && 100 < falsified, "only {falsified} lines in {files} files were changed");
}

/// Returns how many lines were changed, each in some way that can be read.
fn falsify(path: &Path) -> usize {
    let text = std::fs::read_to_string(path).expect("readable");
    let mut falsified = 0;
    for (first, text) in cases(&text) {
        let original = read_cases("original", &text).expect("readable").remove(0);
        for Falsified { line, ways } in falsifications(&original, &text) {
            let place = format!("{}:{}: case {}", path.display(), first + line, original.id);
            // Not every change makes sense in every place.
            let changed = ways.iter().filter_map(|(to, text)| Some((to, read_cases("changed", text).ok()?)));
            let mut changed = changed.peekable();
            assert!(changed.peek().is_some(), "{place}: no change can be read");
            falsified += 1;
            for (to, cases) in changed {
                assert!(!run(&cases[0]).is_empty(), "{place}: passes when changed to {to:?}");
            }
        }
    }
    falsified
}

/// Each case of a file by itself, and the number of lines before it.
fn cases(text: &str) -> Vec<(usize, String)> {
    let mut cases: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("case ") {
            cases.push((index, String::new()));
        }
        if let Some((_, case)) = cases.last_mut() {
            case.push_str(line);
            case.push('\n');
        }
    }
    cases
}

struct Falsified {
    /// Counted from 1, in the text of the case.
    line: usize,
    /// What the line becomes, and the text of the case with it.
    ways: Vec<(String, String)>,
}

/// Each line below a `then`, and each way to falsify it.
fn falsifications(case: &Case, text: &str) -> Vec<Falsified> {
    let lines: Vec<&str> = text.lines().collect();
    let mut section = "";
    let mut all = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if !line.starts_with(' ') {
            section = line;
            continue;
        }
        let expects = section.starts_with("then ") && !line.trim().is_empty();
        if !expects || line.trim().starts_with('#') || case.listed().is_some() {
            continue;
        }
        let ways = match case.plan {
            Plan::Theory(..) => continue,
            Plan::Exact(..) if section.starts_with("then trace") => false_facts(line),
            Plan::Exact(..) => false_states(line),
            Plan::Protocol(..) => false_sights(section, line),
        };
        let write = |to: String| {
            let mut changed = lines.clone();
            changed[index] = &to;
            let text = changed.join("\n");
            (to, text)
        };
        all.push(Falsified { line: index + 1, ways: ways.into_iter().map(write).collect() });
    }
    all
}

fn false_facts(line: &str) -> Vec<String> {
    let (time, rest) = line.trim().split_once(char::is_whitespace).expect("a time and a fact");
    let earlier =
        format!("    {}.9s {rest}", time.trim_end_matches('s').split('.').next().unwrap_or_default());
    let twice = format!("{line}\n{line}");
    vec![String::new(), earlier, twice, format!("{line} attempt 77"), format!("{line} (whim)")]
}

fn false_states(line: &str) -> Vec<String> {
    match line.trim().strip_prefix("counters ") {
        Some(counters) => counters.split_whitespace().map(|pair| format!("    counters {pair}7")).collect(),
        None => {
            let (subject, _) = line.split_once(':').expect("a subject and its value");
            vec![format!("{subject}: 77")]
        }
    }
}

/// What clients see of a server, and what it holds. `[4.3]` in front stays.
fn false_sights(section: &str, line: &str) -> Vec<String> {
    let line = line.trim();
    let (versions, rest) = match line.split_once(']') {
        Some((versions, rest)) if line.starts_with('[') => (format!("{versions}]"), rest.trim()),
        _ => (String::new(), line),
    };
    let write = |rest: &str| format!("    {versions} {rest}");
    if section.starts_with("then at ") || section == "then finally" {
        let (subject, _) = rest.split_once(": ").expect("a subject and its value");
        return vec![write(&format!("{subject}: 77"))];
    }
    if rest == "nothing" {
        return vec![write("0s a ghost")];
    }
    let (time, seen) = rest.split_once(char::is_whitespace).expect("a time and what is seen");
    let time = parse_span(time).expect("a time");
    let millisecond = Time::from_nanos(1_000_000);
    let other = if time < millisecond { millisecond } else { time.before(millisecond.since(Time::ZERO)) };
    vec![
        // A client that sees nothing else has to say so.
        String::new(),
        write("nothing"),
        write(&format!("{}s {seen}", other.as_secs_f64())),
        write(&format!("{rest} 77")),
        format!("{}\n{}", write(rest), write(rest)),
    ]
}
