//! Three charts of the run so far, all of them with one table.

use crate::app::Desk;
use crate::browser::element::Element;
use crate::charts::{self, Chart};
use crate::frame::Frame;
use crate::readings::run;
use crate::widgets::rows::Rows;

/// Which chart it is, with what that takes from the frame.
type Of = fn(&Frame) -> Chart;

/// The canvas of each chart, by its id, and the chart.
const CHARTS: &[(&str, Of)] = &[
    ("depth-chart", |frame| Chart::Depth { capacity: Some(frame.capacity) }),
    ("rates-chart", |_| Chart::Rates),
    ("wait-chart", |_| Chart::Wait),
];

pub(super) fn lay(page: &Element, desk: Desk) {
    let mut sheets: Vec<_> = CHARTS.iter().map(|(id, _)| page.with_id(id).sheet()).collect();
    // Drawn anew whenever the panels are.
    desk.on_publish(move |frame| {
        for (sheet, (_, chart)) in sheets.iter_mut().zip(CHARTS) {
            if let Some(sheet) = sheet {
                sheet.draw(|size, picture| {
                    charts::draw(chart(frame), &run(frame), size, picture);
                });
            }
        }
    });
    table(page.with_id("moments"), desk);
}

/// Kept up to date while it is open.
fn table(details: Element, desk: Desk) {
    let mut rows = Rows::new(&details, "moment");
    let own = details.clone();
    desk.on_publish(move |frame| {
        if own.has("open") {
            rows.show(charts::table(&run(frame)).into_iter().map(|row| ("", row)));
        }
    });
    details.on("toggle", move || desk.publish());
}
