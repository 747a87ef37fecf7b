//! Random commands to the server: whatever clients do, the facts add up to what it holds, and it does the same again.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::reply::{Push, Reply};
use super::request::{
    Add, After, AutoClaim, Claim, End, Few, GroupCommand, Idle, Limit, ListCommand, Move, Nack, NackMode,
    NewId, Once, Precision, PubSubCommand, Read, ReadGroup, References, Request, Special, Start,
    StreamCommand, Trim, Value, Wait, Which,
};
use super::{Append, EntryId, Name, Redis, SavePoint, Settings, Version};
use crate::broker::server::{Down, Outlet, Server};
use crate::id::{ClientId, MessageId, ProducerId, RequestId, StoreId};
use crate::journal::{Place, What};
use crate::message::Message;
use crate::time::Time;

/// What is told, and where that says that copies are.
#[derive(Default)]
struct Told {
    now: Time,
    totals: BTreeMap<(StoreId, Place), i64>,
    /// Requests that are not answered.
    open: BTreeMap<(ClientId, RequestId), ()>,
    replies: Vec<(ClientId, RequestId, Reply)>,
    pushes: Vec<(ClientId, Push)>,
}

impl Told {
    fn moves(&mut self, store: StoreId, from: Place, to: Place, count: u32) {
        *self.totals.entry((store, from)).or_default() -= i64::from(count);
        *self.totals.entry((store, to)).or_default() += i64::from(count);
    }
}

impl Outlet<Reply, Push> for Told {
    fn now(&self) -> Time {
        self.now
    }

    fn record(&mut self, what: What) {
        if let What::Enqueued { store, .. } = what {
            self.moves(store, Place::Arriving, Place::Waiting, 1);
        } else if let What::Delivered { store, .. } = what {
            self.moves(store, Place::Waiting, Place::Held, 1);
        } else if let What::Moved { store, from, to, count, .. } = what {
            self.moves(store, from, to, count);
        }
    }

    fn reply(&mut self, client: ClientId, request: RequestId, reply: Reply) {
        assert!(self.open.remove(&(client, request)).is_some(), "{client} was answered {request} twice");
        self.replies.push((client, request, reply));
    }

    fn push(&mut self, client: ClientId, push: Push) {
        self.pushes.push((client, push));
    }
}

/// Of each kind of name there are a few, so that commands meet.
const KEYS: u16 = 3;
const GROUPS: u16 = 3;
const CONSUMERS: u16 = 6;

fn key(seed: u16) -> Name {
    Name(seed % 3)
}

fn group(seed: u16) -> Name {
    Name(KEYS + seed % GROUPS)
}

fn consumer(seed: u16) -> Name {
    Name(KEYS + GROUPS + seed % (CONSUMERS - GROUPS))
}

fn id(seed: u16) -> EntryId {
    EntryId { ms: u64::from(seed % 40), seq: 0 }
}

fn references(seed: u16) -> References {
    [References::Keep, References::Delete, References::Acked][usize::from(seed % 3)]
}

fn wait(seed: u16) -> Wait {
    [Wait::No, Wait::For(Duration::from_millis(5)), Wait::Forever][usize::from(seed % 3)]
}

fn of_lists(what: u16, seed: u16, message: Message) -> ListCommand {
    let end = if seed & 64 == 0 { End::Left } else { End::Right };
    let other = if seed & 128 == 0 { End::Left } else { End::Right };
    let value = Value { message, attempt: 1 };
    match what % 8 {
        0 | 1 => ListCommand::Push(key(seed), end, Few::One(value)),
        2 => ListCommand::Pop(key(seed), end, Some(u32::from(seed % 4))),
        3 => ListCommand::BlockingPop(
            Few::Many(vec![key(seed), key(seed.wrapping_add(1))]),
            end,
            wait(seed / 3),
        ),
        4 | 5 => {
            let (source, destination) = (key(seed), key(seed / 3));
            ListCommand::Move(Move { source, from: end, destination, to: other }, wait(seed / 9))
        }
        6 => ListCommand::Remove(key(seed), i64::from(seed % 5) - 2, MessageId(u64::from(seed % 60) + 1)),
        _ => ListCommand::Trim(key(seed), i64::from(seed % 7) - 3, i64::from(seed % 11) - 5),
    }
}

fn of_streams(what: u16, seed: u16, message: Message) -> StreamCommand {
    let precision = if seed & 32 == 0 { Precision::Exact } else { Precision::Nodes };
    let to = if seed & 16 == 0 { Limit::Length(u64::from(seed % 9)) } else { Limit::Id(id(seed)) };
    let trim = Trim { to, precision, limit: None, references: references(seed / 7) };
    match what % 8 {
        0..=3 => {
            let id = match seed & 24 {
                0 => NewId::Explicit(id(seed)),
                8 => NewId::At(u64::from(seed % 40)),
                _ => NewId::Auto,
            };
            let once =
                seed.is_multiple_of(5).then_some(Once { producer: consumer(seed), id: u64::from(seed % 3) });
            let special = (once.is_some() || id != NewId::Auto).then(|| Box::new(Special { id, once }));
            let trim = (seed & 1 == 0).then_some(trim);
            StreamCommand::Add(Box::new(Add { key: key(seed), message, make: seed & 6 != 0, trim, special }))
        }
        4 => StreamCommand::Delete(key(seed), Few::One(id(seed / 3))),
        5 => StreamCommand::DeleteWith(key(seed), references(seed), Few::One(id(seed / 3))),
        6 => StreamCommand::Trim(key(seed), Box::new(trim)),
        _ => {
            let after = if seed & 1 == 0 { After::Last } else { After::Id(id(seed)) };
            let streams = Few::One((key(seed), after));
            StreamCommand::Read(Box::new(Read { streams, count: Some(2), block: wait(seed / 3) }))
        }
    }
}

fn of_groups(what: u16, seed: u16) -> GroupCommand {
    let (key, group, consumer) = (key(seed), group(seed / 3), consumer(seed / 9));
    let ids = Few::Many(vec![id(seed / 5), id(seed / 7)]);
    let start = if seed & 1 == 0 { Start::Last } else { Start::After(id(seed / 11)) };
    let min_idle = Duration::from_millis(u64::from(seed % 4) * 5);
    match what % 16 {
        0 | 1 => GroupCommand::Create(key, group, start, seed & 2 == 0),
        2 => GroupCommand::SetId(key, group, start),
        3 if seed.is_multiple_of(5) => GroupCommand::Destroy(key, group),
        4 if seed.is_multiple_of(3) => GroupCommand::Dismiss(key, group, consumer),
        3..=8 => {
            let which = if seed & 12 == 0 { Which::Own(id(seed / 13)) } else { Which::New };
            let streams = if seed & 16 == 0 {
                Few::Many(vec![(key, which), (self::key(seed.wrapping_add(1)), which)])
            } else {
                Few::One((key, which))
            };
            let claim = (seed & 32 == 0).then_some(min_idle);
            let (block, no_ack) = (wait(seed / 17), seed & 64 == 0);
            let count = Some(2);
            GroupCommand::Read(Box::new(ReadGroup { group, consumer, streams, count, block, no_ack, claim }))
        }
        9 => GroupCommand::Ack(key, group, ids),
        10 => GroupCommand::AckDelete(key, group, references(seed), ids),
        11 | 12 => {
            let count = u32::from(seed % 3) + 1;
            let start = id(seed / 19);
            let just_id = seed & 1 == 0;
            let claim = AutoClaim { key, group, consumer, min_idle, start, count, just_id };
            GroupCommand::AutoClaim(Box::new(claim))
        }
        13 | 14 => GroupCommand::Claim(Box::new(Claim {
            key,
            group,
            consumer,
            min_idle,
            ids,
            idle: if seed & 4 == 0 { Idle::Reset } else { Idle::For(min_idle * 3) },
            retry_count: (seed & 8 == 0).then_some(7),
            force: seed & 16 == 0,
            just_id: seed & 1 == 0,
        })),
        _ => {
            let mode = [NackMode::Silent, NackMode::Fail, NackMode::Fatal][usize::from(seed % 3)];
            let force = seed & 4 == 0;
            GroupCommand::Nack(Box::new(Nack { key, group, mode, ids, retry_count: None, force }))
        }
    }
}

fn of_pubsub(what: u16, seed: u16, message: Message) -> PubSubCommand {
    match what % 6 {
        0 => PubSubCommand::Subscribe(Few::One(key(seed))),
        1 => PubSubCommand::PatternSubscribe(Few::One(key(seed))),
        2 => PubSubCommand::Unsubscribe(Few::Many(Vec::new())),
        _ => PubSubCommand::Publish(key(seed), message),
    }
}

fn request((kind, what, seed): (u8, u16, u16), message: Message) -> Request {
    match kind % 16 {
        0..=3 => Request::List(of_lists(what, seed, message)),
        4..=7 => Request::Stream(of_streams(what, seed, message)),
        8..=12 => Request::Group(of_groups(what, seed)),
        13 => Request::PubSub(of_pubsub(what, seed, message)),
        14 if seed.is_multiple_of(4) => Request::Delete(Few::One(key(seed))),
        14 => Request::Taken(500),
        _ => Request::Exec(vec![
            request((what as u8 % 15, seed, what), message),
            request((seed as u8 % 15, what, seed), Message { id: MessageId(message.id.0 + 1), ..message }),
        ]),
    }
}

/// One server and what it told.
fn play(version: Version, append: Append, steps: &[(u8, u16, u16)]) -> Result<(Redis, Told), TestCaseError> {
    let save = vec![SavePoint { after: Duration::from_millis(40), changes: 9 }];
    let mut settings = Settings { append, save, socket_buffer: 1000, node_entries: 4, ..Settings::default() };
    settings.pubsub_limit.hard = 3000;
    let mut server = Redis::new(version, settings);
    for name in 0..KEYS + CONSUMERS {
        server.tell(&name.to_string());
    }
    let mut told = Told::default();
    for (number, step) in steps.iter().enumerate() {
        let to = told.now + Duration::from_millis(u64::from(step.1 % 5));
        while let Some(due) = server.due().filter(|due| *due <= to) {
            told.now = told.now.max(due);
            server.wake(&mut told);
            check(&server, &told)?;
        }
        told.now = to;
        let client = ClientId(step.2 % 7);
        let id = RequestId(number as u32);
        let message = Message {
            id: MessageId(2 * number as u64 + 1),
            producer: ProducerId(0),
            sent: told.now,
            key: 0,
            size: 300,
        };
        match (step.0, step.2 % 8) {
            (255, down) => {
                told.open.clear();
                server.restart(if down < 4 { Down::Stopped } else { Down::Killed }, &mut told);
            }
            (245..255, _) => {
                told.open.retain(|(own, _), ()| *own != client);
                server.disconnect(client, &mut told);
            }
            _ => {
                told.open.insert((client, id), ());
                server.request(client, id, request(*step, message), &mut told);
            }
        }
        check(&server, &told)?;
    }
    Ok((server, told))
}

fn check(server: &Redis, told: &Told) -> Result<(), TestCaseError> {
    for holding in server.holdings() {
        let total = |place| told.totals.get(&(holding.store, place)).copied().unwrap_or(0);
        let facts = [Place::Waiting, Place::Held, Place::Delayed].map(total);
        let own = [holding.waiting, holding.held, holding.delayed].map(|count| count as i64);
        prop_assert_eq!(facts, own, "{} at {}", holding.name, told.now);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn whatever_is_asked_the_books_are_right_and_the_same_again(
        version in prop::sample::select(&[Version::V7_0, Version::V8_0, Version::V8_4, Version::V8_8][..]),
        append in prop::sample::select(&[Append::Off, Append::Always, Append::EverySecond][..]),
        steps in prop::collection::vec(any::<(u8, u16, u16)>(), 0..300),
    ) {
        let (server, told) = play(version, append, &steps)?;
        let (again, twice) = play(version, append, &steps)?;
        prop_assert!(server == again);
        prop_assert_eq!(&told.replies, &twice.replies);
        prop_assert_eq!(&told.pushes, &twice.pushes);
        // Who is not answered waits in a blocking command, and no other.
        for (client, _) in told.open.keys() {
            prop_assert!(server.blocked.is_waiting(*client), "{} hears nothing", client);
        }
    }
}

#[test]
fn of_what_a_blocked_client_asks_meanwhile_each_waits_for_the_one_before() {
    let mut server = Redis::new(Version::V8_8, Settings::default());
    let [a, b, c] = ["a", "b", "c"].map(|key| server.tell(key));
    let mut told = Told::default();
    let mut ask = |number: u32, client: u16, command: ListCommand| {
        let (client, id) = (ClientId(client), RequestId(number));
        told.open.insert((client, id), ());
        server.request(client, id, Request::List(command), &mut told);
        told.replies.drain(..).map(|(_, id, _)| id.0).collect::<Vec<_>>()
    };
    let message = Message { id: MessageId(1), producer: ProducerId(0), sent: Time::ZERO, key: 0, size: 1 };
    let push = |key| ListCommand::Push(key, End::Left, Few::One(Value { message, attempt: 1 }));
    let pop = |key, wait| ListCommand::BlockingPop(Few::One(key), End::Right, wait);
    assert!(ask(1, 0, pop(a, Wait::Forever)).is_empty());
    assert!(ask(2, 0, pop(b, Wait::For(Duration::from_millis(5)))).is_empty());
    assert!(ask(3, 0, pop(c, Wait::Forever)).is_empty());
    assert_eq!(ask(4, 1, push(c)), [4]);
    assert_eq!(ask(5, 1, push(a)), [5, 1]);
    assert_eq!(ask(6, 1, push(b)), [6, 2, 3]);
    assert_eq!(server.due(), None);
}
