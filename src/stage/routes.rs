//! Routes: the parts that only pass messages on, and the ways between producers, such parts, and stores.

use std::time::Duration;

use queuescope_engine::view::Scene;

use super::Stage;
use super::lanes::{self, Lane};
use super::links::capitalized;
use crate::SYSTEMS;
use crate::picture::measure::shrunk;
use crate::picture::{Dash, Ink, Picture, Point, Rect, Stroke, at, line};

/// A way is lit for so long after a message has gone it.
const LIT: Duration = Duration::from_millis(250);

/// What has no store.
pub(crate) struct Plan {
    /// The parts that only pass on, by their places.
    pub(crate) routers: Vec<u16>,
}

/// Which parts of the scene only pass on.
pub(crate) fn plan(scene: &Scene) -> Plan {
    if !SYSTEMS || scene.parts.is_empty() {
        return Plan { routers: Vec::new() };
    }
    let stored: Vec<Option<u16>> = scene.stores.iter().map(|store| scene.part_of(store)).collect();
    let used = |part: u16| {
        scene.producers.iter().any(|producer| producer.to == Some(part))
            || scene.links.iter().any(|(from, to)| *from == part || *to == part)
    };
    let routers = (0..scene.parts.len() as u16).filter(|part| !stored.contains(&Some(*part)) && used(*part));
    Plan { routers: routers.collect() }
}

/// Where what each producer sends goes first: to a part that passes it on, to a store, or to a point before several.
pub(crate) fn mouths(scene: &Scene, routers: &[(u16, Rect)], lanes: &[Lane]) -> Vec<Point> {
    if !SYSTEMS {
        return Vec::new();
    }
    let mouth = |part: Option<u16>| {
        if let Some((_, place)) = routers.iter().find(|(own, _)| Some(*own) == part) {
            return at(place.x, place.center().y);
        }
        hub(&targets(scene, part, routers, lanes)).unwrap_or(lanes[0].mouth)
    };
    scene.producers.iter().map(|producer| mouth(producer.to)).collect()
}

/// The lanes of a part, or, where what passes on is not shown, those to which it passes on.
fn targets<'a>(
    scene: &Scene,
    part: Option<u16>,
    routers: &[(u16, Rect)],
    lanes: &'a [Lane],
) -> Vec<&'a Lane> {
    let own = lanes_of(scene, part, lanes);
    if !own.is_empty() || !routers.is_empty() {
        return own;
    }
    let beyond = scene.links.iter().filter(|(from, _)| Some(*from) == part);
    beyond.flat_map(|(_, to)| lanes_of(scene, Some(*to), lanes)).collect()
}

/// The lanes in which the stores of a part are.
pub(crate) fn lanes_of<'a>(scene: &Scene, part: Option<u16>, lanes: &'a [Lane]) -> Vec<&'a Lane> {
    let of = |lane: &&Lane| {
        let stores = &scene.stores[lane.first..(lane.first + lane.count).min(scene.stores.len())];
        part.is_some() && stores.iter().any(|store| scene.part_of(store) == part)
    };
    lanes.iter().filter(of).collect()
}

/// A point a little before several lanes, from which they fan out; that of the only one.
fn hub(lanes: &[&Lane]) -> Option<Point> {
    match lanes {
        [] => None,
        [only] => Some(only.mouth),
        [first, .., last] => Some(at(first.mouth.x - 16.0, (first.mouth.y + last.mouth.y) / 2.0)),
    }
}

impl Stage<'_> {
    /// All ways behind the first, and the boxes of what passes on.
    pub(super) fn routes(&self, picture: &mut Picture) {
        if !SYSTEMS || !lanes::many(self.scene) && self.layout.routers.is_empty() {
            return;
        }
        let (scene, layout) = (self.scene, &self.layout);
        for (place, producer) in scene.producers.iter().enumerate() {
            let routed = layout.routers.iter().any(|(own, _)| Some(*own) == producer.to);
            let ahead = targets(scene, producer.to, &layout.routers, &layout.lanes);
            if !routed && 1 < ahead.len() {
                ahead.iter().for_each(|lane| self.way_to(layout.mouth_of(place), lane, picture));
            }
        }
        for (from, to) in &scene.links {
            let source = layout.routers.iter().find(|(own, _)| own == from);
            let aim = layout.routers.iter().find(|(own, _)| own == to);
            let ahead = lanes_of(scene, Some(*to), &layout.lanes);
            match (source, aim) {
                (Some((_, source)), Some((_, aim))) => self.side_way(*source, *aim, picture),
                (Some((_, source)), None) => {
                    let from = at(source.right(), source.center().y);
                    ahead.iter().for_each(|lane| self.way_to(from, lane, picture));
                }
                (None, aim) => self.last_way(*from, aim.map(|(_, place)| *place), &ahead, picture),
            }
        }
        for (part, place) in &layout.routers {
            self.router(*part, *place, picture);
        }
    }

    fn way_to(&self, from: Point, lane: &Lane, picture: &mut Picture) {
        picture.link(from, lane.mouth, self.lit(lane));
    }

    /// The line to a lane: lit while something has just come in there.
    fn lit(&self, lane: &Lane) -> Stroke {
        let store = self.in_lane(lane);
        let newest = match &store.log {
            Some(log) => log.records.first().map(|record| record.since),
            None => store.entries.iter().rev().find(|entry| entry.attempt == 1).map(|entry| entry.since),
        };
        let lit = newest.is_some_and(|since| self.scene.now.since(since) < LIT);
        if lit { line(Ink::Ready, 2.0) } else { line(Ink::Hair, 1.5) }
    }

    /// From one part that passes on to another: around the right side.
    fn side_way(&self, source: Rect, aim: Rect, picture: &mut Picture) {
        let x = source.right() + 9.0;
        let (from, to) = (at(source.right(), source.center().y + 5.0), at(aim.right(), aim.center().y - 5.0));
        picture.path([from, at(x, from.y), at(x, to.y), to], line(Ink::Hair, 1.5).dash(Dash::Dashed));
    }

    /// Where a store sends what it gives up: along the left side, to a part that passes on or to another store.
    fn last_way(&self, from: u16, aim: Option<Rect>, ahead: &[&Lane], picture: &mut Picture) {
        let lanes = &self.layout.lanes;
        let Some(source) = lanes_of(self.scene, Some(from), lanes).last().copied() else { return };
        let dashed = line(Ink::Failed, 1.0).dash(Dash::Dashed).fade(0.7);
        let x = source.mouth.x - 8.0;
        let start = source.mouth.moved(0.0, source.grid.outer.h * 0.3);
        if let Some(aim) = aim {
            let end = at(aim.right(), aim.center().y + 6.0);
            return picture.path([start, at(x, start.y), at(x, end.y), end], dashed);
        }
        for lane in ahead.iter().filter(|lane| lane.first != source.first) {
            let down = source.mouth.y < lane.mouth.y;
            let end = lane.mouth.moved(0.0, lane.grid.outer.h * if down { -0.3 } else { 0.3 });
            picture.path([start, at(x, start.y), at(x, end.y), end], dashed);
        }
    }

    fn router(&self, part: u16, place: Rect, picture: &mut Picture) {
        let Some(part) = self.scene.parts.get(usize::from(part)) else { return };
        picture.fill(place, place.h / 2.0, Ink::Surface);
        picture.frame(place, place.h / 2.0, line(Ink::Muted, 1.0));
        let (middle, room) = (place.center(), place.w - 14.0);
        let kind = capitalized(part.kind);
        let small = shrunk(&kind, self.small().middle(), room, 6.5);
        let label = shrunk(&part.name, self.label().middle(), room, 6.5);
        if place.h < 28.0 || part.name.is_empty() {
            let name = if part.name.is_empty() { &kind } else { &part.name };
            return picture.text(name, middle.moved(0.0, label.drop()), label);
        }
        picture.text(&part.name, middle.moved(0.0, -2.0), label);
        picture.text(&kind, middle.moved(0.0, 3.0 + small.size * 0.85), small);
    }
}
