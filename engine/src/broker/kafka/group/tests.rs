//! The coordinator against clients that do what they are to, whatever happens to them: nobody is given what another one
//! reads, and once nothing happens any more all is read.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::assignor::Assignor;
use super::super::assignor::leader::{Known, share_out};
use super::super::request::{GroupId, Isolation, TopicId, Tp};
use super::around::Around;
use super::request::{Beat, Error, Join, MemberId, Reply, Request, Sync, Who, Wishes};
use super::{GroupSettings, Groups};
use crate::broker::kafka::assignor::server_side::ServerSide;
use crate::id::{ClientId, RequestId};
use crate::journal::Cause;
use crate::time::Time;
use std::time::Duration;

const GROUP: GroupId = GroupId(0);
const TOPIC: TopicId = TopicId(0);

/// What the coordinator acts upon.
#[derive(Default)]
struct World {
    now: u64,
    partitions: u16,
    replies: Vec<(ClientId, RequestId, Reply)>,
    owners: BTreeMap<Tp, ClientId>,
    wrong: Option<String>,
    rebalances: u32,
}

impl Around for World {
    fn now(&self) -> Time {
        Time::from_nanos(self.now)
    }

    fn reply(&mut self, client: ClientId, id: RequestId, reply: Reply) {
        self.replies.push((client, id, reply));
    }

    fn partitions(&self, _: TopicId) -> u16 {
        self.partitions
    }

    fn topic_name(&self, _: TopicId) -> &str {
        "t"
    }

    fn reads(&mut self, _: GroupId, _: TopicId, _: Isolation) {}

    fn rebalancing(&mut self, _: GroupId, _: u32) {}

    fn rebalanced(&mut self, _: GroupId, _: u32) {
        self.rebalances += 1;
    }

    fn assigned(&mut self, _: GroupId, tp: Tp, client: ClientId) {
        if let Some(other) = self.owners.insert(tp, client) {
            self.wrong.get_or_insert(format!("{tp:?} goes to {client}, and {other} has it"));
        }
    }

    fn revoked(&mut self, _: GroupId, tp: Tp, client: ClientId, _: Cause) {
        if self.owners.remove(&tp) != Some(client) {
            self.wrong.get_or_insert(format!("{tp:?} is taken from {client}, who does not have it"));
        }
    }

    fn committed(&mut self, _: GroupId, _: Tp, _: u64) {}
}

/// A client, and how far it has come.
#[derive(Clone, Default)]
struct Client {
    is_there: bool,
    modern: bool,
    assignor: Option<Assignor>,
    instance: Option<String>,
    member: Option<MemberId>,
    generation: u32,
    owned: Vec<Tp>,
    /// It waits for an answer: the one to this request.
    waits: Option<RequestId>,
    rejoins: bool,
    joined: bool,
}

struct Play {
    groups: Groups,
    world: World,
    clients: Vec<Client>,
    asked: u32,
}

impl Play {
    fn new(partitions: u16, clients: Vec<Client>) -> Play {
        let settings = GroupSettings { initial_delay: Duration::ZERO, ..GroupSettings::default() };
        let world = World { partitions, ..World::default() };
        Play { groups: Groups::new(settings), world, clients, asked: 0 }
    }

    fn ask(&mut self, client: usize, request: Request) {
        self.asked += 1;
        self.clients[client].waits = Some(RequestId(self.asked));
        self.groups.request(ClientId(client as u16), RequestId(self.asked), request, &mut self.world);
    }

    fn who(&self, client: usize) -> Option<Box<Who>> {
        let own = &self.clients[client];
        let instance = own.instance.as_deref().map(Into::into);
        Some(Box::new(Who { group: GROUP, member: own.member?, instance, generation: own.generation }))
    }

    fn joins(&mut self, client: usize) {
        let own = self.clients[client].clone();
        let name = format!("c{client}");
        let instance = own.instance.as_deref().map(Into::into);
        if own.modern {
            return self.beats(client);
        }
        let assignor = own.assignor.unwrap_or(Assignor::Range);
        let keeps = assignor.is_cooperative();
        let wishes = Wishes {
            assignors: vec![assignor],
            topics: vec![TOPIC],
            owned: own.owned,
            keeps,
            generation: own.generation,
        };
        let join = Join {
            group: GROUP,
            member: own.member,
            client: name.into(),
            instance,
            session: Duration::from_secs(10),
            rebalance: Duration::from_secs(20),
            wishes,
            isolation: Isolation::ReadUncommitted,
        };
        self.clients[client].joined = false;
        self.ask(client, Request::Join(Box::new(join)));
    }

    fn beats(&mut self, client: usize) {
        let own = self.clients[client].clone();
        let beat = Beat {
            group: GROUP,
            member: own.member,
            client: format!("c{client}").into(),
            instance: None,
            epoch: own.generation,
            rebalance: Duration::from_secs(20),
            topics: vec![TOPIC],
            assignor: ServerSide::Uniform,
            owned: own.owned,
            isolation: Isolation::ReadUncommitted,
        };
        self.ask(client, Request::Beat(Box::new(beat)));
    }

    /// What a client does every now and then.
    fn goes_on(&mut self, client: usize) {
        let own = &mut self.clients[client];
        if !own.is_there || own.waits.is_some() {
            return;
        }
        if own.modern || !own.joined || std::mem::take(&mut own.rejoins) {
            self.joins(client);
        } else if let Some(who) = self.who(client) {
            self.ask(client, Request::Heartbeat(who));
        }
        self.settle();
    }

    fn settle(&mut self) {
        while !self.world.replies.is_empty() {
            for (client, id, reply) in std::mem::take(&mut self.world.replies) {
                self.hears(usize::from(client.0), id, reply);
            }
        }
    }

    fn hears(&mut self, client: usize, id: RequestId, reply: Reply) {
        let partitions = self.world.partitions;
        let own = &mut self.clients[client];
        if own.waits != Some(id) || !own.is_there {
            return;
        }
        own.waits = None;
        match reply {
            Reply::Joined(joined) => {
                (own.member, own.generation) = (Some(joined.member), joined.generation);
                let topics = [Known { topic: TOPIC, name: "t".into(), partitions }];
                let shares = share_out(joined.assignor, &joined.members, &topics);
                let Some(who) = self.who(client) else { return };
                self.ask(client, Request::Sync(Box::new(Sync { who: *who, shares })));
            }
            Reply::Synced(share) => {
                let keeps = own.assignor.is_some_and(Assignor::is_cooperative);
                own.rejoins = keeps && own.owned.iter().any(|tp| !share.contains(tp));
                (own.owned, own.joined) = (share, true);
            }
            Reply::Beaten(beaten) => {
                (own.member, own.generation, own.joined) = (Some(beaten.member), beaten.epoch, true);
                if let Some(share) = beaten.share {
                    own.owned = share;
                }
            }
            Reply::Error(error) => match error {
                Error::RebalanceInProgress => (own.rejoins, own.joined) = (true, false),
                Error::UnknownMember | Error::FencedInstance | Error::FencedEpoch => {
                    *own = Client {
                        is_there: true,
                        modern: own.modern,
                        assignor: own.assignor,
                        instance: own.instance.clone(),
                        ..Client::default()
                    };
                }
                Error::IllegalGeneration => {
                    (own.joined, own.generation) = (false, 0);
                    own.owned.clear();
                }
                Error::InconsistentProtocol
                | Error::InvalidSessionTimeout
                | Error::GroupNotFound
                | Error::NonEmptyGroup
                | Error::Subscribed
                | Error::StaleEpoch
                | Error::UnreleasedInstance
                | Error::UnknownPartition => {}
            },
            Reply::Done | Reply::Offsets(_) | Reply::Described(_) => {}
        }
    }

    fn passes(&mut self, seconds: u64) {
        let until = self.world.now + seconds * 1_000_000_000;
        while self.groups.due() <= Time::from_nanos(until) {
            self.world.now = self.world.now.max(self.groups.due().as_nanos());
            self.groups.wake(&mut self.world);
            self.settle();
        }
        self.world.now = until;
    }

    fn vanishes(&mut self, client: usize) {
        self.groups.lost(ClientId(client as u16));
        self.forgets(client, false);
    }

    fn forgets(&mut self, client: usize, is_there: bool) {
        let own = &mut self.clients[client];
        *own = Client {
            is_there,
            modern: own.modern,
            assignor: own.assignor,
            instance: own.instance.clone(),
            ..Client::default()
        };
    }

    fn leaves(&mut self, client: usize) {
        if let Some(who) = self.who(client).filter(|_| self.clients[client].waits.is_none()) {
            let modern = self.clients[client].modern;
            self.ask(client, if modern { Request::Depart(who) } else { Request::Leave(who) });
            self.settle();
        }
        self.vanishes(client);
    }

    /// Nothing happens any more, but that members show that they are alive.
    fn calms_down(&mut self) {
        for _ in 0..60 {
            for client in 0..self.clients.len() {
                self.goes_on(client);
            }
            self.passes(2);
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Come(usize),
    GoOn(usize),
    Vanish(usize),
    Leave(usize),
    Pass(u64),
    Restart,
    Grow,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0usize..5).prop_map(Step::Come),
        8 => (0usize..5).prop_map(Step::GoOn),
        1 => (0usize..5).prop_map(Step::Vanish),
        1 => (0usize..5).prop_map(Step::Leave),
        4 => (0u64..6).prop_map(Step::Pass),
        1 => Just(Step::Restart),
        1 => Just(Step::Grow),
    ];
    prop::collection::vec(step, 0..120)
}

fn run(modern: bool, assignor: Assignor, statics: bool, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let client = |number: usize| Client {
        modern,
        assignor: Some(assignor),
        instance: (statics && number < 3).then(|| format!("i{number}")),
        ..Client::default()
    };
    let mut play = Play::new(7, (0..5).map(client).collect());
    for step in steps {
        match step {
            Step::Come(client) => {
                if !play.clients[client].is_there {
                    play.forgets(client, true);
                }
                play.goes_on(client);
            }
            Step::GoOn(client) => play.goes_on(client),
            Step::Vanish(client) => play.vanishes(client),
            Step::Leave(client) => play.leaves(client),
            Step::Pass(seconds) => play.passes(seconds),
            Step::Restart => {
                // What was asked is not answered.
                play.groups.restart(&mut play.world);
                play.world.replies.clear();
                for own in &mut play.clients {
                    own.joined &= own.waits.take().is_none();
                }
            }
            Step::Grow => {
                // Static members that are back see nothing of it.
                if play.world.partitions < 12 && !statics {
                    play.world.partitions += 1;
                    play.groups.grown(TOPIC, &mut play.world);
                }
            }
        }
        prop_assert_eq!(&play.world.wrong, &None);
    }
    play.calms_down();
    // Members of the classic protocol look for partitions that were added when they share out anew.
    if let Some(client) = (0..5).find(|client| play.clients[*client].is_there) {
        play.clients[client].rejoins = true;
        play.clients[client].generation = 0;
        play.forgets(client, true);
        play.calms_down();
        let all: Vec<Tp> =
            (0..play.world.partitions).map(|partition| Tp { topic: TOPIC, partition }).collect();
        let read: Vec<Tp> = play.world.owners.keys().copied().collect();
        prop_assert_eq!(read, all);
        for (tp, client) in &play.world.owners {
            prop_assert!(play.clients[usize::from(client.0)].owned.contains(tp), "{:?} of {}", tp, client);
        }
    }
    prop_assert_eq!(&play.world.wrong, &None);
    Ok(())
}

proptest! {
    #[test]
    fn members_of_the_classic_protocol_share_all_and_nothing_twice(
        assignor in prop::sample::select(Assignor::ALL.to_vec()),
        statics in any::<bool>(),
        steps in steps(),
    ) {
        run(false, assignor, statics, steps)?;
    }

    #[test]
    fn members_of_the_newer_protocol_share_all_and_nothing_twice(steps in steps()) {
        run(true, Assignor::Range, false, steps)?;
    }
}

/// A hundred members over a thousand partitions: two rounds, one after the other, until each has its ten.
#[test]
fn a_large_group_rebalances() {
    for assignor in Assignor::ALL {
        let client = || Client { is_there: true, assignor: Some(assignor), ..Client::default() };
        let mut play = Play::new(1_000, (0..100).map(|_| client()).collect());
        play.calms_down();
        assert_eq!(play.world.owners.len(), 1_000, "{assignor:?}");
        assert!(play.clients.iter().all(|own| own.owned.len() == 10), "{assignor:?}");
        play.leaves(50);
        let before = play.world.rebalances;
        play.calms_down();
        assert_eq!(play.world.owners.len(), 1_000, "{assignor:?}");
        assert_eq!(play.world.rebalances, before + 1, "{assignor:?}: nothing has to be revoked");
    }
}
