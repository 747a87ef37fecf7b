//! What on the stage is under a finger or a pointer, and the mark around what is chosen.

use queuescope_engine::id::{MessageId, WorkerId};
use queuescope_engine::view::Scene;

use super::{Options, Stage, draw_all};
use crate::SYSTEMS;
use crate::picture::{Ink, Looking, Picture, Point, Rect, line};

/// Nothing that can be chosen is smaller than this, in pixels: it is what a finger can hit.
pub const REACH: f64 = 24.0;

/// A thing on the stage. Places are those in the scene.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Target {
    /// A message, wherever it is.
    Message(MessageId),
    /// A producer.
    Producer(u16),
    /// A part that only passes on.
    Part(u16),
    /// A store.
    Store(u16),
    /// The reader of a log.
    Reader {
        /// The place of the log among the stores.
        store: u16,
        /// Its place among the log's readers.
        reader: u16,
    },
    /// A worker.
    Worker(WorkerId),
}

/// What is at `point` on a sheet of `size`, which is drawn with these options; seen `zoom` times as large.
///
/// A message is meant before what it is in, if it is hit, and also if it is near and what lies there is large: a
/// store, or nothing.
pub fn target(scene: &Scene, size: (f64, f64), options: &Options, point: Point, zoom: f64) -> Option<Target> {
    let mut picture = Picture::default();
    picture.look_for(Looking::All);
    draw_all(scene, size, &Options { selected: None, ..options.clone() }, &mut picture);
    let reach = REACH / 2.0 / zoom;
    let spots = picture.spots().iter().map(|spot| (distance(spot.point, point), spot));
    let nearest = spots.min_by(|(one, _), (other, _)| one.total_cmp(other));
    let message = |within: f64| {
        let (away, spot) = nearest?;
        (away <= spot.radius + within).then_some(Target::Message(MessageId(spot.number)))
    };
    let stage = Stage::new(scene, size, options);
    let part = stage.boxes().into_iter().rev().find(|(_, place)| grown(*place, reach).contains(point));
    let part = part.map(|(target, _)| target);
    let direct = message(2.0 / zoom);
    let near = || message(0.0).or_else(|| nearest.filter(|(away, _)| *away <= reach).and(message(reach)));
    match part {
        None | Some(Target::Store(_) | Target::Reader { .. }) => direct.or_else(near).or(part),
        Some(Target::Producer(_) | Target::Part(_) | Target::Worker(_) | Target::Message(_)) => {
            direct.or(part)
        }
    }
}

/// Whether `point` is at the grip by which the capacity of the store is dragged.
#[cfg(feature = "systems")]
pub fn is_at_grip(scene: &Scene, size: (f64, f64), options: &Options, point: Point, zoom: f64) -> bool {
    let grip = Stage::new(scene, size, options).grip();
    grip.is_some_and(|grip| grown(grip, REACH / 2.0 / zoom).contains(point))
}

/// The capacity after the grip was dragged so many pixels to the left, from this one: twice as much for each
/// [`DOUBLING`] of them.
#[cfg(feature = "systems")]
pub fn dragged(capacity: f64, left: f64) -> f64 {
    // At least by one, or a small queue would be hard to make smaller or larger.
    let wanted = capacity * (left / DOUBLING).exp2();
    let steps = (left / 14.0).trunc();
    let least = capacity + steps;
    if 0.0 < left { wanted.max(least).round() } else { wanted.min(least).round() }
}

/// So many pixels double a capacity.
#[cfg(feature = "systems")]
const DOUBLING: f64 = 90.0;

fn distance(a: Point, b: Point) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// At least as large as a finger can hit.
fn grown(place: Rect, reach: f64) -> Rect {
    let (dx, dy) = ((reach - place.w / 2.0).max(0.0), (reach - place.h / 2.0).max(0.0));
    Rect::new(place.x - dx, place.y - dy, place.w + 2.0 * dx, place.h + 2.0 * dy)
}

#[cfg(feature = "systems")]
impl Stage<'_> {
    /// The grip of the store, where there is one store, and it is bounded.
    pub(super) fn grip(&self) -> Option<Rect> {
        let [store] = self.scene.stores.as_slice() else { return None };
        let outer =
            self.layout.lanes.first().filter(|_| self.options.grip && store.capacity.is_some())?.grid.outer;
        let length = (outer.h * 0.45).min(34.0);
        Some(Rect::new(outer.x - 3.0, outer.y + (outer.h - length) / 2.0, 6.0, length))
    }
}

impl Stage<'_> {
    /// Everything but messages, with its box; what lies above comes later.
    fn boxes(&self) -> Vec<(Target, Rect)> {
        let (layout, scene) = (&self.layout, self.scene);
        let producers = (0..)
            .zip(scene.producers.iter().zip(&layout.producers))
            .map(|(place, (_, own))| (Target::Producer(place), *own));
        let parts = layout.routers.iter().map(|(part, place)| (Target::Part(*part), *place));
        let stores = layout.lanes.iter().filter(|lane| lane.first < scene.stores.len());
        let stores = stores.map(|lane| (Target::Store(lane.first as u16), lane.grid.outer));
        let readers = layout.lanes.iter().flat_map(|lane| self.reader_boxes(lane));
        let seats = scene
            .workers
            .iter()
            .enumerate()
            .filter_map(|(place, worker)| Some((Target::Worker(worker.worker), layout.seat(place)?.1)));
        stores.chain(readers).chain(parts).chain(producers).chain(seats).collect()
    }

    /// A ring around the message that is chosen, or a frame around the part.
    pub(super) fn selected(&self, picture: &mut Picture) {
        let Some(target) = self.options.selected.filter(|_| SYSTEMS) else { return };
        let found: Vec<(Point, f64)> = picture.spots().iter().map(|spot| (spot.point, spot.radius)).collect();
        picture.layer();
        for (point, radius) in found {
            let radius = (radius + 3.5).max(7.0);
            picture.arc(point, radius, 0.0, 1.0, line(Ink::Surface, 4.5));
            picture.arc(point, radius, 0.0, 1.0, line(Ink::Accent, 2.0));
        }
        let place = self.boxes().into_iter().find(|(own, _)| *own == target);
        if let Some((_, place)) = place {
            let around = Rect::new(place.x - 2.5, place.y - 2.5, place.w + 5.0, place.h + 5.0);
            picture.frame(around, (place.h * 0.2).min(12.0) + 2.0, line(Ink::Accent, 2.0));
        }
    }
}

#[cfg(all(test, feature = "systems"))]
mod tests {
    use super::super::draw;
    use super::super::sample::{all, seven};
    use super::*;
    use crate::picture::{Op, at};

    const SIZE: (f64, f64) = (820.0, 380.0);

    fn spots(scene: &Scene, size: (f64, f64)) -> Vec<(u64, Point, f64)> {
        let mut picture = Picture::default();
        picture.look_for(Looking::All);
        draw_all(scene, size, &Options::default(), &mut picture);
        picture.spots().iter().map(|spot| (spot.number, spot.point, spot.radius)).collect()
    }

    #[test]
    fn every_message_is_hit_where_it_is_drawn() {
        for (number, scene) in all().iter().enumerate() {
            for size in [(358.0, 260.0), SIZE] {
                let spots = spots(scene, size);
                // Those that move can lie one above the other; all others have a place of their own.
                let alone = |point: Point| {
                    spots.iter().filter(|(_, own, _)| distance(*own, point) < 1.0).count() == 1
                };
                for (message, point, _) in spots.iter().step_by(1 + spots.len() / 40) {
                    let hit = target(scene, size, &Options::default(), *point, 1.0);
                    assert!(matches!(hit, Some(Target::Message(_))), "scene {number}: {hit:?} at {point:?}");
                    if alone(*point) {
                        assert_eq!(hit, Some(Target::Message(MessageId(*message))), "scene {number}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_part_is_hit_somewhere_and_nothing_is_smaller_than_a_finger() {
        for (number, scene) in all().iter().enumerate() {
            let options = Options::default();
            let stage = Stage::new(scene, SIZE, &options);
            for (part, place) in stage.boxes() {
                let inside = [0.5, 0.12, 0.88, 0.3, 0.7].into_iter().flat_map(|x| {
                    [0.5, 0.1, 0.9, 0.25].map(|y| at(place.x + place.w * x, place.y + place.h * y))
                });
                let hit: Vec<_> =
                    inside.filter_map(|point| target(scene, SIZE, &options, point, 1.0)).collect();
                let crowded = matches!(part, Target::Reader { .. })
                    || hit.iter().all(|own| matches!(own, Target::Message(_) | Target::Worker(_)));
                assert!(hit.contains(&part) || crowded, "scene {number}: {part:?} {place:?} {hit:?}");
                let grown = grown(place, REACH / 2.0);
                assert!(REACH <= grown.w && REACH <= grown.h);
            }
        }
    }

    #[test]
    fn a_finger_need_not_hit_the_middle_of_a_message() {
        let scene = seven();
        let options = Options::default();
        let head = scene.stores[0].entries[0].message;
        let spots = spots(&scene, SIZE);
        let (_, point, radius) = *spots.iter().find(|(number, ..)| *number == head.0).unwrap();
        let beside = point.moved(0.0, radius.max(11.0));
        assert_eq!(target(&scene, SIZE, &options, beside, 1.0), Some(Target::Message(head)));
        assert_eq!(target(&scene, SIZE, &options, at(1.0, 1.0), 1.0), None);
        // Seen larger, the same distance is further from it than a finger is wide.
        let far = point.moved(0.0, radius + 6.0);
        assert_eq!(target(&scene, SIZE, &options, far, 8.0), Some(Target::Store(0)));
    }

    #[test]
    fn the_capacity_is_dragged_by_a_grip_that_only_a_bounded_store_has() {
        let scene = seven();
        let options = Options { grip: true, ..Options::default() };
        let grip = Stage::new(&scene, SIZE, &options).grip().expect("it is bounded");
        let middle = at(grip.x + grip.w / 2.0, grip.y + grip.h / 2.0);
        assert!(is_at_grip(&scene, SIZE, &options, middle, 1.0));
        assert!(is_at_grip(&scene, SIZE, &options, middle.moved(-9.0, 0.0), 1.0), "a finger need not hit it");
        assert!(!is_at_grip(&scene, SIZE, &options, middle.moved(60.0, 0.0), 1.0));
        assert!(!is_at_grip(&scene, SIZE, &Options::default(), middle, 1.0));
        let others =
            all().into_iter().filter(|own| own.stores.len() != 1 || own.stores[0].capacity.is_none());
        assert!(others.into_iter().all(|own| Stage::new(&own, SIZE, &options).grip().is_none()));
    }

    #[test]
    fn a_drag_doubles_or_halves_and_is_never_too_small_to_matter() {
        assert_eq!(dragged(100.0, 90.0), 200.0);
        assert_eq!(dragged(100.0, -180.0), 25.0);
        assert_eq!(dragged(10.0, 0.0), 10.0);
        assert_eq!(dragged(2.0, 15.0), 3.0);
        assert_eq!(dragged(2.0, -15.0), 1.0);
    }

    #[test]
    fn what_is_chosen_is_marked_where_it_is() {
        let scene = seven();
        let head = scene.stores[0].entries[0].message;
        let marks = |selected| {
            let mut picture = Picture::default();
            draw(&scene, SIZE, &Options { selected, ..Options::default() }, &mut picture);
            let accent = |op: &&Op| {
                let (Op::Arc(.., stroke) | Op::Frame(.., stroke)) = op else { return false };
                stroke.ink == Ink::Accent
            };
            picture.ops().iter().filter(accent).count()
        };
        let worker = scene.workers[1].worker;
        assert_eq!(
            [
                None,
                Some(Target::Message(head)),
                Some(Target::Worker(worker)),
                Some(Target::Message(MessageId(9_999)))
            ]
            .map(marks),
            [0, 1, 1, 0]
        );
    }
}
