//! What the broker tells the journal.

use crate::id::{MessageId, StoreId};
use crate::journal::{Cause, Place, Refusal, What};
use crate::message::Message;

use super::Out;

/// Copies change their place: so many, the first of them this message.
pub(super) fn moved(
    message: MessageId,
    store: StoreId,
    (from, to): (Place, Place),
    count: u64,
    why: Cause,
    out: &mut impl Out,
) {
    let mut rest = count;
    while rest != 0 {
        let count = u32::try_from(rest).unwrap_or(u32::MAX);
        out.record(What::Moved { message, store, from, to, count, why });
        rest -= u64::from(count);
    }
}

/// So many copies wait that no producer sent there: a new subscription reads old entries, a position was moved back, a
/// cursor was not saved.
pub(super) fn came_back(message: MessageId, store: StoreId, count: u64, why: Cause, out: &mut impl Out) {
    let mut rest = count;
    while rest != 0 {
        let copies = u16::try_from(rest).unwrap_or(u16::MAX);
        out.record(What::Republished { message, copies, dead: false });
        rest -= u64::from(copies);
    }
    moved(message, store, (Place::Arriving, Place::Waiting), count, why, out);
}

/// Messages are not stored.
pub(super) fn refuse(messages: &[Message], why: Refusal, out: &mut impl Out) {
    for message in messages {
        out.record(What::Refused { message: message.id, producer: message.producer, why });
    }
}
