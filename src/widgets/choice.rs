//! One of a few: radio buttons drawn as a row of segments.

use crate::browser::element::Element;

/// A group of radio buttons.
pub(crate) struct Choice {
    /// Each by its name.
    segments: Vec<(&'static str, Element)>,
    last: String,
}

impl Choice {
    /// Lays a group out in `field`; `id` is a name that no other group has. `options` are pairs of name and label;
    /// `choose` gets the name of the one chosen.
    pub(crate) fn new(
        field: &Element,
        id: &str,
        [label, meaning]: [&'static str; 2],
        options: impl Iterator<Item = (&'static str, &'static str)>,
        choose: impl Fn(&'static str) + Clone + 'static,
    ) -> Choice {
        field.add("choice");
        field.set("role", "radiogroup");
        field.set("aria-label", label);
        let heading = field.find(".name");
        heading.say(label);
        heading.set("title", meaning);
        let row = field.find(".segments");
        let segment = |(name, text)| {
            let segment = row.add("segment");
            segment.find("span").say(text);
            let button = segment.find("input");
            // The buttons of one name are a group.
            button.set("name", id);
            button.set("value", name);
            let choose = choose.clone();
            button.on("change", move || choose(name));
            (name, button)
        };
        Choice { segments: options.map(segment).collect(), last: String::new() }
    }

    /// From now on the one of this name is chosen.
    pub(crate) fn show(&mut self, name: &str) {
        if self.last != name {
            name.clone_into(&mut self.last);
            self.segments.iter().for_each(|(own, button)| button.check(*own == name));
        }
    }
}
