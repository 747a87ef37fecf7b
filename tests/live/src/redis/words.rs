//! From the words of a case to commands.

use std::collections::BTreeMap;

/// What cases call their values, where they are not the values themselves.
#[derive(Default)]
pub(super) struct Values {
    content_of: BTreeMap<String, String>,
    name_of: BTreeMap<String, String>,
}

impl Values {
    /// `a:100000` is a value of so many bytes that is called `a`.
    fn content(&mut self, word: &str) -> String {
        let large = word.split_once(':').and_then(|(name, size)| Some((name, size.parse::<usize>().ok()?)));
        if let Some((name, size)) = large.filter(|(name, _)| !name.is_empty()) {
            // A width in a format has 16 bits.
            let content = format!("{name}{}", ".".repeat(size.saturating_sub(name.len())));
            self.content_of.insert(name.to_owned(), content.clone());
            self.name_of.insert(content.clone(), name.to_owned());
            return content;
        }
        self.content_of.get(word).map_or_else(|| word.to_owned(), Clone::clone)
    }

    pub(super) fn name<'a>(&'a self, content: &'a str) -> &'a str {
        self.name_of.get(content).map_or(content, String::as_str)
    }
}

/// A command, as it goes to the server.
#[derive(Clone)]
pub(super) struct Command {
    words: Vec<String>,
    /// What it is answered is not observed.
    quiet: bool,
}

impl Command {
    pub(super) fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// Whether one of its words is this option.
    pub(super) fn has(&self, option: &str) -> bool {
        self.words.iter().any(|word| word == option)
    }

    /// How many words follow its name.
    pub(super) fn arguments(&self) -> usize {
        self.words.len() - 1
    }

    /// How many answers it gets.
    pub(super) fn answers(&self) -> usize {
        match self.name() {
            "SUBSCRIBE" | "PSUBSCRIBE" | "UNSUBSCRIBE" | "PUNSUBSCRIBE" => self.arguments().max(1),
            _ => 1,
        }
    }

    pub(super) fn packed(&self) -> Vec<u8> {
        redis::cmd(self.name()).arg(&self.words[1..]).get_packed_command()
    }

    pub(super) fn observed(&self, text: String) -> Option<String> {
        (!self.quiet).then_some(text)
    }
}

/// Reads a command.
///
/// # Errors
/// It is none.
pub(super) fn command(words: &[&str], values: &mut Values) -> Result<Command, String> {
    let (quiet, words) = match words {
        ["quiet", rest @ ..] => (true, rest),
        _ => (false, words),
    };
    let [name, arguments @ ..] = words else { return Err("quiet is followed by a command".into()) };
    if name.chars().any(|letter| !letter.is_ascii_uppercase()) {
        return Err(format!("{name:?} is no command: their names are written in capitals"));
    }
    let mut all = vec![(*name).to_owned()];
    all.extend(arguments.iter().map(|word| values.content(word)));
    if *name == "XADD" {
        // The one field of an entry; cases leave out its name.
        all.insert(all.len() - 1, "v".into());
    }
    Ok(Command { words: all, quiet })
}
