//! Producers, and what is on the way from them to the store.

use std::iter;

use queuescope_engine::view::{Flight, ProducerView};

use super::{LARGE, Stage, Who, filled, number, scatter, write_numbers};
use crate::picture::figure::Grouped;
use crate::picture::measure::{first_that_fits, shrunk};
use crate::picture::{Dash, Ink, Picture, Point, Rect, Shape, along, bend, line};

/// More than this would be one stripe anyway.
const SHOWN: usize = 600;

impl Stage<'_> {
    /// The links, and the messages on them.
    pub(super) fn links(&self, picture: &mut Picture) {
        let places =
            || {
                let places = self.layout.producers.iter().enumerate();
                self.scene.producers.iter().zip(places).map(|(producer, (number, place))| {
                    (producer, [side(place), self.layout.mouth_of(number)])
                })
            };
        for (producer, [from, mouth]) in places() {
            let dash = if producer.running || 0 < producer.on_link { Dash::Solid } else { Dash::Dashed };
            picture.link(from, mouth, line(Ink::Hair, 2.0).dash(dash));
        }
        picture.layer();
        for (producer, ends) in places() {
            if self.options.reduced_motion {
                self.rest(producer, ends, picture);
            } else {
                self.travel(producer, ends, picture);
            }
        }
    }

    /// The producers themselves, and what they keep.
    pub(super) fn producers(&self, picture: &mut Picture) {
        for (number, (producer, place)) in self.scene.producers.iter().zip(&self.layout.producers).enumerate()
        {
            self.producer(number, producer, *place, picture);
        }
        self.kept(picture);
    }

    fn producer(&self, number: usize, producer: &ProducerView, place: Rect, picture: &mut Picture) {
        let caption = self.options.captions.producers.get(number).map_or("", String::as_str);
        let (words, ink) = match (producer.running, producer.blocked) {
            (_, true) => ("blocked", Ink::Failed),
            (false, false) => ("stopped", Ink::Muted),
            (true, false) if caption.is_empty() => ("running", Ink::Muted),
            (true, false) => (caption, Ink::Muted),
        };
        picture.fill(place, 10.0, Ink::Sunken);
        picture.frame(
            place,
            10.0,
            match (producer.running, producer.blocked) {
                (_, true) => line(Ink::Failed, 1.5),
                (true, false) => line(Ink::Hair, 1.0),
                (false, false) => line(Ink::Muted, 1.0).dash(Dash::Dashed),
            },
        );
        let (middle, room) = (place.center(), place.w - 8.0);
        let name = capitalized(&producer.name);
        let label = shrunk(&name, self.label().middle(), room, 8.0);
        if place.h < 34.0 {
            return picture.text(name, middle.moved(0.0, label.drop()), label);
        }
        picture.text(name, middle.moved(0.0, -4.0), label);
        let mut small = shrunk(words, self.small().middle(), room, 8.0);
        small.ink = ink;
        picture.text(words, middle.moved(0.0, 4.0 + small.size), small);
    }

    /// Each message where it is by now.
    fn travel(&self, producer: &ProducerView, ends: [Point; 2], picture: &mut Picture) {
        let radius = self.flight_radius(producer, ends);
        let track = track(ends, radius);
        let crowd = (1.0 - roomy(ends) / producer.on_link.max(1) as f64).max(0.0);
        let lane = crowd * (self.layout.lane().grid.outer.h / 2.0 - 8.0).min(24.0);
        let stride = producer.link.len().div_ceil(SHOWN).max(1);
        let shown = || {
            producer.link.iter().step_by(stride).map(|flight| {
                let point = along(track, self.fraction(flight));
                (flight, point.moved(0.0, lane * scatter(flight.message)))
            })
        };
        for (flight, point) in shown() {
            let ink = self.ink(who(flight), Ink::Ready);
            picture.mark(filled(Shape::Circle, ink, radius), point);
            picture.spot(flight.message.0, point, radius);
        }
        let largest = producer.link.last().map_or(0, |last| last.message.0);
        // Numbers that overlap cannot be read, and on a short link they do most of the time.
        let legible = !self.hues && 3.0 <= roomy(ends) && producer.link.len() as f64 <= 1.5 * roomy(ends);
        if let (Some(font), true) = (number(radius, largest), legible) {
            write_numbers(font, shown().map(|(flight, point)| (flight.message, point)), picture);
        }
    }

    /// The messages side by side in the middle of the link, where they stay until they have arrived.
    fn rest(&self, producer: &ProducerView, ends: [Point; 2], picture: &mut Picture) {
        let radius = self.flight_radius(producer, ends).max(5.0);
        let [from, mouth] = ends;
        let length = mouth.x - from.x;
        let fit = ((length - 4.0) / (2.0 * radius + 2.0)).floor().max(1.0) as usize;
        let shown = producer.link.len().min(fit);
        let middle = along(bend(from, mouth), 0.5);
        let point = |place: usize| {
            middle.moved((0.5 * (shown as f64 - 1.0) - place as f64) * (2.0 * radius + 2.0), 0.0)
        };
        for (place, flight) in producer.link.iter().take(shown).enumerate() {
            let ink = self.ink(who(flight), Ink::Ready);
            picture.mark(filled(Shape::Circle, ink, radius), point(place));
            picture.spot(flight.message.0, point(place), radius);
        }
        let largest = producer.link.last().map_or(0, |last| last.message.0);
        if let Some(font) = number(radius, largest) {
            let messages = producer.link.iter().take(shown).map(|flight| flight.message);
            write_numbers(
                font,
                messages.enumerate().map(|(place, message)| (message, point(place))),
                picture,
            );
        }
        if (shown as u64) < producer.on_link {
            let below = middle.moved(0.0, radius + 4.0 + self.layout.sizes.small);
            let count = Grouped(producer.on_link).to_string();
            let (words, font) = (format!("{count} on the way"), self.small().middle());
            let text = first_that_fits(&[&words, &count], font, length - 6.0);
            picture.text(text, below, shrunk(text, font, length - 6.0, 8.0));
        }
    }

    /// What blocked producers keep, stacked at the mouth of the store behind a bar.
    fn kept(&self, picture: &mut Picture) {
        let kept = self.scene.stores.first().map_or(0, |store| store.kept);
        if kept == 0 && !self.scene.producers.iter().any(|producer| producer.blocked) {
            return;
        }
        let blocked = self.scene.producers.iter().position(|producer| producer.blocked);
        let mouth = self.layout.mouth_of(blocked.unwrap_or(0));
        let bar = mouth.x - 8.0;
        picture.layer();
        let radius = LARGE - 1.0;
        let link = mouth.x - self.layout.producers.first().map_or(0.0, |place| place.right());
        let shown = kept.min((((link - 14.0) / radius - 2.0) / 0.9).clamp(0.0, 4.0) as u64 + 1);
        for place in (0..shown).rev() {
            // Outlines keep them apart where they overlap.
            let point = Point { x: bar - radius - 4.0 - place as f64 * radius * 0.9, y: mouth.y };
            picture.layer();
            picture.mark(filled(Shape::Circle, Ink::Surface, radius + 1.5), point);
            picture.mark(filled(Shape::Circle, Ink::Ready, radius), point);
        }
        let reach = self.layout.lane().grid.outer.h.min(60.0) / 2.0;
        picture.path([mouth.moved(-8.0, -reach), mouth.moved(-8.0, reach)], line(Ink::Failed, 3.0));
        if 0 < kept {
            let mut small = self.small().end();
            small.ink = Ink::Failed;
            let below = mouth.moved(-4.0, reach + 4.0 + small.size);
            picture.text(format_args!("{} kept", Grouped(kept)), below, small);
        }
    }

    fn fraction(&self, flight: &Flight) -> f64 {
        let whole = flight.arrives.since(flight.departs).as_secs_f64();
        let gone = self.scene.now.since(flight.departs).as_secs_f64();
        if whole == 0.0 { 1.0 } else { (gone / whole).clamp(0.0, 1.0) }
    }

    /// The more there are, the smaller; without a step at which all would change at once.
    fn flight_radius(&self, producer: &ProducerView, ends: [Point; 2]) -> f64 {
        let crowd = (roomy(ends) / producer.on_link.max(1) as f64).min(1.0);
        (LARGE * crowd.sqrt()).max(1.5)
    }
}

fn who(flight: &Flight) -> Who {
    Who(flight.message, flight.producer, flight.key, 1)
}

/// From under the producer's box to the edge of what it sends to.
fn track([from, mouth]: [Point; 2], radius: f64) -> [Point; 4] {
    bend(from.moved(-radius, 0.0), mouth.moved(-radius - 1.0, 0.0))
}

/// How many large markers a link has room for.
fn roomy([from, mouth]: [Point; 2]) -> f64 {
    ((mouth.x - from.x) / (2.4 * LARGE)).max(1.0)
}

/// Where messages leave a producer's box.
fn side(place: &Rect) -> Point {
    Point { x: place.right(), y: place.center().y }
}

/// With a capital letter in front, as on a label. Names are English: the capitals of all scripts are a large table.
pub(super) fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map_or_else(String::new, |first| iter::once(first.to_ascii_uppercase()).chain(letters).collect())
}
