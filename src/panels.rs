//! The panels: each shows a part of the frame and sends what the visitor wants. What only shows is a
//! row of [`READINGS`]; the modules here are for what does more.

mod charts;
mod header;
mod knobs;
mod recent;
mod scenarios;
mod stage;
mod transport;

pub(crate) use header::{shortcuts_are_on, show_keys};

use crate::app::Desk;
use crate::browser::element::{Element, Shown};
use crate::readings::READINGS;

/// Makes every part of the page show the session and do what it says.
pub(crate) fn lay(page: &Element, desk: Desk) {
    page.add("page");
    let mut places: Vec<Shown> = READINGS
        .iter()
        .map(|reading| Shown::attribute(page.with_id(reading.id), reading.attribute))
        .collect();
    desk.on_publish(move |frame| {
        for (place, reading) in places.iter_mut().zip(READINGS) {
            place.show((reading.of)(frame));
        }
    });
    header::lay(page, desk);
    scenarios::lay(page, desk);
    knobs::lay(page, desk);
    stage::lay(page, desk);
    charts::lay(page, desk);
    recent::lay(page, desk);
    transport::lay(page, desk);
    fold(page);
}

/// On a phone the heading of a panel opens and closes it.
fn fold(page: &Element) {
    for button in page.all("h2 [aria-expanded]") {
        let heading = button.clone();
        button.on("click", move || {
            let open = heading.get("aria-expanded") == "true";
            heading.set("aria-expanded", if open { "false" } else { "true" });
        });
    }
}
