//! The shelf above the store: the other stores of the system, such as that of dead letters, each as a small box.

use queuescope_engine::view::StoreView;

use super::{Stage, filled};
use crate::SYSTEMS;
use crate::picture::figure::Grouped;
use crate::picture::measure::{first_that_fits, shrunk, width};
use crate::picture::{Ink, Picture, Rect, Shape, at, line};

/// The height of a box.
pub(super) const HEIGHT: f64 = 34.0;
/// What a box must have to be told from the next.
const LEAST: f64 = 64.0;
const GAP: f64 = 8.0;

/// How many of `count` boxes fit into a width.
pub(super) fn places(count: usize, zone: Rect) -> Vec<Rect> {
    if !SYSTEMS {
        return Vec::new();
    }
    let fits = (((zone.w + GAP) / (LEAST + GAP)).floor().max(1.0) as usize).min(count);
    let width = ((zone.w + GAP) / fits.max(1) as f64 - GAP).min(190.0);
    (0..fits)
        .map(|place| Rect::new(zone.right() - (width + GAP) * place as f64 - width, zone.y, width, HEIGHT))
        .collect()
}

impl Stage<'_> {
    /// The boxes with what is in them.
    pub(super) fn shelf(&self, picture: &mut Picture) {
        if !SYSTEMS {
            return;
        }
        let stores = self.scene.stores.iter().skip(1);
        for (store, place) in stores.zip(&self.layout.shelf) {
            self.small_store(store, *place, picture);
        }
    }

    fn small_store(&self, store: &StoreView, place: Rect, picture: &mut Picture) {
        picture.fill(place, 7.0, Ink::Sunken);
        picture.frame(place, 7.0, line(Ink::Hair, 1.0));
        let room = place.w - 12.0;
        let inside = store.depth + store.held + store.delayed;
        let count = Grouped(inside).to_string();
        let number = self.small().strong().end();
        let name = shrunk(&store.name, self.small(), room - width(&count, number) - 6.0, 7.0);
        let base = place.y + 4.0 + self.layout.sizes.small;
        picture.text(&store.name, at(place.x + 6.0, base), name.within(room - width(&count, number) - 6.0));
        picture.text(&count, at(place.right() - 6.0, base), number);
        self.dots(store, place, picture);
    }

    /// What waits, one by one as far as there is room, the next to leave on the right.
    fn dots(&self, store: &StoreView, place: Rect, picture: &mut Picture) {
        let (radius, row) = (3.0, place.bottom() - 8.0);
        let room = ((place.w - 12.0) / (2.5 * radius)).floor().max(1.0) as usize;
        picture.layer();
        let point = |number: usize| at(place.right() - 6.0 - radius - 2.5 * radius * number as f64, row);
        let entries = store.entries.iter().take(room);
        for (number, entry) in entries.enumerate() {
            let ink = self.ink(entry.message, entry.producer, entry.attempt, Ink::Ready);
            picture.mark(filled(Shape::Circle, ink, radius), point(number));
        }
        // What was handed out, and what is not to be handed out yet, is in the store all the same.
        let ready = (store.depth.min(room as u64)) as usize;
        let away = [(store.held, Shape::Diamond, Ink::Flight), (store.delayed, Shape::Ring, Ink::Muted)];
        let shapes = away.into_iter().flat_map(|(count, shape, ink)| {
            std::iter::repeat_n((shape, ink), count.min(room as u64) as usize)
        });
        for (number, (shape, ink)) in (ready..room).zip(shapes) {
            picture.mark(filled(shape, ink, radius), point(number));
        }
    }

    /// What is away from the store but still its own, for the readout.
    pub(super) fn away(&self, store: &StoreView, room: f64) -> String {
        if !SYSTEMS || !self.scene.wired {
            return String::new();
        }
        let held = format!("{} {}", Grouped(store.held), self.scene.terms.held);
        let both = format!("{held}, {} delayed", Grouped(store.delayed));
        let texts: &[&str] = match (store.held, store.delayed) {
            (0, 0) => &[],
            (_, 0) => &[&held],
            _ => &[&both, &held],
        };
        match texts {
            [] => String::new(),
            texts => first_that_fits(texts, self.small(), room).to_owned(),
        }
    }
}
