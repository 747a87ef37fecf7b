//! Scenarios, one click each.

use crate::app::Desk;
use crate::browser::element::{Element, Shown};
use crate::catalog;
use crate::session::Action;

pub(super) fn lay(page: &Element, desk: Desk) {
    let row = page.with_id("scenarios");
    let chip = |index: usize| {
        let chip = row.add("scenario");
        chip.say(&catalog::scenario(index).title);
        chip.on("click", move || desk.send(Action::Scenario(index)));
        Shown::attribute(chip, "aria-pressed")
    };
    let mut chips: Vec<Shown> = (0..catalog::SCENARIOS.len()).map(chip).collect();
    desk.on_publish(move |frame| {
        for (index, pressed) in chips.iter_mut().enumerate() {
            pressed.show((frame.scenario == Some(index)).to_string());
        }
    });
}
