//! Reading a case at the wire of a server.

use queuescope_engine::Time;
use queuescope_engine::scenario::parse_span;

use super::super::case::read_time;
use super::super::lines::{At, Line, ReadError, Section};
use super::{Expected, Protocol, Step, Versions};

/// The version a case is run for when it names none.
const LATEST: &str = "latest";

/// Whether the section `given` is that of a case of this kind.
pub(crate) fn is_protocol(given: &Section<'_>) -> bool {
    given.body.iter().any(|line| line.text.split_whitespace().next() == Some("server"))
}

/// Reads a case from its sections.
pub(crate) fn read(
    at: At<'_>,
    given: &Section<'_>,
    when: &Section<'_>,
    then: &[&Section<'_>],
) -> Result<Protocol, ReadError> {
    let mut case = read_given(at, given)?;
    case.end = read_when(at, &mut case, when)?;
    for section in then {
        let expected = read_then(at, &case, section)?;
        case.expected.push(expected);
    }
    if case.expected.is_empty() {
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
        steps: Vec::new(),
        end: Time::ZERO,
        expected: Vec::new(),
        file: at.file.to_owned(),
        id: at.case.to_owned(),
    };
    for line in &section.body {
        let (keyword, rest) = line.text.split_once(char::is_whitespace).unwrap_or((line.text, ""));
        let words = rest.split_whitespace();
        match keyword {
            "server" => {
                let mut words = words;
                case.system = words.next().unwrap_or_default().to_owned();
                for word in words {
                    let (name, value) = word
                        .split_once('=')
                        .ok_or_else(|| at.error(*line, format!("{word:?} is not of the form NAME=VALUE")))?;
                    case.settings.push((name.to_owned(), value.to_owned()));
                }
            }
            "versions" => case.versions = words.map(str::to_owned).collect(),
            "model-only" if !rest.trim().is_empty() => case.model_only = Some(rest.trim().to_owned()),
            _ => {
                let permitted = "write: server SYSTEM [NAME=VALUE ...], versions V ..., model-only WHY";
                return Err(at.error(*line, permitted));
            }
        }
    }
    if case.versions.is_empty() {
        case.versions.push(LATEST.to_owned());
    }
    Ok(case)
}

/// Takes a leading `[4.0 4.3]` off a line.
fn versions<'a>(at: At<'_>, case: &Protocol, line: Line<'a>) -> Result<(Versions, &'a str), ReadError> {
    let Some(inner) = line.text.strip_prefix('[') else { return Ok((Versions::default(), line.text)) };
    let (named, rest) =
        inner.split_once(']').ok_or_else(|| at.error(line, "versions stand in brackets: [4.0 4.3]"))?;
    let named: Vec<String> = named.split_whitespace().map(str::to_owned).collect();
    if let Some(unknown) = named.iter().find(|name| !case.versions.contains(name)) {
        let message = format!("{unknown:?} is not among the versions of this case");
        return Err(at.error(line, message));
    }
    Ok((Versions(named), rest.trim_start()))
}

fn read_when(at: At<'_>, case: &mut Protocol, section: &Section<'_>) -> Result<Time, ReadError> {
    let mut last = Time::ZERO;
    for (index, line) in section.body.iter().enumerate() {
        let (versions, text) = versions(at, case, *line)?;
        let words = split(text).map_err(|error| at.error(*line, error))?;
        let Some((time, words)) = words.split_first() else { continue };
        let time = read_time(at, *line, time)?;
        if time < last {
            return Err(at.error(*line, format!("{time} is before {last}: actions stand in order of time")));
        }
        last = time;
        if *words == ["end"] {
            return match section.body.get(index + 1) {
                Some(after) => Err(at.error(*after, "nothing can follow the end")),
                None => Ok(time),
            };
        }
        let (mut times, mut every, mut words) = (1_u32, std::time::Duration::ZERO, words);
        if let [first, count, second, span, rest @ ..] = words
            && first == "repeat"
            && second == "every"
        {
            times = count.parse().map_err(|_| at.error(*line, "repeat is followed by a number"))?;
            every = parse_span(span).map_err(|error| at.error(*line, error))?.since(Time::ZERO);
            words = rest;
        }
        let [client, words @ ..] = words else {
            return Err(at.error(*line, "write: TIME [repeat N every SPAN] CLIENT ACTION ... or TIME end"));
        };
        for round in 0..times {
            case.steps.push(Step {
                at: time + every * round,
                versions: versions.clone(),
                client: client.clone(),
                words: words.to_vec(),
                line: line.number,
            });
        }
        last = case.steps.last().map_or(last, |step| step.at);
    }
    Err(at.error(section.head, "a last line \"TIME end\" is missing"))
}

fn read_then(at: At<'_>, case: &Protocol, section: &Section<'_>) -> Result<Expected, ReadError> {
    let words: Vec<&str> = section.rest().split_whitespace().collect();
    let time = match words[..] {
        ["at", time] => Some(read_time(at, section.head, time)?),
        ["finally"] => Some(case.end),
        [client] => {
            if !case.clients().any(|own| own == client) {
                return Err(at.error(section.head, format!("no client {client:?} does anything")));
            }
            let mut lines = Vec::new();
            for line in &section.body {
                let (versions, text) = versions(at, case, *line)?;
                if text == "nothing" {
                    continue;
                }
                let (time, text) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                lines.push((versions, read_time(at, *line, time)?, text));
            }
            return Ok(Expected::Client { name: client.to_owned(), lines });
        }
        _ => None,
    };
    let Some(time) = time else {
        return Err(at.error(section.head, "write: then CLIENT, then at TIME or then finally"));
    };
    if case.end < time {
        return Err(at.error(section.head, format!("the run ends at {}", case.end)));
    }
    let mut lines = Vec::new();
    for line in &section.body {
        let (versions, text) = versions(at, case, *line)?;
        let (key, value) =
            text.split_once(": ").ok_or_else(|| at.error(*line, "write: WHAT: what it holds"))?;
        let tidy = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.push((versions, tidy(key), tidy(value)));
    }
    Ok(Expected::State { at: time, lines })
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
