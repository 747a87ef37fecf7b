//! From deliveries to the words of a case.

use lapin::message::Delivery;
use lapin::types::{AMQPValue, FieldTable};

/// What the case calls a message, with `r` if it is redelivered, and what else it wants to be shown.
pub(super) fn delivery(delivery: &Delivery, show: &[String]) -> String {
    let mut text = label(delivery);
    if delivery.redelivered {
        text.push('r');
    }
    for name in show {
        text += &format!(" {name}={}", shown(delivery, name));
    }
    text
}

/// Every message that a case publishes carries its label as its id.
pub(super) fn label(delivery: &Delivery) -> String {
    delivery.properties.message_id().as_ref().map_or_else(|| "?".into(), ToString::to_string)
}

fn shown(delivery: &Delivery, name: &str) -> String {
    let none = || "-".to_owned();
    let properties = &delivery.properties;
    match name {
        "exchange" => name_or_quotes(delivery.exchange.as_str()),
        "key" => name_or_quotes(delivery.routing_key.as_str()),
        "expiration" => properties.expiration().as_ref().map_or_else(none, ToString::to_string),
        "priority" => properties.priority().map_or_else(none, |priority| priority.to_string()),
        _ => {
            let headers = properties.headers().as_ref();
            let header = |name: &str| headers.and_then(|table| table.inner().get(name));
            match name {
                "x-first-death" | "x-last-death" => {
                    let part = |part| header(&format!("{name}-{part}")).map(text);
                    match (part("queue"), part("reason"), part("exchange")) {
                        (None, None, None) => none(),
                        parts => [parts.0, parts.1, parts.2].map(|part| part.unwrap_or_else(none)).join("/"),
                    }
                }
                _ => header(name).map_or_else(none, text),
            }
        }
    }
}

fn name_or_quotes(name: &str) -> String {
    if name.is_empty() { "\"\"".into() } else { name.into() }
}

fn text(value: &AMQPValue) -> String {
    match value {
        AMQPValue::Boolean(value) => value.to_string(),
        AMQPValue::ShortShortInt(number) => number.to_string(),
        AMQPValue::ShortShortUInt(number) => number.to_string(),
        AMQPValue::ShortInt(number) => number.to_string(),
        AMQPValue::ShortUInt(number) => number.to_string(),
        AMQPValue::LongInt(number) => number.to_string(),
        AMQPValue::LongUInt(number) => number.to_string(),
        AMQPValue::LongLongInt(number) => number.to_string(),
        AMQPValue::Timestamp(number) => number.to_string(),
        AMQPValue::ShortString(text) => name_or_quotes(text.as_str()),
        AMQPValue::LongString(text) => name_or_quotes(&text.to_string()),
        AMQPValue::FieldArray(values) => {
            let deaths = values.as_slice().iter().all(|value| matches!(value, AMQPValue::FieldTable(_)));
            let each: Vec<String> = values.as_slice().iter().map(text).collect();
            each.join(if deaths { "" } else { "," })
        }
        AMQPValue::FieldTable(table) => death(table),
        AMQPValue::Void => "void".into(),
        AMQPValue::Float(_) | AMQPValue::Double(_) | AMQPValue::DecimalValue(_) | AMQPValue::ByteArray(_) => {
            format!("{value:?}")
        }
    }
}

/// An entry of `x-death`.
fn death(table: &FieldTable) -> String {
    let field = |name: &str| table.inner().get(name).map_or_else(|| "-".into(), text);
    let [queue, reason, count, exchange, keys] =
        ["queue", "reason", "count", "exchange", "routing-keys"].map(field);
    let expiration = match table.inner().get("original-expiration") {
        Some(expiration) => format!(" expiration {}", text(expiration)),
        None => String::new(),
    };
    format!("[{queue} {reason} {count} {exchange} {keys}{expiration}]")
}
