//! A display list: what is to be painted, in the order of painting, without a word about how.
//!
//! The stage and the charts write into a [`Picture`]; the one canvas painter reads it. So what is
//! drawn can be computed, tested and measured natively. Lengths and positions are CSS pixels from
//! the top left. A picture is made to be written again and again: clearing it keeps its memory.

pub mod figure;
mod geometry;
pub mod measure;
mod style;
pub mod svg;
mod view;

use std::fmt::{self, Write};

pub use geometry::{Point, Rect, along, angle, at, bend};
pub use style::{Align, Dash, Fill, Font, Ink, Mark, Shape, Stroke, Weight, font, line};
pub use view::View;

/// One step of painting.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Op {
    /// A rectangle with round corners, filled.
    Box(Rect, f64, Fill),
    /// The outline of one.
    Frame(Rect, f64, Stroke),
    /// A line through [`Picture::points`].
    Path(Span, Stroke),
    /// Many separate lines, two points each.
    Segments(Span, Stroke),
    /// The area around which the points go.
    Area(Span, Fill),
    /// A cubic curve: from, two that pull at it, to.
    Curve([Point; 4], Stroke),
    /// A part of a circle, clockwise from the top: center, radius, from and to as parts of the whole turn.
    Arc(Point, f64, [f64; 2], Stroke),
    /// Markers: the place among [`Picture::batches`].
    Marks(usize),
    /// A text; the point is on its baseline.
    Text(Span, Point, Font),
}

/// A part of one of the picture's buffers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    start: usize,
    end: usize,
}

/// Markers of one kind.
#[derive(Clone, PartialEq, Debug)]
struct Batch {
    mark: Mark,
    points: Vec<Point>,
}

/// Where something is that can be pointed at.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spot {
    /// Which it is; who draws knows of what.
    pub number: u64,
    /// Its middle.
    pub point: Point,
    /// Half its width.
    pub radius: f64,
}

/// Of what the spots are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Looking {
    /// Of nothing.
    #[default]
    Nowhere,
    /// Of the one of this number.
    For(u64),
    /// Of all.
    All,
}

/// What is to be painted.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Picture {
    /// Its width and height.
    pub size: (f64, f64),
    ops: Vec<Op>,
    points: Vec<Point>,
    text: String,
    batches: Vec<Batch>,
    /// How many batches are in use; the rest keep their memory for later.
    used: usize,
    /// Markers join a batch from here on.
    layer: usize,
    looking: Looking,
    spots: Vec<Spot>,
}

impl Picture {
    /// An empty sheet of this size.
    pub fn clear(&mut self, size: (f64, f64)) {
        self.size = size;
        self.ops.clear();
        self.points.clear();
        self.text.clear();
        self.used = 0;
        self.layer = 0;
        self.spots.clear();
    }

    /// From now on the spots of these are kept.
    pub fn look_for(&mut self, looking: Looking) {
        self.looking = looking;
    }

    /// The spots that were kept, in the order of drawing.
    pub fn spots(&self) -> &[Spot] {
        &self.spots
    }

    /// Says that the thing of this number is at `point`.
    #[inline]
    pub fn spot(&mut self, number: u64, point: Point, radius: f64) {
        if crate::SYSTEMS && (self.looking == Looking::All || self.looking == Looking::For(number)) {
            self.spots.push(Spot { number, point, radius });
        }
    }

    /// The steps of painting, in order.
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// The points of a step.
    pub fn points(&self, span: Span) -> &[Point] {
        &self.points[span.start..span.end]
    }

    /// The words of a step.
    pub fn text_of(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The markers of a step.
    pub fn batch(&self, place: usize) -> (Mark, &[Point]) {
        let batch = &self.batches[place];
        (batch.mark, &batch.points)
    }

    /// How many markers there are.
    pub fn marks(&self) -> usize {
        self.batches[..self.used].iter().map(|batch| batch.points.len()).sum()
    }

    /// A filled box with round corners.
    pub fn fill(&mut self, rect: Rect, corner: f64, fill: impl Into<Fill>) {
        self.ops.push(Op::Box(rect, corner.min(rect.w / 2.0).min(rect.h / 2.0), fill.into()));
    }

    /// The outline of a box with round corners.
    pub fn frame(&mut self, rect: Rect, corner: f64, stroke: Stroke) {
        self.ops.push(Op::Frame(rect, corner.min(rect.w / 2.0).min(rect.h / 2.0), stroke));
    }

    /// A line through points.
    pub fn path(&mut self, points: impl IntoIterator<Item = Point>, stroke: Stroke) {
        let span = self.keep(points);
        self.ops.push(Op::Path(span, stroke));
    }

    /// Separate lines, two points each.
    pub fn segments(&mut self, ends: impl IntoIterator<Item = [Point; 2]>, stroke: Stroke) {
        let span = self.keep(ends.into_iter().flatten());
        self.ops.push(Op::Segments(span, stroke));
    }

    /// The area that points go around.
    pub fn area(&mut self, points: impl IntoIterator<Item = Point>, fill: Fill) {
        let span = self.keep(points);
        self.ops.push(Op::Area(span, fill));
    }

    /// A link from `from` to `to` that leaves and arrives level.
    pub fn link(&mut self, from: Point, to: Point, stroke: Stroke) {
        self.ops.push(Op::Curve(bend(from, to), stroke));
    }

    /// A part of a circle's line, clockwise from the top; 1 is the whole turn.
    pub fn arc(&mut self, center: Point, radius: f64, from: f64, to: f64, stroke: Stroke) {
        self.ops.push(Op::Arc(center, radius, [from, to], stroke));
    }

    /// Markers from here on lie above all that is drawn so far.
    pub fn layer(&mut self) {
        self.layer = self.used;
    }

    /// A marker. Those of one kind and layer are painted at one go, where the first of them stands.
    pub fn mark(&mut self, mark: Mark, point: Point) {
        let open = &self.batches[self.layer..self.used];
        // Runs of one kind are the rule: look at the latest first.
        let place = match open.iter().rposition(|batch| batch.mark == mark) {
            Some(place) => self.layer + place,
            None => self.open(mark),
        };
        self.batches[place].points.push(point);
    }

    /// A text whose baseline is at `point`. Nothing is allocated for it.
    pub fn text(&mut self, text: impl fmt::Display, point: Point, font: Font) {
        let start = self.text.len();
        // Writing to a string cannot fail.
        let _ = write!(self.text, "{text}");
        self.ops.push(Op::Text(Span { start, end: self.text.len() }, point, font));
    }

    fn open(&mut self, mark: Mark) -> usize {
        let place = self.used;
        match self.batches.get_mut(place) {
            Some(batch) => {
                batch.mark = mark;
                batch.points.clear();
            }
            None => self.batches.push(Batch { mark, points: Vec::new() }),
        }
        self.used += 1;
        self.ops.push(Op::Marks(place));
        place
    }

    fn keep(&mut self, points: impl IntoIterator<Item = Point>) -> Span {
        let start = self.points.len();
        self.points.extend(points);
        Span { start, end: self.points.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOT: Mark = Mark { shape: Shape::Circle, ink: Ink::Ready, radius: 3.0, opacity: 1.0 };

    #[test]
    fn markers_of_a_kind_are_one_step_within_a_layer() {
        let mut picture = Picture::default();
        picture.clear((10.0, 10.0));
        let other = Mark { ink: Ink::Identity(3), ..DOT };
        for x in 0..6 {
            picture.mark(if x % 2 == 0 { DOT } else { other }, at(f64::from(x), 0.0));
        }
        picture.layer();
        picture.mark(DOT, at(9.0, 0.0));
        assert_eq!(picture.ops(), [Op::Marks(0), Op::Marks(1), Op::Marks(2)]);
        assert_eq!(
            (picture.marks(), picture.batch(1).1.len(), picture.batch(2)),
            (7, 3, (DOT, &[at(9.0, 0.0)][..]))
        );
    }

    #[test]
    fn a_cleared_picture_shows_nothing_of_what_was() {
        let mut picture = Picture::default();
        picture.mark(DOT, at(1.0, 1.0));
        picture.text(format_args!("{}/{}", 7, 10), at(0.0, 0.0), font(Ink::Ink, 12.0));
        picture.clear((5.0, 5.0));
        assert_eq!((picture.ops().len(), picture.marks()), (0, 0));
        picture.mark(DOT, at(2.0, 2.0));
        picture.text("two", at(0.0, 0.0), font(Ink::Ink, 12.0));
        assert_eq!(picture.batch(0).1, [at(2.0, 2.0)]);
        assert!(matches!(picture.ops()[1], Op::Text(span, ..) if picture.text_of(span) == "two"));
    }
}
