//! The settings of a producer, and which of them go together.
//!
//! `enable.idempotence` is on unless another setting rules it out; where it was asked for by name, such a setting is an
//! error instead.

use std::time::Duration;

use super::request::Acks;
use super::version::Version;

/// What a producer is set to, as it was given.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ProducerConfig {
    /// `acks`.
    pub acks: Acks,
    /// `enable.idempotence`, if it was set by name.
    pub idempotence: Option<bool>,
    /// `retries`.
    pub retries: u32,
    /// `max.in.flight.requests.per.connection`.
    pub max_in_flight: u32,
    /// `linger.ms`.
    pub linger: Duration,
    /// `request.timeout.ms`.
    pub request_timeout: Duration,
    /// `delivery.timeout.ms`.
    pub delivery_timeout: Duration,
    /// `transactional.id` is set.
    pub transactional: bool,
}

impl Default for ProducerConfig {
    fn default() -> ProducerConfig {
        ProducerConfig {
            acks: Acks::All,
            idempotence: None,
            retries: i32::MAX as u32,
            max_in_flight: 5,
            linger: Duration::ZERO,
            request_timeout: Duration::from_secs(30),
            delivery_timeout: Duration::from_secs(120),
            transactional: false,
        }
    }
}

impl ProducerConfig {
    /// Whether the producer is idempotent.
    ///
    /// # Errors
    /// `ConfigException`: what does not go together.
    pub fn is_idempotent(&self, version: Version) -> Result<bool, &'static str> {
        if self.delivery_timeout < self.linger + self.request_timeout {
            return Err("delivery.timeout.ms must be at least linger.ms + request.timeout.ms");
        }
        let wanted = self.idempotence == Some(true);
        if self.transactional && self.idempotence == Some(false) {
            return Err("transactional.id needs enable.idempotence");
        }
        if self.idempotence == Some(false) {
            return Ok(false);
        }
        let wanted = wanted || self.transactional;
        if self.acks != Acks::All {
            return if wanted { Err("idempotence needs acks=all") } else { Ok(false) };
        }
        if self.retries == 0 {
            return if wanted { Err("idempotence needs retries above 0") } else { Ok(false) };
        }
        if 5 < self.max_in_flight {
            let refuses = wanted || version.refuses_many_in_flight();
            let error = "idempotence needs at most 5 of max.in.flight.requests.per.connection";
            return if refuses { Err(error) } else { Ok(false) };
        }
        Ok(true)
    }
}
