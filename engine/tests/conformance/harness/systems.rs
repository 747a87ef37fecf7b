//! The systems whose servers cases can ask for by name.

use super::protocol::{Protocol, Subject};

/// The server that a case asks for, in the given version.
pub(crate) fn start(case: &Protocol, version: &str) -> Result<Box<dyn Subject>, String> {
    let _ = (&case.settings, version);
    match case.system.as_str() {
        other => Err(format!("there is no server {other:?}")),
    }
}
