//! What a scenario says of its system and of its clients: read from JSON and written to it.

use crate::APPLICATIONS;
use crate::command::Problem;
use crate::json::{Node, Tree, object};
use crate::knob::Value;

/// The name of a knob, and what it is set to.
pub type Setting = (String, Value);

/// Settings by the names of their knobs.
pub type Settings = Vec<Setting>;

/// The system in the middle.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct BrokerSettings {
    /// What it is called in addresses of knobs.
    pub name: String,
    /// Which system it is.
    pub system: String,
    /// Its version; the newest that the engine knows if none is given.
    pub version: Option<String>,
    /// Its settings; what is not named has its default.
    pub set: Settings,
    /// What it is made of; the usual parts of the system if none are given.
    pub parts: Vec<PartSettings>,
    /// How its parts are joined; as usual if no parts are given.
    pub links: Vec<LinkSettings>,
}

/// A part of a system.
#[derive(Clone, PartialEq, Debug)]
pub struct PartSettings {
    /// One of the kinds of its system.
    pub kind: String,
    /// What it is called in links and in addresses of knobs.
    pub name: String,
    /// Its settings; what is not named has its default.
    pub set: Settings,
}

/// Two parts joined.
#[derive(Clone, PartialEq, Debug)]
pub struct LinkSettings {
    /// The part from which messages come.
    pub from: String,
    /// The part to which they go.
    pub to: String,
    /// Its settings; what is not named has its default.
    pub set: Settings,
}

/// A producer or a consumer.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ClientSettings {
    /// What it is called in addresses of knobs.
    pub name: String,
    /// The part to which it sends, or from which it reads; the usual one if none is given.
    pub part: Option<String>,
    /// Of a consumer: where it sends a message of its own for each one it has worked on.
    pub then: Option<Then>,
    /// Of a producer: the part where it wants the answers to its messages. Of a consumer: none.
    pub reply_to: Option<String>,
    /// Of a consumer: the producer for which it takes in the answers.
    pub answers: Option<String>,
    /// Whether it runs from the start.
    pub running: bool,
    /// Its settings; what is not named has its default.
    pub set: Settings,
}

/// Where a consumer sends a message for each one it has worked on.
#[derive(Clone, PartialEq, Debug)]
pub enum Then {
    /// To this part.
    To(String),
    /// To where the message that it worked on wants its answer.
    Reply,
}

impl BrokerSettings {
    /// Reads one field after the other into its place.
    pub(super) fn fill(&mut self, node: &Node) -> Result<(), Problem> {
        let names: &[&str] = &["name", "system", "version", "set", "parts", "links"];
        node.only(if APPLICATIONS { names } else { &names[..4] })?;
        for (name, text) in [("name", &mut self.name), ("system", &mut self.system)] {
            node.field(name)?.text()?.clone_into(text);
        }
        self.version = optional_text(node, "version")?;
        self.set = read_settings(node)?;
        if APPLICATIONS {
            self.parts = each(node, "parts", PartSettings::read)?;
            self.links = each(node, "links", LinkSettings::read)?;
        }
        Ok(())
    }

    pub(super) fn to_tree(&self) -> Tree {
        let version = self.version.as_deref().map(|version| ("version", version.into()));
        let list = |name, list: Vec<Tree>| (!list.is_empty()).then_some((name, Tree::List(list)));
        fields([
            Some(("name", self.name.as_str().into())),
            Some(("system", self.system.as_str().into())),
            version,
            Some(("set", settings_tree(&self.set))),
            if APPLICATIONS {
                list("parts", self.parts.iter().map(PartSettings::to_tree).collect())
            } else {
                None
            },
            if APPLICATIONS {
                list("links", self.links.iter().map(LinkSettings::to_tree).collect())
            } else {
                None
            },
        ])
    }
}

impl PartSettings {
    pub(super) fn read(node: &Node) -> Result<PartSettings, Problem> {
        node.only(&["kind", "name", "set"])?;
        let text = |name: &str| Ok(node.field(name)?.text()?.to_owned());
        Ok(PartSettings { kind: text("kind")?, name: text("name")?, set: read_settings(node)? })
    }

    pub(super) fn to_tree(&self) -> Tree {
        object([
            ("kind", self.kind.as_str().into()),
            ("name", self.name.as_str().into()),
            ("set", settings_tree(&self.set)),
        ])
    }
}

impl LinkSettings {
    pub(super) fn read(node: &Node) -> Result<LinkSettings, Problem> {
        node.only(&["from", "to", "set"])?;
        let text = |name: &str| Ok(node.field(name)?.text()?.to_owned());
        Ok(LinkSettings { from: text("from")?, to: text("to")?, set: read_settings(node)? })
    }

    pub(super) fn to_tree(&self) -> Tree {
        object([
            ("from", self.from.as_str().into()),
            ("to", self.to.as_str().into()),
            ("set", settings_tree(&self.set)),
        ])
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Producer,
    Consumer,
}

impl ClientSettings {
    pub(super) fn read(node: &Node, role: Role) -> Result<ClientSettings, Problem> {
        let mut settings = ClientSettings::default();
        settings.fill(node, role)?;
        Ok(settings)
    }

    /// Reads one field after the other into its place.
    fn fill(&mut self, node: &Node, role: Role) -> Result<(), Problem> {
        let part = match role {
            Role::Producer => {
                let names: &[&str] = &["name", "to", "running", "set", "reply-to"];
                node.only(if APPLICATIONS { names } else { &names[..4] })?;
                "to"
            }
            Role::Consumer => {
                let names: &[&str] = &["name", "from", "running", "set", "sends-to", "replies", "answers"];
                node.only(if APPLICATIONS { names } else { &names[..4] })?;
                "from"
            }
        };
        self.name = node.field("name")?.text()?.into();
        self.part = optional_text(node, part)?;
        if APPLICATIONS {
            self.then = optional_text(node, "sends-to")?.map(Then::To);
            if node.optional("replies").map_or(Ok(false), |replies| replies.flag())? {
                self.then = Some(Then::Reply);
            }
            self.reply_to = optional_text(node, "reply-to")?;
            self.answers = optional_text(node, "answers")?;
        }
        self.running = node.optional("running").map_or(Ok(true), |running| running.flag())?;
        self.set = read_settings(node)?;
        Ok(())
    }

    pub(super) fn to_tree(&self, role: Role) -> Tree {
        let text = |name, value: Option<&String>| value.map(|value| (name, value.as_str().into()));
        fields([
            Some(("name", self.name.as_str().into())),
            text(if role == Role::Producer { "to" } else { "from" }, self.part.as_ref()),
            text("reply-to", self.reply_to.as_ref()),
            text("answers", self.answers.as_ref()),
            match &self.then {
                Some(Then::To(part)) => Some(("sends-to", part.as_str().into())),
                Some(Then::Reply) => Some(("replies", Tree::Flag(true))),
                None => None,
            },
            Some(("running", Tree::Flag(self.running))),
            Some(("set", settings_tree(&self.set))),
        ])
    }
}

/// An object of those fields that there are.
fn fields<const N: usize>(fields: [Option<(&str, Tree)>; N]) -> Tree {
    Tree::Object(fields.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// What a list of an optional field holds.
pub(super) fn each<T>(
    node: &Node,
    name: &str,
    read: impl Fn(&Node) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    let Some(list) = node.optional(name) else { return Ok(Vec::new()) };
    list.each(read)
}

fn optional_text(node: &Node, name: &str) -> Result<Option<String>, Problem> {
    node.optional(name).map(|text| Ok(text.text()?.to_owned())).transpose()
}

pub(super) fn clients(node: &Node, role: Role) -> Result<Vec<ClientSettings>, Problem> {
    node.each(|node| ClientSettings::read(node, role))
}

fn read_settings(node: &Node) -> Result<Settings, Problem> {
    let mut settings = Settings::new();
    if let Some(set) = node.optional("set") {
        for (name, value) in set.entries()? {
            settings.push((name.to_owned(), Value::read(&value)?));
        }
    }
    Ok(settings)
}

fn settings_tree(settings: &Settings) -> Tree {
    Tree::Object(settings.iter().map(|(name, value)| (name.clone(), value.to_tree())).collect())
}
