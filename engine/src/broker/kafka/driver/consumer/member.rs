//! How a consumer becomes a member of its group and stays one, in the classic protocol.
//!
//! ```text
//! out -- poll --> joining --> syncing --> in -- told to rejoin by a heartbeat, at the next poll --> joining
//!  ^                                       |
//!  +-- max.poll.interval.ms without a poll, or told that it is a member no more ------+
//! ```
//!
//! Before it rejoins it commits, if it is to by itself. A consumer all of whose assignors are cooperative reads on
//! meanwhile and gives up only what it is not assigned any more; then it rejoins once more, so that another one gets
//! that. Any other gives up all that it has first.

use crate::broker::driver::Line;
use crate::id::RequestId;
use crate::time::Time;

use super::super::super::assignor::leader::share_out;
use super::super::super::group::request::{Error, Join, Joined, MemberId, Reply, Request, Sync, Who, Wishes};
use super::super::super::request::{self, GroupId, Isolation, Metadata, TopicId, Tp};
use super::super::super::server::Kafka;
use super::commit::Purpose;
use super::fetcher::BACKOFF;
use super::settings::ConsumerSettings;
use super::{Act, Consumer};

/// Where it is on its way into its group.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(super) enum Phase {
    /// It is no member.
    #[default]
    Out,
    /// It asks for what there is of its topic.
    Looking(RequestId),
    /// It commits before it gives up what it has.
    Committing,
    Joining(RequestId),
    Syncing(RequestId),
    In,
    /// It is not to try again: another one has its instance id.
    Fenced,
}

/// Its membership.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Membership {
    pub(super) phase: Phase,
    pub(super) member: Option<MemberId>,
    /// Its generation; in the newer protocol its epoch.
    pub(super) generation: u32,
    /// It is to rejoin.
    pub(super) rejoins: bool,
    /// It was a member, and is to give up what it had without a word.
    pub(super) was_lost: bool,
    /// How many partitions its topic has, as far as it knows; none before it has asked.
    partitions: u16,
    /// Of how many partitions it assigned as the leader. It alone looks whether there are more.
    assigned_of: Option<u16>,
    /// What it was assigned last, for assignors that keep that.
    pub(super) share: Vec<Tp>,
    /// The next heartbeat.
    pub(super) beat: Option<Time>,
    /// The one that is under way.
    pub(super) beating: Option<RequestId>,
    /// It was refused: not to be tried again before.
    retry: Option<Time>,
}

/// The request by which a group's books begin.
pub(super) fn reads(group: GroupId, topic: TopicId, isolation: Isolation) -> request::Request {
    request::Request::Group(Request::Reads(group, vec![topic], isolation))
}

impl Membership {
    pub(super) fn is_in(&self) -> bool {
        self.phase == Phase::In
    }

    /// Whether a poll has nothing to see to.
    pub(super) fn is_settled(&self, settings: &ConsumerSettings) -> bool {
        let beats = self.beat.is_some() || self.beating.is_some();
        self.is_in() && beats && !self.rejoins && !self.was_lost && !settings.is_modern
    }

    /// When it has to do something by itself. `away` is since when the application has not polled.
    pub(super) fn due(&self, away: Option<Time>, settings: &ConsumerSettings) -> Time {
        let beat = if self.beating.is_none() { self.beat } else { None };
        let polled = away.filter(|_| self.is_in() && self.beat.is_some());
        let gives_up = polled.map(|away| away + settings.max_poll_interval);
        [beat, gives_up, self.retry].into_iter().flatten().min().unwrap_or(Time::MAX)
    }

    /// Whether it is not to try again yet.
    pub(super) fn waits_to_retry(&self, now: Time) -> bool {
        self.retry.is_some_and(|retry| now < retry)
    }

    /// Whether it assigned as the leader, and of another number of partitions than it knows of now.
    fn has_outdated_shares(&self) -> bool {
        self.assigned_of.is_some_and(|of| of != self.partitions)
    }

    /// It is a member no more, and finds that out when it polls.
    pub(super) fn is_out(&mut self, forgets: bool) {
        self.was_lost = true;
        self.phase = Phase::Out;
        (self.beat, self.beating) = (None, None);
        self.generation = 0;
        self.rejoins = false;
        if forgets {
            self.member = None;
        }
    }

    /// Who it is, for the coordinator.
    pub(super) fn who(&self, act: &Act<'_, impl Line<Kafka>>) -> Option<Box<Who>> {
        let (group, instance, generation) = (act.pool.group, act.instance(), self.generation);
        Some(Box::new(Who { group, member: self.member?, instance, generation }))
    }
}

impl Consumer {
    /// In a poll: joins or rejoins if it has to. Whether records may be returned now.
    pub(super) fn sees_to_membership(&mut self, act: &mut Act<'_, impl Line<Kafka>>) -> bool {
        if act.pool.settings.is_modern {
            return self.sees_to_modern_membership(act);
        }
        let now = act.now();
        if std::mem::take(&mut self.membership.was_lost) {
            // `onPartitionsLost`.
            self.fetcher.keep_only(&[]);
            self.membership.share.clear();
        }
        // Heartbeats of a static member that had stopped go on.
        if self.membership.is_in() && self.membership.beat.is_none() && self.membership.beating.is_none() {
            self.membership.beat = Some(now);
        }
        match self.membership.phase {
            Phase::Out if self.membership.waits_to_retry(now) => {}
            Phase::Out if self.membership.partitions == 0 => {
                let id = act.ask(request::Request::Metadata(act.pool.topic));
                self.membership.phase = Phase::Looking(id);
            }
            Phase::Out => self.joins(act),
            Phase::In if self.membership.rejoins => self.prepares_to_rejoin(act),
            Phase::In => {}
            Phase::Looking(_) | Phase::Committing | Phase::Joining(_) | Phase::Syncing(_) | Phase::Fenced => {
            }
        }
        // What it gives up before it joins it does not return either.
        let keeps = act.pool.settings.is_cooperative();
        let joins =
            matches!(self.membership.phase, Phase::Committing | Phase::Joining(_) | Phase::Syncing(_));
        self.membership.is_in() || (joins && keeps && self.membership.member.is_some())
    }

    /// `onJoinPrepare`: it commits, if it is to by itself, and gives up what it has.
    fn prepares_to_rejoin(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        self.membership.rejoins = false;
        if act.pool.settings.auto_commit.is_some() && self.commits_now(Purpose::Rejoin, act) {
            self.membership.phase = Phase::Committing;
        } else {
            self.joins(act);
        }
    }

    /// `JoinGroup`.
    pub(super) fn joins(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        let settings = &act.pool.settings;
        let keeps = settings.is_cooperative();
        if !keeps {
            self.fetcher.keep_only(&[]);
        }
        let own = &mut self.membership;
        let wishes = Wishes {
            assignors: settings.assignors.clone(),
            topics: vec![act.pool.topic],
            owned: own.share.clone(),
            keeps,
            generation: own.generation,
        };
        let join = Join {
            group: act.pool.group,
            member: own.member,
            client: act.client_id(),
            instance: act.instance(),
            session: settings.session,
            rebalance: settings.max_poll_interval,
            wishes,
            isolation: settings.isolation,
        };
        (own.beat, own.beating, own.retry) = (None, None, None);
        own.phase = Phase::Joining(act.ask(request::Request::Group(Request::Join(Box::new(join)))));
    }

    /// The coordinator answers.
    pub(super) fn coordinator_answers(
        &mut self,
        id: RequestId,
        reply: Reply,
        act: &mut Act<'_, impl Line<Kafka>>,
    ) {
        if let Reply::Offsets(offsets) = &reply {
            return self.fetcher.committed(id, offsets, act);
        }
        if self.has_committed(id, &reply, act) {
            return;
        }
        if let Reply::Beaten(beaten) = reply {
            return self.is_beaten(id, &beaten, act);
        }
        if self.membership.beating == Some(id) {
            self.membership.beating = None;
            if let Reply::Error(error) = reply {
                self.heartbeat_failed(error);
            }
            return;
        }
        match (self.membership.phase, reply) {
            (Phase::Joining(own), Reply::Joined(joined)) if own == id => self.has_joined(*joined, act),
            (Phase::Syncing(own), Reply::Synced(share)) if own == id => self.is_assigned(share, act),
            (Phase::Joining(own) | Phase::Syncing(own), Reply::Error(error)) if own == id => {
                self.join_failed(error, act);
            }
            _ => {}
        }
    }

    /// All have joined: the leader assigns, and each asks for its share.
    fn has_joined(&mut self, joined: Joined, act: &mut Act<'_, impl Line<Kafka>>) {
        let own = &mut self.membership;
        own.member = Some(joined.member);
        own.generation = joined.generation;
        own.assigned_of = None;
        let shares = if joined.members.is_empty() {
            Vec::new()
        } else {
            // Of its own topic it knows what it was told itself.
            let mut topics = act.topics.to_vec();
            let known = topics.iter_mut().find(|known| known.topic == act.pool.topic);
            known.into_iter().for_each(|known| known.partitions = own.partitions);
            own.assigned_of = Some(own.partitions);
            share_out(joined.assignor, &joined.members, &topics)
        };
        let Some(who) = own.who(act) else { return };
        let sync = Sync { who: *who, shares };
        own.phase = Phase::Syncing(act.ask(request::Request::Group(Request::Sync(Box::new(sync)))));
    }

    /// It knows what to read.
    fn is_assigned(&mut self, share: Vec<Tp>, act: &mut Act<'_, impl Line<Kafka>>) {
        let revoked = self.fetcher.owned().iter().any(|tp| !share.contains(tp));
        self.fetcher.keep_only(&share);
        share.iter().for_each(|tp| self.fetcher.add(*tp));
        let own = &mut self.membership;
        own.share = share;
        own.phase = Phase::In;
        // What it gave up is for another one.
        own.rejoins = revoked || own.has_outdated_shares();
        own.beat = Some(act.now() + act.pool.settings.heartbeat);
        self.committing.begins(act.now(), &act.pool.settings);
        // Reading begins in a poll; one is going on if the application waits.
        if self.asks {
            self.fetcher.send_fetches(act);
        }
    }

    /// It may not join, or not get its share.
    fn join_failed(&mut self, error: Error, act: &mut Act<'_, impl Line<Kafka>>) {
        let retry = act.now() + BACKOFF;
        let own = &mut self.membership;
        match error {
            Error::UnknownMember | Error::FencedEpoch | Error::StaleEpoch => own.is_out(true),
            Error::IllegalGeneration => own.is_out(false),
            Error::RebalanceInProgress => {
                own.phase = Phase::Out;
                own.rejoins = false;
            }
            Error::FencedInstance => {
                own.is_out(true);
                own.phase = Phase::Fenced;
            }
            Error::InconsistentProtocol
            | Error::InvalidSessionTimeout
            | Error::GroupNotFound
            | Error::NonEmptyGroup
            | Error::Subscribed
            | Error::UnreleasedInstance
            | Error::UnknownPartition => {
                own.phase = Phase::Out;
                own.retry = Some(retry);
            }
        }
    }

    /// By a heartbeat it learns that it has to rejoin, or that it is a member no more.
    pub(super) fn heartbeat_failed(&mut self, error: Error) {
        let own = &mut self.membership;
        match error {
            Error::RebalanceInProgress => own.rejoins = own.is_in(),
            Error::IllegalGeneration => own.is_out(false),
            Error::FencedInstance => {
                own.is_out(true);
                own.phase = Phase::Fenced;
            }
            Error::UnknownMember
            | Error::FencedEpoch
            | Error::StaleEpoch
            | Error::InconsistentProtocol
            | Error::InvalidSessionTimeout
            | Error::GroupNotFound
            | Error::NonEmptyGroup
            | Error::Subscribed
            | Error::UnreleasedInstance
            | Error::UnknownPartition => own.is_out(true),
        }
    }

    /// The thread that sends heartbeats: it sends one, or leaves the group because the application does not poll.
    pub(super) fn beats(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        let (now, settings) = (act.now(), &act.pool.settings);
        self.membership.retry = self.membership.retry.filter(|retry| now < *retry);
        let has_stopped = self.away_since.is_some_and(|away| away + settings.max_poll_interval <= now);
        if has_stopped && self.membership.is_in() && self.membership.beat.is_some() {
            if settings.instance.is_some() && !settings.is_modern {
                // A static member does not leave: it is given up when its session is over.
                self.membership.beat = None;
            } else {
                self.leaves(act);
                self.membership.is_out(true);
            }
            return;
        }
        if self.membership.beating.is_none()
            && self.membership.beat.is_some_and(|beat| beat <= now)
            && let Some(who) = self.membership.who(act)
        {
            let request = if settings.is_modern {
                Request::Beat(self.modern_beat(act))
            } else {
                Request::Heartbeat(who)
            };
            self.membership.beating = Some(act.ask(request::Request::Group(request)));
            self.membership.beat = Some(now + settings.heartbeat);
        }
    }

    /// `LeaveGroup`.
    pub(super) fn leaves(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        if let Some(who) = self.membership.who(act) {
            let modern = act.pool.settings.is_modern;
            let request = if modern { Request::Depart(who) } else { Request::Leave(who) };
            act.ask(request::Request::Group(request));
        }
    }

    /// The brokers have started anew, or the connection to them is a new one.
    pub(super) fn reconnects(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        self.batch.clear();
        self.hand = None;
        self.away_since = None;
        self.fetcher.begin_anew();
        self.committing.forget();
        let own = &mut self.membership;
        own.beating = None;
        own.phase = match own.phase {
            Phase::In => Phase::In,
            Phase::Fenced => Phase::Fenced,
            Phase::Out | Phase::Looking(_) | Phase::Committing | Phase::Joining(_) | Phase::Syncing(_) => {
                Phase::Out
            }
        };
        own.beat = own.is_in().then_some(act.now());
    }

    /// It asks what there is of its topic, if that bears on what it is to read. In the newer protocol the broker sees
    /// to that.
    pub(super) fn looks_up(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        if self.membership.is_in() && !act.pool.settings.is_modern {
            act.ask(request::Request::Metadata(act.pool.topic));
        }
    }

    /// It is told what there is of its topic. If the leader of the group has assigned less it rejoins, and so the
    /// group shares out anew.
    pub(super) fn learns(&mut self, id: RequestId, metadata: &Metadata) {
        let own = &mut self.membership;
        own.partitions = metadata.leaders.len() as u16;
        if own.phase == Phase::Looking(id) {
            own.phase = Phase::Out;
        }
        own.rejoins |= own.is_in() && own.has_outdated_shares();
    }

    /// Something was refused, by a broker that could not be reached.
    pub(super) fn is_refused(&mut self, id: RequestId, act: &mut Act<'_, impl Line<Kafka>>) {
        let now = act.now();
        self.fetcher.refused(id, now);
        self.has_committed(id, &Reply::Error(Error::UnknownPartition), act);
        let own = &mut self.membership;
        if own.beating == Some(id) {
            own.beating = None;
        }
        if matches!(own.phase, Phase::Looking(of) | Phase::Joining(of) | Phase::Syncing(of) if of == id) {
            own.phase = Phase::Out;
            own.retry = Some(now + BACKOFF);
        }
    }

    /// Settings have changed. What it reads by is what is new; what it wants of its group it says when it joins next.
    pub(super) fn settings_changed(&mut self, act: &mut Act<'_, impl Line<Kafka>>) {
        if self.asks {
            self.fetcher.send_fetches(act);
        }
    }
}
