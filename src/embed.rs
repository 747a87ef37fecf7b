//! A session in a page of somebody else: what is written there, and what of the whole page is left.

use crate::share::{self, Shared};

/// What the fragment of a link begins with that shows a session inside of another page.
pub const PREFIX: &str = "#/embed?";

/// The colors that a reader can be given.
pub const THEMES: [(&str, &str); 3] = [("", "as the reader has it"), ("light", "light"), ("dark", "dark")];

/// Whether this fragment asks for the small page.
pub fn is_asked_for(fragment: &str) -> bool {
    fragment.starts_with(PREFIX)
}

/// The theme that a fragment asks for, if it does.
pub fn theme(fragment: &str) -> Option<&'static str> {
    let asked = fragment.strip_prefix(PREFIX)?.split('&').find_map(|field| field.strip_prefix("theme="))?;
    THEMES.iter().map(|(name, _)| *name).find(|name| !name.is_empty() && *name == asked)
}

/// The fragment of a link to a session inside of another page, in these colors.
pub fn fragment(shared: &Shared, theme: &str) -> String {
    let theme = if theme.is_empty() { String::new() } else { format!("&theme={theme}") };
    let link = share::write(shared);
    let query = link.split_once('?').map_or("", |(_, query)| query);
    format!("{PREFIX}{query}{theme}")
}

/// The same session in the whole page, with all of its settings.
pub fn whole(mut shared: Shared) -> String {
    shared.lesson.only = None;
    share::write(&shared)
}

/// How high it should be, in CSS pixels, so that nothing has to be scrolled in a column of usual width: two settings stand
/// beside each other there.
pub fn height(settings: usize) -> u32 {
    let rows = settings.div_ceil(2).min(5) as u32;
    400 + rows * 64
}

/// What is put into the page: a frame of that height that is loaded when a reader comes near it.
pub fn snippet(address: &str, shared: &Shared, theme: &str) -> String {
    let settings = shared.lesson.only.as_ref().map_or(0, Vec::len);
    let title = if shared.lesson.hides_cause {
        "Queuescope: what is going on here?".to_owned()
    } else {
        format!("Queuescope: {}", shared.recording.scenario.title)
    };
    format!(
        "<iframe src=\"{}\" title=\"{}\" width=\"100%\" height=\"{}\" loading=\"lazy\" frameborder=\"0\"></iframe>",
        quoted(&format!("{address}{}", fragment(shared, theme))),
        quoted(&title),
        height(settings)
    )
}

/// As it stands between quotes in HTML.
fn quoted(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => safe += "&amp;",
            '"' => safe += "&quot;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::{self, Request};
    use crate::session::Session;

    #[test]
    fn a_session_comes_back_from_its_frame_and_from_there_in_the_whole_page() {
        for scenario in ["balanced", "rabbitmq-poison", "kafka-rebalance"] {
            let link = format!(
                "#/embed?engine=full&scenario={scenario}&paused&lesson=1;hide;only:consumer.rate,producer.rate"
            );
            let session = Session::open(&link);
            let shared = session.share();
            assert!(shared.lesson.hides_cause && !shared.playing, "{scenario}");
            let again = fragment(&shared, "dark");
            assert!(is_asked_for(&again) && theme(&again) == Some("dark"), "{again}");
            assert_eq!(link::read(&again), Ok(Request::Shared(Box::new(shared.clone()))));
            let whole = whole(shared.clone());
            assert!(whole.starts_with("#/play?engine=full&"), "{whole}");
            let Ok(Request::Shared(opened)) = link::read(&whole) else { panic!("{whole}") };
            assert_eq!((opened.lesson.only, opened.recording), (None, shared.recording));
        }
    }

    #[test]
    fn a_snippet_cannot_break_out_of_its_quotes() {
        let mut shared = Session::open("#/embed?engine=full&scenario=balanced&paused").share();
        shared.recording.scenario.title = "\"><script>&".into();
        let text = snippet("https://example.org/", &shared, "");
        assert!(text.contains("title=\"Queuescope: &quot;&gt;&lt;script&gt;&amp;\""), "{text}");
        assert_eq!(text.matches('<').count(), 2, "{text}");
        assert!(text.contains("height=\"400\" loading=\"lazy\""), "{text}");
        assert_eq!((height(1), height(4), height(100)), (464, 528, 720));
    }

    #[test]
    fn only_themes_that_there_are_can_be_asked_for() {
        assert_eq!(theme("#/embed?theme=light"), Some("light"));
        for fragment in ["#/embed?theme=", "#/embed?theme=pink", "#/play?theme=dark", ""] {
            assert_eq!(theme(fragment), None, "{fragment}");
        }
    }
}
