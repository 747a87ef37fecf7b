//! Parameters and attributes, as a case writes them.

use queuescope_engine::broker::sqs::api::GroupId;
use queuescope_engine::broker::sqs::attributes::{
    Attribute, DeduplicationScope, FifoThroughputLimit, RedriveAllowPolicy,
};

/// A word of the form NAME=VALUE.
pub(super) fn pair(word: &str) -> Result<(&str, &str), String> {
    word.split_once('=').ok_or_else(|| format!("{word:?} is not of the form NAME=VALUE"))
}

pub(super) fn number(name: &str, value: &str) -> Result<u32, String> {
    value.parse().map_err(|_| format!("{name}: {value:?} is no whole number from 0"))
}

pub(super) fn group(number: u32) -> GroupId {
    GroupId(number)
}

/// An attribute of a queue, NAME=VALUE.
pub(super) fn attribute(word: &str) -> Result<Attribute, String> {
    let (name, value) = pair(word)?;
    let wrong = |permitted: &str| Err(format!("{word:?} is not permitted; {name} is {permitted}"));
    let flag = || match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("{word:?} is not permitted; {name} is true or false")),
    };
    Ok(match name {
        "FifoQueue" => Attribute::FifoQueue(flag()?),
        "ContentBasedDeduplication" => Attribute::ContentBasedDeduplication(flag()?),
        "VisibilityTimeout" => Attribute::VisibilityTimeout(number(name, value)?),
        "DelaySeconds" => Attribute::DelaySeconds(number(name, value)?),
        "MessageRetentionPeriod" => Attribute::MessageRetentionPeriod(number(name, value)?),
        "ReceiveMessageWaitTimeSeconds" => Attribute::ReceiveMessageWaitTimeSeconds(number(name, value)?),
        "MaximumMessageSize" => Attribute::MaximumMessageSize(number(name, value)?),
        "DeduplicationScope" => Attribute::DeduplicationScope(match value {
            "queue" => DeduplicationScope::Queue,
            "messageGroup" => DeduplicationScope::MessageGroup,
            _ => return wrong("queue or messageGroup"),
        }),
        "FifoThroughputLimit" => Attribute::FifoThroughputLimit(match value {
            "perQueue" => FifoThroughputLimit::PerQueue,
            "perMessageGroupId" => FifoThroughputLimit::PerMessageGroupId,
            _ => return wrong("perQueue or perMessageGroupId"),
        }),
        "RedrivePolicy" if value == "none" => Attribute::RedrivePolicy(None),
        "RedrivePolicy" => {
            let Some((queue, max)) = value.split_once('/') else { return wrong("DLQ/MAX or none") };
            Attribute::RedrivePolicy(Some((queue.into(), number(name, max)?)))
        }
        "RedriveAllowPolicy" => Attribute::RedriveAllowPolicy(match value.split_once(':') {
            None if value == "allowAll" => RedriveAllowPolicy::AllowAll,
            None if value == "denyAll" => RedriveAllowPolicy::DenyAll,
            Some(("byQueue", names)) => {
                RedriveAllowPolicy::ByQueue(names.split(',').map(Into::into).collect())
            }
            _ => return wrong("allowAll, denyAll or byQueue:A,B"),
        }),
        _ => return Err(format!("{name:?} is no attribute of a queue")),
    })
}
