//! A session in the fragment of a link: enough to have the same history again.
//!
//! `#/play?session=` and the recording as JSON, percent-encoded; or `#/play?scenario=balanced&seed=3&speed=10`.
//! All of the page's state is in the fragment, which never leaves the visitor's browser.
//!
//! The page comes as two programs: a small one, which it opens with, and a full one. `engine=full` asks for the full one
//! from the start; a link without it that the small one cannot read is handed on to the full one, which can, or says
//! what is wrong with it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use queuescope_engine::decimal::Decimal;
use queuescope_engine::timeline::Recording;

use crate::catalog::{self, Entry};
use crate::playback::{SPEEDS, Speed};

/// Longer fragments are not read: no browser keeps them whole.
const LONGEST: usize = 64 * 1024;

pub(crate) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Asks for the program that has everything.
pub(crate) const FULL: &str = "engine=full";

/// Whether this is that program.
const IS_FULL: bool = cfg!(feature = "systems");

/// What a link asks for.
#[derive(Clone, PartialEq, Debug)]
pub enum Request {
    /// The page as it opens.
    Nothing,
    /// A scenario of the catalog.
    Scenario(Opening),
    /// A history.
    Session(Box<Recording>),
    /// A history, and how it is looked at.
    #[cfg(feature = "systems")]
    Shared(Box<crate::share::Shared>),
    /// Something that this program does not have: the other one has, under this fragment.
    Elsewhere(String),
}

/// How a scenario is to be opened.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Opening {
    /// Its place in the catalog.
    pub index: usize,
    /// The seed, if it is not the scenario's own.
    pub seed: Option<u64>,
    /// The speed, if it is not the usual one.
    pub speed: Option<Speed>,
}

/// The fragment that holds `recording`.
pub fn write(recording: &Recording) -> String {
    if IS_FULL { write_full(recording) } else { format!("#/play?{}", session_of(recording)) }
}

/// As [`write`], for the full program.
pub fn write_full(recording: &Recording) -> String {
    format!("#/play?{FULL}&{}", session_of(recording))
}

fn session_of(recording: &Recording) -> String {
    format!("session={}", utf8_percent_encode(&recording.to_json(), ENCODED))
}

/// The fragment of a scenario that this program does not have.
pub fn elsewhere(entry: &Entry, speed: Speed) -> String {
    let speed = match speed {
        Speed::Times(times) => Decimal(times).to_string(),
        Speed::Max => "max".into(),
    };
    format!("#/play?{FULL}&scenario={}&speed={speed}", entry.name)
}

/// What a fragment asks for.
///
/// # Errors
/// What is wrong with it, for the visitor to read.
pub fn read(fragment: &str) -> Result<Request, String> {
    let Some(query) = query(fragment) else { return Ok(Request::Nothing) };
    if LONGEST < query.len() {
        return Err(format!("The link is {} characters long; at most {LONGEST} can be read.", query.len()));
    }
    let field = |name: &str| {
        let field = query.split('&').find_map(|field| field.strip_prefix(name)?.strip_prefix('='))?;
        Some(percent_decode_str(field).decode_utf8_lossy().into_owned())
    };
    #[cfg(feature = "systems")]
    if let Some(shared) = crate::share::read(query) {
        return shared.map(|shared| Request::Shared(Box::new(shared)));
    }
    let hand_on = || Ok(Request::Elsewhere(format!("{fragment}&{FULL}")));
    if let Some(json) = field("session") {
        return match session(&json) {
            Ok(recording) => Ok(Request::Session(Box::new(recording))),
            Err(_) if !IS_FULL => hand_on(),
            Err(notice) => Err(notice),
        };
    }
    let seed = match field("seed") {
        Some(seed) => {
            Some(seed.parse().map_err(|_| format!("The link's seed \"{seed}\" is no whole number."))?)
        }
        None => None,
    };
    let speed = field("speed").and_then(|speed| {
        SPEEDS.iter().copied().find(|own| match own {
            Speed::Times(times) => Decimal(*times).to_string() == speed,
            Speed::Max => speed == "max",
        })
    });
    match field("scenario") {
        Some(name) => match catalog::find(&name) {
            Some(index) if catalog::SCENARIOS[index].is_here => {
                Ok(Request::Scenario(Opening { index, seed, speed }))
            }
            Some(_) => hand_on(),
            None if !IS_FULL => hand_on(),
            None => Err(format!("There is no scenario \"{name}\"; choose one of the row above.")),
        },
        None if seed.is_some() => Ok(Request::Scenario(Opening { index: 0, seed, speed })),
        None => Ok(Request::Nothing),
    }
}

/// The scenario that a fragment asks for by a name that is not in the catalog, but may be in the library, which is loaded
/// when it is asked for; and the query, which also says how it is to be seen.
#[cfg(feature = "systems")]
pub fn library(fragment: &str) -> Option<(&str, &str)> {
    let query = query(fragment)?;
    let field = |name: &str| query.split('&').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
    let name =
        field("scenario").filter(|name| crate::learn::is_name(name) && catalog::find(name).is_none())?;
    // A link with more than that in it is a session, which carries its scenario.
    let is_plain = field("z").is_none() && field("session").is_none();
    is_plain.then_some((name, query))
}

/// The part of a fragment that says what is asked for.
fn query(fragment: &str) -> Option<&str> {
    #[cfg(feature = "systems")]
    if let Some(query) = fragment.strip_prefix(crate::embed::PREFIX) {
        return Some(query);
    }
    fragment.strip_prefix("#/play?")
}

fn session(json: &str) -> Result<Recording, String> {
    Recording::from_json(json).map_err(|problems| format!("The link's session cannot be read: {problems}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use queuescope_engine::{Command, Time, Timeline};

    #[test]
    fn a_session_comes_back_as_it_was() {
        let mut timeline = Timeline::new(catalog::scenario(0), 3);
        timeline.seek(Time::from_secs(5), u64::MAX);
        timeline.act(Command::Stop("producer".into())).unwrap();
        timeline.seek(Time::from_secs(9), u64::MAX);
        let recording = timeline.record();
        let link = write(&recording);
        assert!(link.is_ascii() && !link.contains(['"', ' ', '<']));
        assert_eq!(read(&link), Ok(Request::Session(Box::new(recording.clone()))));
        let mut again = Timeline::replay(recording).unwrap();
        again.seek(Time::from_secs(9), u64::MAX);
        assert_eq!(again.simulation().digest(), timeline.simulation().digest());
    }

    #[test]
    fn garbage_gets_a_message_and_no_panic() {
        for fragment in ["#/play?session=", "#/play?session=%7B", "#/play?session=%ff%fe"] {
            // What the small program cannot read the full one may.
            assert_eq!(read(fragment).is_err(), IS_FULL, "{fragment}");
        }
        assert!(read("#/play?seed=x").is_err());
        assert_eq!(read("#/play?scenario=no").is_err(), IS_FULL);
        assert!(read(&format!("#/play?session={}", "x".repeat(LONGEST))).is_err());
        for fragment in ["", "#", "#/", "#/learn/ttl", "#/play?", "#/play?x=y"] {
            assert_eq!(read(fragment), Ok(Request::Nothing), "{fragment}");
        }
        let opening = |seed, speed| Ok(Request::Scenario(Opening { index: 1, seed, speed }));
        assert_eq!(read("#/play?scenario=balanced&seed=3"), opening(Some(3), None));
        assert_eq!(read("#/play?scenario=balanced&speed=0.01"), opening(None, Some(Speed::Times(0.01))));
        assert_eq!(read("#/play?scenario=balanced&speed=max"), opening(None, Some(Speed::Max)));
        assert_eq!(read("#/play?scenario=balanced&speed=33"), opening(None, None));
    }

    #[test]
    #[cfg(feature = "systems")]
    fn a_name_that_is_not_in_the_catalog_may_be_in_the_library() {
        let named = |query| library(query).map(|(name, _)| name);
        assert_eq!(named("#/play?engine=full&scenario=retry-storm&seed=4"), Some("retry-storm"));
        assert_eq!(named("#/embed?engine=full&scenario=retry-storm&paused"), Some("retry-storm"));
        for fragment in
            ["#/play?scenario=balanced", "#/play?scenario=..%2Fx", "#/play?z=1&scenario=a", "#/play", ""]
        {
            assert_eq!(library(fragment), None, "{fragment}");
        }
    }

    #[test]
    #[cfg(not(feature = "systems"))]
    fn what_only_the_other_program_has_is_handed_on() {
        let there = catalog::SCENARIOS.iter().filter(|entry| !entry.is_here);
        let named = there.map(|entry| format!("#/play?scenario={}&seed=3", entry.name));
        let sessions = ["#/play?session=%7B".to_owned(), "#/play?session=".to_owned()];
        for fragment in named.chain(sessions) {
            assert_eq!(read(&fragment), Ok(Request::Elsewhere(format!("{fragment}&engine=full"))));
        }
    }

    #[test]
    fn what_the_other_program_has_is_asked_for_as_it_is_read_there() {
        for (index, entry) in catalog::SCENARIOS.iter().enumerate().filter(|(_, entry)| entry.is_here) {
            let fragment = elsewhere(entry, Speed::Times(0.25));
            let opening = Opening { index, seed: None, speed: Some(Speed::Times(0.25)) };
            assert_eq!(read(&fragment), Ok(Request::Scenario(opening)), "{}", entry.name);
        }
    }
}
