//! The part of a picture that is seen: how near, and from where.

use super::{Point, at};

/// The nearest.
const NEAREST: f64 = 12.0;

/// A picture enlarged and moved. A point of the picture is seen at `zoom` times itself, plus `moved`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct View {
    /// How much larger than it was drawn; 1 is all of it.
    pub zoom: f64,
    /// Where its upper left corner is.
    pub moved: Point,
}

impl Default for View {
    /// All of it.
    fn default() -> View {
        View { zoom: 1.0, moved: at(0.0, 0.0) }
    }
}

impl View {
    /// Nearer by `times`, around what is seen at `center` on a sheet of `size`.
    #[must_use]
    pub fn nearer(self, times: f64, center: Point, size: (f64, f64)) -> View {
        let zoom = (self.zoom * times).clamp(1.0, NEAREST);
        // A little more than all of it is all of it.
        let zoom = if zoom < 1.01 { 1.0 } else { zoom };
        let own = self.inside(center);
        View { zoom, moved: at(center.x - own.x * zoom, center.y - own.y * zoom) }.kept(size)
    }

    /// The same on a sheet so many times as large.
    #[cfg(feature = "systems")]
    #[must_use]
    pub fn magnified(self, times: f64) -> View {
        View { zoom: self.zoom * times, moved: at(self.moved.x * times, self.moved.y * times) }
    }

    /// Moved by so much, but never off the sheet.
    #[must_use]
    pub fn shifted(self, dx: f64, dy: f64, size: (f64, f64)) -> View {
        View { moved: self.moved.moved(dx, dy), ..self }.kept(size)
    }

    /// The point of the picture that is seen at `point`.
    pub fn inside(self, point: Point) -> Point {
        at((point.x - self.moved.x) / self.zoom, (point.y - self.moved.y) / self.zoom)
    }

    /// Whether all of it is seen.
    pub fn is_whole(self) -> bool {
        self.zoom == 1.0
    }

    fn kept(self, (w, h): (f64, f64)) -> View {
        // Not by `clamp`: where its bounds are not constant it brings what it takes to quote any number.
        let keep = |moved: f64, length: f64| moved.max(length - length * self.zoom).min(0.0);
        View { moved: at(keep(self.moved.x, w), keep(self.moved.y, h)), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (f64, f64) = (400.0, 200.0);

    #[test]
    fn what_is_under_the_pointer_stays_there() {
        let center = at(300.0, 50.0);
        let near = View::default().nearer(2.0, center, SIZE);
        assert_eq!((near.zoom, near.inside(center)), (2.0, center));
        let nearer = near.nearer(1.5, at(10.0, 190.0), SIZE);
        let (before, after) = (near.inside(at(10.0, 190.0)), nearer.inside(at(10.0, 190.0)));
        assert!((before.x - after.x).abs() < 1e-9 && (before.y - after.y).abs() < 1e-9);
    }

    #[test]
    fn nothing_beside_the_picture_is_ever_seen() {
        let mut view = View::default().nearer(4.0, at(200.0, 100.0), SIZE);
        for (dx, dy) in [(9e3, 9e3), (-9e3, 0.0), (0.0, -9e3)] {
            view = view.shifted(dx, dy, SIZE);
            let (start, end) = (view.inside(at(0.0, 0.0)), view.inside(at(SIZE.0, SIZE.1)));
            assert!(0.0 <= start.x && 0.0 <= start.y && end.x <= SIZE.0 && end.y <= SIZE.1, "{view:?}");
        }
        assert_eq!(view.nearer(0.001, at(7.0, 7.0), SIZE), View::default());
        assert_eq!(view.nearer(1e9, at(7.0, 7.0), SIZE).zoom, NEAREST);
    }
}
