//! The pages in the order in which they are to be read.

use queuescope_engine::Problem;
use queuescope_engine::json::{self, Node};

use super::markup::put;

/// Pages that belong together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chapter {
    /// What they are called together.
    pub title: String,
    /// Their pages.
    pub pages: Vec<Page>,
}

/// A page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The name of its file, and in links.
    pub name: String,
    /// What it is called in lists.
    pub title: String,
}

/// Reads the list.
///
/// # Errors
/// What is not of the format.
pub fn read(text: &str) -> Result<Vec<Chapter>, Problem> {
    let page = |node: &Node| {
        node.only(&["name", "title"])?;
        Ok(Page { name: node.field("name")?.text()?.into(), title: node.field("title")?.text()?.into() })
    };
    let tree = json::parse(text)?;
    Node::root(&tree).each(|node| {
        node.only(&["title", "pages"])?;
        Ok(Chapter { title: node.field("title")?.text()?.into(), pages: node.field("pages")?.each(page)? })
    })
}

/// The pages before and after this one.
pub fn neighbors<'a>(chapters: &'a [Chapter], name: &str) -> [Option<&'a Page>; 2] {
    let pages: Vec<&Page> = chapters.iter().flat_map(|chapter| &chapter.pages).collect();
    let Some(own) = pages.iter().position(|page| page.name == name) else { return [None, None] };
    [own.checked_sub(1), own.checked_add(1)].map(|place| pages.get(place?).copied())
}

/// The list of all pages, as markup.
pub fn list(chapters: &[Chapter]) -> String {
    let mut text = String::new();
    for chapter in chapters {
        put(&mut text, "<h2>{}</h2><ul>", &[&chapter.title]);
        for page in &chapter.pages {
            put(&mut text, "<li><a href=\"#/learn/{}\">{}</a></li>", &[&page.name, &page.title]);
        }
        text.push_str("</ul>");
    }
    text
}

/// The links to the pages before and after this one, as markup.
pub fn turn(chapters: &[Chapter], name: &str) -> String {
    let mut text = String::new();
    let words = [("before", "Before this"), ("after", "Next")];
    for ((class, word), page) in words.into_iter().zip(neighbors(chapters, name)) {
        if let Some(page) = page {
            let frame = "<a class=\"{}\" href=\"#/learn/{}\"><small>{}</small>{}</a>";
            put(&mut text, frame, &[class, &page.name, word, &page.title]);
        }
    }
    text
}

/// The places in a page of text where every word that was typed stands, as far as there are any: some words around the
/// first of them.
pub fn excerpt(text: &str, typed: &str) -> Option<String> {
    const AROUND: usize = 60;
    let small = text.to_ascii_lowercase();
    let typed = typed.to_ascii_lowercase();
    let mut words = typed.split_whitespace();
    let at = small.find(words.next()?)?;
    if !words.all(|word| small.contains(word)) {
        return None;
    }
    let start = text[..at].char_indices().rev().nth(AROUND).map_or(0, |(place, _)| place);
    let end = text[at..].char_indices().nth(2 * AROUND).map_or(text.len(), |(place, _)| at + place);
    // At the bounds of words.
    let start = if start == 0 { 0 } else { text[start..at].find(' ').map_or(at, |space| start + space + 1) };
    let end = if end == text.len() { end } else { text[at..end].rfind(' ').map_or(end, |space| at + space) };
    let before = if start == 0 { "" } else { "\u{2026} " };
    let after = if end == text.len() { "" } else { " \u{2026}" };
    let words: Vec<&str> = text[start..end].split_whitespace().collect();
    Some(format!("{before}{}{after}", words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_neighbors_across_chapters() {
        let text = r#"[{"title": "A", "pages": [{"name": "a", "title": "First"}]},
            {"title": "B", "pages": [{"name": "b", "title": "Second"}, {"name": "c", "title": "Third"}]}]"#;
        let chapters = read(text).unwrap();
        let names = |name| neighbors(&chapters, name).map(|page| page.map(|page| page.name.clone()));
        assert_eq!(names("b"), [Some("a".into()), Some("c".into())]);
        assert_eq!(names("a"), [None, Some("b".into())]);
        assert_eq!(names("elsewhere"), [None, None]);
        let link = |page: &str| list(&chapters).matches(&format!("<a href=\"#/learn/{page}\">")).count();
        assert_eq!(["a", "b", "c", "d"].map(link), [1, 1, 1, 0]);
        assert_eq!(
            turn(&chapters, "a"),
            "<a class=\"after\" href=\"#/learn/b\"><small>Next</small>Second</a>"
        );
        assert!(read(r#"[{"title": "A"}]"#).unwrap_err().to_string().starts_with("[0].pages"));
    }

    #[test]
    fn an_excerpt_has_all_the_words_and_ends_at_words() {
        let text =
            "A queue that is longer than it looks keeps messages until somebody takes them. ".repeat(9);
        let found = excerpt(&text, "Messages  KEEPS").unwrap();
        assert!(found.contains("keeps messages") && found.ends_with('\u{2026}'), "{found}");
        assert!(found.split_whitespace().all(|word| word == "\u{2026}" || text.contains(word)), "{found}");
        assert_eq!(excerpt(&text, "messages elsewhere"), None);
        assert_eq!(excerpt(&text, " "), None);
        assert_eq!(excerpt("\u{e4}\u{f6} queue", "queue").as_deref(), Some("\u{e4}\u{f6} queue"));
    }
}
