//! Another experiment made of one that there is: with a part more or less, with other clients, joined otherwise.

use std::mem;

use super::{ClientSettings, LinkSettings, PartSettings, Problems, Scenario, Settings, Then, Timed};
use crate::broker::topology::Kind;
use crate::command::{Command, Problem, one_of, quoted};
use crate::knob::Value;

/// One change to what there is.
#[derive(Clone, PartialEq, Debug)]
pub enum Edit {
    /// Another producer, set as one that there is; it sends to this part, or to the same as that one.
    AddProducer(Option<String>),
    /// Other consumers, set as some that there are; they read from this part, or from the same as those.
    AddConsumer(Option<String>),
    /// A part of this kind, joined to the others where it would get nothing otherwise.
    AddPart(String),
    /// Takes away a producer, consumers or a part, with what only makes sense with it: see [`Scenario::removal`].
    Remove(String),
    /// Lets a producer send to, or consumers read from, another part.
    Connect {
        /// The producer or the consumers.
        who: String,
        /// The part.
        part: String,
    },
    /// Joins two parts.
    Join {
        /// The part from which messages come.
        from: String,
        /// The part to which they go.
        to: String,
    },
    /// Takes away what joins two parts.
    Separate {
        /// The part from which messages came.
        from: String,
        /// The part to which they went.
        to: String,
    },
    /// Another value from the start, also of a setting that cannot change while the system runs.
    Set {
        /// The address of the knob: `who.name`, or `from>to.name` of a link.
        knob: String,
        /// The value.
        to: Value,
    },
}

/// How the names and titles of scenarios begin that were made so.
const NAME: &str = "edited-";
const TITLE: &str = "Edited: ";

impl Scenario {
    /// The same experiment with a change, under a name of its own. Its claims were about another history, and are left
    /// out; so are those entries of the script that are about what is no longer there.
    ///
    /// # Errors
    /// As [`Scenario::from_json`]; besides, what to do first where something cannot be taken away.
    pub fn edited(&self, edit: &Edit) -> Result<Scenario, Problems> {
        let mut own = self.spelled_out();
        own.change(edit).map_err(|problem| Problems(vec![problem]))?;
        own.claims.clear();
        if !own.name.starts_with(NAME) {
            own.watch = format!(
                "Made from \u{201c}{}\u{201d}: what that shows may not be seen here.",
                own.title.trim_end_matches('.')
            );
            own.name.insert_str(0, NAME);
            own.title.insert_str(0, TITLE);
        }
        own.validate()?;
        Ok(own)
    }

    /// The same experiment with its settings, and with who runs, as these commands leave them.
    #[must_use]
    pub fn taking_up<'a>(&self, commands: impl IntoIterator<Item = &'a Command>) -> Scenario {
        let mut own = self.spelled_out();
        for command in commands {
            match command {
                // It was done, so it can be.
                Command::Set { knob, to } => drop(own.set(knob, to)),
                Command::Start(who) => own.switch(who, true),
                Command::Stop(who) => own.switch(who, false),
                Command::Crash { .. }
                | Command::Restart { .. }
                | Command::Hang { .. }
                | Command::Resume { .. }
                | Command::Cut(_)
                | Command::Mend(_)
                | Command::Outage(_)
                | Command::Recover(_)
                | Command::RestartServer(_)
                | Command::Operate { .. }
                | Command::Send { .. } => {}
            }
        }
        own
    }

    /// The same experiment, under the same name, with other settings to begin with: addresses of knobs, and values. Its
    /// claims were about another history, and are left out.
    ///
    /// # Errors
    /// As [`Scenario::from_json`].
    pub fn with<'a>(
        &self,
        settings: impl IntoIterator<Item = (&'a str, &'a Value)>,
    ) -> Result<Scenario, Problems> {
        let mut own = self.spelled_out();
        for (address, value) in settings {
            own.set(address, value).map_err(|problem| Problems(vec![problem]))?;
        }
        own.claims.clear();
        own.validate()?;
        Ok(own)
    }

    /// The same experiment with those parts and links named that its system has when none are.
    #[must_use]
    pub fn spelled_out(&self) -> Scenario {
        let mut own = self.clone();
        let usual = self.manual().usual;
        if own.broker.parts.is_empty() {
            let part = |(kind, name): &(&str, &str)| PartSettings {
                kind: (*kind).to_owned(),
                name: (*name).to_owned(),
                set: Settings::new(),
            };
            own.broker.parts = usual.parts.iter().map(part).collect();
            if own.broker.links.is_empty() {
                own.broker.links = usual.links.iter().map(|(from, to)| link(from, to)).collect();
            }
        }
        let sides = [(&mut own.producers, usual.to), (&mut own.consumers, usual.from)];
        for (clients, part) in sides.into_iter().filter(|(_, part)| !part.is_empty()) {
            clients.iter_mut().for_each(|client| {
                client.part.get_or_insert_with(|| part.to_owned());
            });
        }
        own
    }

    /// The kind of the part of this name, in a scenario that is spelled out.
    pub fn kind_of(&self, part: &str) -> Option<&'static Kind> {
        let part = self.broker.parts.iter().find(|own| own.name == part)?;
        self.manual().kinds.iter().find(|kind| kind.name == part.kind)
    }

    /// What goes if this part, producer or pool of consumers is taken away, in a scenario that is spelled out: with a
    /// part those who send to it or read from it, and the parts that get messages by links from it alone; with a
    /// producer those who take in its answers. First comes what is taken away. Besides, how many links go: between
    /// parts, and of those who stay but sent on to what is gone, or had answers sent there.
    ///
    /// # Errors
    /// Who would be missing then: an experiment has producers and consumers.
    pub fn removal<'a>(&'a self, who: &'a str) -> Result<(Vec<&'a str>, usize), &'static str> {
        let clients = || self.producers.iter().chain(&self.consumers);
        let mut names = vec![who];
        let mut next = 0;
        while let Some(gone) = names.get(next).copied() {
            next += 1;
            let is = |own: &Option<String>| own.as_deref() == Some(gone);
            for own in clients().filter(|own| is(&own.part) || is(&own.answers)) {
                if !names.contains(&&*own.name) {
                    names.push(&own.name);
                }
            }
            for own in &self.broker.parts {
                if !names.contains(&&*own.name) && self.lives_by(&own.name, &names) {
                    names.push(&own.name);
                }
            }
        }
        let is_gone = |own: &String| names.contains(&own.as_str());
        for (clients, what) in [(&self.producers, "producers"), (&self.consumers, "consumers")] {
            if clients.iter().all(|own| is_gone(&own.name)) {
                return Err(what);
            }
        }
        let links = self.broker.links.iter().filter(|own| is_gone(&own.from) || is_gone(&own.to));
        let sent = clients().filter(|own| !is_gone(&own.name) && sends_to(own, is_gone));
        let links = links.count() + sent.count();
        Ok((names, links))
    }

    /// Whether a part gets nothing but by links, and all of those lead from what is gone.
    fn lives_by(&self, part: &str, gone: &[&str]) -> bool {
        let mut links = self.broker.links.iter().filter(|own| own.to == part).peekable();
        let takes = self.kind_of(part).is_none_or(|kind| kind.takes);
        !takes && links.peek().is_some() && links.all(|own| gone.contains(&own.from.as_str()))
    }

    fn change(&mut self, edit: &Edit) -> Result<(), Problem> {
        match edit {
            Edit::AddProducer(to) => {
                let client = another(&self.producers, to.as_ref(), self.free("producer"));
                self.producers.push(client);
            }
            Edit::AddConsumer(from) => {
                let client = another(&self.consumers, from.as_ref(), self.free("consumer"));
                self.consumers.push(client);
            }
            Edit::AddPart(kind) => self.add_part(kind),
            Edit::Remove(who) => self.remove(who)?,
            Edit::Connect { who, part } => {
                let mut all = self.producers.iter_mut().chain(&mut self.consumers);
                if let Some(client) = all.find(|own| own.name == *who) {
                    client.part = Some(part.clone());
                }
            }
            Edit::Join { from, to } => self.broker.links.push(link(from, to)),
            Edit::Separate { from, to } => {
                self.broker.links.retain(|own| (&own.from, &own.to) != (from, to));
                let link = format!("{from}>{to}");
                self.script.retain(|timed| !is_about(timed, &link));
            }
            Edit::Set { knob, to } => self.set(knob, to)?,
        }
        Ok(())
    }

    fn add_part(&mut self, kind: &str) {
        let name = self.free(&kind.replace(' ', "-"));
        let joins = self.manual().joins.iter().filter(|join| join.usual && join.to == kind);
        let from = joins.filter_map(|join| self.broker.parts.iter().find(|part| part.kind == join.from));
        let link = from.map(|part| link(&part.name, &name)).next();
        self.broker.links.extend(link);
        self.broker.parts.push(PartSettings { kind: kind.to_owned(), name, set: Settings::new() });
    }

    fn remove(&mut self, who: &str) -> Result<(), Problem> {
        let refused = |permitted| Err(Problem { path: "remove".into(), value: quoted(who), permitted });
        if !self.names().contains(&who) {
            return refused(one_of(self.names()));
        }
        let names: Vec<String> = match self.removal(who) {
            Ok((names, _)) => names.into_iter().map(ToOwned::to_owned).collect(),
            Err(what) => return refused(format!("something without which there are still {what}")),
        };
        let is_gone = |own: &String| names.contains(own);
        self.producers.retain(|own| !is_gone(&own.name));
        self.consumers.retain(|own| !is_gone(&own.name));
        self.broker.parts.retain(|own| !is_gone(&own.name));
        self.broker.links.retain(|own| !is_gone(&own.from) && !is_gone(&own.to));
        for client in self.producers.iter_mut().chain(&mut self.consumers) {
            client.reply_to.take_if(|part| is_gone(part));
            client.then.take_if(|then| matches!(then, Then::To(part) if is_gone(part)));
        }
        self.script.retain(|timed| names.iter().all(|who| !is_about(timed, who)));
        Ok(())
    }

    fn set(&mut self, address: &str, to: &Value) -> Result<(), Problem> {
        let (who, knob) = address.split_once('.').unwrap_or((address, ""));
        let Some(set) = self.settings_of(who) else {
            let permitted = "the address of a knob, for example \"producer.rate\"".into();
            return Err(Problem { path: "set.knob".into(), value: quoted(address), permitted });
        };
        match set.iter_mut().find(|(name, _)| name == knob) {
            Some((_, value)) => *value = to.clone(),
            None => set.push((knob.to_owned(), to.clone())),
        }
        Ok(())
    }

    fn settings_of(&mut self, who: &str) -> Option<&mut Settings> {
        if self.broker.name == who {
            return Some(&mut self.broker.set);
        }
        if let Some(part) = self.broker.parts.iter_mut().find(|own| own.name == who) {
            return Some(&mut part.set);
        }
        if let Some((from, to)) = who.split_once('>') {
            let mut links = self.broker.links.iter_mut();
            return links.find(|own| own.from == from && own.to == to).map(|own| &mut own.set);
        }
        let mut clients = self.producers.iter_mut().chain(&mut self.consumers);
        clients.find(|own| own.name == who).map(|own| &mut own.set)
    }

    fn switch(&mut self, who: &str, running: bool) {
        let mut clients = self.producers.iter_mut().chain(&mut self.consumers);
        if let Some(client) = clients.find(|own| own.name == who) {
            client.running = running;
        }
    }

    /// All names that are taken, but for that of the system.
    fn names(&self) -> Vec<&str> {
        let parts = self.broker.parts.iter().map(|own| own.name.as_str());
        let clients = self.producers.iter().chain(&self.consumers).map(|own| own.name.as_str());
        parts.chain(clients).collect()
    }

    /// A name that nothing has: `stem`, or else with the first number that makes it one.
    fn free(&self, stem: &str) -> String {
        let names = self.names();
        let is_free = |name: &String| !names.contains(&name.as_str()) && *name != self.broker.name;
        let numbered = (2..).map(|number: u32| format!("{stem}-{number}"));
        [stem.to_owned()].into_iter().chain(numbered).find(is_free).unwrap_or_default()
    }
}

/// A client as those that there are, of which one that is connected to the same part comes first.
fn another(clients: &[ClientSettings], part: Option<&String>, name: String) -> ClientSettings {
    let of_part = clients.iter().find(|own| part.is_some() && own.part.as_ref() == part);
    let mut own = of_part.or(clients.first()).cloned().unwrap_or_default();
    if part.is_some() {
        own.part = part.cloned();
    }
    // What it does beside sending, or taking in, is not copied.
    ClientSettings { name, part: mem::take(&mut own.part), set: own.set, running: true, ..Default::default() }
}

fn link(from: &str, to: &str) -> LinkSettings {
    LinkSettings { from: from.to_owned(), to: to.to_owned(), set: Settings::new() }
}

/// Whether a client sends on to one of some parts, or has answers sent there.
fn sends_to(client: &ClientSettings, is_one: impl Fn(&String) -> bool) -> bool {
    client.reply_to.as_ref().is_some_and(&is_one)
        || matches!(&client.then, Some(Then::To(part)) if is_one(part))
}

/// Whether an entry of a script is about this part, client or link, or about a link from or to this part.
fn is_about(timed: &Timed, who: &str) -> bool {
    match &timed.act {
        Command::Set { knob, .. } => {
            let own = knob.split_once('.').map_or("", |(own, _)| own);
            own == who || own.split('>').any(|end| end == who)
        }
        Command::Start(own)
        | Command::Stop(own)
        | Command::Cut(own)
        | Command::Mend(own)
        | Command::Outage(own)
        | Command::Recover(own)
        | Command::Crash { consumer: own, .. }
        | Command::Restart { consumer: own, .. }
        | Command::Hang { consumer: own, .. }
        | Command::Resume { consumer: own, .. }
        | Command::Send { producer: own, .. } => own == who,
        Command::Operate { part, .. } => part.as_deref() == Some(who),
        Command::RestartServer(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario() -> Scenario {
        Scenario::from_json(
            r#"{"version":1,"name":"n","title":"t","watch":"w","why":"y",
            "broker":{"name":"rabbitmq","system":"rabbitmq"},
            "producers":[{"name":"producer","set":{"rate":5}}],"consumers":[{"name":"consumer"}],
            "script":[{"at":"5s","do":{"stop":"consumer"}},{"at":"6s","do":{"set":{"knob":"queue.x-max-length","to":9}}}]}"#,
        )
        .unwrap()
    }

    fn edit(scenario: &Scenario, edits: &[Edit]) -> Scenario {
        edits
            .iter()
            .fold(scenario.clone(), |own, edit| own.edited(edit).unwrap_or_else(|e| panic!("{edit:?}: {e}")))
    }

    #[test]
    fn what_is_spelled_out_is_the_same_experiment() {
        let scenario = scenario();
        assert_eq!(scenario.spelled_out().topology(), scenario.topology());
        assert_eq!(scenario.spelled_out().spelled_out(), scenario.spelled_out());
    }

    #[test]
    fn clients_and_parts_are_added_under_free_names_and_taken_away() {
        let add = [Edit::AddProducer(None), Edit::AddConsumer(None), Edit::AddPart("queue".into())];
        let more = edit(&scenario(), &add);
        let names = |own: &[ClientSettings]| own.iter().map(|own| own.name.clone()).collect::<Vec<_>>();
        assert_eq!(
            (names(&more.producers), names(&more.consumers)),
            (vec!["producer".into(), "producer-2".into()], vec!["consumer".into(), "consumer-2".into()],)
        );
        assert_eq!(more.producers[1].set, more.producers[0].set);
        assert_eq!((&*more.name, &*more.title), ("edited-n", "Edited: t"));
        let queue = more.broker.parts.last().unwrap();
        assert_eq!(queue.name, "queue-2");
        assert!(
            more.broker.links.iter().any(|own| own.to == "queue-2" && own.from == "dead-letter-exchange")
        );
        let remove = ["producer-2", "consumer-2", "queue-2"].map(|who| Edit::Remove(who.into()));
        let less = edit(&more, &remove);
        assert_eq!(less.topology(), scenario().topology());
        assert_eq!(less.script, scenario().script);
    }

    #[test]
    fn what_nobody_could_run_without_stays_and_why_is_said() {
        let own = scenario();
        let error = |edit: Edit| own.edited(&edit).unwrap_err().to_string();
        let used = error(Edit::Remove("queue".into()));
        assert!(used.ends_with("something without which there are still producers"), "{used}");
        assert!(error(Edit::Remove("consumer".into())).ends_with("there are still consumers"));
        assert!(error(Edit::Remove("nobody".into())).contains("\"queue\""));
        assert!(error(Edit::AddPart("shelf".into())).contains("one of \"exchange\", \"queue\""));
        let moved = Edit::Connect { who: "producer".into(), part: "dead-letter-exchange".into() };
        let more = edit(&own, &[Edit::AddConsumer(None), Edit::Remove("consumer".into()), moved]);
        assert_eq!(more.script.len(), 1, "what was about the consumer is gone: {:?}", more.script);
    }

    #[test]
    fn a_part_takes_along_who_is_there_for_it_alone_its_links_and_what_was_to_happen_to_it() {
        let mut own = scenario().spelled_out();
        let client = |name: &str, part: &str| ClientSettings {
            name: name.into(),
            part: Some(part.into()),
            running: true,
            ..Default::default()
        };
        own.producers.push(ClientSettings {
            reply_to: Some("queue".into()),
            ..client("asks", "dead-letter-exchange")
        });
        own.consumers.push(ClientSettings {
            then: Some(Then::To("queue".into())),
            ..client("sends-on", "dead-letters")
        });
        own.consumers
            .push(ClientSettings { answers: Some("producer".into()), ..client("takes-in", "dead-letters") });
        own.validate().unwrap();
        let (names, links) = own.removal("queue").unwrap();
        assert_eq!(names, ["queue", "producer", "consumer", "takes-in"]);
        assert_eq!(links, 3, "one to the exchange, one that answers came by, one that was sent on by");
        let less = edit(&own, &[Edit::Remove("queue".into())]);
        assert_eq!(less.names(), ["dead-letter-exchange", "dead-letters", "asks", "sends-on"]);
        assert_eq!((less.broker.links.len(), less.script.len()), (1, 0));
        assert!(less.producers[0].reply_to.is_none() && less.consumers[0].then.is_none());
    }

    #[test]
    fn what_gets_messages_by_a_link_alone_goes_with_where_they_come_from() {
        let own = Scenario::from_json(
            r#"{"version":1,"name":"n","title":"t","watch":"w","why":"y",
            "broker":{"name":"pubsub","system":"pubsub","parts":[{"kind":"topic","name":"one"},
            {"kind":"topic","name":"two"},{"kind":"subscription","name":"of-one"},{"kind":"subscription","name":"of-two"}],
            "links":[{"from":"one","to":"of-one"},{"from":"two","to":"of-two"},{"from":"of-one","to":"two"}]},
            "producers":[{"name":"p","to":"one"},{"name":"q","to":"two"}],
            "consumers":[{"name":"c","from":"of-one"},{"name":"d","from":"of-two"}]}"#,
        )
        .unwrap();
        assert_eq!(own.removal("one"), Ok((vec!["one", "p", "of-one", "c"], 2)));
        assert_eq!(own.removal("of-one"), Ok((vec!["of-one", "c"], 2)));
    }

    #[test]
    fn settings_of_links_are_set_taken_up_and_go_with_the_link() {
        let link = "dead-letter-exchange>dead-letters";
        let set = |knob: String, to: &str| Command::Set { knob, to: Value::Choice(to.to_owned().into()) };
        let key = set(format!("{link}.routing_key"), "urgent");
        let mut simulation: crate::Simulation = crate::Simulation::new(&scenario(), 1);
        assert_eq!(simulation.links(), ["queue>dead-letter-exchange", link]);
        assert_eq!(simulation.knobs(link).unwrap().len(), 2);
        assert!(simulation.knobs("dead-letters>queue").is_none());
        simulation.apply(&key, &mut ()).unwrap();
        assert_eq!(
            simulation.get(&format!("{link}.routing_key")),
            Some(Value::Choice("urgent".to_owned().into()))
        );
        assert!(simulation.check(&set(format!("{link}.nothing"), "")).is_err());
        let mut own = scenario().taking_up([&key]);
        assert_eq!(own.broker.links[1].set.len(), 1);
        own.script.push(Timed { at: crate::Time::from_secs(7), act: key });
        own.validate().unwrap();
        let apart = Edit::Separate { from: "dead-letter-exchange".into(), to: "dead-letters".into() };
        assert_eq!(edit(&own, &[apart]).script.len(), 2);
        assert_eq!(edit(&own, &[Edit::Remove("dead-letters".into())]).script.len(), 2);
    }

    #[test]
    fn what_was_done_while_it_ran_can_be_taken_up_and_what_is_fixed_set() {
        let rate = Command::Set { knob: "producer.rate".into(), to: Value::Number(9.0) };
        let own = scenario().taking_up([&rate, &Command::Stop("consumer".into())]);
        assert_eq!(own.producers[0].set, [("rate".to_owned(), Value::Number(9.0))]);
        assert!(!own.consumers[0].running);
        let to = Value::Choice("quorum".into());
        let fixed = edit(&own, &[Edit::Set { knob: "queue.x-queue-type".into(), to: to.clone() }]);
        assert_eq!(fixed.topology().parts[0].settings.get("x-queue-type"), Some(&to));
        assert!(
            own.edited(&Edit::Set { knob: "queue.x-queue-type".into(), to: Value::Number(1.0) }).is_err()
        );
    }
}
