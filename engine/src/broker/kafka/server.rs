//! The server: all brokers of a cluster, as their clients know them.

use crate::broker::server::{Down, Holding, Outlet, Server};
use crate::id::{ClientId, RequestId, StoreId};
use crate::mechanism::agenda::Agenda;
use crate::time::Time;
use crate::view::{GroupView, StoreView};

use super::Out;
use super::cluster::{Broker, Brokers};
use super::group::Groups;
use super::partition::{Partition, Topic};
use super::request::{Acks, BrokerId, Error, GroupId, Metadata, Pid, Push, Reply, Request, TopicId, Tp};
use super::settings::{Setting, Settings, TopicSettings};
use super::transaction::Transactions;
use super::version::Version;

/// What the server does by itself at a time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Task {
    /// What was appended has come to followers.
    Copied(Tp),
    /// Who waits for other replicas may have waited too long.
    Unacknowledged(Tp),
    /// The session of a broker is over, if it is still down.
    Fence(BrokerId, u32),
    /// A broker may have copied nothing for too long.
    Lag(BrokerId),
    /// The time of a transaction is up, if it is still open.
    Transaction(Pid, u32),
    /// Retention looks at all logs.
    Retention,
    /// The cleaner does.
    Clean,
}

/// A Kafka cluster.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Kafka {
    pub(super) version: Version,
    pub(super) settings: Settings,
    pub(super) brokers: Brokers,
    pub(super) topics: Vec<Topic>,
    pub(super) transactions: Transactions,
    pub(super) agenda: Agenda<Task>,
    /// What each store is, by its number.
    pub(super) stores: Vec<(Tp, GroupId)>,
    pub(super) groups: Groups,
}

impl Kafka {
    /// A cluster without topics.
    pub fn new(version: Version, settings: Settings) -> Kafka {
        let mut agenda = Agenda::default();
        agenda.push(Time::ZERO + settings.cleaner_backoff, Task::Clean);
        agenda.push(Time::ZERO + settings.retention_check_interval, Task::Retention);
        Kafka {
            version,
            brokers: Brokers(vec![Broker::NEW; usize::from(settings.brokers.max(1))]),
            groups: Groups::new(settings.groups),
            settings,
            topics: Vec::new(),
            transactions: Transactions::default(),
            agenda,
            stores: Vec::new(),
        }
    }

    /// The topic of this name, made if there is none.
    pub fn topic(&mut self, name: &str, settings: TopicSettings) -> TopicId {
        let place = self.topics.iter().position(|topic| topic.name == name).unwrap_or_else(|| {
            let mut settings = settings;
            settings.replication_factor = settings.replication_factor.clamp(1, self.brokers.0.len() as u8);
            let partitions =
                (0..settings.partitions).map(|place| self.new_partition(place, &settings)).collect();
            self.topics.push(Topic { name: name.to_owned(), settings, partitions });
            self.topics.len() - 1
        });
        TopicId(place as u16)
    }

    /// Replicas go to the brokers in turn.
    fn new_partition(&self, place: u16, settings: &TopicSettings) -> Partition {
        let brokers = self.brokers.0.len() as u16;
        let replicas = 0..u16::from(settings.replication_factor);
        let mut partition =
            Partition::new(replicas.map(|replica| BrokerId(((place + replica) % brokers) as u8 + 1)));
        let up = |broker| self.brokers.get(broker).is_some_and(|broker| broker.up && !broker.fenced);
        partition.replicas.iter_mut().for_each(|replica| replica.in_sync = up(replica.broker));
        partition.leads = partition.replicas.iter().position(|own| own.in_sync).map(|place| place as u8);
        partition
    }

    /// Adds partitions to a topic until there are so many. Groups that read it read these too.
    fn create_partitions(&mut self, topic: TopicId, count: u16, out: &mut impl Out) -> Reply {
        let have = self.partitions_of(topic);
        let Some(settings) = self.topics.get(usize::from(topic.0)).map(|own| own.settings.clone()) else {
            return Reply::Error(Error::UnknownPartition);
        };
        if count <= have {
            return Reply::Error(Error::InvalidPartitions);
        }
        let first = Tp { topic, partition: 0 };
        let readers: Vec<_> = self.partition(first).map_or(Vec::new(), |first| {
            first.readers.iter().map(|reader| (reader.group, reader.isolation)).collect()
        });
        for place in have..count {
            let partition = self.new_partition(place, &settings);
            self.topics[usize::from(topic.0)].partitions.push(partition);
            for (group, isolation) in &readers {
                self.reads_partition(*group, Tp { topic, partition: place }, *isolation, out);
            }
        }
        self.topic_has_grown(topic, out);
        Reply::Done
    }

    /// The number of a group.
    pub fn group(&mut self, name: &str) -> GroupId {
        let names = &mut self.groups.names;
        let place = names.iter().position(|own| own == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        });
        GroupId(place as u16)
    }

    #[inline]
    pub(super) fn partition(&self, tp: Tp) -> Option<&Partition> {
        self.topics.get(usize::from(tp.topic.0))?.partitions.get(usize::from(tp.partition))
    }

    #[inline]
    pub(super) fn partition_mut(&mut self, tp: Tp) -> Option<&mut Partition> {
        self.topics.get_mut(usize::from(tp.topic.0))?.partitions.get_mut(usize::from(tp.partition))
    }

    /// How many partitions a topic has; none for a topic that there is not.
    pub(super) fn partitions_of(&self, topic: TopicId) -> u16 {
        self.topics.get(usize::from(topic.0)).map_or(0, |topic| topic.partitions.len() as u16)
    }

    pub(super) fn metadata(&self, topic: TopicId) -> Option<Metadata> {
        let found = self.topics.get(usize::from(topic.0))?;
        let leaders = found.partitions.iter().map(Partition::leader).collect();
        Some(Metadata { topic, leaders })
    }

    /// Puts settings in force that can be changed while the cluster runs.
    fn configure(&mut self, topic: Option<TopicId>, setting: Setting, out: &mut impl Out) -> Reply {
        match (setting, topic) {
            (Setting::Cluster(settings), _) => {
                let brokers = self.settings.brokers;
                self.groups.settings = settings.groups;
                self.settings = Settings { brokers, ..*settings };
            }
            (Setting::Topic(settings), Some(topic)) => {
                let Some(own) = self.topics.get_mut(usize::from(topic.0)) else {
                    return Reply::Error(Error::UnknownPartition);
                };
                let TopicSettings { partitions, replication_factor, .. } = own.settings;
                own.settings = TopicSettings { partitions, replication_factor, ..*settings };
                self.elect_anywhere(out);
            }
            (Setting::Topic(_), None) => return Reply::Error(Error::UnknownPartition),
        }
        Reply::Done
    }

    fn name(&self, (tp, group): (Tp, GroupId)) -> String {
        let topic = self.topics.get(usize::from(tp.topic.0)).map_or("?", |topic| &topic.name);
        let group = self.groups.names.get(usize::from(group.0)).map_or("?", |name| name);
        format!("{topic}-{}/{group}", tp.partition)
    }
}

impl Server for Kafka {
    type Request = Request;
    type Reply = Reply;
    type Push = Push;

    fn request(
        &mut self,
        client: ClientId,
        id: RequestId,
        request: Request,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        let reply = match request {
            Request::Produce(produce) => {
                self.produce(client, id, &produce, out);
                return self.watch_transactions();
            }
            Request::Fetch(fetch) => return self.fetch(client, id, fetch, out),
            Request::Group(request) => return self.ask_coordinator(client, id, request, out),
            Request::CreateTopic(topic) => Reply::Topic(self.topic(&topic.0, topic.1)),
            Request::CreatePartitions(topic, count) => self.create_partitions(topic, count, out),
            Request::TellGroup(name) => Reply::Group(self.group(&name)),
            Request::Metadata(topic) => match self.metadata(topic) {
                Some(metadata) => Reply::Metadata(Box::new(metadata)),
                None => Reply::Error(Error::UnknownPartition),
            },
            Request::GiveUp(produce, why) => {
                self.give_up(client, &produce, why, out);
                Reply::Done
            }
            Request::InitProducerId(id) => self.init_producer_id(id, out),
            Request::TxnOffsetCommit(pid, epoch, group, offsets) => {
                self.add_offsets(pid, epoch, group, &offsets, out.now())
            }
            Request::EndTxn(pid, epoch, commit) => self.end_transaction(pid, epoch, commit, out),
            Request::DeleteRecords(tp, offset) => {
                self.delete_records(tp, offset, out);
                Reply::Done
            }
            Request::Operate(operate) => self.operate(operate, out),
            Request::ListOffsets(tp, spec, isolation) => self.list_offsets(tp, spec, isolation),
            Request::Configure(topic, setting) => self.configure(topic, setting, out),
        };
        out.reply(client, id, reply);
    }

    fn disconnect(&mut self, client: ClientId, _: &mut impl Outlet<Reply, Push>) {
        for partition in self.topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
            partition.parked.retain(|parked| parked.client != client);
            partition.unacknowledged.retain(|waiting| waiting.client != client);
        }
        self.coordinator_lost(client);
    }

    fn due(&self) -> Option<Time> {
        Some(self.groups.due().min(self.agenda.first())).filter(|due| *due < Time::MAX)
    }

    fn wake(&mut self, out: &mut impl Outlet<Reply, Push>) {
        while let Some(task) = self.agenda.pop_due(out.now()) {
            match task {
                Task::Copied(tp) => self.copied(tp, out),
                Task::Unacknowledged(tp) => self.acknowledges_late(tp, out),
                Task::Fence(broker, lives) => self.fence(broker, lives, out),
                Task::Lag(broker) => self.lags(broker, out),
                Task::Transaction(pid, count) => self.times_out(pid, count, out),
                Task::Retention => self.retain(out),
                Task::Clean => self.clean(out),
            }
        }
        self.wake_coordinator(out);
    }

    fn restart(&mut self, _: Down, out: &mut impl Outlet<Reply, Push>) {
        for partition in self.topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
            partition.parked.clear();
            partition.unacknowledged.clear();
        }
        self.restart_coordinator(out);
    }

    fn cut_off(&mut self, client: ClientId, request: &Request, out: &mut impl Outlet<Reply, Push>) {
        match request {
            // With an answer to wait for, its producer sends it again.
            Request::Produce(produce) if produce.acks == Acks::None => self.lose(client, produce, out),
            // That is between a client library and the books.
            Request::GiveUp(produce, why) => self.give_up(client, produce, *why, out),
            Request::Produce(_)
            | Request::Fetch(_)
            | Request::Group(_)
            | Request::CreateTopic(_)
            | Request::CreatePartitions(..)
            | Request::TellGroup(_)
            | Request::Metadata(_)
            | Request::InitProducerId(_)
            | Request::TxnOffsetCommit(..)
            | Request::EndTxn(..)
            | Request::DeleteRecords(..)
            | Request::Operate(_)
            | Request::ListOffsets(..)
            | Request::Configure(..) => {}
        }
    }

    fn holdings(&self) -> Vec<Holding> {
        let holding = |(number, what): (usize, &(Tp, GroupId))| {
            let store = StoreId(number as u16);
            let readers = self.partition(what.0).map_or(&[][..], |partition| &partition.readers);
            let reader = readers.iter().find(|reader| reader.store == store);
            let (waiting, held) = reader.map_or((0, 0), |reader| (reader.waiting, reader.held));
            Holding { store, name: self.name(*what), waiting, held, delayed: 0 }
        };
        self.stores.iter().enumerate().map(holding).collect()
    }

    fn groups(&self) -> Vec<GroupView> {
        self.group_views()
    }

    fn stores(&self, limit: usize) -> Vec<StoreView> {
        self.views(limit)
    }
}
