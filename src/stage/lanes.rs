//! Lanes: the stores of a system below each other, each with its name and what is in it.
//!
//! The fewer they are, the more of each is shown: a box with its name above it, then a line with its name beside it.
//! When even lines would be too thin, one of them stands for several stores.

use std::borrow::Cow;

use queuescope_engine::view::{Scene, StoreView};

use super::grid::Grid;
use super::layout::Sizes;
use super::store::{is_full, who};
use super::{Stage, filled};
use crate::SYSTEMS;
use crate::picture::figure::{Grouped, round_up};
use crate::picture::measure::{ending, first_that_fits, shrunk, width};
use crate::picture::{Fill, Ink, Picture, Point, Rect, Shape, at, line};

/// From this height on a lane has its name above its box.
const ROW: f64 = 42.0;
/// A line lower than this could not be told from the next.
const LEAST: f64 = 11.0;
/// From this height on the readers of a log are named below it.
const NAMED: f64 = 64.0;
/// Names are written no smaller than this; of longer ones the end is.
const LEAST_LETTERS: f64 = 9.0;
/// What stands above the box of a row.
const ABOVE: f64 = 17.0;

/// How much of a store is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// All there is to say, around a box of its own size.
    Whole,
    /// Its name and its counts above a box.
    Row,
    /// Its name to the left of a box, its count to the right.
    Line,
}

/// A store, or several next to each other.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Lane {
    /// The first of them, by its place in the scene.
    pub(crate) first: usize,
    /// How many they are.
    pub(crate) count: usize,
    /// How much of them is shown.
    pub(crate) form: Form,
    /// The box, and where messages stand in it.
    pub(crate) grid: Grid,
    /// Where messages come in.
    pub(crate) mouth: Point,
    /// Where they go out.
    pub(crate) head: Point,
    /// Where the text below or above the box begins, on its baseline.
    pub(crate) readout: Point,
    /// The usage bar, where there is one.
    pub(crate) bar: Rect,
}

/// Whether the stores of a scene stand in lanes; else there is the one in the middle.
pub(crate) fn many(scene: &Scene) -> bool {
    SYSTEMS && (1 < scene.stores.len() || scene.stores.iter().any(|store| store.log.is_some()))
}

/// Lanes for all stores of the scene, in `zone`.
pub(crate) fn arrange(scene: &Scene, zone: Rect, sizes: Sizes) -> Vec<Lane> {
    let all = scene.stores.len();
    let rows = ((zone.h / LEAST).floor().max(1.0) as usize).min(all);
    let each = all.div_ceil(rows);
    let rows = all.div_ceil(each);
    let form = if ROW * rows as f64 <= zone.h { Form::Row } else { Form::Line };
    let scales = scales(scene, each, form);
    // What workers read is what one looks at, if there is room to make it larger.
    let weight = if 1.5 * ROW * rows as f64 <= zone.h { 1.5 } else { 1.0 };
    let read = |first: usize| {
        let part = scene.part_of(&scene.stores[first]);
        if scene.pools.iter().any(|pool| pool.from.is_some() && pool.from == part) { weight } else { 1.0 }
    };
    let total: f64 = (0..rows).map(|row| read(row * each)).sum();
    let mut y = zone.y;
    let lanes = (0..rows).map(|row| {
        let first = row * each;
        // A lane of its own in a high zone would be a hall.
        let whole = zone.h * read(first) / total;
        let h = whole.min(104.0);
        let own = Rect::new(zone.x, y + (whole - h) / 2.0, zone.w, h);
        y += whole;
        let count = each.min(all - first);
        let log = scene.stores[first].log.is_some();
        lane((first, count), own, (form, log), scales[row], sizes)
    });
    lanes.collect()
}

fn lane(
    (first, count): (usize, usize),
    zone: Rect,
    (form, log): (Form, bool),
    scale: u64,
    sizes: Sizes,
) -> Lane {
    if form == Form::Row {
        // Below a log its readers are named, if that leaves enough of it.
        let below = if log && NAMED <= zone.h { sizes.small + 7.0 } else { 6.0 };
        let outer = Rect::new(zone.x, zone.y + ABOVE, zone.w, zone.h - ABOVE - below);
        let middle = outer.center().y;
        return Lane {
            first,
            count,
            form,
            grid: Grid::within(scale, outer),
            mouth: at(outer.x, middle),
            head: at(outer.right(), middle),
            readout: at(outer.x + 1.0, outer.y - 5.0),
            bar: Rect::new(outer.x, outer.bottom() + 4.0 + sizes.small * 0.75, outer.w, below - 6.0),
        };
    }
    let (name, figure) = ((zone.w * 0.28).min(84.0), (zone.w * 0.14).min(46.0));
    let gap = if zone.h < 16.0 { 1.0 } else { 3.0 };
    let outer = Rect::new(zone.x + name, zone.y + gap / 2.0, zone.w - name - figure, zone.h - gap);
    let middle = outer.center().y;
    Lane {
        first,
        count,
        form,
        grid: Grid::within(scale, outer),
        mouth: at(zone.x, middle),
        head: at(zone.right(), middle),
        readout: at(zone.x + 5.0, middle),
        bar: Rect::new(outer.right() + 4.0, zone.y, figure - 8.0, zone.h),
    }
}

/// What is in a store in any way.
fn inside(store: &StoreView) -> u64 {
    store.depth + store.held + store.delayed
}

/// How many messages the box of each lane is drawn for: lines are drawn to one scale, so that they can be compared;
/// what is in a row is written above it.
fn scales(scene: &Scene, each: usize, form: Form) -> Vec<u64> {
    let own = scene.stores.chunks(each).map(|stores| {
        let capacity: u64 = stores.iter().filter_map(|store| store.capacity).map(u64::from).sum();
        let capacity = if capacity < 1000 { capacity } else { 0 };
        round_up(stores.iter().map(inside).sum::<u64>().max(capacity).max(10) as f64) as u64
    });
    let own: Vec<u64> = own.collect();
    let most = own.iter().copied().max().unwrap_or(10);
    if form == Form::Line { vec![most; own.len()] } else { own }
}

impl Stage<'_> {
    /// All lanes with what is in them.
    pub(super) fn lanes(&self, picture: &mut Picture) {
        if !SYSTEMS || !many(self.scene) {
            return self.store(picture);
        }
        for lane in &self.layout.lanes {
            let store = self.in_lane(lane);
            match &store.log {
                Some(log) => self.log(lane, log, picture),
                None => self.box_of(lane, &store, picture),
            }
            self.caption(lane, &store, picture);
        }
    }

    /// The store in a lane; of several, what they have together.
    pub(super) fn in_lane(&self, lane: &Lane) -> Cow<'_, StoreView> {
        let stores = &self.scene.stores[lane.first..lane.first + lane.count];
        let ([first, .., last], 1..) = (stores, lane.count) else { return Cow::Borrowed(&stores[0]) };
        let sum = |of: fn(&StoreView) -> u64| stores.iter().map(of).sum();
        Cow::Owned(StoreView {
            name: format!("{} to {}", first.name, last.name),
            depth: sum(|store| store.depth),
            held: sum(|store| store.held),
            delayed: sum(|store| store.delayed),
            oldest: stores.iter().filter_map(|store| store.oldest).min(),
            ..StoreView::default()
        })
    }

    /// The name of a lane, and what is in it.
    fn caption(&self, lane: &Lane, store: &StoreView, picture: &mut Picture) {
        let terms = &self.scene.terms;
        let ready = format!("{} {}", Grouped(store.depth), terms.waiting);
        if lane.form == Form::Line {
            let outer = lane.grid.outer;
            let size = self.layout.sizes.small.min(lane.grid.outer.h - 1.0);
            let small = crate::picture::Font { size, ..self.small() };
            let room = outer.x - lane.readout.x - 4.0;
            let font = shrunk(&store.name, small, room, small.size.min(LEAST_LETTERS));
            let name = ending(&store.name, font, room);
            picture.text(name, lane.readout.moved(0.0, font.drop()), font);
            let count = Grouped(inside(store)).to_string();
            let strong = shrunk(&count, small.strong(), lane.bar.w, 6.5);
            picture.text(&count, at(lane.bar.right(), lane.readout.y + strong.drop()), strong.end());
            return;
        }
        let outer = lane.grid.outer;
        let label = shrunk(&store.name, self.label(), outer.w * 0.55, 8.0);
        picture.text(&store.name, lane.readout, label);
        let held = format!("{ready} · {} {}", Grouped(store.held), terms.held);
        let full = format!("{held} · {} delayed", Grouped(store.delayed));
        let terse = Grouped(inside(store)).to_string();
        let texts: &[&str] = match (store.held, store.delayed) {
            (0, 0) => &[&ready, &terse],
            (_, 0) => &[&held, &ready, &terse],
            _ => &[&full, &held, &ready, &terse],
        };
        let room = outer.w - width(&store.name, label).min(label.room) - 10.0;
        let mut small = self.small();
        if is_full(store) {
            small.ink = Ink::Failed;
        }
        picture.text(first_that_fits(texts, small, room), at(outer.right(), lane.readout.y), small.end());
    }

    /// The box of a lane: what was handed out next to its head, then what waits, then what waits for a time.
    fn box_of(&self, lane: &Lane, store: &StoreView, picture: &mut Picture) {
        let grid = &lane.grid;
        let corner = (grid.outer.h * 0.25).min(10.0);
        picture.fill(grid.outer, corner, Ink::Sunken);
        let stroke = if is_full(store) { line(Ink::Failed, 1.5) } else { line(Ink::Hair, 1.0) };
        picture.frame(grid.outer, corner, stroke);
        picture.layer();
        let kinds = [
            (store.held, Shape::Diamond, Ink::Flight),
            (store.depth, Shape::Circle, Ink::Ready),
            (store.delayed, Shape::Ring, Ink::Muted),
        ];
        let most = grid.rows * grid.columns;
        let mut place = 0;
        for (count, shape, ink) in kinds {
            let dots = if grid.each == 1 { count } else { count.div_ceil(grid.each) };
            for number in 0..dots.min(most - place) {
                let entry = (shape == Shape::Circle && grid.each == 1)
                    .then(|| store.entries.get(number as usize))
                    .flatten();
                let ink = entry.map_or(ink, |entry| self.ink(who(entry), Ink::Ready));
                let slot = grid.slot(place + number);
                picture.mark(filled(shape, ink, grid.radius), slot);
                if let Some(entry) = entry {
                    picture.spot(entry.message.0, slot, grid.radius);
                }
            }
            place += dots.min(most - place);
        }
        if place == most && grid.each != 1 {
            picture.fill(grid.inner, 3.0, Fill { ink: Ink::Ready, opacity: 0.12 });
        }
    }
}
