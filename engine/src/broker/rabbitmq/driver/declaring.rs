//! What the topology says, declared on the node.
//!
//! What a queue cannot change is an argument of its declaration; all else is a policy for it alone.

use std::sync::Arc;

use super::super::message::{Field, Name, Table};
use super::super::method::{Bind, Call, EXCHANGE_TYPES, ExchangeDeclare, Operation, Policy, QueueDeclare};
use super::super::node::Node;
use super::super::settings::NodeSettings;
use super::{Wire, name};
use crate::broker::driver::Line;
use crate::broker::topology::{Link, Part, Sheet, Topology};
use crate::knob::Value;

/// What a queue is declared with.
const ARGUMENTS: &[&str] = &["x-queue-type", "x-max-priority", "x-single-active-consumer"];

/// Where one can publish to.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Address {
    pub(super) exchange: Name,
    /// The key, where it is not the publisher's own: the name of a queue.
    pub(super) key: Option<Name>,
}

/// The parts by their places, and how they were last bound.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Parts {
    addresses: Arc<[(Name, Address)]>,
    bindings: Vec<Option<Bind>>,
}

impl Parts {
    pub(super) fn new(topology: &Topology) -> Parts {
        let address = |part: &Part| match part.kind {
            "queue" => Address { exchange: name(""), key: Some(name(&part.name)) },
            _ => Address { exchange: name(&part.name), key: None },
        };
        let addresses = topology.parts.iter().map(|part| (name(&part.name), address(part))).collect();
        let bindings = topology.links.iter().map(|link| bind(topology, link)).collect();
        Parts { addresses, bindings }
    }

    pub(super) fn address(&self, place: u16) -> Option<Address> {
        self.addresses.get(usize::from(place)).map(|(_, address)| address.clone())
    }

    /// The part of this name; the default exchange if there is none.
    pub(super) fn named(&self, part: &str) -> Address {
        let found = self.addresses.iter().find(|(own, _)| **own == *part);
        found.map_or_else(
            || Address { exchange: name(""), key: Some(name(part)) },
            |(_, address)| address.clone(),
        )
    }

    /// A link has changed: the old binding goes, the new one comes.
    pub(super) fn bind_anew(
        &mut self,
        topology: &Topology,
        place: u16,
        wire: &mut Wire,
        line: &mut impl Line<Node>,
    ) {
        let place = usize::from(place);
        let (Some(link), Some(own)) = (topology.links.get(place), self.bindings.get_mut(place)) else {
            return;
        };
        if let Some(from) =
            topology.parts.iter().position(|part| part.name == link.from && part.kind == "queue")
        {
            set_policy(topology, from as u16, wire, line);
        }
        let new = bind(topology, link);
        let old = std::mem::replace(own, new.clone());
        let to_queue = is_queue(topology, &link.to);
        // First the new one, so that nothing falls between.
        if let Some(new) = new {
            wire.declare(if to_queue { Call::QueueBind(new) } else { Call::ExchangeBind(new) }, line);
        }
        if let Some(old) = old {
            wire.declare(if to_queue { Call::QueueUnbind(old) } else { Call::ExchangeUnbind(old) }, line);
        }
    }
}

fn is_queue(topology: &Topology, part: &str) -> bool {
    topology.parts.iter().any(|own| own.name == part && own.kind == "queue")
}

/// The binding that a link stands for; one that begins at a queue stands for its dead-letter exchange.
fn bind(topology: &Topology, link: &Link) -> Option<Bind> {
    (!is_queue(topology, &link.from)).then(|| Bind {
        destination: name(&link.to),
        source: name(&link.from),
        key: name(link.settings.text("routing_key")),
        arguments: table(link.settings.text("arguments")),
    })
}

/// A table written as `color=red size=3`.
pub(super) fn table(text: &str) -> Table {
    let value = |word: &str| match (word.parse(), word) {
        (Ok(number), _) => Field::Number(number),
        (_, "true" | "false") => Field::Bool(word == "true"),
        _ => Field::Text(word.into()),
    };
    let entries = text.split_whitespace().filter_map(|word| word.split_once('='));
    entries.map(|(key, word)| (name(key), value(word))).collect()
}

/// A setting as an argument or in a policy; nothing if it is unset.
fn field(settings: &Sheet, knob: &str) -> Option<Field> {
    match settings.get(knob)? {
        Value::Number(number) => Some(Field::Number(*number as i64)),
        Value::Choice(_) => match settings.text(knob) {
            "" => None,
            "yes" => Some(Field::Bool(true)),
            "no" => Some(Field::Bool(false)),
            text => Some(Field::Text(text.into())),
        },
    }
}

pub(super) fn node_settings(topology: &Topology) -> NodeSettings {
    let timeout = topology.settings.number("consumer_timeout");
    let own = NodeSettings::default();
    NodeSettings { consumer_timeout: timeout.map_or(own.consumer_timeout, |timeout| timeout as u64), ..own }
}

/// A setting of the node has changed.
pub(super) fn configure(topology: &Topology, knob: &str, wire: &mut Wire, line: &mut impl Line<Node>) {
    match knob {
        "consumer_timeout" => wire.operate(Operation::Configure(node_settings(topology)), line),
        "memory-alarm" => {
            let on = topology.settings.text("memory-alarm") == "on";
            wire.operate(Operation::MemoryAlarm(on), line);
        }
        _ => {}
    }
}

pub(super) fn declare_all(topology: &Topology, wire: &mut Wire, line: &mut impl Line<Node>) {
    for (place, part) in (0..).zip(&topology.parts) {
        set_policy(topology, place, wire, line);
        wire.declare(if part.kind == "queue" { declare_queue(part) } else { declare_exchange(part) }, line);
    }
    for link in &topology.links {
        let Some(bind) = bind(topology, link) else { continue };
        let to_queue = is_queue(topology, &link.to);
        wire.declare(if to_queue { Call::QueueBind(bind) } else { Call::ExchangeBind(bind) }, line);
    }
    configure(topology, "memory-alarm", wire, line);
}

fn declare_exchange(part: &Part) -> Call {
    Call::ExchangeDeclare(ExchangeDeclare {
        name: name(&part.name),
        kind: part.settings.choice("type", EXCHANGE_TYPES),
        durable: part.settings.text("durable") != "no",
        auto_delete: false,
        internal: false,
        passive: false,
        arguments: Table::default(),
    })
}

fn declare_queue(part: &Part) -> Call {
    let quorum = part.settings.text("x-queue-type") == "quorum";
    // What a quorum queue does not take would close the channel, and everything after it with that.
    let taken = |knob: &str| !(quorum && knob == "x-max-priority");
    let argument = |knob: &&str| Some((name(knob), field(&part.settings, knob)?));
    Call::QueueDeclare(QueueDeclare {
        name: name(&part.name),
        durable: quorum || part.settings.text("durable") != "no",
        exclusive: false,
        auto_delete: part.settings.text("auto_delete") == "yes",
        passive: false,
        arguments: ARGUMENTS.iter().filter(|knob| taken(knob)).filter_map(argument).collect(),
    })
}

/// Sets the policy of a part to what its settings say now.
pub(super) fn set_policy(topology: &Topology, place: u16, wire: &mut Wire, line: &mut impl Line<Node>) {
    let Some(part) = topology.parts.get(usize::from(place)) else { return };
    let fixed = ["type", "durable", "auto_delete"];
    let knobs = part.settings.knobs().iter().map(|knob| knob.name);
    let own = knobs.filter(|knob| !fixed.contains(knob) && !ARGUMENTS.contains(knob));
    let entry =
        |knob: &str| Some((name(knob.strip_prefix("x-").unwrap_or(knob)), field(&part.settings, knob)?));
    let mut definition: Vec<(Name, Field)> = own.filter_map(entry).collect();
    if part.kind == "queue" {
        dead_letters_by_link(topology, part, &mut definition);
    }
    let policy =
        Policy { queues: part.kind == "queue", pattern: name(&part.name), definition: definition.into() };
    let policy_name: Name = Arc::from(format!("{} {}", part.kind, part.name));
    wire.operate(Operation::SetPolicy { name: policy_name, policy }, line);
}

/// A link from a queue to an exchange makes that its dead-letter exchange; one to a queue leads there by its name.
fn dead_letters_by_link(topology: &Topology, part: &Part, definition: &mut Vec<(Name, Field)>) {
    let has = |definition: &[(Name, Field)], key: &str| definition.iter().any(|(own, _)| **own == *key);
    let Some(link) = topology.links.iter().find(|link| link.from == part.name) else { return };
    if has(definition, "dead-letter-exchange") {
        return;
    }
    let to_queue = is_queue(topology, &link.to);
    let exchange = if to_queue { name("") } else { name(&link.to) };
    definition.push((name("dead-letter-exchange"), Field::Text(exchange)));
    let key = if to_queue { link.to.as_str() } else { link.settings.text("routing_key") };
    if !key.is_empty() && !has(definition, "dead-letter-routing-key") {
        definition.push((name("dead-letter-routing-key"), Field::Text(key.into())));
    }
}
