//! What a delivery tells of its message, when a case asks to see it.

use queuescope_engine::broker::rabbitmq::message::{Death, Field, Name, Place, field};
use queuescope_engine::broker::rabbitmq::method::Delivery;

/// A property or header by its name.
pub(super) fn value(delivery: &Delivery, name: &str) -> String {
    let envelope = &delivery.envelope;
    let properties = &envelope.properties;
    match name {
        "exchange" => text(&envelope.exchange),
        "key" => text(&envelope.key),
        "expiration" => properties.expiration.as_ref().map_or("-".into(), text),
        "priority" => properties.priority.map_or("-".into(), |priority| priority.to_string()),
        "CC" => keys(&properties.cc),
        // Consumers do not see it.
        "BCC" => "-".into(),
        "x-death" if properties.deaths.entries.is_empty() => "-".into(),
        "x-death" => properties.deaths.entries.iter().map(death).collect(),
        "x-first-death" => properties.deaths.first.as_ref().map_or("-".into(), place),
        "x-last-death" => properties.deaths.last.as_ref().map_or("-".into(), place),
        "x-delivery-count" => delivery.delivery_count.map_or("-".into(), |count| count.to_string()),
        "x-acquired-count" => delivery.acquired_count.to_string(),
        header => match field(&properties.headers, header) {
            None => "-".into(),
            Some(Field::Text(own)) => text(own),
            Some(Field::Number(number)) => number.to_string(),
            Some(Field::Bool(yes)) => yes.to_string(),
            Some(Field::Void) => "void".into(),
        },
    }
}

fn text(text: &Name) -> String {
    if text.is_empty() { "\"\"".into() } else { text.to_string() }
}

fn keys(keys: &[Name]) -> String {
    if keys.is_empty() { "-".into() } else { keys.iter().map(text).collect::<Vec<_>>().join(",") }
}

fn place(place: &Place) -> String {
    format!("{}/{}/{}", text(&place.queue), place.reason.name(), text(&place.exchange))
}

fn death(death: &Death) -> String {
    let Death { queue, reason, count, exchange, keys: own, .. } = death;
    let expiration = death.expiration.as_ref().map(|time| format!(" expiration {time}")).unwrap_or_default();
    format!("[{} {} {count} {} {}{expiration}]", text(queue), reason.name(), text(exchange), keys(own))
}
