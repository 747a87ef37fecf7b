//! The server's settings, as `redis.conf` names them.

use std::time::Duration;

use crate::time::Time;

/// When the append-only file is on disk for sure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Append {
    /// There is no such file: `appendonly no`.
    Off,
    /// `appendfsync always`: before a command is answered.
    Always,
    /// `appendfsync everysec`: once a second.
    EverySecond,
}

/// A snapshot is saved if at least so many changes were made and so much time has passed since the last.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SavePoint {
    /// How much time.
    pub after: Duration,
    /// How many changes.
    pub changes: u64,
}

/// `client-output-buffer-limit pubsub`: how far a subscriber may be behind, in bytes. 0 is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct OutputLimit {
    /// Beyond this it is disconnected at once.
    pub hard: u64,
    /// Beyond this it is disconnected after a time.
    pub soft: u64,
    /// After this time without a break, in seconds.
    pub soft_seconds: u64,
}

/// All settings.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Settings {
    /// `maxmemory`, in bytes; 0 is no limit.
    pub max_memory: u64,
    /// `appendonly` and `appendfsync`.
    pub append: Append,
    /// `save`.
    pub save: Vec<SavePoint>,
    /// `client-output-buffer-limit pubsub`.
    pub pubsub_limit: OutputLimit,
    /// What the sockets on both sides of a connection hold, in bytes, before anything stays in the output buffer. It
    /// is the operating system's, not the server's.
    pub socket_buffer: u64,
    /// `stream-node-max-entries`; 0 is no limit.
    pub node_entries: u32,
    /// `stream-node-max-bytes`; 0 is no limit.
    pub node_bytes: u32,
    /// What the server's clock shows when the run starts, in milliseconds. Not a setting of the server, either.
    pub clock_start: u64,
}

/// The defaults of the server, but nothing is persisted.
impl Default for Settings {
    fn default() -> Settings {
        Settings {
            max_memory: 0,
            append: Append::Off,
            save: Vec::new(),
            pubsub_limit: OutputLimit { hard: 32 << 20, soft: 8 << 20, soft_seconds: 60 },
            socket_buffer: 4 << 20,
            node_entries: 100,
            node_bytes: 4096,
            clock_start: 0,
        }
    }
}

/// One setting and its value.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Setting {
    /// `maxmemory`.
    MaxMemory(u64),
    /// `appendonly` and `appendfsync` together.
    Append(Append),
    /// `save`.
    Save(Vec<SavePoint>),
    /// `client-output-buffer-limit pubsub`.
    PubSubLimit(OutputLimit),
    /// The size of sockets.
    SocketBuffer(u64),
    /// `stream-node-max-entries`.
    NodeEntries(u32),
    /// `stream-node-max-bytes`.
    NodeBytes(u32),
}

impl Settings {
    /// What the server's clock shows, in milliseconds.
    pub(super) fn clock(&self, now: Time) -> u64 {
        self.clock_start.saturating_add(now.as_nanos() / 1_000_000)
    }

    /// Puts a setting in force.
    pub fn set(&mut self, setting: Setting) {
        match setting {
            Setting::MaxMemory(bytes) => self.max_memory = bytes,
            Setting::Append(append) => self.append = append,
            Setting::Save(points) => self.save = points,
            Setting::PubSubLimit(limit) => self.pubsub_limit = limit,
            Setting::SocketBuffer(bytes) => self.socket_buffer = bytes,
            Setting::NodeEntries(entries) => self.node_entries = entries,
            Setting::NodeBytes(bytes) => self.node_bytes = bytes,
        }
    }

    /// Puts a setting in force that is written as in `redis.conf`. `save` and the limit of output buffers hold several
    /// numbers, `unset` is no save point at all. `appendonly yes` keeps an `appendfsync` that was set before.
    ///
    /// # Errors
    /// Names the setting and what it takes.
    pub fn set_text(&mut self, name: &str, value: &str) -> Result<(), String> {
        let wrong = |takes: &str| format!("{name} is {value:?}; it must be {takes}");
        let number = || bytes(value).ok_or_else(|| wrong("a number of bytes, such as 1048576, 64kb or 1mb"));
        let small = || value.parse().map_err(|_| wrong("a whole number of at most 4294967295"));
        match (name, value) {
            ("maxmemory", _) => self.max_memory = number()?,
            ("tcp-buffer", _) => self.socket_buffer = number()?,
            ("stream-node-max-entries", _) => self.node_entries = small()?,
            ("stream-node-max-bytes", _) => self.node_bytes = small()?,
            ("appendonly", "no") => self.append = Append::Off,
            ("appendonly", "yes") if self.append == Append::Off => self.append = Append::EverySecond,
            ("appendonly", "yes") => {}
            ("appendfsync", "always") => self.append = Append::Always,
            ("appendfsync", "everysec") => self.append = Append::EverySecond,
            ("save", "" | "unset") => self.save.clear(),
            ("save", _) => {
                self.save = save_points(value)
                    .ok_or_else(|| wrong("pairs of seconds and changes, such as \"3600 1 300 100\""))?;
            }
            ("client-output-buffer-limit", _) => {
                let takes =
                    "a hard limit, a soft limit and seconds of pubsub, such as \"pubsub 32mb 8mb 60\"";
                self.pubsub_limit = output_limit(value).ok_or_else(|| wrong(takes))?;
            }
            ("appendonly", _) => return Err(wrong("yes or no")),
            ("appendfsync", _) => return Err(wrong("always or everysec")),
            _ => {
                return Err(format!(
                    "there is no setting {name:?}; there are maxmemory, appendonly, appendfsync, save, \
                     client-output-buffer-limit, stream-node-max-entries, stream-node-max-bytes and tcp-buffer"
                ));
            }
        }
        Ok(())
    }
}

/// A number of bytes as `redis.conf` writes it: `1mb`, `64kb`, `1gb`, or plain.
fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = match text.strip_suffix("kb") {
        Some(number) => (number, 1 << 10),
        None => match (text.strip_suffix("mb"), text.strip_suffix("gb")) {
            (Some(number), _) => (number, 1 << 20),
            (None, Some(number)) => (number, 1 << 30),
            (None, None) => (text, 1),
        },
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// Pairs of seconds and changes.
pub(super) fn save_points(text: &str) -> Option<Vec<SavePoint>> {
    let numbers: Vec<u64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    let pair = |pair: &[u64]| match *pair {
        [seconds, changes] => Some(SavePoint { after: Duration::from_secs(seconds), changes }),
        _ => None,
    };
    numbers.chunks(2).map(pair).collect()
}

/// The class `pubsub`, a hard limit, a soft limit, and seconds.
pub(super) fn output_limit(text: &str) -> Option<OutputLimit> {
    let words: Vec<&str> = text.strip_prefix("pubsub ")?.split_whitespace().collect();
    match words[..] {
        [hard, soft, seconds] => {
            Some(OutputLimit { hard: bytes(hard)?, soft: bytes(soft)?, soft_seconds: seconds.parse().ok()? })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_written_as_in_redis_conf() {
        let mut settings = Settings::default();
        for (name, value) in [
            ("maxmemory", "64mb"),
            ("appendfsync", "always"),
            ("appendonly", "yes"),
            ("save", "3600 1 300 100"),
            ("client-output-buffer-limit", "pubsub 1mb 0 0"),
        ] {
            assert_eq!(settings.set_text(name, value), Ok(()), "{name}");
        }
        assert_eq!(settings.max_memory, 64 << 20);
        assert_eq!(settings.append, Append::Always);
        assert_eq!(settings.save[1], SavePoint { after: Duration::from_secs(300), changes: 100 });
        assert_eq!(settings.pubsub_limit, OutputLimit { hard: 1 << 20, soft: 0, soft_seconds: 0 });
    }

    #[test]
    fn an_error_names_the_setting_and_what_it_takes() {
        let mut settings = Settings::default();
        let error = |settings: &mut Settings, name, value| settings.set_text(name, value).unwrap_err();
        assert!(error(&mut settings, "maxmemory", "much").starts_with("maxmemory is \"much\""));
        assert!(error(&mut settings, "save", "3600").contains("pairs of seconds and changes"));
        assert!(error(&mut settings, "appendonly", "maybe").contains("yes or no"));
        assert!(error(&mut settings, "client-output-buffer-limit", "1mb").contains("pubsub 32mb 8mb 60"));
        assert!(error(&mut settings, "maxmemroy", "1").contains("there are maxmemory"));
        assert_eq!(settings, Settings::default());
    }
}
