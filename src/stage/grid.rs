//! The places in a store's box: where the message at each position from the head stands.
//!
//! A few stand in a row of cells, the head at the right, next to the workers. More stand in
//! columns that fill from the head. When even the smallest dots would not fit, one dot stands for
//! several messages, always 2, 5, 10, 20 ... of them, so that a full box is a full store.

use crate::picture::figure::round_up;
use crate::picture::{Point, Rect, at};

/// The closest that dots of three pixels can stand.
const CLOSEST: f64 = 4.0;
/// The widest cell.
const WIDEST: f64 = 56.0;
/// The largest marker.
const LARGEST: f64 = 18.0;

/// The room a box can take.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Room {
    /// Its width.
    pub(crate) width: f64,
    /// Its height while a row of cells is enough.
    pub(crate) low: f64,
    /// Its height at most.
    pub(crate) high: f64,
}

/// A grid of places.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Grid {
    /// The box around it.
    pub(crate) outer: Rect,
    /// Where the places are.
    pub(crate) inner: Rect,
    /// How many messages a place stands for.
    pub(crate) each: u64,
    /// How many places there are from top to bottom.
    pub(crate) rows: u64,
    /// How many columns there are.
    pub(crate) columns: u64,
    /// Half the width of a marker.
    pub(crate) radius: f64,
}

impl Grid {
    /// A grid for `count` messages, its box centered on `axis` and ending at `right`.
    pub(crate) fn new(count: u64, room: Room, right: f64, axis: f64) -> Grid {
        let count = count.max(1);
        let padding = 5.0;
        let (width, high) = (room.width - 2.0 * padding, room.high - 2.0 * padding);
        let most = ((width / CLOSEST).floor() * (high / CLOSEST).floor()).max(1.0);
        let each = if count as f64 <= most { 1 } else { round_up(count as f64 / most) as u64 };
        let places = count.div_ceil(each);
        let rows = rows(places, width, high, room.low - 2.0 * padding);
        let columns = places.div_ceil(rows);
        let height = (rows as f64 * (width / columns as f64).min(WIDEST / 1.5)).min(high);
        let height = (height + 2.0 * padding).max(room.low).min(room.high);
        // A few wide cells in a wide box would look lost.
        let wide = (columns as f64 * WIDEST + 2.0 * padding).max(room.width * 0.6).min(room.width);
        let outer = Rect::new(right - wide, axis - height / 2.0, wide, height);
        let inner = outer.inset(padding);
        let pitch = (inner.w / columns as f64).min(inner.h / rows as f64);
        let radius = (pitch * if pitch < 8.0 { 0.38 } else { 0.4 }).min(LARGEST);
        Grid { outer, inner, each, rows, columns, radius }
    }

    /// A grid for `count` messages in a given box.
    pub(crate) fn within(count: u64, outer: Rect) -> Grid {
        let count = count.max(1);
        let inner = outer.inset((outer.h * 0.12).min(5.0));
        let most = (inner.w / CLOSEST).floor().max(1.0) * (inner.h / CLOSEST).floor().max(1.0);
        let each = if count as f64 <= most { 1 } else { round_up(count as f64 / most) as u64 };
        let places = count.div_ceil(each);
        let most = (inner.h / CLOSEST).floor().max(1.0) as u64;
        let rows = rows(places, inner.w, inner.h, inner.h).min(most);
        let columns = places.div_ceil(rows);
        let pitch = (inner.w / columns as f64).min(inner.h / rows as f64);
        let radius = (pitch * if pitch < 8.0 { 0.38 } else { 0.4 }).min(LARGEST * 0.6);
        Grid { outer, inner, each, rows, columns, radius }
    }

    /// From one place to the next one to the left.
    pub(crate) fn pitch_x(&self) -> f64 {
        self.inner.w / self.columns as f64
    }

    /// From one place to the next one below.
    pub(crate) fn pitch_y(&self) -> f64 {
        self.inner.h / self.rows as f64
    }

    /// The place that is `place` places from the head.
    pub(crate) fn slot(&self, place: u64) -> Point {
        let (column, row) = (place / self.rows, place % self.rows);
        at(
            self.inner.right() - (column as f64 + 0.5) * self.pitch_x(),
            self.inner.y + (row as f64 + 0.5) * self.pitch_y(),
        )
    }

    /// The places of the last column that nothing can take, if the grid does not come out even.
    pub(crate) fn beyond(&self, count: u64) -> Option<Rect> {
        let spare = (self.rows * self.columns).saturating_sub(count.div_ceil(self.each));
        let h = spare as f64 * self.pitch_y();
        (0 < spare).then(|| Rect::new(self.inner.x, self.inner.bottom() - h, self.pitch_x(), h))
    }

    /// How far to the left `count` messages reach, to scale.
    pub(crate) fn level(&self, count: u64) -> f64 {
        let full = self.rows as f64 * self.columns as f64 * self.each as f64;
        self.inner.right() - self.inner.w * (count as f64 / full).min(1.0)
    }
}

/// In how many rows the markers become largest: one while there is no need for more.
fn rows(places: u64, width: f64, high: f64, low: f64) -> u64 {
    // What is left over in the last column is a waste; and a few long rows look more like a
    // queue than many short ones.
    let pitch = |rows: u64| {
        let columns = places.div_ceil(rows);
        let used = places as f64 / (rows * columns) as f64;
        (width / columns as f64).min(high / rows as f64) * used * used / (rows as f64).sqrt().sqrt().sqrt()
    };
    if low.min(22.0) <= width / places as f64 {
        return 1;
    }
    // Near the square root of what squares would need; the neighbors may round better.
    let guess = (places as f64 * high / width).sqrt().ceil() as u64;
    let candidates = guess.saturating_sub(3).max(1)..=guess + 3;
    candidates.max_by(|a, b| pitch(*a).total_cmp(&pitch(*b)).then(b.cmp(a))).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Room = Room { width: 340.0, low: 68.0, high: 160.0 };
    const PHONE: Room = Room { width: 120.0, low: 56.0, high: 92.0 };

    #[test]
    fn ten_messages_stand_in_one_row_of_numbered_cells() {
        let grid = Grid::new(10, WIDE, 600.0, 130.0);
        assert_eq!((grid.rows, grid.columns, grid.each), (1, 10, 1));
        assert!(13.0 <= grid.radius && grid.beyond(10).is_none());
        assert!(grid.slot(1).x < grid.slot(0).x && grid.slot(0).x < 600.0);
    }

    #[test]
    fn ten_messages_on_a_phone_stay_large_enough_to_read() {
        let grid = Grid::new(10, PHONE, 220.0, 80.0);
        assert!(grid.rows == 2 && grid.beyond(10).is_none() && 8.0 < grid.radius, "{grid:?}");
    }

    #[test]
    fn every_place_is_inside_and_none_is_taken_twice() {
        for room in [WIDE, PHONE] {
            for count in [1, 2, 7, 16, 33, 100, 199, 200, 611, 1000, 2000, 5000, 77_777, 100_000] {
                let grid = Grid::new(count, room, 400.0, 130.0);
                let places = count.div_ceil(grid.each);
                assert!(places <= grid.rows * grid.columns, "{grid:?}");
                assert!(1.5 <= grid.radius, "{grid:?}");
                assert!(2.0 * grid.radius <= grid.pitch_x().min(grid.pitch_y()), "{grid:?}");
                for place in [0, places / 2, places - 1] {
                    let Point { x, y } = grid.slot(place);
                    let dot =
                        Rect::new(x - grid.radius, y - grid.radius, 2.0 * grid.radius, 2.0 * grid.radius);
                    assert!(grid.outer.holds(dot), "{count}: {place} of {grid:?}");
                }
            }
        }
    }

    #[test]
    fn two_thousand_are_shown_one_by_one_and_a_hundred_thousand_by_round_numbers() {
        assert_eq!(Grid::new(2000, WIDE, 400.0, 130.0).each, 1);
        let grid = Grid::new(100_000, WIDE, 400.0, 130.0);
        assert!([20, 50, 100].contains(&grid.each), "{grid:?}");
    }

    #[test]
    fn places_left_over_are_known() {
        let grid = Grid::new(97, WIDE, 400.0, 130.0);
        let spare = grid.rows * grid.columns - 97;
        let beyond = grid.beyond(97).expect("97 is a prime number");
        assert!((beyond.h / grid.pitch_y() - spare as f64).abs() < 1e-9);
        assert!(grid.slot(96).y < beyond.y && grid.slot(97).y > beyond.y, "{grid:?}");
    }

    #[test]
    fn the_level_is_to_scale() {
        let grid = Grid::new(100_000, WIDE, 400.0, 130.0);
        let part = (grid.inner.right() - grid.level(60_000)) / grid.inner.w;
        assert!((0.55..=0.6).contains(&part), "{part}");
        assert!(grid.level(1) < grid.inner.right());
    }
}
