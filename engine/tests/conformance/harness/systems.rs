//! The systems whose servers cases can ask for by name.

use super::dialects::{kafka, pubsub, pulsar, rabbitmq, redis, sqs};
use super::protocol::modelled::Modelled;
use super::protocol::{Protocol, Subject};

/// The server that a case asks for, in the given version.
pub(crate) fn start(case: &Protocol, version: &str) -> Result<Box<dyn Subject>, String> {
    match case.system.as_str() {
        "kafka" => {
            let server = kafka::server(&case.settings, version)?;
            Ok(Box::new(Modelled::new(kafka::Dialogue::of(version), server)))
        }
        "pubsub" => {
            Ok(Box::new(Modelled::new(pubsub::PubSubWords::default(), pubsub::server(&case.settings)?)))
        }
        "pulsar" => {
            let server = pulsar::server(&case.settings, version)?;
            Ok(Box::new(Modelled::new(pulsar::Dialogue::default(), server)))
        }
        "rabbitmq" => Ok(Box::new(Modelled::new(rabbitmq::Amqp::default(), rabbitmq::node(case, version)?))),
        "redis" => {
            let server = redis::server(&case.settings, version)?;
            Ok(Box::new(Modelled::new(redis::Dialogue::default(), server)))
        }
        "sqs" => Ok(Box::new(Modelled::new(sqs::SqsWords::default(), sqs::server(&case.settings)?))),
        other => Err(format!("there is no server {other:?}")),
    }
}
