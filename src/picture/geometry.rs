//! Points, rectangles and curves.

use std::f64::consts::TAU;

/// A position.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// The point at `x`, `y`.
pub const fn at(x: f64, y: f64) -> Point {
    Point { x, y }
}

impl Point {
    /// The point `part` of the way to `other`: 0 is here, 1 is there.
    pub fn toward(self, other: Point, part: f64) -> Point {
        at(self.x + (other.x - self.x) * part, self.y + (other.y - self.y) * part)
    }

    /// The point moved by `dx`, `dy`.
    pub fn moved(self, dx: f64, dy: f64) -> Point {
        at(self.x + dx, self.y + dy)
    }
}

/// An upright rectangle.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Rect {
    /// Of the left side.
    pub x: f64,
    /// Of the upper side.
    pub y: f64,
    /// Its width.
    pub w: f64,
    /// Its height.
    pub h: f64,
}

impl Rect {
    /// The rectangle with its upper left corner at `x`, `y`.
    pub const fn new(x: f64, y: f64, w: f64, h: f64) -> Rect {
        Rect { x, y, w, h }
    }

    /// Where its right side is.
    pub fn right(self) -> f64 {
        self.x + self.w
    }

    /// Where its lower side is.
    pub fn bottom(self) -> f64 {
        self.y + self.h
    }

    /// Its middle.
    pub fn center(self) -> Point {
        at(self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// Smaller by `by` on each side, but never turned inside out.
    pub fn inset(self, by: f64) -> Rect {
        let (dx, dy) = (by.min(self.w / 2.0), by.min(self.h / 2.0));
        Rect::new(self.x + dx, self.y + dy, self.w - 2.0 * dx, self.h - 2.0 * dy)
    }

    /// Whether `other` is wholly inside.
    pub fn holds(self, other: Rect) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && other.right() <= self.right()
            && other.bottom() <= self.bottom()
    }

    /// Whether a point is inside.
    pub fn contains(self, point: Point) -> bool {
        self.x <= point.x && point.x <= self.right() && self.y <= point.y && point.y <= self.bottom()
    }

    /// Whether the two share any area.
    pub fn meets(self, other: Rect) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }
}

/// The four points of a curve that leaves and arrives level.
pub fn bend(from: Point, to: Point) -> [Point; 4] {
    let half = (to.x - from.x) / 2.0;
    [from, from.moved(half, 0.0), to.moved(-half, 0.0), to]
}

/// The point `part` along a cubic curve.
pub fn along([a, b, c, d]: [Point; 4], part: f64) -> Point {
    let rest = 1.0 - part;
    let (wa, wb, wc, wd) =
        (rest * rest * rest, 3.0 * rest * rest * part, 3.0 * rest * part * part, part * part * part);
    at(wa * a.x + wb * b.x + wc * c.x + wd * d.x, wa * a.y + wb * b.y + wc * c.y + wd * d.y)
}

/// A part of a turn, clockwise from the top, as an angle in radians from the right.
pub fn angle(turn: f64) -> f64 {
    (turn - 0.25) * TAU
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_starts_and_ends_where_it_should() {
        let curve = bend(at(0.0, 0.0), at(10.0, 8.0));
        assert_eq!(
            (along(curve, 0.0), along(curve, 0.5), along(curve, 1.0)),
            (at(0.0, 0.0), at(5.0, 4.0), at(10.0, 8.0))
        );
    }

    #[test]
    fn rectangles_know_what_they_hold_and_meet() {
        let sheet = Rect::new(0.0, 0.0, 10.0, 6.0);
        assert!(sheet.holds(sheet.inset(1.0)) && !sheet.inset(1.0).holds(sheet));
        assert!(!sheet.meets(Rect::new(10.0, 0.0, 5.0, 5.0)) && sheet.meets(Rect::new(9.0, 5.0, 5.0, 5.0)));
        assert_eq!((sheet.inset(99.0).w, sheet.center()), (0.0, at(5.0, 3.0)));
    }
}
