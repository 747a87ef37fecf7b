//! Names of things inside one run: small numbers, never `usize`, so that they mean the same on every target.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

id!(
    /// A message, numbered from 1 in the order of sending, across all producers.
    MessageId(u64)
);
id!(
    /// A producer, by its place in the scenario.
    ProducerId(u16)
);
id!(
    /// A worker, by its place in its consumer's pool, from 0.
    WorkerId(u16)
);
id!(
    /// A store of a server: a queue, a list, a stream as one of its groups reads it.
    StoreId(u16)
);
id!(
    /// A connection to a server. One that consumes bears the number of its worker.
    ClientId(u16)
);
id!(
    /// A request of one client, in the order of its asking.
    RequestId(u32)
);
