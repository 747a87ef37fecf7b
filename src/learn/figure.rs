//! A figure as it stands in a text: which scenario it runs, with which settings, what is shown of it, and what the text
//! claims of it.

use queuescope_engine::decimal::Decimal;
use queuescope_engine::json::{Node, Tree, object};
use queuescope_engine::knob::Value;
use queuescope_engine::scenario::{self, Claim};
use queuescope_engine::{Problem, Scenario, Simulation};

use super::markup::{self, put};
use crate::format;

/// The picture of a run and the sentence below it, as markup.
pub const SCREEN: &str =
    "<div class=\"picture\"></div><p class=\"say\"></p><p class=\"notice\" role=\"alert\"></p>";

/// The way from a run to the whole page.
pub const WHOLE: &str = "<a class=\"more\">Open in the Playground</a>";

/// Play, restart, and the time.
pub const TRANSPORT: &str = "<div class=\"row\"><button type=\"button\" class=\"btn primary\"></button>\
                             <button type=\"button\" class=\"btn\">Restart</button>\
                             <output class=\"clock\" aria-label=\"Virtual time\" aria-live=\"off\"></output></div>";

/// A run as markup: its title, what is measured in it by these names, and room for what theory expects.
pub fn run<'a>(title: &str, measures: impl Iterator<Item = &'a str>, theory: bool) -> String {
    let mut text = markup::of("<section class=\"run\" aria-label=\"{}\"><h3>{}</h3>", &[title, title]);
    text.push_str(SCREEN);
    text.push_str("<div class=\"shows\">");
    for label in measures {
        let frame = "<div class=\"stat\"><span aria-hidden=\"true\">{}</span><output aria-label=\"{}\" aria-live=\"off\"></output></div>";
        put(&mut text, frame, &[label, label]);
    }
    text.push_str("</div>");
    if theory {
        text.push_str(
            "<p class=\"model\"></p><div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Theory and run\"></div>",
        );
    }
    text.push_str(WHOLE);
    text.push_str("</section>");
    text
}

/// The settings in which a run differs from its scenario: `consumer.idempotent=yes; queue.capacity=5`.
///
/// # Errors
/// What is no setting and value.
pub fn settings(text: &str) -> Result<Vec<(String, Value)>, Problem> {
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
    let setting = |part: &str| {
        let (address, value) = part.split_once('=').ok_or_else(|| Problem {
            path: "data-set".into(),
            value: format!("\"{part}\""),
            permitted: "who.knob=value, and more of them after a semicolon".into(),
        })?;
        Ok((address.trim().to_owned(), value_of(value.trim())))
    };
    parts.map(setting).collect()
}

/// A value as it stands in a text, where there are no quotes: a number if it reads as one.
fn value_of(text: &str) -> Value {
    match Decimal::typed(text) {
        Some(Decimal(number)) => Value::Number(number),
        None => Value::Choice(text.to_owned().into()),
    }
}

/// The scenario with these settings.
///
/// # Errors
/// As [`settings`]; and what of them the scenario does not take.
pub fn set(scenario: &Scenario, text: &str) -> Result<Scenario, String> {
    let settings = settings(text).map_err(|problem| problem.to_string())?;
    let settings = settings.iter().map(|(address, value)| (address.as_str(), value));
    scenario.with(settings).map_err(|problems| problems.to_string())
}

/// What is shown of a run: the measure, and what the reader is told it is. `lost=Lost; effects.twice=Charged twice`.
pub fn shows(text: &str) -> Vec<(String, String)> {
    let parts = text.split(';').filter_map(|part| part.split_once('='));
    parts.map(|(measure, label)| (measure.trim().to_owned(), label.trim().to_owned())).collect()
}

/// What a text claims of a run: `by 20s queue.size = 10; from 10s until 60s lost = 0`.
///
/// # Errors
/// What is no claim.
pub fn claims(text: &str) -> Result<Vec<Claim>, Problem> {
    text.split(';').filter(|part| !part.trim().is_empty()).map(claim).collect()
}

fn claim(text: &str) -> Result<Claim, Problem> {
    let mut words = text.split_whitespace().peekable();
    let mut fields = Vec::new();
    while let Some(word) = words.next_if(|word| matches!(*word, "from" | "at" | "by" | "until")) {
        fields.push((word.to_owned(), Tree::from(words.next().unwrap_or_default())));
    }
    let [Some(that), Some(is), Some(to), None] = [(); 4].map(|()| words.next()) else {
        return Err(Problem {
            path: "data-claim".into(),
            value: format!("\"{}\"", text.trim()),
            permitted: "at, by or until a time, then a measure, a relation and a value".into(),
        });
    };
    let to = match value_of(to) {
        Value::Number(number) => Tree::Number(number),
        Value::Choice(name) => name.as_ref().into(),
    };
    let rest = object([("that", that.into()), ("is", is.into()), ("to", to)]);
    let Tree::Object(rest) = rest else { return Claim::read(&Node::root(&rest)) };
    fields.extend(rest);
    Claim::read(&Node::root(&Tree::Object(fields)))
}

/// A measure of a run as people read it; nothing if there is no such measure.
pub fn reading(measure: &str, simulation: &Simulation) -> String {
    let Some(value) = scenario::measure(measure, simulation) else { return String::new() };
    figure(measure, value)
}

/// A measure's value as people read it: times in seconds, shares in percent, rates by the second.
pub fn figure(measure: &str, value: f64) -> String {
    let kind = measure.rsplit('.').next().unwrap_or_default();
    match (measure.split('.').next().unwrap_or_default(), kind) {
        ("wait", _) | (_, "oldest") => format!("{} s", format::fixed(value, 1)),
        ("utilization", _) => format!("{}%", format::fixed(value * 100.0, 0)),
        (_, "rate") => format!("{} /s", format::fixed(value, 1)),
        (_, "mean") => format::fixed(value, 1),
        _ => format::whole(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn settings_are_taken_and_what_is_none_is_said() {
        let scenario = catalog::scenario(0);
        let other = set(&scenario, "producer.rate=3; queue.when-full=block").unwrap();
        let simulation: Simulation = Simulation::new(&other, 1);
        assert_eq!(simulation.get("producer.rate"), Some(Value::Number(3.0)));
        assert_eq!(simulation.get("queue.when-full"), Some(Value::Choice("block".into())));
        assert_eq!(other.name, scenario.name);
        for (text, told) in [
            ("producer.rate", "who.knob=value"),
            ("nobody.rate=3", "nobody"),
            ("producer.rate=fast", "a number from"),
            ("producer.speed=3", "speed"),
        ] {
            let problem = set(&scenario, text).unwrap_err();
            assert!(problem.contains(told), "{text}: {problem}");
        }
    }

    #[test]
    fn claims_read_as_they_are_written() {
        let claims = claims("by 20s queue.size = 10; from 1s until 1min lost <= produced").unwrap();
        let words: Vec<String> = claims.iter().map(ToString::to_string).collect();
        assert_eq!(words, ["by 20.000s: queue.size = 10", "from 1.000s until 60.000s: lost <= \"produced\""]);
        for text in ["by 20s queue.size", "queue.size = 10 or so", "by soon lost = 0", "at 1s lost ~ 0"] {
            assert!(super::claims(text).is_err(), "{text}");
        }
        assert_eq!(super::claims(" ; ").unwrap(), []);
    }

    #[test]
    fn figures_have_their_units() {
        assert_eq!(figure("wait.p99", 1.26), "1.3 s");
        assert_eq!(figure("queue.oldest", 0.0), "0.0 s");
        assert_eq!(figure("utilization", 0.955), "96%");
        assert_eq!(figure("consumed.rate", 3.0), "3.0 /s");
        assert_eq!(figure("lost", 12.0), "12");
        assert_eq!(
            shows("lost=Lost; effects.twice = Charged twice"),
            [
                ("lost".to_owned(), "Lost".to_owned()),
                ("effects.twice".to_owned(), "Charged twice".to_owned())
            ]
        );
    }
}
