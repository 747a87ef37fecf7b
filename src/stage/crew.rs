//! The workers, each with what it holds.

use std::fmt::Write;

use queuescope_engine::id::WorkerId;
use queuescope_engine::time::Time;
use queuescope_engine::view::{Doing, GroupView, WorkerView};

use super::lanes::{self, Lane};
use super::layout::{Crew, Form};
use super::routes::lanes_of;
use super::store::badge;
use super::{GLIDE, Stage, Who, filled, number, write_numbers};
use crate::SYSTEMS;
use crate::picture::measure::{first_that_fits, shrunk};
use crate::picture::{Dash, Font, Ink, Picture, Point, Rect, Shape, Stroke, along, at, bend, line};

impl Stage<'_> {
    /// Links, boxes, and messages.
    pub(super) fn crews(&self, picture: &mut Picture) {
        for crew in &self.layout.crews {
            if !crew.places.is_empty() {
                self.crew(crew, picture);
            }
        }
    }

    fn crew(&self, crew: &Crew, picture: &mut Picture) {
        let seats = || self.scene.workers[crew.first..].iter().zip(&crew.places);
        let group = self.group_of(crew);
        self.arms(crew, picture);
        self.heading(crew, group, picture);
        if let Form::Cell(_) = crew.form {
            picture.fill(crew.outer, 10.0, Ink::Sunken);
            picture.frame(crew.outer, 10.0, line(Ink::Hair, 1.0));
        }
        for (worker, place) in seats() {
            self.seat(crew, worker, *place, picture);
        }
        if let Some(group) = group {
            self.shares(crew, group, picture);
        }
        picture.layer();
        for (worker, place) in seats() {
            self.held(crew, worker, *place, picture);
        }
    }

    /// From the stores to each worker that reads them; to all at once where they stand in a grid.
    fn arms(&self, crew: &Crew, picture: &mut Picture) {
        let seats = self.scene.workers[crew.first..].iter().zip(&crew.places);
        if let Form::Cell(_) = crew.form {
            let side = at(crew.outer.x, crew.outer.center().y);
            let mut drawn: Vec<Point> = Vec::new();
            for (worker, _) in seats {
                for head in self.heads(worker) {
                    if !drawn.contains(&head) {
                        picture.link(head, side, line(Ink::Hair, 2.0));
                        drawn.push(head);
                    }
                }
            }
            return;
        }
        for (worker, place) in seats {
            let dash = match worker.doing {
                Doing::Idle | Doing::Busy { leaving: false, .. } => Dash::Solid,
                Doing::Busy { leaving: true, .. } | Doing::Off | Doing::Down => Dash::Dashed,
            };
            for head in self.heads(worker) {
                picture.link(head, at(place.x, place.center().y), line(Ink::Hair, 2.0).dash(dash));
            }
        }
    }

    /// Where what a worker gets comes from: the logs that it has to itself, or all stores of the part that it reads.
    fn heads(&self, worker: &WorkerView) -> Vec<Point> {
        if !SYSTEMS || !lanes::many(self.scene) {
            return vec![self.layout.head()];
        }
        let pool = self.scene.pools.get(usize::from(worker.pool));
        let read = lanes_of(self.scene, pool.and_then(|pool| pool.from), &self.layout.lanes);
        let owners = |lane: &Lane| {
            let stores = &self.scene.stores[lane.first..lane.first + lane.count];
            let readers = stores.iter().filter_map(|store| store.log.as_ref()).flat_map(|log| &log.readers);
            readers.filter_map(|reader| reader.owner).collect::<Vec<_>>()
        };
        let shared = read.iter().all(|lane| owners(lane).is_empty());
        let group = self.scene.groups.iter().any(|group| {
            group.of as usize <= self.scene.stores.len()
                && group.members.iter().any(|own| own.worker == worker.worker)
        });
        let own = read.iter().filter(|lane| (shared && !group) || owners(lane).contains(&worker.worker));
        let heads: Vec<Point> = own.map(|lane| lane.head).collect();
        if heads.is_empty() && pool.is_none_or(|pool| pool.from.is_none()) {
            return vec![self.layout.head()];
        }
        heads
    }

    /// The group to which the workers of a crew belong.
    fn group_of(&self, crew: &Crew) -> Option<&GroupView> {
        if !SYSTEMS {
            return None;
        }
        let own = self.scene.workers[crew.first..].iter().take(crew.places.len());
        let own: Vec<WorkerId> = own.map(|worker| worker.worker).collect();
        self.scene.groups.iter().find(|group| group.members.iter().any(|member| own.contains(&member.worker)))
    }

    /// Which shares of a whole each worker has, as a strip in their colors, where a share is not a lane of its own.
    fn shares(&self, crew: &Crew, group: &GroupView, picture: &mut Picture) {
        if group.of as usize <= self.scene.stores.len() {
            return;
        }
        let strip = Rect::new(crew.outer.x - 11.0, crew.outer.y, 5.0, crew.outer.h);
        picture.fill(strip, 2.5, Ink::Hair);
        let seat = |worker: WorkerId| {
            let place = self.scene.workers.iter().position(|own| own.worker == worker)?;
            Some((place, self.layout.seat(place)?.1))
        };
        for member in &group.members {
            let Some((place, seat)) = seat(member.worker) else { continue };
            let ink = Ink::Identity((place % 8) as u8);
            let part = |share: u32| strip.h * f64::from(share) / f64::from(group.of.max(1));
            for (from, to) in &member.shares {
                let own = Rect { y: strip.y + part(*from), h: (part(*to) - part(*from)).max(0.5), ..strip };
                picture.fill(own, 0.0, ink);
            }
            picture.fill(Rect::new(seat.x, seat.y + seat.h * 0.2, 3.0, seat.h * 0.6), 1.5, ink);
        }
    }

    /// What the group is about, or how many they are where they carry no names.
    fn heading(&self, crew: &Crew, group: Option<&GroupView>, picture: &mut Picture) {
        let mut small = self.small().middle();
        let (count, mut words) = (crew.places.len(), [const { String::new() }; 2]);
        let busy = self.scene.workers[crew.first..].iter().take(count);
        let busy = busy.filter(|worker| matches!(worker.doing, Doing::Busy { .. })).count();
        let s = if count == 1 { "" } else { "s" };
        // Writing to a string cannot fail.
        let _ = match (group, crew.form) {
            (Some(group), _) => {
                small.ink = if group.rebalancing { Ink::Failed } else { small.ink };
                write!(words[0], "{} · {}", group.name, group.state)
                    .and_then(|()| write!(words[1], "{}", group.state))
            }
            (None, Form::Card) => return,
            (None, Form::Tile) => write!(words[0], "{count} worker{s}"),
            (None, Form::Cell(_)) => write!(words[0], "{busy} of {count} busy"),
        };
        if words[1].is_empty() {
            let _ = write!(words[1], "{count}");
        }
        let room = crew.outer.w + 2.0 * self.layout.exit.min(14.0);
        let words = first_that_fits(&[&words[0], &words[1]], small, room);
        let small = shrunk(words, small, room, 6.5);
        picture.text(words, at(crew.outer.center().x, crew.outer.y - 7.0), small);
    }

    /// The box of a worker. A dashed one takes no more messages.
    fn seat(&self, crew: &Crew, worker: &WorkerView, place: Rect, picture: &mut Picture) {
        let (corner, fill) = match crew.form {
            Form::Card => (10.0, Ink::Sunken),
            Form::Tile => (8.0, Ink::Sunken),
            Form::Cell(cell) => (cell * 0.2, Ink::Surface),
        };
        let frame = match worker.doing {
            Doing::Idle | Doing::Busy { leaving: false, .. } => line(Ink::Hair, 1.0),
            Doing::Busy { leaving: true, .. } | Doing::Off => line(Ink::Muted, 1.0).dash(Dash::Dotted),
            Doing::Down => line(Ink::Failed, 1.0),
        };
        if !matches!(worker.doing, Doing::Off) {
            picture.fill(place, corner, fill);
        }
        picture.frame(place, corner, frame);
        let (middle, radius) = hand_of(crew, place);
        match worker.doing {
            Doing::Idle if radius < 6.0 => {}
            Doing::Idle => diamond(middle, radius, line(Ink::Hair, 1.5), picture),
            Doing::Busy { .. } | Doing::Off => {}
            Doing::Down => {
                let arm = radius * 0.7;
                let strokes = [[-arm, arm], [arm, -arm]]
                    .map(|[from, to]| [middle.moved(-arm, from), middle.moved(arm, to)]);
                picture.segments(strokes, line(Ink::Failed, (radius * 0.25).clamp(1.5, 2.5)));
            }
        }
        match crew.form {
            Form::Card => self.card(worker, place, picture),
            Form::Tile => {
                let (text, font) = self.words(worker, self.small().middle(), place.w - 6.0);
                picture.text(text, at(place.center().x, place.bottom() - 10.0), font);
            }
            Form::Cell(_) => {}
        }
    }

    fn card(&self, worker: &WorkerView, place: Rect, picture: &mut Picture) {
        let x = place.x + 46.0;
        let room = place.right() - 6.0 - x;
        let name = self.name(worker);
        let label = shrunk(&name, self.label(), room, 9.0);
        picture.text(name, at(x, place.center().y - 4.0), label);
        let (text, font) = self.words(worker, self.small(), room);
        picture.text(text, at(x, place.center().y + 4.0 + font.size), font);
    }

    /// A worker of the only pool goes by its number; one of several pools by what that is called, too.
    fn name(&self, worker: &WorkerView) -> String {
        let number = worker.place + 1;
        let pool = self.scene.pools.get(usize::from(worker.pool)).filter(|_| 1 < self.scene.pools.len());
        let Some(pool) = pool else { return format!("Worker {number}") };
        let alone = self.scene.workers.iter().filter(|own| own.pool == worker.pool).count() == 1;
        if alone { pool.name.clone() } else { format!("{} {number}", pool.name) }
    }

    /// What a worker does, in as many words as there is room for.
    fn words(&self, worker: &WorkerView, font: Font, room: f64) -> (String, Font) {
        let (texts, ink) = match worker.doing {
            Doing::Idle => (["idle".into(), String::new()], Ink::Muted),
            Doing::Off => (["off".into(), String::new()], Ink::Muted),
            Doing::Down => (["down".into(), String::new()], Ink::Failed),
            Doing::Busy { attempt, since, until, leaving, .. } => {
                let percent = (self.through(since, until) * 100.0) as u32;
                let texts = match (leaving, attempt) {
                    (true, _) => ["finishing".into(), "last".into()],
                    (false, 1) => [format!("{percent}% done"), format!("{percent}%")],
                    (false, again) => [format!("attempt {again}"), format!("try {again}")],
                };
                (texts, if 1 < attempt { Ink::Failed } else { Ink::Muted })
            }
        };
        let [full, terse] = &texts;
        let chosen = first_that_fits(&[full, if terse.is_empty() { full } else { terse }], font, room);
        let font = shrunk(chosen, Font { ink, ..font }, room, 8.0);
        (chosen.to_owned(), font)
    }

    /// The message in a worker's hand, and how far the work on it is.
    fn held(&self, crew: &Crew, worker: &WorkerView, place: Rect, picture: &mut Picture) {
        let Doing::Busy { message, producer, key, attempt, since, until, .. } = worker.doing else { return };
        let (hand, radius) = hand_of(crew, place);
        let ink = self.ink(Who(message, producer, key, attempt), Ink::Flight);
        let part = self.glided(since, GLIDE.min(until.since(since) / 4));
        let through = self.through(since, until);
        if 9.0 < radius {
            picture.arc(hand, radius + 5.5, 0.0, 1.0, line(Ink::Hair, 2.5));
            picture.arc(hand, radius + 5.5, 0.0, through, line(Ink::Flight, 2.5));
        } else if 5.0 <= radius {
            let track = Rect::new(place.x + 4.0, place.bottom() - 5.0, place.w - 8.0, 2.0);
            picture.fill(track, 1.0, Ink::Hair);
            picture.fill(Rect { w: track.w * through, ..track }, 1.0, Ink::Flight);
        }
        let head = self.heads(worker).first().copied().unwrap_or(hand);
        let point = along(bend(head, hand), part);
        picture.mark(filled(Shape::Diamond, ink, radius), point);
        picture.spot(message.0, point, radius);
        if let Some(font) = number(radius * 0.85, message.0) {
            write_numbers(font, [(message, point)].into_iter(), picture);
        }
        if 1 < attempt && 9.0 < radius {
            badge(attempt, radius + 3.5, point, picture);
            picture.layer();
        } else if 1 < attempt {
            diamond(point, radius + 1.5, line(Ink::Failed, 1.0), picture);
        }
    }

    /// Which part of the work is done.
    fn through(&self, since: Time, until: Time) -> f64 {
        let whole = until.since(since).as_secs_f64();
        let gone = self.scene.now.since(since).as_secs_f64();
        if whole == 0.0 { 1.0 } else { (gone / whole).clamp(0.0, 1.0) }
    }
}

/// Where a worker holds its message, and how large that is drawn.
fn hand_of(crew: &Crew, place: Rect) -> (Point, f64) {
    match crew.form {
        Form::Card => (at(place.x + 24.0, place.center().y), 11.0),
        Form::Tile => (at(place.center().x, place.y + place.h * 0.3), place.h * 0.16),
        // Above the middle, where a bar below it shows the progress.
        Form::Cell(cell) => {
            (place.center().moved(0.0, if cell < 34.0 { -cell * 0.04 } else { 0.0 }), cell * 0.26)
        }
    }
}

/// The outline of the place where a message would be.
fn diamond(middle: Point, radius: f64, stroke: Stroke, picture: &mut Picture) {
    let r = radius * 1.2;
    let corners = [(0.0, -r), (r, 0.0), (0.0, r), (-r, 0.0), (0.0, -r)];
    picture.path(corners.map(|(dx, dy)| middle.moved(dx, dy)), stroke);
}
