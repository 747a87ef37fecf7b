//! Where everything stands on the stage, from the size of the sheet and the number of parts.
//!
//! From left to right: producers, their links, the store, the links to the workers, the workers,
//! and a strip into which what is done leaves. Along the lower edge is a lane to which everything
//! else falls that leaves. The middle line does not depend on what the store holds, so nothing
//! jumps when a capacity changes.

use queuescope_engine::view::Scene;

use super::grid::{Grid, Room};
use super::shelf;
use crate::picture::figure::round_up;
use crate::picture::{Point, Rect, at};

/// The height of the lane along the lower edge.
const LANE: f64 = 34.0;
/// What stands above the store: its name.
const ABOVE: f64 = 22.0;
/// What stands below the store: the readout and the bar.
const BELOW: f64 = 51.0;

/// Sizes of letters, which shrink a little on a small sheet.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Sizes {
    /// Names.
    pub(crate) label: f64,
    /// What stands beside them.
    pub(crate) small: f64,
    /// The readout.
    pub(crate) big: f64,
}

/// The form in which workers are shown.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Form {
    /// A box each, with a name and words.
    Card,
    /// A small box each, with a word.
    Tile,
    /// Cells of this width.
    Cell(f64),
}

/// The workers.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Crew {
    /// The form.
    pub(crate) form: Form,
    /// What is around them all.
    pub(crate) outer: Rect,
    /// Each of them.
    pub(crate) places: Vec<Rect>,
}

/// Where everything stands.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Layout {
    /// The sheet.
    pub(crate) sheet: Rect,
    /// Sizes of letters.
    pub(crate) sizes: Sizes,
    /// Each producer.
    pub(crate) producers: Vec<Rect>,
    /// The boxes of the other stores.
    pub(crate) shelf: Vec<Rect>,
    /// The store.
    pub(crate) grid: Grid,
    /// Where the readout's baseline begins.
    pub(crate) readout: Point,
    /// The usage bar.
    pub(crate) bar: Rect,
    /// The workers.
    pub(crate) crew: Crew,
    /// How far what is done drifts.
    pub(crate) exit: f64,
    /// The middle of the lane's line of text.
    pub(crate) lane: f64,
}

impl Layout {
    /// The layout of this scene on a sheet of `size`.
    pub(crate) fn new(scene: &Scene, size: (f64, f64)) -> Layout {
        // Smaller sheets than this do not occur on a page; the arithmetic must hold all the same.
        let (w, h) = (size.0.max(300.0), size.1.max(180.0));
        let wide = ((w - 340.0) / 480.0).clamp(0.0, 1.0);
        let spare = (w - 820.0).clamp(0.0, 400.0);
        let between = |phone: f64, desk: f64| phone + (desk - phone) * wide;
        let margin = between(8.0, 20.0) + (w - 1220.0).max(0.0) / 2.0;
        let producer = between(60.0, 98.0);
        // Words beside the workers are worth more than a wider store: their boxes grow first.
        let crew_width = 62.0 + 66.0 * (wide * 1.5).min(1.0);
        let (link, gap) = (between(40.0, 96.0) + spare * 0.25, between(24.0, 66.0) + spare * 0.15);
        let exit = between(16.0, 42.0);
        let sizes = Sizes {
            label: half(between(11.0, 13.0)),
            small: half(between(10.5, 12.0)),
            big: half(between(20.0, 26.0)),
        };

        let others = scene.stores.len().saturating_sub(1);
        let top = if others == 0 { 0.0 } else { shelf::HEIGHT + 12.0 };
        let axis = top + (h - top - LANE - ABOVE - BELOW) / 2.0 + ABOVE;
        let crew_x = w - margin - exit - crew_width;
        let head = crew_x - gap;
        let mouth = margin + producer + link;
        let high = (h - top - LANE - ABOVE - BELOW - 16.0).clamp(40.0, 170.0);
        let room = Room { width: head - mouth, low: (between(54.0, 68.0) + spare * 0.05).min(high), high };
        let grid = Grid::new(scale(scene), room, head, axis);

        let bottom = grid.outer.bottom();
        let left = Rect::new(margin, 10.0, producer, h - LANE - 10.0);
        let right = Rect::new(crew_x, 10.0, crew_width, h - LANE - 10.0);
        Layout {
            sheet: Rect::new(0.0, 0.0, w, h),
            sizes,
            producers: column(scene.producers.len(), left, axis, between(50.0, 58.0), between(6.0, 14.0)),
            shelf: shelf::places(others, Rect::new(mouth, 8.0, head - mouth, shelf::HEIGHT)),
            grid,
            readout: at(grid.outer.x, bottom + 10.0 + sizes.big * 0.8),
            bar: Rect::new(grid.outer.x, bottom + BELOW - 7.0, grid.outer.w, 5.0),
            crew: crew(scene.workers.len(), right, axis, sizes),
            exit,
            lane: h - 16.0,
        }
    }

    /// Where messages enter the store.
    pub(crate) fn mouth(&self) -> Point {
        at(self.grid.outer.x, self.grid.outer.center().y)
    }

    /// Where they leave it.
    pub(crate) fn head(&self) -> Point {
        at(self.grid.outer.right(), self.grid.outer.center().y)
    }
}

/// To the nearest half, so that letters do not shimmer while a window is resized.
fn half(value: f64) -> f64 {
    (value * 2.0).round() / 2.0
}

/// How many messages the store's box is drawn for.
pub(super) fn scale(scene: &Scene) -> u64 {
    scene.stores.first().map_or(10, |store| match store.capacity {
        Some(capacity) => store.depth.max(capacity.into()),
        None => round_up(store.depth.max(10) as f64) as u64,
    })
}

/// `count` boxes below each other, around `axis` and within `zone`.
fn column(count: usize, zone: Rect, axis: f64, height: f64, gap: f64) -> Vec<Rect> {
    let count = count.max(1) as f64;
    let step = (height + gap).min(zone.h / count);
    let height = height.min(step - 2.0);
    let total = step * (count - 1.0) + height;
    let top = (axis - total / 2.0).min(zone.bottom() - total).max(zone.y);
    (0..count as usize).map(|place| Rect::new(zone.x, top + step * place as f64, zone.w, height)).collect()
}

fn crew(count: usize, zone: Rect, axis: f64, sizes: Sizes) -> Crew {
    if count == 0 {
        let outer = column(1, zone, axis, 40.0, 0.0)[0];
        return Crew { form: Form::Tile, outer, places: Vec::new() };
    }
    let step = zone.h / count as f64;
    if 104.0 <= zone.w && 51.0 <= step {
        let height = (step - 8.0).min(52.0);
        let places = column(count, zone, axis, height, (step - height).clamp(8.0, 24.0));
        return Crew { form: Form::Card, outer: around(&places), places };
    }
    // Above tiles and cells stands a line that says how many they are.
    let title = sizes.small + 8.0;
    let zone = Rect { y: zone.y + title, h: zone.h - title, ..zone };
    let height = (zone.h / count as f64 - 6.0).min(48.0);
    if zone.w < 104.0 && 38.0 <= height {
        let places = column(count, zone, axis, height, 6.0);
        return Crew { form: Form::Tile, outer: around(&places), places };
    }
    cells(count, zone, axis)
}

/// A grid of the largest cells that fit.
fn cells(count: usize, zone: Rect, axis: f64) -> Crew {
    let padding = 5.0;
    let width = zone.w - 2.0 * padding;
    let per_row = |cell: f64| (width / cell).floor().max(1.0);
    let height = |cell: f64| (count as f64 / per_row(cell)).ceil() * cell;
    let sizes = (16..=72).rev().map(|half| f64::from(half) / 2.0);
    let cell = sizes.into_iter().find(|cell| height(*cell) <= zone.h - 2.0 * padding).unwrap_or(8.0);
    let columns = per_row(cell).min(count as f64);
    let outer_height = height(cell) + 2.0 * padding;
    let top = (axis - outer_height / 2.0).min(zone.bottom() - outer_height).max(zone.y);
    let outer_width = columns * cell + 2.0 * padding;
    let outer = Rect::new(zone.x + (zone.w - outer_width) / 2.0, top, outer_width, outer_height);
    let places = (0..count).map(|place| {
        let (row, column) = (place / columns as usize, place % columns as usize);
        let (x, y) = (outer.x + padding + column as f64 * cell, outer.y + padding + row as f64 * cell);
        Rect::new(x, y, cell, cell).inset(cell * 0.07)
    });
    Crew { form: Form::Cell(cell), outer, places: places.collect() }
}

/// What is around a column of boxes.
fn around(places: &[Rect]) -> Rect {
    match places {
        [first, .., last] => Rect { h: last.bottom() - first.y, ..*first },
        [only] => *only,
        [] => Rect::default(),
    }
}
