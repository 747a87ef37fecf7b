//! The process, its settings, and a connection of our own to ask it about its clients.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use redis::{Client, Connection, RedisResult};

use crate::process::{Folder, Keeper, free_ports, patiently};

/// How a server goes down.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Down {
    /// By `SHUTDOWN`.
    Stopped,
    /// By `kill -9`.
    Killed,
}

const PROGRAM: &str = "redis-server";
/// How long it may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(20);
/// What is not set is not persisted.
const DEFAULTS: &[(&str, &str)] = &[("save", "unset"), ("appendonly", "no"), ("maxmemory", "0")];

/// The version of the program that is installed, as cases name it.
///
/// # Errors
/// It is not there, or does not tell.
pub(crate) fn version() -> Result<String, String> {
    let output = Command::new(PROGRAM).arg("--version").output();
    let output = output.map_err(|error| format!("{PROGRAM} cannot be run: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let full = text.split_whitespace().find_map(|word| word.strip_prefix("v="));
    let numbers: Vec<&str> = full.unwrap_or_default().split('.').collect();
    match numbers[..] {
        [major, minor, ..] => Ok(format!("{major}.{minor}")),
        _ => Err(format!("{PROGRAM} --version tells no version: {text}")),
    }
}

pub(super) struct Server {
    // In this order it goes down: what is connected, the process, its folder.
    control: Connection,
    keeper: Option<Keeper>,
    folder: Folder,
    port: u16,
    line: String,
}

impl Server {
    pub(super) fn start(settings: &[(String, String)]) -> Result<Server, String> {
        let folder = Folder::new().map_err(|error| error.to_string())?;
        let [port] = free_ports().map_err(|error| error.to_string())?;
        let mut line = format!("{PROGRAM} --bind 127.0.0.1 --port {port} --dir {}", quote(folder.path()));
        for (name, value) in DEFAULTS {
            if settings.iter().all(|(own, _)| own != name) {
                line += &format!(" --{name} {}", argument(value)?);
            }
        }
        for (name, value) in settings {
            line += &format!(" --{} {}", plain(name)?, argument(value)?);
        }
        let (keeper, control) = run(&line, &folder, port)?;
        Ok(Server { control, keeper: Some(keeper), folder, port, line })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn control(&mut self) -> &mut Connection {
        &mut self.control
    }

    /// Goes down and comes up in the same folder.
    pub(super) fn restart(&mut self, down: Down) -> Result<(), String> {
        if down == Down::Stopped {
            // It closes the connection in place of an answer.
            let _: RedisResult<()> = redis::cmd("SHUTDOWN").query(&mut self.control);
            let port = self.port;
            let gone = patiently(PATIENCE, || crate::process::connect(port).is_err().then_some(()));
            gone.ok_or("it does not shut down")?;
        }
        drop(self.keeper.take());
        let (keeper, control) = run(&self.line, &self.folder, self.port)?;
        (self.keeper, self.control) = (Some(keeper), control);
        Ok(())
    }

    /// Whether the connection of this number waits in a command that blocks.
    pub(super) fn is_blocked(&mut self, id: i64) -> Result<bool, String> {
        Ok(self.flags(id)?.is_some_and(|flags| flags.contains('b')))
    }

    /// Whether the connection of this number is no longer there.
    pub(super) fn is_gone(&mut self, id: i64) -> bool {
        matches!(self.flags(id), Ok(None))
    }

    fn flags(&mut self, id: i64) -> Result<Option<String>, String> {
        let list: RedisResult<String> =
            redis::cmd("CLIENT").arg("LIST").arg("ID").arg(id).query(&mut self.control);
        let list = list.map_err(|error| error.to_string())?;
        let flags = list.split_whitespace().find_map(|word| word.strip_prefix("flags="));
        Ok(flags.map(str::to_owned))
    }
}

fn run(line: &str, folder: &Folder, port: u16) -> Result<(Keeper, Connection), String> {
    let keeper = Keeper::start(&[line.to_owned()], folder.path(), &[]).map_err(|error| error.to_string())?;
    let client = Client::open(format!("redis://127.0.0.1:{port}/")).map_err(|error| error.to_string())?;
    // While it loads what it had persisted it answers with errors.
    let control = patiently(PATIENCE, || {
        let mut control = client.get_connection_with_timeout(Duration::from_secs(1)).ok()?;
        let pong: RedisResult<String> = redis::cmd("PING").query(&mut control);
        pong.is_ok().then_some(control)
    });
    let control = control.ok_or_else(|| format!("{line} does not start:\n{}", folder.output()))?;
    Ok((keeper, control))
}

fn argument(value: &str) -> Result<String, String> {
    if value == "unset" {
        return Ok("''".into());
    }
    // Each word is an argument of its own: some settings have several.
    Ok(plain(value)?.split('_').map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "))
}

/// What goes to a shell is checked, not escaped.
fn plain(word: &str) -> Result<&str, String> {
    let permitted = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if word.chars().all(permitted) { Ok(word) } else { Err(format!("{word:?} is no setting of a server")) }
}

fn quote(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}
