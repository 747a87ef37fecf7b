use super::*;

/// A verdict has to stand for these.
const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];

fn comparison() -> Comparison {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/learn/comparison.json");
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    Comparison::read(&text).unwrap_or_else(|problem| panic!("{file}: {problem}"))
}

/// What a failing test calls an experiment.
fn title(comparison: &Comparison, finding: &Finding) -> String {
    let (row, question) = (&comparison.rows[finding.row], &comparison.questions[finding.question]);
    [&row.name, &question.name, &finding.way].map(String::as_str).join(" ")
}

#[test]
fn table() {
    let own = comparison();
    for finding in &own.findings {
        let rule = &own.questions[finding.question].rule;
        println!("== {}  {}", title(&own, finding), finding.note);
        if let Outcome::Without(why) = &finding.outcome {
            println!("   without: {why}");
            continue;
        }
        let start = std::time::Instant::now();
        for seed in SEEDS {
            match finding.run(rule, Some(seed)) {
                Outcome::Found(v) => println!("   {}: {}   {:?}", v.kind, v.says, v.readings),
                other => println!("   {other:?}"),
            }
        }
        println!("   {:?} expect {:?}", start.elapsed() / 5, finding.expect);
    }
}
