//! What must hold of every drawing, whatever is drawn and however large.

use super::sample::{all, scene, seven};
use super::{Options, Totals, describe, draw};
use crate::picture::measure::width;
use crate::picture::{Align, Font, Ink, Op, Picture, Point, Rect, Shape};

const SIZES: [(f64, f64); 7] = [
    (340.0, 220.0),
    (358.0, 260.0),
    (500.0, 240.0),
    (680.0, 320.0),
    (820.0, 380.0),
    (1100.0, 420.0),
    (1500.0, 700.0),
];

fn busy_options() -> Options {
    let totals = Totals { done: 12_345, refused: 1_204, dropped: 321, dead: 56 };
    let mut options = Options { totals, ..Options::default() };
    options.captions.producers = vec!["10,000 /s".into()];
    options
}

fn drawn(scene: &super::Scene, size: (f64, f64), options: &Options) -> Picture {
    let mut picture = Picture::default();
    draw(scene, size, options, &mut picture);
    picture
}

/// The labels with the room they take. Numbers in markers are left out: they lie on what moves.
fn labels(picture: &Picture) -> Vec<(String, Rect)> {
    let label = |op: &Op| {
        let Op::Text(span, at, font) = *op else { return None };
        let text = picture.text_of(span);
        (font.ink != Ink::Surface).then(|| (text.to_owned(), room(text, at, font)))
    };
    picture.ops().iter().filter_map(label).collect()
}

fn room(text: &str, at: Point, font: Font) -> Rect {
    let w = width(text, font).min(font.room);
    let x = match font.align {
        Align::Start => at.x,
        Align::Middle => at.x - w / 2.0,
        Align::End => at.x - w,
    };
    Rect::new(x, at.y - font.size * 0.74, w, font.size * 0.74)
}

#[test]
fn no_label_is_cut_and_none_covers_another() {
    for (number, scene) in all().iter().enumerate() {
        for (size, reduced_motion) in SIZES.into_iter().flat_map(|size| [(size, false), (size, true)]) {
            let labels = labels(&drawn(scene, size, &Options { reduced_motion, ..busy_options() }));
            let sheet = Rect::new(0.0, 0.0, size.0, size.1);
            for (place, (text, room)) in labels.iter().enumerate() {
                assert!(sheet.holds(*room), "scene {number} at {size:?}: '{text}' is cut: {room:?}");
                for (other, taken) in &labels[..place] {
                    assert!(
                        !taken.meets(*room),
                        "scene {number} at {size:?}: '{text}' covers '{other}': {room:?} {taken:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn every_marker_is_on_the_sheet() {
    for scene in &all() {
        for size in SIZES {
            let picture = drawn(scene, size, &busy_options());
            for op in picture.ops() {
                let Op::Marks(batch) = op else { continue };
                let (mark, points) = picture.batch(*batch);
                assert!(0.0 <= mark.opacity && mark.opacity <= 1.0 && 1.0 <= mark.radius);
                for Point { x, y } in points {
                    assert!(
                        0.0 <= *x && *x <= size.0 && 0.0 <= *y && *y <= size.1,
                        "{mark:?} at {x}, {y} of {size:?}"
                    );
                }
            }
        }
    }
}

fn count(picture: &Picture, shape: Shape) -> usize {
    let marks = picture
        .ops()
        .iter()
        .filter_map(|op| if let Op::Marks(batch) = op { Some(picture.batch(*batch)) } else { None });
    marks.filter(|(mark, _)| mark.shape == shape).map(|(_, points)| points.len()).sum()
}

#[test]
fn every_message_has_the_shape_of_its_state() {
    let scene = seven();
    let picture = drawn(&scene, (820.0, 380.0), &Options::default());
    let waiting = scene.stores[0].entries.len() + scene.producers[0].link.len();
    assert_eq!(count(&picture, Shape::Circle), waiting);
    assert_eq!(count(&picture, Shape::Diamond), 2);
    assert_eq!(count(&picture, Shape::Square), scene.departures.len());
}

#[test]
fn a_thousand_are_drawn_one_by_one_and_a_crowd_on_a_link_is_sampled() {
    let scene = scene(8.0, r#""capacity": 1000"#, r#""rate": 10000, "link-delay": 0.4"#, r#""rate": 1"#);
    let picture = drawn(&scene, (820.0, 380.0), &Options::default());
    let circles = count(&picture, Shape::Circle);
    assert!((1300..=1600).contains(&circles), "{circles}");
}

#[test]
fn the_same_scene_makes_the_same_picture() {
    for scene in &all() {
        let mut used = drawn(&seven(), (340.0, 220.0), &Options::default());
        draw(scene, (820.0, 380.0), &busy_options(), &mut used);
        let fresh = drawn(scene, (820.0, 380.0), &busy_options());
        assert_eq!(used.ops(), fresh.ops());
        assert_eq!(labels(&used), labels(&fresh));
    }
}

#[test]
fn with_reduced_motion_nothing_moves_while_no_state_changes() {
    let options = Options { reduced_motion: true, ..Options::default() };
    let still = |scene: &super::Scene| {
        let picture = drawn(scene, (820.0, 380.0), &options);
        let marks: Vec<_> = picture
            .ops()
            .iter()
            .filter_map(|op| if let Op::Marks(batch) = op { Some(picture.batch(*batch)) } else { None })
            .map(|(mark, points)| (mark, points.to_vec()))
            .collect();
        marks
    };
    let mut scene = seven();
    let before = still(&scene);
    scene.now = scene.now + std::time::Duration::from_millis(30);
    assert_eq!(before, still(&scene));
}

#[test]
fn the_readout_reads_as_people_write_it() {
    let texts = |scene: &super::Scene| {
        labels(&drawn(scene, (820.0, 380.0), &Options::default()))
            .into_iter()
            .map(|(text, _)| text)
            .collect::<Vec<_>>()
    };
    let said = texts(&seven());
    assert!(said.contains(&"8/10".into()) && said.contains(&"80.0% full".into()), "{said:?}");
    let said = texts(&scene(0.0, "", r#""rate": 1"#, ""));
    assert!(said.contains(&"0/10".into()) && said.contains(&"Queue is empty".into()), "{said:?}");
}

#[test]
fn the_words_say_what_the_picture_shows() {
    assert_eq!(
        describe(&seven(), &Options::default()),
        "The producer is running; 3 messages are on the way. The queue has 8 of 10 waiting (80.0%); \
         the oldest has waited 2.5 s. Of 2 workers: 2 busy."
    );
    let empty = describe(&scene(0.0, "", r#""rate": 1"#, ""), &Options::default());
    assert_eq!(
        empty,
        "The producer is running; nothing is on the way. The queue is empty, with room for 10. The worker is idle."
    );
}
