//! Something worked out once and kept, which could be worked out again at any time: it is no part of the state.

use std::hash::{Hash, Hasher};

/// All memos are equal, and none adds to a hash.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memo<T>(pub(crate) T);

impl<T> PartialEq for Memo<T> {
    fn eq(&self, _: &Memo<T>) -> bool {
        true
    }
}

impl<T> Hash for Memo<T> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
