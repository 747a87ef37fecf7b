//! An Erlang shell beside the node: asks it what its protocol does not tell, and does what its operator does.
//!
//! The command-line tools do the same, but each call of them starts an Erlang of its own, which takes seconds.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Evaluates each line it reads, with `N` bound to the node, and prints what comes of it on one line.
const LOOP: &str = "F = fun(G) -> case io:get_line(\"\") of \
    L when is_list(L) -> \
        R = try {ok,T,_} = erl_scan:string(L), {ok,E} = erl_parse:parse_exprs(T), \
            {value,V,_} = erl_eval:exprs(E, [{'N',NODE}]), V catch _:X -> {badly,X} end, \
        io:format(\"~0p~n\", [R]), G(G); \
    _ -> halt() end end, F(F).";

pub(super) struct Control {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Control {
    /// `environment` is that of the node, so that both share the port mapper and the cookie.
    pub(super) fn start(
        node: &str,
        folder: &Path,
        environment: &[(&str, String)],
    ) -> Result<Control, String> {
        let run = LOOP.replace("NODE", &format!("'{node}'"));
        let mut child = Command::new("erl")
            .args(["-noshell", "-hidden", "-sname", "queuescope-control@localhost", "-eval", &run])
            .args(["-kernel", "inet_dist_use_interface", "{127,0,0,1}"])
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("erl cannot be run: {error}"))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Control { child, input, output: BufReader::new(output) }),
            _ => Err("erl has no pipes".into()),
        }
    }

    /// What the expressions come to, as Erlang writes it.
    pub(super) fn eval(&mut self, expressions: &str) -> Result<String, String> {
        let mut line = String::new();
        writeln!(self.input, "{expressions}.").map_err(|error| error.to_string())?;
        self.output.read_line(&mut line).map_err(|error| error.to_string())?;
        if line.is_empty() {
            return Err("the Erlang shell has ended".into());
        }
        Ok(line.trim().to_owned())
    }

    /// Calls a function of the node.
    pub(super) fn call(&mut self, module: &str, function: &str, arguments: &str) -> Result<String, String> {
        self.eval(&format!("rpc:call(N, {module}, {function}, [{arguments}])"))
    }

    /// Calls a function of the node that answers `ok`.
    pub(super) fn order(&mut self, module: &str, function: &str, arguments: &str) -> Result<(), String> {
        match self.call(module, function, arguments)?.as_str() {
            "ok" => Ok(()),
            other => Err(format!("{module}:{function}({arguments}) gives {other}")),
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // It has no state; a failure means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
