use proptest::prelude::*;

use super::*;
use crate::link::{self, Request};
use crate::session::{Action, Session};

fn back(fragment: &str) -> Shared {
    match link::read(fragment) {
        Ok(Request::Shared(shared)) => *shared,
        other => panic!("{fragment} is {other:?}"),
    }
}

/// Any session of a scenario of the catalog, or of one that is nearly such a one.
fn sessions() -> impl Strategy<Value = Shared> {
    let value = prop_oneof![
        (0..1_000_000_u32).prop_map(|number| Value::Number(f64::from(number) / 100.0)),
        "[ -~\u{e9}]{0,12}".prop_map(|text| Value::Choice(text.into())),
    ];
    let act = prop_oneof![
        ("[a-z]{1,9}[.][a-z-]{1,12}", value).prop_map(|(knob, to)| Command::Set { knob, to }),
        "[a-z]{1,9}".prop_map(Command::Start),
        "[ -~]{1,9}".prop_map(Command::Stop),
        ("[a-z]{1,9}", prop::option::of(1..9_u16))
            .prop_map(|(consumer, worker)| Command::Crash { consumer, worker }),
        ("[a-z]{1,9}", 1..1000_u16).prop_map(|(producer, count)| Command::Send { producer, count }),
    ];
    let step = (0..5_000_u64, 0..10_000_000_000_u64, act);
    let scenario = (0..catalog::SCENARIOS.len(), any::<bool>());
    let only = prop::option::of(prop::collection::vec("[ -~\u{e9}]{1,12}", 0..6));
    let lesson = (any::<bool>(), only, any::<bool>()).prop_map(|(hides_cause, only, large)| Lesson {
        hides_cause,
        only,
        large,
    });
    let view = (0..SPEEDS.len(), any::<bool>(), lesson);
    (scenario, any::<u64>(), prop::collection::vec(step, 0..40), 0..u64::MAX / 16, view).prop_map(
        |((index, own), seed, steps, until, (speed, playing, lesson))| {
            let mut scenario = catalog::scenario(index);
            if own {
                scenario.title = format!("{}, but my own", scenario.title);
            }
            let (mut events, mut nanos) = (0, 0);
            let stamp = |(later, after, act)| {
                (events, nanos) = (events + later, nanos + after);
                Stamped { events, nanos, act }
            };
            let commands = steps.into_iter().map(stamp).collect();
            let recording = Recording { engine: ENGINE.into(), scenario, seed, commands, until };
            Shared { recording, speed: SPEEDS[speed], playing, lesson, garbage: None }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_session_comes_back_from_its_link_and_its_file(session in sessions()) {
        let link = write(&session);
        prop_assert!(link.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\`".contains(&byte)), "{}", link);
        prop_assert_eq!(&back(&link), &session);
        let file = from_file(&session.recording.to_json()).unwrap();
        prop_assert_eq!(file.recording, session.recording);
    }

    #[test]
    fn a_link_that_was_changed_is_explained_and_no_panic(session in sessions(), cut in 0..1000_usize, with in "[ -~]{0,6}") {
        let link = write(&session);
        let cut = "#/play?".len() + cut % (link.len() - "#/play?".len());
        if let Err(notice) = link::read(&format!("{}{with}", &link[..cut])) {
            prop_assert!(notice.ends_with('.'), "{}", notice);
        }
    }
}

/// What a visitor does in a few minutes: twelve drags of a second, each of ten values.
fn ordinary() -> Session {
    let mut session = Session::open("#/play?engine=full&scenario=balanced");
    let frame = std::time::Duration::from_micros(16_683);
    for drag in 0..12_u32 {
        for _ in 0..400 {
            session.tick(frame, || true);
        }
        for value in 0..10 {
            let knob = if drag % 3 == 0 { "consumer.rate" } else { "producer.rate" };
            let to = Value::Number(f64::from(1 + drag + value) * 0.5);
            session.dispatch(Action::Set { knob: knob.into(), to });
            (0..6).for_each(|_| session.tick(frame, || true));
        }
    }
    session
}

#[test]
fn an_ordinary_session_fits_into_2000_characters() {
    let session = ordinary();
    let shared = session.share();
    assert!(100 <= shared.recording.commands.len(), "{}", shared.recording.commands.len());
    let link = write(&shared);
    println!("{} commands in {} characters", shared.recording.commands.len(), link.len());
    assert!(link.len() < 2000, "{}", link.len());
    assert_eq!(back(&link), shared);
}

#[test]
fn a_short_session_is_readable() {
    let mut session = Session::open("#/play?engine=full&scenario=balanced&seed=3");
    session.dispatch(Action::Set { knob: "producer.rate".into(), to: Value::Number(5.0) });
    session.dispatch(Action::TogglePlay);
    assert_eq!(
        write(&session.share()),
        format!(
            "#/play?engine=full&version={ENGINE}&paused&scenario=balanced&seed=3&at=0&do=0@0:producer.rate:5"
        )
    );
}

/// Links that were once handed out have to be read for ever.
#[test]
fn old_links_are_still_read() {
    let links = include_str!("../../tests/links/old.txt");
    let read: Vec<_> = links.lines().map(link::read).collect();
    assert!(2 <= read.len());
    for (link, read) in links.lines().zip(read) {
        let read = read.unwrap_or_else(|notice| panic!("{link}: {notice}"));
        let (recording, is_old) = match read {
            Request::Session(recording) => (*recording, true),
            Request::Shared(shared) => (shared.recording, false),
            other @ (Request::Nothing | Request::Scenario(_) | Request::Elsewhere(_)) => {
                panic!("{link} is {other:?}")
            }
        };
        assert_eq!(is_old, link.contains("session="));
        let mut session = Session::open(link);
        session.tick(std::time::Duration::ZERO, || true);
        let frame = session.frame();
        assert_eq!((frame.now.as_nanos(), frame.notice), (recording.until, None), "{link}");
    }
}

#[test]
fn a_link_of_another_version_says_so_and_runs() {
    let link = "#/play?engine=full&version=0.0.9&paused&scenario=balanced&seed=3&at=2.5";
    let mut session = Session::open(link);
    session.tick(std::time::Duration::ZERO, || true);
    let frame = session.frame();
    assert_eq!(frame.now, Time::from_nanos(2_500_000_000));
    assert!(frame.notice.unwrap().contains("version 0.0.9 of the engine"));
}

/// A lesson on top of any session: what of it cannot be read is said, and the session is there all the same.
#[test]
fn garbage_in_a_lesson_costs_nothing_else() {
    let at = "scenario=rabbitmq-poison&seed=3&at=2.5";
    for (lesson, said) in [
        ("", "passed over"),
        ("9;hide", "of form 9"),
        ("1;hide;%F0%9F", "passed over"),
        ("1;only:nobody.rate,consumer.rate", "nobody.rate"),
    ] {
        let mut session = Session::open(&format!("#/play?engine=full&{at}&paused&lesson={lesson}"));
        session.tick(std::time::Duration::ZERO, || true);
        let frame = session.frame();
        assert_eq!(frame.now, Time::from_nanos(2_500_000_000), "{lesson}");
        let notice = frame.notice.unwrap_or_default();
        assert!(notice.contains(said) && notice.ends_with('.'), "{lesson}: {notice}");
    }
}

#[test]
fn the_link_of_a_riddle_does_not_name_its_scenario() {
    let mut session = Session::open("#/play?engine=full&scenario=consumer-outage&paused&lesson=1;hide");
    session.tick(std::time::Duration::ZERO, || true);
    let link = write(&session.share());
    assert!(link.contains("&lesson=1;hide&z=1") && !link.contains("outage"), "{link}");
    assert_eq!(back(&link), session.share());
}

#[test]
fn garbage_is_explained() {
    for (link, why) in [
        ("z=", "no beginning"),
        ("z=x", "no beginning"),
        ("z=1", "missing or was changed"),
        ("z=1%%%", "missing or was changed"),
        ("z=2abc", "of format 2"),
        ("at=soon", "no number of seconds"),
        ("at=99999999999999999999", "no number of seconds"),
        ("at=1&scenario=none", "no scenario \"none\""),
        ("at=1&seed=x", "no whole number"),
        ("at=1&do=stop", "is no act"),
        ("at=1&do=1@1:stop", "is no act"),
    ] {
        let notice = link::read(&format!("#/play?engine=full&{link}")).unwrap_err();
        assert!(notice.contains(why), "{link}: {notice}");
    }
    // A bomb: a megabyte and more of nothing.
    let bomb = BASE64_URL_SAFE_NO_PAD.encode(compress_to_vec(&vec![b' '; 4 * LONGEST], LEVEL));
    assert!(link::read(&format!("#/play?engine=full&z=1{bomb}")).is_err());
}

#[test]
fn a_scenario_from_elsewhere_opens_as_its_link_says() {
    let scenario = catalog::scenario(0);
    let plain = opened("engine=full&scenario=retry-storm", scenario.clone());
    assert_eq!((plain.recording.seed, plain.speed, plain.playing), (scenario.seed, Speed::Times(1.0), true));
    let query = "scenario=retry-storm&seed=4&paused&speed=10&lesson=1;hide";
    let Shared { recording, speed, playing, lesson, garbage } = opened(query, scenario);
    assert_eq!((recording.seed, speed, playing, garbage), (4, Speed::Times(10.0), false, None));
    assert!(lesson.hides_cause);
}
