//! The store: its box, the messages that wait in it, and its readout.

use queuescope_engine::metrics::Exit;
use queuescope_engine::view::{Doing, EntryView, StoreView};

use super::layout::scale;
use super::links::capitalized;
use super::{GLIDE, Stage, Who, filled, number, write_numbers};
use crate::SYSTEMS;
use crate::format;
use crate::picture::figure::{Brief, Grouped};
use crate::picture::measure::{first_that_fits, shrunk, width};
use crate::picture::{Dash, Fill, Font, Ink, Mark, Picture, Point, Rect, Shape, at, font, line};

/// Markers from this radius on carry a number or a badge, if it fits.
const MARKED: f64 = 5.0;

/// In so many rows an eye can still follow what glides to its place.
const FOLLOWED: u64 = 3;

impl Stage<'_> {
    /// The box with all that is in it and around it.
    pub(super) fn store(&self, picture: &mut Picture) {
        let Some(store) = self.scene.stores.first() else { return };
        self.walls(store, picture);
        if store.depth == 0 {
            let middle = self.layout.lane().grid.outer.center();
            let words = format!("{} is empty", self.store_name());
            let font = shrunk(&words, self.small().middle(), self.layout.lane().grid.outer.w - 8.0, 8.0);
            picture.text(words, middle.moved(0.0, font.drop()), font);
        } else if self.layout.lane().grid.each == 1 {
            self.entries(store, picture);
        } else {
            self.level(store, picture);
        }
        self.title(store, picture);
        self.readout(store, picture);
    }

    /// What the store is called.
    fn store_name(&self) -> String {
        let own = self.options.captions.store.as_str();
        if own.is_empty() { capitalized(self.scene.terms.store) } else { own.into() }
    }

    fn walls(&self, store: &StoreView, picture: &mut Picture) {
        let grid = &self.layout.lane().grid;
        picture.fill(grid.outer, 12.0, Ink::Sunken);
        let (across, down) = (grid.pitch_x(), grid.pitch_y());
        if 14.0 <= across.min(down) {
            let (top, bottom) = (grid.inner.y + 3.0, grid.inner.bottom() - 3.0);
            let column = |number| grid.inner.right() - across * number as f64;
            let row = |number| grid.inner.y + down * number as f64;
            let upright =
                (1..grid.columns).map(|number| [at(column(number), top), at(column(number), bottom)]);
            let level = (1..grid.rows).map(|number| {
                [at(grid.inner.x + 3.0, row(number)), at(grid.inner.right() - 3.0, row(number))]
            });
            picture.segments(upright.chain(level), line(Ink::Hair, 1.0));
        }
        if let Some(beyond) = grid.beyond(scale(self.scene)).filter(|_| 14.0 <= across.min(down)) {
            picture.fill(beyond.inset(1.0), 0.0, Ink::Sunken);
        }
        let full = is_full(store);
        picture.frame(grid.outer, 12.0, if full { line(Ink::Failed, 2.0) } else { line(Ink::Hair, 1.0) });
        #[cfg(feature = "systems")]
        if let Some(grip) = self.grip() {
            picture.fill(grip, grip.w / 2.0, Ink::Accent);
        }
        // More than the capacity: it was lowered, or what failed came back. The mark is where it ends.
        if let Some(capacity) = store.capacity.map(u64::from).filter(|capacity| *capacity < store.depth) {
            let x = grid.level(capacity);
            let mark = line(Ink::Failed, 1.5).dash(Dash::Dashed);
            picture.path([at(x, grid.outer.y - 5.0), at(x, grid.outer.bottom() + 5.0)], mark);
        }
    }

    /// Every message that waits, one by one.
    fn entries(&self, store: &StoreView, picture: &mut Picture) {
        let radius = self.layout.lane().grid.radius;
        let slide = self.slide();
        picture.layer();
        for (place, entry) in store.entries.iter().enumerate() {
            let ink = self.ink(who(entry), Ink::Ready);
            // Small ones cannot carry a number: that they were tried before shows in the outline.
            let again = 1 < entry.attempt && radius < MARKED;
            let shape = if again { Shape::Ring } else { Shape::Circle };
            let radius = if again { radius * 0.85 } else { radius };
            let point = self.place(place, entry, slide);
            picture.mark(filled(shape, ink, radius), point);
            picture.spot(entry.message.0, point, radius);
        }
        // What is beyond the part of the store that was looked at.
        let (known, most) =
            (store.entries.len() as u64, self.layout.lane().grid.rows * self.layout.lane().grid.columns);
        for place in known..store.depth.min(most) {
            picture.mark(filled(Shape::Circle, Ink::Ready, radius), self.layout.lane().grid.slot(place));
        }
        let largest = store.entries.iter().map(|entry| entry.message.0).max().unwrap_or(0);
        if radius < MARKED {
            return;
        }
        let places = || {
            store.entries.iter().enumerate().map(|(place, entry)| (entry, self.place(place, entry, slide)))
        };
        if let Some(font) = number(radius, largest) {
            write_numbers(font, places().map(|(entry, point)| (entry.message, point)), picture);
        }
        for (entry, point) in places().filter(|(entry, _)| 1 < entry.attempt) {
            picture.arc(point, radius + 2.0, 0.0, 1.0, line(Ink::Failed, 1.5));
            badge(entry.attempt, radius, point, picture);
        }
    }

    /// Where the entry is: on the way to its place for a moment, then there.
    fn place(&self, place: usize, entry: &EntryView, slide: f64) -> Point {
        let grid = &self.layout.lane().grid;
        let slot = grid.slot(place as u64);
        if FOLLOWED < grid.rows {
            return slot;
        }
        let slot = if grid.rows == 1 { slot.moved(-slide * grid.pitch_x(), 0.0) } else { slot };
        let part = self.glided(entry.since, GLIDE);
        if part == 1.0 {
            return slot;
        }
        // What comes back from a worker comes in at the head.
        let from = if entry.attempt == 1 {
            self.layout.mouth().moved(-grid.radius, 0.0)
        } else {
            self.layout.head()
        };
        from.toward(slot, part)
    }

    /// How far, in places, the row has still to move up after its head has left.
    fn slide(&self) -> f64 {
        if self.options.reduced_motion {
            return 0.0;
        }
        let taken = self.scene.workers.iter().map(|worker| match worker.doing {
            Doing::Busy { since, until, .. } => 1.0 - self.glided(since, GLIDE.min(until.since(since) / 4)),
            Doing::Idle | Doing::Off | Doing::Down => 0.0,
        });
        let departures = self.scene.departures.iter();
        let dropped = departures.filter(|departure| departure.exit == Exit::Dropped);
        let dropped = dropped.map(|departure| 1.0 - self.glided(departure.at, GLIDE));
        taken.chain(dropped).sum::<f64>().min(1.0)
    }

    /// Too many to tell apart: a level to scale, and dots that stand for several each.
    fn level(&self, store: &StoreView, picture: &mut Picture) {
        let grid = &self.layout.lane().grid;
        let left = grid.level(store.depth).min(grid.inner.right() - 1.0);
        let level = Rect::new(left, grid.inner.y, grid.inner.right() - left, grid.inner.h);
        picture.fill(level, 4.0, Fill { ink: Ink::Ready, opacity: 0.16 });
        picture.layer();
        let mark = Mark { shape: Shape::Circle, ink: Ink::Ready, radius: grid.radius, opacity: 1.0 };
        let dots = store.depth.div_ceil(grid.each).min(grid.rows * grid.columns);
        for place in 0..dots {
            picture.mark(mark, grid.slot(place));
        }
        let below =
            at(self.layout.lane().bar.x, self.layout.lane().bar.bottom() + 4.0 + self.layout.sizes.small);
        picture.text(format_args!("one dot is {} messages", Grouped(grid.each)), below, self.small());
    }

    /// The name, and how long the head has been waiting.
    fn title(&self, store: &StoreView, picture: &mut Picture) {
        let outer = self.layout.lane().grid.outer;
        let name = self.store_name();
        let label = shrunk(&name, self.label(), outer.w * 0.6, 8.0);
        let base = outer.y - 9.0;
        picture.text(&name, at(outer.x + 1.0, base), label);
        if let Some(oldest) = store.oldest.filter(|_| 0 < store.depth) {
            let short = Brief(self.scene.now.since(oldest)).to_string();
            let (long, middle) = (format!("oldest waits {short}"), format!("oldest {short}"));
            let room = outer.w - width(&name, label) - 10.0;
            let text = first_that_fits(&[&long, &middle, &short], self.small(), room);
            picture.text(text, at(outer.right(), base), self.small().end());
        }
    }

    /// How many wait, of how many, as a share, and as a bar.
    fn readout(&self, store: &StoreView, picture: &mut Picture) {
        let full = is_full(store);
        let (start, bar) = (self.layout.lane().readout, self.layout.lane().bar);
        let big = font(Ink::Ink, self.layout.sizes.big).strong();
        let small = Font { ink: if full { Ink::Failed } else { Ink::Muted }, ..self.small() };
        let room = bar.w + 2.0;
        let Some(capacity) = store.capacity else {
            let depth = format!("{} {}", Grouped(store.depth), self.scene.terms.waiting);
            let big = shrunk(&depth, big, room, 11.0);
            let left = room - width(&depth, big) - 10.0;
            let away = self.away(store, left);
            picture.text(&depth, start, big);
            picture.text(&away, start.moved(width(&depth, big) + 10.0, -1.0), small.within(left));
            return;
        };
        let share = store.depth as f64 / f64::from(capacity.max(1));
        let percent = format::percent(share);
        let words = format!("{percent} full");
        let depth = format!("{}/{}", Grouped(store.depth), Grouped(capacity.into()));
        let big = shrunk(&depth, big, room - width(&percent, small) - 8.0, 11.0);
        let left = room - width(&depth, big) - 8.0;
        let gap = 16f64.min((left - width(&percent, small)).max(6.0));
        picture.text(&depth, start, big);
        let words = first_that_fits(&[&words, &percent], small, left - gap + 8.0);
        picture.text(words, start.moved(width(&depth, big) + gap - 4.0, -1.0), small);
        picture.fill(bar, 2.5, Ink::Hair);
        let ink = if full { Ink::Failed } else { Ink::Ready };
        if 0.0 < share {
            // So short a piece that it could not be seen would say that the store is empty.
            picture.fill(Rect { w: (bar.w * share).max(2.5).min(bar.w), ..bar }, 2.5, ink);
        }
    }
}

impl Stage<'_> {
    /// What is away from the store but still its own, for the readout.
    fn away(&self, store: &StoreView, room: f64) -> String {
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

/// What tells an entry from others.
pub(super) fn who(entry: &EntryView) -> Who {
    Who(entry.message, entry.producer, entry.key, entry.attempt)
}

/// Whether nothing more will be taken in.
pub(super) fn is_full(store: &StoreView) -> bool {
    store.capacity.is_some_and(|capacity| u64::from(capacity) <= store.depth)
}

/// The number of the attempt at the shoulder of a marker that is large enough.
pub(super) fn badge(attempt: u16, radius: f64, point: Point, picture: &mut Picture) {
    if radius < 8.0 {
        return;
    }
    let shoulder = point.moved(radius * 0.8, -radius * 0.8);
    let size = 5.5;
    picture.layer();
    picture.mark(filled(Shape::Circle, Ink::Failed, size), shoulder);
    let small = font(Ink::Surface, 8.5).strong().middle();
    picture.text(attempt, shoulder.moved(0.0, small.drop()), small);
}
