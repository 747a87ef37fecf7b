//! From the words of a command to a request.

use std::time::Duration;

use queuescope_engine::broker::redis::request::{
    Add, After, AutoClaim, Claim, End, Few, GroupCommand, Idle, Limit, ListCommand, Move, Nack, NackMode,
    NewId, Once, PendingRange, Precision, PubSubCommand, Read, ReadGroup, References, Request, Special,
    Start, StreamCommand, Trim, Value, Wait, Which,
};
use queuescope_engine::broker::redis::{EntryId, Name, Redis, Setting, Settings};

use super::super::super::protocol::modelled::Wire;
use super::{Dialogue, end};

/// What is left of a command to be read.
pub(super) struct Words<'a> {
    dialogue: &'a mut Dialogue,
    client: &'a str,
    words: &'a [&'a str],
    wire: &'a mut Wire<Redis>,
}

/// What `MAXLEN`, `MINID` and the like say.
#[derive(Default)]
struct Trimming {
    to: Option<Limit>,
    nodes: bool,
    limit: Option<u32>,
    references: References,
}

impl<'a> Words<'a> {
    pub(super) fn new(
        dialogue: &'a mut Dialogue,
        client: &'a str,
        words: &'a [&'a str],
        wire: &'a mut Wire<Redis>,
    ) -> Words<'a> {
        Words { dialogue, client, words, wire }
    }

    /// The whole command.
    pub(super) fn command(mut self) -> Result<Request, String> {
        let command = self.next("a command")?;
        let request = match command.as_bytes()[0] {
            b'X' => self.of_streams(command),
            b'B' | b'L' | b'R' => self.of_lists(command),
            _ => self.others(command),
        }?;
        match self.words {
            [] => Ok(request),
            [word, ..] => Err(format!("{word:?} is too much for {command}")),
        }
    }

    fn next(&mut self, what: &str) -> Result<&'a str, String> {
        let (first, rest) = self.words.split_first().ok_or_else(|| format!("{what} is missing"))?;
        self.words = rest;
        Ok(first)
    }

    /// Takes the next word if it is this one.
    fn takes(&mut self, word: &str) -> bool {
        let is_next = self.words.first() == Some(&word);
        self.words = &self.words[usize::from(is_next)..];
        is_next
    }

    fn last(&mut self) -> Option<&'a str> {
        let (last, rest) = self.words.split_last()?;
        self.words = rest;
        Some(last)
    }

    fn name(&mut self, what: &str) -> Result<Name, String> {
        let text = self.next(what)?;
        Ok(self.dialogue.name(self.client, text, self.wire))
    }

    fn names(&mut self) -> Result<Few<Name>, String> {
        let mut all = Vec::new();
        while !self.words.is_empty() {
            all.push(self.name("a name")?);
        }
        Ok(few(all))
    }

    fn number<T: std::str::FromStr>(&mut self, what: &str) -> Result<T, String> {
        let word = self.next(what)?;
        word.parse().map_err(|_| format!("{word:?} is no {what}"))
    }

    fn millis(&mut self, what: &str) -> Result<Duration, String> {
        self.number(what).map(Duration::from_millis)
    }

    fn id(&mut self) -> Result<EntryId, String> {
        id(self.next("an id")?)
    }

    fn ids(&mut self) -> Result<Few<EntryId>, String> {
        let mut all = Vec::new();
        while self.words.first().is_some_and(|word| id(word).is_ok()) {
            all.push(self.id()?);
        }
        Ok(few(all))
    }

    /// `IDS n id ...`
    fn counted_ids(&mut self) -> Result<Few<EntryId>, String> {
        if !self.takes("IDS") {
            return Err("IDS and the number of ids are missing".into());
        }
        let count: usize = self.number("number of ids")?;
        let ids = (0..count).map(|_| self.id()).collect::<Result<_, _>>()?;
        Ok(few(ids))
    }

    /// A timeout in seconds, the last word.
    fn timeout(&mut self) -> Result<Wait, String> {
        let word = self.last().ok_or("a timeout is missing")?;
        let seconds: f64 = word.parse().map_err(|_| format!("{word:?} is no timeout in seconds"))?;
        let span = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
        Ok(if span.is_zero() { Wait::Forever } else { Wait::For(span) })
    }

    fn block(&mut self) -> Result<Wait, String> {
        let span = self.millis("number of milliseconds")?;
        Ok(if span.is_zero() { Wait::Forever } else { Wait::For(span) })
    }

    fn others(&mut self, command: &str) -> Result<Request, String> {
        let of = Request::PubSub;
        Ok(match command {
            "DEL" => Request::Delete(self.names()?),
            "SUBSCRIBE" => of(PubSubCommand::Subscribe(self.names()?)),
            "PSUBSCRIBE" => of(PubSubCommand::PatternSubscribe(self.names()?)),
            "UNSUBSCRIBE" => of(PubSubCommand::Unsubscribe(self.names()?)),
            "PUNSUBSCRIBE" => of(PubSubCommand::PatternUnsubscribe(self.names()?)),
            "PUBLISH" => {
                let channel = self.name("a channel")?;
                let word = self.next("a message")?;
                of(PubSubCommand::Publish(channel, self.dialogue.message(word, self.wire)))
            }
            "CONFIG" if self.takes("SET") => {
                let (name, value) = (self.next("a setting")?, self.next("a value")?);
                Request::Config(setting(name, value)?)
            }
            _ => return Err(format!("{command:?} is no command that cases know")),
        })
    }

    fn of_lists(&mut self, command: &str) -> Result<Request, String> {
        let side = if command.trim_start_matches('B').starts_with('L') { End::Left } else { End::Right };
        Ok(Request::List(match command {
            "LPUSH" | "RPUSH" => {
                let key = self.name("a key")?;
                let words = std::mem::take(&mut self.words);
                let values = words.iter().map(|word| self.value(word)).collect();
                ListCommand::Push(key, side, few(values))
            }
            "LPOP" | "RPOP" => {
                let key = self.name("a key")?;
                let count = if self.words.is_empty() { None } else { Some(self.number("number")?) };
                ListCommand::Pop(key, side, count)
            }
            "BLPOP" | "BRPOP" => {
                let wait = self.timeout()?;
                ListCommand::BlockingPop(self.names()?, side, wait)
            }
            "LMOVE" => ListCommand::Move(self.moving()?, Wait::No),
            "BLMOVE" => {
                let wait = self.timeout()?;
                ListCommand::Move(self.moving()?, wait)
            }
            "LREM" => {
                let (key, count) = (self.name("a key")?, self.number("number")?);
                let label = self.next("a value")?;
                let message = self.dialogue.messages.get(label);
                let message = message.ok_or_else(|| format!("nothing was called {label:?}"))?;
                ListCommand::Remove(key, count, *message)
            }
            "LTRIM" => ListCommand::Trim(self.name("a key")?, self.number("place")?, self.number("place")?),
            "LRANGE" => ListCommand::Range(self.name("a key")?, self.number("place")?, self.number("place")?),
            "LLEN" => ListCommand::Length(self.name("a key")?),
            _ => return Err(format!("{command:?} is no command that cases know")),
        }))
    }

    fn value(&mut self, word: &str) -> Value {
        Value { message: self.dialogue.message(word, self.wire), attempt: 1 }
    }

    fn moving(&mut self) -> Result<Move, String> {
        let (source, destination) = (self.name("a source")?, self.name("a destination")?);
        let (from, to) = (end(self.next("LEFT or RIGHT")?)?, end(self.next("LEFT or RIGHT")?)?);
        Ok(Move { source, from, destination, to })
    }

    fn of_streams(&mut self, command: &str) -> Result<Request, String> {
        Ok(Request::Stream(match command {
            "XADD" => StreamCommand::Add(Box::new(self.add()?)),
            "XLEN" => StreamCommand::Length(self.name("a key")?),
            "XRANGE" => {
                let key = self.name("a key")?;
                let (start, end) = (self.bound()?, self.bound()?);
                let count = if self.takes("COUNT") { Some(self.number("number")?) } else { None };
                StreamCommand::Range(key, start, end, count)
            }
            "XDEL" => StreamCommand::Delete(self.name("a key")?, self.ids()?),
            "XDELEX" => {
                let key = self.name("a key")?;
                StreamCommand::DeleteWith(key, self.references(), self.counted_ids()?)
            }
            "XTRIM" => {
                let key = self.name("a key")?;
                let mut trimming = Trimming::default();
                while self.trims(&mut trimming)? {}
                StreamCommand::Trim(key, Box::new(trimming.trim()?.ok_or("MAXLEN or MINID is missing")?))
            }
            "XREAD" => StreamCommand::Read(Box::new(self.read()?)),
            "XCFGSET" => {
                let key = self.name("a key")?;
                let (mut seconds, mut most) = (None, None);
                while !self.words.is_empty() {
                    match self.next("an option")? {
                        "IDMP-DURATION" => seconds = Some(self.number("number of seconds")?),
                        "IDMP-MAXSIZE" => most = Some(self.number("number")?),
                        other => return Err(format!("{other:?} is no option of XCFGSET")),
                    }
                }
                StreamCommand::ConfigureOnce(key, seconds, most)
            }
            _ => return self.of_groups(command),
        }))
    }

    fn bound(&mut self) -> Result<EntryId, String> {
        match self.next("an id, - or +")? {
            "-" => Ok(EntryId::ZERO),
            "+" => Ok(EntryId::MAX),
            word => id(word),
        }
    }

    fn references(&mut self) -> References {
        match self.words.first() {
            Some(&"DELREF") => References::Delete,
            Some(&"ACKED") => References::Acked,
            Some(&"KEEPREF") => References::Keep,
            _ => return References::Keep,
        };
        let named =
            [("KEEPREF", References::Keep), ("DELREF", References::Delete), ("ACKED", References::Acked)];
        named.into_iter().find(|(word, _)| self.takes(word)).map_or(References::Keep, |(_, own)| own)
    }

    /// Takes one option that trims, if it is one.
    fn trims(&mut self, trimming: &mut Trimming) -> Result<bool, String> {
        let Some(word) = self.words.first().copied() else { return Ok(false) };
        match word {
            "MAXLEN" | "MINID" => {
                self.next(word)?;
                trimming.nodes = self.takes("~");
                self.takes("=");
                trimming.to = Some(if word == "MAXLEN" {
                    Limit::Length(self.number("length")?)
                } else {
                    Limit::Id(self.id()?)
                });
            }
            "LIMIT" => {
                self.next(word)?;
                trimming.limit = Some(self.number("number")?);
            }
            "KEEPREF" | "DELREF" | "ACKED" => trimming.references = self.references(),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn add(&mut self) -> Result<Add, String> {
        let key = self.name("a key")?;
        let (mut make, mut once, mut trimming) = (true, None, Trimming::default());
        loop {
            if self.takes("NOMKSTREAM") {
                make = false;
            } else if self.takes("IDMP") {
                once = Some(Once { producer: self.name("a producer")?, id: self.number("id")? });
            } else if !self.trims(&mut trimming)? {
                break;
            }
        }
        let id = match self.next("an id")? {
            "*" => NewId::Auto,
            word => match word.strip_suffix("-*") {
                Some(ms) => NewId::At(ms.parse().map_err(|_| format!("{word:?} is no id"))?),
                None => NewId::Explicit(id(word)?),
            },
        };
        let word = self.next("a value")?;
        let message = self.dialogue.message(word, self.wire);
        let special = Some(Box::new(Special { id, once }));
        Ok(Add { key, message, make, trim: trimming.trim()?, special })
    }

    /// `STREAMS key ... id ...`, the last of a command.
    fn streams<T>(&mut self, read: impl Fn(&str) -> Result<T, String>) -> Result<Few<(Name, T)>, String> {
        if !self.takes("STREAMS") {
            return Err("STREAMS is missing".into());
        }
        if !self.words.len().is_multiple_of(2) {
            return Err("STREAMS is followed by as many ids as keys".into());
        }
        let (keys, ids) = self.words.split_at(self.words.len() / 2);
        self.words = &[];
        let pairs = keys.iter().zip(ids);
        let read = pairs.map(|(key, id)| Ok((self.dialogue.name(self.client, key, self.wire), read(id)?)));
        read.collect::<Result<_, String>>().map(few)
    }

    fn read(&mut self) -> Result<Read, String> {
        let (mut count, mut block) = (None, Wait::No);
        loop {
            if self.takes("COUNT") {
                count = Some(self.number("number")?);
            } else if self.takes("BLOCK") {
                block = self.block()?;
            } else {
                break;
            }
        }
        let after = |word: &str| if word == "$" { Ok(After::Last) } else { id(word).map(After::Id) };
        Ok(Read { streams: self.streams(after)?, count, block })
    }

    fn of_groups(&mut self, command: &str) -> Result<Request, String> {
        let of = Request::Group;
        Ok(match command {
            "XGROUP" => of(self.xgroup()?),
            "XREADGROUP" => of(GroupCommand::Read(Box::new(self.read_group()?))),
            "XACK" => of(GroupCommand::Ack(self.name("a key")?, self.name("a group")?, self.ids()?)),
            "XACKDEL" => {
                let (key, group) = (self.name("a key")?, self.name("a group")?);
                of(GroupCommand::AckDelete(key, group, self.references(), self.counted_ids()?))
            }
            "XPENDING" => of(self.pending()?),
            "XCLAIM" => of(GroupCommand::Claim(Box::new(self.claim()?))),
            "XAUTOCLAIM" => of(GroupCommand::AutoClaim(Box::new(self.auto_claim()?))),
            "XNACK" => of(GroupCommand::Nack(Box::new(self.nack()?))),
            _ => return Err(format!("{command:?} is no command that cases know")),
        })
    }

    fn xgroup(&mut self) -> Result<GroupCommand, String> {
        let action = self.next("CREATE, SETID, DESTROY or DELCONSUMER")?;
        let (key, group) = (self.name("a key")?, self.name("a group")?);
        Ok(match action {
            "CREATE" => {
                let start = self.start()?;
                GroupCommand::Create(key, group, start, self.takes("MKSTREAM"))
            }
            "SETID" => GroupCommand::SetId(key, group, self.start()?),
            "DESTROY" => GroupCommand::Destroy(key, group),
            "DELCONSUMER" => GroupCommand::Dismiss(key, group, self.name("a consumer")?),
            _ => return Err(format!("{action:?} is none of CREATE, SETID, DESTROY, DELCONSUMER")),
        })
    }

    fn start(&mut self) -> Result<Start, String> {
        match self.next("an id or $")? {
            "$" => Ok(Start::Last),
            word => id(word).map(Start::After),
        }
    }

    fn read_group(&mut self) -> Result<ReadGroup, String> {
        if !self.takes("GROUP") {
            return Err("GROUP is missing".into());
        }
        let (group, consumer) = (self.name("a group")?, self.name("a consumer")?);
        let (mut count, mut block, mut no_ack, mut claim) = (None, Wait::No, false, None);
        loop {
            if self.takes("COUNT") {
                count = Some(self.number("number")?);
            } else if self.takes("BLOCK") {
                block = self.block()?;
            } else if self.takes("NOACK") {
                no_ack = true;
            } else if self.takes("CLAIM") {
                claim = Some(self.millis("number of milliseconds")?);
            } else {
                break;
            }
        }
        let which = |word: &str| if word == ">" { Ok(Which::New) } else { id(word).map(Which::Own) };
        Ok(ReadGroup { group, consumer, streams: self.streams(which)?, count, block, no_ack, claim })
    }

    fn pending(&mut self) -> Result<GroupCommand, String> {
        let (key, group) = (self.name("a key")?, self.name("a group")?);
        if self.words.is_empty() {
            return Ok(GroupCommand::Pending(key, group));
        }
        let idle = if self.takes("IDLE") { self.millis("number of milliseconds")? } else { Duration::ZERO };
        let (start, end, count) = (self.bound()?, self.bound()?, self.number("number")?);
        let consumer = if self.words.is_empty() { None } else { Some(self.name("a consumer")?) };
        let range = PendingRange { idle, start, end, count, consumer };
        Ok(GroupCommand::PendingRange(key, group, Box::new(range)))
    }

    fn claim(&mut self) -> Result<Claim, String> {
        let mut claim = Claim {
            key: self.name("a key")?,
            group: self.name("a group")?,
            consumer: self.name("a consumer")?,
            min_idle: self.millis("number of milliseconds")?,
            ids: self.ids()?,
            idle: Idle::Reset,
            retry_count: None,
            force: false,
            just_id: false,
        };
        while !self.words.is_empty() {
            match self.next("an option")? {
                "IDLE" => claim.idle = Idle::For(self.millis("number of milliseconds")?),
                "TIME" => claim.idle = Idle::Since(self.number("time")?),
                "RETRYCOUNT" => claim.retry_count = Some(self.number("number")?),
                "FORCE" => claim.force = true,
                "JUSTID" => claim.just_id = true,
                other => return Err(format!("{other:?} is no option of XCLAIM")),
            }
        }
        Ok(claim)
    }

    fn auto_claim(&mut self) -> Result<AutoClaim, String> {
        let mut claim = AutoClaim {
            key: self.name("a key")?,
            group: self.name("a group")?,
            consumer: self.name("a consumer")?,
            min_idle: self.millis("number of milliseconds")?,
            start: self.id()?,
            count: 100,
            just_id: false,
        };
        while !self.words.is_empty() {
            match self.next("an option")? {
                "COUNT" => claim.count = self.number("number")?,
                "JUSTID" => claim.just_id = true,
                other => return Err(format!("{other:?} is no option of XAUTOCLAIM")),
            }
        }
        Ok(claim)
    }

    fn nack(&mut self) -> Result<Nack, String> {
        let (key, group) = (self.name("a key")?, self.name("a group")?);
        let mode = match self.next("SILENT, FAIL or FATAL")? {
            "SILENT" => NackMode::Silent,
            "FAIL" => NackMode::Fail,
            "FATAL" => NackMode::Fatal,
            other => return Err(format!("{other:?} is none of SILENT, FAIL, FATAL")),
        };
        let ids = self.counted_ids()?;
        let retry_count = if self.takes("RETRYCOUNT") { Some(self.number("number")?) } else { None };
        Ok(Nack { key, group, mode, ids, retry_count, force: self.takes("FORCE") })
    }
}

impl Trimming {
    fn trim(self) -> Result<Option<Trim>, String> {
        let Some(to) = self.to else { return Ok(None) };
        let precision = if self.nodes { Precision::Nodes } else { Precision::Exact };
        Ok(Some(Trim { to, precision, limit: self.limit, references: self.references }))
    }
}

fn few<T>(mut all: Vec<T>) -> Few<T> {
    match all.len() {
        1 => all.pop().map_or(Few::Many(Vec::new()), Few::One),
        _ => Few::Many(all),
    }
}

fn id(word: &str) -> Result<EntryId, String> {
    word.parse().map_err(|_| format!("{word:?} is no id"))
}

fn setting(name: &str, value: &str) -> Result<Setting, String> {
    let mut settings = Settings::default();
    settings.set_text(name, &value.trim_matches('"').replace('_', " "))?;
    Ok(match name {
        "maxmemory" => Setting::MaxMemory(settings.max_memory),
        "client-output-buffer-limit" => Setting::PubSubLimit(settings.pubsub_limit),
        "stream-node-max-entries" => Setting::NodeEntries(settings.node_entries),
        "stream-node-max-bytes" => Setting::NodeBytes(settings.node_bytes),
        "save" => Setting::Save(settings.save),
        "appendonly" | "appendfsync" => Setting::Append(settings.append),
        _ => Setting::SocketBuffer(settings.socket_buffer),
    })
}
