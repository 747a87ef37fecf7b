//! What a client does on its channel, each action with all that comes of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicGetOptions, BasicNackOptions,
    BasicPublishOptions, BasicQosOptions, BasicRecoverOptions, BasicRejectOptions, ConfirmSelectOptions,
    ExchangeBindOptions, ExchangeDeclareOptions, ExchangeDeleteOptions, ExchangeUnbindOptions,
    QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions, QueuePurgeOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Confirmation, ExchangeKind, PublisherConfirm};

use super::channel::{Channel, Delegate, Receiver, Teller, Then};
use super::show;
use super::words::{Words, labels};

/// Why an action did not come through.
pub(super) enum Failure {
    /// It cannot be read.
    Words(String),
    /// The server, or the way to it.
    Client(lapin::Error),
}

impl From<String> for Failure {
    fn from(error: String) -> Failure {
        Failure::Words(error)
    }
}

impl From<lapin::Error> for Failure {
    fn from(error: lapin::Error) -> Failure {
        Failure::Client(error)
    }
}

type Done = Result<(), Failure>;

/// Does what `words` say, and returns when the server has done it.
pub(super) async fn act(channel: Arc<Channel>, words: Vec<String>) -> Done {
    let (channel, words) = (&*channel, words.iter().map(String::as_str).collect::<Vec<_>>());
    let [name, rest @ ..] = &words[..] else { return Err("an action is missing".to_owned().into()) };
    match *name {
        "queue.declare" => declare_queue(channel, &Words::new(rest, 1)?).await,
        "queue.delete" | "queue.purge" => empty_queue(channel, name, &Words::new(rest, 1)?).await,
        "queue.bind" | "queue.unbind" | "exchange.bind" | "exchange.unbind" => {
            bind(channel, name, &Words::new(rest, 3)?).await
        }
        "exchange.declare" => declare_exchange(channel, &Words::new(rest, 2)?).await,
        "exchange.delete" => {
            let words = Words::new(rest, 1)?;
            let options = ExchangeDeleteOptions { if_unused: words.has("if-unused"), nowait: false };
            Ok(channel.channel.exchange_delete(words.plain[0].as_str().into(), options).await?)
        }
        "basic.publish" => publish(channel, &Words::new(rest, 3)?).await,
        "confirm.select" => {
            channel.confirms.store(true, Ordering::SeqCst);
            Ok(channel.channel.confirm_select(ConfirmSelectOptions::default()).await?)
        }
        "basic.qos" => {
            let words = Words::new(rest, 1)?;
            let count = words.plain[0].parse().map_err(|_| "basic.qos is followed by a number".to_owned())?;
            let options = BasicQosOptions { global: words.has("global") };
            Ok(channel.channel.basic_qos(count, options).await?)
        }
        "basic.consume" => consume(channel, &Words::new(rest, 2)?).await,
        "basic.cancel" => cancel(channel, &Words::new(rest, 1)?).await,
        "basic.get" => get(channel, &Words::new(rest, 1)?).await,
        "basic.ack" | "basic.nack" | "basic.reject" => settle(channel, name, rest).await,
        "basic.recover" => Ok(channel.channel.basic_recover(BasicRecoverOptions { requeue: true }).await?),
        other => Err(format!("{other:?} is none of the actions that the README of this folder lists").into()),
    }
}

/// Asks for something that changes nothing: what was asked before is done when it is answered.
pub(super) async fn barrier(channel: &Channel) -> Done {
    let options = ExchangeDeclareOptions { passive: true, ..Default::default() };
    let name = "amq.direct".into();
    Ok(channel.channel.exchange_declare(name, ExchangeKind::Direct, options, FieldTable::default()).await?)
}

async fn declare_queue(channel: &Channel, words: &Words<'_>) -> Done {
    let options = QueueDeclareOptions {
        passive: words.has("passive"),
        durable: !words.has("transient"),
        exclusive: words.has("exclusive"),
        auto_delete: words.has("auto-delete"),
        nowait: false,
    };
    let name = words.plain[0].as_str();
    let queue = channel.channel.queue_declare(name.into(), options, words.arguments(&[])).await?;
    if options.passive {
        let (ready, consumers) = (queue.message_count(), queue.consumer_count());
        channel.teller.says(format!("declared {name} {ready} ready, {consumers} consumers"));
    }
    Ok(())
}

async fn empty_queue(channel: &Channel, action: &str, words: &Words<'_>) -> Done {
    let name = words.plain[0].as_str().into();
    if action == "queue.purge" {
        let count = channel.channel.queue_purge(name, QueuePurgeOptions::default()).await?;
        channel.teller.says(format!("purged {count}"));
        return Ok(());
    }
    let (if_unused, if_empty) = (words.has("if-unused"), words.has("if-empty"));
    let options = QueueDeleteOptions { if_unused, if_empty, nowait: false };
    let count = channel.channel.queue_delete(name, options).await?;
    channel.teller.says(format!("deleted {count}"));
    Ok(())
}

async fn bind(channel: &Channel, action: &str, words: &Words<'_>) -> Done {
    let [to, from, key] = [0, 1, 2].map(|place| words.plain[place].as_str().into());
    let (channel, arguments) = (&channel.channel, words.arguments(&[]));
    match action {
        "queue.bind" => channel.queue_bind(to, from, key, QueueBindOptions::default(), arguments).await?,
        "queue.unbind" => channel.queue_unbind(to, from, key, arguments).await?,
        "exchange.bind" => {
            channel.exchange_bind(to, from, key, ExchangeBindOptions::default(), arguments).await?;
        }
        _ => channel.exchange_unbind(to, from, key, ExchangeUnbindOptions::default(), arguments).await?,
    }
    Ok(())
}

async fn declare_exchange(channel: &Channel, words: &Words<'_>) -> Done {
    let options = ExchangeDeclareOptions {
        passive: words.has("passive"),
        durable: !words.has("transient"),
        auto_delete: words.has("auto-delete"),
        internal: words.has("internal"),
        nowait: false,
    };
    let kind = ExchangeKind::Custom(words.plain[1].clone());
    let name = words.plain[0].as_str().into();
    Ok(channel.channel.exchange_declare(name, kind, options, words.arguments(&[])).await?)
}

async fn publish(channel: &Channel, words: &Words<'_>) -> Done {
    let options = BasicPublishOptions { mandatory: words.has("mandatory"), immediate: false };
    let [exchange, key] = [0, 1].map(|place| words.plain[place].as_str());
    let size: Option<usize> = words.number("size")?;
    let confirms = channel.confirms.load(Ordering::SeqCst);
    let mut published = Vec::new();
    for label in labels(&words.plain[2]) {
        let body = size.map_or_else(|| label.clone().into_bytes(), |size| vec![b'.'; size]);
        let properties = properties(words, &label)?;
        let confirm =
            channel.channel.basic_publish(exchange.into(), key.into(), options, &body, properties).await?;
        published.push((label, confirm));
    }
    if confirms {
        tokio::spawn(tell_confirms(published, Arc::clone(&channel.teller)));
        return barrier(channel).await;
    }
    drop(published);
    barrier(channel).await?;
    for returned in channel.channel.wait_for_confirms().await? {
        let label = show::label(&returned.delivery);
        channel.teller.says(format!("return {label} {}", returned.reply_code));
    }
    Ok(())
}

fn properties(words: &Words<'_>, label: &str) -> Result<BasicProperties, String> {
    let mode = if words.has("transient") { 1 } else { 2 };
    let mut properties = BasicProperties::default().with_delivery_mode(mode).with_message_id(label.into());
    if let Some(expiration) = words.setting("expiration") {
        properties = properties.with_expiration(expiration.into());
    }
    if let Some(priority) = words.number("priority")? {
        properties = properties.with_priority(priority);
    }
    let headers = words.headers();
    if !headers.inner().is_empty() {
        properties = properties.with_headers(headers);
    }
    Ok(properties)
}

/// Tells what came of the messages of one action, in the order of their publishing: the protocol promises none, and
/// one confirm can stand for many.
async fn tell_confirms(published: Vec<(String, PublisherConfirm)>, teller: Arc<Teller>) {
    for (label, confirm) in published {
        // Where the channel closes first, there is no confirm to be seen.
        let Ok(confirmation) = confirm.await else { return };
        let (word, returned) = match confirmation {
            Confirmation::Ack(returned) => ("ack", returned),
            Confirmation::Nack(returned) => ("nack", returned),
            Confirmation::NotRequested => return,
        };
        if let Some(returned) = returned {
            teller.says(format!("return {} {}", show::label(&returned.delivery), returned.reply_code));
        }
        teller.says(format!("{word} {label}"));
    }
}

const OF_A_CONSUMER: &[&str] = &["then", "times", "show"];

async fn consume(channel: &Channel, words: &Words<'_>) -> Done {
    let options = BasicConsumeOptions {
        no_local: false,
        no_ack: words.has("no-ack"),
        exclusive: words.has("exclusive"),
        nowait: false,
    };
    let [queue, tag] = [0, 1].map(|place| words.plain[place].as_str());
    let receiver = Arc::new(Receiver {
        tag: tag.to_owned(),
        teller: Arc::clone(&channel.teller),
        show: show_list(words),
        then: Then::named(words.setting("then").as_deref())?,
        times: AtomicU64::new(words.number("times")?.unwrap_or(u64::MAX)),
        cancelled: AtomicBool::new(false),
    });
    let arguments = words.arguments(OF_A_CONSUMER);
    let consumer = channel.channel.basic_consume(queue.into(), tag.into(), options, arguments).await?;
    consumer.set_delegate(Delegate(Arc::clone(&receiver)));
    barrier(channel).await?;
    // What came just while it was set is only given out when it is set again.
    consumer.set_delegate(Delegate(Arc::clone(&receiver)));
    channel.consumers().push((consumer, receiver));
    Ok(())
}

async fn cancel(channel: &Channel, words: &Words<'_>) -> Done {
    let tag = words.plain[0].as_str();
    for (_, receiver) in channel.consumers().iter().filter(|(_, receiver)| receiver.tag == tag) {
        receiver.cancelled.store(true, Ordering::SeqCst);
    }
    Ok(channel.channel.basic_cancel(tag.into(), BasicCancelOptions::default()).await?)
}

async fn get(channel: &Channel, words: &Words<'_>) -> Done {
    let (show, options) = (show_list(words), BasicGetOptions { no_ack: words.has("no-ack") });
    for _ in 0..words.number("times")?.unwrap_or(1_u32) {
        match channel.channel.basic_get(words.plain[0].as_str().into(), options).await? {
            Some(message) => {
                channel.teller.holds(&message.delivery);
                channel.teller.says(format!("get {}", show::delivery(&message.delivery, &show)));
            }
            None => channel.teller.says("get empty".into()),
        }
    }
    Ok(())
}

fn show_list(words: &Words<'_>) -> Vec<String> {
    words.setting("show").map(|names| names.split(',').map(str::to_owned).collect()).unwrap_or_default()
}

async fn settle(channel: &Channel, action: &str, rest: &[&str]) -> Done {
    let [which, rest @ ..] = rest else { return Err(format!("{action} is followed by a message").into()) };
    let words = Words::new(rest, 0)?;
    let tags = match which.strip_prefix("tag=") {
        Some(tag) => vec![tag.parse().map_err(|_| format!("{tag:?} is no delivery tag"))?],
        None => {
            let tag = |label: String| {
                channel.teller.tag_of(&label).ok_or(format!("this channel does not hold {label:?}"))
            };
            labels(which).into_iter().map(tag).collect::<Result<Vec<u64>, String>>()?
        }
    };
    let multiple = words.has("multiple");
    let requeue = match words.setting("requeue").as_deref() {
        Some("true") => true,
        Some("false") => false,
        _ if action == "basic.ack" => false,
        _ => return Err(format!("{action} is followed by requeue=true or requeue=false").into()),
    };
    for tag in tags {
        match action {
            "basic.ack" => channel.channel.basic_ack(tag, BasicAckOptions { multiple }).await?,
            "basic.nack" => channel.channel.basic_nack(tag, BasicNackOptions { multiple, requeue }).await?,
            _ => channel.channel.basic_reject(tag, BasicRejectOptions { requeue }).await?,
        }
    }
    barrier(channel).await
}
