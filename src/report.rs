//! "My broker does otherwise": a report for whoever can put it right, with all it takes to see the same.

use std::fmt::Write;

use queuescope_engine::Timeline;
use queuescope_engine::broker::manual;
use queuescope_engine::knob::{Domain, Knob};
use queuescope_engine::timeline::ENGINE;

use crate::format;
use crate::life::Names;
use crate::shape::Shape;

/// So many lines of the journal are in it, up to the present.
const LINES: usize = 30;

/// The report on a session; `link` brings it back.
pub fn report(timeline: &Timeline, shape: &Shape, link: &str) -> String {
    let (scenario, simulation) = (timeline.scenario(), timeline.simulation());
    let mut text = String::from(
        "My broker does otherwise\n\nWhat I expected, and where it is written or how I saw it:\n\n\n\
         What Queuescope does instead:\n\n\n",
    );
    // Writing to a string cannot fail.
    let _ = writeln!(text, "System: {} {}", shape.terms.system, shape.version);
    let _ = writeln!(text, "Engine: {ENGINE}");
    let _ = writeln!(text, "Scenario: {} ({})", scenario.title, scenario.name);
    let _ = writeln!(text, "Seed: {}", timeline.seed());
    let at = format::clock(simulation.now());
    let _ = writeln!(text, "Time: {at}, after {} events", simulation.events());
    text += "\nSettings that differ from their defaults:\n";
    let changed = changed(timeline, shape);
    if changed.is_empty() {
        text += "  none\n";
    }
    changed.iter().for_each(|line| text += &format!("  {line}\n"));
    let facts = timeline.window().facts();
    let skipped = facts.len().saturating_sub(LINES);
    let _ = writeln!(text, "\nThe last {} lines of the journal:", facts.len() - skipped);
    let names = Names::of(simulation);
    for fact in facts.skip(skipped) {
        let line = names.line(fact);
        let who = fact.what.message().map_or(String::new(), |message| format!("message {message}: "));
        let _ = writeln!(text, "  {}  {who}{}", line.clock, line.text);
    }
    let _ = writeln!(text, "\nThe session: {link}");
    text
}

/// Every setting that is not as it would be if nothing were said, with what that is.
fn changed(timeline: &Timeline, shape: &Shape) -> Vec<String> {
    let versions = manual(&timeline.scenario().broker.system).map_or(&[][..], |manual| manual.versions);
    let unit = |knob: &Knob| match knob.domain {
        Domain::Real { unit, .. } | Domain::Whole { unit, .. } => unit.name(),
        Domain::Choice(_) | Domain::Text { .. } => "",
    };
    let line = |setting: &crate::shape::Setting| {
        let value = timeline.simulation().get(&setting.address)?;
        let default = setting.knob.default_in(versions, &shape.version);
        let text = format!("{} = {value} {}", setting.address, unit(setting.knob));
        (value != default).then(|| format!("{} (default {default})", text.trim_end()))
    };
    shape.settings.iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Action, Session};
    use queuescope_engine::knob::Value;

    const FRAME: std::time::Duration = std::time::Duration::from_millis(20);

    #[test]
    fn a_report_says_what_was_set_and_what_happened_last() {
        for (scenario, system) in [
            ("balanced", "System: Plain queue"),
            ("rabbitmq-poison", "System: RabbitMQ 4"),
            ("sqs-visibility", "System: Amazon SQS"),
            ("redis-pending", "System: Redis"),
        ] {
            let mut session = Session::open(&format!("#/play?engine=full&scenario={scenario}&seed=5"));
            let to = Value::Number(17.0);
            session.dispatch(Action::Set { knob: "producer.rate".into(), to });
            (0..200).for_each(|_| session.tick(FRAME, || true));
            let report = session.report("https://example.org/#/play");
            for part in [
                system,
                &format!("Engine: {ENGINE}\n"),
                "Seed: 5\n",
                &format!("({scenario})\n"),
                "  producer.rate = 17 messages per second (default ",
                "The last 30 lines of the journal:\n",
                "  message ",
                "The session: https://example.org/#/play\n",
            ] {
                assert!(report.contains(part), "{scenario}: no {part} in\n{report}");
            }
            assert!(!report.contains("  producer.arrivals = \"steady\""), "a default is left out:\n{report}");
        }
    }

    #[test]
    fn at_the_very_start_there_is_nothing_to_tell() {
        let mut session = Session::open("#/play?engine=full&scenario=start&paused");
        session.tick(FRAME, || true);
        let report = session.report("link");
        assert!(report.contains("Time: 0:00.0, after 0 events"), "{report}");
    }
}
