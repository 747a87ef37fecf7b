//! How wide a text will be, near enough to lay it out without asking a browser.
//!
//! The widths are those of the widest of the usual system fonts, so that a text laid out to fit
//! does fit, whichever of them the page gets.

use std::borrow::Cow;

use super::{Font, Weight};

/// The width of `text` in this font: an upper estimate.
pub fn width(text: &str, font: Font) -> f64 {
    let heavy = match font.weight {
        Weight::Regular => 1.0,
        Weight::Strong => 1.1,
    };
    text.chars().map(em).sum::<f64>() * font.size * heavy
}

/// The first of these texts, from the fullest to the tersest, that fits; the last if none does.
pub fn first_that_fits<'a>(texts: &[&'a str], font: Font, room: f64) -> &'a str {
    let fits = texts.iter().find(|text| width(text, font) <= room);
    fits.or(texts.last()).copied().unwrap_or_default()
}

/// The largest size up to the font's own at which `text` fits, but at least `least`.
pub fn shrunk(text: &str, font: Font, room: f64, least: f64) -> Font {
    let needed = width(text, font);
    let size = if needed <= room { font.size } else { (font.size * room / needed).max(least) };
    Font { size, room, ..font }
}

/// A name, or as much of its end as there is room for, from where a word begins if that can be: names of a kind differ at
/// their ends.
pub fn ending(name: &str, font: Font, room: f64) -> Cow<'_, str> {
    if width(name, font) <= room {
        return Cow::Borrowed(name);
    }
    let end = |from: usize| format!("\u{2026}{}", &name[from..]);
    let fits = |from: &usize| width(&end(*from), font) <= room;
    let all = || name.char_indices().skip(1);
    let words = all().filter(|(_, letter)| !letter.is_alphanumeric());
    let cut = words.chain(all()).map(|(from, _)| from).find(fits);
    cut.map_or_else(Cow::default, |from| Cow::Owned(end(from)))
}

/// In parts of the letter size.
fn em(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | '\'' | '|' | '!' => 0.3,
        ' ' | '.' | ',' | ':' | ';' => 0.32,
        'f' | 't' | 'r' | 'I' | '/' | '(' | ')' | '-' => 0.4,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.97,
        'A'..='Z' => 0.7,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' => 0.58,
        '0'..='9' => 0.636,
        ' '..='~' => 0.63,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{Ink, font};

    #[test]
    fn the_fullest_text_that_fits_is_taken() {
        let font = font(Ink::Muted, 12.0);
        let texts = ["oldest waits 3.4 s", "oldest 3.4 s", "3.4 s"];
        assert_eq!(first_that_fits(&texts, font, 200.0), "oldest waits 3.4 s");
        assert_eq!(first_that_fits(&texts, font, 80.0), "oldest 3.4 s");
        assert_eq!(first_that_fits(&texts, font, 1.0), "3.4 s");
    }

    #[test]
    fn of_a_name_that_does_not_fit_the_end_is_shown() {
        let font = font(Ink::Muted, 9.0);
        assert_eq!(ending("orders-10", font, 60.0), "orders-10");
        let cut = ending("orders-10", font, 30.0);
        assert!(cut.starts_with('\u{2026}') && cut.ends_with("-10") && width(&cut, font) <= 30.0, "{cut}");
        assert_eq!(ending("orders-10", font, 1.0), "");
    }

    #[test]
    fn a_text_shrinks_no_further_than_it_may() {
        let font = font(Ink::Ink, 26.0);
        assert_eq!(shrunk("7/10", font, 400.0, 12.0).size, 26.0);
        let shrunk_some = shrunk("60,000/100,000", font, 150.0, 12.0);
        assert!(width("60,000/100,000", shrunk_some) <= 150.001, "{shrunk_some:?}");
        assert_eq!(shrunk("60,000/100,000", font, 10.0, 12.0).size, 12.0);
    }
}
