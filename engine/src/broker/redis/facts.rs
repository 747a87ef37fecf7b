//! What the server tells the journal, where that takes more than one fact.

use crate::id::{MessageId, StoreId};
use crate::journal::{Cause, Place, Refusal, What};
use crate::message::Message;

use super::Out;
use super::request::Request;

/// So many copies changed their place, of which `message` is the first.
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

/// So many copies are in a store that no producer sent there: a new group reads old entries, a position was moved back,
/// a restart brought back what was gone.
pub(super) fn came_back(
    message: MessageId,
    store: StoreId,
    to: Place,
    count: u64,
    why: Cause,
    out: &mut impl Out,
) {
    let mut rest = count;
    while rest != 0 {
        let copies = u16::try_from(rest).unwrap_or(u16::MAX);
        out.record(What::Republished { message, copies, dead: false });
        rest -= u64::from(copies);
    }
    moved(message, store, (Place::Arriving, to), count, why, out);
}

/// A message is not stored.
pub(super) fn refuse(message: Message, why: Refusal, out: &mut impl Out) {
    out.record(What::Refused { message: message.id, producer: message.producer, why });
}

/// Nothing that the command would have stored is stored.
pub(super) fn refuse_all(request: &Request, why: Refusal, out: &mut impl Out) {
    request.for_each_sent(&mut |message| refuse(*message, why, out));
}
