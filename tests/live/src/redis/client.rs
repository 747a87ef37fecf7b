//! One client: a socket to write to, a thread that reads, and what it still waits for.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::thread::sleep;
use std::time::{Duration, Instant};

use redis::{Parser, Value};

use super::reply;
use super::words::{Command, Values};
use crate::process::connect;

/// How long a read waits before it looks whether it should still read.
const TURN: Duration = Duration::from_millis(10);

/// What a client's socket brought.
pub(super) struct Sight {
    pub(super) client: String,
    /// Which of the connections of that name.
    generation: u64,
    pub(super) at: Instant,
    /// None where the server has closed it.
    value: Option<Value>,
}

pub(super) struct Client {
    /// The number that the server gives its connection.
    pub(super) id: i64,
    generation: u64,
    stream: TcpStream,
    reads: Arc<AtomicBool>,
    /// What has been asked and not been answered in full, with the number of answers that are left.
    waiting: VecDeque<(Command, usize)>,
    /// The commands of a transaction that is being put together.
    transaction: Option<Vec<Command>>,
    closed: bool,
}

impl Client {
    pub(super) fn connect(port: u16, name: &str, tell: Sender<Sight>) -> Result<Client, String> {
        static GENERATIONS: AtomicU64 = AtomicU64::new(0);
        let stream = connect(port).map_err(|error| error.to_string())?;
        let generation = GENERATIONS.fetch_add(1, Ordering::Relaxed);
        let mut client = Client {
            id: 0,
            generation,
            stream,
            reads: Arc::new(AtomicBool::new(true)),
            waiting: VecDeque::new(),
            transaction: None,
            closed: false,
        };
        client.id = client.ask_for_id().map_err(|error| error.to_string())?;
        let socket = client.stream.try_clone().map_err(|error| error.to_string())?;
        socket.set_read_timeout(Some(TURN)).map_err(|error| error.to_string())?;
        let gate = Gate { socket, reads: Arc::clone(&client.reads) };
        let name = name.to_owned();
        std::thread::spawn(move || read(gate, &name, generation, &tell));
        Ok(client)
    }

    fn ask_for_id(&mut self) -> redis::RedisResult<i64> {
        let ask = redis::cmd("CLIENT").arg("ID").get_packed_command();
        self.stream.write_all(&ask)?;
        redis::from_redis_value(Parser::new().parse_value(&self.stream)?).map_err(Into::into)
    }

    pub(super) fn ask(&mut self, command: Command) -> Result<(), String> {
        if self.closed {
            return Err("its connection was closed by the server".into());
        }
        self.stream.write_all(&command.packed()).map_err(|error| error.to_string())?;
        let answers = command.answers();
        self.waiting.push_back((command, answers));
        Ok(())
    }

    /// Whether nothing is left to be answered; one that does not read never knows.
    pub(super) fn is_answered(&self) -> bool {
        self.closed || self.waiting.is_empty() || !self.reads.load(Ordering::Relaxed)
    }

    pub(super) fn stops_reading(&self) {
        self.reads.store(false, Ordering::Relaxed);
        // A read that is under way ends in this time.
        sleep(TURN * 2);
    }

    /// It takes up what has come in the meantime.
    pub(super) fn reads_again(&self) {
        self.reads.store(true, Ordering::Relaxed);
        sleep(TURN * 2);
    }

    /// What the client observes in what its socket brought.
    pub(super) fn sees(&mut self, sight: &Sight, values: &Values) -> Option<String> {
        if sight.generation != self.generation {
            return None;
        }
        let Some(value) = &sight.value else {
            self.closed = true;
            return Some("closed".into());
        };
        if let Some(message) = reply::message(value, values) {
            return Some(message);
        }
        let (command, left) = self.waiting.front_mut()?;
        *left -= 1;
        let command = if *left == 0 { self.waiting.pop_front()?.0 } else { command.clone() };
        match (command.name(), &mut self.transaction) {
            ("MULTI", _) => {
                self.transaction = Some(Vec::new());
                None
            }
            ("EXEC", transaction) => {
                let asked = transaction.take().unwrap_or_default();
                command.observed(reply::transaction(&asked, value, values))
            }
            ("DISCARD", transaction) => {
                *transaction = None;
                None
            }
            (_, Some(asked)) if !matches!(value, Value::ServerError(_)) => {
                asked.push(command);
                None
            }
            _ => command.observed(reply::answer(&command, value, values)),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may be closed already; the reading thread ends with it.
        let _ = self.stream.shutdown(Shutdown::Both);
        self.reads.store(true, Ordering::Relaxed);
    }
}

/// Lets through what comes, unless the client has stopped reading.
struct Gate {
    socket: TcpStream,
    reads: Arc<AtomicBool>,
}

impl Read for Gate {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.reads.load(Ordering::Relaxed) {
                sleep(TURN / 5);
                continue;
            }
            match self.socket.read(buffer) {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                done => return done,
            }
        }
    }
}

fn read(mut gate: Gate, name: &str, generation: u64, tell: &Sender<Sight>) {
    let mut parser = Parser::new();
    loop {
        let value = parser.parse_value(&mut gate).ok();
        let ended = value.is_none();
        let sight = Sight { client: name.to_owned(), generation, at: Instant::now(), value };
        if tell.send(sight).is_err() || ended {
            return;
        }
    }
}
