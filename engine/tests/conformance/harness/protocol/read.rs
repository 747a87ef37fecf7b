//! Reading a case at the wire of a server.

use std::time::Duration;

use queuescope_engine::Time;
use queuescope_engine::scenario::parse_span;

use super::super::case::read_time;
use super::super::lines::{At, Line, ReadError, Section};
use super::{Expected, Protocol, Sight, Step, Versions};

/// The version a case is run for when it names none.
const LATEST: &str = "latest";

/// How often an action can be repeated.
const MAX_REPEATS: u32 = 100_000;

/// Whether the section `given` is that of a case of this kind.
pub(crate) fn is_protocol(given: &Section<'_>) -> bool {
    given.body.iter().any(|line| line.text.split_whitespace().next() == Some("server"))
}

/// Reads a case from its sections. One that is not modelled may do without `when` and `then`.
pub(crate) fn read(
    at: At<'_>,
    given: &Section<'_>,
    when: Option<&Section<'_>>,
    then: &[&Section<'_>],
) -> Result<Protocol, ReadError> {
    let mut case = read_given(at, given)?;
    let Some(when) = when else {
        return match (&case.not_modelled, then) {
            (Some(_), []) => Ok(case),
            _ => Err(at.error(given.head, "the section \"when\" is missing")),
        };
    };
    case.end = read_when(at, &mut case, when)?;
    let mut heads: Vec<&str> = Vec::new();
    for section in then {
        if heads.contains(&section.rest()) {
            let message = format!("there is a section \"then {}\" above already", section.rest());
            return Err(at.error(section.head, message));
        }
        heads.push(section.rest());
        let expected = read_then(at, &case, section)?;
        case.expected.push(expected);
    }
    if case.expected.is_empty() && case.not_modelled.is_none() {
        return Err(at.error(given.head, "the section \"then\" is missing"));
    }
    Ok(case)
}

fn read_given(at: At<'_>, section: &Section<'_>) -> Result<Protocol, ReadError> {
    let mut case = Protocol {
        system: String::new(),
        settings: Vec::new(),
        versions: Vec::new(),
        model_only: None,
        not_modelled: None,
        steps: Vec::new(),
        end: Time::ZERO,
        expected: Vec::new(),
        file: at.file.to_owned(),
        id: at.case.to_owned(),
        line: section.head.number,
    };
    let mut keywords: Vec<&str> = Vec::new();
    for line in &section.body {
        let (keyword, rest) = line.text.split_once(char::is_whitespace).unwrap_or((line.text, ""));
        let rest = rest.trim();
        if keywords.contains(&keyword) {
            return Err(at.error(*line, format!("there is a line {keyword:?} above already")));
        }
        keywords.push(keyword);
        match keyword {
            "server" if !rest.is_empty() => read_server(at, *line, rest, &mut case)?,
            "versions" if !rest.is_empty() => {
                case.versions = rest.split_whitespace().map(str::to_owned).collect();
            }
            "model-only" if !rest.is_empty() => case.model_only = Some(rest.to_owned()),
            "not-modelled" if !rest.is_empty() => case.not_modelled = Some(rest.to_owned()),
            _ => {
                let permitted = "write: server SYSTEM [NAME=VALUE ...], versions V ..., model-only WHY or \
                                 not-modelled WHY";
                return Err(at.error(*line, permitted));
            }
        }
    }
    if case.versions.is_empty() {
        case.versions.push(LATEST.to_owned());
    }
    Ok(case)
}

fn read_server(at: At<'_>, line: Line<'_>, rest: &str, case: &mut Protocol) -> Result<(), ReadError> {
    case.line = line.number;
    let mut words = rest.split_whitespace();
    case.system = words.next().unwrap_or_default().to_owned();
    for word in words {
        match word.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                case.settings.push((name.to_owned(), value.to_owned()));
            }
            _ => return Err(at.error(line, format!("{word:?} is not of the form NAME=VALUE"))),
        }
    }
    Ok(())
}

/// Takes a leading `[4.0 4.3]` off a line.
fn versions<'a>(at: At<'_>, case: &Protocol, line: Line<'a>) -> Result<(Versions, &'a str), ReadError> {
    let Some(inner) = line.text.strip_prefix('[') else { return Ok((Versions::default(), line.text)) };
    let (named, rest) =
        inner.split_once(']').ok_or_else(|| at.error(line, "versions stand in brackets: [4.0 4.3]"))?;
    let named: Vec<String> = named.split_whitespace().map(str::to_owned).collect();
    if named.is_empty() {
        return Err(at.error(line, "no version stands in the brackets"));
    }
    if let Some(unknown) = named.iter().find(|name| !case.versions.contains(name)) {
        let all = case.versions.join(" ");
        return Err(at.error(line, format!("{unknown:?} is not among the versions of this case: {all}")));
    }
    Ok((Versions(named), rest.trim_start()))
}

/// Puts the actions into `case` and returns the end.
fn read_when(at: At<'_>, case: &mut Protocol, section: &Section<'_>) -> Result<Time, ReadError> {
    let mut last = Time::ZERO;
    for (index, line) in section.body.iter().enumerate() {
        let (versions, text) = versions(at, case, *line)?;
        let words = split(text).map_err(|error| at.error(*line, error))?;
        let Some((time, words)) = words.split_first() else {
            return Err(at.error(*line, HOW_TO_ACT));
        };
        let time = read_time(at, *line, time)?;
        if time < last {
            return Err(at.error(*line, format!("{time} is before {last}: actions stand in order of time")));
        }
        if *words == ["end"] {
            return match section.body.get(index + 1) {
                Some(after) => Err(at.error(*after, "nothing can follow the end")),
                None if !versions.0.is_empty() => {
                    Err(at.error(*line, "the end is the same for all versions"))
                }
                None => Ok(time),
            };
        }
        last = read_action(at, case, *line, (time, versions, words))?;
    }
    Err(at.error(section.head, "a last line \"TIME end\" is missing"))
}

const HOW_TO_ACT: &str = "write: TIME [repeat N every SPAN] CLIENT ACTION ... or TIME end";

/// Adds what one line does, and returns when it does so for the last time.
fn read_action(
    at: At<'_>,
    case: &mut Protocol,
    line: Line<'_>,
    (time, versions, mut words): (Time, Versions, &[String]),
) -> Result<Time, ReadError> {
    let (mut times, mut every) = (1_u32, Duration::ZERO);
    if let [first, rest @ ..] = words
        && first == "repeat"
    {
        let [count, second, span, rest @ ..] = rest else { return Err(at.error(line, HOW_TO_ACT)) };
        if second != "every" {
            return Err(at.error(line, HOW_TO_ACT));
        }
        let count = count.parse().ok().filter(|count| (1..=MAX_REPEATS).contains(count));
        times = count.ok_or_else(|| at.error(line, format!("repeat is followed by 1 to {MAX_REPEATS}")))?;
        every = parse_span(span).map_err(|error| at.error(line, error))?.since(Time::ZERO);
        words = rest;
    }
    let [client, words @ ..] = words else { return Err(at.error(line, HOW_TO_ACT)) };
    if words.is_empty() {
        return Err(at.error(line, HOW_TO_ACT));
    }
    let moment = |round| time + every * round;
    case.steps.extend((0..times).map(|round| Step {
        at: moment(round),
        versions: versions.clone(),
        client: client.clone(),
        words: words.to_vec(),
        line: line.number,
    }));
    Ok(moment(times - 1))
}

fn read_then(at: At<'_>, case: &Protocol, section: &Section<'_>) -> Result<Expected, ReadError> {
    let words: Vec<&str> = section.rest().split_whitespace().collect();
    let time = match words[..] {
        ["at", time] => read_time(at, section.head, time)?,
        ["finally"] => case.end,
        [client] if client != "at" => return read_client(at, case, section, client),
        _ => return Err(at.error(section.head, "write: then CLIENT, then at TIME or then finally")),
    };
    if case.end < time {
        return Err(at.error(section.head, format!("the run ends at {}", case.end)));
    }
    let mut lines = Vec::new();
    for line in &section.body {
        let (versions, text) = versions(at, case, *line)?;
        let (key, value) =
            text.split_once(": ").ok_or_else(|| at.error(*line, "write: WHAT: what it holds"))?;
        lines.push((versions, tidy(key), tidy(value)));
    }
    if lines.is_empty() {
        return Err(at.error(section.head, "nothing is expected: write: WHAT: what it holds"));
    }
    Ok(Expected::State { at: time, lines })
}

fn read_client(
    at: At<'_>,
    case: &Protocol,
    section: &Section<'_>,
    client: &str,
) -> Result<Expected, ReadError> {
    if !case.clients().any(|own| own == client) {
        return Err(at.error(section.head, format!("no client {client:?} does anything")));
    }
    let (mut lines, mut silent): (Vec<Sight>, Vec<Versions>) = (Vec::new(), Vec::new());
    for line in &section.body {
        let (versions, text) = versions(at, case, *line)?;
        if text == "nothing" {
            silent.push(versions);
            continue;
        }
        let (time, text) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let time = read_time(at, *line, time)?;
        let text = text.trim();
        let (any_order, text) = text.strip_prefix("~ ").map_or((false, text), |text| (true, text));
        if text.is_empty() {
            return Err(at.error(*line, "write: TIME [~] WHAT, or nothing"));
        }
        if case.end < time {
            return Err(at.error(*line, format!("the run ends at {}", case.end)));
        }
        lines.push(Sight { versions, at: time, text: tidy(text), any_order });
    }
    for version in &case.versions {
        let speaks = lines.iter().any(|line| line.versions.include(version));
        if speaks == silent.iter().any(|own| own.include(version)) {
            let how = "in each version a client sees something or, said so, nothing";
            return Err(at.error(section.head, format!("{how}: see version {version}")));
        }
    }
    Ok(Expected::Client { name: client.to_owned(), lines })
}

/// How many blanks stand between words is of no importance.
pub(super) fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words between blanks. What stands in double quotes is one word or part of one, and keeps its quotes.
fn split(text: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for letter in text.chars() {
        if letter.is_whitespace() && !quoted {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        quoted ^= letter == '"';
        word.push(letter);
    }
    if quoted {
        return Err(format!("a quote is not closed in {text:?}"));
    }
    if !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}
