//! The stage: producers, the store and the workers, with every message where it is.
//!
//! It draws any system from its description and knows none of them. All of it is a function of
//! the [`Scene`], whose time is the only clock: paused, rewound or shared, the same instant gives
//! the same picture. Shape is state (a circle waits, a diamond is worked on, a square is done, a
//! triangle is dead, a cross was refused, a struck-out circle was dropped); color is identity.
//!
//! An only store stands in the middle; several, and logs, stand below each other in lanes.

#[cfg(target_arch = "wasm32")]
pub mod canvas;
mod crew;
mod exits;
mod grid;
mod lanes;
mod layout;
mod links;
mod log;
mod routes;
#[cfg(test)]
mod sample;
mod store;
pub mod target;
#[cfg(test)]
mod tests;
mod words;

use std::time::Duration;

use queuescope_engine::id::{MessageId, ProducerId};
use queuescope_engine::time::Time;
use queuescope_engine::view::Scene;

use crate::SYSTEMS;
use crate::picture::figure::digits;
use crate::picture::{Font, Ink, Looking, Mark, Picture, Point, Shape, font};
use layout::Layout;

pub use target::Target;
pub use words::describe;

/// What the color of a message tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ColorBy {
    /// Who sent it. With a single producer: what state it is in.
    #[default]
    Producer,
    /// What it is about.
    Key,
    /// Which it is.
    Message,
    /// How often it has been tried.
    Attempt,
}

/// Words beside the parts, where the scene's own are not the best.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Captions {
    /// Under the name of each producer that is running, such as `2.0 /s`.
    pub producers: Vec<String>,
    /// The name of the store; empty for what the system calls it.
    pub store: String,
}

/// How many have left in each of these ways since the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Worked on with success.
    pub done: u64,
    /// Turned away at the store.
    pub refused: u64,
    /// Pushed out of the store.
    pub dropped: u64,
    /// Given up after the last attempt.
    pub dead: u64,
}

/// How to draw.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// Whether nothing may glide: the same states are then shown in steps.
    pub reduced_motion: bool,
    /// What color tells.
    pub color_by: ColorBy,
    /// Words.
    pub captions: Captions,
    /// Counters.
    pub totals: Totals,
    /// What is chosen, and so marked.
    pub selected: Option<Target>,
    /// Whether the store has a grip, by which its capacity is dragged.
    #[cfg(feature = "systems")]
    pub grip: bool,
}

/// Draws the scene on a sheet of `size`, in CSS pixels.
pub fn draw(scene: &Scene, size: (f64, f64), options: &Options, picture: &mut Picture) {
    let selected = match options.selected {
        Some(Target::Message(message)) => Looking::For(message.0),
        Some(_) | None => Looking::Nowhere,
    };
    picture.look_for(selected);
    draw_all(scene, size, options, picture);
}

fn draw_all(scene: &Scene, size: (f64, f64), options: &Options, picture: &mut Picture) {
    picture.clear(size);
    let stage = Stage::new(scene, size, options);
    stage.links(picture);
    stage.routes(picture);
    stage.producers(picture);
    stage.lanes(picture);
    stage.crews(picture);
    stage.exits(picture);
    stage.selected(picture);
}

/// What the parts of the drawing share. Each of them is in a file of its own.
struct Stage<'a> {
    scene: &'a Scene,
    options: &'a Options,
    layout: Layout,
    /// Whether there are several producers to be told apart.
    hues: bool,
}

/// How long a message glides from one place to the next where the simulation takes no time for it.
/// It is virtual time, and it is over before anything else is likely to happen to the message.
const GLIDE: Duration = Duration::from_millis(200);

/// The largest marker for a message on its way.
const LARGE: f64 = 9.0;

/// The smallest number that can be read.
const LEGIBLE: f64 = 7.0;

/// What tells a message from others: its number, who sent it, what it is about, and which delivery it is.
#[derive(Clone, Copy)]
struct Who(MessageId, ProducerId, u16, u16);

impl<'a> Stage<'a> {
    fn new(scene: &'a Scene, size: (f64, f64), options: &'a Options) -> Stage<'a> {
        Stage { scene, options, layout: Layout::new(scene, size), hues: scene.producers.len() > 1 }
    }
}

impl Stage<'_> {
    /// The color of a message that is otherwise of the `state`'s.
    fn ink(&self, Who(message, producer, key, attempt): Who, state: Ink) -> Ink {
        match self.options.color_by {
            ColorBy::Producer if self.hues => Ink::Identity((producer.0 % 8) as u8),
            ColorBy::Producer => state,
            ColorBy::Key if SYSTEMS => Ink::Identity((key % 8) as u8),
            ColorBy::Key => state,
            ColorBy::Message => Ink::Identity((message.0 % 8) as u8),
            ColorBy::Attempt => Ink::Identity(attempt.saturating_sub(1).min(255) as u8),
        }
    }

    /// How much of a glide that began at `since` is over: 0 to 1, slowing down toward its end.
    fn glided(&self, since: Time, span: Duration) -> f64 {
        if self.options.reduced_motion || span.is_zero() {
            return 1.0;
        }
        let part = (self.scene.now.since(since).as_secs_f64() / span.as_secs_f64()).min(1.0);
        1.0 - (1.0 - part).powi(3)
    }

    /// A font for labels.
    fn label(&self) -> Font {
        font(Ink::Ink, self.layout.sizes.label).strong()
    }

    /// A font for what stands beside them.
    fn small(&self) -> Font {
        font(Ink::Muted, self.layout.sizes.small)
    }
}

/// A filled marker.
fn filled(shape: Shape, ink: Ink, radius: f64) -> Mark {
    Mark { shape, ink, radius, opacity: 1.0 }
}

/// A font for the number of a message inside its marker, if markers of this radius can hold
/// numbers as large as `largest`.
fn number(radius: f64, largest: u64) -> Option<Font> {
    let size = (radius * 2.7 / digits(largest) as f64).min(radius * 0.9).min(12.0);
    (LEGIBLE <= size).then(|| font(Ink::Surface, size).strong().middle())
}

/// Writes numbers into markers.
fn write_numbers(font: Font, numbers: impl Iterator<Item = (MessageId, Point)>, picture: &mut Picture) {
    for (message, point) in numbers {
        picture.text(message, point.moved(0.0, font.drop()), font);
    }
}

/// A number in [-1, 1) that belongs to a message and looks like chance.
fn scatter(message: MessageId) -> f64 {
    let mixed = message.0.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // A second round, since products of neighbors are evenly spaced and would show as stripes.
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed >> 11) as f64 / (1u64 << 52) as f64) - 1.0
}
