//! Servers that run as long as they are needed, in a folder of their own, and not a moment longer.

use std::fs::File;
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Runs the rest of its arguments, each a command line, side by side until it is told to stop or its input ends; then
/// it kills them and all that they have started. The input is a pipe from us, so it ends with us however we end: if
/// we could not say a word, it removes the folder too.
const KEEPER: &str = "pids= folder=$PWD
for line; do sh -c \"exec $line\" </dev/null & pids=\"$pids $!\"; done
read -r word || cd /
kill -9 $pids; wait; [ -n \"$word\" ] || rm -rf -- \"$folder\"; kill -9 0";

/// Processes that end when this is dropped, or when this program ends.
pub(crate) struct Keeper(Child);

impl Keeper {
    /// Starts command lines of the shell, in `folder`, where what they print goes to `output`.
    pub(crate) fn start(
        lines: &[String],
        folder: &Path,
        environment: &[(&str, String)],
    ) -> io::Result<Keeper> {
        let output = File::options().create(true).append(true).open(folder.join("output"))?;
        let child = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .args(lines)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            // Of its own, so that an interrupt from the keyboard ends us first.
            .process_group(0)
            .spawn()?;
        Ok(Keeper(child))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // It kills itself with the others, so this cannot take long; a failure means it is gone already.
        let _ = self.0.stdin.take().map(|mut input| input.write_all(b"stop\n"));
        let _ = self.0.wait();
    }
}

/// A folder that is removed with what is in it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> io::Result<Folder> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("queuescope-live-{}-{number}", std::process::id()));
        std::fs::create_dir(&path)?;
        Ok(Folder(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The end of what the processes in it have printed.
    pub(crate) fn output(&self) -> String {
        let all = std::fs::read_to_string(self.0.join("output")).unwrap_or_default();
        let lines: Vec<&str> = all.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed lies among the system's temporary files, which it removes itself.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Ports on loopback that nobody uses: distinct ones.
pub(crate) fn free_ports<const N: usize>() -> io::Result<[u16; N]> {
    let mut ports = [0; N];
    let listeners: io::Result<Vec<TcpListener>> =
        ports.iter().map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect();
    for (port, listener) in ports.iter_mut().zip(listeners?) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

/// A connection, without the delay that gathers small packets.
pub(crate) fn connect(port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Asks again and again until there is an answer, for as long as is permitted.
pub(crate) fn patiently<T>(span: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + span;
    loop {
        let answer = ask();
        if answer.is_some() || end < Instant::now() {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
