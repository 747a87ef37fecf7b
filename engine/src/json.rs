//! JSON, read and written value by value.
//!
//! Scenarios, commands and recordings come in and go out as one small tree. Readers derived for
//! each type, over a general parser, weighed some 30 KB in the compressed page,
//! for formats of a dozen fields. This weighs a tenth of that, and its errors say what is permitted instead of
//! what a parser expected. Tests hold it against the library that it stands in for.

mod parse;

use std::fmt::{self, Write};

use crate::command::Problem;
use crate::decimal::Decimal;

pub(crate) use parse::number;
pub use parse::parse;

/// A value.
#[derive(Clone, PartialEq, Debug)]
pub enum Tree {
    /// `null`.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A whole number from 0: seeds and counts need all 64 bits.
    Whole(u64),
    /// Any other number.
    Number(f64),
    /// Text in quotes.
    Text(String),
    /// A list.
    List(Vec<Tree>),
    /// Fields in the order in which they were written.
    Object(Vec<(String, Tree)>),
}

impl Tree {
    /// The number that it is, if it is one.
    fn number(&self) -> Option<f64> {
        match *self {
            Tree::Whole(number) => Some(number as f64),
            Tree::Number(number) => Some(number),
            Tree::Null | Tree::Flag(_) | Tree::Text(_) | Tree::List(_) | Tree::Object(_) => None,
        }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tree::Null => f.write_str("null"),
            Tree::Flag(flag) => write!(f, "{flag}"),
            Tree::Whole(number) => write!(f, "{number}"),
            Tree::Number(number) => Decimal(*number).fmt(f),
            Tree::Text(text) => write_text(text, f),
            Tree::List(items) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    item.fmt(f)?;
                }
                f.write_char(']')
            }
            Tree::Object(fields) => {
                f.write_char('{')?;
                for (index, (name, value)) in fields.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    write_text(name, f)?;
                    f.write_char(':')?;
                    value.fmt(f)?;
                }
                f.write_char('}')
            }
        }
    }
}

fn write_text(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for char in text.chars() {
        match char {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            char if char < ' ' => write!(f, "\\u{:04x}", u32::from(char))?,
            char => f.write_char(char)?,
        }
    }
    f.write_char('"')
}

impl From<&str> for Tree {
    fn from(text: &str) -> Tree {
        Tree::Text(text.to_owned())
    }
}

impl From<u64> for Tree {
    fn from(number: u64) -> Tree {
        Tree::Whole(number)
    }
}

/// A value, and where it stands.
pub struct Node<'a> {
    path: String,
    value: &'a Tree,
}

impl<'a> Node<'a> {
    /// The root of a tree; `name` is what errors call it.
    pub fn root(value: &'a Tree) -> Node<'a> {
        Node { path: String::new(), value }
    }

    /// The value itself.
    pub fn tree(&self) -> &'a Tree {
        self.value
    }

    /// The error that says what would be permitted in its place.
    pub fn refuse(&self, permitted: impl Into<String>) -> Problem {
        let path = if self.path.is_empty() { "the whole".into() } else { self.path.clone() };
        let mut value = self.value.to_string();
        if let Some((end, _)) = value.char_indices().nth(60) {
            value.truncate(end);
            value.push('\u{2026}');
        }
        Problem { path, value, permitted: permitted.into() }
    }

    fn under(&self, name: &str, value: &'a Tree) -> Node<'a> {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Node { path, value }
    }

    /// Checks that it is an object with no field but these.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        let permitted = || format!("an object with the fields {}", known.join(", "));
        let Tree::Object(fields) = self.value else { return Err(self.refuse(permitted())) };
        match fields.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, value)) => Err(self
                .under(name, value)
                .refuse(format!("left out: the fields here are {}", known.join(", ")))),
            None => Ok(()),
        }
    }

    /// A field that has to be there.
    pub fn field(&self, name: &str) -> Result<Node<'a>, Problem> {
        self.optional(name).ok_or_else(|| self.under(name, &Tree::Null).refuse("given"))
    }

    /// A field that may be missing.
    pub fn optional(&self, name: &str) -> Option<Node<'a>> {
        let Tree::Object(fields) = self.value else { return None };
        let (_, value) = fields.iter().find(|(own, _)| own == name)?;
        Some(self.under(name, value))
    }

    /// The name and value of an object with a single field.
    pub fn single(&self) -> Option<(&'a str, Node<'a>)> {
        let Tree::Object(fields) = self.value else { return None };
        let [(name, value)] = fields.as_slice() else { return None };
        Some((name, self.under(name, value)))
    }

    /// The fields of an object.
    pub fn entries(&self) -> Result<Vec<(&'a str, Node<'a>)>, Problem> {
        let Tree::Object(fields) = self.value else { return Err(self.refuse("an object")) };
        Ok(fields.iter().map(|(name, value)| (name.as_str(), self.under(name, value))).collect())
    }

    /// The items of a list.
    pub fn items(&self) -> Result<Vec<Node<'a>>, Problem> {
        let Tree::List(list) = self.value else { return Err(self.refuse("a list")) };
        let item = |(index, value)| Node { path: format!("{}[{index}]", self.path), value };
        Ok(list.iter().enumerate().map(item).collect())
    }

    /// What each item of a list stands for, up to the first problem. A loop is less code than an iterator that stops.
    pub fn each<T>(&self, read: impl Fn(&Node) -> Result<T, Problem>) -> Result<Vec<T>, Problem> {
        let mut all = Vec::new();
        for node in self.items()? {
            all.push(read(&node)?);
        }
        Ok(all)
    }

    /// A text.
    pub fn text(&self) -> Result<&'a str, Problem> {
        let Tree::Text(text) = self.value else { return Err(self.refuse("a text in quotes")) };
        Ok(text)
    }

    /// Yes or no.
    pub fn flag(&self) -> Result<bool, Problem> {
        let Tree::Flag(flag) = self.value else { return Err(self.refuse("true or false")) };
        Ok(*flag)
    }

    /// A number, if it is one.
    pub fn number(&self) -> Option<f64> {
        self.value.number()
    }

    /// A whole number from 0 to `max`.
    pub fn whole(&self, max: u64) -> Result<u64, Problem> {
        let whole = if let Tree::Whole(number) = *self.value { Some(number) } else { None };
        let fits = whole.filter(|number| *number <= max);
        fits.ok_or_else(|| self.refuse(format!("a whole number from 0 to {max}")))
    }
}

/// An object of these fields.
pub fn object<const N: usize>(fields: [(&str, Tree); N]) -> Tree {
    Tree::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trees() -> impl Strategy<Value = Tree> {
        let leaf = prop_oneof![
            Just(Tree::Null),
            any::<bool>().prop_map(Tree::Flag),
            any::<u64>().prop_map(Tree::Whole),
            (-1_000_000_000_i64..0, 0..6).prop_map(|(digits, point)| Tree::Number(
                digits as f64 / f64::from(10_i32.pow(point as u32)) - 0.5
            )),
            ".*".prop_map(Tree::Text),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::List),
                prop::collection::btree_map(".*", inner, 0..6)
                    .prop_map(|fields| Tree::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_here_and_by_the_library(tree in trees()) {
            let text = tree.to_string();
            prop_assert_eq!(parse(&text), Ok(tree));
            let theirs: serde_json::Value = serde_json::from_str(&text).unwrap();
            let again = serde_json::to_string_pretty(&theirs).unwrap();
            let ours = parse(&again).unwrap();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&ours.to_string()).unwrap(), theirs);
        }

        #[test]
        fn no_text_makes_it_panic_and_it_accepts_no_more_than_the_library(text in "[\\[\\]{}:,\"\\\\a-fu0-9.eE+ -]{0,24}") {
            if parse(&text).is_ok() {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
            }
        }
    }

    #[test]
    fn an_error_names_the_value_and_what_is_permitted() {
        let tree = parse(r#"{"a":{"b":[1,"x"]}}"#).unwrap();
        let items = Node::root(&tree).field("a").unwrap().field("b").unwrap().items().unwrap();
        assert_eq!(
            items[1].whole(9).unwrap_err().to_string(),
            "a.b[1]: \"x\" is not permitted; it must be a whole number from 0 to 9"
        );
        let missing = Node::root(&tree).field("c").err().unwrap();
        assert_eq!(missing.to_string(), "c: null is not permitted; it must be given");
    }
}
