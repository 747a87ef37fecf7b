//! Names of keys, groups, consumers and channels.
//!
//! On the wire of a real server each command spells them out. Here a client tells each name once and then uses its
//! number, so that no command carries a text or looks one up.

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
    /// Nearly all are told before the first command: clones share them.
    told: Arc<Told>,
}

#[derive(Clone, PartialEq, Hash, Debug, Default)]
struct Told {
    texts: Vec<Box<str>>,
    /// The numbers, in the order of the texts.
    order: Vec<Name>,
}

impl Names {
    /// The number of `text`, which is new from the second on: `true` if it was not there before. At most 65,536 names
    /// can be told; any further one counts as the last.
    pub fn tell(&mut self, text: &str) -> (Name, bool) {
        let Told { texts, order } = &*self.told;
        let place = order.binary_search_by(|own| texts.get(own.place()).map_or("", |own| own).cmp(text));
        let place = match place {
            Ok(place) => return (order[place], false),
            Err(place) => place,
        };
        let Ok(number) = u16::try_from(texts.len()) else { return (Name(u16::MAX), false) };
        let told = Arc::make_mut(&mut self.told);
        told.texts.push(text.into());
        told.order.insert(place, Name(number));
        (Name(number), true)
    }

    /// What a name says.
    pub fn text(&self, name: Name) -> &str {
        self.told.texts.get(name.place()).map_or("?", |text| text)
    }
}
