//! The words of members of the newer protocol.

use queuescope_engine::broker::kafka::Kafka;
use queuescope_engine::broker::kafka::assignor::server_side::ServerSide;
use queuescope_engine::broker::kafka::group::request::{Beat, Beaten, Request};
use queuescope_engine::broker::kafka::request::{Isolation, Tp};

use super::super::super::super::protocol::modelled::Wire;
use super::Dialogue;

/// How a member of the newer protocol is one.
#[derive(Clone, Default)]
pub(super) struct Manner {
    assignor: ServerSide,
    /// What it was told to read last.
    share: Vec<Tp>,
}

impl Manner {
    pub(super) fn named(name: &str) -> Result<Manner, String> {
        let all = [ServerSide::Uniform, ServerSide::Range];
        let assignor = all.into_iter().find(|own| own.name() == name);
        Ok(Manner { assignor: assignor.ok_or_else(|| format!("no assignor {name:?}"))?, share: Vec::new() })
    }
}

impl Dialogue {
    /// A heartbeat: who it is, and what it reads.
    pub(super) fn modern_beat(&self, client: &str) -> Result<Request, String> {
        let own = self.own(client)?;
        let manner = own.modern.as_ref().ok_or_else(|| format!("{client} is of the classic protocol"))?;
        Ok(Request::Beat(Box::new(Beat {
            group: own.group,
            member: own.member,
            client: client.into(),
            instance: own.instance.as_deref().map(Into::into),
            epoch: own.generation,
            rebalance: own.rebalance,
            topics: own.topics.clone(),
            assignor: manner.assignor,
            owned: own.owned.clone(),
            isolation: Isolation::ReadUncommitted,
        })))
    }

    /// It reads no more what it was told not to.
    pub(super) fn gives_up(&mut self, client: &str) -> Result<(), String> {
        let own = self.members.all.get_mut(client).ok_or("it is no member")?;
        let share = own.modern.as_ref().map(|manner| manner.share.clone()).unwrap_or_default();
        own.owned.retain(|tp| share.contains(tp));
        Ok(())
    }

    /// The broker tells what to read: what is new it reads at once.
    pub(super) fn is_beaten(&mut self, client: &str, beaten: Beaten, wire: &mut Wire<Kafka>) {
        let text = beaten.share.as_ref().map(|share| self.shares(share));
        let Some(own) = self.members.all.get_mut(client) else { return };
        (own.member, own.generation) = (Some(beaten.member), beaten.epoch);
        if let (Some(share), Some(manner)) = (beaten.share, &mut own.modern) {
            for tp in &share {
                if !own.owned.contains(tp) {
                    own.owned.push(*tp);
                }
            }
            manner.share = share;
        }
        match text {
            Some(text) => wire.observe(client, format!("epoch {}: {text}", beaten.epoch)),
            None => wire.observe(client, format!("epoch {}", beaten.epoch)),
        }
    }
}
