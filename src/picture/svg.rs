//! A picture as an SVG document: the same shapes as on the canvas, to be kept, printed, or put into a text.

use std::f64::consts::FRAC_PI_2;
use std::fmt::Write;

use queuescope_engine::decimal::Decimal;

use super::{Align, Dash, Fill, Font, Ink, Mark, Op, Picture, Point, Rect, Shape, Stroke, Weight, at};

/// The picture as an SVG document in these colors, by [`Ink::index`], with letters of this family on a ground.
pub fn svg(picture: &Picture, colors: &[String], family: &str) -> String {
    let (w, h) = picture.size;
    let mut own = Writer { text: String::new(), colors };
    let (w, h) = (short(w), short(h));
    own.put(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" \
         font-family=\"{}\" stroke-linecap=\"round\" stroke-linejoin=\"round\">",
        Escaped(family)
    ));
    let ground = own.paint("fill", Ink::Surface, 1.0);
    own.put(format_args!("<rect width=\"100%\" height=\"100%\"{ground}/>"));
    for op in picture.ops() {
        own.step(op, picture);
    }
    own.text.push_str("</svg>\n");
    own.text
}

/// To a hundredth, which is finer than any screen.
fn short(number: f64) -> Decimal {
    Decimal((number * 100.0).round() / 100.0)
}

struct Writer<'a> {
    text: String,
    colors: &'a [String],
}

impl Writer<'_> {
    /// Writing to a string cannot fail.
    fn put(&mut self, what: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.text, "{what}");
    }

    fn step(&mut self, op: &Op, picture: &Picture) {
        match *op {
            Op::Box(rect, corner, Fill { ink, opacity }) => {
                let paint = self.paint("fill", ink, opacity);
                self.rect(rect, corner, &paint);
            }
            Op::Frame(rect, corner, stroke) => {
                let paint = self.stroke(stroke);
                self.rect(rect, corner, &paint);
            }
            Op::Path(points, stroke) => {
                let (path, paint) = (polygon(picture.points(points), ""), self.stroke(stroke));
                self.path(&path, &paint);
            }
            Op::Segments(points, stroke) => {
                let pairs = picture.points(points).chunks_exact(2);
                let path: String = pairs.map(|ends| polygon(ends, "")).collect();
                let paint = self.stroke(stroke);
                self.path(&path, &paint);
            }
            Op::Area(points, Fill { ink, opacity }) => {
                let (path, paint) = (polygon(picture.points(points), "Z"), self.paint("fill", ink, opacity));
                self.path(&path, &paint);
            }
            Op::Curve([from, a, b, to], stroke) => {
                let path = format!("M{}C{} {} {}", Pair(from), Pair(a), Pair(b), Pair(to));
                let paint = self.stroke(stroke);
                self.path(&path, &paint);
            }
            Op::Arc(center, radius, [from, to], stroke) => {
                let paint = self.stroke(stroke);
                self.path(&arc(center, radius, from, to), &paint);
            }
            Op::Marks(batch) => {
                let (mark, points) = picture.batch(batch);
                let path: String = points.iter().map(|point| outline(mark, *point)).collect();
                let paint = if mark.shape.is_outline() {
                    let width = (mark.radius * 0.3).clamp(1.0, 2.0);
                    self.stroke(Stroke { ink: mark.ink, width, opacity: mark.opacity, dash: Dash::Solid })
                } else {
                    self.paint("fill", mark.ink, mark.opacity)
                };
                self.path(&path, &paint);
            }
            Op::Text(span, point, font) => self.words(picture.text_of(span), point, font),
        }
    }

    fn rect(&mut self, Rect { x, y, w, h }: Rect, corner: f64, paint: &str) {
        let [x, y, w, h, corner] = [x, y, w, h, corner].map(short);
        self.put(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{corner}\"{paint}/>"
        ));
    }

    fn path(&mut self, path: &str, paint: &str) {
        if !path.is_empty() {
            self.put(format_args!("<path d=\"{path}\"{paint}/>"));
        }
    }

    fn words(&mut self, text: &str, point: Point, font: Font) {
        let anchor = match font.align {
            Align::Start => "start",
            Align::Middle => "middle",
            Align::End => "end",
        };
        let weight = match font.weight {
            Weight::Regular => "400",
            Weight::Strong => "650",
        };
        let (x, y, size) = (short(point.x), short(point.y), short(font.size));
        let paint = self.paint("fill", font.ink, font.opacity);
        self.put(format_args!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" font-weight=\"{weight}\" \
             text-anchor=\"{anchor}\"{paint}>{}</text>",
            Escaped(text)
        ));
    }

    fn paint(&self, what: &str, ink: Ink, opacity: f64) -> String {
        let color = self.colors.get(ink.index()).map_or("currentColor", String::as_str);
        let thin = if opacity < 1.0 { format!(" opacity=\"{}\"", short(opacity)) } else { String::new() };
        format!(" {what}=\"{}\"{thin}", Escaped(color))
    }

    fn stroke(&self, stroke: Stroke) -> String {
        let dash = match stroke.dash {
            Dash::Solid => "",
            Dash::Dashed => " stroke-dasharray=\"4 5\"",
            Dash::Dotted => " stroke-dasharray=\"2 4\"",
        };
        let paint = self.paint("stroke", stroke.ink, stroke.opacity);
        format!(" fill=\"none\"{paint} stroke-width=\"{}\"{dash}", short(stroke.width))
    }
}

/// A text as it may stand between tags and in attributes.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            // Not permitted in XML, in no spelling.
            control if control < ' ' => f.write_char(' '),
            other => f.write_char(other),
        })
    }
}

struct Pair(Point);

impl std::fmt::Display for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", short(self.0.x), short(self.0.y))
    }
}

fn polygon(points: &[Point], end: &str) -> String {
    let Some((first, rest)) = points.split_first() else { return String::new() };
    let mut path = format!("M{}", Pair(*first));
    for point in rest {
        let _ = write!(path, "L{}", Pair(*point));
    }
    path + end
}

/// A part of a circle; a whole one in two halves, for an arc cannot end where it begins.
fn arc(center: Point, radius: f64, from: f64, to: f64) -> String {
    let on = |turn: f64| {
        let (sine, cosine) = sine_and_cosine(super::geometry::angle(turn));
        Pair(center.moved(radius * cosine, radius * sine))
    };
    let (r, middle) = (short(radius), (from + to) / 2.0);
    format!("M{}A{r} {r} 0 0 1 {}A{r} {r} 0 0 1 {}", on(from), on(middle), on(to))
}

/// Of an angle of a few turns, to ten digits. The standard library has them for every angle there is, with tables that
/// are some 5 KB of the compressed page.
fn sine_and_cosine(angle: f64) -> (f64, f64) {
    let quarters = (angle / FRAC_PI_2).round();
    let rest = angle - quarters * FRAC_PI_2;
    // Each from its series, from the last of the terms that count here to the first.
    let series = |divisors: [f64; 6]| {
        divisors.iter().rev().fold(1.0, |sum, divisor| 1.0 - rest * rest / divisor * sum)
    };
    let sine = rest * series([6.0, 20.0, 42.0, 72.0, 110.0, 156.0]);
    let cosine = series([2.0, 12.0, 30.0, 56.0, 90.0, 132.0]);
    match (quarters as i64).rem_euclid(4) {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

/// The outline of a marker, as the canvas traces it.
fn outline(mark: Mark, point: Point) -> String {
    let r = mark.radius;
    let corners = |corners: &[(f64, f64)]| {
        let points: Vec<Point> = corners.iter().map(|(x, y)| point.moved(*x, *y)).collect();
        polygon(&points, "Z")
    };
    match mark.shape {
        Shape::Circle | Shape::Ring => arc(point, r, 0.0, 1.0),
        Shape::Struck => {
            let stroke = polygon(&[point.moved(-r, r), point.moved(r, -r)], "");
            arc(point, r, 0.0, 1.0) + &stroke
        }
        Shape::Diamond => {
            let r = r * 1.2;
            corners(&[(0.0, -r), (r, 0.0), (0.0, r), (-r, 0.0)])
        }
        Shape::Square => {
            let r = r * 0.9;
            corners(&[(-r, -r), (r, -r), (r, r), (-r, r)])
        }
        Shape::Triangle => corners(&[(-r * 1.1, -r * 0.8), (r * 1.1, -r * 0.8), (0.0, r)]),
        Shape::Cross => {
            let r = r * 0.75;
            let at = |dx: f64, dy: f64| at(point.x + dx, point.y + dy);
            polygon(&[at(-r, -r), at(r, r)], "") + &polygon(&[at(-r, r), at(r, -r)], "")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{font, line};

    fn colors() -> Vec<String> {
        (0..Ink::COUNT).map(|ink| format!("rgb({ink} 0 0)")).collect()
    }

    #[test]
    fn every_step_of_painting_is_an_element_in_its_color() {
        let mut picture = Picture::default();
        picture.clear((40.0, 20.0));
        picture.fill(Rect::new(1.0, 2.0, 3.0, 4.0), 1.0, Fill { ink: Ink::Failed, opacity: 0.5 });
        picture.frame(Rect::new(1.0, 2.0, 3.0, 4.0), 1.0, line(Ink::Hair, 2.0).dash(Dash::Dashed));
        picture.link(at(0.0, 0.0), at(4.0, 2.0), line(Ink::Ink, 1.0));
        picture.arc(at(5.0, 5.0), 2.0, 0.0, 0.5, line(Ink::Ink, 1.0));
        let mark = Mark { shape: Shape::Square, ink: Ink::Done, radius: 2.0, opacity: 1.0 };
        picture.mark(mark, at(9.0, 9.0));
        picture.mark(mark, at(19.0, 9.0));
        let text = svg(&picture, &colors(), "sans-serif");
        assert!(text.contains("viewBox=\"0 0 40 20\""), "{text}");
        assert!(text.contains("height=\"4\" rx=\"1\" fill=\"rgb(11 0 0)\" opacity=\"0.5\"/>"), "{text}");
        assert!(
            text.contains("stroke=\"rgb(5 0 0)\" stroke-width=\"2\" stroke-dasharray=\"4 5\"/>"),
            "{text}"
        );
        assert!(text.contains("<path d=\"M0 0C2 0 2 2 4 2\""), "{text}");
        assert_eq!(text.matches("<path").count(), 3, "{text}");
        assert!(text.contains("M7.2 7.2L10.8 7.2L10.8 10.8L7.2 10.8ZM17.2"), "{text}");
    }

    #[test]
    fn every_angle_has_its_sine_and_cosine() {
        for step in -4000..4000 {
            let angle = f64::from(step) / 300.0;
            let (sine, cosine) = sine_and_cosine(angle);
            assert!((sine - angle.sin()).abs() < 1e-10 && (cosine - angle.cos()).abs() < 1e-10, "{angle}");
        }
    }

    #[test]
    fn no_name_can_break_out_of_its_text() {
        let mut picture = Picture::default();
        picture.text("</text><a b=\"&\u{1}", at(0.0, 0.0), font(Ink::Ink, 12.0));
        let text = svg(&picture, &colors(), "\"");
        assert!(text.contains(">&lt;/text&gt;&lt;a b=&quot;&amp; </text>"), "{text}");
        assert!(text.contains("font-family=\"&quot;\""), "{text}");
    }
}
