//! Before and now: what an event changed, in figures. The seconds before it are held against the latest ones.

use queuescope_engine::time::Time;

use super::graph::Course;
use super::words::rate;
use crate::format;
use crate::picture::figure::Grouped;

/// So many seconds before the event are held against as many up to the present.
pub const SPAN: f64 = 10.0;

/// An event counts as recent for so many seconds, or for a tenth of the run if that is longer.
const RECENT: f64 = 120.0;

/// What happened lately.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// When.
    pub at: Time,
    /// What.
    pub text: String,
}

/// From when on an event is recent.
pub fn since(now: Time) -> Time {
    let now = now.as_secs_f64();
    Time::from_secs_f64((now - RECENT.max(now / 10.0)).max(1.0))
}

/// What happened in a stretch of time, by the buckets that lie in it for their larger part.
struct Stretch {
    seconds: f64,
    produced: f64,
    consumed: f64,
    lost: f64,
    waiting: f64,
    /// Of what was seen last in it.
    p95: Option<f64>,
    oldest: Option<f64>,
    busy: Option<f64>,
    twice: f64,
}

impl Stretch {
    fn of(course: &Course, from: f64, to: f64) -> Stretch {
        let width = course.width as f64 / 1e9;
        let until = course.until.as_secs_f64();
        let mut sum = Stretch {
            seconds: 0.0,
            produced: 0.0,
            consumed: 0.0,
            lost: 0.0,
            waiting: 0.0,
            p95: None,
            oldest: None,
            busy: None,
            twice: 0.0,
        };
        for (place, bucket) in course.buckets.iter().enumerate() {
            let start = place as f64 * width;
            let end = (start + width).min(until);
            let middle = f64::midpoint(start, end);
            let is_only = start <= to && to <= end && to - from < width;
            if (from <= middle && middle < to) || is_only {
                sum.seconds += end - start;
                sum.produced += f64::from(bucket.produced);
                sum.consumed += f64::from(bucket.consumed);
                sum.lost += f64::from(bucket.lost);
                sum.waiting = bucket.depth_last.into();
            }
        }
        let (mut busy, mut staff, mut first) = (0.0, 0.0, None);
        for (at, point) in course.seen().take_while(|(at, _)| *at <= to + 1e-6) {
            let real = |value: f32| Some(f64::from(value)).filter(|value| value.is_finite());
            (sum.p95, sum.oldest) = (real(point.wait[1]), real(point.oldest));
            let twice = f64::from(point.effects[1]);
            if from < at {
                (busy, staff) = (busy + f64::from(point.busy), staff + f64::from(point.staff));
                sum.twice = twice - *first.get_or_insert(twice);
            } else {
                first = Some(twice);
            }
        }
        sum.busy = (0.0 < staff).then(|| (busy / staff).min(1.0));
        sum
    }

    fn per_second(&self, count: f64) -> Option<f64> {
        (0.0 < self.seconds).then(|| count / self.seconds)
    }
}

/// What is compared, its figure before and now, and the change: in words, a line each. None as long as less than a second
/// has passed, or there was less before.
pub fn rows(course: &Course, at: Time, now: Time) -> Vec<[String; 4]> {
    let (at, now) = (at.as_secs_f64(), now.as_secs_f64());
    if now - at < 1.0 || at < 1.0 {
        return Vec::new();
    }
    let before = Stretch::of(course, (at - SPAN).max(0.0), at);
    let after = Stretch::of(course, at.max(now - SPAN), now);
    let seconds =
        |seconds: f64| format::span(std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default());
    let whole = |count: f64| Grouped(count as u64).to_string();
    let row = |what: &str, of: fn(&Stretch) -> Option<f64>, reads: &dyn Fn(f64) -> String| {
        let (before, after) = (of(&before), of(&after));
        let text = |value: Option<f64>| value.map_or("\u{2013}".into(), reads);
        [what.into(), text(before), text(after), change(before, after)]
    };
    vec![
        row("Waiting", |own| Some(own.waiting), &whole),
        row("In per second", |own| own.per_second(own.produced), &rate),
        row("Out per second", |own| own.per_second(own.consumed), &rate),
        row("Lost per second", |own| own.per_second(own.lost), &rate),
        row("Wait p95", |own| own.p95, &seconds),
        row("Oldest", |own| own.oldest, &seconds),
        row("Utilization", |own| own.busy, &format::percent),
        row("Done twice", |own| Some(own.twice), &whole),
    ]
    .into_iter()
    // What is nothing before and after says nothing.
    .filter(|[_, before, after, _]| before != after || !before.starts_with(['0', '\u{2013}']))
    .collect()
}

/// A change as people say it: `+12%`, `×3.2`, `from none`.
fn change(before: Option<f64>, after: Option<f64>) -> String {
    match (before, after) {
        (Some(before), Some(after)) if before == after => "same".into(),
        (Some(before), Some(after)) if 0.0 < before && 0.0 < after => {
            let ratio = after / before;
            match ratio {
                ratio if 100.0 <= ratio => format!("\u{d7}{}", Grouped(ratio.round() as u64)),
                ratio if 2.0 <= ratio => format!("\u{d7}{}", format::fixed(ratio, 1)),
                ratio if (ratio - 1.0).abs() < 0.005 => "same".into(),
                ratio => {
                    let percent = (ratio - 1.0) * 100.0;
                    let sign = if percent < 0.0 { "\u{2212}" } else { "+" };
                    format!("{sign}{}%", format::whole(percent.abs()))
                }
            }
        }
        (_, Some(after)) if 0.0 < after => "from none".into(),
        (Some(before), _) if 0.0 < before => "to none".into(),
        _ => "same".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::session::{Action, Go, Session};

    #[test]
    fn changes_read_well() {
        let of = |before, after| change(Some(before), Some(after));
        assert_eq!(
            [of(10.0, 11.2), of(10.0, 5.0), of(2.0, 6.4), of(0.0, 3.0), of(3.0, 0.0), of(1.0, 1000.0)],
            ["+12%", "\u{2212}50%", "\u{d7}3.2", "from none", "to none", "\u{d7}1,000"]
        );
    }

    #[test]
    fn a_crash_shows_in_what_it_changed() {
        let mut session = Session::open("#/play?scenario=kafka-rebalance");
        session.dispatch(Action::Go(Go::StayAt(Time::from_secs(40))));
        session.tick(Duration::ZERO, || true);
        let frame = session.frame();
        let event = frame.event.as_ref().expect("a worker crashed at 20 s");
        assert!(event.at == Time::from_secs(20) && event.text.contains("crash"), "{event:?}");
        let rows = rows(&frame.course, event.at, frame.now);
        let row = |what: &str| rows.iter().find(|row| row[0] == what).cloned().expect("it is there");
        assert_eq!(&row("In per second")[1..], ["6.0", "6.0", "same"]);
        let out = row("Out per second");
        assert!(out[3].starts_with('\u{2212}'), "two of six partitions are read by nobody: {out:?}");
        assert!(row("Waiting")[1] < row("Waiting")[2], "{rows:?}");
    }

    #[test]
    fn nothing_is_compared_before_there_is_something() {
        let session = Session::open("#/play?scenario=balanced");
        let frame = session.frame();
        assert!(rows(&frame.course, Time::from_secs(5), Time::from_secs(5)).is_empty());
        assert!(rows(&frame.course, Time::ZERO, Time::from_secs(50)).is_empty());
        assert_eq!(frame.event, None);
    }
}
