//! The timeline as a slider: how long it is, where its marks stand, and what they and the branches are called.

use queuescope_engine::broker::server::Down;
use queuescope_engine::knob::Value;
use queuescope_engine::marks::{Kind, Mark};
use queuescope_engine::{Command, Time, shell_sort};

use crate::format;
use crate::frame::Past;
use crate::shape::Shape;

/// The slider has so many steps; an arrow key goes by one, a page key by a tenth of them.
pub const STEPS: u64 = 600;

/// How long a timeline can be, in seconds: so that its steps are round, and it grows seldom.
const LENGTHS: &[u64] = &[
    60,
    120,
    300,
    600,
    1_200,
    1_800,
    3_600,
    7_200,
    14_400,
    28_800,
    43_200,
    86_400,
    172_800,
    432_000,
    864_000,
    2_592_000,
    8_640_000,
    31_536_000,
    86_400_000,
    315_360_000,
    1_051_200_000,
    3_153_600_000,
];

/// What stands at a place of the timeline. In this order they are drawn over each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tick {
    /// A change, by the visitor or by the scenario.
    Act,
    /// There was no room.
    Overflow,
    /// Work failed, or something was made to fail.
    Failure,
    /// A group shared out anew what it reads.
    Rebalance,
    /// The server was restarted, or lost something.
    Restart,
}

/// All of them, each with the class that it is drawn by, and the part of the height that it takes, in tenths.
pub const TICKS: [(Tick, &str, (u8, u8)); 5] = [
    (Tick::Act, "act", (7, 10)),
    (Tick::Overflow, "overflow", (0, 4)),
    (Tick::Failure, "failure", (0, 10)),
    (Tick::Rebalance, "rebalance", (3, 7)),
    (Tick::Restart, "restart", (0, 10)),
];

/// How a command stands on the timeline.
pub fn tick(command: &Command) -> Tick {
    match command {
        Command::Crash { .. } | Command::Hang { .. } | Command::Cut(_) | Command::Outage(_) => Tick::Failure,
        Command::RestartServer(_) => Tick::Restart,
        Command::Set { .. }
        | Command::Start(_)
        | Command::Stop(_)
        | Command::Restart { .. }
        | Command::Resume { .. }
        | Command::Mend(_)
        | Command::Recover(_)
        | Command::Operate { .. }
        | Command::Send { .. } => Tick::Act,
    }
}

/// How a mark stands on it.
pub fn tick_of(kind: Kind) -> Tick {
    match kind {
        Kind::Overflow => Tick::Overflow,
        Kind::Failure | Kind::Crash => Tick::Failure,
        Kind::Rebalance => Tick::Rebalance,
        Kind::Loss => Tick::Restart,
    }
}

/// How long the timeline is: there is always something left to come.
pub fn length(past: &Past, now: Time) -> Time {
    let furthest = past.end.max(now).max(past.destination.unwrap_or(Time::ZERO)).as_secs_f64();
    let fits = LENGTHS.iter().find(|length| furthest <= **length as f64 * 0.95);
    Time::from_secs(*fits.unwrap_or(&LENGTHS[LENGTHS.len() - 1]))
}

/// The step of the slider at a time.
pub fn step(time: Time, length: Time) -> u64 {
    let step = (length.as_nanos() / STEPS).max(1);
    (time.as_nanos() + step / 2) / step
}

/// The time at a step of the slider.
pub fn time(step: u64, length: Time) -> Time {
    Time::from_nanos(length.as_nanos() / STEPS * step.min(STEPS))
}

/// The marks of one kind as a path in a field of 1,000 by 10.
pub fn path(past: &Past, now: Time, tick: Tick) -> String {
    let length = length(past, now).as_nanos().max(1);
    let (from, to) = TICKS[tick as usize].2;
    let acts = past.acts.iter().filter(|(_, own)| *own == tick).map(|(at, _)| *at);
    let facts = past.marks.list().iter().filter(|mark| tick_of(mark.kind) == tick).map(|mark| mark.first);
    let mut places: Vec<u64> = acts.chain(facts).map(|at| place(at, length)).collect();
    shell_sort::sort(&mut places);
    places.dedup();
    let stroke = |x: &u64| format!("M{x} {from}V{to}");
    places.iter().map(stroke).collect()
}

/// In thousandths, rounded down to a half of a hundredth so that the path changes as seldom as what is seen.
fn place(at: Time, length: u64) -> u64 {
    (u128::from(at.as_nanos()) * 1000 / u128::from(length)).min(1000) as u64
}

/// A line of the list of what happened.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// When.
    pub at: Time,
    /// The class of its sign.
    pub class: &'static str,
    /// What.
    pub text: String,
}

/// All that stands on the timeline, newest first.
pub fn lines(acts: &mut dyn Iterator<Item = (Time, &Command)>, marks: &[Mark], shape: &Shape) -> Vec<Line> {
    let class = |tick: Tick| TICKS[tick as usize].1;
    let act = |(at, command): (Time, &Command)| Line {
        at,
        class: class(tick(command)),
        text: words(command, shape),
    };
    let mark = |mark: &Mark| Line { at: mark.first, class: class(tick_of(mark.kind)), text: spell(mark) };
    let mut lines: Vec<Line> = acts.map(act).collect();
    lines.extend(marks.iter().map(mark));
    let mut lines = shell_sort::in_order(lines.into_iter().map(|line| (line.at, line)));
    // The latest value of a drag stands for all of it.
    lines.dedup_by(|next, line| {
        let is_drag = next.class == "act" && line.class == "act" && stem(&next.text) == stem(&line.text);
        let is_drag = is_drag && next.at.since(line.at).as_millis() < 1000;
        if is_drag {
            line.text.clone_from(&next.text);
        }
        is_drag
    });
    lines.reverse();
    lines
}

/// The setting that a line is about; the whole line, if it is about none.
fn stem(text: &str) -> &str {
    text.split_once(": ").map_or(text, |(stem, _)| stem)
}

fn spell(mark: &Mark) -> String {
    let what = match mark.kind {
        Kind::Overflow => "No room",
        Kind::Failure => "Work failed",
        Kind::Crash => "Workers crashed",
        Kind::Rebalance => "Shared out anew",
        Kind::Loss => "Messages lost",
    };
    match mark.count {
        1 => what.into(),
        count => format!("{what}, {count} times until {}", format::clock(mark.last)),
    }
}

/// What a command does, in a few words.
pub fn words(command: &Command, shape: &Shape) -> String {
    let worker = |who: &str, worker: &Option<u16>| match worker {
        Some(worker) => format!("{who}, worker {worker}"),
        None => who.to_owned(),
    };
    match command {
        Command::Set { knob, to } => {
            let label = shape.place(knob).map_or(&**knob, |place| shape.settings[place].knob.label);
            let who = knob.split('.').next().unwrap_or_default();
            let value = match to {
                Value::Number(number) => format::number(*number),
                Value::Choice(name) => name.to_string(),
            };
            format!("{label} of {who}: {value}")
        }
        Command::Start(who) => format!("{who} started"),
        Command::Stop(who) => format!("{who} stopped"),
        Command::Crash { consumer, worker: one } => format!("{} crashes", worker(consumer, one)),
        Command::Restart { consumer, worker: one } => format!("{} comes back", worker(consumer, one)),
        Command::Hang { consumer, worker: one } => format!("{} hangs", worker(consumer, one)),
        Command::Resume { consumer, worker: one } => format!("{} goes on", worker(consumer, one)),
        Command::Cut(who) => format!("{who} is cut off"),
        Command::Mend(who) => format!("{who} is connected again"),
        Command::Outage(who) => format!("what {who} calls is down"),
        Command::Recover(who) => format!("what {who} calls is up again"),
        Command::RestartServer(Down::Stopped) => "Server restarted".into(),
        Command::RestartServer(Down::Killed) => "Server killed and restarted".into(),
        Command::Operate { act, part, argument } => {
            let part = part.as_ref().map(|part| format!(" {part}")).unwrap_or_default();
            let argument = argument.map(|number| format!(" {}", format::number(number))).unwrap_or_default();
            format!("{act}{part}{argument}")
        }
        Command::Send { producer, count } => format!("{producer} sends {count} at once"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(end: u64) -> Past {
        Past { end: Time::from_secs(end), ..Past::default() }
    }

    #[test]
    fn a_timeline_has_room_ahead_and_round_steps() {
        for (end, length_is) in [(0, 60), (56, 60), (58, 120), (600, 1200), (100_000_000, 315_360_000)] {
            let length = length(&past(end), Time::ZERO);
            assert_eq!(length, Time::from_secs(length_is), "{end}");
            assert!(end < length_is);
        }
        for length in LENGTHS {
            assert_eq!(length * 1_000_000_000 % STEPS, 0, "{length}");
            for at in [0, 1, 77, STEPS] {
                let length = Time::from_secs(*length);
                assert_eq!(step(time(at, length), length), at);
            }
        }
    }

    #[test]
    fn marks_of_one_place_are_one_stroke() {
        let at = |secs| (Time::from_secs(secs), Tick::Act);
        let past = Past { acts: vec![at(30), at(0), at(30)], ..past(50) };
        assert_eq!(path(&past, Time::ZERO, Tick::Act), "M0 7V10M500 7V10");
        assert_eq!(path(&past, Time::ZERO, Tick::Failure), "");
    }
}
