//! What left within the last second, on its way out; and how many left in each way.

use queuescope_engine::id::WorkerId;
use queuescope_engine::metrics::{DEPARTURE, Departure, Exit};

use super::layout::{Crew, Form};
use super::{Stage, scatter};
use crate::picture::figure::Grouped;
use crate::picture::measure::first_that_fits;
use crate::picture::{Ink, Mark, Picture, Point, Rect, Shape, at};

/// Opacity goes in so many steps, so that markers of one age are painted together.
const STEPS: f64 = 8.0;

impl Stage<'_> {
    /// All of it.
    pub(super) fn exits(&self, picture: &mut Picture) {
        picture.layer();
        let done =
            self.scene.departures.iter().filter(|departure| matches!(departure.exit, Exit::Done(_))).count();
        let (done, rest) =
            (self.exit_radius(done), self.exit_radius(self.scene.departures.len() - done).max(3.0));
        for departure in &self.scene.departures {
            let (shape, ink, from, to) = self.way(departure);
            let radius = if shape == Shape::Square { done } else { rest };
            let age = self.scene.now.since(departure.at).as_secs_f64() / DEPARTURE.as_secs_f64();
            let age = age.clamp(0.0, 1.0);
            if self.options.reduced_motion {
                picture.mark(Mark { shape, ink, radius, opacity: 1.0 }, from.toward(to, 0.4));
                picture.spot(departure.message.0, from.toward(to, 0.4), radius);
                continue;
            }
            let opacity = 1.0 - (age * age * STEPS).floor() / STEPS;
            let falls = shape != Shape::Square;
            let point = at(
                from.x + (to.x - from.x) * age,
                from.y + (to.y - from.y) * if falls { age * age } else { age },
            );
            picture.mark(Mark { shape, ink, radius, opacity }, point);
            picture.spot(departure.message.0, point, radius);
        }
        self.counters(picture);
    }

    /// The shape of what leaves, from where, and to where.
    fn way(&self, departure: &Departure) -> (Shape, Ink, Point, Point) {
        let layout = &self.layout;
        let jitter = scatter(departure.message);
        let lane = layout.gutter - 14.0;
        match departure.exit {
            Exit::Done(worker) => {
                let place = self.seat_of(worker);
                let spread = jitter * self.spread(place);
                let from = at(place.right() + 5.0, place.center().y + spread);
                (Shape::Square, Ink::Done, from, from.moved(layout.exit - 8.0, 0.0))
            }
            Exit::Dead(worker) => {
                let place = self.seat_of(worker);
                let to = at(self.dead_x(), lane);
                (Shape::Triangle, Ink::Failed, at(self.dead_x(), place.center().y + 8.0), to)
            }
            Exit::Refused => {
                let mouth = layout.mouth();
                let from = mouth.moved(-8.0, 12.0 + 4.0 * jitter);
                (Shape::Cross, Ink::Failed, from, at(self.refused_x() + 8.0 * jitter, lane))
            }
            Exit::Dropped => {
                let head = layout.head();
                let from = head.moved(8.0, 4.0);
                (Shape::Struck, Ink::Failed, from, at(self.dropped_x() + 5.0 * jitter, lane))
            }
        }
    }

    /// How many left, beside the mark of their kind, once there are any.
    fn counters(&self, picture: &mut Picture) {
        let totals = self.options.totals;
        let outer = self.layout.lane().grid.outer;
        let both = 0 < totals.refused && 0 < totals.dropped;
        let room = if both { outer.w / 2.0 } else { outer.w };
        picture.layer();
        self.counter(totals.refused, "refused", Shape::Cross, self.refused_x(), room, picture);
        self.counter(totals.dropped, "dropped", Shape::Struck, self.dropped_x(), -room, picture);
        let room = self.layout.sheet.right() - 4.0 - self.dead_x() - 12.0;
        self.counter(totals.dead, "dead", Shape::Triangle, self.dead_x(), room, picture);
    }

    /// One of them, in `room` to the right of `x`; to the left if `room` is negative.
    fn counter(&self, count: u64, word: &str, shape: Shape, x: f64, room: f64, picture: &mut Picture) {
        if count == 0 {
            return;
        }
        let point = at(x, self.layout.gutter);
        picture.mark(Mark { shape, ink: Ink::Failed, radius: 5.5, opacity: 1.0 }, point);
        let terse = Grouped(count).to_string();
        let full = format!("{terse} {word}");
        let small = self.small();
        let text = first_that_fits(&[&full, &terse], small, room.abs());
        let font = if room < 0.0 { small.end() } else { small };
        picture.text(text, point.moved(room.signum() * 12.0, small.drop()), font.within(room.abs()));
    }

    fn refused_x(&self) -> f64 {
        self.layout.lane().grid.outer.x - self.layout.exit * 0.6 - 4.0
    }

    fn dropped_x(&self) -> f64 {
        self.layout.lane().grid.outer.right() + 8.0
    }

    fn dead_x(&self) -> f64 {
        self.layout.crews[0].outer.x - if self.is_wide() { 10.0 } else { -4.0 }
    }

    fn is_wide(&self) -> bool {
        matches!(self.layout.crews[0].form, Form::Card) || 32.0 < self.layout.exit
    }

    /// The box of the worker, or of all if it is not on the stage anymore.
    fn seat_of(&self, worker: WorkerId) -> Rect {
        // Workers stand in order, mostly at the place of their number.
        let place = self.scene.workers.iter().position(|view| view.worker == worker);
        match place.and_then(|place| self.layout.seat(place)) {
            Some((Crew { form: Form::Card | Form::Tile, .. }, place)) => place,
            Some((Crew { form: Form::Cell(_), outer, .. }, place)) => {
                Rect { x: outer.x, w: outer.w, ..place }
            }
            None => self.layout.crews[0].outer,
        }
    }

    /// How far from the middle of a box what leaves it is strewn, when there is much of it.
    fn spread(&self, place: Rect) -> f64 {
        let crowd = self.scene.departures.len() as f64 / self.scene.workers.len().max(1) as f64;
        (place.h / 2.0 - 3.0).max(0.0) * ((crowd - 4.0) / 8.0).clamp(0.0, 1.0)
    }

    /// The more of them, the smaller.
    fn exit_radius(&self, count: usize) -> f64 {
        let count = count.max(1) as f64;
        (7.0 * (8.0 / count).min(1.0).sqrt()).max(2.0).min(if self.is_wide() { 7.0 } else { 5.0 })
    }
}
