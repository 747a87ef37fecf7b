//! What stands on the command line, read and checked.

use std::ffi::OsString;
use std::ops::RangeInclusive;

use queuescope_engine::Time;
use queuescope_engine::knob::Value;
use queuescope_engine::scenario::parse_span;

/// The commands and the options that each takes.
const COMMANDS: &[(&str, &[&str])] = &[
    ("run", &["--until", "--seed", "--seeds", "--set", "--shard", "--json", "--csv"]),
    ("check", &["--seed", "--seeds"]),
    ("digest", &["--until", "--seed"]),
    ("help", &[]),
    ("version", &[]),
];

/// How a run is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// As JSON.
    Json,
    /// As a table of the journal.
    Csv,
}

/// A setting and the values it is to have in turn.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Axis {
    pub(crate) who: String,
    pub(crate) knob: String,
    pub(crate) values: Vec<Value>,
}

/// Which part of a sweep to run: of each `of` runs in order, number `part`, from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shard {
    pub(crate) part: u64,
    pub(crate) of: u64,
}

/// The command line.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Arguments {
    pub(crate) command: String,
    /// One for `run` and `digest`, at least one for `check`.
    pub(crate) files: Vec<String>,
    pub(crate) until: Option<Time>,
    pub(crate) seed: Option<u64>,
    /// So many seeds, from 1.
    pub(crate) seeds: Option<u64>,
    pub(crate) set: Vec<Axis>,
    pub(crate) shard: Option<Shard>,
    pub(crate) form: Option<Form>,
}

impl Arguments {
    /// Reads the arguments after the program's name. The error says what is wrong and what to do.
    pub(crate) fn read(arguments: impl Iterator<Item = OsString>) -> Result<Arguments, String> {
        let text = |argument: OsString| {
            argument
                .into_string()
                .map_err(|argument| format!("{argument:?} is not Unicode, as arguments must be"))
        };
        let mut words = arguments.map(text).collect::<Result<Vec<String>, String>>()?.into_iter();
        let command = match words.next().as_deref() {
            Some("--help" | "-h") => "help".to_owned(),
            Some("--version" | "-V") => "version".to_owned(),
            Some(word) => word.to_owned(),
            None => return Err("no command is given: try queuescope help".into()),
        };
        let Some((_, options)) = COMMANDS.iter().find(|(name, _)| *name == command) else {
            let names: Vec<&str> = COMMANDS.iter().map(|(name, _)| *name).collect();
            return Err(format!("{command:?} is no command; there are {}", names.join(", ")));
        };
        let mut read = Arguments { command, ..Arguments::default() };
        while let Some(word) = words.next() {
            if word == "-" || !word.starts_with('-') {
                read.files.push(word);
                continue;
            }
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (word, None),
            };
            if name == "--help" || name == "-h" {
                return Ok(Arguments { command: "help".into(), ..Arguments::default() });
            }
            if !options.contains(&name.as_str()) {
                let permitted = if options.is_empty() { "none".into() } else { options.join(", ") };
                return Err(format!("{name:?} is no option of {}, which takes {permitted}", read.command));
            }
            read.option(&name, value, &mut words)?;
        }
        read.check()?;
        Ok(read)
    }

    fn option(
        &mut self,
        name: &str,
        value: Option<String>,
        words: &mut impl Iterator<Item = String>,
    ) -> Result<(), String> {
        let form = match name {
            "--json" => Some(Form::Json),
            "--csv" => Some(Form::Csv),
            _ => None,
        };
        if let Some(form) = form {
            if value.is_some() || self.form.is_some_and(|own| own != form) {
                return Err(format!("{name} stands alone: without a value, and --json or --csv, not both"));
            }
            self.form = Some(form);
            return Ok(());
        }
        let Some(value) = value.or_else(|| words.next()) else {
            return Err(format!("{name} needs a value after it: see queuescope help"));
        };
        let wrong = |permitted: &str| format!("{name}: {value:?} is not permitted; it must be {permitted}");
        let whole = |permitted: &str| value.parse::<u64>().map_err(|_| wrong(permitted));
        match name {
            "--until" => self.until = Some(parse_span(&value).map_err(|error| format!("{name}: {error}"))?),
            "--seed" => self.seed = Some(whole("a whole number from 0 to 18446744073709551615")?),
            "--seeds" => match whole("a whole number from 1")? {
                0 => return Err(wrong("a whole number from 1")),
                seeds => self.seeds = Some(seeds),
            },
            "--set" => {
                let axis = axis(&value).ok_or_else(|| wrong("who.knob=value or who.knob=value,value,..."))?;
                if self.set.iter().any(|own| (&own.who, &own.knob) == (&axis.who, &axis.knob)) {
                    return Err(wrong(
                        "of a setting that is not set yet: give all values at once, with commas",
                    ));
                }
                self.set.push(axis);
            }
            _ => {
                let shard = shard(&value).ok_or_else(|| wrong("I/N with I from 1 to N, for example 1/4"))?;
                self.shard = Some(shard);
            }
        }
        Ok(())
    }

    /// Checks what can only be seen with everything read.
    fn check(&self) -> Result<(), String> {
        let command = &self.command;
        match (command.as_str(), self.files.as_slice()) {
            ("help", _) | ("version", []) | ("check", [_, ..]) | ("run" | "digest", [_]) => {}
            ("version", [file, ..]) => return Err(format!("version takes no file, but {file:?} is given")),
            ("run" | "digest", [_, second, ..]) => {
                return Err(format!("{command} takes one file, but {second:?} is given as well"));
            }
            _ => return Err(format!("{command} needs the file of a scenario, or - for standard input")),
        }
        if 1 < self.files.iter().filter(|file| *file == "-").count() {
            return Err("- is given twice, but standard input can be read once".into());
        }
        if self.seed.is_some() && self.seeds.is_some() {
            return Err("--seed and --seeds are both given; it must be one of them".into());
        }
        if self.form == Some(Form::Csv) && self.is_sweep() {
            return Err(
                "--csv tells one run: leave out --seeds, --shard and all but one value of each --set".into(),
            );
        }
        Ok(())
    }

    /// Whether more than one run is asked for, or a part of such.
    pub(crate) fn is_sweep(&self) -> bool {
        self.seeds.is_some() || self.shard.is_some() || self.set.iter().any(|axis| 1 < axis.values.len())
    }

    /// The seeds to run with; `own` is the scenario's.
    pub(crate) fn seeds(&self, own: u64) -> RangeInclusive<u64> {
        let one = self.seed.unwrap_or(own);
        self.seeds.map_or(one..=one, |seeds| 1..=seeds)
    }
}

fn axis(text: &str) -> Option<Axis> {
    let (address, values) = text.split_once('=')?;
    let (who, knob) = address.split_once('.')?;
    let value = |text: &str| match text.parse() {
        Ok(number) if f64::is_finite(number) => Value::Number(number),
        Ok(_) | Err(_) => Value::Choice(text.to_owned().into()),
    };
    let values = values.split(',').map(value).collect();
    Some(Axis { who: who.to_owned(), knob: knob.to_owned(), values })
}

fn shard(text: &str) -> Option<Shard> {
    let (part, of) = text.split_once('/')?;
    let shard = Shard { part: part.parse().ok()?, of: of.parse().ok()? };
    (1..=shard.of).contains(&shard.part).then_some(shard)
}
