//! The server: all brokers of a cluster, as their clients know them.

use crate::broker::server::{Down, Holding, Outlet, Server};
use crate::id::{ClientId, RequestId, StoreId};
use crate::time::Time;
use crate::view::StoreView;

use super::group::Groups;
use super::partition::{Partition, Topic};
use super::request::{Error, GroupId, Metadata, Push, Reply, Request, TopicId, Tp};
use super::settings::{Setting, Settings, TopicSettings};
use super::version::Version;

/// A Kafka cluster.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Kafka {
    pub(super) version: Version,
    pub(super) settings: Settings,
    pub(super) topics: Vec<Topic>,
    /// What each store is, by its number.
    pub(super) stores: Vec<(Tp, GroupId)>,
    pub(super) groups: Groups,
}

impl Kafka {
    /// A cluster without topics.
    pub fn new(version: Version, settings: Settings) -> Kafka {
        Kafka { version, settings, topics: Vec::new(), stores: Vec::new(), groups: Groups::default() }
    }

    /// The topic of this name, made if there is none.
    pub fn topic(&mut self, name: &str, settings: TopicSettings) -> TopicId {
        let place = self.topics.iter().position(|topic| topic.name == name).unwrap_or_else(|| {
            let partitions = vec![Partition::default(); usize::from(settings.partitions)];
            self.topics.push(Topic { name: name.to_owned(), settings, partitions });
            self.topics.len() - 1
        });
        TopicId(place as u16)
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
        let leaders = found.partitions.iter().map(|_| Some(super::request::BrokerId(1))).collect();
        Some(Metadata { topic, leaders })
    }

    fn configure(&mut self, topic: Option<TopicId>, setting: Setting) {
        match (setting, topic) {
            (Setting::Cluster(settings), _) => self.settings = *settings,
            (Setting::Topic(settings), Some(topic)) => {
                if let Some(topic) = self.topics.get_mut(usize::from(topic.0)) {
                    topic.settings = *settings;
                }
            }
            (Setting::Topic(_), None) => {}
        }
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
            Request::Produce(produce) => return self.produce(client, id, &produce, out),
            Request::Fetch(fetch) => return self.fetch(client, id, fetch, out),
            Request::Group(request) => return self.ask_coordinator(client, id, request, out),
            Request::CreateTopic(topic) => Reply::Topic(self.topic(&topic.0, topic.1)),
            Request::CreatePartitions(..) => Reply::Error(Error::InvalidPartitions),
            Request::TellGroup(name) => Reply::Group(self.group(&name)),
            Request::Metadata(topic) => match self.metadata(topic) {
                Some(metadata) => Reply::Metadata(Box::new(metadata)),
                None => Reply::Error(Error::UnknownPartition),
            },
            Request::GiveUp(_) => Reply::GivenUp(false),
            Request::ListOffsets(tp, spec, isolation) => self.list_offsets(tp, spec, isolation),
            Request::Configure(topic, setting) => {
                self.configure(topic, setting);
                Reply::Done
            }
        };
        out.reply(client, id, reply);
    }

    fn disconnect(&mut self, client: ClientId, out: &mut impl Outlet<Reply, Push>) {
        for partition in self.topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
            partition.parked.retain(|parked| parked.client != client);
        }
        self.coordinator_lost(client, out);
    }

    fn due(&self) -> Option<Time> {
        Some(self.groups.due()).filter(|due| *due < Time::MAX)
    }

    fn wake(&mut self, out: &mut impl Outlet<Reply, Push>) {
        self.wake_coordinator(out);
    }

    fn restart(&mut self, _: Down, out: &mut impl Outlet<Reply, Push>) {
        for partition in self.topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
            partition.parked.clear();
        }
        self.restart_coordinator(out);
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

    fn stores(&self, _: usize) -> Vec<StoreView> {
        Vec::new()
    }
}
