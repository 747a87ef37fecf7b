//! A tour of the page in two minutes: what it points at, what it says there, and where its card stands.

/// A stop.
pub struct Stop {
    /// The part of the page, as a CSS selector.
    pub part: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What there is to say about it.
    pub text: &'static str,
}

/// All of them, in order.
pub const STOPS: &[Stop] = &[
    Stop {
        part: ".stage",
        title: "The stage",
        text: "Every mark is a message, and moves as it does in the real system. Its shape tells its state, its color \
               whose it is. Choose one to read its whole life.",
    },
    Stop {
        part: ".stage .say",
        title: "What is going on",
        text: "This sentence says it in plain words, and changes when the situation does. It is also what a screen \
               reader is told.",
    },
    Stop {
        part: "header .end .which",
        title: "Systems and scenarios",
        text: "Choose a system here, and one of its scenarios in the row below: each shows one thing that happens, and \
               says why.",
    },
    Stop {
        part: ".producer",
        title: "Settings",
        text: "Turn anything while it runs: who sends, what waits, who works. Every setting has the name that the real \
               system gives it. What you turn can be undone.",
    },
    Stop {
        part: ".failures",
        title: "Trouble",
        text: "Crash a worker, cut the network, restart the server: everything that goes wrong in earnest can go wrong \
               here.",
    },
    Stop {
        part: ".ledger",
        title: "The books",
        text: "Every message is in exactly one place, and the books say in which. What the business sees of it stands \
               below.",
    },
    Stop {
        part: "footer",
        title: "Time",
        text: "Pause, step by single events, drag the timeline back. Act in the past, and a branch is made. Share hands \
               all of it on as a link.",
    },
];

/// What a window, a part and a card take up: left, top, width and height in CSS pixels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Area {
    /// Of its left edge.
    pub x: f64,
    /// Of its upper edge.
    pub y: f64,
    /// Its width.
    pub w: f64,
    /// Its height.
    pub h: f64,
}

/// How far the card stays from what it points at, and from the edges of the window.
const GAP: f64 = 12.0;

/// Where the upper left corner of a card of this size stands: beside the part if there is room, or else in the corner of
/// the window that covers least of it.
pub fn place(part: Area, (w, h): (f64, f64), (width, height): (f64, f64)) -> (f64, f64) {
    let keep = |at: f64, own: f64, room: f64| at.min(room - own - GAP).max(GAP);
    let right = part.x + part.w + GAP;
    let left = part.x - GAP - w;
    let below = part.y + part.h + GAP;
    let above = part.y - GAP - h;
    let beside = keep(part.y, h, height);
    let under = keep(part.x, w, width);
    if right + w + GAP <= width {
        (right, beside)
    } else if GAP <= left {
        (left, beside)
    } else if below + h + GAP <= height {
        (under, below)
    } else if GAP <= above {
        (under, above)
    } else {
        (
            keep(width, w, width),
            if part.y + part.h / 2.0 < height / 2.0 { keep(height, h, height) } else { GAP },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers((x, y): (f64, f64), (w, h): (f64, f64), part: Area) -> bool {
        x < part.x + part.w && part.x < x + w && y < part.y + part.h && part.y < y + h
    }

    #[test]
    fn a_card_is_in_the_window_and_beside_what_fits() {
        let card = (320.0, 190.0);
        for window in [(1440.0, 900.0), (390.0, 844.0), (820.0, 500.0)] {
            for part in [
                Area { x: 18.0, y: 120.0, w: 304.0, h: 200.0 },
                Area { x: window.0 - 330.0, y: 300.0, w: 318.0, h: 400.0 },
                Area { x: 10.0, y: 60.0, w: window.0 - 20.0, h: 60.0 },
                Area { x: 0.0, y: window.1 - 60.0, w: window.0, h: 60.0 },
                Area { x: 0.0, y: -40.0, w: window.0, h: window.1 * 2.0 },
            ] {
                let (x, y) = place(part, card, window);
                assert!(GAP <= x && x + card.0 <= window.0, "{part:?} in {window:?}: {x}");
                assert!(GAP <= y && y + card.1 <= window.1, "{part:?} in {window:?}: {y}");
                let can_be_clear = part.h + card.1 + 3.0 * GAP < window.1 && (part.y < 1.0 || 0.0 < part.h);
                let clear_across = part.w + card.0 + 3.0 * GAP < window.0;
                if can_be_clear && (clear_across || part.y < 100.0) {
                    assert!(!covers((x, y), card, part), "{part:?} in {window:?}: {x}, {y}");
                }
            }
        }
    }

    #[test]
    fn it_takes_two_minutes_and_not_more() {
        let words: usize = STOPS.iter().map(|stop| stop.text.split_whitespace().count()).sum();
        // Two hundred words a minute are read without haste; the other minute is for looking.
        assert!((5..=8).contains(&STOPS.len()) && words <= 220, "{words} words");
    }
}
