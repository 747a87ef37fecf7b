//! Exchanges, their bindings, and where a message goes.
//!
//! Each type decides by itself which of its bindings a message fits. A queue gets one copy however many bindings lead to
//! it, over however many exchanges. An exchange none of whose bindings fits passes the message to its alternate
//! exchange.

use std::collections::{BTreeMap, BTreeSet};

use super::message::{Envelope, Field, Name, Table, field};
use super::method::{Bind, ExchangeType};
use super::queue::QueueId;
use crate::mechanism::topic;

/// What a binding leads to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Target {
    Queue(QueueId),
    Exchange(Name),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Binding {
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
    /// By key or pattern.
    bindings: BTreeMap<Name, Vec<Binding>>,
}

impl Exchange {
    pub(super) fn new(kind: ExchangeType, arguments: Table) -> Exchange {
        let bindings = BTreeMap::new();
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

    pub(super) fn bind(&mut self, target: Target, bind: Bind) {
        let binding = Binding { target, arguments: bind.arguments };
        let bindings = self.bindings.entry(bind.key).or_default();
        if !bindings.contains(&binding) {
            bindings.push(binding);
        }
    }

    pub(super) fn unbind(&mut self, target: Target, bind: &Bind) {
        let gone = |binding: &Binding| binding.target == target && binding.arguments == bind.arguments;
        if let Some(bindings) = self.bindings.get_mut(&bind.key) {
            bindings.retain(|binding| !gone(binding));
        }
        self.tidy();
    }

    /// Takes away all bindings that lead to `target`, and says whether there were any.
    pub(super) fn forget(&mut self, target: &Target) -> bool {
        let bound = self.bindings.values().flatten().any(|binding| binding.target == *target);
        self.bindings.values_mut().for_each(|bindings| bindings.retain(|binding| binding.target != *target));
        self.tidy();
        bound
    }

    fn tidy(&mut self) {
        self.bindings.retain(|_, bindings| !bindings.is_empty());
    }

    pub(super) fn is_bound(&self) -> bool {
        !self.bindings.is_empty()
    }

    /// Hands each binding that the message fits to `found`.
    fn matching<'a>(&'a self, envelope: &Envelope, found: &mut impl FnMut(&'a Target)) {
        let mut all = |bindings: &'a Vec<Binding>| bindings.iter().for_each(|binding| found(&binding.target));
        match self.kind {
            ExchangeType::Fanout => self.bindings.values().for_each(all),
            ExchangeType::Direct => envelope.keys().filter_map(|key| self.bindings.get(key)).for_each(all),
            ExchangeType::Topic => {
                for (pattern, bindings) in &self.bindings {
                    if envelope.keys().any(|key| topic::matches(pattern, key)) {
                        all(bindings);
                    }
                }
            }
            ExchangeType::Headers => {
                let headers = &envelope.properties.headers;
                let fits =
                    self.bindings.values().flatten().filter(|own| headers_fit(&own.arguments, headers));
                fits.for_each(|binding| found(&binding.target));
            }
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
pub(super) type Exchanges = BTreeMap<Name, Exchange>;

/// The exchanges that are there from the start.
pub(super) fn predeclared() -> Exchanges {
    let kinds = [
        ("amq.direct", ExchangeType::Direct),
        ("amq.fanout", ExchangeType::Fanout),
        ("amq.topic", ExchangeType::Topic),
        ("amq.headers", ExchangeType::Headers),
        ("amq.match", ExchangeType::Headers),
    ];
    kinds.into_iter().map(|(name, kind)| (name.into(), Exchange::new(kind, Table::new()))).collect()
}

/// The queues that get a message published to `first`, which is not the default exchange, in the order of their
/// declaration.
pub(super) fn route(exchanges: &Exchanges, first: &Name, envelope: &Envelope, queues: &mut Vec<QueueId>) {
    let Some(exchange) = exchanges.get(first) else { return };
    // Nearly always one exchange is all there is to look at.
    let (mut further, mut found) = (Vec::new(), false);
    exchange.matching(envelope, &mut |target| {
        found = true;
        match target {
            Target::Queue(queue) => queues.push(*queue),
            Target::Exchange(name) => further.push(name),
        }
    });
    if let Some(alternate) = exchange.alternate.as_ref().filter(|_| !found) {
        further.push(alternate);
    }
    if !further.is_empty() {
        route_further(exchanges, first, further, envelope, queues);
    }
    queues.sort_unstable();
    queues.dedup();
}

fn route_further<'a>(
    exchanges: &'a Exchanges,
    first: &'a Name,
    mut work: Vec<&'a Name>,
    envelope: &Envelope,
    queues: &mut Vec<QueueId>,
) {
    let mut seen = BTreeSet::from([first]);
    while let Some(name) = work.pop() {
        let Some(exchange) = exchanges.get(name).filter(|_| seen.insert(name)) else { continue };
        let mut found = false;
        exchange.matching(envelope, &mut |target| {
            found = true;
            match target {
                Target::Queue(queue) => queues.push(*queue),
                Target::Exchange(name) => work.push(name),
            }
        });
        if let Some(alternate) = exchange.alternate.as_ref().filter(|_| !found) {
            work.push(alternate);
        }
    }
}
