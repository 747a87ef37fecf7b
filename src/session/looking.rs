//! What the visitor looks at, and the life of the message if it is one.

use std::sync::Arc;

use queuescope_engine::Progress;
use queuescope_engine::timeline::Life;

use super::Session;
use crate::export::Journal;
use crate::inspect::{self, Selection};
use crate::life::Names;
use crate::report;
use crate::stage::Target;

/// So many events are gone over again between two looks at the clock.
const STRETCH: u64 = 2048;

/// What is looked at.
#[derive(Debug, Default)]
pub(super) struct Looking {
    target: Option<Target>,
    life: Option<Life>,
}

impl Session {
    /// What is looked at.
    pub fn selected(&self) -> Option<Target> {
        self.looking.target
    }

    pub(super) fn select(&mut self, target: Option<Target>) {
        let life = match target {
            Some(Target::Message(message)) => Some(Life::new(message, &self.timeline)),
            Some(_) | None => None,
        };
        self.looking = Looking { target, life };
        self.follow();
    }

    /// Takes note of what has happened to the message since the last time.
    pub(super) fn follow(&mut self) {
        // What has left memory is searched for where there is time for it.
        if let Some(life) = &mut self.looking.life
            && life.searching().is_none()
        {
            life.follow(&self.timeline, 1);
        }
    }

    /// Goes over the past for the message, as long as there is time.
    pub(super) fn search(&mut self, may_go_on: &mut impl FnMut() -> bool) {
        let Some(life) = &mut self.looking.life else { return };
        // At least a little of it in every frame, however long the run itself has taken.
        while life.follow(&self.timeline, STRETCH) == Progress::OutOfBudget && may_go_on() {}
    }

    pub(super) fn selection(&self) -> Option<Arc<Selection>> {
        let simulation = self.timeline.simulation();
        match (&self.looking.life, self.looking.target?) {
            (Some(life), _) => Some(Selection::message(life, simulation)),
            (None, target) => {
                Selection::part(target, simulation).map(|own| own.in_experiment(self.timeline.scenario()))
            }
        }
        .map(Arc::new)
    }

    /// Everything that is on the stage, in words.
    pub fn listed(&self) -> Vec<(Target, String)> {
        inspect::listed(&self.scene(inspect::LISTED), &Names::of(self.timeline.simulation()))
    }

    /// A report on it for whoever knows better; `link` is that of the session.
    pub fn report(&self, link: &str) -> String {
        report::report(&self.timeline, self.whole_shape(), link)
    }

    /// The journal of the run so far as a table, which is to be written slice by slice.
    pub fn journal(&self) -> Journal {
        Journal::new(&self.timeline)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Action, Go};
    use super::*;
    use crate::playback::Speed;
    use queuescope_engine::Command;
    use queuescope_engine::id::MessageId;

    fn run(session: &mut Session, frames: u32) {
        (0..frames).for_each(|_| session.tick(Duration::from_millis(20), || true));
    }

    #[test]
    fn a_message_is_followed_and_its_lines_lead_to_where_they_happened() {
        for scenario in ["balanced", "rabbitmq-poison", "sqs-visibility"] {
            let mut session = Session::open(&format!("#/play?scenario={scenario}"));
            session.dispatch(Action::Speed(Speed::Times(10.0)));
            session.dispatch(Action::Select(Some(Target::Message(MessageId(2)))));
            let selection = session.frame().selection.expect("it is selected");
            assert_eq!((selection.lines.len(), selection.note.as_str()), (0, "It has not been sent yet."));
            run(&mut session, 200);
            let selection = session.frame().selection.expect("it is selected");
            assert!(2 < selection.lines.len(), "{scenario}: {selection:?}");
            let line = &selection.lines[1];
            session.dispatch(Action::Go(Go::StayAt(line.at)));
            run(&mut session, 2);
            let frame = session.frame();
            assert_eq!((frame.now, frame.playing), (line.at, false));
            let before = frame.selection.expect("it is selected").lines.clone();
            assert!(before.len() < selection.lines.len() && selection.lines.starts_with(&before));
        }
    }

    #[test]
    fn a_message_that_left_long_ago_is_found_again() {
        let mut session = Session::open("#/play?scenario=rabbitmq-poison");
        session.dispatch(Action::Speed(Speed::Times(1000.0)));
        run(&mut session, 200);
        session.dispatch(Action::TogglePlay);
        session.dispatch(Action::Select(Some(Target::Message(MessageId(1)))));
        // One stretch a frame, as in a slow browser.
        let mut frames = 0;
        while session.looking.life.as_ref().is_some_and(|life| life.searching().is_some()) || frames == 0 {
            session.tick(Duration::from_millis(20), || false);
            frames += 1;
        }
        assert!(1 < frames, "it takes more than a frame");
        let selection = session.frame().selection.expect("it is selected");
        assert!(2 < selection.lines.len() && selection.note.is_empty(), "{selection:?}");
    }

    #[test]
    fn what_a_worker_offers_is_done() {
        let mut session = Session::open("#/play?scenario=balanced");
        run(&mut session, 100);
        let (worker, _) = *session
            .listed()
            .iter()
            .find(|(target, _)| matches!(target, Target::Worker(_)))
            .expect("there is a worker");
        session.dispatch(Action::Select(Some(worker)));
        let selection = session.frame().selection.expect("it is there");
        let (_, crash) = selection.acts.iter().find(|(label, _)| label == "Crash").expect("it can crash");
        assert!(matches!(crash, Command::Crash { .. }));
        session.dispatch(Action::Act(crash.clone()));
        assert_eq!(session.frame().selection.expect("it is there").facts[0].1, "crashed");
    }
}
