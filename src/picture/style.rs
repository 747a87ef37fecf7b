//! What things look like: inks, lines, markers and letters.

/// A color by what it means. The page's theme says what it looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ink {
    /// Of the page.
    Ground,
    /// Of a card on the page.
    Surface,
    /// Of what lies a step lower than the card.
    Sunken,
    /// Of text and of what has its weight.
    Ink,
    /// Of text that steps back.
    Muted,
    /// Of thin lines.
    Hair,
    /// Of what can be touched.
    Accent,
    /// Of a patch behind the accent.
    AccentSoft,
    /// Of what waits.
    Ready,
    /// Of what is being worked on.
    Flight,
    /// Of what is done.
    Done,
    /// Of what went wrong.
    Failed,
    /// One of eight hues that tell things apart; larger numbers wrap around.
    Identity(u8),
}

impl Ink {
    /// How many there are.
    pub const COUNT: usize = 20;

    /// The custom properties of the style sheet in which the colors stand, by [`Ink::index`].
    pub const PROPERTIES: [&str; Ink::COUNT] = [
        "--ground",
        "--surface",
        "--sunken",
        "--ink",
        "--muted",
        "--hair",
        "--accent",
        "--accent-soft",
        "--ready",
        "--flight",
        "--done",
        "--failed",
        "--id-0",
        "--id-1",
        "--id-2",
        "--id-3",
        "--id-4",
        "--id-5",
        "--id-6",
        "--id-7",
    ];

    /// Its place in [`Ink::PROPERTIES`].
    pub fn index(self) -> usize {
        match self {
            Ink::Ground => 0,
            Ink::Surface => 1,
            Ink::Sunken => 2,
            Ink::Ink => 3,
            Ink::Muted => 4,
            Ink::Hair => 5,
            Ink::Accent => 6,
            Ink::AccentSoft => 7,
            Ink::Ready => 8,
            Ink::Flight => 9,
            Ink::Done => 10,
            Ink::Failed => 11,
            Ink::Identity(hue) => 12 + usize::from(hue % 8),
        }
    }
}

/// An ink laid on more or less thickly.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Fill {
    /// The color.
    pub ink: Ink,
    /// 0 is nothing, 1 is solid.
    pub opacity: f64,
}

impl From<Ink> for Fill {
    fn from(ink: Ink) -> Fill {
        Fill { ink, opacity: 1.0 }
    }
}

/// Whether a line is whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dash {
    /// It is.
    Solid,
    /// Dashes.
    Dashed,
    /// Shorter dashes, close together.
    Dotted,
}

/// How a line is drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stroke {
    /// The color.
    pub ink: Ink,
    /// Its width.
    pub width: f64,
    /// 0 is nothing, 1 is solid.
    pub opacity: f64,
    /// Whether it is whole.
    pub dash: Dash,
}

/// A solid line of one ink.
pub const fn line(ink: Ink, width: f64) -> Stroke {
    Stroke { ink, width, opacity: 1.0, dash: Dash::Solid }
}

impl Stroke {
    /// The same line in another dash.
    pub const fn dash(self, dash: Dash) -> Stroke {
        Stroke { dash, ..self }
    }

    /// The same line more or less thickly.
    pub const fn fade(self, opacity: f64) -> Stroke {
        Stroke { opacity, ..self }
    }
}

/// What a marker looks like. Shape is state, so that the picture reads without color.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// A filled circle: a message that waits or travels.
    Circle,
    /// A circle's outline: a message that has been tried before, where it is too small for a number.
    Ring,
    /// A filled diamond: a message with a worker.
    Diamond,
    /// A filled square: done.
    Square,
    /// A filled triangle, point down: dead.
    Triangle,
    /// Two crossing strokes: refused.
    Cross,
    /// A struck-out circle: dropped.
    Struck,
}

impl Shape {
    /// Whether it consists of strokes rather than of a filled area.
    pub fn is_outline(self) -> bool {
        matches!(self, Shape::Ring | Shape::Cross | Shape::Struck)
    }
}

/// What markers have in common that are painted at one go.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Mark {
    /// The shape.
    pub shape: Shape,
    /// The color.
    pub ink: Ink,
    /// Half the width.
    pub radius: f64,
    /// 0 is nothing, 1 is solid.
    pub opacity: f64,
}

/// Which end of a text stands at its point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// The left one.
    Start,
    /// The middle.
    Middle,
    /// The right one.
    End,
}

/// How heavy a text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    /// As running text.
    Regular,
    /// As a label.
    Strong,
}

/// How a text is set.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Font {
    /// The color.
    pub ink: Ink,
    /// Of the letters.
    pub size: f64,
    /// How heavy.
    pub weight: Weight,
    /// Which end stands at the point.
    pub align: Align,
    /// 0 is nothing, 1 is solid.
    pub opacity: f64,
    /// The painter squeezes what would be wider, in the end; the layout chooses a text that fits.
    pub room: f64,
}

/// Running text in one ink.
pub const fn font(ink: Ink, size: f64) -> Font {
    Font { ink, size, weight: Weight::Regular, align: Align::Start, opacity: 1.0, room: f64::INFINITY }
}

impl Font {
    /// The same, heavier.
    pub const fn strong(self) -> Font {
        Font { weight: Weight::Strong, ..self }
    }

    /// The same with its middle at the point.
    pub const fn middle(self) -> Font {
        Font { align: Align::Middle, ..self }
    }

    /// The same with its end at the point.
    pub const fn end(self) -> Font {
        Font { align: Align::End, ..self }
    }

    /// The same, no wider than `room`.
    pub const fn within(self, room: f64) -> Font {
        Font { room, ..self }
    }

    /// How far below the middle of a line its baseline is: half the height of a figure.
    pub fn drop(self) -> f64 {
        self.size * 0.36
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ink_has_its_property() {
        let last = (0..8).map(|hue| Ink::PROPERTIES[Ink::Identity(hue).index()]).next_back();
        assert_eq!((Ink::PROPERTIES[Ink::Done.index()], last), ("--done", Some("--id-7")));
        assert_eq!(Ink::Identity(9).index(), Ink::Identity(1).index());
    }
}
