//! What is going on, in one sentence: a function of settings and counts.

use queuescope_engine::broker::Terms;

use crate::SYSTEMS;
use crate::format::{about, number, whole};

/// What the sentence is made from. Rates are per second.
#[derive(Clone, PartialEq, Debug)]
pub struct Flow {
    /// Whether any producer is switched on.
    pub producing: bool,
    /// Whether one is kept from sending.
    pub blocked: bool,
    /// Whether any worker takes messages.
    pub consuming: bool,
    /// What the producers would send.
    pub offered: f64,
    /// What the workers can finish, retries of failed attempts taken off.
    pub service: f64,
    /// Whether arrivals come in bursts, so that means say little about the next seconds.
    pub bursts: bool,
    /// Messages that wait.
    pub depth: u64,
    /// Messages that may wait, if that is bounded.
    pub capacity: Option<u64>,
    /// What happens when it is full.
    pub when_full: WhenFull,
    /// Messages with workers or on the way.
    pub moving: u64,
    /// Messages with workers.
    pub held: u64,
    /// Workers that take messages.
    pub working: u64,
    /// What the system calls its parts.
    pub terms: Terms,
    /// Whether workers fetch ahead, so that they can have more than they work on.
    pub wired: bool,
    /// How many logs of how many nobody reads, where each has a reader to itself and others have one.
    #[cfg(feature = "systems")]
    pub unread: (u64, u64),
}

/// What happens to a message that finds no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhenFull {
    /// It is turned away.
    Refuse,
    /// The oldest goes.
    DropOldest,
    /// The producer waits.
    Block,
    /// What the settings of the system say.
    AsSet,
}

/// The kinds of situation. A screen reader is told when the kind changes, not when a number does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Situation {
    /// Producer and consumer are stopped.
    Still,
    /// Nothing waits and nothing comes.
    Idle,
    /// Only the consumer runs.
    Emptying,
    /// Only the producer runs.
    Unserved,
    /// The system keeps its producers from sending.
    HeldBack,
    /// Nothing waits, for workers have fetched far more than they work on.
    Hoarded,
    /// Some logs have no reader, though others have.
    #[cfg(feature = "systems")]
    Unread,
    /// More comes than goes, and there is room yet.
    Filling,
    /// More comes than goes, and there is no room.
    Overflowing,
    /// More goes than comes, and there is a backlog.
    Draining,
    /// What comes is served.
    Keeping,
}

/// A backlog of so many seconds of work is worth speaking of.
const BACKLOG_SECONDS: f64 = 3.0;

/// A worker that has so many messages has fetched far ahead.
const FAR_AHEAD: u64 = 5;

impl Flow {
    /// Which kind of situation it is.
    pub fn situation(&self) -> Situation {
        match (self.producing, self.consuming) {
            #[cfg(feature = "systems")]
            (_, true) if 0 < self.unread.0 => Situation::Unread,
            (_, true) if self.is_hoarded() => Situation::Hoarded,
            (false, false) => Situation::Still,
            (false, true) if self.depth == 0 => Situation::Idle,
            (false, true) => Situation::Emptying,
            (true, _) if SYSTEMS && self.wired && self.blocked => Situation::HeldBack,
            (true, false) if self.is_full() => Situation::Overflowing,
            (true, false) => Situation::Unserved,
            // Equal rates never drain a full store.
            (true, true) if self.service <= self.offered && self.is_full() => Situation::Overflowing,
            (true, true) if self.service < self.offered => Situation::Filling,
            (true, true) if self.offered < self.service && self.has_backlog() => Situation::Draining,
            (true, true) => Situation::Keeping,
        }
    }

    /// Under steady overload a full queue is one short for a moment each time a worker takes one.
    fn is_full(&self) -> bool {
        let Some(capacity) = self.capacity else { return false };
        let leeway = (capacity / 50).max(u64::from(self.consuming));
        self.blocked || capacity <= self.depth + leeway.min(capacity / 2)
    }

    fn is_hoarded(&self) -> bool {
        SYSTEMS && self.wired && self.depth == 0 && self.working * FAR_AHEAD < self.held
    }

    fn has_backlog(&self) -> bool {
        BACKLOG_SECONDS * self.service < self.depth as f64 && 5 < self.depth
    }

    /// The situation and what follows from it: what stands in bold, and what comes after.
    pub fn sentence(&self) -> (String, String) {
        let per_minute = |per_second: f64| number((per_second * 60.0 * 10.0).round() / 10.0);
        let Terms { system, store, waiting, held, .. } = self.terms;
        let room = self.capacity.map(|capacity| capacity.saturating_sub(self.depth) as f64);
        match self.situation() {
            Situation::Still if self.depth == 0 => (
                "Nothing moves.".into(),
                "Producer and consumer are stopped; start either to see something happen.".into(),
            ),
            Situation::Still => (
                "Nothing moves.".into(),
                format!("Producer and consumer are stopped; {} wait.", count(self.depth)),
            ),
            Situation::Idle if 0 < self.moving => {
                ("The last messages are on their way.".into(), "The producer is stopped.".into())
            }
            Situation::Idle => (
                format!("The {store} is empty."),
                "The producer is stopped and the workers have nothing to do.".into(),
            ),
            Situation::Emptying => (
                "The producer is stopped.".into(),
                format!("The {store} is empty in about {}.", about(self.depth as f64 / self.service)),
            ),
            Situation::Unserved => (
                "Nobody takes messages.".into(),
                match room {
                    Some(room) => format!("The {store} is full in about {}.", about(room / self.offered)),
                    // A direct call keeps nothing.
                    None if SYSTEMS && !self.wired => "What is sent to nobody fails at once.".into(),
                    None => format!("The {store} grows by {} a minute.", per_minute(self.offered)),
                },
            ),
            Situation::HeldBack => (
                format!("{system} holds its producers back."),
                "What they send is kept until it lets them go on.".into(),
            ),
            Situation::Hoarded => (
                format!("Nothing is left to take, yet {} are {held}.", self.held),
                "Workers have fetched far more than they work on; nobody else can take that.".into(),
            ),
            #[cfg(feature = "systems")]
            Situation::Unread => (
                match self.unread {
                    (1, all) => format!("1 of {all} {store}s has no reader."),
                    (unread, all) => format!("{unread} of {all} {store}s have no reader."),
                },
                "What comes to them waits until they are shared out anew; the others are read.".into(),
            ),
            Situation::Filling => (
                format!(
                    "Producers outrun consumers by {} a minute:",
                    per_minute(self.offered - self.service)
                ),
                match room {
                    Some(room) => format!("full in about {}.", about(room / (self.offered - self.service))),
                    None => format!("{} are {waiting}, and ever more will be.", self.depth),
                },
            ),
            Situation::Overflowing => (format!("The {store} is full."), self.overflow()),
            Situation::Draining => (
                format!(
                    "Consumers outrun producers by {} a minute:",
                    per_minute(self.service - self.offered)
                ),
                format!(
                    "the backlog is gone in about {}.",
                    about(self.depth as f64 / (self.service - self.offered))
                ),
            ),
            Situation::Keeping => ("Consumers keep up.".into(), self.keeping()),
        }
    }

    fn overflow(&self) -> String {
        let served = if self.consuming { self.service.min(self.offered) } else { 0.0 };
        let excess = ((1.0 - served / self.offered) * 100.0).max(0.0);
        let share = if excess < 1.0 {
            "some messages".into()
        } else {
            format!("about {} of 100 messages", whole(excess))
        };
        match (self.when_full, self.consuming) {
            (WhenFull::Refuse, false) => "Nobody takes messages, so every new one is refused.".into(),
            (WhenFull::DropOldest, false) => {
                "Nobody takes messages, so every new one pushes the oldest out.".into()
            }
            (WhenFull::Block, false) => {
                "Nobody takes messages, so the producer waits and sends nothing.".into()
            }
            (WhenFull::AsSet, _) => format!("More comes than goes: there is no room for {share}."),
            (WhenFull::Refuse, true) => format!("More comes than workers can take, so {share} are refused."),
            (WhenFull::DropOldest, true) => {
                format!("More comes than workers can take, so {share} are pushed out before their turn.")
            }
            (WhenFull::Block, true) => {
                "The producer has to wait for room, so it sends only as fast as the workers take.".into()
            }
        }
    }

    fn keeping(&self) -> String {
        let per_minute = |per_second: f64| number((per_second * 60.0).round());
        let load = self.offered / self.service * 100.0;
        let percent = whole(load);
        if self.bursts {
            format!(
                "On average they are busy {percent}% of the time; a burst can still fill the {}.",
                self.terms.store
            )
        } else if 95.0 < load {
            format!("Only just: they are busy {percent}% of the time, and any variation makes messages wait.")
        } else {
            format!(
                "{} messages a minute come and {} could be served: workers are busy {percent}% of the time.",
                per_minute(self.offered),
                per_minute(self.service)
            )
        }
    }
}

fn count(messages: u64) -> String {
    if messages == 1 { "1 message".into() } else { format!("{messages} messages") }
}

/// Deliveries that a message takes on average when attempts fail with probability `failure` and
/// `attempts` are permitted.
pub fn deliveries(failure: f64, attempts: f64) -> f64 {
    if 1.0 <= failure { attempts } else { (1.0 - failure.powi(attempts as i32)) / (1.0 - failure) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow() -> Flow {
        Flow {
            producing: true,
            blocked: false,
            consuming: true,
            offered: 2.0,
            service: 1.8,
            bursts: false,
            depth: 5,
            capacity: Some(10),
            when_full: WhenFull::Refuse,
            moving: 2,
            held: 2,
            working: 1,
            terms: Terms {
                system: "Plain queue",
                store: "queue",
                waiting: "waiting",
                held: "in service",
                reader: "",
                position: "",
            },
            wired: false,
            #[cfg(feature = "systems")]
            unread: (0, 0),
        }
    }

    fn says(flow: &Flow) -> String {
        let (bold, rest) = flow.sentence();
        format!("{bold} {rest}")
    }

    #[test]
    fn filling_says_when_it_will_be_full() {
        assert_eq!(says(&flow()), "Producers outrun consumers by 12 a minute: full in about 25 s.");
    }

    #[test]
    fn draining_says_when_it_will_be_empty() {
        let flow = Flow { offered: 50.0, service: 100.0, depth: 42_000, capacity: Some(100_000), ..flow() };
        assert_eq!(
            says(&flow),
            "Consumers outrun producers by 3000 a minute: the backlog is gone in about 14 min."
        );
    }

    #[test]
    fn a_full_queue_does_not_flicker_when_a_worker_takes_one() {
        for depth in [9, 10] {
            assert_eq!(Flow { depth, ..flow() }.situation(), Situation::Overflowing);
        }
        assert_eq!(Flow { depth: 8, ..flow() }.situation(), Situation::Filling);
        assert_eq!(Flow { depth: 0, capacity: Some(1), ..flow() }.situation(), Situation::Filling);
    }

    #[test]
    fn each_policy_has_its_own_consequence() {
        let full = Flow { depth: 10, offered: 4.0, service: 1.0, ..flow() };
        assert!(says(&full).ends_with("about 75 of 100 messages are refused."));
        assert!(says(&Flow { when_full: WhenFull::DropOldest, ..full.clone() }).contains("pushed out"));
        assert!(says(&Flow { when_full: WhenFull::Block, ..full }).contains("has to wait for room"));
    }

    #[test]
    fn who_is_stopped_is_said() {
        assert_eq!(Flow { producing: false, consuming: false, ..flow() }.situation(), Situation::Still);
        assert_eq!(Flow { producing: false, ..flow() }.situation(), Situation::Emptying);
        assert!(
            says(&Flow { consuming: false, ..flow() })
                .starts_with("Nobody takes messages. The queue is full in about 2 s")
        );
    }

    #[test]
    #[cfg(feature = "systems")]
    fn a_system_without_a_limit_is_never_full() {
        let terms = Terms {
            system: "System",
            store: "queue",
            waiting: "ready",
            held: "unacked",
            reader: "",
            position: "",
        };
        let flow = Flow { capacity: None, depth: 70, terms, wired: true, ..flow() };
        assert_eq!(
            says(&flow),
            "Producers outrun consumers by 12 a minute: 70 are ready, and ever more will be."
        );
        assert_eq!(
            says(&Flow { consuming: false, ..flow.clone() }),
            "Nobody takes messages. The queue grows by 120 a minute."
        );
        #[cfg(feature = "systems")]
        assert!(says(&Flow { consuming: false, wired: false, ..flow.clone() }).ends_with("fails at once."));
        assert_eq!(Flow { blocked: true, ..flow.clone() }.situation(), Situation::HeldBack);
        let hoarded = Flow { depth: 0, held: 40, working: 2, ..flow };
        assert!(says(&hoarded).starts_with("Nothing is left to take, yet 40 are unacked."));
        assert_eq!(Flow { held: 10, ..hoarded }.situation(), Situation::Filling);
    }

    #[test]
    #[cfg(feature = "systems")]
    fn logs_without_a_reader_are_said_whatever_the_sums_are() {
        let terms = Terms { store: "partition", waiting: "not fetched", ..flow().terms };
        let flow = Flow { service: 10.0, capacity: None, terms, wired: true, unread: (2, 6), ..flow() };
        assert!(says(&flow).starts_with("2 of 6 partitions have no reader. What comes to them waits"));
        assert!(
            says(&Flow { unread: (1, 6), ..flow.clone() }).starts_with("1 of 6 partitions has no reader.")
        );
        assert_eq!(Flow { unread: (0, 6), ..flow.clone() }.situation(), Situation::Keeping);
        assert_eq!(Flow { consuming: false, ..flow }.situation(), Situation::Unserved);
    }

    #[test]
    fn failures_take_service_away() {
        assert!((deliveries(0.0, 3.0) - 1.0).abs() < 1e-12);
        assert!((deliveries(0.5, 3.0) - 1.75).abs() < 1e-12);
        assert!((deliveries(1.0, 3.0) - 3.0).abs() < 1e-12);
        assert!((deliveries(0.5, f64::INFINITY) - 2.0).abs() < 1e-12);
    }
}
