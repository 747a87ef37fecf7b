//! Another experiment in the place of this one: made of it by a change that cannot be made while it runs.

use queuescope_engine::knob::{Domain, Unit, Value};
use queuescope_engine::scenario::Edit;
use queuescope_engine::{Command, Scenario, Timeline};

use super::Session;
use crate::shape::Setting;

impl Session {
    /// The scenario that it runs.
    pub fn scenario(&self) -> &Scenario {
        self.timeline.scenario()
    }

    /// The experiment from its start, with the settings as the visitor has turned them by now.
    pub fn anew(&self) -> Scenario {
        let done = self.timeline.log()[..self.timeline.applied()].iter().map(|stamped| &stamped.act);
        let waiting: Vec<Command> = self
            .pending
            .iter()
            .map(|(knob, to)| Command::Set { knob: knob.clone(), to: to.clone() })
            .collect();
        self.timeline.scenario().taking_up(done.chain(&waiting))
    }

    /// The setting that bounds the only store, and what it is set to, if there is one that can be turned.
    pub fn capacity(&self) -> Option<(&str, f64)> {
        let scene = self.scene(0);
        let [store] = scene.stores.as_slice() else { return None };
        let capacity = f64::from(store.capacity?);
        let simulation = self.timeline.simulation();
        let bounds = |setting: &&Setting| {
            let counts = matches!(setting.knob.domain, Domain::Whole { unit: Unit::Messages, .. });
            counts && setting.knob.live && simulation.get(&setting.address) == Some(Value::Number(capacity))
        };
        let setting = self.shape().settings.iter().find(bounds)?;
        Some((&setting.address, capacity))
    }

    /// A measure of the run as it is now, as people read it.
    pub fn reading(&self, measure: &str) -> String {
        crate::learn::figure::reading(measure, self.timeline.simulation())
    }

    /// The same experiment with a change, from the start. What the visitor has set stays set; what is not valid
    /// changes nothing, and this session can be gone back to.
    pub(super) fn edit(&mut self, edit: &Edit) {
        self.sample();
        match self.anew().edited(edit) {
            Ok(scenario) => self.begin_anew(scenario),
            Err(problems) => self.notice = Some(format!("Nothing was changed: {problems}.")),
        }
    }

    /// Another scenario in the place of this one, with the same seed.
    pub(super) fn begin_anew(&mut self, scenario: Scenario) {
        let mut session = Session::with(Timeline::new(scenario, self.timeline.seed()), None);
        session.playback.choose(self.playback.speed());
        if !self.playback.is_playing() {
            session.playback.pause();
        }
        session.teach(self.lesson().clone());
        self.replace(session);
    }

    /// All settings that can change go back to what they began with, in one change.
    pub(super) fn reset_settings(&mut self) {
        self.sample();
        let shape = self.shape.clone();
        let simulation = self.timeline.simulation();
        let other = shape.settings.iter().zip(&shape.starts).filter(|(setting, start)| {
            setting.knob.live && simulation.get(&setting.address).as_ref() != Some(start)
        });
        let commands: Vec<Command> = other
            .map(|(setting, start)| Command::Set { knob: setting.address.clone(), to: start.clone() })
            .collect();
        if !commands.is_empty() {
            self.begins_change(None);
            commands.into_iter().for_each(|command| self.act(command));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Action, Go};
    use super::*;
    use crate::{catalog, settings};
    use queuescope_engine::broker;
    use queuescope_engine::knob::Value;

    fn run(session: &mut Session, frames: u32) {
        (0..frames).for_each(|_| session.tick(Duration::from_millis(20), || true));
    }

    fn set(session: &mut Session, knob: &str, to: Value) {
        session.dispatch(Action::Set { knob: knob.into(), to });
        run(session, 10);
    }

    #[test]
    fn a_part_more_begins_anew_keeps_what_was_set_and_can_be_undone() {
        let mut session = Session::open("#/play?scenario=rabbitmq-poison");
        run(&mut session, 50);
        set(&mut session, "producer.rate", Value::Number(9.0));
        session.dispatch(Action::Edit(Edit::AddPart("queue".into())));
        let frame = session.frame();
        assert_eq!((frame.now.as_nanos(), frame.number("producer.rate"), frame.scenario), (0, 9.0, None));
        assert_eq!(
            (&*session.scenario().name, &*frame.story.title),
            ("edited-rabbitmq-poison", "Edited: Delivery limit",)
        );
        assert!(frame.notice.is_none() && session.scenario().broker.parts.len() == 4);
        run(&mut session, 50);
        // A link carries it whole.
        let again = Session::shared(session.share());
        assert_eq!(again.scenario(), session.scenario());
        session.dispatch(Action::Go(Go::Undo));
        run(&mut session, 50);
        assert_eq!(session.scenario().broker.parts.len(), 3);
        assert_eq!(session.frame().number("producer.rate"), 9.0);
        session.dispatch(Action::Go(Go::Redo));
        run(&mut session, 50);
        assert_eq!(session.scenario().broker.parts.len(), 4);
    }

    /// Of every system, with one more of all there is: whatever can be taken away leaves an experiment that runs,
    /// and all of it is there again after one undo.
    #[test]
    fn what_is_removed_goes_with_what_needs_it_and_one_undo_brings_all_of_it_back() {
        let mut systems = Vec::new();
        let mut removed = 0;
        for index in 0..catalog::SCENARIOS.len() {
            let mut all = catalog::scenario(index).spelled_out();
            if systems.contains(&all.broker.system) {
                continue;
            }
            systems.push(all.broker.system.clone());
            all.broker.parts.clear();
            all.broker.links.clear();
            all.producers.iter_mut().chain(&mut all.consumers).for_each(|own| own.part = None);
            all.script.clear();
            // As the system is when nothing is said of it, and then with more of everything.
            let usual = all.edited(&Edit::AddProducer(None)).expect("its usual parts");
            let mut more = usual.edited(&Edit::AddConsumer(None)).expect("consumers more");
            let kinds = broker::manual(&all.broker.system).expect("it is a system").kinds;
            for kind in kinds {
                more = more.edited(&Edit::AddPart(kind.name.into())).expect(kind.name);
                let name = more.broker.parts.last().expect("it was added").name.clone();
                if kind.takes {
                    more = more.edited(&Edit::AddProducer(Some(name.clone()))).expect("one who sends there");
                }
                if kind.gives {
                    more = more.edited(&Edit::AddConsumer(Some(name))).expect("those who read there");
                }
            }
            for own in [usual, more] {
                let clients = own.producers.iter().chain(&own.consumers).map(|own| own.name.clone());
                let parts = own.broker.parts.iter().map(|own| own.name.clone());
                for who in parts.chain(clients) {
                    let label = format!("{} without {who}", own.broker.system);
                    let mut session = Session::with(Timeline::new(own.clone(), 3), None);
                    run(&mut session, 100);
                    session.dispatch(Action::Edit(Edit::Remove(who.clone())));
                    if let Err(missing) = own.removal(&who) {
                        let notice = session.frame().notice.expect("it is said");
                        assert!(notice.contains(&format!("there are still {missing}")), "{label}: {notice}");
                        assert_eq!(session.scenario(), &own, "{label}");
                        continue;
                    }
                    removed += 1;
                    assert!(session.frame().notice.is_none(), "{label}");
                    let less = session.scenario().clone();
                    let text = less.to_json();
                    assert_eq!(Scenario::from_json(&text).as_ref(), Ok(&less), "{label}: it is valid");
                    let is_left = |field| text.contains(&format!("\"{field}\":\"{who}\""));
                    assert!(!["name", "from", "to"].into_iter().any(is_left), "{label}: {text}");
                    run(&mut session, 200);
                    let frame = session.frame();
                    assert!(0 < frame.ledger.sent && frame.balanced, "{label}");
                    session.dispatch(Action::Go(Go::Undo));
                    assert_eq!(session.scenario(), &own, "{label}");
                }
            }
        }
        assert!(6 < systems.len() && 40 < removed, "{} systems, {removed} removed", systems.len());
    }

    #[test]
    fn what_cannot_be_is_said_and_changes_nothing() {
        let mut session = Session::open("#/play?scenario=balanced");
        run(&mut session, 50);
        let before = session.frame().now;
        session.dispatch(Action::Edit(Edit::Remove("producer".into())));
        let notice = session.frame().notice.expect("it is said");
        assert!(notice.contains("something without which there are still producers"), "{notice}");
        assert_eq!(session.frame().now, before);
    }

    #[test]
    fn what_is_fixed_at_the_start_begins_the_run_anew() {
        let mut session = Session::open("#/play?scenario=rabbitmq-poison");
        run(&mut session, 50);
        set(&mut session, "work.x-queue-type", Value::Choice("classic".into()));
        assert_eq!(session.scenario().name, "edited-rabbitmq-poison");
        let place = session.shape().place("work.x-queue-type").expect("it is a setting");
        assert_eq!(*session.frame().value(place), Value::Choice("classic".into()));
        let number = Value::Number(3.0);
        session.dispatch(Action::Set { knob: "work.x-queue-type".into(), to: number });
        assert!(session.frame().notice.is_some());
    }

    #[test]
    fn all_settings_go_back_in_one_change() {
        let mut session = Session::open("#/play?scenario=sqs-visibility");
        run(&mut session, 50);
        let (shape, every) =
            (session.shape().clone(), (0..session.shape().settings.len()).collect::<Vec<_>>());
        let rates: Vec<String> = ["producer", "consumer"]
            .iter()
            .map(|who| format!("{who}.rate"))
            .filter(|own| shape.place(own).is_some())
            .collect();
        assert!(!rates.is_empty());
        rates.iter().for_each(|rate| set(&mut session, rate, Value::Number(17.0)));
        assert_eq!(settings::changed(&session.frame(), &every), rates.len());
        session.dispatch(Action::ResetSettings);
        assert_eq!(settings::changed(&session.frame(), &every), 0);
        session.dispatch(Action::Go(Go::Undo));
        run(&mut session, 10);
        assert_eq!(settings::changed(&session.frame(), &every), rates.len());
    }
}
