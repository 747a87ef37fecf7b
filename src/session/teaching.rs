//! What of a session is shown in a lesson: few settings, and no cause until it is asked for.

use std::sync::Arc;

use super::Session;
use crate::frame::{self, Frame, Story};
use crate::lesson::{Lesson, RIDDLE};
use crate::narration::Facets;
use crate::shape::Shape;

/// The lesson, and what the panels are laid out for in it.
#[derive(Debug, Default)]
pub(super) struct Teaching {
    lesson: Arc<Lesson>,
    few: Option<Arc<Shape>>,
}

impl Teaching {
    pub(super) fn few(&self) -> Option<&Arc<Shape>> {
        self.few.as_ref()
    }

    pub(super) fn lesson(&self) -> Arc<Lesson> {
        self.lesson.clone()
    }

    /// The sentence while the cause is kept back.
    pub(super) fn riddle(&self) -> Option<(String, String)> {
        let (bold, rest) = RIDDLE;
        self.lesson.hides_cause.then(|| (bold.into(), rest.into()))
    }

    /// Takes away what tells the cause, if that is kept back.
    pub(super) fn veil(&self, frame: Frame) -> Frame {
        match self.riddle() {
            Some(sentence) => Frame { sentence, story: Arc::new(Story::default()), scenario: None, ..frame },
            None => frame,
        }
    }
}

impl Session {
    /// What of it is shown, and what is kept back.
    pub fn lesson(&self) -> &Lesson {
        &self.teaching.lesson
    }

    /// What a screen reader is told of when it changes.
    pub fn facets(&self) -> Facets {
        let (simulation, ledger) = (self.timeline.simulation(), self.ledger());
        let values = frame::values(&self.shape, simulation);
        let situation = frame::flow(&self.shape, simulation, &values).situation();
        let dead = ledger.dead + ledger.dead_letters;
        Facets::of(situation, &self.scene(0), dead, self.lesson().hides_cause)
    }

    /// Every setting there is, whatever the lesson shows.
    pub fn whole_shape(&self) -> &Arc<Shape> {
        &self.shape
    }

    /// Shows what this lesson asks for. Settings that are not there are passed over, and said.
    pub(super) fn teach(&mut self, mut lesson: Lesson) {
        if let Some(only) = &mut lesson.only {
            let missing = only.iter().find(|address| self.shape.place(address).is_none()).cloned();
            only.retain(|address| self.shape.place(address).is_some());
            if let Some(address) = missing {
                let name = address.chars().take(60).collect::<String>();
                self.notice = Some(format!(
                    "The link's setting \"{name}\" is none of this session, so it is not shown; a setting is called \
                     like producer.rate."
                ));
            }
        }
        let few = lesson.only.as_ref().map(|only| Arc::new(self.shape.with_only(only)));
        self.teaching = Teaching { lesson: Arc::new(lesson), few };
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Action, Go};
    use super::*;

    const RIDDLES: [&str; 3] = ["consumer-outage", "rabbitmq-poison", "sqs-visibility"];

    fn open(scenario: &str) -> Session {
        Session::open(&format!(
            "#/play?engine=full&scenario={scenario}&at=20&paused&lesson=1;hide;only:producer.rate"
        ))
    }

    #[test]
    fn a_cause_is_kept_back_until_it_is_asked_for() {
        for scenario in RIDDLES {
            let mut session = open(scenario);
            session.tick(Duration::ZERO, || true);
            let frame = session.frame();
            assert_eq!((frame.sentence.0.as_str(), frame.scenario), (RIDDLE.0, None));
            assert_eq!(session.sentence(), frame.sentence);
            assert_eq!(*frame.story, Story::default());
            session.dispatch(Action::Teach(Lesson { hides_cause: false, ..session.lesson().clone() }));
            let frame = session.frame();
            assert!(!frame.story.title.is_empty() && frame.scenario.is_some(), "{scenario}");
            assert_ne!(frame.sentence.0, RIDDLE.0);
            assert_eq!(frame.shape.producer.main.len(), 1, "the settings are as few as before");
        }
    }

    #[test]
    fn few_settings_change_nothing_but_what_is_shown() {
        for scenario in RIDDLES {
            let mut few = open(scenario);
            let mut all = Session::open(&format!("#/play?engine=full&scenario={scenario}&at=20&paused"));
            few.tick(Duration::ZERO, || true);
            all.tick(Duration::ZERO, || true);
            few.dispatch(Action::Teach(Lesson { hides_cause: false, ..few.lesson().clone() }));
            let (few, all) = (few.frame(), all.frame());
            assert_eq!((few.sentence, few.values, few.ledger), (all.sentence, all.values, all.ledger));
            assert!(few.shape.queue.main.is_empty() && !all.shape.queue.main.is_empty());
        }
    }

    #[test]
    fn a_lesson_stays_with_its_session() {
        let mut session = open("balanced");
        let lesson = session.lesson().clone();
        session.dispatch(Action::Seed(9));
        assert_eq!(*session.lesson(), lesson, "the same from its start");
        session.dispatch(Action::Scenario(1));
        assert_eq!(*session.lesson(), Lesson::default(), "another one is no part of it");
        session.dispatch(Action::Go(Go::Undo));
        assert_eq!(*session.lesson(), lesson);
    }
}
