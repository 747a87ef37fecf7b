//! What a cluster and its topics are set to, by the names of `server.properties` and of topic configs.

use std::time::Duration;

use super::group::GroupSettings;
use crate::decimal::Decimal;

/// Of the cluster.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Settings {
    /// How many brokers there are.
    pub brokers: u8,
    /// How long it takes until a follower has what the leader appended, and the leader knows.
    pub replication_delay: Duration,
    /// `broker.session.timeout.ms`.
    pub broker_session_timeout: Duration,
    /// `replica.lag.time.max.ms`.
    pub replica_lag_time_max: Duration,
    /// `log.retention.check.interval.ms`.
    pub retention_check_interval: Duration,
    /// `log.cleaner.backoff.ms`.
    pub cleaner_backoff: Duration,
    /// Of the coordinator of groups.
    pub groups: GroupSettings,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            brokers: 3,
            replication_delay: Duration::ZERO,
            broker_session_timeout: Duration::from_secs(9),
            replica_lag_time_max: Duration::from_secs(30),
            retention_check_interval: Duration::from_secs(300),
            cleaner_backoff: Duration::from_secs(15),
            groups: GroupSettings::default(),
        }
    }
}

/// Of a topic.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct TopicSettings {
    /// How many partitions it has.
    pub partitions: u16,
    /// `replication.factor`.
    pub replication_factor: u8,
    /// `min.insync.replicas`.
    pub min_insync_replicas: u8,
    /// `unclean.leader.election.enable`.
    pub unclean_leader_election: bool,
    /// `segment.bytes`.
    pub segment_bytes: u64,
    /// `segment.ms`.
    pub segment_time: Duration,
    /// `retention.ms`; none if records are kept however old they are.
    pub retention: Option<Duration>,
    /// `retention.bytes`; none if there is no limit.
    pub retention_bytes: Option<u64>,
    /// `cleanup.policy` has `delete` in it.
    pub deletes: bool,
    /// `cleanup.policy` has `compact` in it.
    pub compacts: bool,
    /// `min.cleanable.dirty.ratio`, in millionths.
    pub min_cleanable_dirty_ratio: u32,
    /// `delete.retention.ms`.
    pub delete_retention: Duration,
    /// `max.message.bytes`.
    pub max_message_bytes: u32,
}

impl Default for TopicSettings {
    fn default() -> TopicSettings {
        TopicSettings {
            partitions: 1,
            replication_factor: 1,
            min_insync_replicas: 1,
            unclean_leader_election: false,
            segment_bytes: 1 << 30,
            segment_time: Duration::from_secs(7 * 86_400),
            retention: Some(Duration::from_secs(7 * 86_400)),
            retention_bytes: None,
            deletes: true,
            compacts: false,
            min_cleanable_dirty_ratio: 500_000,
            delete_retention: Duration::from_secs(86_400),
            max_message_bytes: 1_048_588,
        }
    }
}

/// A setting that is changed while the cluster runs.
#[derive(Clone, PartialEq, Hash, Debug)]
pub enum Setting {
    /// Of the cluster.
    Cluster(Box<Settings>),
    /// Of a topic; `partitions` and `replication_factor` stay.
    Topic(Box<TopicSettings>),
}

fn wrong(name: &str, value: &str, takes: &str) -> String {
    format!("{name} is {value:?}; it must be {takes}")
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| wrong(name, value, "a whole number"))
}

fn millis(name: &str, value: &str) -> Result<Duration, String> {
    number(name, value).map(Duration::from_millis)
}

/// A number of which -1 means that there is no limit.
fn limit(name: &str, value: &str) -> Result<Option<u64>, String> {
    if value == "-1" { Ok(None) } else { number(name, value).map(Some) }
}

impl Settings {
    /// Puts a setting in force that is written as in `server.properties`.
    ///
    /// # Errors
    /// Names the setting and what it takes.
    pub fn set_text(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "brokers" => self.brokers = number(name, value)?,
            "replication-delay.ms" => self.replication_delay = millis(name, value)?,
            "broker.session.timeout.ms" => self.broker_session_timeout = millis(name, value)?,
            "replica.lag.time.max.ms" => self.replica_lag_time_max = millis(name, value)?,
            "log.retention.check.interval.ms" => self.retention_check_interval = millis(name, value)?,
            "log.cleaner.backoff.ms" => self.cleaner_backoff = millis(name, value)?,
            "group.initial.rebalance.delay.ms" => self.groups.initial_delay = millis(name, value)?,
            "group.min.session.timeout.ms" => self.groups.min_session = millis(name, value)?,
            "group.max.session.timeout.ms" => self.groups.max_session = millis(name, value)?,
            "group.consumer.session.timeout.ms" => self.groups.modern_session = millis(name, value)?,
            "group.consumer.heartbeat.interval.ms" => self.groups.modern_interval = millis(name, value)?,
            "offsets.retention.minutes" => {
                let minutes: u64 = number(name, value)?;
                self.groups.offsets_retention = Duration::from_secs(minutes.saturating_mul(60));
            }
            _ => return Err(format!("a cluster has no setting {name:?}")),
        }
        Ok(())
    }
}

impl TopicSettings {
    /// Puts a setting in force that is written as for `kafka-topics.sh --config`.
    ///
    /// # Errors
    /// Names the setting and what it takes.
    pub fn set_text(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "partitions" => self.partitions = number(name, value)?,
            "replication.factor" => self.replication_factor = number(name, value)?,
            "min.insync.replicas" => self.min_insync_replicas = number(name, value)?,
            "unclean.leader.election.enable" => {
                self.unclean_leader_election =
                    value.parse().map_err(|_| wrong(name, value, "true or false"))?;
            }
            "segment.bytes" => self.segment_bytes = number(name, value)?,
            "segment.ms" => self.segment_time = millis(name, value)?,
            "retention.ms" => self.retention = limit(name, value)?.map(Duration::from_millis),
            "retention.bytes" => self.retention_bytes = limit(name, value)?,
            "cleanup.policy" => {
                (self.deletes, self.compacts) = match value {
                    "delete" => (true, false),
                    "compact" => (false, true),
                    "compact,delete" | "delete,compact" => (true, true),
                    _ => return Err(wrong(name, value, "delete, compact or compact,delete")),
                };
            }
            "min.cleanable.dirty.ratio" => {
                let Decimal(ratio) =
                    Decimal::typed(value).ok_or_else(|| wrong(name, value, "a number from 0 to 1"))?;
                self.min_cleanable_dirty_ratio = millionths(ratio);
            }
            "delete.retention.ms" => self.delete_retention = millis(name, value)?,
            "max.message.bytes" => self.max_message_bytes = number(name, value)?,
            _ => return Err(format!("a topic has no setting {name:?}")),
        }
        Ok(())
    }

    /// How many in-sync replicas `acks=all` takes: no more than there are replicas.
    pub(super) fn effective_min_isr(&self) -> u8 {
        self.min_insync_replicas.min(self.replication_factor)
    }
}

/// A share, in millionths.
pub(super) fn millionths(share: f64) -> u32 {
    (share * 1e6).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_written_as_in_properties() {
        let mut topic = TopicSettings::default();
        for (name, value) in [
            ("cleanup.policy", "compact,delete"),
            ("retention.ms", "-1"),
            ("retention.bytes", "1000"),
            ("min.cleanable.dirty.ratio", "0.25"),
        ] {
            assert_eq!(topic.set_text(name, value), Ok(()), "{name}");
        }
        assert!(topic.compacts && topic.deletes && topic.retention.is_none());
        assert_eq!((topic.retention_bytes, topic.min_cleanable_dirty_ratio), (Some(1000), 250_000));
        assert!(topic.set_text("cleanup.policy", "burn").unwrap_err().contains("delete, compact"));
        assert!(Settings::default().set_text("brokres", "3").is_err());
    }
}
