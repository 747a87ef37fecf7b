//! A session in the fragment of a link: enough to have the same history again.
//!
//! `#/play?session=` and the recording as JSON, percent-encoded; or `#/play?scenario=balanced&seed=3`.
//! All of the page's state is in the fragment, which never leaves the visitor's browser.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use queuescope_engine::timeline::Recording;

use crate::catalog;

/// Longer fragments are not read: no browser keeps them whole.
const LONGEST: usize = 64 * 1024;

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What a link asks for.
#[derive(Clone, PartialEq, Debug)]
pub enum Request {
    /// The page as it opens.
    Nothing,
    /// A scenario of the catalog, with a seed if one is given.
    Scenario(usize, Option<u64>),
    /// A history.
    Session(Box<Recording>),
}

/// The fragment that holds `recording`.
pub fn write(recording: &Recording) -> String {
    format!("#/play?session={}", utf8_percent_encode(&recording.to_json(), ENCODED))
}

/// What a fragment asks for.
///
/// # Errors
/// What is wrong with it, for the visitor to read.
pub fn read(fragment: &str) -> Result<Request, String> {
    let Some(query) = fragment.strip_prefix("#/play?") else { return Ok(Request::Nothing) };
    if LONGEST < query.len() {
        return Err(format!("The link is {} characters long; at most {LONGEST} can be read.", query.len()));
    }
    let field = |name: &str| {
        let field = query.split('&').find_map(|field| field.strip_prefix(name)?.strip_prefix('='))?;
        Some(percent_decode_str(field).decode_utf8_lossy().into_owned())
    };
    if let Some(json) = field("session") {
        return session(&json).map(|recording| Request::Session(Box::new(recording)));
    }
    let seed = match field("seed") {
        Some(seed) => {
            Some(seed.parse().map_err(|_| format!("The link's seed \"{seed}\" is no whole number."))?)
        }
        None => None,
    };
    match field("scenario") {
        Some(name) => match catalog::find(&name) {
            Some(index) => Ok(Request::Scenario(index, seed)),
            None => Err(format!("There is no scenario \"{name}\"; choose one of the row above.")),
        },
        None => Ok(seed.map_or(Request::Nothing, |seed| Request::Scenario(0, Some(seed)))),
    }
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
        for fragment in [
            "#/play?session=",
            "#/play?session=%7B",
            "#/play?session=%ff%fe",
            "#/play?seed=x",
            "#/play?scenario=no",
        ] {
            assert!(read(fragment).is_err(), "{fragment}");
        }
        assert!(read(&format!("#/play?session={}", "x".repeat(LONGEST))).is_err());
        for fragment in ["", "#", "#/", "#/learn/ttl", "#/play?", "#/play?x=y"] {
            assert_eq!(read(fragment), Ok(Request::Nothing), "{fragment}");
        }
        assert_eq!(read("#/play?scenario=balanced&seed=3"), Ok(Request::Scenario(1, Some(3))));
    }
}
