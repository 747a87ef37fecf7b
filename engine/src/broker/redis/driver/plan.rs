//! What the topology says, in the names and commands of the server.

use std::time::Duration;

use crate::broker::topology::{Link, Part, Receiver, Sender, Sheet, Topology};
use crate::id::{ProducerId, WorkerId};

use super::super::EntryId;
use super::super::manual::{CHANNEL, LIST};
use super::super::name::Name;
use super::super::request::{End, Limit, Precision, References, Start, Trim, Wait};
use super::super::server::Redis;
use super::super::settings::{Append, Setting, Settings, output_limit, save_points};
use super::super::version::Version;

/// A pool has at most so many workers.
const POOL: u16 = 50;

/// What a part is to those who send to it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Holds {
    List,
    Stream,
    Channel,
}

/// A key or a channel.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct PartPlan {
    pub(super) key: Name,
    pub(super) holds: Holds,
    /// The part that takes in what failed for good.
    pub(super) dead: Option<usize>,
    /// The end of a list at which its producers push.
    pub(super) pushed_at: End,
}

/// How one sends.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Sending {
    id: ProducerId,
    pub(super) name: Name,
    pub(super) to: usize,
    pub(super) push: End,
    list_length: Option<u32>,
    pub(super) stream_trim: Option<Trim>,
    pub(super) once: bool,
}

/// How a pool takes messages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Take {
    /// `BLPOP`, `BRPOP`.
    Pop(End),
    /// `BLMOVE` from this end.
    Move(End),
    /// `XREADGROUP`.
    Group,
    /// `SUBSCRIBE`, or `PSUBSCRIBE` if there is a pattern.
    Subscribe,
}

/// Who claims what others left pending.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Claiming {
    /// `XAUTOCLAIM`.
    NowAndThen,
    /// `XREADGROUP CLAIM`.
    WithEachRead,
    Nobody,
}

/// A pool of workers.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Pool {
    first: WorkerId,
    pub(super) part: usize,
    pub(super) key: Name,
    pub(super) take: Take,
    pub(super) group: Name,
    pub(super) pattern: Option<Name>,
    /// By the place of the worker: its name as a consumer, and its processing list.
    consumers: Vec<(Name, Name)>,
    pub(super) count: u32,
    pub(super) block: Wait,
    pub(super) no_ack: bool,
    pub(super) claiming: Claiming,
    pub(super) min_idle: Duration,
    pub(super) claim_every: Duration,
    /// Whether what failed is given back by `XNACK`.
    pub(super) gives_back: bool,
    pub(super) heartbeat: Duration,
}

/// A group that is to be there.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct GroupPlan {
    pub(super) key: Name,
    pub(super) name: Name,
    pub(super) start: Start,
}

/// All of it.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Plan {
    version: Version,
    pub(super) parts: Vec<PartPlan>,
    pub(super) senders: Vec<Sending>,
    pub(super) pools: Vec<Pool>,
    pub(super) groups: Vec<GroupPlan>,
}

impl Plan {
    /// Reads a topology, and tells the server its names.
    pub(super) fn new(topology: &Topology, server: &mut Redis) -> Plan {
        let parts: Vec<PartPlan> =
            topology.parts.iter().map(|part| read_part(part, topology, server)).collect();
        let senders = topology.senders.iter().map(|sender| read_sender(sender, topology, server)).collect();
        let pools: Vec<Pool> =
            topology.receivers.iter().map(|receiver| read_pool(receiver, topology, server)).collect();
        let mut groups = Vec::new();
        for (place, part) in parts.iter().enumerate().filter(|(_, part)| part.holds == Holds::Stream) {
            let readers = pools.iter().zip(&topology.receivers).filter(|(pool, _)| pool.part == place);
            let own = readers.map(|(pool, receiver)| GroupPlan {
                key: part.key,
                name: pool.group,
                start: [ALL, Start::Last][which(&receiver.settings, "start", &["0", "$"])],
            });
            let before = groups.len();
            groups.extend(own);
            // What nobody reads yet is kept for whoever comes to: a group of the stream's own name.
            if groups.len() == before {
                groups.push(GroupPlan { key: part.key, name: part.key, start: ALL });
            }
        }
        let mut plan = Plan { version: Version::named(&topology.version), parts, senders, pools, groups };
        plan.reread(topology);
        plan
    }

    /// Reads all that can change while the experiment runs.
    pub(super) fn reread(&mut self, topology: &Topology) {
        for (sending, sender) in self.senders.iter_mut().zip(&topology.senders) {
            let sheet = &sender.settings;
            sending.push = [End::Left, End::Right][which(sheet, "push", &["LPUSH", "RPUSH"])];
            sending.list_length = whole(sheet, "LTRIM");
            sending.stream_trim = stream_trim(sheet, self.version);
            sending.once = is_on(sheet, "IDMP");
        }
        for (place, part) in self.parts.iter_mut().enumerate() {
            let pushes = self.senders.iter().find(|sending| sending.to == place);
            part.pushed_at = pushes.map_or(End::Left, |sending| sending.push);
        }
        for (pool, receiver) in self.pools.iter_mut().zip(&topology.receivers) {
            let part = self.parts.get(pool.part);
            pool.reread(&receiver.settings, part, self.version);
        }
    }

    /// The place of a producer among those that send.
    #[inline]
    pub(super) fn sender(&self, producer: ProducerId) -> Option<usize> {
        let usual = usize::from(producer.0);
        if self.senders.get(usual).is_some_and(|sending| sending.id == producer) {
            return Some(usual);
        }
        self.senders.iter().position(|sending| sending.id == producer)
    }

    /// The pool of a worker.
    #[inline]
    pub(super) fn pool(&self, worker: WorkerId) -> Option<&Pool> {
        self.pools.iter().rev().find(|pool| pool.first <= worker)
    }

    /// The part that takes in what failed for good in the one at this place.
    pub(super) fn dead(&self, part: usize) -> Option<usize> {
        self.parts.get(part)?.dead
    }
}

impl Pool {
    /// The name of a worker as a consumer, and that of its processing list.
    pub(super) fn names(&self, worker: WorkerId) -> (Name, Name) {
        let place = usize::from(worker.0.saturating_sub(self.first.0));
        self.consumers.get(place).copied().unwrap_or((self.key, self.key))
    }

    fn reread(&mut self, sheet: &Sheet, part: Option<&PartPlan>, version: Version) {
        self.take = match part.map(|part| (part.holds, part.pushed_at)) {
            Some((Holds::List, pushed_at)) => {
                // What is moved is taken at the other end than that at which it is pushed.
                let other = if pushed_at == End::Left { End::Right } else { End::Left };
                let takes = [Take::Pop(End::Right), Take::Pop(End::Left), Take::Move(other)];
                takes[which(sheet, "command", &["BRPOP", "BLPOP", "BLMOVE"])]
            }
            Some((Holds::Channel, _)) => Take::Subscribe,
            Some((Holds::Stream, _)) | None => Take::Group,
        };
        let block = Duration::from_millis(whole(sheet, "BLOCK").unwrap_or(0).into());
        self.block = if block.is_zero() { Wait::Forever } else { Wait::For(block) };
        self.count = whole(sheet, "COUNT").unwrap_or(1).max(1);
        self.no_ack = is_on(sheet, "NOACK");
        let claiming = [Claiming::NowAndThen, Claiming::WithEachRead, Claiming::Nobody];
        self.claiming = claiming[which(sheet, "claim", &["XAUTOCLAIM", "CLAIM", "none"])];
        if self.claiming == Claiming::WithEachRead && !version.claims_on_read() {
            self.claiming = Claiming::NowAndThen;
        }
        self.min_idle = Duration::from_millis(whole(sheet, "min-idle-time").unwrap_or(0).into());
        self.claim_every = sheet.span("claim-every");
        let gives_back = which(sheet, "give-back", &["pending", "XNACK"]) == 1;
        self.gives_back = gives_back && version.gives_back();
        self.heartbeat = sheet.span("heartbeat-ttl");
    }
}

impl Sending {
    /// The places of a list that stay after a push.
    pub(super) fn list_trim(&self) -> Option<(i64, i64)> {
        let length = i64::from(self.list_length?);
        Some(if self.push == End::Left { (0, length - 1) } else { (-length, -1) })
    }
}

/// How a stream is trimmed with each entry. A version that knows nothing of references has none to spare.
fn stream_trim(sheet: &Sheet, version: Version) -> Option<Trim> {
    let to = Limit::Length(whole(sheet, "MAXLEN")?.into());
    let precision = [Precision::Nodes, Precision::Exact][which(sheet, "trim", &["~", "="])];
    let references = [References::Keep, References::Delete, References::Acked];
    let references = references[which(sheet, "references", &["KEEPREF", "DELREF", "ACKED"])];
    let references = if version.knows_references() { references } else { References::Keep };
    Some(Trim { to, precision, limit: None, references })
}

/// `XGROUP CREATE ... 0`.
const ALL: Start = Start::After(EntryId::ZERO);

/// The place of a choice among all there are; the first if there is none.
#[inline(never)]
fn which(sheet: &Sheet, name: &str, all: &[&str]) -> usize {
    let chosen = sheet.text(name);
    all.iter().position(|own| *own == chosen).unwrap_or(0)
}

fn is_on(sheet: &Sheet, name: &str) -> bool {
    which(sheet, name, &["off", "on"]) == 1
}

#[inline(never)]
fn whole(sheet: &Sheet, name: &str) -> Option<u32> {
    sheet.number(name).map(|number| number as u32)
}

fn place(topology: &Topology, part: &str) -> usize {
    topology.parts.iter().position(|own| own.name == *part).unwrap_or(0)
}

fn read_part(part: &Part, topology: &Topology, server: &mut Redis) -> PartPlan {
    let holds = match part.kind {
        LIST => Holds::List,
        CHANNEL => Holds::Channel,
        _ => Holds::Stream,
    };
    let dead = |link: &&Link| link.from == part.name;
    let dead = topology.links.iter().find(dead).map(|link| place(topology, &link.to));
    PartPlan { key: server.tell(&part.name), holds, dead, pushed_at: End::Left }
}

fn read_sender(sender: &Sender, topology: &Topology, server: &mut Redis) -> Sending {
    Sending {
        id: sender.id,
        name: server.tell(&sender.name),
        to: place(topology, &sender.to),
        push: End::Left,
        list_length: None,
        stream_trim: None,
        once: false,
    }
}

fn read_pool(receiver: &Receiver, topology: &Topology, server: &mut Redis) -> Pool {
    let group = match receiver.settings.text("group") {
        "" => receiver.name.as_str(),
        named => named,
    };
    let pattern = match receiver.settings.text("pattern") {
        "" => None,
        pattern => Some(server.tell(pattern)),
    };
    let name = |server: &mut Redis, number: u16| {
        let consumer = format!("{}-{number}", receiver.name);
        let list = format!("{}:processing:{consumer}", receiver.from);
        (server.tell(&consumer), server.tell(&list))
    };
    Pool {
        first: receiver.first,
        part: place(topology, &receiver.from),
        key: server.tell(&receiver.from),
        take: Take::Group,
        group: server.tell(group),
        pattern,
        consumers: (1..=POOL).map(|number| name(server, number)).collect(),
        count: 1,
        block: Wait::Forever,
        no_ack: false,
        claiming: Claiming::Nobody,
        min_idle: Duration::ZERO,
        claim_every: Duration::ZERO,
        gives_back: false,
        heartbeat: Duration::ZERO,
    }
}

#[inline(never)]
fn bytes(sheet: &Sheet, name: &str) -> u64 {
    sheet.number(name).unwrap_or(0.0) as u64
}

/// The settings of the server from its sheet.
pub(super) fn settings(sheet: &Sheet) -> Settings {
    let usual = Settings::default();
    let sync = [Append::EverySecond, Append::Always];
    Settings {
        max_memory: bytes(sheet, "maxmemory"),
        append: match sheet.text("appendonly") {
            "yes" => sync[which(sheet, "appendfsync", &["everysec", "always"])],
            _ => Append::Off,
        },
        save: save_points(sheet.text("save")).unwrap_or_default(),
        pubsub_limit: output_limit(sheet.text("client-output-buffer-limit")).unwrap_or(usual.pubsub_limit),
        socket_buffer: bytes(sheet, "tcp-buffer"),
        node_entries: bytes(sheet, "stream-node-max-entries") as u32,
        node_bytes: bytes(sheet, "stream-node-max-bytes") as u32,
        clock_start: usual.clock_start,
    }
}

/// The one of these settings that belongs to a knob.
pub(super) fn setting(settings: Settings, knob: &str) -> Option<Setting> {
    Some(match knob {
        "maxmemory" => Setting::MaxMemory(settings.max_memory),
        "appendonly" | "appendfsync" => Setting::Append(settings.append),
        "save" => Setting::Save(settings.save),
        "client-output-buffer-limit" => Setting::PubSubLimit(settings.pubsub_limit),
        "tcp-buffer" => Setting::SocketBuffer(settings.socket_buffer),
        "stream-node-max-entries" => Setting::NodeEntries(settings.node_entries),
        "stream-node-max-bytes" => Setting::NodeBytes(settings.node_bytes),
        _ => return None,
    })
}
