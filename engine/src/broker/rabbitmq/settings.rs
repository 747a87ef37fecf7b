//! What a queue is set to: its x-arguments, and the policy that applies to it.
//!
//! Where both say something, the lower number wins; of names and strategies, the argument. The type of a queue, its
//! greatest priority and whether it has a single active consumer are said by arguments alone.

use super::message::{Field, Name, Table, field};
use super::version::Series;

/// The type of a queue.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum QueueType {
    /// Not replicated.
    Classic,
    /// Replicated; here its leader.
    Quorum,
}

/// What happens to a message that finds its queue full.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(super) enum Overflow {
    /// The head leaves.
    #[default]
    DropHead,
    /// It is refused.
    RejectPublish,
    /// It is refused, and dead-lettered.
    RejectPublishDlx,
}

/// Which returned messages wait before they are ready again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(super) enum Retry {
    /// None.
    #[default]
    Disabled,
    /// All.
    All,
    /// Those whose delivery counts as failed.
    Failed,
    /// The others.
    Returned,
}

const OVERFLOWS: &[(&str, Overflow)] = &[
    ("drop-head", Overflow::DropHead),
    ("reject-publish", Overflow::RejectPublish),
    ("reject-publish-dlx", Overflow::RejectPublishDlx),
];

const RETRIES: &[(&str, Retry)] = &[
    ("disabled", Retry::Disabled),
    ("all", Retry::All),
    ("failed", Retry::Failed),
    ("returned", Retry::Returned),
];

/// What an argument can be.
#[derive(Clone, Copy)]
enum Takes {
    /// A whole number, not less than this.
    Number(i64),
    /// A whole number from 1 to 255.
    Byte,
    /// Yes or no.
    Bool,
    /// Any text.
    Text,
    /// One of several.
    Overflow,
    Retry,
    Strategy,
}

/// The arguments of queues: which type takes them (none: both do), and with what values.
const ARGUMENTS: &[(&str, Option<QueueType>, Takes)] = &[
    ("x-queue-type", None, Takes::Text),
    ("x-message-ttl", None, Takes::Number(0)),
    ("x-expires", None, Takes::Number(1)),
    ("x-max-length", None, Takes::Number(0)),
    ("x-max-length-bytes", None, Takes::Number(0)),
    ("x-overflow", None, Takes::Overflow),
    ("x-dead-letter-exchange", None, Takes::Text),
    ("x-dead-letter-routing-key", None, Takes::Text),
    ("x-single-active-consumer", None, Takes::Bool),
    ("x-max-priority", Some(QueueType::Classic), Takes::Byte),
    ("x-dead-letter-strategy", Some(QueueType::Quorum), Takes::Strategy),
    ("x-delivery-limit", Some(QueueType::Quorum), Takes::Number(i64::MIN)),
    // Those from here on since 4.3.
    ("x-consumer-timeout", Some(QueueType::Quorum), Takes::Number(0)),
    ("x-delayed-retry-type", Some(QueueType::Quorum), Takes::Retry),
    ("x-delayed-retry-min", Some(QueueType::Quorum), Takes::Number(0)),
    ("x-delayed-retry-max", Some(QueueType::Quorum), Takes::Number(0)),
];
/// How many of them there are before 4.3.
const BEFORE_4_3: usize = 12;

/// The settings of the node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NodeSettings {
    /// `consumer_timeout`: how long a delivery may be unacknowledged, in milliseconds.
    pub consumer_timeout: u64,
    /// Whether queues that are neither durable nor exclusive may be declared.
    pub transient_nonexcl_queues: bool,
    /// Whether `basic.qos` may be global.
    pub global_qos: bool,
}

impl Default for NodeSettings {
    /// Half an hour; deprecated features permitted.
    fn default() -> NodeSettings {
        NodeSettings { consumer_timeout: 1_800_000, transient_nonexcl_queues: true, global_qos: true }
    }
}

/// What a queue is set to. Times are in milliseconds.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Settings {
    pub(super) message_ttl: Option<u64>,
    pub(super) expires: Option<u64>,
    pub(super) max_length: Option<u64>,
    pub(super) max_length_bytes: Option<u64>,
    pub(super) overflow: Overflow,
    pub(super) dead_letter_exchange: Option<Name>,
    pub(super) dead_letter_routing_key: Option<Name>,
    pub(super) at_least_once: bool,
    /// Below 0 no delivery may fail at all; that is so until 3.13.
    pub(super) delivery_limit: Option<i64>,
    pub(super) retry: Retry,
    pub(super) retry_min: u64,
    pub(super) retry_max: u64,
    pub(super) consumer_timeout: Option<u64>,
    pub(super) max_priority: u8,
    pub(super) single_active_consumer: bool,
    /// Whether it sets neither a limit nor a time to live.
    usual: bool,
}

/// The type that the arguments ask for; none if there is no such type.
pub(super) fn queue_type(arguments: &Table) -> Option<QueueType> {
    match field(arguments, "x-queue-type") {
        None => Some(QueueType::Classic),
        Some(Field::Text(name)) if **name == *"classic" => Some(QueueType::Classic),
        Some(Field::Text(name)) if **name == *"quorum" => Some(QueueType::Quorum),
        Some(Field::Text(_) | Field::Number(_) | Field::Bool(_) | Field::Void) => None,
    }
}

/// Whether the arguments are ones that a queue of this type takes. Arguments that nobody knows are ignored.
pub(super) fn are_valid(arguments: &Table, kind: QueueType, series: Series) -> bool {
    let known = if series.delays_retries() { ARGUMENTS.len() } else { BEFORE_4_3 };
    let fits = |(name, value): &(Name, Field)| {
        let argument = ARGUMENTS[..known].iter().find(|(own, ..)| **own == **name);
        argument.is_none_or(|(_, taker, takes)| taker.is_none_or(|own| own == kind) && takes.fits(value))
    };
    let key_alone = field(arguments, "x-dead-letter-routing-key").is_some()
        && field(arguments, "x-dead-letter-exchange").is_none();
    !key_alone && arguments.iter().all(fits)
}

impl Takes {
    fn fits(self, value: &Field) -> bool {
        match (self, value) {
            (Takes::Number(least), Field::Number(number)) => least <= *number,
            (Takes::Byte, Field::Number(number)) => (1..=255).contains(number),
            (Takes::Bool, Field::Bool(_)) | (Takes::Text, Field::Text(_)) => true,
            (Takes::Overflow, Field::Text(text)) => OVERFLOWS.iter().any(|(own, _)| **own == **text),
            (Takes::Retry, Field::Text(text)) => RETRIES.iter().any(|(own, _)| **own == **text),
            (Takes::Strategy, Field::Text(text)) => matches!(&**text, "at-most-once" | "at-least-once"),
            (_, Field::Number(_) | Field::Text(_) | Field::Bool(_) | Field::Void) => false,
        }
    }
}

/// Whether two tables of arguments declare the same queue.
pub(super) fn are_equivalent(ours: &Table, theirs: &Table) -> bool {
    let classic = Field::Text("classic".into());
    let value = |table: &Table, name: &str| match field(table, name) {
        None if name == "x-queue-type" => Some(classic.clone()),
        value => value.cloned(),
    };
    ARGUMENTS.iter().all(|(name, ..)| value(ours, name) == value(theirs, name))
}

impl Settings {
    /// What the arguments and the policy say together.
    pub(super) fn new(
        arguments: &Table,
        policy: Option<&Table>,
        kind: QueueType,
        series: Series,
    ) -> Settings {
        let said = Said { arguments, policy };
        let quorum = kind == QueueType::Quorum;
        let overflow = said.choice("x-overflow", OVERFLOWS);
        let at_least_once = said.text("x-dead-letter-strategy").is_some_and(|name| *name == *"at-least-once");
        let delayed = quorum && series.delays_retries();
        let retry_min = said.number("x-delayed-retry-min");
        let message_ttl = said.number("x-message-ttl");
        let [max_length, max_length_bytes] =
            ["x-max-length", "x-max-length-bytes"].map(|name| said.number(name));
        Settings {
            message_ttl,
            expires: said.number("x-expires"),
            max_length,
            max_length_bytes,
            usual: message_ttl.or(max_length).or(max_length_bytes).is_none(),
            overflow: match overflow {
                // Accepted by a quorum queue, and without that effect.
                Overflow::RejectPublishDlx if quorum => Overflow::DropHead,
                Overflow::DropHead | Overflow::RejectPublish | Overflow::RejectPublishDlx => overflow,
            },
            dead_letter_exchange: said.text("x-dead-letter-exchange"),
            dead_letter_routing_key: said.text("x-dead-letter-routing-key"),
            at_least_once: quorum && at_least_once && overflow == Overflow::RejectPublish,
            delivery_limit: said.delivery_limit(series).filter(|_| quorum),
            // Without a least delay there is no delay.
            retry: if delayed && retry_min.is_some() {
                said.choice("x-delayed-retry-type", RETRIES)
            } else {
                Retry::Disabled
            },
            retry_min: retry_min.unwrap_or(0),
            retry_max: said.number("x-delayed-retry-max").or(retry_min).unwrap_or(0),
            consumer_timeout: said.number("x-consumer-timeout"),
            max_priority: match field(arguments, "x-max-priority") {
                Some(Field::Number(number)) => u8::try_from(*number).unwrap_or(u8::MAX),
                Some(Field::Text(_) | Field::Bool(_) | Field::Void) | None => 0,
            },
            single_active_consumer: field(arguments, "x-single-active-consumer") == Some(&Field::Bool(true)),
        }
    }

    /// Whether nothing has to be looked at when a message enters.
    #[inline]
    pub(super) fn are_usual(&self) -> bool {
        self.usual
    }

    /// Whether there is no length limit.
    #[inline]
    pub(super) fn is_unlimited(&self) -> bool {
        self.max_length.is_none() && self.max_length_bytes.is_none()
    }
}

/// Both places where something can be said.
struct Said<'a> {
    arguments: &'a Table,
    policy: Option<&'a Table>,
}

impl Said<'_> {
    fn both(&self, name: &str) -> [Option<&Field>; 2] {
        let short = name.strip_prefix("x-").unwrap_or(name);
        [field(self.arguments, name), self.policy.and_then(|policy| field(policy, short))]
    }

    /// The lower of the two.
    #[inline(never)]
    fn signed(&self, name: &str) -> Option<i64> {
        let number = |value: &Field| match value {
            Field::Number(number) => Some(*number),
            Field::Text(_) | Field::Bool(_) | Field::Void => None,
        };
        self.both(name).into_iter().flatten().filter_map(number).min()
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.signed(name).map(|number| u64::try_from(number).unwrap_or(0))
    }

    /// The argument before the policy.
    #[inline(never)]
    fn text(&self, name: &str) -> Option<Name> {
        self.both(name).into_iter().flatten().find_map(|value| match value {
            Field::Text(text) => Some(text.clone()),
            Field::Number(_) | Field::Bool(_) | Field::Void => None,
        })
    }

    fn choice<T: Copy>(&self, name: &str, all: &[(&str, T)]) -> T {
        let text = self.text(name);
        let named = all.iter().find(|(own, _)| text.as_ref().is_some_and(|text| **text == **own));
        named.map_or(all[0].1, |(_, value)| *value)
    }

    /// Since 4.0 a limit below 0 is none.
    fn delivery_limit(&self, series: Series) -> Option<i64> {
        match self.signed("x-delivery-limit") {
            None => series.delivery_limit(),
            Some(limit) => (0 <= limit || !series.negative_is_no_limit()).then_some(limit),
        }
    }
}
