//! Controls, made of native ones. They know nothing of queues or sessions: values come in, wishes go out.

pub(crate) mod choice;
pub(crate) mod rows;
pub(crate) mod slider;
