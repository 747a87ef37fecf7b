use queuescope_engine::knob::Value;

use super::*;
use crate::frame::Frame;
use crate::session::Action;

fn run(session: &mut Session, frames: u32) -> Frame {
    (0..frames).for_each(|_| session.tick(Duration::from_millis(20), || true));
    session.frame()
}

fn set(session: &mut Session, knob: &str, to: f64) {
    session.dispatch(Action::Set { knob: knob.into(), to: Value::Number(to) });
}

fn go(session: &mut Session, go: Go) -> Frame {
    session.dispatch(Action::Go(go));
    session.tick(Duration::ZERO, || true);
    session.frame()
}

fn digest(session: &Session) -> u64 {
    session.timeline.simulation().digest()
}

fn paused() -> Session {
    let mut session = Session::open("");
    session.dispatch(Action::TogglePlay);
    session
}

fn to(secs: u64) -> Go {
    Go::To(Time::from_secs(secs))
}

#[test]
fn one_drag_is_undone_at_once_and_comes_back() {
    let mut session = Session::open("");
    run(&mut session, 100);
    for value in 0..20 {
        set(&mut session, "producer.rate", 3.0 + f64::from(value));
        run(&mut session, 5);
    }
    run(&mut session, 100);
    let (before, now) = (digest(&session), session.frame().now);
    session.dispatch(Action::TogglePlay);
    let frame = go(&mut session, Go::Undo);
    assert_eq!((frame.number("producer.rate"), frame.now), (2.0, now));
    assert!(!frame.past.can_undo && frame.past.can_redo);
    let frame = go(&mut session, Go::Redo);
    assert_eq!((frame.number("producer.rate"), digest(&session)), (22.0, before));
    assert!(frame.past.can_undo && !frame.past.can_redo);
}

#[test]
fn what_was_undone_is_a_branch_once_something_else_is_done() {
    let mut session = paused();
    go(&mut session, to(5));
    set(&mut session, "producer.rate", 9.0);
    go(&mut session, to(10));
    go(&mut session, Go::Undo);
    set(&mut session, "consumer.rate", 1.0);
    assert_eq!(run(&mut session, 10).past.branches, 1);
    let frame = go(&mut session, Go::Branch(0));
    assert_eq!((frame.number("producer.rate"), frame.number("consumer.rate")), (9.0, 1.5));
    assert!(frame.past.can_undo);
    assert_eq!(session.branches()[0].1, Time::from_secs(5));
}

#[test]
fn acting_in_the_past_makes_a_branch() {
    let mut session = paused();
    go(&mut session, to(5));
    set(&mut session, "producer.rate", 9.0);
    go(&mut session, to(60));
    let ahead = digest(&session);
    go(&mut session, to(2));
    set(&mut session, "producer.rate", 4.0);
    go(&mut session, to(60));
    assert_ne!(digest(&session), ahead);
    let frame = go(&mut session, Go::Branch(0));
    assert_eq!((digest(&session), frame.now), (ahead, Time::from_secs(60)));
}

#[test]
fn a_reset_and_another_scenario_are_undone_too() {
    let mut session = paused();
    set(&mut session, "producer.rate", 9.0);
    go(&mut session, to(7));
    let before = digest(&session);
    session.dispatch(Action::Reset);
    session.dispatch(Action::Scenario(1));
    go(&mut session, Go::Undo);
    let frame = go(&mut session, Go::Undo);
    assert_eq!((digest(&session), frame.now, frame.scenario), (before, Time::from_secs(7), Some(0)));
    assert_eq!(go(&mut session, Go::Undo).number("producer.rate"), 2.0);
    go(&mut session, Go::Redo);
    go(&mut session, Go::Redo);
    assert_eq!(go(&mut session, Go::Redo).scenario, Some(1));
}

#[test]
fn a_step_back_and_one_on_is_the_same_place() {
    let mut session = Session::open("");
    run(&mut session, 300);
    session.dispatch(Action::Step);
    let here = digest(&session);
    let events = session.timeline.simulation().events();
    let frame = go(&mut session, Go::Back);
    assert!(!frame.playing);
    assert_eq!(session.timeline.simulation().events(), events - 1);
    session.dispatch(Action::Step);
    assert_eq!(digest(&session), here);
}

#[test]
fn a_long_way_shows_its_progress_and_can_be_left() {
    let mut session = paused();
    session.dispatch(Action::Go(Go::To(Time::from_secs(100_000_000))));
    for _ in 0..20 {
        session.tick(Duration::from_millis(20), || false);
    }
    let frame = session.frame();
    assert!(frame.past.progress.is_some_and(|progress| 0.0 < progress && progress < 1.0));
    session.dispatch(Action::Go(Go::Leave));
    let now = session.frame().now;
    let frame = run(&mut session, 10);
    assert_eq!((frame.now, frame.past.destination, frame.past.progress), (now, None, None));
    assert!(Time::ZERO < now);
}

#[test]
fn while_the_hand_is_on_the_timeline_time_stands_still() {
    let mut session = Session::open("");
    go(&mut session, Go::Held(true));
    assert_eq!(run(&mut session, 50).now, Time::ZERO);
    assert_eq!(go(&mut session, to(3)).now, Time::from_secs(3));
    go(&mut session, Go::Held(false));
    assert_eq!(run(&mut session, 50).now, Time::from_secs(4));
}

#[test]
fn a_session_that_another_link_was_opened_over_comes_back() {
    let mut first = paused();
    set(&mut first, "producer.rate", 9.0);
    go(&mut first, to(3));
    let mut next = Session::open("#/play?engine=full&scenario=balanced");
    next.comes_after(first.share());
    let frame = go(&mut next, Go::Undo);
    assert_eq!((frame.number("producer.rate"), frame.now), (9.0, Time::from_secs(3)));
}
