//! A canvas with all that is needed to draw on it again and again.

use web_sys::HtmlCanvasElement;

use super::document;
use crate::picture::{Picture, View};
use crate::stage::canvas::{Painter, Palette};

/// The canvas, its colors, and a picture to write into.
pub(crate) struct Sheet {
    canvas: HtmlCanvasElement,
    painter: Painter,
    /// The colors, with the look of the page under which they were read; none before the canvas is on the page.
    colors: Option<(Palette, document::Look)>,
    picture: Picture,
}

impl Sheet {
    /// A sheet over `canvas`; none if the browser cannot draw on it.
    pub(crate) fn new(canvas: &HtmlCanvasElement) -> Option<Sheet> {
        Some(Sheet {
            painter: Painter::new(canvas)?,
            colors: None,
            canvas: canvas.clone(),
            picture: Picture::default(),
        })
    }

    /// Fits the sheet to its place on the page, lets `draw` write the picture, and paints it.
    pub(crate) fn draw(&mut self, draw: impl FnOnce((f64, f64), &mut Picture)) {
        self.draw_in(View::default(), draw);
    }

    /// As [`Sheet::draw`], and shows that part of it.
    pub(crate) fn draw_in(&mut self, view: View, draw: impl FnOnce((f64, f64), &mut Picture)) {
        if !self.canvas.is_connected() {
            return;
        }
        let look = document::look();
        let colors = self.colors.take().filter(|(_, read)| *read == look);
        let (palette, look) = colors.unwrap_or_else(|| (Palette::read(&self.canvas), look));
        draw(self.painter.fit(), &mut self.picture);
        self.painter.paint(&self.picture, &palette, view);
        self.colors = Some((palette, look));
    }
}

/// The colors of the page where an element stands.
#[cfg(feature = "systems")]
pub(crate) fn palette(element: &super::element::Element) -> Palette {
    Palette::read(element.node())
}
