//! What a case can ask for: what keys, groups and channels hold.

use std::collections::BTreeMap;

use redis::{Cmd, Connection, Value};

use super::reply::{entry, pending, text};
use super::words::Values;

/// What `subject` names holds.
///
/// # Errors
/// What can be named; or the server's error.
pub(super) fn of(subject: &[&str], control: &mut Connection, values: &Values) -> Result<String, String> {
    let mut ask = |command: &mut Cmd| command.query::<Value>(control).map_err(|error| error.to_string());
    let command = |name: &str, arguments: &[&str]| redis::cmd(name).arg(arguments).take();
    let lines = |value: Value, tell: &dyn Fn(&Value) -> String| match value {
        Value::Array(parts) if parts.is_empty() => "none".to_owned(),
        Value::Array(parts) => parts.iter().map(tell).collect::<Vec<_>>().join(" "),
        other => text(&other, values),
    };
    match subject {
        ["list", key] => {
            let all = ask(&mut command("LRANGE", &[key, "0", "-1"]))?;
            Ok(lines(all, &|value| text(value, values)))
        }
        ["stream", key] => {
            let all = ask(&mut command("XRANGE", &[key, "-", "+"]))?;
            Ok(lines(all, &|value| entry(value, values)))
        }
        ["length", key] => {
            let kind = text(&ask(&mut command("TYPE", &[key]))?, values);
            let name = if kind == "stream" { "XLEN" } else { "LLEN" };
            Ok(text(&ask(&mut command(name, &[key]))?, values))
        }
        ["key", key] => Ok(text(&ask(&mut command("TYPE", &[key]))?, values)),
        ["pending", key, group] => {
            let all = ask(&mut command("XPENDING", &[key, group, "-", "+", "100000"]))?;
            Ok(lines(all, &|value| pending(value, values, false)))
        }
        ["group", key, group] => {
            let Value::Array(groups) = ask(&mut command("XINFO", &["GROUPS", key]))? else {
                return Err("XINFO GROUPS tells no groups".into());
            };
            let told = groups.into_iter().map(|told| fields(told, values));
            let own = told.into_iter().find(|told| told.get("name").is_some_and(|name| name == group));
            let own = own.ok_or_else(|| format!("{key} has no group {group}"))?;
            let field = |name| own.get(name).map_or("?", String::as_str);
            let (last, read, lag) = (field("last-delivered-id"), field("entries-read"), field("lag"));
            Ok(format!("last {last} read {read} lag {lag}"))
        }
        ["subscribers", channel] => match ask(&mut command("PUBSUB", &["NUMSUB", channel]))? {
            Value::Array(pair) if pair.len() == 2 => Ok(text(&pair[1], values)),
            other => Ok(text(&other, values)),
        },
        _ => Err("one of: list KEY, stream KEY, length KEY, key KEY, pending KEY GROUP, group KEY GROUP, \
                  subscribers CHANNEL"
            .into()),
    }
}

/// Names and values that follow one another.
fn fields(told: Value, values: &Values) -> BTreeMap<String, String> {
    let Value::Array(told) = told else { return BTreeMap::new() };
    let pairs = told.chunks(2).filter_map(|pair| match pair {
        [name, value] => Some((text(name, values), text(value, values))),
        _ => None,
    });
    pairs.collect()
}
