//! A channel as a client of a case has it: what it holds, what it has published, and what it tells.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use lapin::message::{Delivery, DeliveryResult};
use lapin::options::{BasicAckOptions, BasicNackOptions, BasicRejectOptions};
use lapin::protocol::AMQPErrorKind;
use lapin::{Consumer, ConsumerDelegate, ErrorKind};

use super::show;

/// What a client observes.
pub(super) struct Sight {
    pub(super) client: String,
    pub(super) at: Instant,
    pub(super) text: String,
}

/// What tasks of a channel share.
pub(super) struct Teller {
    client: String,
    tell: Sender<Sight>,
    /// Nothing more is told: it is closed, or about to be closed by its own client.
    ended: AtomicBool,
    /// Of what it holds, the latest delivery of each label.
    held: Mutex<BTreeMap<String, u64>>,
}

impl Teller {
    pub(super) fn new(client: &str, tell: Sender<Sight>) -> Teller {
        Teller { client: client.to_owned(), tell, ended: AtomicBool::new(false), held: Mutex::default() }
    }

    pub(super) fn says(&self, text: String) {
        self.said(Instant::now(), text);
    }

    pub(super) fn said(&self, at: Instant, text: String) {
        if !self.ended.load(Ordering::SeqCst) {
            let sight = Sight { client: self.client.clone(), at, text };
            // Nobody listens any more once the case is over.
            let _ = self.tell.send(sight);
        }
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// The server has closed the channel or the connection, which is told once. Returns whether it has.
    pub(super) fn fails(&self, at: Instant, error: &lapin::Error) -> bool {
        let ErrorKind::ProtocolError(reason) = error.kind() else { return self.has_ended() };
        match reason.kind() {
            AMQPErrorKind::Soft(_) => self.said(at, format!("closed {}", reason.get_id())),
            AMQPErrorKind::Hard(_) => self.said(at, format!("connection closed {}", reason.get_id())),
        }
        self.end();
        true
    }

    pub(super) fn holds(&self, delivery: &Delivery) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(show::label(delivery), delivery.delivery_tag);
    }

    pub(super) fn tag_of(&self, label: &str) -> Option<u64> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).get(label).copied()
    }
}

pub(super) struct Channel {
    pub(super) channel: lapin::Channel,
    pub(super) teller: Arc<Teller>,
    /// A consumer that is dropped would be cancelled.
    pub(super) consumers: Mutex<Vec<(Consumer, Arc<Receiver>)>>,
    pub(super) confirms: AtomicBool,
}

impl Channel {
    /// The consumers that were started on it.
    pub(super) fn consumers(&self) -> MutexGuard<'_, Vec<(Consumer, Arc<Receiver>)>> {
        self.consumers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a consumer does at once with what it gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Keep,
    Ack,
    Nack,
    Reject,
    Discard,
}

impl Then {
    pub(super) fn named(name: Option<&str>) -> Result<Then, String> {
        Ok(match name {
            None => Then::Keep,
            Some("ack") => Then::Ack,
            Some("nack") => Then::Nack,
            Some("reject") => Then::Reject,
            Some("discard") => Then::Discard,
            Some(other) => return Err(format!("then={other} is none of ack, nack, reject, discard")),
        })
    }
}

/// The receiving end of a consumer.
pub(super) struct Receiver {
    pub(super) tag: String,
    pub(super) teller: Arc<Teller>,
    pub(super) show: Vec<String>,
    pub(super) then: Then,
    /// With how many more deliveries it does so.
    pub(super) times: AtomicU64,
    /// Its own client has cancelled it.
    pub(super) cancelled: AtomicBool,
}

/// A receiver as lapin takes it.
pub(super) struct Delegate(pub(super) Arc<Receiver>);

impl ConsumerDelegate for Delegate {
    /// Called in the order in which things come; what is returned runs on its own.
    fn on_new_delivery(&self, result: DeliveryResult) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let receiver = &self.0;
        match result {
            Ok(Some(delivery)) => {
                let text = show::delivery(&delivery, &receiver.show);
                receiver.teller.says(format!("deliver {} {text}", receiver.tag));
                receiver.teller.holds(&delivery);
                let one_more = |left: u64| left.checked_sub(1);
                let left = receiver.times.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more);
                let then = if left.is_ok() { receiver.then } else { Then::Keep };
                return Box::pin(react(delivery, then, Arc::clone(&receiver.teller)));
            }
            Ok(None) => {
                if !receiver.cancelled.swap(true, Ordering::SeqCst) {
                    receiver.teller.says(format!("cancel {}", receiver.tag));
                }
            }
            Err(error) => {
                // Where it is not the server's doing, what is asked next fails and tells.
                receiver.teller.fails(Instant::now(), &error);
            }
        }
        Box::pin(std::future::ready(()))
    }
}

async fn react(delivery: Delivery, then: Then, teller: Arc<Teller>) {
    let acker = &delivery.acker;
    let nack = |requeue| BasicNackOptions { multiple: false, requeue };
    let done = match then {
        Then::Keep => return,
        Then::Ack => acker.ack(BasicAckOptions::default()).await,
        Then::Nack => acker.nack(nack(true)).await,
        Then::Reject => acker.reject(BasicRejectOptions { requeue: true }).await,
        Then::Discard => acker.nack(nack(false)).await,
    };
    if let Err(error) = done {
        // Where it is not the server's doing, the next action of this client fails and tells.
        teller.fails(Instant::now(), &error);
    }
}
