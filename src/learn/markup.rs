//! Markup that the program writes itself, where what it says stands still. Views of ever new types would each be
//! compiled anew.

use std::fmt::Write;

use crate::picture::svg::Escaped;

/// Adds markup in which each `{}` is one of these texts, in their order: as a text between tags, or as an attribute in
/// double quotes.
pub fn put(markup: &mut String, frame: &'static str, texts: &[&str]) {
    let mut texts = texts.iter();
    for (place, piece) in frame.split("{}").enumerate() {
        if 0 < place
            && let Some(text) = texts.next()
        {
            // Writing to a string cannot fail.
            let _ = write!(markup, "{}", Escaped(text));
        }
        markup.push_str(piece);
    }
}

/// Markup of one such piece.
pub fn of(frame: &'static str, texts: &[&str]) -> String {
    let mut markup = String::new();
    put(&mut markup, frame, texts);
    markup
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_stand_in_their_order_and_are_no_markup() {
        let written = of("<a href=\"{}\">{}</a>!", &["#/\"x\"&y", "a < b > c"]);
        assert_eq!(written, "<a href=\"#/&quot;x&quot;&amp;y\">a &lt; b &gt; c</a>!");
        assert_eq!(of("<b>{}</b>{}", &["{}"]), "<b>{}</b>");
        assert_eq!(of("<hr>", &["unused"]), "<hr>");
    }

    proptest! {
        #[test]
        fn a_reader_of_markup_gets_the_texts_back(text in "[ -~\u{e4}\u{2026}]*", name in "[ -~]*") {
            let written = of("<p title=\"{}\">{}</p>", &[&name, &text]);
            let read = roxmltree::Document::parse(&written).unwrap();
            prop_assert_eq!(read.root_element().attribute("title"), Some(&*name));
            prop_assert_eq!(read.root_element().text().unwrap_or_default(), text);
        }
    }
}
