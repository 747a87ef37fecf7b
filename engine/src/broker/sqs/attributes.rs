//! The attributes of a queue: what they may be, and which belong together.

use std::sync::Arc;

use crate::id::StoreId;

use super::api::{Code, Fault};

/// One attribute of a queue, as `CreateQueue` and `SetQueueAttributes` take it. Spans are in seconds.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "they bear the names of the API, which documents them")]
pub enum Attribute {
    FifoQueue(bool),
    VisibilityTimeout(u32),
    DelaySeconds(u32),
    MessageRetentionPeriod(u32),
    ReceiveMessageWaitTimeSeconds(u32),
    MaximumMessageSize(u32),
    ContentBasedDeduplication(bool),
    DeduplicationScope(DeduplicationScope),
    FifoThroughputLimit(FifoThroughputLimit),
    /// The dead-letter queue by its name, and `maxReceiveCount`; nothing to take it away.
    RedrivePolicy(Option<(Arc<str>, u32)>),
    RedriveAllowPolicy(RedriveAllowPolicy),
}

/// Within what a `MessageDeduplicationId` tells duplicates apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "they bear the names of the API, which documents them")]
pub enum DeduplicationScope {
    Queue,
    MessageGroup,
}

/// What the rate of a FIFO queue is limited by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "they bear the names of the API, which documents them")]
pub enum FifoThroughputLimit {
    PerQueue,
    PerMessageGroupId,
}

/// Which queues may name this one as their dead-letter queue.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "they bear the names of the API, which documents them")]
pub enum RedriveAllowPolicy {
    AllowAll,
    DenyAll,
    /// At most 10, by name.
    ByQueue(Vec<Arc<str>>),
}

/// Where messages go that were received too often.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct RedrivePolicy {
    pub(super) target: StoreId,
    pub(super) max_receive_count: u32,
}

/// The attributes of a queue, with the defaults of the service.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Attributes {
    pub(super) fifo: bool,
    pub(super) visibility_timeout: u32,
    pub(super) delay_seconds: u32,
    pub(super) retention: u32,
    pub(super) wait_seconds: u32,
    pub(super) maximum_size: u32,
    pub(super) content_based: bool,
    pub(super) scope: DeduplicationScope,
    pub(super) throughput: FifoThroughputLimit,
    pub(super) redrive: Option<RedrivePolicy>,
    pub(super) allow: RedriveAllowPolicy,
}

pub(super) const MAX_VISIBILITY_TIMEOUT: u32 = 43_200;
pub(super) const MAX_WAIT_SECONDS: u32 = 20;
pub(super) const MAX_DELAY_SECONDS: u32 = 900;

impl Default for Attributes {
    fn default() -> Attributes {
        Attributes {
            fifo: false,
            visibility_timeout: 30,
            delay_seconds: 0,
            retention: 345_600,
            wait_seconds: 0,
            maximum_size: 1_048_576,
            content_based: false,
            scope: DeduplicationScope::Queue,
            throughput: FifoThroughputLimit::PerQueue,
            redrive: None,
            allow: RedriveAllowPolicy::AllowAll,
        }
    }
}

fn within(value: u32, min: u32, max: u32, why: &'static str) -> Result<u32, Fault> {
    if (min..=max).contains(&value) {
        Ok(value)
    } else {
        Err(Fault { code: Code::InvalidAttributeValue, why, value: Some(value.into()) })
    }
}

impl Attributes {
    /// Sets all but the redrive policy, which is tied to other queues.
    pub(super) fn set(&mut self, attribute: &Attribute) -> Result<(), Fault> {
        match *attribute {
            Attribute::FifoQueue(fifo) if fifo == self.fifo => {}
            Attribute::FifoQueue(_) => {
                return Err(Fault::new(
                    Code::InvalidAttributeValue,
                    "FifoQueue is decided when a queue is made, and goes with a name that ends in .fifo",
                ));
            }
            Attribute::VisibilityTimeout(value) => {
                self.visibility_timeout =
                    within(value, 0, MAX_VISIBILITY_TIMEOUT, "VisibilityTimeout is 0 to 43200 seconds")?;
            }
            Attribute::DelaySeconds(value) => {
                self.delay_seconds = within(value, 0, MAX_DELAY_SECONDS, "DelaySeconds is 0 to 900 seconds")?;
            }
            Attribute::MessageRetentionPeriod(value) => {
                self.retention =
                    within(value, 60, 1_209_600, "MessageRetentionPeriod is 60 to 1209600 seconds")?;
            }
            Attribute::ReceiveMessageWaitTimeSeconds(value) => {
                self.wait_seconds =
                    within(value, 0, MAX_WAIT_SECONDS, "ReceiveMessageWaitTimeSeconds is 0 to 20 seconds")?;
            }
            Attribute::MaximumMessageSize(value) => {
                self.maximum_size =
                    within(value, 1024, 1_048_576, "MaximumMessageSize is 1024 to 1048576 bytes")?;
            }
            Attribute::ContentBasedDeduplication(_)
            | Attribute::DeduplicationScope(_)
            | Attribute::FifoThroughputLimit(_)
                if !self.fifo =>
            {
                return Err(Fault::new(Code::InvalidAttributeValue, "this attribute is for FIFO queues"));
            }
            Attribute::ContentBasedDeduplication(value) => self.content_based = value,
            Attribute::DeduplicationScope(value) => self.scope = value,
            Attribute::FifoThroughputLimit(value) => self.throughput = value,
            Attribute::RedriveAllowPolicy(ref value) => {
                if let RedriveAllowPolicy::ByQueue(names) = value
                    && !(1..=10).contains(&names.len())
                {
                    return Err(Fault::new(Code::InvalidAttributeValue, "byQueue names 1 to 10 queues"));
                }
                self.allow = value.clone();
            }
            Attribute::RedrivePolicy(_) => {}
        }
        Ok(())
    }

    /// What attributes demand of each other.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let high = self.throughput == FifoThroughputLimit::PerMessageGroupId;
        if high && self.scope == DeduplicationScope::Queue {
            return Err(Fault::new(
                Code::InvalidAttributeValue,
                "FifoThroughputLimit perMessageGroupId goes with DeduplicationScope messageGroup",
            ));
        }
        Ok(())
    }
}
