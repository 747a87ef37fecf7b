//! A canvas with all that is needed to draw on it again and again.

use web_sys::HtmlCanvasElement;

use super::document;
use crate::picture::Picture;
use crate::stage::canvas::{Painter, Palette};

/// The canvas, its colors, and a picture to write into.
pub(crate) struct Sheet {
    canvas: HtmlCanvasElement,
    painter: Painter,
    palette: Palette,
    look: (Option<String>, bool, bool),
    picture: Picture,
}

impl Sheet {
    /// A sheet over `canvas`; none if the browser cannot draw on it.
    pub(crate) fn new(canvas: &HtmlCanvasElement) -> Option<Sheet> {
        Some(Sheet {
            painter: Painter::new(canvas)?,
            palette: Palette::read(canvas),
            canvas: canvas.clone(),
            look: document::look(),
            picture: Picture::default(),
        })
    }

    /// Fits the sheet to its place on the page, lets `draw` write the picture, and paints it.
    pub(crate) fn draw(&mut self, draw: impl FnOnce((f64, f64), &mut Picture)) {
        let look = document::look();
        if look != self.look {
            self.palette = Palette::read(&self.canvas);
            self.look = look;
        }
        draw(self.painter.fit(), &mut self.picture);
        self.painter.paint(&self.picture, &self.palette);
    }
}
