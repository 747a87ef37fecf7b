//! What a screen reader is told, and when: the sentence under the stage, once a situation has changed, with what has
//! happened since the last time. Not each number.

use queuescope_engine::view::{Doing, Scene};

use crate::wording::Situation;

/// What makes a situation another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facets {
    /// What kind of situation it is.
    pub situation: Situation,
    /// Whether the cause is kept back, so that there is nothing to tell.
    pub hidden: bool,
    /// How many workers have crashed and were not restarted.
    pub down: usize,
    /// How many members groups have, where there are groups.
    pub members: usize,
    /// How often groups have shared out what they read.
    pub generations: u64,
    /// Whether a group is doing so.
    pub rebalancing: bool,
    /// Whether any message was given up, or went to where such messages go.
    pub dead: bool,
}

impl Facets {
    /// Those of a scene.
    pub fn of(situation: Situation, scene: &Scene, dead: u64, hidden: bool) -> Facets {
        let down = scene.workers.iter().filter(|worker| matches!(worker.doing, Doing::Down)).count();
        Facets {
            situation,
            hidden,
            down,
            members: scene.groups.iter().map(|group| group.members.len()).sum(),
            generations: scene.groups.iter().map(|group| u64::from(group.generation)).sum(),
            rebalancing: scene.groups.iter().any(|group| group.rebalancing),
            dead: 0 < dead,
        }
    }
}

/// Remembers what was told last.
#[derive(Debug, Default)]
pub struct Narrator {
    told: Option<Facets>,
}

impl Narrator {
    /// Whether there is anything to tell.
    pub fn has_news(&self, now: Facets) -> bool {
        match self.told {
            Some(told) if told.hidden && now.hidden => false,
            told => told != Some(now),
        }
    }

    /// What is told of it: what has happened since the last time, and the sentence.
    pub fn tell(&mut self, now: Facets, (bold, rest): &(String, String)) -> String {
        let told = self.told.replace(now);
        let mut said: Vec<String> = match told {
            Some(told) if !now.hidden => news(told, now),
            Some(_) | None => Vec::new(),
        };
        // The sentence alone, if that is what has changed; it says how it is now.
        said.push(format!("{bold} {rest}"));
        said.join(" ")
    }
}

fn news(told: Facets, now: Facets) -> Vec<String> {
    let mut news = Vec::new();
    if told.down < now.down {
        news.push(match now.down {
            1 => "A worker has crashed.".into(),
            many => format!("{many} workers have crashed."),
        });
    } else if now.down < told.down {
        news.push(if now.down == 0 { "All workers are back.".into() } else { "A worker is back.".into() });
    }
    // A run that was taken to another time has other members for other reasons; it is told how it is, all the same.
    if now.members < told.members {
        news.push("A group has lost a member.".into());
    } else if told.members < now.members && 0 < told.members {
        news.push("A group has a new member.".into());
    }
    if now.rebalancing && !told.rebalancing {
        news.push("It is sharing out its work anew.".into());
    } else if told.generations != now.generations || told.rebalancing && !now.rebalancing {
        news.push("Its work was shared out anew.".into());
    }
    if now.dead && !told.dead {
        news.push("The first message was given up as dead.".into());
    }
    news
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::playback::Speed;
    use crate::session::{Action, Session};
    use queuescope_engine::Command;
    use queuescope_engine::knob::Value;

    /// What is told in so many seconds of the visitor's, at most every second and a half as on the page.
    fn told(session: &mut Session, narrator: &mut Narrator, seconds: u32) -> Vec<String> {
        let (mut told, mut since) = (Vec::new(), None);
        for tenth in 0..seconds * 10 {
            (0..5).for_each(|_| session.tick(Duration::from_millis(20), || true));
            let now = session.facets();
            let new = narrator.has_news(now);
            since = since.filter(|_| new).or(new.then_some(tenth));
            if since.is_some_and(|since| since + 15 <= tenth) {
                told.push(narrator.tell(now, &session.sentence()));
                since = None;
            }
        }
        told
    }

    fn open(scenario: &str, speed: f64) -> (Session, Narrator) {
        let mut session = Session::open(&format!("#/play?engine=full&scenario={scenario}"));
        session.dispatch(Action::Speed(Speed::Times(speed)));
        (session, Narrator::default())
    }

    fn says(told: &[String], part: &str) {
        assert!(told.iter().any(|text| text.contains(part)), "no {part:?} in {told:#?}");
    }

    #[test]
    fn situations_are_told_and_not_each_number() {
        for scenario in ["start", "rabbitmq-prefetch", "redis-list", "sqs-visibility"] {
            let (mut session, mut narrator) = open(scenario, 1.0);
            let told = told(&mut session, &mut narrator, 60);
            assert!((1..=8).contains(&told.len()), "{scenario}: {told:#?}");
        }
    }

    #[test]
    fn a_full_queue_and_its_draining_are_told() {
        let (mut session, mut narrator) = open("start", 5.0);
        says(&told(&mut session, &mut narrator, 20), "The queue is full.");
        session.dispatch(Action::Set { knob: "queue.capacity".into(), to: Value::Number(1000.0) });
        session.dispatch(Action::Set { knob: "producer.rate".into(), to: Value::Number(50.0) });
        told(&mut session, &mut narrator, 5);
        session.dispatch(Action::Set { knob: "producer.rate".into(), to: Value::Number(0.5) });
        says(&told(&mut session, &mut narrator, 5), "Consumers outrun producers");
    }

    #[test]
    fn a_member_that_is_lost_and_the_rebalance_after_it_are_told() {
        let (mut session, mut narrator) = open("kafka-rebalance", 1.0);
        told(&mut session, &mut narrator, 8);
        let consumer = session.shape().consumers[0].clone();
        session.dispatch(Action::Act(Command::Crash { consumer, worker: Some(1) }));
        let told = told(&mut session, &mut narrator, 90);
        says(&told, "crashed");
        says(&told, "lost a member");
        assert!(
            told.iter().any(|text| text.contains("shared out anew") || text.contains("sharing out")),
            "{told:#?}"
        );
        assert!(told.len() < 30, "{told:#?}");
    }

    #[test]
    fn the_first_dead_message_is_told_and_no_other() {
        for scenario in ["sqs-poison", "pulsar-poison", "failing-consumer"] {
            let (mut session, mut narrator) = open(scenario, 2.0);
            let told = told(&mut session, &mut narrator, 60);
            let dead = told.iter().filter(|text| text.contains("given up as dead")).count();
            assert_eq!(dead, 1, "{scenario}: {told:#?}");
        }
    }

    #[test]
    fn a_producer_that_is_held_back_is_told() {
        let (mut session, mut narrator) = open("fast-producer-block", 5.0);
        says(&told(&mut session, &mut narrator, 20), "has to wait for room");
    }

    #[test]
    fn a_riddle_is_not_given_away() {
        let mut session = Session::open("#/play?engine=full&scenario=consumer-outage&lesson=1;hide");
        session.dispatch(Action::Speed(Speed::Times(5.0)));
        let told = told(&mut session, &mut Narrator::default(), 20);
        assert_eq!(told.len(), 1, "{told:#?}");
        assert!(told[0].starts_with("What is going on here?"));
    }
}
