//! RabbitMQ.

mod acknowledge;
mod channel;
mod consumer;
mod dead_letter;
mod declare;
mod dispatch;
mod exchange;
mod expiry;
mod limit;
pub mod message;
pub mod method;
mod node;
mod operate;
mod publish;
mod queue;
mod ready;
mod requeue;
mod restart;
pub mod settings;
mod subscribe;
mod timeout;
pub mod version;

pub use node::Node;
