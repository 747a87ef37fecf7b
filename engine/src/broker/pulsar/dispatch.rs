//! Dispatchers: which consumer is sent which entry.

pub(super) mod delayed;
pub(super) mod key_shared;
pub(super) mod selector;
mod shared;
mod single;

pub(super) use single::revoked;
