//! No rule of the specification goes without a case, and no case stands in another system's folder.

use queuescope_engine::broker::fidelity::Fidelity;
use queuescope_engine::broker::manual;

use crate::harness::case::Case;
use crate::harness::{own_folder, read_folder};

/// A system, and the numbers of the rules that the specification gives it.
struct Rules {
    folder: &'static str,
    /// What the ids of its cases begin with.
    prefix: char,
    numbers: &'static [u16],
    /// Tables of the specification whose rows have ids of their own, as D1: their letters, and how many rows.
    rows: &'static [(char, u16)],
}

const RULES: &[Rules] = &[
    Rules { folder: "plain-queue", prefix: 'Q', numbers: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], rows: &[] },
    Rules {
        folder: "rabbitmq",
        prefix: 'R',
        numbers: &[
            1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 13, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30,
            31, 32, 33, 34,
        ],
        rows: &[],
    },
    Rules {
        folder: "sqs",
        prefix: 'S',
        numbers: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 17, 18, 19, 20, 21, 22, 23, 25, 26],
        rows: &[],
    },
    Rules {
        folder: "pulsar",
        prefix: 'U',
        numbers: &[1, 2, 3, 4, 6, 7, 9, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23],
        rows: &[],
    },
    Rules {
        folder: "redis",
        prefix: 'D',
        numbers: &[1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21],
        rows: &[],
    },
    Rules {
        folder: "pubsub",
        prefix: 'P',
        numbers: &[1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 21],
        rows: &[('D', 5), ('L', 5)],
    },
    Rules {
        folder: "kafka",
        prefix: 'K',
        numbers: &[1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 18, 19, 22, 23],
        rows: &[],
    },
];

/// Cases of our own, for what the specification has none for, are numbered from here.
const OWN: u16 = 101;

#[test]
fn every_rule_has_a_case_in_the_folder_of_its_system() {
    for rules in RULES {
        let all = cases_of(rules);
        for (letter, count) in rules.rows {
            for id in (1..=*count).map(|row| format!("{letter}{row}")) {
                assert!(
                    all.iter().any(|case| without_letter(&case.id) == id),
                    "{}: no case {id}",
                    rules.folder
                );
            }
        }
        let cases: Vec<&Case> = all.iter().filter(|case| !is_row(rules, case)).collect();
        let numbers: Vec<u16> = cases.iter().map(|case| number_of(rules, case)).collect();
        for number in rules.numbers {
            let id = format!("{}{number:02}", rules.prefix);
            assert!(numbers.contains(number), "{}: there is no case {id}", rules.folder);
        }
        for (case, number) in cases.iter().zip(&numbers) {
            let known = OWN <= *number || rules.numbers.contains(number);
            assert!(known, "{}: the specification has no rule {}", rules.folder, case.id);
        }
    }
}

#[test]
fn every_folder_of_cases_has_its_rules_here() {
    for folder in std::fs::read_dir(own_folder()).expect("the folder of cases") {
        let path = folder.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let known = RULES.iter().any(|rules| rules.folder == name);
        assert!(known || name == "harness" || !path.is_dir(), "{name} is not in the table of this test");
    }
}

/// What is said to be modelled is proved by cases that run; what is said not to be, has a reason.
#[test]
fn every_feature_that_is_modelled_has_its_cases() {
    let mut features = 0;
    for rules in RULES {
        let (cases, folder) = (cases_of(rules), rules.folder);
        let manual = manual(folder).unwrap_or_else(|| panic!("there is no system {folder}"));
        features += manual.features.len();
        for feature in manual.features {
            let what = feature.what;
            match feature.state {
                Fidelity::NotModelled(why) => {
                    assert!(!why.is_empty(), "{folder}: {what}: no reason is given");
                }
                Fidelity::Modelled(ids) => {
                    assert!(!ids.is_empty(), "{folder}: {what}: no case is named");
                    for id in ids {
                        let proves = |case: &Case| without_letter(&case.id) == *id && case.listed().is_none();
                        assert!(cases.iter().any(proves), "{folder}: {what}: no case {id} is run");
                    }
                }
            }
        }
    }
    assert!(30 < features, "only {features} features are told of");
}

/// `R03a` is a case of R03.
fn without_letter(id: &str) -> &str {
    id.trim_end_matches(|letter: char| letter.is_ascii_lowercase())
}

/// No id stands twice among the cases of a system, in whichever files.
fn cases_of(rules: &Rules) -> Vec<Case> {
    let (cases, errors) = read_folder(&own_folder().join(rules.folder));
    assert!(errors.is_empty(), "{errors:?}");
    let mut ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    ids.sort_unstable();
    for pair in ids.windows(2) {
        assert_ne!(pair[0], pair[1], "{}: two cases are called so", rules.folder);
    }
    cases
}

/// Whether a case is about a row of one of the tables.
fn is_row(rules: &Rules, case: &Case) -> bool {
    let id = without_letter(&case.id);
    rules.rows.iter().any(|(letter, count)| {
        let row = id.strip_prefix(*letter).and_then(|digits| digits.parse().ok());
        row.is_some_and(|row: u16| (1..=*count).contains(&row))
    })
}

/// Which rule a case is about.
fn number_of(rules: &Rules, case: &Case) -> u16 {
    let digits = without_letter(&case.id).strip_prefix(rules.prefix);
    let number = digits.filter(|digits| 2 <= digits.len()).and_then(|digits| digits.parse().ok());
    number.unwrap_or_else(|| {
        panic!("{}: {:?} is no id of a case there: {}01", rules.folder, case.id, rules.prefix)
    })
}
