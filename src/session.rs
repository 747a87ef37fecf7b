//! A session: the timeline, paced against the wall clock, and what the visitor does to it.
//!
//! It is the one place where anything changes. Components send an [`Action`] and read the [`Frame`].

#[cfg_attr(not(feature = "systems"), path = "session/plain.rs")]
mod travel;

use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "systems")]
use queuescope_engine::Scenario;
use queuescope_engine::decimal::Decimal;
use queuescope_engine::knob::{Domain, Knob, Unit, Value};
use queuescope_engine::ledger::Ledger;
use queuescope_engine::simulation::Progress;
use queuescope_engine::time::Time;
use queuescope_engine::timeline::Recording;
use queuescope_engine::view::Scene;
use queuescope_engine::{Command, Timeline};

use crate::catalog;
use crate::format;
use crate::frame::{self, Frame, Story};
use crate::link::{self, Opening, Request};
use crate::playback::{Playback, Speed};
use crate::shape::Shape;

#[cfg(feature = "systems")]
mod charting;
#[cfg(feature = "systems")]
mod editing;
#[cfg(feature = "systems")]
mod looking;
#[cfg(feature = "systems")]
mod teaching;

#[cfg(feature = "systems")]
use crate::stage::Target;

pub use travel::Go;

/// How many events are processed between two looks at the clock: well under a millisecond.
const STRETCH: u64 = 1024;

/// Time is held when there are more messages than this. The heaviest take some 500 bytes, and as much again for the past.
const MESSAGES: u64 = 1_000_000;

/// A slider that is dragged is sampled at most so often.
const SAMPLING: Duration = Duration::from_millis(100);

/// What a visitor can do.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// Change a setting. While a slider moves, only the latest value of each tenth of a second counts.
    Set {
        /// The knob's address.
        knob: String,
        /// Its new value.
        to: Value,
    },
    /// Stop all producers; start them, if none runs.
    ToggleProducer,
    /// Stop all consumers; start them, if none runs.
    ToggleConsumer,
    /// Play or pause.
    TogglePlay,
    /// Pause, and process one event.
    Step,
    /// Choose a speed.
    Speed(Speed),
    /// Back to the start of the scenario, as it was written, running.
    Reset,
    /// The same scenario from the start, with other draws.
    Seed(u64),
    /// What was typed as a seed, but is none.
    NoSeed(String),
    /// Another scenario, from its start.
    Scenario(usize),
    /// The same session in the full program, which has more settings.
    Everything,
    /// Do something to the experiment that is no setting.
    #[cfg(feature = "systems")]
    Act(Command),
    /// The same scenario and seed from the start with another script: what happens when, as in scenario files.
    #[cfg(feature = "systems")]
    Script(String),
    /// The same experiment with a part more or less, from the start.
    #[cfg(feature = "systems")]
    Edit(queuescope_engine::scenario::Edit),
    /// All settings back to what the scenario has them begin with.
    #[cfg(feature = "systems")]
    ResetSettings,
    /// Look at something on the stage, or at nothing.
    #[cfg(feature = "systems")]
    Select(Option<Target>),
    /// Show more or less of it than a lesson asked for.
    #[cfg(feature = "systems")]
    Teach(crate::lesson::Lesson),
    /// To another time, branch or session.
    Go(Go),
}

/// The state behind the page.
#[derive(Debug)]
pub struct Session {
    timeline: Timeline,
    playback: Playback,
    scenario: Option<usize>,
    story: Arc<Story>,
    shape: Arc<Shape>,
    /// Settings that wait for the next sample, by their addresses.
    pending: Vec<(String, Value)>,
    since_sample: Duration,
    /// Where a replayed session is to be taken before it goes on.
    destination: Option<Time>,
    notice: Option<String>,
    /// The fragment of what only the other program has, and the scenario if it is one that was chosen here.
    elsewhere: Option<String>,
    awaited: Option<usize>,
    #[cfg(feature = "systems")]
    looking: looking::Looking,
    #[cfg(feature = "systems")]
    travel: travel::Travel,
    #[cfg(feature = "systems")]
    teaching: teaching::Teaching,
}

impl Session {
    /// The session that a link's fragment asks for; the opening scenario, with a notice, if it cannot be had.
    pub fn open(fragment: &str) -> Session {
        match link::read(fragment) {
            Ok(Request::Nothing) => Session::start(0, None),
            Ok(Request::Scenario(Opening { index, seed, speed })) => {
                let mut session = Session::start(index, seed);
                session.playback.choose(speed.unwrap_or(session.playback.speed()));
                session
            }
            Ok(Request::Session(recording)) => Session::replay(*recording),
            #[cfg(feature = "systems")]
            Ok(Request::Shared(shared)) => Session::shared(*shared),
            Ok(Request::Elsewhere(fragment)) => {
                Session { elsewhere: Some(fragment), ..Session::start(0, None) }
            }
            Err(notice) => Session::excuse(notice),
        }
    }

    /// The fragment under which the other program has what was asked for, if this one does not have it.
    pub fn elsewhere(&self) -> Option<&str> {
        self.elsewhere.as_deref()
    }

    fn start(index: usize, seed: Option<u64>) -> Session {
        let scenario = catalog::scenario(index);
        let seed = seed.unwrap_or(scenario.seed);
        Session::with(Timeline::new(scenario, seed), Some(index.min(catalog::SCENARIOS.len() - 1)))
    }

    fn with(timeline: Timeline, scenario: Option<usize>) -> Session {
        let own = timeline.scenario();
        let story = Story {
            title: own.title.clone(),
            watch: own.watch.clone(),
            why: own.why.clone(),
            #[cfg(feature = "systems")]
            tries: own.tries.clone(),
        };
        let shape = Arc::new(Shape::of(own, timeline.simulation()));
        Session {
            timeline,
            shape,
            playback: Playback::default(),
            scenario,
            story: Arc::new(story),
            pending: Vec::new(),
            since_sample: SAMPLING,
            destination: None,
            notice: None,
            elsewhere: None,
            awaited: None,
            #[cfg(feature = "systems")]
            looking: looking::Looking::default(),
            #[cfg(feature = "systems")]
            travel: travel::Travel::default(),
            #[cfg(feature = "systems")]
            teaching: teaching::Teaching::default(),
        }
    }

    fn replay(recording: Recording) -> Session {
        let until = Time::from_nanos(recording.until);
        let index = catalog::find(&recording.scenario.name);
        let is_of_catalog = |index: &usize| catalog::scenario(*index) == recording.scenario;
        let index = index.filter(is_of_catalog);
        match Timeline::replay(recording) {
            Ok(timeline) => {
                let mut session = Session::with(timeline, index);
                session.playback.pause();
                session.destination = Some(until);
                session.recount();
                session
            }
            Err(problem) => Session::excuse(format!("The link's session cannot be replayed: {problem}.")),
        }
    }

    fn excuse(notice: String) -> Session {
        Session { notice: Some(notice), ..Session::start(0, None) }
    }

    /// A session of a scenario that is in no catalog, with its own seed.
    #[cfg(feature = "systems")]
    pub fn of(scenario: Scenario) -> Session {
        let seed = scenario.seed;
        Session::with(Timeline::new(scenario, seed), None)
    }

    /// Lets a frame of `wall` pass, for as long as `may_go_on` says so.
    pub fn tick(&mut self, wall: Duration, mut may_go_on: impl FnMut() -> bool) {
        self.pass(wall, &mut may_go_on);
        #[cfg(feature = "systems")]
        self.search(&mut may_go_on);
    }

    fn pass(&mut self, wall: Duration, may_go_on: &mut impl FnMut() -> bool) {
        self.since_sample = self.since_sample.saturating_add(wall);
        if SAMPLING <= self.since_sample && !self.pending.is_empty() {
            self.sample();
        }
        if self.travels(wall, may_go_on) {
            return;
        }
        if let Some(destination) = self.destination {
            if self.run_to(destination, may_go_on) == Progress::Reached {
                self.destination = None;
            }
            return;
        }
        let now = self.timeline.simulation().now();
        if let Some(target) = self.playback.target(now, wall) {
            self.run_to(target, may_go_on);
            self.playback.ran(now, self.timeline.simulation().now(), wall);
            self.heed_memory();
        }
    }

    /// Holds time before the messages that nobody takes fill all the memory a browser gives to a page.
    fn heed_memory(&mut self) {
        if crate::SYSTEMS && MESSAGES < self.timeline.messages() {
            self.playback.pause();
            self.notice = Some(format!(
                "Time is held: more than {} messages are in memory, and a browser has no room for many more. Go back, or \
                 begin anew with something that takes them.",
                format::whole(MESSAGES as f64)
            ));
        }
    }

    fn run_to(&mut self, to: Time, may_go_on: &mut impl FnMut() -> bool) -> Progress {
        loop {
            let progress = self.timeline.seek(to, STRETCH);
            #[cfg(feature = "systems")]
            self.follow();
            if progress == Progress::Reached || !may_go_on() {
                return progress;
            }
        }
    }

    /// Does what the visitor asks for.
    pub fn dispatch(&mut self, action: Action) {
        self.notice = None;
        match action {
            Action::Set { knob, to } => self.set(knob, to),
            Action::ToggleProducer => self.toggle(|shape| &shape.producers),
            Action::ToggleConsumer => self.toggle(|shape| &shape.consumers),
            Action::TogglePlay if self.playback.is_playing() => self.playback.pause(),
            Action::TogglePlay => self.playback.play(),
            Action::Step => {
                self.playback.pause();
                self.sample();
                self.timeline.step();
            }
            Action::Speed(speed) => self.playback.choose(speed),
            Action::Reset => self.restart(self.timeline.scenario().seed),
            Action::Seed(seed) => self.restart(seed),
            Action::NoSeed(typed) => {
                let most = u64::MAX;
                self.notice = Some(format!(
                    "Seed: {typed} is not permitted; it must be a whole number from 0 to {most}."
                ));
            }
            Action::Scenario(index) => self.choose(index),
            Action::Everything => self.elsewhere = Some(link::write_full(&self.recording())),
            #[cfg(feature = "systems")]
            Action::Act(command) => {
                self.sample();
                match self.timeline.simulation().check(&command) {
                    Ok(()) => {
                        self.begins_change(None);
                        self.act(command);
                    }
                    Err(problem) => self.notice = Some(format!("{problem}.")),
                }
            }
            #[cfg(feature = "systems")]
            Action::Script(text) => self.rewrite(&text),
            #[cfg(feature = "systems")]
            Action::Edit(edit) => self.edit(&edit),
            #[cfg(feature = "systems")]
            Action::ResetSettings => self.reset_settings(),
            #[cfg(feature = "systems")]
            Action::Select(target) => self.select(target),
            #[cfg(feature = "systems")]
            Action::Teach(lesson) => self.teach(lesson),
            Action::Go(go) => self.go(go),
        }
    }

    /// The script of the scenario as it stands in files, an entry a line.
    #[cfg(feature = "systems")]
    pub fn script(&self) -> String {
        let entries: Vec<String> =
            self.timeline.scenario().script.iter().map(queuescope_engine::scenario::Timed::to_json).collect();
        if entries.is_empty() { "[\n]".into() } else { format!("[\n  {}\n]", entries.join(",\n  ")) }
    }

    /// The same scenario from the start with another script. One that is not valid changes nothing.
    #[cfg(feature = "systems")]
    fn rewrite(&mut self, script: &str) {
        match self.timeline.scenario().with_script(script) {
            Ok(scenario) => self.begin_anew(scenario),
            Err(problems) => self.notice = Some(format!("The script was not taken: {problems}.")),
        }
    }

    fn choose(&mut self, index: usize) {
        let speed = self.playback.speed();
        if let Some(entry) = catalog::away(index) {
            // This program goes on until the other one is there.
            self.elsewhere = Some(link::elsewhere(entry, speed));
            self.awaited = Some(index);
            return;
        }
        let mut session = Session::start(index, None);
        session.playback.choose(speed);
        self.replace(session);
    }

    fn restart(&mut self, seed: u64) {
        let speed = self.playback.speed();
        let timeline = Timeline::new(self.timeline.scenario().clone(), seed);
        let mut session = Session::with(timeline, self.scenario);
        session.playback.choose(speed);
        #[cfg(feature = "systems")]
        session.teach(self.lesson().clone());
        self.replace(session);
    }

    fn toggle(&mut self, side: fn(&Shape) -> &[String]) {
        self.sample();
        self.begins_change(None);
        let shape = self.shape.clone();
        let runs = |who: &&String| self.timeline.simulation().is_running(who);
        let running: Vec<&String> = side(&shape).iter().filter(runs).collect();
        if running.is_empty() {
            side(&shape).iter().for_each(|who| self.act(Command::Start(who.clone())));
        } else {
            running.into_iter().for_each(|who| self.act(Command::Stop(who.clone())));
        }
    }

    fn set(&mut self, knob: String, to: Value) {
        #[cfg(feature = "systems")]
        if self.knob(&knob).is_some_and(|knob| !knob.live && knob.check(&to).is_ok()) {
            return self.edit(&queuescope_engine::scenario::Edit::Set { knob, to });
        }
        let command = Command::Set { knob: knob.clone(), to: to.clone() };
        if let Err(problem) = self.timeline.simulation().check(&command) {
            self.notice = Some(self.refusal(&knob, &to).unwrap_or_else(|| problem.to_string()));
            return;
        }
        self.pending.retain(|(own, _)| *own != knob);
        self.pending.push((knob, to));
        if SAMPLING <= self.since_sample {
            self.sample();
        }
    }

    /// Why a number cannot be set, in the words and the unit of its control.
    fn refusal(&self, address: &str, to: &Value) -> Option<String> {
        let (knob, Value::Number(number)) = (self.knob(address)?, to) else { return None };
        let percent = |share: f64| format::number(share * 100.0);
        let (value, permitted) = match knob.domain {
            Domain::Real { min, max, unit: Unit::Share, .. } => (
                format!("{}%", percent(*number)),
                format!("a number from {} to {} percent", percent(min), percent(max)),
            ),
            Domain::Real { .. } | Domain::Whole { .. } | Domain::Choice(_) | Domain::Text { .. } => {
                (Decimal(*number).to_string(), knob.permitted())
            }
        };
        Some(format!("{}: {value} is not permitted; it must be {permitted}.", knob.label))
    }

    /// Applies the settings that wait.
    fn sample(&mut self) {
        for (knob, to) in std::mem::take(&mut self.pending) {
            if self.timeline.simulation().get(&knob).as_ref() != Some(&to) {
                self.begins_change(Some(&knob));
                self.act(Command::Set { knob, to });
                self.since_sample = Duration::ZERO;
            }
        }
    }

    fn act(&mut self, command: Command) {
        if let Err(problem) = self.timeline.act(command) {
            self.notice = Some(problem.to_string());
        }
    }

    /// What is on the stage now, at most `limit` messages of each link and store.
    pub fn scene(&self, limit: usize) -> Scene {
        self.timeline.simulation().scene(limit)
    }

    /// The books.
    pub fn ledger(&self) -> &Ledger {
        self.timeline.simulation().ledger()
    }

    /// What each producer is set to send, per second.
    pub fn producer_rates(&self) -> Vec<f64> {
        let rate = |who: &String| self.timeline.simulation().get(&format!("{who}.rate"));
        self.shape.producers.iter().map(|who| rate(who).as_ref().map_or(0.0, frame::number)).collect()
    }

    /// What the panels are laid out for.
    pub fn shape(&self) -> &Arc<Shape> {
        #[cfg(feature = "systems")]
        if let Some(few) = self.teaching.few() {
            return few;
        }
        &self.shape
    }

    /// Whether time passes.
    pub fn is_playing(&self) -> bool {
        self.playback.is_playing()
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.timeline.seed()
    }

    /// The sentence that says what is going on: what stands in bold, and the rest.
    pub fn sentence(&self) -> (String, String) {
        let simulation = self.timeline.simulation();
        #[cfg(feature = "systems")]
        if let Some(riddle) = self.teaching.riddle() {
            return riddle;
        }
        frame::flow(&self.shape, simulation, &frame::values(&self.shape, simulation)).sentence()
    }

    /// The declaration of the knob at an address.
    pub fn knob(&self, address: &str) -> Option<&'static Knob> {
        self.shape.place(address).map(|place| self.shape.settings[place].knob)
    }

    /// All it takes to have this history again.
    pub fn recording(&self) -> Recording {
        self.timeline.record()
    }

    /// What the page shows now.
    pub fn frame(&self) -> Frame {
        let simulation = self.timeline.simulation();
        let now = simulation.now();
        let metrics = simulation.metrics();
        let series = metrics.series(now);
        let shape = self.shape.clone();
        let mut values = frame::values(&shape, simulation);
        for (address, value) in &self.pending {
            if let Some(place) = shape.place(address) {
                values[place] = value.clone();
            }
        }
        let flow = frame::flow(&shape, simulation, &values);
        let waits = metrics.wait().histogram(now);
        let wait = |quantile| waits.quantile(quantile);
        #[cfg(feature = "systems")]
        let shape = self.shape().clone();
        let frame = Frame {
            now,
            playing: self.playback.is_playing(),
            speed: self.playback.speed(),
            shortfall: self.playback.shortfall(),
            scenario: self.scenario,
            awaited: self.awaited,
            story: self.story.clone(),
            seed: self.timeline.seed(),
            has_next: simulation.next_event().is_some(),
            ledger: *simulation.ledger(),
            balanced: simulation.audit().is_ok(),
            produced_rate: metrics.produced().per_second(now),
            consumed: metrics.consumed().total(),
            consumed_rate: metrics.consumed().per_second(now),
            effects: frame::effects(simulation),
            stores: frame::stores(simulation),
            capacity: flow.capacity.map(|capacity| capacity as u32),
            producing: flow.producing,
            blocked: flow.blocked,
            consuming: shape.consumers.iter().any(|who| simulation.is_running(who)),
            wait: wait(0.5).zip(wait(0.95)).zip(wait(0.99)).map(|((p50, p95), p99)| [p50, p95, p99]),
            utilization: metrics.utilization(now),
            recent: metrics.recent().copied().collect(),
            situation: flow.situation(),
            sentence: flow.sentence(),
            buckets: Arc::new(series.buckets()),
            bucket_width: series.width(),
            values,
            shape,
            notice: self.notice.clone(),
            #[cfg(feature = "systems")]
            selection: self.selection(),
            #[cfg(feature = "systems")]
            course: self.course(),
            #[cfg(feature = "systems")]
            lag: queuescope_engine::trend::lag(&simulation.scene(0)),
            #[cfg(feature = "systems")]
            theory: crate::theory::Theory::of(&self.shape, simulation),
            #[cfg(feature = "systems")]
            event: self.event(),
            past: self.past(),
            #[cfg(feature = "systems")]
            lesson: self.teaching.lesson(),
        };
        #[cfg(feature = "systems")]
        let frame = self.teaching.veil(frame);
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wording::Situation;

    const FRAME: Duration = Duration::from_millis(20);

    fn run(session: &mut Session, frames: u32) -> Frame {
        for _ in 0..frames {
            session.tick(FRAME, || true);
        }
        session.frame()
    }

    fn set(session: &mut Session, knob: &str, to: f64) {
        session.dispatch(Action::Set { knob: knob.into(), to: Value::Number(to) });
    }

    #[test]
    #[cfg(feature = "systems")]
    fn time_is_held_before_messages_that_nobody_takes_fill_the_memory() {
        let mut session = Session::open("#/play?scenario=rabbitmq-poison");
        session.dispatch(Action::ToggleConsumer);
        set(&mut session, "producer.rate", 10_000.0);
        session.dispatch(Action::Speed(Speed::Max));
        let frame = |session: &mut Session| {
            let mut stretches = 0..64;
            session.tick(FRAME, || stretches.next().is_some());
            session.frame()
        };
        let held = (0..1000).map(|_| frame(&mut session)).find(|frame| !frame.playing).expect("it is held");
        assert!(held.notice.is_some_and(|notice| notice.starts_with("Time is held")));
        assert!((MESSAGES..MESSAGES * 11 / 10).contains(&held.ledger.waiting), "{}", held.ledger.waiting);
        // Whoever insists gets a frame more each time, and the visitor may go back.
        session.dispatch(Action::TogglePlay);
        assert!(!frame(&mut session).playing);
        session.dispatch(Action::Go(Go::To(Time::from_secs(5))));
        session.dispatch(Action::TogglePlay);
        let frame = frame(&mut session);
        assert!(frame.playing && frame.notice.is_none());
    }

    #[test]
    fn it_runs_when_it_opens_and_overflows_within_a_minute() {
        let mut session = Session::open("");
        let frame = run(&mut session, 50);
        assert_eq!(frame.now, Time::from_secs(1));
        let frame = run(&mut session, 3000 - 50);
        assert_eq!(frame.situation, Situation::Overflowing);
        assert!(0 < frame.ledger.refused && frame.balanced);
    }

    #[test]
    fn a_drag_is_sampled_and_its_last_value_counts() {
        let mut session = Session::open("");
        run(&mut session, 50);
        for rate in 1..=100 {
            set(&mut session, "producer.rate", f64::from(rate));
            session.tick(Duration::from_millis(10), || true);
            assert_eq!(
                session.frame().number("producer.rate"),
                f64::from(rate),
                "the control follows at once"
            );
        }
        run(&mut session, 50);
        assert_eq!(session.timeline.simulation().get("producer.rate"), Some(Value::Number(100.0)));
        let commands = session.recording().commands.len();
        assert!((2..=11).contains(&commands), "{commands} commands for a drag of one second");
    }

    #[test]
    fn a_value_out_of_range_gets_a_notice_and_changes_nothing() {
        let mut session = Session::open("");
        run(&mut session, 50);
        let before = session.timeline.simulation().digest();
        set(&mut session, "queue.capacity", 0.0);
        assert_eq!(session.timeline.simulation().digest(), before);
        let notice = session.frame().notice.unwrap();
        assert_eq!(
            notice,
            "Queue capacity: 0 is not permitted; it must be a whole number from 1 to 100000 messages."
        );
        set(&mut session, "consumer.failure", 1.5);
        let notice = session.frame().notice.unwrap();
        assert_eq!(
            notice,
            "Failure probability: 150% is not permitted; it must be a number from 0 to 100 percent."
        );
    }

    #[test]
    fn reset_is_the_start_again_to_the_bit() {
        let mut session = Session::open("");
        let fresh = session.timeline.simulation().digest();
        set(&mut session, "producer.rate", 500.0);
        run(&mut session, 100);
        session.dispatch(Action::ToggleConsumer);
        session.dispatch(Action::TogglePlay);
        session.dispatch(Action::Reset);
        assert_eq!(session.timeline.simulation().digest(), fresh);
        let frame = session.frame();
        assert!(frame.playing && frame.consuming && frame.number("producer.rate") == 2.0);
    }

    #[test]
    fn a_slice_that_is_used_up_ends_the_frame_and_is_said() {
        let mut session = Session::open("");
        set(&mut session, "producer.rate", 10_000.0);
        session.dispatch(Action::Speed(Speed::Times(1000.0)));
        for _ in 0..100 {
            let mut stretches = 0;
            session.tick(FRAME, || {
                stretches += 1;
                stretches < 3
            });
            assert!(stretches <= 3);
        }
        let reached = session.frame().shortfall.unwrap();
        assert!(0.0 < reached && reached < 1000.0, "{reached}");
    }

    #[test]
    fn a_step_pauses_and_moves_by_one_event() {
        let mut session = Session::open("");
        run(&mut session, 10);
        let events = session.timeline.simulation().events();
        session.dispatch(Action::Step);
        assert_eq!(session.timeline.simulation().events(), events + 1);
        assert!(!session.frame().playing);
    }

    #[test]
    fn a_link_reproduces_the_session() {
        let mut session = Session::open("");
        run(&mut session, 100);
        set(&mut session, "producer.rate", 50.0);
        run(&mut session, 100);
        session.dispatch(Action::ToggleConsumer);
        run(&mut session, 100);
        let fragment = link::write(&session.recording());
        let mut again = Session::open(&fragment);
        let frame = run(&mut again, 10);
        assert!(!frame.playing);
        assert_eq!(again.timeline.simulation().digest(), session.timeline.simulation().digest());
    }

    #[test]
    fn a_broken_link_gets_a_message_and_the_opening_page() {
        let mut session = Session::open("#/play?seed=nonsense");
        assert!(session.frame().notice.unwrap().contains("is no whole number"));
        assert_eq!(run(&mut session, 50).now, Time::from_secs(1));
    }

    #[test]
    #[cfg(not(feature = "systems"))]
    fn until_the_other_program_is_there_this_one_goes_on() {
        let mut session = Session::open("#/play?session=nonsense");
        assert_eq!(session.elsewhere(), Some("#/play?session=nonsense&engine=full"));
        session = Session::open("");
        assert_eq!(session.elsewhere(), None);
        let away = (0..).find(|index| catalog::away(*index).is_some()).unwrap();
        session.dispatch(Action::Scenario(away));
        let name = catalog::SCENARIOS[away].name;
        assert_eq!(session.elsewhere(), Some(&*format!("#/play?engine=full&scenario={name}&speed=1")));
        assert_eq!(session.frame().awaited, Some(away));
        assert_eq!(run(&mut session, 50).now, Time::from_secs(1));
    }
}
