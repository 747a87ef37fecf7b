//! What there is to read: pages of text with figures that run, labs, and the pages that the engine itself fills.
//!
//! The texts are files beside the program (`assets/learn`), loaded when they are opened. What they assert of a figure
//! stands beside the words, in the form of [`figure::claims`], and is run by the tests.

pub mod comparison;
pub mod contents;
pub mod figure;
pub mod lab;
pub mod markup;
pub mod reference;

/// What the fragment of a link to a page begins with.
pub const PREFIX: &str = "#/learn";

/// The page that is opened when none is named.
pub const FIRST: &str = "contents";

/// The page that labs are listed on; one of them is a place on it.
pub const LABS: &str = "labs";

/// A page, and a place on it if one is named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The name of its file.
    pub page: String,
    /// The id of a section or of a figure, or a lab.
    pub part: Option<String>,
}

impl Place {
    /// The place that a fragment names; the first page where what it names can be no name of a file.
    pub fn of(fragment: &str) -> Place {
        let path = fragment.strip_prefix(PREFIX).unwrap_or_default();
        let mut names = path.split('/').filter(|name| !name.is_empty());
        match names.next().filter(|name| is_name(name)) {
            Some(page) => {
                let part = names.next().filter(|name| is_name(name));
                Place { page: page.to_owned(), part: part.map(str::to_owned) }
            }
            None => Place { page: FIRST.to_owned(), part: None },
        }
    }

    /// The lab that it is, if it is one.
    pub fn lab(&self) -> Option<&str> {
        self.part.as_deref().filter(|_| self.page == LABS)
    }

    /// The fragment that names it.
    pub fn fragment(&self) -> String {
        let part = self.part.as_ref().map(|part| format!("/{part}")).unwrap_or_default();
        format!("{PREFIX}/{}{part}", self.page)
    }
}

/// Whether this fragment asks for a page of text.
pub fn is_asked_for(fragment: &str) -> bool {
    fragment.starts_with(PREFIX)
}

/// Files and their parts are called by lower-case letters, digits and hyphens: nothing else is asked of the host.
pub fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
#[path = "learn/tests.rs"]
mod texts;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_names_a_page_and_a_part_of_it() {
        let place = Place::of("#/learn/reliability/dead-letters");
        assert_eq!((&*place.page, place.part.as_deref()), ("reliability", Some("dead-letters")));
        assert_eq!(Place::of(&place.fragment()), place);
        assert_eq!(Place::of("#/learn/labs/double-charge").lab(), Some("double-charge"));
        assert_eq!(Place::of("#/learn/labs").lab(), None);
        for fragment in ["#/learn", "#/learn/", "#/learn/../secret", "#/learn/A%20b", ""] {
            assert_eq!(Place::of(fragment), Place { page: FIRST.into(), part: None }, "{fragment}");
        }
    }
}
