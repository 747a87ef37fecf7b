//! The words of each system: how a case's actions become its requests, and its answers words.

pub(crate) mod kafka;
pub(crate) mod pubsub;
pub(crate) mod pulsar;
pub(crate) mod rabbitmq;
pub(crate) mod redis;
pub(crate) mod sqs;
