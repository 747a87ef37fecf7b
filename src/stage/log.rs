//! A log: records that stay, and the positions of those who read them.
//!
//! New records come in on the left, beside the producers, and move right as more come. A reader's position is a mark
//! between records: what is to the left of it has not been read. So a reader that falls behind drifts to the right, and
//! on the right is where the log ends that retention has left over.

use queuescope_engine::view::{LogView, ReaderView, RecordView};

use super::lanes::{Form, Lane};
use super::{Stage, Target, Who, filled, number};
use crate::picture::figure::{Grouped, round_up};
use crate::picture::measure::width;
use crate::picture::{Dash, Fill, Ink, Mark, Picture, Rect, Shape, at, line};

/// Closer than this, records are not drawn one by one.
const CLOSEST: f64 = 4.0;

/// How records stand in the box of a lane.
#[derive(Clone, Copy, Debug)]
struct Ruler {
    inner: Rect,
    end: u64,
    /// How many records there is room for.
    span: u64,
    pitch: f64,
}

impl Ruler {
    /// Where the left side of a record is.
    fn edge(self, offset: u64) -> f64 {
        let back = self.end.saturating_sub(offset).min(self.span) as f64;
        self.inner.x + back * self.pitch
    }

    /// Where the middle of a record is.
    fn middle(self, offset: u64) -> f64 {
        self.edge(offset) - self.pitch / 2.0
    }

    /// The first record that there is room for.
    fn first(self) -> u64 {
        self.end.saturating_sub(self.span)
    }

    /// The part of the box where the records from `from` up to `to` stand, without the latter.
    fn band(self, from: u64, to: u64) -> Rect {
        let (left, right) = (self.edge(to), self.edge(from));
        Rect { x: left, w: (right - left).max(0.0), ..self.inner }
    }
}

/// How far behind the end the last of the readers is.
fn behind(log: &LogView) -> u64 {
    let least = |reader: &ReaderView| reader.committed.unwrap_or(reader.position).min(reader.position);
    let last = log.readers.iter().map(least).min().unwrap_or(log.start);
    log.end.saturating_sub(last.max(log.start))
}

/// What a record is to those who read it.
fn state(log: &LogView, offset: u64) -> (Shape, Ink, f64) {
    let done = |reader: &ReaderView| reader.holes.iter().any(|(from, to)| (*from..*to).contains(&offset));
    let waits = |reader: &ReaderView| reader.position <= offset && !done(reader);
    let held = |reader: &ReaderView| {
        reader.committed.unwrap_or(log.start) <= offset && offset < reader.position && !done(reader)
    };
    if log.readable <= offset || log.readers.is_empty() {
        (Shape::Ring, Ink::Muted, 0.85)
    } else if log.readers.iter().any(waits) {
        (Shape::Circle, Ink::Ready, 1.0)
    } else if log.readers.iter().any(held) {
        (Shape::Diamond, Ink::Flight, 1.0)
    } else {
        (Shape::Square, Ink::Done, 0.6)
    }
}

impl Stage<'_> {
    /// The box of a log, its records, and the marks of its readers.
    pub(super) fn log(&self, lane: &Lane, log: &LogView, picture: &mut Picture) {
        let outer = lane.grid.outer;
        let corner = (outer.h * 0.2).min(8.0);
        picture.fill(outer, corner, Ink::Sunken);
        picture.frame(outer, corner, line(Ink::Hair, 1.0));
        let ruler = self.ruler(lane, log);
        self.ground(ruler, log, picture);
        if CLOSEST <= ruler.pitch {
            self.records(ruler, log, picture);
        } else {
            self.bands(ruler, log, picture);
        }
        for (place, reader) in log.readers.iter().enumerate() {
            self.cursor(lane, ruler, (place, reader), log, picture);
        }
        if lane.form == Form::Row && 0.0 < lane.bar.h {
            self.named(lane, log, picture);
        }
    }

    /// All logs of a scene are drawn to one scale, so that they can be compared.
    fn ruler(&self, lane: &Lane, log: &LogView) -> Ruler {
        let logs = self.scene.stores.iter().filter_map(|store| store.log.as_ref());
        let behind = logs.map(behind).max().unwrap_or(0);
        // A reader that is up to date still shows what it has left behind it.
        let span = round_up((behind as f64 * 1.2).max(24.0)) as u64;
        let inner = lane.grid.outer.inset((lane.grid.outer.h * 0.1).min(4.0));
        Ruler { inner, end: log.end, span, pitch: inner.w / span as f64 }
    }

    /// Where segments meet, what is not to be read yet, and what is gone.
    fn ground(&self, ruler: Ruler, log: &LogView, picture: &mut Picture) {
        let (top, bottom) = (ruler.inner.y, ruler.inner.bottom());
        let inside = |offset: &&u64| ruler.first() < **offset && log.start < **offset && **offset < log.end;
        let seams = log.segments.iter().filter(inside).map(|offset| ruler.edge(*offset));
        picture.segments(seams.map(|x| [at(x, top), at(x, bottom)]), line(Ink::Hair, 1.5));
        if log.readable < log.end {
            picture.fill(ruler.band(log.readable, log.end), 2.0, Fill { ink: Ink::Muted, opacity: 0.14 });
        }
        if ruler.first() < log.start {
            let x = ruler.edge(log.start);
            picture.path([at(x, top), at(x, bottom)], line(Ink::Failed, 1.0).dash(Dash::Dotted));
        }
    }

    fn records(&self, ruler: Ruler, log: &LogView, picture: &mut Picture) {
        let radius = (ruler.pitch * 0.4).min(ruler.inner.h * 0.34).min(11.0);
        let y = ruler.inner.center().y;
        let shown = || log.records.iter().take_while(|record| ruler.first() <= record.offset);
        picture.layer();
        for record in shown() {
            let (shape, ink, part) = state(log, record.offset);
            let RecordView { offset, message, producer, key, .. } = *record;
            let ink = if ink == Ink::Ready { self.ink(Who(message, producer, key, 1), ink) } else { ink };
            let opacity = if shape == Shape::Square { 0.6 } else { 1.0 };
            let mark = Mark { shape, ink, radius: (radius * part).max(1.2), opacity };
            picture.mark(mark, at(ruler.middle(offset), y));
            picture.spot(message.0, at(ruler.middle(offset), y), mark.radius);
        }
        let largest = log.records.first().map_or(0, |record| record.message.0);
        let Some(font) = number(radius * 0.9, largest) else { return };
        for record in
            shown().filter(|record| matches!(state(log, record.offset).0, Shape::Circle | Shape::Diamond))
        {
            picture.text(record.message, at(ruler.middle(record.offset), y + font.drop()), font);
        }
    }

    /// Too many to tell apart: what waits, what is handed out and what is done, to scale.
    fn bands(&self, ruler: Ruler, log: &LogView, picture: &mut Picture) {
        let first = ruler.first().max(log.start);
        let position = log.readers.iter().map(|reader| reader.position).min().unwrap_or(first).max(first);
        let committed = log.readers.iter().map(|reader| reader.committed.unwrap_or(reader.position)).min();
        let committed = committed.unwrap_or(first).clamp(first, position);
        let bands = [
            (position, log.readable.max(position), Ink::Ready, 0.5),
            (committed, position, Ink::Flight, 0.5),
            (first, committed, Ink::Done, 0.18),
        ];
        for (from, to, ink, opacity) in bands {
            picture.fill(ruler.band(from, to), 2.0, Fill { ink, opacity });
        }
    }

    /// A reader's position, and where it would start anew if it has not said that it is done.
    fn cursor(
        &self,
        lane: &Lane,
        ruler: Ruler,
        (place, reader): (usize, &ReaderView),
        log: &LogView,
        picture: &mut Picture,
    ) {
        let ink = reader_ink(place, log.readers.len());
        let outer = lane.grid.outer;
        let x = ruler.edge(reader.position.max(ruler.first()));
        if let Some(committed) = reader.committed.filter(|committed| *committed < reader.position) {
            let x = ruler.edge(committed.max(ruler.first()));
            let stroke = line(ink, 1.0).dash(Dash::Dashed);
            picture.path([at(x, outer.y), at(x, outer.bottom())], stroke);
        }
        picture.path([at(x, outer.y), at(x, outer.bottom())], line(ink, 2.0));
        if lane.form == Form::Row {
            picture.layer();
            picture.mark(filled(Shape::Triangle, ink, 4.0), at(x, outer.y + 4.0));
        }
    }

    /// Who the readers are, and how much each has before it.
    fn named(&self, lane: &Lane, log: &LogView, picture: &mut Picture) {
        let small = self.small();
        for (place, (x, text, _)) in self.names(lane, log).into_iter().enumerate() {
            picture.layer();
            let ink = reader_ink(place, log.readers.len());
            picture.mark(filled(Shape::Triangle, ink, 3.5), at(x, lane.bar.y - small.drop()));
            picture.text(text, at(x + 8.0, lane.bar.y), small);
        }
    }

    /// Below a log the names of its readers, with where each begins and how wide it is; those for which there is room.
    fn names(&self, lane: &Lane, log: &LogView) -> Vec<(f64, String, f64)> {
        let (small, outer) = (self.small(), lane.grid.outer);
        let (mut x, mut names) = (outer.x + 5.0, Vec::new());
        for reader in &log.readers {
            let text = format!("{} {}", reader.name, Grouped(reader.waiting));
            let room = width(&text, small);
            if outer.right() < x + 8.0 + room {
                break;
            }
            names.push((x, text, room));
            x += room + 24.0;
        }
        names
    }

    /// The readers of the log in a lane, where their names stand.
    pub(super) fn reader_boxes(&self, lane: &Lane) -> Vec<(Target, Rect)> {
        let store = self.scene.stores.get(lane.first).filter(|_| lane.form == Form::Row);
        let Some(log) = store.and_then(|store| store.log.as_ref()) else { return Vec::new() };
        let size = self.layout.sizes.small;
        let own = (0..).zip(self.names(lane, log)).map(|(reader, (x, _, room))| {
            let target = Target::Reader { store: lane.first as u16, reader };
            (target, Rect::new(x - 5.0, lane.bar.y - size, room + 16.0, size + 4.0))
        });
        own.collect()
    }
}

/// Readers are told apart by hue, where there are several.
fn reader_ink(place: usize, of: usize) -> Ink {
    if of < 2 { Ink::Accent } else { Ink::Identity((place % 8) as u8) }
}
