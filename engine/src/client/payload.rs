//! What a producer puts into its messages: what they are about, how large, how urgent, how long they are of use.

use std::time::Duration;

use crate::knob::{self, Domain, Knob, Scale, Unit, Value};
use crate::mechanism::real::Real;
use crate::random::{Draw, Stream};

use super::USUAL_SIZE;
use super::manner::{seconds, span};

/// Its settings, which stand with those of the producer.
pub(super) const KNOBS: [Knob; 7] = [
    Knob {
        name: "keys",
        label: "Keys",
        domain: Domain::Whole {
            min: 1,
            max: 65_535,
            default: 10,
            unit: Unit::Plain,
            scale: Scale::Logarithmic,
        },
        unset: Some("messages have no key"),
        meaning: "How many different things messages are about: orders, users, devices. Each message has one of these keys.",
        ..Knob::PLAIN
    },
    Knob {
        name: "hot-key",
        label: "Hot key",
        domain: Domain::Real { min: 0.0, max: 1.0, default: 0.0, unit: Unit::Share, scale: Scale::Linear },
        meaning: "The share of messages that have the first key, beyond what falls to it by chance.",
        ..Knob::PLAIN
    },
    Knob {
        name: "size",
        label: "Message size",
        domain: Domain::Whole {
            min: 0,
            max: 10_000_000,
            default: 1000,
            unit: Unit::Bytes,
            scale: Scale::Logarithmic,
        },
        meaning: "The mean size of a message's body.",
        ..Knob::PLAIN
    },
    Knob {
        name: "size-spread",
        label: "Size spread",
        domain: Domain::Real { min: 0.0, max: 1.0, default: 0.0, unit: Unit::Share, scale: Scale::Linear },
        meaning: "How much sizes differ: with 0 all are alike, with 1 they are anything up to twice the mean.",
        ..Knob::PLAIN
    },
    Knob {
        name: "ttl",
        label: "Time to live",
        domain: seconds(60.0),
        unset: Some("messages are of use for ever"),
        meaning: "How long a message is of use: systems that can, let it expire after that.",
        ..Knob::PLAIN
    },
    Knob {
        name: "priority",
        label: "Priority",
        domain: Domain::Whole { min: 0, max: 255, default: 0, unit: Unit::Plain, scale: Scale::Linear },
        unset: Some("messages have no priority"),
        meaning: "How urgent its messages are, for systems that look at that.",
        ..Knob::PLAIN
    },
    Knob {
        name: "schema",
        label: "Schema version",
        domain: Domain::Whole { min: 1, max: 99, default: 1, unit: Unit::Plain, scale: Scale::Linear },
        meaning: "The version of the format that its messages are written in: workers may not understand a newer one.",
        // A message says who sent it, and by that in which version it is.
        live: false,
        ..Knob::PLAIN
    },
];

/// What a producer puts into its messages.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct Payload {
    keys: u16,
    hot_key: Real,
    size: u32,
    spread: Real,
    ttl: Option<Duration>,
    priority: Option<u8>,
    schema: u16,
}

impl Default for Payload {
    fn default() -> Payload {
        Payload {
            keys: 0,
            hot_key: Real(0.0),
            size: USUAL_SIZE,
            spread: Real(0.0),
            ttl: None,
            priority: None,
            schema: 1,
        }
    }
}

impl Payload {
    pub(crate) fn ttl(&self) -> Option<Duration> {
        self.ttl
    }

    pub(crate) fn priority(&self) -> Option<u8> {
        self.priority
    }

    /// The version of the format of its messages.
    pub(crate) fn schema(&self) -> u16 {
        self.schema
    }

    /// Whether all messages are alike: no keys, one size, no time limit, no priority.
    pub(super) fn is_plain(&self) -> bool {
        self.keys == 0 && self.spread.0 <= 0.0 && self.ttl.is_none() && self.priority.is_none()
    }

    /// The size that messages have where sizes are not spread.
    #[inline(always)]
    pub(crate) fn usual_size(&self) -> u32 {
        self.size
    }

    /// The key of a message, from 1; 0 where there are none.
    #[inline]
    pub(crate) fn key(&self, seed: u64, message: u64) -> u16 {
        if self.keys == 0 { 0 } else { self.draw_key(seed, message) }
    }

    fn draw_key(&self, seed: u64, message: u64) -> u16 {
        let mut stream = Stream::of_message(seed, message, Draw::Key, 0);
        if stream.chance(self.hot_key.0) { 1 } else { stream.below(self.keys.into()) as u16 + 1 }
    }

    /// The size of a message in bytes.
    #[inline]
    pub(crate) fn size(&self, seed: u64, message: u64) -> u32 {
        if self.spread.0 <= 0.0 { self.size } else { self.draw_size(seed, message) }
    }

    fn draw_size(&self, seed: u64, message: u64) -> u32 {
        let luck = 2.0 * Stream::of_message(seed, message, Draw::Size, 0).uniform() - 1.0;
        (f64::from(self.size) * (1.0 + self.spread.0 * luck)) as u32
    }

    pub(super) fn set(&mut self, knob: &str, value: &Value) {
        let number = knob::number(value);
        let is_set = matches!(value, Value::Number(_));
        match knob {
            "keys" => self.keys = number as u16,
            "hot-key" => self.hot_key = Real(number),
            "size" => self.size = number as u32,
            "size-spread" => self.spread = Real(number),
            "ttl" => self.ttl = is_set.then(|| span(value)),
            "schema" => self.schema = number as u16,
            "priority" => self.priority = is_set.then_some(number as u8),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_sizes_are_drawn_for_the_message_and_keep_to_their_ranges() {
        let mut payload = Payload::default();
        assert_eq!((payload.key(7, 1), payload.size(7, 1)), (0, 1000));
        payload.set("keys", &Value::Number(4.0));
        payload.set("hot-key", &Value::Number(0.5));
        payload.set("size-spread", &Value::Number(1.0));
        let keys: Vec<u16> = (1..=10_000).map(|message| payload.key(7, message)).collect();
        assert!(keys.iter().all(|key| (1..=4).contains(key)));
        let hot = keys.iter().filter(|key| **key == 1).count() as f64 / 10_000.0;
        assert!((hot - 0.625).abs() < 0.02, "half of all and a quarter of the rest: {hot}");
        let sizes: Vec<u32> = (1..=10_000).map(|message| payload.size(7, message)).collect();
        assert!(sizes.iter().all(|size| *size <= 2000));
        let mean = sizes.iter().map(|size| f64::from(*size)).sum::<f64>() / 10_000.0;
        assert!((mean - 1000.0).abs() < 20.0, "{mean}");
    }
}
