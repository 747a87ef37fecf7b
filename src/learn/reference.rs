//! A system's settings and rules as its manual declares them, for a page of reference.

use queuescope_engine::broker::SYSTEMS;
use queuescope_engine::broker::topology::Manual;
use queuescope_engine::client::{producer, worker};
use queuescope_engine::knob::Knob;

/// Settings that belong to the same.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Whose they are.
    pub title: &'static str,
    /// What kind of part they belong to; empty where it is no part.
    pub kind: &'static str,
    /// The settings.
    pub knobs: &'static [Knob],
}

/// The manual of a system, by the name under which scenarios ask for it.
pub fn manual(system: &str) -> Option<&'static Manual> {
    SYSTEMS.iter().copied().find(|manual| manual.system == system)
}

/// All settings of a system: its own, its parts', its links', its clients', and those of any application.
pub fn groups(manual: &'static Manual) -> Vec<Group> {
    let own = |title, knobs| Group { title, kind: "", knobs };
    let parts =
        manual.kinds.iter().map(|kind| Group { title: "Of each ", kind: kind.name, knobs: kind.knobs });
    let before = [own("Of the system", manual.knobs)];
    let after = [
        own("Of a link", manual.link),
        own("Of its producers", manual.producer),
        own("Of its consumers", manual.consumer),
        own("Of every producer", producer::KNOBS),
        own("Of every consumer", worker::KNOBS),
    ];
    before.into_iter().chain(parts).chain(after).filter(|group| !group.knobs.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_has_settings_under_every_heading_once() {
        for own in SYSTEMS {
            let manual = manual(own.system).expect("it is in the list");
            let groups = groups(manual);
            let mut titles: Vec<_> = groups.iter().map(|group| (group.title, group.kind)).collect();
            assert!(titles.contains(&("Of every producer", "")), "{}", own.system);
            titles.sort_unstable();
            titles.dedup();
            assert_eq!(titles.len(), groups.len(), "{}", own.system);
        }
        assert!(manual("no such system").is_none());
    }
}
