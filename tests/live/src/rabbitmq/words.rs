//! From the words of a case to what AMQP's methods take.

use lapin::types::{AMQPValue, FieldArray, FieldTable};

/// The words behind an action: what stands in fixed places, flags, and settings.
pub(super) struct Words<'a> {
    pub(super) plain: Vec<String>,
    settings: Vec<(&'a str, &'a str)>,
}

impl<'a> Words<'a> {
    /// `places` words stand in fixed places; after them `NAME=VALUE` is a setting.
    pub(super) fn new(words: &[&'a str], places: usize) -> Result<Words<'a>, String> {
        let (fixed, options) =
            words.split_at_checked(places).ok_or_else(|| format!("{places} words have to follow"))?;
        let mut plain: Vec<String> = fixed.iter().map(|word| unquoted(word)).collect();
        let mut settings = Vec::new();
        for option in options {
            match option.split_once('=') {
                Some(setting) => settings.push(setting),
                None => plain.push((*option).to_owned()),
            }
        }
        Ok(Words { plain, settings })
    }

    pub(super) fn has(&self, flag: &str) -> bool {
        self.plain.iter().any(|word| word == flag)
    }

    pub(super) fn setting(&self, name: &str) -> Option<String> {
        self.settings.iter().find(|(own, _)| *own == name).map(|(_, value)| unquoted(value))
    }

    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, String> {
        let number = self.setting(name).map(|value| value.parse::<T>());
        number.transpose().map_err(|_| format!("{name} is followed by a number"))
    }

    /// The settings that are not among `known` are arguments.
    pub(super) fn arguments(&self, known: &[&str]) -> FieldTable {
        let mut table = FieldTable::default();
        for (name, value) in self.settings.iter().filter(|(name, _)| !known.contains(name)) {
            table.insert((*name).into(), value_of(value));
        }
        table
    }

    /// The headers of a message: `h:NAME=VALUE`, and the lists `CC` and `BCC`.
    pub(super) fn headers(&self) -> FieldTable {
        let mut table = FieldTable::default();
        for (name, value) in &self.settings {
            if let Some(name) = name.strip_prefix("h:") {
                table.insert(name.into(), value_of(value));
            } else if ["CC", "BCC"].contains(name) {
                let keys = value.split(',').map(|key| AMQPValue::LongString(unquoted(key).into()));
                table.insert(
                    (*name).into(),
                    AMQPValue::FieldArray(FieldArray::from(keys.collect::<Vec<_>>())),
                );
            }
        }
        table
    }
}

/// What stands in quotes is a text; a bare word may be a number, a boolean or no value.
fn value_of(word: &str) -> AMQPValue {
    match word {
        "true" => AMQPValue::Boolean(true),
        "false" => AMQPValue::Boolean(false),
        "void" => AMQPValue::Void,
        _ => {
            word.parse().map_or_else(|_| AMQPValue::LongString(unquoted(word).into()), AMQPValue::LongLongInt)
        }
    }
}

pub(super) fn unquoted(word: &str) -> String {
    word.replace('"', "")
}

/// `1..5` and `a,b`: several labels.
pub(super) fn labels(word: &str) -> Vec<String> {
    let mut labels = Vec::new();
    for part in word.split(',') {
        match part.split_once("..") {
            Some((first, last)) => labels.extend(range(first, last)),
            None => labels.push(part.to_owned()),
        }
    }
    labels
}

/// `1..5`, and `m1..m5` or `m1..5`.
fn range(first: &str, last: &str) -> Vec<String> {
    let name = first.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let number = |text: &str| text.strip_prefix(name).unwrap_or(text).parse::<u64>();
    match (number(first), number(last)) {
        (Ok(first), Ok(last)) => (first..=last).map(|number| format!("{name}{number}")).collect(),
        _ => vec![format!("{first}..{last}")],
    }
}
