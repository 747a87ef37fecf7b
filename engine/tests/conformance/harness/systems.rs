//! The systems whose servers cases can ask for by name.

use super::dialects::sqs;
use super::protocol::modelled::Modelled;
use super::protocol::{Protocol, Subject};

/// The server that a case asks for, in the given version.
pub(crate) fn start(case: &Protocol, version: &str) -> Result<Box<dyn Subject>, String> {
    let _ = version;
    match case.system.as_str() {
        "sqs" => Ok(Box::new(Modelled::new(sqs::SqsWords::default(), sqs::server(&case.settings)?))),
        other => Err(format!("there is no server {other:?}")),
    }
}
