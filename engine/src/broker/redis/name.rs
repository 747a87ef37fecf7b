//! Names of keys, groups, consumers and channels.
//!
//! On the wire of a real server each command spells them out. Here a client tells each name once and then uses its
//! number, so that no command carries a text or looks one up.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The number of a name, in the order in which names were told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Name(pub u16);

impl Name {
    pub(super) fn place(self) -> usize {
        usize::from(self.0)
    }
}

/// All names that were told.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub struct Names {
    texts: Vec<Arc<str>>,
    numbers: BTreeMap<Arc<str>, Name>,
}

impl Names {
    /// The number of `text`, which is new from the second on: `true` if it was not there before. At most 65,536 names
    /// can be told; any further one counts as the last.
    pub fn tell(&mut self, text: &str) -> (Name, bool) {
        if let Some(name) = self.numbers.get(text) {
            return (*name, false);
        }
        let Ok(number) = u16::try_from(self.texts.len()) else { return (Name(u16::MAX), false) };
        let text: Arc<str> = text.into();
        self.texts.push(text.clone());
        self.numbers.insert(text, Name(number));
        (Name(number), true)
    }

    /// What a name says.
    pub fn text(&self, name: Name) -> &str {
        self.texts.get(name.place()).map_or("?", |text| text)
    }
}
