//! Where everything stands on the stage, from the size of the sheet and the number of parts.
//!
//! From left to right: producers, their links, what routes, the stores in a lane each, the links to the
//! workers, the workers, and a strip into which what is done leaves. Along the lower edge is a gutter to which
//! everything else falls that leaves. The middle line does not depend on what a store holds, so nothing
//! jumps when a capacity changes.

use queuescope_engine::view::Scene;

use super::grid::{Grid, Room};
use super::lanes::{self, Form as LaneForm, Lane};
use super::routes;
use crate::SYSTEMS;
use crate::picture::figure::round_up;
use crate::picture::{Point, Rect, at};

/// The height of the gutter along the lower edge.
const GUTTER: f64 = 34.0;
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

/// The workers of a pool, or of all pools where they stand together.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Crew {
    /// The first of them, by its place in the scene.
    pub(crate) first: usize,
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
    /// Where what each of them sends goes first.
    pub(crate) mouths: Vec<Point>,
    /// The parts that only pass on, by their places, and their boxes.
    pub(crate) routers: Vec<(u16, Rect)>,
    /// The stores, in at least one lane.
    pub(crate) lanes: Vec<Lane>,
    /// The workers, in at least one crew.
    pub(crate) crews: Vec<Crew>,
    /// How far what is done drifts.
    pub(crate) exit: f64,
    /// The middle of the gutter's line of text.
    pub(crate) gutter: f64,
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

        let plan = routes::plan(scene);
        let routing = if plan.routers.is_empty() || w < 520.0 { 0.0 } else { between(64.0, 96.0) };
        let crew_x = w - margin - exit - crew_width;
        let (head, mouth) = (crew_x - gap, margin + producer + link);
        let stores = mouth + if routing == 0.0 { 0.0 } else { routing + between(22.0, 44.0) };
        let zone = Rect::new(stores, 8.0, head - stores, h - GUTTER - 8.0);
        let (lanes, axis) = if lanes::many(scene) {
            (lanes::arrange(scene, zone, sizes), zone.center().y)
        } else {
            let axis = (h - GUTTER - ABOVE - BELOW) / 2.0 + ABOVE;
            let high = (h - GUTTER - ABOVE - BELOW - 16.0).clamp(40.0, 170.0);
            let room = Room { width: zone.w, low: (between(54.0, 68.0) + spare * 0.05).min(high), high };
            (vec![whole(Grid::new(scale(scene), room, head, axis), sizes)], axis)
        };
        let left = Rect::new(margin, 10.0, producer, h - GUTTER - 10.0);
        let above = if scene.groups.is_empty() { 10.0 } else { 24.0 };
        let right = Rect::new(crew_x, above, crew_width, h - GUTTER - above);
        let middle = Rect::new(mouth, 10.0, routing, h - GUTTER - 10.0);
        let routers = if routing == 0.0 {
            Vec::new()
        } else {
            let boxes = column(plan.routers.len(), middle, axis, between(34.0, 40.0), between(8.0, 18.0));
            plan.routers.iter().copied().zip(boxes).collect()
        };
        Layout {
            sheet: Rect::new(0.0, 0.0, w, h),
            sizes,
            producers: column(scene.producers.len(), left, axis, between(50.0, 58.0), between(6.0, 14.0)),
            mouths: routes::mouths(scene, &routers, &lanes),
            crews: crews(scene, right, axis, sizes),
            routers,
            lanes,
            exit,
            gutter: h - 16.0,
        }
    }

    /// The first store's lane.
    pub(crate) fn lane(&self) -> &Lane {
        &self.lanes[0]
    }

    /// Where messages enter the first store.
    pub(crate) fn mouth(&self) -> Point {
        self.lane().mouth
    }

    /// Where they leave it.
    pub(crate) fn head(&self) -> Point {
        self.lane().head
    }

    /// Where what this producer sends goes first.
    pub(crate) fn mouth_of(&self, producer: usize) -> Point {
        self.mouths.get(producer).copied().unwrap_or(self.mouth())
    }

    /// The crew of a worker, by its place in the scene, and its box in there.
    pub(crate) fn seat(&self, place: usize) -> Option<(&Crew, Rect)> {
        let crew = self.crews.iter().rfind(|crew| crew.first <= place)?;
        Some((crew, *crew.places.get(place - crew.first)?))
    }
}

/// The only store of a scene, with all there is to say of it.
fn whole(grid: Grid, sizes: Sizes) -> Lane {
    let (outer, bottom) = (grid.outer, grid.outer.bottom());
    Lane {
        first: 0,
        count: 1,
        form: LaneForm::Whole,
        grid,
        mouth: at(outer.x, outer.center().y),
        head: at(outer.right(), outer.center().y),
        readout: at(outer.x, bottom + 10.0 + sizes.big * 0.8),
        bar: Rect::new(outer.x, bottom + BELOW - 7.0, outer.w, 5.0),
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

/// One crew for all; in a system with parts, where there is room, one for each pool, beside the lanes that it reads.
fn crews(scene: &Scene, zone: Rect, axis: f64, sizes: Sizes) -> Vec<Crew> {
    let count = |pool: usize| scene.workers.iter().filter(|own| usize::from(own.pool) == pool).count();
    let pools = scene.pools.len();
    let least = 64.0;
    if !SYSTEMS || pools < 2 || !lanes::many(scene) || zone.h < least * pools as f64 {
        return vec![crew(scene.workers.len(), zone, axis, sizes)];
    }
    // The more workers the more room, but nobody is crowded out.
    let weight = |pool: usize| (count(pool).max(1) as f64).sqrt();
    let total: f64 = (0..pools).map(weight).sum();
    let (mut first, mut y) = (0, zone.y);
    let crews = (0..pools).map(|pool| {
        let h = least + (zone.h - least * pools as f64) * weight(pool) / total;
        let own = Rect { y: y + 14.0, h: h - 22.0, ..zone };
        let seated = Crew { first, ..crew(count(pool), own, own.center().y, sizes) };
        first += count(pool);
        y += h;
        seated
    });
    crews.collect()
}

fn crew(count: usize, zone: Rect, axis: f64, sizes: Sizes) -> Crew {
    if count == 0 {
        let outer = column(1, zone, axis, 40.0, 0.0)[0];
        return Crew { first: 0, form: Form::Tile, outer, places: Vec::new() };
    }
    let step = zone.h / count as f64;
    if 104.0 <= zone.w && 51.0 <= step {
        let height = (step - 8.0).min(52.0);
        let places = column(count, zone, axis, height, (step - height).clamp(8.0, 24.0));
        return Crew { first: 0, form: Form::Card, outer: around(&places), places };
    }
    // Above tiles and cells stands a line that says how many they are.
    let title = sizes.small + 8.0;
    let zone = Rect { y: zone.y + title, h: zone.h - title, ..zone };
    let height = (zone.h / count as f64 - 6.0).min(48.0);
    if zone.w < 104.0 && 38.0 <= height {
        let places = column(count, zone, axis, height, 6.0);
        return Crew { first: 0, form: Form::Tile, outer: around(&places), places };
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
    Crew { first: 0, form: Form::Cell(cell), outer, places: places.collect() }
}

/// What is around a column of boxes.
fn around(places: &[Rect]) -> Rect {
    match places {
        [first, .., last] => Rect { h: last.bottom() - first.y, ..*first },
        [only] => *only,
        [] => Rect::default(),
    }
}
