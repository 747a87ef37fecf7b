//! The node: one for all cases, each of which has a virtual host of its own.

use std::time::Duration;

use super::control::Control;
use crate::process::{Folder, Keeper, connect, free_ports, patiently};

/// The script of the package itself: the one on the path changes the user and the folder.
const PROGRAM: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const NAME: &str = "queuescope@localhost";
const PATIENCE: Duration = Duration::from_secs(90);

/// How a node goes down.
#[derive(Clone, Copy)]
pub(super) enum Down {
    /// As by `rabbitmqctl stop_app`.
    Stopped,
    /// By `kill -9`.
    Killed,
}

pub(super) struct Node {
    control: Control,
    keeper: Option<Keeper>,
    folder: Folder,
    pub(super) port: u16,
    lines: Vec<String>,
    environment: Vec<(&'static str, String)>,
    pub(super) version: String,
    hosts: u32,
}

impl Node {
    pub(super) fn start() -> Result<Node, String> {
        let folder = Folder::new().map_err(|error| error.to_string())?;
        let [port, mapper, distribution] = free_ports().map_err(|error| error.to_string())?;
        let path = |name: &str| folder.path().join(name).display().to_string();
        let write = |name: &str, text: String| {
            std::fs::write(folder.path().join(name), text).map_err(|error| error.to_string())
        };
        write("rabbitmq.conf", format!("listeners.tcp.1 = 127.0.0.1:{port}\nlog.file.level = warning\n"))?;
        write("enabled_plugins", "[].\n".into())?;
        let environment = vec![
            ("HOME", path("")),
            ("ERL_EPMD_PORT", mapper.to_string()),
            ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
            ("RABBITMQ_NODENAME", NAME.into()),
            ("RABBITMQ_DIST_PORT", distribution.to_string()),
            ("RABBITMQ_CONFIG_FILE", path("rabbitmq.conf")),
            ("RABBITMQ_CONF_ENV_FILE", "/dev/null".into()),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", path("enabled_plugins")),
            ("RABBITMQ_MNESIA_BASE", path("mnesia")),
            ("RABBITMQ_LOG_BASE", path("log")),
            ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}".into()),
        ];
        // The port mapper is started here, so that it ends with the node.
        let lines = vec![format!("epmd -address 127.0.0.1 -port {mapper}"), PROGRAM.to_owned()];
        let keeper = Keeper::start(&lines, folder.path(), &environment).map_err(|error| error.to_string())?;
        // It is there once the node has made the cookie.
        let cookie = folder.path().join(".erlang.cookie");
        patiently(PATIENCE, || cookie.exists().then_some(()))
            .ok_or_else(|| format!("{PROGRAM} does not start:\n{}", folder.output()))?;
        let control = Control::start(NAME, folder.path(), &environment)?;
        let version = String::new();
        let mut node =
            Node { control, keeper: Some(keeper), folder, port, lines, environment, version, hosts: 0 };
        node.wait()?;
        node.version = node.ask_version()?;
        Ok(node)
    }

    /// Until it takes connections.
    fn wait(&mut self) -> Result<(), String> {
        let (control, port) = (&mut self.control, self.port);
        let is_up = || match control.call("rabbit", "is_running", "") {
            Ok(answer) if answer == "true" && connect(port).is_ok() => Some(Ok(())),
            Ok(_) => {
                std::thread::sleep(Duration::from_millis(50));
                None
            }
            Err(error) => Some(Err(error)),
        };
        let up = patiently(PATIENCE, is_up);
        up.unwrap_or_else(|| Err(format!("{PROGRAM} does not start:\n{}", self.folder.output())))
    }

    fn ask_version(&mut self) -> Result<String, String> {
        let told = self.control.call("rabbit_misc", "version", "")?;
        let numbers: Vec<&str> = told.trim_matches('"').split('.').collect();
        match numbers[..] {
            [major, minor, ..] => Ok(format!("{major}.{minor}")),
            _ => Err(format!("the node tells no version: {told}")),
        }
    }

    /// A virtual host for a case.
    pub(super) fn new_host(&mut self) -> Result<String, String> {
        self.hosts += 1;
        let host = format!("case{}", self.hosts);
        self.control.order("rabbit_vhost", "add", &format!("<<\"{host}\">>, <<\"live\">>"))?;
        let all = "<<\".*\">>, <<\".*\">>, <<\".*\">>, <<\"live\">>";
        let arguments = format!("<<\"guest\">>, <<\"{host}\">>, {all}");
        self.control.order("rabbit_auth_backend_internal", "set_permissions", &arguments)?;
        Ok(host)
    }

    pub(super) fn remove_host(&mut self, host: &str) -> Result<(), String> {
        self.control.order("rabbit_vhost", "delete", &format!("<<\"{host}\">>, <<\"live\">>"))
    }

    /// Goes down and comes up with what it had kept.
    pub(super) fn restart(&mut self, down: Down) -> Result<(), String> {
        match down {
            Down::Stopped => {
                self.control.order("rabbit", "stop", "")?;
                self.control.order("rabbit", "start", "")?;
            }
            Down::Killed => {
                drop(self.keeper.take());
                let keeper = Keeper::start(&self.lines, self.folder.path(), &self.environment);
                self.keeper = Some(keeper.map_err(|error| error.to_string())?);
            }
        }
        self.wait()
    }

    pub(super) fn memory_alarm(&mut self, on: bool) -> Result<(), String> {
        let resource = "{resource_limit,memory,N}";
        if on {
            self.control.order("rabbit_alarm", "set_alarm", &format!("{{{resource},[]}}"))
        } else {
            self.control.order("rabbit_alarm", "clear_alarm", resource)
        }
    }

    /// `definition` is JSON.
    pub(super) fn set_policy(
        &mut self,
        host: &str,
        name: &str,
        (pattern, applies_to): (&str, &str),
        definition: &str,
    ) -> Result<(), String> {
        let texts = [host, name, pattern].map(|text| format!("<<{}>>", erlang_text(text))).join(", ");
        let definition = erlang_text(definition);
        let arguments = format!("{texts}, <<{definition}>>, 0, <<\"{applies_to}\">>, <<\"live\">>");
        self.control.order("rabbit_policy", "parse_set", &arguments)
    }

    pub(super) fn clear_policy(&mut self, host: &str, name: &str) -> Result<(), String> {
        let arguments = format!("<<\"{host}\">>, <<{}>>, <<\"live\">>", erlang_text(name));
        self.control.order("rabbit_policy", "delete", &arguments)
    }

    /// How many messages of a queue are ready and how many unacknowledged; none if there is no such queue.
    pub(super) fn messages(&mut self, host: &str, queue: &str) -> Result<Option<(u64, u64)>, String> {
        // A quorum queue publishes its counts now and then; the state machine itself is up to date.
        let answer = self.control.eval(&format!(
            "case rpc:call(N, rabbit_amqqueue, lookup, [{}]) of {{ok, Q}} -> \
                 case rpc:call(N, amqqueue, get_type, [Q]) of \
                     rabbit_quorum_queue -> \
                         P = rpc:call(N, amqqueue, get_pid, [Q]), \
                         Ask = fun(What) -> {{ok, {{_, C}}, _}} = rpc:call(N, ra, leader_query, [P, What]), C end, \
                         {{Ask(fun rabbit_fifo:query_messages_ready/1), \
                           Ask(fun rabbit_fifo:query_messages_checked_out/1)}}; \
                     _ -> \
                         [{{_, R}}, {{_, U}}] = rpc:call(N, rabbit_amqqueue, info, \
                             [Q, [messages_ready, messages_unacknowledged]]), {{R, U}} end; \
             _ -> absent end",
            resource(host, "queue", queue)
        ))?;
        if answer == "absent" {
            return Ok(None);
        }
        let counts = answer.trim_matches(['{', '}']).split_once(',');
        let counts = counts.and_then(|(ready, unacked)| Some((ready.parse().ok()?, unacked.parse().ok()?)));
        counts.map(Some).ok_or(format!("the counts of {queue} are {answer}"))
    }

    pub(super) fn has_exchange(&mut self, host: &str, exchange: &str) -> Result<bool, String> {
        let found = self.control.call("rabbit_exchange", "lookup", &resource(host, "exchange", exchange))?;
        Ok(found.starts_with("{ok,"))
    }

    pub(super) fn has_queue(&mut self, host: &str, queue: &str) -> Result<bool, String> {
        let found = self.control.call("rabbit_amqqueue", "lookup", &resource(host, "queue", queue))?;
        Ok(found.starts_with("{ok,"))
    }
}

fn resource(host: &str, kind: &str, name: &str) -> String {
    format!("{{resource, <<\"{host}\">>, {kind}, <<{}>>}}", erlang_text(name))
}

fn erlang_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
