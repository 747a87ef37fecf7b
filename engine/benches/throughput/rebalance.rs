//! A large group shares out anew: what all that its coordinator and its leader do for it costs.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use queuescope_engine::Time;
use queuescope_engine::broker::kafka::assignor::Assignor;
use queuescope_engine::broker::kafka::assignor::leader::{Known, share_out};
use queuescope_engine::broker::kafka::group::request::{
    Join, MemberId, Reply, Request as Ask, Sync, Who, Wishes,
};
use queuescope_engine::broker::kafka::request::{GroupId, Isolation, Push, Reply as Answer, Request, Tp};
use queuescope_engine::broker::kafka::{Kafka, Settings, TopicId, TopicSettings, Version};
use queuescope_engine::broker::server::{Outlet, Server};
use queuescope_engine::id::{ClientId, RequestId};
use queuescope_engine::journal::What;

use super::workloads::Figure;

const MEMBERS: u16 = 100;
const PARTITIONS: u16 = 1_000;

/// What comes back from the server.
#[derive(Default)]
struct Inbox {
    now: Time,
    replies: Vec<(ClientId, Answer)>,
    facts: u64,
}

impl Outlet<Answer, Push> for Inbox {
    fn now(&self) -> Time {
        self.now
    }

    fn record(&mut self, _: What) {
        self.facts += 1;
    }

    fn reply(&mut self, client: ClientId, _: RequestId, reply: Answer) {
        self.replies.push((client, reply));
    }

    fn push(&mut self, _: ClientId, _: Push) {}
}

/// A group and its members.
struct Crowd {
    server: Kafka,
    inbox: Inbox,
    group: GroupId,
    topics: Vec<Known>,
    assignor: Assignor,
    /// By client: its id, its generation, what it has.
    members: BTreeMap<u16, (Option<MemberId>, u32, Vec<Tp>)>,
}

impl Crowd {
    fn new(assignor: Assignor) -> Crowd {
        let mut settings = Settings::default();
        settings.groups.initial_delay = Duration::ZERO;
        let mut server = Kafka::new(Version::named("4.0"), settings);
        let topic = TopicSettings { partitions: PARTITIONS, ..TopicSettings::default() };
        let topic = server.topic("t", topic);
        let group = server.group("g");
        let topics = vec![Known { topic, name: "t".into(), partitions: PARTITIONS }];
        let members = (0..MEMBERS).map(|client| (client, (None, 0, Vec::new()))).collect();
        Crowd { server, inbox: Inbox::default(), group, topics, assignor, members }
    }

    fn ask(&mut self, client: u16, ask: Ask) {
        self.server.request(ClientId(client), RequestId(0), Request::Group(ask), &mut self.inbox);
    }

    fn who(&self, client: u16) -> Option<Who> {
        let (member, generation, _) = self.members.get(&client)?;
        Some(Who { group: self.group, member: (*member)?, instance: None, generation: *generation })
    }

    fn join(&mut self, client: u16) {
        let Some((member, generation, owned)) = self.members.get(&client).cloned() else { return };
        let wishes = Wishes {
            assignors: vec![self.assignor],
            topics: vec![TopicId(0)],
            owned,
            keeps: self.assignor.is_cooperative(),
            generation,
        };
        let join = Join {
            group: self.group,
            member,
            client: format!("member-{client:03}").into(),
            instance: None,
            session: Duration::from_secs(45),
            rebalance: Duration::from_secs(300),
            wishes,
            isolation: Isolation::ReadUncommitted,
        };
        self.ask(client, Ask::Join(Box::new(join)));
    }

    /// All that are there join, and go on until each knows what to read.
    fn rebalance(&mut self) {
        let clients: Vec<u16> = self.members.keys().copied().collect();
        clients.iter().for_each(|client| self.join(*client));
        if let Some(due) = self.server.due() {
            self.inbox.now = self.inbox.now.max(due.min(self.inbox.now + Duration::from_millis(1)));
            self.server.wake(&mut self.inbox);
        }
        while !self.inbox.replies.is_empty() {
            for (client, answer) in std::mem::take(&mut self.inbox.replies) {
                self.hears(client.0, answer);
            }
        }
    }

    fn hears(&mut self, client: u16, answer: Answer) {
        let Answer::Coordinator(reply) = answer else { return };
        let Some(own) = self.members.get_mut(&client) else { return };
        match reply {
            Reply::Joined(joined) => {
                (own.0, own.1) = (Some(joined.member), joined.generation);
                let shares = share_out(joined.assignor, &joined.members, &self.topics);
                if let Some(who) = self.who(client) {
                    self.ask(client, Ask::Sync(Box::new(Sync { who, shares })));
                }
            }
            Reply::Synced(share) => own.2 = share,
            Reply::Error(_) => self.join(client),
            Reply::Done | Reply::Beaten(_) | Reply::Offsets(_) | Reply::Described(_) => {}
        }
    }
}

/// One of a hundred leaves, and the others share its partitions, by each assignor.
pub(crate) fn measure(target: &str, now: &impl Fn() -> f64) -> Vec<Figure> {
    let figure = |assignor: Assignor| {
        let mut best = f64::INFINITY;
        for _ in 0..5 {
            let mut crowd = Crowd::new(assignor);
            for _ in 0..3 {
                crowd.rebalance();
            }
            let start = now();
            if let Some(who) = crowd.who(50) {
                crowd.ask(50, Ask::Leave(Box::new(who)));
            }
            crowd.members.remove(&50);
            crowd.inbox.replies.clear();
            crowd.rebalance();
            best = best.min(now() - start);
            let read: usize = crowd.members.values().map(|(_, _, owned)| owned.len()).sum();
            assert_eq!(read, usize::from(PARTITIONS), "{assignor:?}: all of it is read");
            black_box(crowd.inbox.facts);
        }
        let name = assignor.name().replace('-', "_");
        Figure::new(
            &format!("kafka_rebalance_{name}_{target}"),
            best * 1e3,
            "ms for 100 members and 1000 partitions",
        )
    };
    Assignor::ALL.into_iter().map(figure).collect()
}
