//! Reading the actions of a case: words into methods.

use queuescope_engine::broker::rabbitmq::message::{Envelope, Field, Name, Properties, Table};
use queuescope_engine::broker::rabbitmq::method::{
    Bind, Call, ConsumerTag, EXCHANGE_TYPES, ExchangeDeclare, ExchangeType, QueueDeclare,
};

/// A word without the quotes around it.
pub(super) fn text(word: &str) -> &str {
    word.strip_prefix('"').and_then(|word| word.strip_suffix('"')).unwrap_or(word)
}

/// A value of a table.
fn value(word: &str) -> Field {
    if word.starts_with('"') {
        return Field::Text(text(word).into());
    }
    match (word.parse(), word) {
        (Ok(number), _) => Field::Number(number),
        (_, "true" | "false") => Field::Bool(word == "true"),
        (_, "void") => Field::Void,
        _ => Field::Text(word.into()),
    }
}

/// NAME=VALUE as an entry of a table.
pub(super) fn setting(word: &str) -> Result<(Name, Field), String> {
    let (name, word) =
        word.split_once('=').ok_or_else(|| format!("{word:?} is not of the form NAME=VALUE"))?;
    Ok((name.into(), value(word)))
}

/// `1..5` or `a,b` or one label.
pub(super) fn labels(word: &str) -> Result<Vec<String>, String> {
    let Some((from, to)) = word.split_once("..") else {
        return Ok(word.split(',').map(str::to_owned).collect());
    };
    match (from.parse::<u32>(), to.parse::<u32>()) {
        (Ok(from), Ok(to)) => Ok((from..=to).map(|number| number.to_string()).collect()),
        _ => Err(format!("{word:?}: a range of labels is written 1..5")),
    }
}

/// Which deliveries are meant.
pub(super) enum Which {
    Tag(u64),
    Labels(Vec<String>),
}

impl Which {
    pub(super) fn read(word: &str) -> Result<Which, String> {
        match word.strip_prefix("tag=") {
            Some(tag) => tag.parse().map(Which::Tag).map_err(|_| format!("{tag:?} is no delivery tag")),
            None => labels(word).map(Which::Labels),
        }
    }
}

/// The words after those that an action needs.
pub(super) struct Options<'a> {
    flags: Vec<&'a str>,
    settings: Vec<(&'a str, &'a str)>,
}

impl<'a> Options<'a> {
    pub(super) fn read(words: &[&'a str]) -> Result<Options<'a>, String> {
        let (mut flags, mut settings) = (Vec::new(), Vec::new());
        for word in words {
            match word.split_once('=') {
                Some(setting) => settings.push(setting),
                None => flags.push(*word),
            }
        }
        const FLAGS: &[&str] = &[
            "transient",
            "exclusive",
            "auto-delete",
            "passive",
            "if-unused",
            "if-empty",
            "internal",
            "no-ack",
            "multiple",
            "mandatory",
            "global",
        ];
        match flags.iter().find(|flag| !FLAGS.contains(flag)) {
            Some(unknown) => Err(format!("{unknown:?} is no option; there are {}", FLAGS.join(", "))),
            None => Ok(Options { flags, settings }),
        }
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.flags.contains(&name)
    }

    pub(super) fn named(&self, name: &str) -> Option<&'a str> {
        self.settings.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, String> {
        let value = self.named(name);
        value.map(|text| text.parse().map_err(|_| format!("{name}={text}: not a whole number"))).transpose()
    }

    pub(super) fn list(&self, name: &str) -> Vec<String> {
        self.named(name).map(|list| list.split(',').map(str::to_owned).collect()).unwrap_or_default()
    }

    /// All settings, as arguments.
    fn table(&self) -> Table {
        self.settings.iter().map(|(name, word)| ((*name).into(), value(word))).collect()
    }

    /// What a publish says of its message.
    pub(super) fn envelope(&self, exchange: &str, key: &str) -> Result<Envelope, String> {
        let keys = |name: &str| self.list(name).iter().map(|key| key.as_str().into()).collect();
        let headers = self.settings.iter().filter_map(|(name, word)| Some((name.strip_prefix("h:")?, word)));
        let priority = self.number("priority")?;
        let properties = Properties {
            persistent: !self.flag("transient"),
            expiration: self.named("expiration").map(|word| text(word).into()),
            priority: priority.map(|priority| u8::try_from(priority).unwrap_or(u8::MAX)),
            headers: headers.map(|(name, word)| (name.into(), value(word))).collect(),
            cc: keys("CC"),
            bcc: keys("BCC"),
            ..Properties::default()
        };
        Ok(Envelope { exchange: text(exchange).into(), key: text(key).into(), properties })
    }
}

fn exchange_type(name: &str) -> Result<ExchangeType, String> {
    let found = EXCHANGE_TYPES.iter().find(|(own, _)| *own == name);
    found.map(|(_, kind)| *kind).ok_or_else(|| format!("{name:?} is no type of exchange"))
}

fn bind(to: &str, from: &str, rest: &[&str]) -> Result<Bind, String> {
    let (key, options) = match rest {
        [key, options @ ..] if !key.contains('=') => (text(key), options),
        options => ("", options),
    };
    let arguments = Options::read(options)?.table();
    Ok(Bind { destination: text(to).into(), source: text(from).into(), key: key.into(), arguments })
}

/// The method that the words name, save those that need to know more. `tag` is the number of a consumer's name.
pub(super) fn method(words: &[&str], mut tag: impl FnMut(&str) -> ConsumerTag) -> Result<Call, String> {
    Ok(match words {
        ["queue.declare", name, options @ ..] => {
            let options = Options::read(options)?;
            Call::QueueDeclare(QueueDeclare {
                name: text(name).into(),
                durable: !options.flag("transient"),
                exclusive: options.flag("exclusive"),
                auto_delete: options.flag("auto-delete"),
                passive: options.flag("passive"),
                arguments: options.table(),
            })
        }
        ["exchange.declare", name, kind, options @ ..] => {
            let options = Options::read(options)?;
            Call::ExchangeDeclare(ExchangeDeclare {
                name: text(name).into(),
                kind: exchange_type(kind)?,
                durable: !options.flag("transient"),
                auto_delete: options.flag("auto-delete"),
                internal: options.flag("internal"),
                passive: options.flag("passive"),
                arguments: options.table(),
            })
        }
        ["queue.delete", name, options @ ..] => {
            let options = Options::read(options)?;
            let (if_unused, if_empty) = (options.flag("if-unused"), options.flag("if-empty"));
            Call::QueueDelete { name: text(name).into(), if_unused, if_empty }
        }
        ["exchange.delete", name, options @ ..] => Call::ExchangeDelete {
            name: text(name).into(),
            if_unused: Options::read(options)?.flag("if-unused"),
        },
        ["queue.purge", name] => Call::QueuePurge { name: text(name).into() },
        ["queue.bind", to, from, rest @ ..] => Call::QueueBind(bind(to, from, rest)?),
        ["queue.unbind", to, from, rest @ ..] => Call::QueueUnbind(bind(to, from, rest)?),
        ["exchange.bind", to, from, rest @ ..] => Call::ExchangeBind(bind(to, from, rest)?),
        ["exchange.unbind", to, from, rest @ ..] => Call::ExchangeUnbind(bind(to, from, rest)?),
        ["confirm.select"] => Call::ConfirmSelect,
        ["basic.qos", count, options @ ..] => {
            let prefetch_count = count.parse().map_err(|_| format!("{count:?} is not from 0 to 65535"))?;
            Call::Qos { prefetch_count, global: Options::read(options)?.flag("global") }
        }
        ["basic.consume", queue, name, options @ ..] => {
            let options = Options::read(options)?;
            let (no_ack, exclusive) = (options.flag("no-ack"), options.flag("exclusive"));
            let (queue, tag, arguments) = (text(queue).into(), tag(text(name)), options.table());
            Call::Consume { queue, tag, no_ack, exclusive, arguments }
        }
        ["basic.cancel", name] => Call::Cancel { tag: tag(text(name)) },
        ["basic.recover"] => Call::Recover,
        ["channel.close"] => Call::Close,
        _ => return Err(format!("{:?} is no action; README.md lists them", words.join(" "))),
    })
}
