//! A session in a link, or in a file: readable while it is short, compressed when it is long.
//!
//! A link is `#/play?engine=full&version=0.1.0` with the view (`speed=10`, `paused`), what it is for
//! ([`lesson`](crate::lesson)), and one of two:
//!
//! - `scenario=balanced&seed=3&at=12.5&do=4.25@17:producer.rate:50;9@40:stop:consumer`: a scenario of the catalog, how
//!   far it went in seconds, and each act with its time and the number of events before it;
//! - `z=1…`: the recording in few words, deflated, in the alphabet of links. The first character is the version of the
//!   format; [`unpack`] reads every one there has been.
//!
//! Links of the first form of all, `session=` and the recording as JSON, are read by [`crate::link`] for ever.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use queuescope_engine::decimal::Decimal;
use queuescope_engine::knob::Value;
use queuescope_engine::time::Time;
use queuescope_engine::timeline::{ENGINE, Recording, Stamped};
use queuescope_engine::{Command, Scenario};

use crate::catalog;
use crate::lesson::{self, Lesson};
use crate::link::{ENCODED, FULL};
use crate::playback::{SPEEDS, Speed};

/// What the fragment of a link to the whole page begins with.
const WHOLE: &str = "#/play?";

/// A link that is longer than this is compressed, if that makes it shorter.
const READABLE: usize = 300;

/// The format of what is compressed.
const FORMAT: char = '1';

/// What is unpacked is no longer than this: a link must not fill the memory.
const LONGEST: usize = 1 << 20;

/// The hardest that the compressor tries.
const LEVEL: u8 = 9;

/// A session and how it is looked at.
#[derive(Clone, PartialEq, Debug)]
pub struct Shared {
    /// Its history.
    pub recording: Recording,
    /// The speed asked for.
    pub speed: Speed,
    /// Whether time passes.
    pub playing: bool,
    /// What it is for.
    pub lesson: Lesson,
    /// What of its link could not be read and was passed over.
    pub garbage: Option<String>,
}

impl Shared {
    /// What has to be said of it: what of its link was passed over, or that another engine made it.
    pub fn notice(&self) -> Option<String> {
        self.garbage.clone().or_else(|| another_engine(&self.recording))
    }
}

/// What has to be said of a history that another engine made.
pub fn another_engine(recording: &Recording) -> Option<String> {
    let theirs = &recording.engine;
    (theirs != ENGINE).then(|| {
        format!(
            "This session was made with version {theirs} of the engine; here is {ENGINE}. It is run anew, and what \
             happens in it may differ."
        )
    })
}

/// The fragment of a link to a session.
pub fn write(shared: &Shared) -> String {
    let Shared { recording, speed, playing, lesson, garbage: _ } = shared;
    let mut head = format!("{WHOLE}{FULL}&version={}", utf8_percent_encode(&recording.engine, ENCODED));
    if *speed != Speed::Times(1.0) {
        head += &format!("&speed={}", name(*speed));
    }
    if !playing {
        head += "&paused";
    }
    if let Some(lesson) = lesson::write(lesson) {
        head += &format!("&lesson={lesson}");
    }
    let own = catalog::find(&recording.scenario.name).filter(|index| is_shipped(*index, &recording.scenario));
    // The name of a scenario gives its cause away.
    let readable = own
        .filter(|_| !lesson.hides_cause)
        .map(|_| head.clone() + &readable(recording))
        .filter(|link| link.len() <= READABLE && read_back(link).as_ref() == Some(recording));
    readable.unwrap_or_else(|| {
        let known = own.map(|_| &*recording.scenario.name);
        let packed = compress_to_vec(recording.to_short_json(known).as_bytes(), LEVEL);
        format!("{head}&z={FORMAT}{}", BASE64_URL_SAFE_NO_PAD.encode(packed))
    })
}

fn is_shipped(index: usize, scenario: &Scenario) -> bool {
    catalog::away(index).is_none() && catalog::scenario(index) == *scenario
}

/// The name of a speed in a link.
pub fn name(speed: Speed) -> String {
    match speed {
        Speed::Times(times) => Decimal(times).to_string(),
        Speed::Max => "max".into(),
    }
}

fn readable(recording: &Recording) -> String {
    let Recording { scenario, seed, commands, until, .. } = recording;
    let mut text = format!("&scenario={}&seed={seed}&at={}", scenario.name, seconds(*until));
    for (index, Stamped { events, nanos, act }) in commands.iter().enumerate() {
        text += if index == 0 { "&do=" } else { ";" };
        text += &format!("{}@{events}:", seconds(*nanos));
        let quoted = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        text += &match act {
            Command::Set { knob, to: Value::Number(to) } => format!("{}:{}", quoted(knob), Decimal(*to)),
            Command::Set { knob, to: Value::Choice(to) } => format!("{}:{}", quoted(knob), quoted(to)),
            Command::Start(who) => format!("start:{}", quoted(who)),
            Command::Stop(who) => format!("stop:{}", quoted(who)),
            // Nothing reads this: the link will be a compressed one.
            Command::Crash { .. }
            | Command::Restart { .. }
            | Command::Hang { .. }
            | Command::Resume { .. }
            | Command::Cut(_)
            | Command::Mend(_)
            | Command::Outage(_)
            | Command::Recover(_)
            | Command::RestartServer(_)
            | Command::Operate { .. }
            | Command::Send { .. } => String::new(),
        };
    }
    text
}

/// The history of a link, if it has one.
fn read_back(link: &str) -> Option<Recording> {
    let query = link.strip_prefix(WHOLE)?;
    read(query)?.ok().map(|shared| shared.recording)
}

/// A time in seconds, to the nanosecond.
fn seconds(nanos: u64) -> String {
    let (whole, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:09}").trim_end_matches('0').into()
}

fn nanos(seconds: &str) -> Option<u64> {
    let (whole, rest) = seconds.split_once('.').unwrap_or((seconds, ""));
    if 9 < rest.len() || !rest.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let nanos: u64 = format!("{rest:0<9}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(1_000_000_000)?.checked_add(nanos)
}

/// What the query of a link holds; nothing if it is no link to a session, but at most to a scenario.
///
/// # Errors
/// What is wrong with it, for the visitor to read.
pub fn read(query: &str) -> Option<Result<Shared, String>> {
    let raw = |name: &str| query.split('&').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
    let field = |name: &str| raw(name).map(decoded);
    let playing = !is_paused(query);
    let lesson = raw("lesson");
    let recording = match (raw("z"), raw("at"), field("session")) {
        (Some(packed), ..) => unpack(packed),
        (None, Some(at), _) => unfold(&field, at, raw("do")),
        (None, None, Some(json)) if lesson.is_some() => Recording::from_json(&json)
            .map_err(|problems| format!("The link's session cannot be read: {problems}.")),
        // A scenario from its start, but not as the page would open it.
        (None, None, None) if lesson.is_some() || !playing => unfold(&field, "0", None),
        (None, None, _) => return None,
    };
    Some(recording.map(|recording| seen(query, recording)))
}

/// A scenario from its start, seen as the query of a link asks for.
pub fn opened(query: &str, scenario: Scenario) -> Shared {
    let seed = query.split('&').find_map(|field| field.strip_prefix("seed=")?.parse().ok());
    let seed = seed.unwrap_or(scenario.seed);
    seen(query, Recording { engine: ENGINE.into(), scenario, seed, commands: Vec::new(), until: 0 })
}

/// A history, seen as the query of a link asks for.
fn seen(query: &str, recording: Recording) -> Shared {
    let field = |name: &str| query.split('&').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
    let speed = field("speed").map(decoded);
    let speed = SPEEDS.iter().copied().find(|own| speed.as_ref() == Some(&name(*own)));
    let (lesson, garbage) = field("lesson").map_or_else(Default::default, lesson::read);
    Shared {
        recording,
        speed: speed.unwrap_or(Speed::Times(1.0)),
        playing: !is_paused(query),
        lesson,
        garbage,
    }
}

fn is_paused(query: &str) -> bool {
    query.split('&').any(|field| field == "paused")
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// A history out of the fields of a readable link.
fn unfold(
    field: &impl Fn(&str) -> Option<String>,
    at: &str,
    acts: Option<&str>,
) -> Result<Recording, String> {
    let name = field("scenario").unwrap_or_else(|| catalog::SCENARIOS[0].name.into());
    let scenario = catalog::find(&name).map(catalog::scenario);
    let scenario =
        scenario.ok_or_else(|| format!("There is no scenario \"{name}\"; choose one of the row above."))?;
    let seed = match field("seed") {
        Some(seed) => seed.parse().map_err(|_| format!("The link's seed \"{seed}\" is no whole number."))?,
        None => scenario.seed,
    };
    let until = time(at)?;
    let mut commands = Vec::new();
    for text in acts.into_iter().flat_map(|acts| acts.split(';')) {
        commands.push(act(text).ok_or_else(|| {
            let text = decoded(text);
            format!("The link's \"{text}\" is no act; it must be like 4.25@17:producer.rate:50.")
        })?);
    }
    let engine = field("version").unwrap_or_else(|| ENGINE.into());
    Ok(Recording { engine, scenario, seed, commands, until })
}

fn time(at: &str) -> Result<u64, String> {
    let most = queuescope_engine::simulation::END.as_nanos();
    nanos(at).filter(|nanos| *nanos <= most).ok_or_else(|| {
        format!(
            "The link's time \"{}\" is no number of seconds from 0 to {}.",
            decoded(at),
            most / 1_000_000_000
        )
    })
}

fn act(text: &str) -> Option<Stamped> {
    let (at, rest) = text.split_once('@')?;
    let (events, rest) = rest.split_once(':')?;
    let (what, to) = rest.split_once(':')?;
    let (what, to) = (decoded(what), decoded(to));
    let act = match &*what {
        "start" => Command::Start(to),
        "stop" => Command::Stop(to),
        _ => {
            let number = Decimal::read(&to).map(|Decimal(number)| Value::Number(number));
            let to = number.unwrap_or_else(|| Value::Choice(to.into()));
            Command::Set { knob: what, to }
        }
    };
    Some(Stamped { events: events.parse().ok()?, nanos: time(at).ok()?, act })
}

/// A history out of a compressed link, whatever version its format is of.
fn unpack(packed: &str) -> Result<Recording, String> {
    let cannot = |why: &str| format!("The link's session cannot be read: {why}.");
    let mut chars = packed.chars();
    match chars.next() {
        Some(FORMAT) => {}
        Some(version @ '2'..='9') => {
            return Err(cannot(&format!(
                "it is of format {version}, which a later version of this page writes"
            )));
        }
        _ => return Err(cannot("it has no beginning")),
    }
    let broken = || cannot("part of it is missing or was changed");
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(chars.as_str()).map_err(|_| broken())?;
    let text = decompress_to_vec_with_limit(&bytes, LONGEST).map_err(|_| broken())?;
    let text = String::from_utf8(text).map_err(|_| broken())?;
    let known = |name: &str| catalog::find(name).map(catalog::scenario);
    Recording::from_short_json(&text, known).map_err(|problems| cannot(&problems.to_string()))
}

/// The session that a file holds: a recording as JSON.
///
/// # Errors
/// What is wrong with it, for the visitor to read.
pub fn from_file(text: &str) -> Result<Shared, String> {
    let recording = Recording::from_json(text);
    let recording =
        recording.map_err(|problems| format!("The file's session cannot be read: {problems}."))?;
    Ok(Shared {
        recording,
        speed: Speed::Times(1.0),
        playing: false,
        lesson: Lesson::default(),
        garbage: None,
    })
}

/// What a file with this session is called.
pub fn file_name(recording: &Recording) -> String {
    let seconds = Time::from_nanos(recording.until).as_nanos() / 1_000_000_000;
    format!("queuescope-{}-{seconds}s.json", recording.scenario.name)
}

#[cfg(test)]
mod tests;
