//! Names of topics, subscriptions, consumers, producers and keys.
//!
//! A client tells each name once and then uses its number, so that no request carries a text or looks one up.

use std::sync::Arc;

/// The number of a name, in the order in which names were told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Name(pub u16);

impl Name {
    pub(super) fn place(self) -> usize {
        usize::from(self.0)
    }
}

/// All names that were told.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub struct Names {
    /// Nearly all are told before the first message: clones share them.
    texts: Arc<Vec<Box<str>>>,
}

impl Names {
    /// The number of `text`, and whether it is new. At most 65,535 names can be told; any further one counts as the
    /// last.
    pub fn tell(&mut self, text: &str) -> (Name, bool) {
        if let Some(place) = self.texts.iter().position(|own| **own == *text) {
            return (Name(place as u16), false);
        }
        if self.texts.len() == usize::from(u16::MAX) {
            return (Name(u16::MAX - 1), false);
        }
        Arc::make_mut(&mut self.texts).push(text.into());
        (Name((self.texts.len() - 1) as u16), true)
    }

    /// What a name says.
    pub fn text(&self, name: Name) -> &str {
        self.known(name).unwrap_or("?")
    }

    /// The same, if it was told.
    pub(super) fn known(&self, name: Name) -> Option<&str> {
        self.texts.get(name.place()).map(|text| &**text)
    }
}
