//! From the server's answers to the words of a case.

use std::time::{SystemTime, UNIX_EPOCH};

use redis::Value;

use super::words::{Command, Values};

/// A message of Pub/Sub, which nobody asked for.
pub(super) fn message(value: &Value, values: &Values) -> Option<String> {
    let Value::Array(parts) = value else { return None };
    let [Value::BulkString(kind), rest @ ..] = &parts[..] else { return None };
    let kind = match (kind.as_slice(), rest.len()) {
        (b"message", 2) => "message",
        (b"pmessage", 3) => "pmessage",
        _ => return None,
    };
    Some(format!("{kind} {}", words(rest, values)))
}

/// What `EXEC` answers to the commands of a transaction.
pub(super) fn transaction(asked: &[Command], value: &Value, values: &Values) -> String {
    let Value::Array(answers) = value else { return text(value, values) };
    let each = asked.iter().zip(answers).map(|(command, value)| answer(command, value, values));
    format!("({})", each.collect::<Vec<_>>().join("; "))
}

/// What a command is answered.
pub(super) fn answer(command: &Command, value: &Value, values: &Values) -> String {
    let Value::Array(parts) = value else { return text(value, values) };
    match command.name() {
        "BLPOP" | "BRPOP" | "LMPOP" | "BLMPOP" | "SUBSCRIBE" | "PSUBSCRIBE" | "UNSUBSCRIBE"
        | "PUNSUBSCRIBE" => words(parts, values),
        "XREAD" | "XREADGROUP" => {
            let streams = parts.iter().map(|stream| match stream {
                Value::Array(stream) if stream.len() == 2 => {
                    format!("{} {}", text(&stream[0], values), entries(&stream[1], values))
                }
                other => text(other, values),
            });
            streams.collect::<Vec<_>>().join(" ")
        }
        "XCLAIM" if command.has("JUSTID") => text(value, values),
        "XRANGE" | "XREVRANGE" | "XCLAIM" => entries(value, values),
        "XAUTOCLAIM" => match &parts[..] {
            [cursor, claimed, deleted @ ..] => {
                let claimed =
                    if command.has("JUSTID") { text(claimed, values) } else { entries(claimed, values) };
                // Servers before 7.0 do not tell what was deleted.
                let deleted = deleted.first().map_or(String::new(), |ids| format!(" {}", text(ids, values)));
                format!("{} {claimed}{deleted}", text(cursor, values))
            }
            _ => text(value, values),
        },
        "XPENDING" if command.arguments() == 2 => summary(parts, values),
        "XPENDING" => list(parts, |entry| pending(entry, values, true)),
        _ => text(value, values),
    }
}

/// Any value.
pub(super) fn text(value: &Value, values: &Values) -> String {
    match value {
        Value::Nil => "nil".into(),
        Value::Int(number) => number.to_string(),
        Value::Okay => "OK".into(),
        Value::SimpleString(status) => status.clone(),
        Value::BulkString(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            now(&text).unwrap_or_else(|| values.name(&text).to_owned())
        }
        Value::Array(parts) => list(parts, |part| text(part, values)),
        Value::ServerError(error) => format!("error {}", error.code()),
        other => format!("{other:?}"),
    }
}

pub(super) fn list(parts: &[Value], tell: impl Fn(&Value) -> String) -> String {
    format!("[{}]", parts.iter().map(tell).collect::<Vec<_>>().join(" "))
}

fn words(parts: &[Value], values: &Values) -> String {
    parts.iter().map(|part| text(part, values)).collect::<Vec<_>>().join(" ")
}

/// An id of which the milliseconds are those of the clock, within an hour, is told without them.
fn now(id: &str) -> Option<String> {
    let (millis, sequence) = id.split_once('-')?;
    let millis: u128 = millis.parse().ok()?;
    sequence.parse::<u64>().ok()?;
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_millis();
    (millis.abs_diff(clock) < 3_600_000).then(|| format!("now-{sequence}"))
}

pub(super) fn entries(value: &Value, values: &Values) -> String {
    match value {
        Value::Array(parts) => list(parts, |part| entry(part, values)),
        other => text(other, values),
    }
}

/// `1-0=a`; a claimed one, `1-0=a/60s/1`, with its idle time and its earlier deliveries.
pub(super) fn entry(value: &Value, values: &Values) -> String {
    let Value::Array(parts) = value else { return text(value, values) };
    let body = |fields: &Value| match fields {
        Value::Array(fields) if fields.len() == 2 => text(&fields[1], values),
        other => text(other, values),
    };
    match &parts[..] {
        [id, fields] => format!("{}={}", text(id, values), body(fields)),
        [id, fields, Value::Int(idle), Value::Int(deliveries)] => {
            format!("{}={}/{}/{deliveries}", text(id, values), body(fields), seconds(*idle))
        }
        _ => text(value, values),
    }
}

/// `1-0/c1/5s/2`: id, owner, idle time where it is asked for, deliveries.
pub(super) fn pending(value: &Value, values: &Values, with_idle: bool) -> String {
    match value {
        Value::Array(parts) => match &parts[..] {
            [id, owner, Value::Int(idle), deliveries] => {
                let idle = if with_idle { format!("/{}", seconds(*idle)) } else { String::new() };
                let tell = |value| text(value, values);
                format!("{}/{}{idle}/{}", tell(id), tell(owner), tell(deliveries))
            }
            _ => text(value, values),
        },
        other => text(other, values),
    }
}

fn seconds(millis: i64) -> String {
    format!("{}s", (millis + 500) / 1000)
}

/// `3 1-0 3-0 c1=2 c2=1`
fn summary(parts: &[Value], values: &Values) -> String {
    match parts {
        [Value::Int(0), ..] => "0".into(),
        [count, least, greatest, Value::Array(owners)] => {
            let tell = |value| text(value, values);
            let owners = owners.iter().map(|owner| match owner {
                Value::Array(pair) if pair.len() == 2 => format!(" {}={}", tell(&pair[0]), tell(&pair[1])),
                other => format!(" {}", tell(other)),
            });
            format!("{} {} {}{}", tell(count), tell(least), tell(greatest), owners.collect::<String>())
        }
        _ => words(parts, values),
    }
}
