//! Filters: which messages of its topic a subscription gets, by their attributes. What does not pass is acknowledged
//! for it at once.
//!
//! ```text
//! attributes:NAME                     it has the attribute
//! attributes.NAME = "VALUE"           and != for another value, or none
//! hasPrefix(attributes.NAME, "TEXT")
//! NOT a,  -a,  a AND b,  a OR b,  (a)
//! ```
//!
//! `AND` and `OR` stand side by side only with parentheses. A message has the attribute `key`, its key in digits, unless
//! that is 0; a dead letter has those that tell of its source.

use std::fmt::{self, Write};
use std::sync::Arc;

use super::api::Fault;
use super::message::Published;

/// The longest filter, in bytes.
const MAX_BYTES: usize = 256;

/// How deep parentheses and NOT may nest.
const MAX_DEPTH: u32 = 32;

/// A filter.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Filter {
    Has(Arc<str>),
    Is(Arc<str>, Arc<str>),
    IsNot(Arc<str>, Arc<str>),
    HasPrefix(Arc<str>, Arc<str>),
    Not(Box<Filter>),
    All(Vec<Filter>),
    Any(Vec<Filter>),
}

const WRONG: Fault = Fault::invalid(
    "a filter of at most 256 bytes reads attributes:key, attributes.key=\"1\", attributes.key!=\"1\", \
     hasPrefix(attributes.key, \"1\"), NOT, AND, OR and parentheses",
);

impl Filter {
    /// Reads a filter; without any text there is none.
    pub(super) fn read(text: &str) -> Result<Option<Filter>, Fault> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        if MAX_BYTES < text.len() {
            return Err(WRONG);
        }
        let mut reader = Reader { rest: text, depth: 0 };
        let filter = reader.expression().ok_or(WRONG)?;
        reader.skip();
        if reader.rest.is_empty() { Ok(Some(filter)) } else { Err(WRONG) }
    }

    pub(super) fn passes(&self, own: &Published) -> bool {
        let is = |name, test: &dyn Fn(&str) -> bool| {
            attribute(own, name).is_some_and(|value| test(value.as_str()))
        };
        match self {
            Filter::Has(name) => attribute(own, name).is_some(),
            Filter::Is(name, value) => is(name, &|own| own == &**value),
            Filter::IsNot(name, value) => !is(name, &|own| own == &**value),
            Filter::HasPrefix(name, text) => is(name, &|own| own.starts_with(&**text)),
            Filter::Not(filter) => !filter.passes(own),
            Filter::All(filters) => filters.iter().all(|filter| filter.passes(own)),
            Filter::Any(filters) => filters.iter().any(|filter| filter.passes(own)),
        }
    }
}

/// A value that is made for a comparison, and needs no memory of its own.
#[derive(Default)]
struct Text {
    bytes: [u8; 32],
    len: u8,
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let start = usize::from(self.len);
        let place = self.bytes.get_mut(start..start + text.len()).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len += text.len() as u8;
        Ok(())
    }
}

impl Text {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

/// The value of an attribute.
fn attribute(own: &Published, name: &str) -> Option<Text> {
    let mut value = Text::default();
    let written = match (name, own.source) {
        ("key", _) if own.message.key != 0 => write!(value, "{}", own.message.key),
        ("CloudPubSubDeadLetterSourceDeliveryCount", Some(source)) => {
            write!(value, "{}", source.delivery_count)
        }
        ("CloudPubSubDeadLetterSourceTopicPublishTime", Some(source)) => {
            write!(value, "{}", source.publish_time)
        }
        ("CloudPubSubDeadLetterSourceSubscription", Some(source)) => {
            write!(value, "{}", source.subscription.0)
        }
        _ => return None,
    };
    written.ok().map(|()| value)
}

struct Reader<'a> {
    rest: &'a str,
    depth: u32,
}

impl<'a> Reader<'a> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes a sign or a word, if it is next.
    fn take(&mut self, word: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(word) {
            Some(rest) if !word.ends_with(char::is_alphanumeric) || !rest.starts_with(is_of_name) => {
                self.rest = rest;
                true
            }
            Some(_) | None => false,
        }
    }

    fn name(&mut self) -> Option<&'a str> {
        self.skip();
        let end = self.rest.find(|letter| !is_of_name(letter)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!name.is_empty()).then_some(name)
    }

    fn text(&mut self) -> Option<&'a str> {
        self.skip();
        let (text, rest) = self.rest.strip_prefix('"')?.split_once('"')?;
        self.rest = rest;
        Some(text)
    }

    fn expression(&mut self) -> Option<Filter> {
        let first = self.term()?;
        let mut all = vec![first];
        for (word, join) in [("AND", Filter::All as fn(Vec<Filter>) -> Filter), ("OR", Filter::Any)] {
            while self.take(word) {
                all.push(self.term()?);
            }
            if 1 < all.len() {
                return Some(join(all));
            }
        }
        all.pop()
    }

    fn term(&mut self) -> Option<Filter> {
        self.depth += 1;
        if MAX_DEPTH < self.depth {
            return None;
        }
        let term = self.bare_term();
        self.depth -= 1;
        term
    }

    fn bare_term(&mut self) -> Option<Filter> {
        if self.take("NOT") || self.take("-") {
            return Some(Filter::Not(Box::new(self.term()?)));
        }
        if self.take("(") {
            let inner = self.expression()?;
            return self.take(")").then_some(inner);
        }
        if self.take("hasPrefix") {
            let opened = self.take("(") && self.take("attributes") && self.take(".");
            let name = self.name().filter(|_| opened)?;
            let text = self.take(",").then(|| self.text())??;
            return self.take(")").then(|| Filter::HasPrefix(name.into(), text.into()));
        }
        if !self.take("attributes") {
            return None;
        }
        if self.take(":") {
            return Some(Filter::Has(self.name()?.into()));
        }
        let name = self.take(".").then(|| self.name())??;
        if self.take("!=") {
            return Some(Filter::IsNot(name.into(), self.text()?.into()));
        }
        self.take("=").then(|| self.text())?.map(|text| Filter::Is(name.into(), text.into()))
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '-'
}

#[cfg(test)]
mod tests {
    use super::super::api::{Code, PubsubMessage};
    use super::*;
    use crate::id::{MessageId, ProducerId};
    use crate::message::Message;
    use crate::time::Time;

    fn passes(text: &str, key: u16) -> bool {
        let message = Message { id: MessageId(1), producer: ProducerId(0), sent: Time::ZERO, key, size: 1 };
        let own = Published::new(&PubsubMessage { message, ordering_key: 0 }, None, 1, Time::ZERO);
        Filter::read(text).unwrap().is_none_or(|filter| filter.passes(&own))
    }

    #[test]
    fn a_filter_compares_attributes() {
        for (text, keys) in [
            ("", [true; 4]),
            ("attributes:key", [false, true, true, true]),
            ("attributes.key = \"1\"", [false, true, false, false]),
            ("attributes.key != \"1\"", [true, false, true, true]),
            ("hasPrefix(attributes.key, \"1\")", [false, true, false, true]),
            ("NOT attributes:key", [true, false, false, false]),
            ("-attributes.key=\"2\" AND attributes:key", [false, true, false, true]),
            ("attributes.key=\"2\" OR attributes.key=\"12\"", [false, false, true, true]),
            ("attributes:key AND (attributes.key=\"1\" OR attributes.key=\"2\")", [false, true, true, false]),
            ("attributes:color", [false; 4]),
        ] {
            assert_eq!([0, 1, 2, 12].map(|key| passes(text, key)), keys, "{text}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        let long = format!("attributes.key=\"{}\"", "1".repeat(256));
        let deep = "(".repeat(100);
        let mixed = "attributes:a AND attributes:b OR attributes:c";
        for text in ["key=1", "attributes.key=1", "attributes", "(attributes:a", "NOT", mixed, &long, &deep] {
            assert_eq!(Filter::read(text).unwrap_err().code, Code::InvalidArgument, "{text}");
        }
    }
}
