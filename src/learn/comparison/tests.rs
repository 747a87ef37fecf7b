use queuescope_engine::Scenario;

use super::*;

/// A verdict has to stand for these.
const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];

fn comparison() -> Comparison {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/learn/comparison.json");
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    Comparison::read(&text).unwrap_or_else(|problem| panic!("{file}: {problem}"))
}

/// What a failing test calls an experiment.
fn title(own: &Comparison, finding: &Finding) -> String {
    let (row, question) = (&own.rows[finding.row].name, &own.questions[finding.question].name);
    format!("{row}, {question}, {}", finding.way)
}

fn found(outcome: Outcome, title: &str) -> Verdict {
    match outcome {
        Outcome::Found(verdict) => verdict,
        other @ (Outcome::Open | Outcome::Without(_) | Outcome::Wrong(_)) => panic!("{title}: {other:?}"),
    }
}

#[test]
fn every_verdict_is_the_expected_one_for_five_seeds() {
    let own = comparison();
    for finding in own.findings.iter().filter(|own| own.outcome == Outcome::Open) {
        let title = title(&own, finding);
        let rule = &own.questions[finding.question].rule;
        let expect = finding.expect.as_ref().unwrap_or_else(|| panic!("{title}: expects nothing"));
        for seed in SEEDS {
            let verdict = found(finding.run(rule, Some(seed)), &title);
            assert_eq!(&verdict.kind, expect, "{title}, seed {seed}: {verdict:?}");
            assert!(
                verdict.says.contains(|c: char| c.is_ascii_digit()),
                "{title} tells no number: {}",
                verdict.says
            );
        }
    }
}

#[test]
fn step_by_step_every_cell_comes_to_say_what_the_scenario_that_is_opened_shows() {
    let mut own = comparison();
    let mut steps = 1;
    while own.step() {
        steps += 1;
    }
    assert_eq!(own.progress(), (steps, own.findings.len()));
    assert_eq!(steps, own.findings.len());
    for (row, question) in
        (0..own.rows.len()).flat_map(|row| (0..own.questions.len()).map(move |own| (row, own)))
    {
        assert_ne!(own.cell(row, question).count(), 0, "{row} {question}");
    }
    let mut names = Vec::new();
    for finding in &own.findings {
        let title = title(&own, finding);
        assert!(!finding.says().is_empty(), "{title}");
        let Some(opened) = finding.scenario() else {
            assert!(matches!(finding.outcome, Outcome::Without(_)), "{title}: {:?}", finding.outcome);
            continue;
        };
        let opened =
            Scenario::from_json(&opened.to_json()).unwrap_or_else(|problems| panic!("{title}: {problems}"));
        let rule = &own.questions[finding.question].rule;
        let again = rule.judge(&opened, opened.seed, finding.until());
        assert_eq!(again, Ok(found(finding.outcome.clone(), &title)), "{title}");
        names.push(opened.name);
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "two scenarios have one name");
}

/// A table of one row and one question, of a system of which the shipped one has no row.
const SMALL: &str = r#"{"questions": [{"name": "room", "title": "Room", "asks": "Is there room?", "watch": "See.", "until": "20s",
    "producers": [{"name": "producer", "set": {"rate": 1, "arrivals": "steady"}}],
    "consumers": [{"name": "consumer", "running": false}],
    "script": [{"at": "9500ms", "do": {"stop": "producer"}}],
    "ways": {"small": {"title": "Small"}, "large": {"title": "Large", "script": [{"at": "1s", "do": {"set": {"knob": "producer.rate", "to": 2}}}]}},
    "reads": {"full": {"first": "refused", "from": "2s"}, "most": {"highest": "queue.size"},
        "late": {"of": "produced - refused", "from": "5s", "at": "8s"}, "share": {"of": "refused", "per": "produced"}},
    "verdicts": [{"kind": "full", "if": ["share > 0", "full < 20"], "says": "full after {full:span} with {most:message:messages}"},
        {"kind": "room", "says": "{most:message:messages}, {late} since 5 s, {share} refused, in one {store}"}]}],
    "rows": [{"name": "plain", "setup": "as it is", "broker": {"name": "queue", "system": "plain-queue", "set": {"capacity": 100}},
        "consumer": {"workers": 2},
        "answers": {"room": {"why": "It is so large.", "small": {"set": {"queue.capacity": 4}, "why": "It is small."}, "large": {"note": "100"}}}}]}"#;

#[test]
fn another_system_is_another_row() {
    let mut own = Comparison::read(SMALL).unwrap();
    while own.step() {}
    let says: Vec<&str> = own.cell(0, 0).map(Finding::says).collect();
    assert_eq!(says, ["full after 3 s with 4 messages", "18 messages, 7 since 5 s, 0 refused, in one queue"]);
    let texts: Vec<(String, String)> =
        own.findings.iter().filter_map(Finding::scenario).map(|own| (own.name, own.why)).collect();
    let pair = |name: &str, why: &str| (name.to_owned(), why.to_owned());
    assert_eq!(
        texts,
        [
            pair("compare-room-plain-small", "It is small."),
            pair("compare-room-plain-large", "It is so large.")
        ]
    );
    let workers = own.findings[0].scenario().unwrap().consumers[0].set.clone();
    assert_eq!(workers, [("workers".to_owned(), Value::Number(2.0))]);
}

#[test]
fn what_is_wrong_with_the_data_is_said() {
    for (from, to, told) in [
        ("\"plain-queue\"", "\"none\"", "rows[0].broker.system"),
        ("\"room\": {\"why\"", "\"rooms\": {\"why\"", "rooms"),
        ("\"small\": {\"set\"", "\"tiny\": {\"set\"", "tiny"),
        ("share > 0", "shares > 0", "shares > 0"),
        ("full < 20", "full < soon", "full < soon"),
        ("produced - refused", "produced minus refused", "produced minus refused"),
        ("\"highest\"", "\"largest\"", "largest"),
        ("\"at\": \"8s\"", "\"at\": \"8\"", "number and one of the units"),
        ("\"until\": \"20s\",", "", "until"),
    ] {
        assert!(SMALL.contains(from), "{from}");
        let problem = Comparison::read(&SMALL.replace(from, to)).unwrap_err().to_string();
        assert!(problem.contains(told), "{from}: {problem}");
    }
    for (from, to, told) in [
        ("produced - refused", "produced - returned", "\"returned\" is no measure"),
        ("{full:span}", "{fill:span}", "{fill:span} is nothing that is read"),
        ("{full:span}", "{full:span:of:it}", "{full:span:of:it} is nothing that is read"),
        ("one {store}", "one {store", "left open"),
        ("queue.capacity", "queue.depth", "broker.set.depth"),
        ("{\"kind\": \"room\",", "{\"kind\": \"room\", \"if\": [\"most > 500\"],", "no verdict fits"),
    ] {
        assert!(SMALL.contains(from), "{from}");
        let mut own = Comparison::read(&SMALL.replace(from, to)).unwrap();
        while own.step() {}
        let wrong = own.findings.iter().find(|own| matches!(own.outcome, Outcome::Wrong(_)));
        assert!(wrong.is_some_and(|own| own.says().contains(told)), "{from}: {:?}", own.findings);
        assert!(wrong.is_some_and(|own| own.scenario().is_none()));
    }
}
