//! What a cluster and its topics are set to.

use std::time::Duration;

/// Of the cluster.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Settings {
    /// How many brokers there are.
    pub brokers: u8,
    /// `group.initial.rebalance.delay.ms`.
    pub initial_rebalance_delay: Duration,
    /// `offsets.retention.minutes`.
    pub offsets_retention: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            brokers: 3,
            initial_rebalance_delay: Duration::from_secs(3),
            offsets_retention: Duration::from_secs(10_080 * 60),
        }
    }
}

/// Of a topic.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct TopicSettings {
    /// How many partitions it has.
    pub partitions: u16,
    /// `segment.bytes`.
    pub segment_bytes: u64,
}

impl Default for TopicSettings {
    fn default() -> TopicSettings {
        TopicSettings { partitions: 1, segment_bytes: 1 << 30 }
    }
}

/// A setting that is changed while the cluster runs.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Setting {
    /// Of the cluster.
    Cluster(Box<Settings>),
    /// Of a topic.
    Topic(Box<TopicSettings>),
}
