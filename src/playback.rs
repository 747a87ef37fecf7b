//! How virtual time follows the wall clock: play, pause, speed, and what happens when the
//! engine cannot keep up.

use std::time::Duration;

use queuescope_engine::decimal::Decimal;
use queuescope_engine::time::Time;

/// Seconds of virtual time that pass in one second of the visitor's.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Speed {
    /// So many.
    Times(f64),
    /// As many as the machine manages.
    Max,
}

/// The speeds that are offered.
pub const SPEEDS: &[Speed] = &[
    Speed::Times(0.01),
    Speed::Times(0.1),
    Speed::Times(0.25),
    Speed::Times(0.5),
    Speed::Times(1.0),
    Speed::Times(2.0),
    Speed::Times(5.0),
    Speed::Times(10.0),
    Speed::Times(60.0),
    Speed::Times(100.0),
    Speed::Times(1000.0),
    Speed::Max,
];

impl Speed {
    /// As the menu shows it.
    pub fn label(self) -> String {
        match self {
            Speed::Times(times) => format!("{}\u{d7}", Decimal(times)),
            Speed::Max => "As fast as it can".into(),
        }
    }

    /// Its place in [`SPEEDS`].
    pub fn index(self) -> usize {
        SPEEDS.iter().position(|speed| *speed == self).unwrap_or(4)
    }
}

/// The most wall time that one frame makes up for: a tab that was hidden does not catch up.
const LONGEST_FRAME: Duration = Duration::from_millis(100);

/// Below this share of the speed asked for, the page says that it falls behind.
const KEPT: f64 = 0.9;

/// The pace of a run.
#[derive(Clone, PartialEq, Debug)]
pub struct Playback {
    playing: bool,
    speed: Speed,
    /// Virtual seconds a wall second, smoothed over about half a second.
    achieved: Option<f64>,
}

impl Default for Playback {
    fn default() -> Playback {
        Playback { playing: true, speed: Speed::Times(1.0), achieved: None }
    }
}

impl Playback {
    /// Whether time passes.
    pub fn is_playing(&self) -> bool {
        self.playing
    }

    /// The speed asked for.
    pub fn speed(&self) -> Speed {
        self.speed
    }

    /// Lets time pass.
    pub fn play(&mut self) {
        self.playing = true;
        self.achieved = None;
    }

    /// Holds time.
    pub fn pause(&mut self) {
        self.playing = false;
        self.achieved = None;
    }

    /// Asks for a speed.
    pub fn choose(&mut self, speed: Speed) {
        self.speed = speed;
        self.achieved = None;
    }

    /// How far a run that stands at `now` should get in a frame of `wall`; nowhere when paused.
    pub fn target(&self, now: Time, wall: Duration) -> Option<Time> {
        let wall = wall.min(LONGEST_FRAME);
        let target = match self.speed {
            Speed::Times(times) => now + wall.mul_f64(times),
            Speed::Max => Time::MAX,
        };
        self.playing.then_some(target)
    }

    /// Notes how far a frame of `wall` did get. What was missed is not made up for later: the
    /// run goes slower, and [`Playback::shortfall`] says so.
    pub fn ran(&mut self, from: Time, to: Time, wall: Duration) {
        let wall = wall.min(LONGEST_FRAME).as_secs_f64();
        if wall <= 0.0 {
            return;
        }
        let rate = to.since(from).as_secs_f64() / wall;
        let weight = (wall / 0.5).min(1.0);
        self.achieved = Some(self.achieved.map_or(rate, |achieved| achieved + (rate - achieved) * weight));
    }

    /// The speed that is really reached, when it is not the one asked for.
    pub fn shortfall(&self) -> Option<f64> {
        let achieved = self.achieved.filter(|_| self.playing)?;
        match self.speed {
            Speed::Times(times) => (achieved < times * KEPT).then_some(achieved),
            Speed::Max => Some(achieved),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(16);

    fn at(speed: f64) -> Playback {
        let mut playback = Playback::default();
        playback.choose(Speed::Times(speed));
        playback
    }

    #[test]
    fn time_passes_at_the_speed_asked_for() {
        for speed in [0.01, 1.0, 1000.0] {
            let target = at(speed).target(Time::from_secs(5), FRAME).unwrap();
            assert_eq!(target.since(Time::from_secs(5)), FRAME.mul_f64(speed));
        }
    }

    #[test]
    fn a_hidden_tab_does_not_catch_up() {
        let target = at(1.0).target(Time::ZERO, Duration::from_secs(3600)).unwrap();
        assert_eq!(target, Time::ZERO + LONGEST_FRAME);
    }

    #[test]
    fn paused_means_paused() {
        let mut playback = at(1.0);
        playback.pause();
        assert_eq!(playback.target(Time::ZERO, FRAME), None);
        assert_eq!(playback.shortfall(), None);
    }

    #[test]
    fn falling_behind_is_said_with_the_speed_reached() {
        let mut playback = at(1000.0);
        for _ in 0..100 {
            playback.ran(Time::ZERO, Time::ZERO + FRAME.mul_f64(400.0), FRAME);
        }
        assert!((playback.shortfall().unwrap() - 400.0).abs() < 1.0);
        for _ in 0..1000 {
            playback.ran(Time::ZERO, Time::ZERO + FRAME.mul_f64(1000.0), FRAME);
        }
        assert_eq!(playback.shortfall(), None);
    }

    #[test]
    fn as_fast_as_it_can_always_says_how_fast_that_is() {
        let mut playback = Playback::default();
        playback.choose(Speed::Max);
        assert_eq!(playback.target(Time::ZERO, FRAME), Some(Time::MAX));
        playback.ran(Time::ZERO, Time::from_secs(16), FRAME);
        assert!((playback.shortfall().unwrap() - 1000.0).abs() < 1.0);
    }
}
