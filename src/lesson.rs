//! What a link asks of the page for a lesson: which settings it shows and no others, whether it keeps the cause to itself
//! until it is asked for, and whether it is for a projector.
//!
//! In a link it is a field of its own, `lesson=1;hide;large;only:producer.rate,queue.capacity`. The number is the version of
//! its form: [`read`] takes every one there has been.

use percent_encoding::{percent_decode_str, utf8_percent_encode};

use crate::link::ENCODED;

/// What a link can ask for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lesson {
    /// Whether title, story and sentence are kept back.
    pub hides_cause: bool,
    /// The addresses of the settings that are shown; all are, if there is no such list.
    pub only: Option<Vec<String>>,
    /// Whether it is seen from afar.
    pub large: bool,
}

/// The version of the form that is written.
const FORM: &str = "1";

/// What stands for the sentence while the cause is kept back.
pub const RIDDLE: (&str, &str) =
    ("What is going on here?", "The cause is hidden: make up your mind before you look.");

/// The field of a link, without its name; nothing if there is nothing to ask for.
pub fn write(lesson: &Lesson) -> Option<String> {
    if *lesson == Lesson::default() {
        return None;
    }
    let mut text = FORM.to_owned();
    if lesson.hides_cause {
        text += ";hide";
    }
    if lesson.large {
        text += ";large";
    }
    if let Some(only) = &lesson.only {
        let quoted: Vec<String> =
            only.iter().map(|own| utf8_percent_encode(own, ENCODED).to_string()).collect();
        text += &format!(";only:{}", quoted.join(","));
    }
    Some(text)
}

/// What a field asks for, and what has to be said about the rest of it, which is passed over.
pub fn read(text: &str) -> (Lesson, Option<String>) {
    let mut lesson = Lesson::default();
    let mut words = text.split(';');
    match words.next().unwrap_or_default() {
        FORM => {}
        later if matches!(later.parse::<u32>(), Ok(2..)) => {
            let notice = format!(
                "The link's lesson is of form {later}, which a later version of this page writes; the session is shown \
                 without it."
            );
            return (lesson, Some(notice));
        }
        other => return (lesson, Some(unknown(other))),
    }
    let mut garbage = None;
    for word in words {
        match word.split_once(':') {
            None if word == "hide" => lesson.hides_cause = true,
            None if word == "large" => lesson.large = true,
            Some(("only", list)) => {
                let own = list.split(',').filter(|own| !own.is_empty());
                lesson.only =
                    Some(own.map(|own| percent_decode_str(own).decode_utf8_lossy().into_owned()).collect());
            }
            _ => garbage = garbage.or_else(|| Some(unknown(word))),
        }
    }
    (lesson, garbage)
}

fn unknown(word: &str) -> String {
    let word = percent_decode_str(word).decode_utf8_lossy().chars().take(60).collect::<String>();
    format!(
        "The link's lesson has \"{word}\", which is passed over; it can be like 1;hide;large;only:producer.rate."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_said_and_the_rest_is_taken() {
        for (text, hides, said) in [
            ("", false, "has \"\""),
            ("x", false, "has \"x\""),
            ("2;hide", false, "of form 2"),
            ("1;hide;loud", true, "has \"loud\""),
            ("1;only;hide", true, "has \"only\""),
            ("1;hide;%ff%fe", true, "passed over"),
        ] {
            let (lesson, notice) = read(text);
            let notice = notice.unwrap_or_else(|| panic!("{text}: nothing is said"));
            assert_eq!(lesson.hides_cause, hides, "{text}");
            assert!(notice.contains(said) && notice.ends_with('.'), "{text}: {notice}");
        }
        assert_eq!(read("1;only:"), (Lesson { only: Some(Vec::new()), ..Lesson::default() }, None));
    }
}
