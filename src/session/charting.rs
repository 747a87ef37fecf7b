//! What the charts show of a session: how its branch went, what stood out last, and figures run as an experiment.

use std::sync::Arc;

use queuescope_engine::timeline::{ENGINE, Recording};

use super::Session;
use crate::catalog;
use crate::charts::change::{self, Event};
use crate::charts::graph::Course;
use crate::frame;
use crate::lesson::Lesson;
use crate::oncall::{Figures, Trial};
use crate::playback::{SPEEDS, Speed};
use crate::share::Shared;
use crate::timebar;

impl Session {
    pub(super) fn course(&self) -> Course {
        let simulation = self.timeline.simulation();
        let (until, series, trend) = match self.timeline.ahead() {
            Some((until, series, trend)) => (until, series.clone(), trend),
            None => {
                let now = simulation.now();
                (now, simulation.metrics().series(now), self.timeline.trend())
            }
        };
        Course {
            buckets: Arc::new(series.buckets()),
            width: series.width(),
            points: trend.points().clone(),
            step: trend.step(),
            until,
        }
    }

    /// What stood out last before the present, if that was not long ago, and is not to be found out by the visitor.
    pub(super) fn event(&self) -> Option<Event> {
        if self.lesson().hides_cause {
            return None;
        }
        let now = self.timeline.simulation().now();
        let recent = change::since(now)..=now;
        let mut acts = self.acts().filter(|(at, _)| recent.contains(at));
        let marks = self.marks().iter().filter(|mark| recent.contains(&mark.first)).copied();
        let line = timebar::lines(&mut acts, &marks.collect::<Vec<_>>(), &self.shape).into_iter().next()?;
        Some(Event { at: line.at, text: line.text })
    }

    /// The present in figures: what waits, and the rates as they are set.
    pub fn figures(&self) -> Figures {
        let simulation = self.timeline.simulation();
        let setting = |who: &String, knob: &str| {
            let value = simulation.get(&format!("{who}.{knob}"));
            value.as_ref().map_or(0.0, frame::number)
        };
        let running = |who: &&String| simulation.is_running(who);
        let arriving = self.shape.producers.iter().filter(running).map(|who| setting(who, "rate")).sum();
        let pools = self.shape.consumers.iter();
        let (workers, all) = pools.fold((0.0, 0.0), |(workers, all), who| {
            let own = setting(who, "workers");
            (workers + own, all + own * setting(who, "rate"))
        });
        let values = frame::values(&self.shape, simulation);
        let capacity = frame::flow(&self.shape, simulation, &values).capacity;
        let depth = simulation.ledger().waiting as f64;
        Figures {
            arriving,
            each: all / workers.max(1.0),
            workers: workers as u32,
            depth,
            capacity: capacity.map(|capacity| (capacity as f64).max(depth)),
            within: Some(600.0),
        }
    }

    /// An experiment made of figures: in the plain queue, or in the present system.
    ///
    /// # Errors
    /// Why they cannot be run.
    pub fn trial(&self, figures: &Figures, in_present: bool) -> Result<Shared, String> {
        let Trial { scenario, .. } = if in_present {
            figures.in_place_of(self.timeline.scenario())?
        } else {
            figures.in_a_queue(&catalog::scenario(0))?
        };
        let wanted = figures.pace();
        let fits = |speed: &&Speed| matches!(speed, Speed::Times(times) if 1.0 <= *times && wanted <= *times);
        let speed = SPEEDS.iter().find(fits).copied().unwrap_or(Speed::Times(1000.0));
        let recording = Recording {
            engine: ENGINE.into(),
            seed: scenario.seed,
            scenario,
            commands: Vec::new(),
            until: 0,
        };
        Ok(Shared { recording, speed, playing: true, lesson: Lesson::default(), garbage: None })
    }
}
