//! Exchanges, their bindings, and where a message goes.
//!
//! Each type decides by itself which of its bindings a message fits. A queue gets one copy however many bindings lead to
//! it, over however many exchanges. An exchange none of whose bindings fits passes the message to its alternate
//! exchange.

use super::message::{Envelope, Field, Name, Table, field};
use super::method::{Bind, ExchangeType};
use super::queue::{QueueId, include};
use crate::mechanism::sorted::Sorted;
use crate::mechanism::topic;

/// What a binding leads to.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Target {
    Queue(QueueId),
    Exchange(Name),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Binding {
    /// Its key or pattern.
    key: Name,
    target: Target,
    arguments: Table,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Exchange {
    pub(super) kind: ExchangeType,
    pub(super) durable: bool,
    pub(super) auto_delete: bool,
    pub(super) internal: bool,
    pub(super) arguments: Table,
    /// Where to with what fits no binding.
    pub(super) alternate: Option<Name>,
    /// In the order in which they were made.
    bindings: Vec<Binding>,
}

impl Exchange {
    pub(super) fn new(kind: ExchangeType, arguments: Table) -> Exchange {
        let bindings = Vec::new();
        Exchange {
            kind,
            durable: true,
            auto_delete: false,
            internal: false,
            arguments,
            alternate: None,
            bindings,
        }
    }

    pub(super) fn bind(&mut self, target: Target, bind: &Bind) {
        let binding = Binding { key: bind.key.clone(), target, arguments: bind.arguments.clone() };
        if !self.bindings.contains(&binding) {
            self.bindings.push(binding);
        }
    }

    pub(super) fn unbind(&mut self, target: &Target, bind: &Bind) {
        self.bindings
            .retain(|own| own.target != *target || own.key != bind.key || own.arguments != bind.arguments);
    }

    /// Takes away all bindings that lead to `target`, and says whether there were any.
    pub(super) fn forget(&mut self, target: &Target) -> bool {
        let before = self.bindings.len();
        self.bindings.retain(|binding| binding.target != *target);
        self.bindings.len() != before
    }

    pub(super) fn is_bound(&self) -> bool {
        !self.bindings.is_empty()
    }

    /// Whether a message fits a binding.
    fn fits(&self, binding: &Binding, envelope: &Envelope) -> bool {
        match self.kind {
            ExchangeType::Fanout => true,
            ExchangeType::Direct => envelope.has_key(|key| *key == *binding.key),
            ExchangeType::Topic => envelope.has_key(|key| topic::matches(&binding.key, key)),
            ExchangeType::Headers => headers_fit(&binding.arguments, &envelope.properties.headers),
        }
    }
}

/// Whether headers fit the arguments of a binding.
///
/// `all` wants every argument to be there with an equal value of the same type, `any` at least one. Without `-with-x`,
/// arguments whose names begin with `x-` are not looked at. An argument without value wants the header to be there.
fn headers_fit(arguments: &Table, headers: &Table) -> bool {
    let mode = match field(arguments, "x-match") {
        Some(Field::Text(mode)) => mode,
        Some(Field::Number(_) | Field::Bool(_) | Field::Void) | None => "all",
    };
    let with_x = mode.ends_with("-with-x");
    let mut wanted =
        arguments.iter().filter(|(name, _)| **name != *"x-match" && (with_x || !name.starts_with("x-")));
    let fits = |(name, value): &(Name, Field)| match (field(headers, name), value) {
        (Some(_), Field::Void) => true,
        (found, _) => found == Some(value),
    };
    if mode.starts_with("any") { wanted.any(fits) } else { wanted.all(fits) }
}

/// All exchanges, by name. The default exchange is not among them.
pub(super) type Exchanges = Sorted<Name, Exchange>;

/// The exchanges that are there from the start.
pub(super) fn predeclared() -> Exchanges {
    let kinds = [
        ("amq.direct", ExchangeType::Direct),
        ("amq.fanout", ExchangeType::Fanout),
        ("amq.topic", ExchangeType::Topic),
        ("amq.headers", ExchangeType::Headers),
        ("amq.match", ExchangeType::Headers),
    ];
    kinds.into_iter().map(|(name, kind)| (name.into(), Exchange::new(kind, Table::default()))).collect()
}

/// The queues that get a message published to `first`, which is not the default exchange, in the order of their
/// declaration.
pub(super) fn route(exchanges: &Exchanges, first: &Name, envelope: &Envelope, queues: &mut Vec<QueueId>) {
    // Exchanges to which it is passed on, each once. Nearly always there are none.
    let mut further: Vec<&Name> = Vec::new();
    let (mut name, mut next) = (first, 0);
    loop {
        if let Some(exchange) = exchanges.get(&**name) {
            let mut found = false;
            let mut pass_on = |name| {
                if name != first && !further.contains(&name) {
                    further.push(name);
                }
            };
            for binding in exchange.bindings.iter().filter(|binding| exchange.fits(binding, envelope)) {
                found = true;
                match &binding.target {
                    Target::Queue(queue) => include(queues, *queue),
                    Target::Exchange(name) => pass_on(name),
                }
            }
            if !found {
                exchange.alternate.iter().for_each(pass_on);
            }
        }
        match further.get(next) {
            Some(passed_on) => (name, next) = (passed_on, next + 1),
            None => return,
        }
    }
}
