//! The settings of a broker (`broker.conf`), and the policies of a namespace or a topic.

use std::time::Duration;

/// What a setting is set to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Set<'a> {
    /// A number, in the unit of the setting.
    Number(f64),
    /// A word.
    Word(&'a str),
}

/// How the active consumer of a `Failover` subscription on a topic without partitions is chosen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pick {
    /// By a ring of hashes of the consumers' names, as the broker does.
    HashRing,
    /// The one that subscribed first, as the manual says.
    FirstSubscribed,
}

/// What happens when the backlog of a topic is larger than its quota.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum QuotaPolicy {
    /// Producers are disconnected, and what they send waits in their clients.
    ProducerRequestHold,
    /// Producers are disconnected, and what they send fails.
    ProducerException,
    /// The oldest messages of the slowest subscription are dropped.
    ConsumerBacklogEviction,
}

/// The policies of a topic.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Policies {
    /// Unacknowledged messages that are older are acknowledged by the broker.
    pub ttl: Option<Duration>,
    /// How long acknowledged data is kept; no limit if `None`.
    pub retention_time: Option<Duration>,
    /// How many bytes of acknowledged data are kept; no limit if `None`.
    pub retention_size: Option<u64>,
    /// The largest backlog, in bytes.
    pub quota_size: Option<u64>,
    /// The greatest age of the oldest message in the backlog.
    pub quota_age: Option<Duration>,
    /// What happens beyond that.
    pub quota_policy: QuotaPolicy,
    /// Whether what a producer sends twice is stored once.
    pub deduplication: bool,
    /// Closed ledgers go to tiered storage as soon as BookKeeper has more bytes of the topic than this.
    pub offload_threshold: Option<u64>,
}

/// The settings of a broker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Settings {
    /// The policies of topics that have none of their own.
    pub policies: Policies,
    /// The tick of delayed delivery.
    pub delayed_tick: Duration,
    /// Whether no message is delivered before its time, not even by less than a tick.
    pub delayed_strict: bool,
    /// So many entries a consumer of a `Shared` subscription is handed before it is the next one's turn.
    pub round_robin: u32,
    /// A consumer with so many unacknowledged messages is handed nothing more; 0 is no limit.
    pub max_unacked_consumer: u64,
    /// The same of a subscription.
    pub max_unacked_subscription: u64,
    /// Whether the keys of `Key_Shared` are shared out by a ring of hashes; else by ranges.
    pub consistent_hashing: bool,
    /// Points of each consumer on that ring.
    pub ring_points: u32,
    /// How many messages the dispatcher of `Key_Shared` puts by for each consumer that has no permits.
    pub look_ahead_consumer: u64,
    /// How many it puts by in all.
    pub look_ahead_subscription: u64,
    /// How long a new active consumer waits.
    pub failover_delay: Duration,
    /// How it is chosen.
    pub failover_pick: Pick,
    /// How often times to live are checked.
    pub expiry_check: Duration,
    /// How often ledgers are trimmed.
    pub retention_check: Duration,
    /// How often quotas are checked.
    pub quota_check: Duration,
    /// A ledger is full at so many entries,
    pub ledger_entries: u64,
    /// or at so many bytes, if it is
    pub ledger_bytes: u64,
    /// so old at least;
    pub ledger_min_age: Duration,
    /// and when it is so old.
    pub ledger_max_age: Duration,
    /// The position of a cursor is saved no more often than this.
    pub cursor_save: Duration,
    /// And no less often, if it has changed.
    pub cursor_flush: Duration,
    /// Whether single messages of a batch are acknowledged.
    pub batch_index_acks: bool,
    /// The largest message or batch, in bytes.
    pub max_message_size: u64,
    /// How long the broker remembers a producer that has left.
    pub producer_memory: Duration,
    /// How long a ledger stays in BookKeeper after it was offloaded.
    pub offload_lag: Duration,
}

const MINUTE: Duration = Duration::from_secs(60);

impl Default for Policies {
    fn default() -> Policies {
        Policies {
            ttl: None,
            retention_time: Some(Duration::ZERO),
            retention_size: Some(0),
            quota_size: None,
            quota_age: None,
            quota_policy: QuotaPolicy::ProducerRequestHold,
            deduplication: false,
            offload_threshold: None,
        }
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            policies: Policies::default(),
            delayed_tick: Duration::from_secs(1),
            delayed_strict: false,
            round_robin: 20,
            max_unacked_consumer: 50_000,
            max_unacked_subscription: 200_000,
            consistent_hashing: true,
            ring_points: 100,
            look_ahead_consumer: 2_000,
            look_ahead_subscription: 20_000,
            failover_delay: Duration::from_secs(1),
            failover_pick: Pick::HashRing,
            expiry_check: 5 * MINUTE,
            retention_check: 2 * MINUTE,
            quota_check: MINUTE,
            ledger_entries: 50_000,
            ledger_bytes: 2048 << 20,
            ledger_min_age: 10 * MINUTE,
            ledger_max_age: 240 * MINUTE,
            cursor_save: Duration::from_secs(1),
            cursor_flush: MINUTE,
            batch_index_acks: false,
            max_message_size: 5 << 20,
            producer_memory: 360 * MINUTE,
            offload_lag: 240 * MINUTE,
        }
    }
}

fn seconds(number: f64) -> Duration {
    Duration::from_nanos((number * 1e9) as u64)
}

/// A limit of which 0 means none.
fn unless_zero(number: f64) -> Option<f64> {
    Some(number).filter(|number| *number != 0.0)
}

/// A limit of which −1 means none.
fn unless_negative(number: f64) -> Option<f64> {
    Some(number).filter(|number| 0.0 <= *number)
}

impl Policies {
    /// Sets the policy of this name; `false` if there is none.
    pub fn set(&mut self, name: &str, to: Set<'_>) -> bool {
        match (name, to) {
            ("ttlDurationDefaultInSeconds", Set::Number(number)) => {
                self.ttl = unless_zero(number).map(seconds);
            }
            ("defaultRetentionTimeInMinutes", Set::Number(number)) => {
                self.retention_time = unless_negative(number).map(|own| seconds(own * 60.0));
            }
            ("defaultRetentionSizeInMB", Set::Number(number)) => {
                self.retention_size = unless_negative(number).map(|own| (own * 1_048_576.0) as u64);
            }
            ("backlogQuotaDefaultLimitBytes", Set::Number(number)) => {
                self.quota_size = unless_negative(number).map(|own| own as u64);
            }
            ("backlogQuotaDefaultLimitSecond", Set::Number(number)) => {
                self.quota_age = unless_negative(number).map(seconds);
            }
            ("backlogQuotaDefaultRetentionPolicy", Set::Word(word)) => {
                self.quota_policy = match word {
                    "producer_exception" => QuotaPolicy::ProducerException,
                    "consumer_backlog_eviction" => QuotaPolicy::ConsumerBacklogEviction,
                    _ => QuotaPolicy::ProducerRequestHold,
                };
            }
            ("brokerDeduplicationEnabled", Set::Word(word)) => self.deduplication = is_on(word),
            ("managedLedgerOffloadAutoTriggerSizeThresholdBytes", Set::Number(number)) => {
                self.offload_threshold = unless_negative(number).map(|own| own as u64);
            }
            _ => return false,
        }
        true
    }
}

fn is_on(word: &str) -> bool {
    matches!(word, "true" | "on" | "yes")
}

impl Settings {
    /// Sets the setting or the policy of this name, in the unit of its knob; `false` if there is none.
    pub fn set(&mut self, name: &str, to: Set<'_>) -> bool {
        match to {
            Set::Number(number) => self.set_number(name, number) || self.policies.set(name, to),
            Set::Word(word) => self.set_word(name, word) || self.policies.set(name, to),
        }
    }

    fn set_word(&mut self, name: &str, word: &str) -> bool {
        match name {
            "isDelayedDeliveryDeliverAtTimeStrict" => self.delayed_strict = is_on(word),
            "subscriptionKeySharedUseConsistentHashing" => self.consistent_hashing = is_on(word),
            "acknowledgmentAtBatchIndexLevelEnabled" => self.batch_index_acks = is_on(word),
            "failover-active" => {
                self.failover_pick =
                    if word == "subscribe-order" { Pick::FirstSubscribed } else { Pick::HashRing };
            }
            _ => return false,
        }
        true
    }

    fn set_number(&mut self, name: &str, number: f64) -> bool {
        let whole = number as u64;
        match name {
            "delayedDeliveryTickTimeMillis" => self.delayed_tick = Duration::from_millis(whole),
            "dispatcherMaxRoundRobinBatchSize" => self.round_robin = (number as u32).max(1),
            "maxUnackedMessagesPerConsumer" => self.max_unacked_consumer = whole,
            "maxUnackedMessagesPerSubscription" => self.max_unacked_subscription = whole,
            "subscriptionKeySharedConsistentHashingReplicaPoints" => self.ring_points = number as u32,
            "keySharedLookAheadMsgInReplayThresholdPerConsumer" => self.look_ahead_consumer = whole,
            "keySharedLookAheadMsgInReplayThresholdPerSubscription" => self.look_ahead_subscription = whole,
            "activeConsumerFailoverDelayTimeMillis" => self.failover_delay = Duration::from_millis(whole),
            "messageExpiryCheckIntervalInMinutes" => self.expiry_check = seconds((number * 60.0).max(1.0)),
            "retentionCheckIntervalInSeconds" => self.retention_check = seconds(number.max(1.0)),
            "backlogQuotaCheckIntervalInSeconds" => self.quota_check = seconds(number.max(1.0)),
            "managedLedgerMaxEntriesPerLedger" => self.ledger_entries = whole.max(1),
            "managedLedgerMaxSizePerLedgerMbytes" => {
                self.ledger_bytes = ((number * 1_048_576.0) as u64).max(1);
            }
            "managedLedgerMinLedgerRolloverTimeMinutes" => self.ledger_min_age = seconds(number * 60.0),
            "managedLedgerMaxLedgerRolloverTimeMinutes" => {
                self.ledger_max_age = seconds((number * 60.0).max(1.0));
            }
            "managedLedgerDefaultMarkDeleteRateLimit" => {
                self.cursor_save = if number == 0.0 { Duration::ZERO } else { seconds(1.0 / number) };
            }
            "managedLedgerCursorPositionFlushSeconds" => self.cursor_flush = seconds(number.max(1.0)),
            "maxMessageSize" => self.max_message_size = whole,
            "brokerDeduplicationProducerInactivityTimeoutMinutes" => {
                self.producer_memory = seconds(number * 60.0);
            }
            "managedLedgerOffloadDeletionLagMs" => self.offload_lag = Duration::from_millis(whole),
            _ => return false,
        }
        true
    }
}
