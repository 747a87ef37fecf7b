//! A real number that is state: compared and hashed by its bits.

use std::hash::{Hash, Hasher};

/// A setting or a level that is no whole number.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Real(pub(crate) f64);

impl Hash for Real {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.to_bits());
    }
}
