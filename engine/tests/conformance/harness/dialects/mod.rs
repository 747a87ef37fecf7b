//! How the words of each system's cases become its requests, and its answers words. The README in the folder of a
//! system's cases explains them.

pub(crate) mod redis;
