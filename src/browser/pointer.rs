//! What fingers, a mouse and its wheel do to a picture, without taking the page's own scrolling from it: one finger scrolls
//! the page, two move and enlarge the picture; a wheel enlarges it with Ctrl alone.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{PointerEvent, TouchEvent, WheelEvent};

use super::element::Element;

/// What was done, in pixels from the picture's upper left corner.
#[derive(Clone, Copy)]
pub(crate) enum Gesture {
    /// A mouse is above this place, with nothing pressed.
    Over(f64, f64),
    /// A finger or a button was put down here.
    Down(f64, f64),
    /// A click or a tap.
    Tap(f64, f64),
    /// Dragged by so much.
    Drag(f64, f64),
    /// Enlarged so many times around a point.
    Zoom(f64, f64, f64),
}

/// Where something points in an element, in pixels from its left side.
pub(crate) enum Pointing {
    /// It is over it.
    Over(f64),
    /// It has left.
    Off,
    /// A click or a tap.
    Press(f64),
}

/// Calls `act` with where a mouse or a finger points in the element.
pub(crate) fn point(element: &Element, act: impl Fn(Pointing) + 'static) {
    let act = Rc::new(act);
    for name in ["pointermove", "pointerdown", "pointerleave", "click"] {
        let (own, does) = (element.clone(), act.clone());
        element.listen(name, move |event| {
            let Some(event) = event.dyn_ref::<web_sys::MouseEvent>() else { return };
            let x = f64::from(event.client_x()) - own.corner().0;
            does(match name {
                "click" => Pointing::Press(x),
                "pointerleave" => Pointing::Off,
                _ => Pointing::Over(x),
            });
        });
    }
}

/// Further than this a press is no tap.
const STILL: f64 = 6.0;

#[derive(Default)]
struct Fingers {
    /// Each that is down: its id, and where it is.
    down: Vec<(i32, f64, f64)>,
    /// How far they have gone since the first was put down.
    way: f64,
    /// Whether it was put down on something that is dragged with it: the page is not to scroll.
    holds: bool,
}

/// Calls `act` with whatever is done on the element. Of what is put down it says whether it holds something there, and of
/// what is above a place whether there is something to be held.
pub(crate) fn listen(element: &Element, act: impl Fn(Gesture) -> bool + 'static) {
    let fingers = Rc::new(RefCell::new(Fingers::default()));
    let act = Rc::new(act);
    let place = {
        let element = element.clone();
        move |x: i32, y: i32| {
            let (left, top) = element.corner();
            (f64::from(x) - left, f64::from(y) - top)
        }
    };
    let (own, at, does) = (fingers.clone(), place.clone(), act.clone());
    element.listen("pointerdown", move |event| {
        let Some(event) = event.dyn_ref::<PointerEvent>() else { return };
        let (x, y) = at(event.client_x(), event.client_y());
        let is_first = own.borrow_mut().put(event.pointer_id(), (x, y));
        let holds = is_first && does(Gesture::Down(x, y));
        own.borrow_mut().holds = holds;
    });
    let hand = element.clone();
    let (own, at, does) = (fingers.clone(), place.clone(), act.clone());
    element.listen("pointermove", move |event| {
        let Some(event) = event.dyn_ref::<PointerEvent>() else { return };
        let to = at(event.client_x(), event.client_y());
        if own.borrow().down.is_empty() {
            hand.set_style("cursor", if does(Gesture::Over(to.0, to.1)) { "ew-resize" } else { "" });
            return;
        }
        let gestures = own.borrow_mut().moved(event.pointer_id(), to);
        for gesture in gestures {
            does(gesture);
        }
    });
    for end in ["pointerup", "pointercancel", "pointerleave"] {
        let (own, at, does) = (fingers.clone(), place.clone(), act.clone());
        element.listen(end, move |event| {
            let Some(event) = event.dyn_ref::<PointerEvent>() else { return };
            let (x, y) = at(event.client_x(), event.client_y());
            let mut fingers = own.borrow_mut();
            let alone = fingers.down.len() == 1 && fingers.down[0].0 == event.pointer_id();
            let tap = alone && end == "pointerup" && fingers.way < STILL;
            fingers.down.retain(|(id, ..)| *id != event.pointer_id());
            drop(fingers);
            if tap {
                does(Gesture::Tap(x, y));
            }
        });
    }
    let own = fingers;
    // Two fingers are the picture's, and so is one that holds something there; otherwise one is the page's.
    element.listen("touchmove", move |event| {
        let holds = own.borrow().holds;
        if event.dyn_ref::<TouchEvent>().is_some_and(|event| holds || 1 < event.touches().length()) {
            event.prevent_default();
        }
    });
    let (at, does) = (place, act);
    element.listen("wheel", move |event| {
        let Some(wheel) = event.dyn_ref::<WheelEvent>().filter(|event| event.ctrl_key() || event.meta_key())
        else {
            return;
        };
        event.prevent_default();
        let (x, y) = at(wheel.client_x(), wheel.client_y());
        // The browser's own: that of the standard library has a table of 4 KB.
        let times = js_sys::Math::pow(2.0, (-wheel.delta_y() * 0.01).clamp(-0.7, 0.7));
        does(Gesture::Zoom(times, x, y));
    });
}

impl Fingers {
    /// Another one is put down: whether it is the first.
    fn put(&mut self, id: i32, (x, y): (f64, f64)) -> bool {
        if self.down.is_empty() {
            self.way = 0.0;
        }
        self.down.retain(|(own, ..)| *own != id);
        self.down.push((id, x, y));
        self.down.len() == 1
    }

    fn moved(&mut self, id: i32, (x, y): (f64, f64)) -> Vec<Gesture> {
        let Some(place) = self.down.iter().position(|(own, ..)| *own == id) else { return Vec::new() };
        let before = self.down.clone();
        self.down[place] = (id, x, y);
        let (dx, dy) = (x - before[place].1, y - before[place].2);
        self.way += dx.abs() + dy.abs();
        match (before.as_slice(), self.down.as_slice()) {
            ([_], [_]) => vec![Gesture::Drag(dx, dy)],
            ([a, b, ..], [c, d, ..]) => {
                let apart = |a: &(i32, f64, f64), b: &(i32, f64, f64)| (a.1 - b.1).hypot(a.2 - b.2).max(1.0);
                let times = apart(c, d) / apart(a, b);
                vec![
                    Gesture::Drag(dx / 2.0, dy / 2.0),
                    Gesture::Zoom(times, (c.1 + d.1) / 2.0, (c.2 + d.2) / 2.0),
                ]
            }
            _ => Vec::new(),
        }
    }
}
