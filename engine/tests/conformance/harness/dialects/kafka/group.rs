//! The words of groups and their members. A member does here what its client library does by itself: it asks for its
//! share once it has joined, and assigns if it is the leader.

mod modern;

use std::collections::BTreeMap;
use std::time::Duration;

use queuescope_engine::broker::kafka::assignor::Assignor;
use queuescope_engine::broker::kafka::assignor::leader::{Known, share_out};
use queuescope_engine::broker::kafka::group::request::{
    Commit, Described, Error, Join, Joined, MemberId, Push, Reply, Request, Sync, Who, Wishes,
};
use queuescope_engine::broker::kafka::request::{self, Few, GroupId, Isolation, Tp};
use queuescope_engine::broker::kafka::{Kafka, TopicId};
use queuescope_engine::broker::server::{Outlet, Server};
use queuescope_engine::id::{ClientId, RequestId};
use queuescope_engine::journal::What;
use queuescope_engine::time::Time;

use super::super::super::protocol::modelled::Wire;
use super::Dialogue;

/// A member, as its own client knows it.
#[derive(Clone)]
struct Member {
    group: GroupId,
    topics: Vec<TopicId>,
    assignors: Vec<Assignor>,
    instance: Option<String>,
    session: Duration,
    rebalance: Duration,
    member: Option<MemberId>,
    generation: u32,
    owned: Vec<Tp>,
    /// It is of the newer protocol, and gives up what it is told to only when it is told to say so.
    modern: Option<modern::Manner>,
}

/// What a case has said of members.
#[derive(Default)]
pub(super) struct Members {
    all: BTreeMap<String, Member>,
    /// Commits, which tell by themselves that they are done.
    tells: std::collections::BTreeSet<RequestId>,
}

fn span(word: &str) -> Result<Duration, String> {
    let wrong = || format!("{word:?} is no time, such as 45s");
    let seconds = word.strip_suffix('s').and_then(|seconds| seconds.parse::<f64>().ok()).ok_or_else(wrong)?;
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

fn error(error: Error) -> &'static str {
    match error {
        Error::UnknownMember => "UnknownMemberId",
        Error::IllegalGeneration => "IllegalGeneration",
        Error::RebalanceInProgress => "RebalanceInProgress",
        Error::FencedInstance => "FencedInstanceId",
        Error::InconsistentProtocol => "InconsistentGroupProtocol",
        Error::InvalidSessionTimeout => "InvalidSessionTimeout",
        Error::GroupNotFound => "GroupIdNotFound",
        Error::NonEmptyGroup => "GroupNotEmpty",
        Error::Subscribed => "GroupSubscribedToTopic",
        Error::FencedEpoch => "FencedMemberEpoch",
        Error::StaleEpoch => "StaleMemberEpoch",
        Error::UnreleasedInstance => "UnreleasedInstanceId",
        Error::UnknownPartition => "UnknownTopicOrPartition",
    }
}

impl Dialogue {
    /// What a member of a group does.
    pub(super) fn of_groups(
        &mut self,
        client: &str,
        words: &[&str],
        wire: &mut Wire<Kafka>,
    ) -> Result<(), String> {
        let request = match words {
            ["reads", group, topics @ ..] => {
                let topics = topics.iter().map(|topic| self.topic(topic)).collect::<Result<_, _>>()?;
                let group = self.group(client, group, wire);
                let request = Request::Reads(group, topics, Isolation::ReadUncommitted);
                let id = wire.ask(client, request::Request::Group(request));
                self.quiet.insert(id);
                return Ok(());
            }
            ["join", group, topics, options @ ..] => {
                let member = self.member(client, group, topics, options, wire)?;
                self.members.all.insert(client.to_owned(), member);
                return self.joins(client, wire);
            }
            ["rejoin"] => return self.joins(client, wire),
            ["heartbeat"] if self.own(client)?.modern.is_some() => self.modern_beat(client)?,
            ["heartbeat"] => Request::Heartbeat(Box::new(self.who(client)?)),
            ["gives-up"] => {
                self.gives_up(client)?;
                self.modern_beat(client)?
            }
            ["leave"] => {
                let who = Box::new(self.who(client)?);
                let modern = self.own(client)?.modern.is_some();
                if modern { Request::Depart(who) } else { Request::Leave(who) }
            }
            ["commit", offsets @ ..] => {
                let who = self.who(client)?;
                let commit =
                    Commit { group: who.group, who: Some(Box::new(who)), offsets: self.offsets(offsets)? };
                Request::Commit(commit)
            }
            ["reset", group, offsets @ ..] => {
                let group = self.group(client, group, wire);
                Request::Commit(Commit { group, who: None, offsets: self.offsets(offsets)? })
            }
            ["committed", group, partitions @ ..] => {
                let group = self.group(client, group, wire);
                let all = partitions.iter().map(|word| self.tp(word)).collect::<Result<_, _>>()?;
                Request::Offsets(group, Few::Many(all))
            }
            ["delete-offsets", group, partitions @ ..] => {
                let group = self.group(client, group, wire);
                let all = partitions.iter().map(|word| self.tp(word)).collect::<Result<_, _>>()?;
                Request::DeleteOffsets(group, all)
            }
            ["delete-group", group] => Request::Delete(self.group(client, group, wire)),
            _ => return Err(format!("{words:?} is nothing that a client can do; see the README")),
        };
        let id = wire.ask(client, request::Request::Group(request));
        self.members.tells.insert(id);
        Ok(())
    }

    fn own(&self, client: &str) -> Result<&Member, String> {
        self.members.all.get(client).ok_or_else(|| format!("{client} is no member: join first"))
    }

    fn who(&self, client: &str) -> Result<Who, String> {
        let own = self.own(client)?;
        let member = own.member.ok_or_else(|| format!("{client} was never told that it is a member"))?;
        let instance = own.instance.as_deref().map(Into::into);
        Ok(Who { group: own.group, member, instance, generation: own.generation })
    }

    fn offsets(&self, words: &[&str]) -> Result<Few<(Tp, u64)>, String> {
        let offset = |word: &&str| {
            let (tp, offset) = word.split_once('=').ok_or("an offset is written as orders-0=5")?;
            Ok((self.tp(tp)?, offset.parse().map_err(|_| format!("{offset:?} is no offset"))?))
        };
        Ok(Few::Many(words.iter().map(offset).collect::<Result<_, String>>()?))
    }

    fn member(
        &mut self,
        client: &str,
        group: &str,
        topics: &str,
        options: &[&str],
        wire: &mut Wire<Kafka>,
    ) -> Result<Member, String> {
        let group = self.group(client, group, wire);
        let topics = topics.split(',').map(|topic| self.topic(topic)).collect::<Result<_, _>>()?;
        let mut own = Member {
            group,
            topics,
            assignors: vec![Assignor::Range],
            instance: None,
            session: Duration::from_secs(45),
            rebalance: Duration::from_secs(300),
            member: None,
            generation: 0,
            owned: Vec::new(),
            modern: None,
        };
        for option in options {
            match option.split_once('=') {
                Some(("assignor", names)) => {
                    let named = |name| Assignor::named(name).ok_or_else(|| format!("no assignor {name:?}"));
                    own.assignors = names.split(',').map(named).collect::<Result<_, _>>()?;
                }
                Some(("instance", instance)) => own.instance = Some(instance.to_owned()),
                Some(("session", time)) => own.session = span(time)?,
                Some(("rebalance", time)) => own.rebalance = span(time)?,
                Some(("protocol", "consumer")) => own.modern = Some(modern::Manner::default()),
                Some(("remote", name)) => own.modern = Some(modern::Manner::named(name)?),
                _ => return Err(format!("{option:?} is no option of join; see the README")),
            }
        }
        Ok(own)
    }

    /// Joins, for the first time or again. Who does not rebalance cooperatively gives up all that it has.
    fn joins(&mut self, client: &str, wire: &mut Wire<Kafka>) -> Result<(), String> {
        let own = self.own(client)?.clone();
        if own.modern.is_some() {
            let beat = self.modern_beat(client)?;
            let id = wire.ask(client, request::Request::Group(beat));
            self.members.tells.insert(id);
            return Ok(());
        }
        let wishes = Wishes {
            keeps: own.assignors.iter().all(|assignor| assignor.is_cooperative()),
            assignors: own.assignors,
            topics: own.topics,
            owned: own.owned,
            generation: own.generation,
        };
        let join = Join {
            group: own.group,
            member: own.member,
            client: client.into(),
            instance: own.instance.map(Into::into),
            session: own.session,
            rebalance: own.rebalance,
            wishes,
            isolation: Isolation::ReadUncommitted,
        };
        wire.ask(client, request::Request::Group(Request::Join(Box::new(join))));
        Ok(())
    }

    /// The coordinator of a group answers.
    pub(super) fn coordinator_answers(
        &mut self,
        client: &str,
        id: RequestId,
        reply: Reply,
        wire: &mut Wire<Kafka>,
    ) {
        match reply {
            Reply::Joined(joined) => self.has_joined(client, *joined, wire),
            Reply::Synced(share) => {
                let text = self.shares(&share);
                let generation = self.members.all.get_mut(client).map_or(0, |own| {
                    own.owned = share;
                    own.generation
                });
                wire.observe(client, format!("generation {generation}: {text}"));
            }
            Reply::Beaten(beaten) => self.is_beaten(client, *beaten, wire),
            Reply::Offsets(offsets) => {
                let one = |(tp, offset): &(Tp, Option<u64>)| match offset {
                    Some(offset) => format!("{}={offset}", self.name(*tp)),
                    None => format!("{}=-", self.name(*tp)),
                };
                let text: Vec<String> = offsets.all().iter().map(one).collect();
                wire.observe(client, text.join(" "));
            }
            Reply::Error(own) => wire.observe(client, error(own)),
            Reply::Done if self.members.tells.remove(&id) => wire.observe(client, "ok"),
            Reply::Done | Reply::Described(_) => {}
        }
    }

    fn has_joined(&mut self, client: &str, joined: Joined, wire: &mut Wire<Kafka>) {
        let topics = self.topics.iter().enumerate().map(|(number, (name, settings))| Known {
            topic: TopicId(number as u16),
            name: name.clone(),
            partitions: settings.partitions,
        });
        let topics: Vec<Known> = topics.collect();
        let Some(own) = self.members.all.get_mut(client) else { return };
        (own.member, own.generation) = (Some(joined.member), joined.generation);
        let who = Who {
            group: own.group,
            member: joined.member,
            instance: own.instance.as_deref().map(Into::into),
            generation: joined.generation,
        };
        let shares = share_out(joined.assignor, &joined.members, &topics);
        let sync = Sync { who, shares };
        wire.ask(client, request::Request::Group(Request::Sync(Box::new(sync))));
    }

    fn shares(&self, share: &[Tp]) -> String {
        if share.is_empty() {
            return "nothing".into();
        }
        let mut share = share.to_vec();
        share.sort_unstable();
        share.iter().map(|tp| self.name(*tp)).collect::<Vec<_>>().join(" ")
    }

    /// The coordinator of a group tells what nobody asked for: it never does.
    pub(super) fn coordinator_tells(&mut self, _: &str, push: Push, _: &mut Wire<Kafka>) {
        match push {}
    }

    /// What groups hold.
    pub(super) fn group_state(
        &mut self,
        words: &[&str],
        server: &Kafka,
        wire: &Wire<Kafka>,
    ) -> Result<String, String> {
        let (what, group) = match words {
            [what @ ("group" | "members" | "committed" | "lag"), group] => (*what, *group),
            _ => return Err(format!("{words:?} is nothing that can be looked at; see the README")),
        };
        let group = self.groups.iter().position(|own| own == group);
        let group = group.map(|group| GroupId(group as u16)).ok_or("nobody has named that group")?;
        let described = Question::ask(server, Request::Describe(group), wire.now());
        let Some(Reply::Described(described)) = described else { return Err("it is not described".into()) };
        let some = |text: String| if text.is_empty() { "none".to_owned() } else { text };
        Ok(match what {
            "group" => {
                let assignor = described.assignor.unwrap_or("-");
                format!("{} generation {} {assignor}", described.state, described.generation)
            }
            "members" => {
                let one = |member: &Described| format!("{}: {}", member.client, self.shares(&member.share));
                some(described.members.iter().map(one).collect::<Vec<_>>().join(", "))
            }
            "committed" => {
                let one = |(tp, offset): &(Tp, u64)| format!("{}={offset}", self.name(*tp));
                some(described.offsets.iter().map(one).collect::<Vec<_>>().join(" "))
            }
            _ => {
                let end = |tp: Tp| server.status(tp).map_or(0, |status| status.high_watermark);
                let one = |(tp, offset): &(Tp, u64)| {
                    format!("{}={}", self.name(*tp), end(*tp).saturating_sub(*offset))
                };
                some(described.offsets.iter().map(one).collect::<Vec<_>>().join(" "))
            }
        })
    }
}

/// A question to a copy of the server, so that asking changes nothing.
struct Question {
    now: Time,
    reply: Option<Reply>,
}

impl Question {
    fn ask(server: &Kafka, request: Request, now: Time) -> Option<Reply> {
        let mut question = Question { now, reply: None };
        let request = request::Request::Group(request);
        server.clone().request(ClientId(u16::MAX), RequestId(0), request, &mut question);
        question.reply
    }
}

impl Outlet<request::Reply, request::Push> for Question {
    fn now(&self) -> Time {
        self.now
    }

    fn record(&mut self, _: What) {}

    fn reply(&mut self, _: ClientId, _: RequestId, reply: request::Reply) {
        if let request::Reply::Coordinator(reply) = reply {
            self.reply = Some(reply);
        }
    }

    fn push(&mut self, _: ClientId, _: request::Push) {}
}
