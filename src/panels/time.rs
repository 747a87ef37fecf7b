//! The bar at the bottom of the full program: the timeline, and all that goes along it.

use std::rc::Rc;

use leptos::prelude::*;

use super::share::show_share;
use super::transport::{Seed, Speeds};
use crate::browser::element::Element;
use crate::desk::desk;
use crate::format;
use crate::frame::Frame;
use crate::readings;
use crate::session::{Action, Go, Session};
use crate::timebar::{self, Line, STEPS, TICKS};
use crate::widgets::life::{Life, follow, is_hidden, lives};
use crate::widgets::{Flag, act};

/// The bar.
#[component]
pub(crate) fn TimeBar() -> impl IntoView {
    let desk = desk();
    let press = move |action: Action| act(move |_| desk.send(action.clone()));
    let go = move |go: Go| press(Action::Go(go));
    let stays: Flag = desk.flag(|frame| frame.past.progress.is_none());
    view! {
        <footer aria-label="Time" class="time">
            <Track />
            <output class="clock" aria-label="Virtual time" aria-live="off">
                {desk.read(|frame| format::clock(frame.now))}
            </output>
            <div class="strip">
                <div class="row">
                    <button type="button" class="btn" aria-label="Step back" title="Take one event back" on:click=go(Go::Back)>
                        "\u{2039}"
                    </button>
                    <button type="button" class="btn primary" on:click=press(Action::TogglePlay)>
                        {desk.read(|frame| if frame.playing { "Pause" } else { "Play" }.into())}
                    </button>
                    <button type="button" class="btn" aria-label="Step" title="Process one event" on:click=press(Action::Step)>
                        "\u{203a}"
                    </button>
                    <Speeds />
                    <button
                        type="button"
                        class="btn"
                        aria-label="Undo"
                        title="Undo (Ctrl+Z)"
                        use:lives=is_disabled(desk.flag(|frame| !frame.past.can_undo))
                        on:click=go(Go::Undo)
                    >
                        "\u{21b6}"
                    </button>
                    <button
                        type="button"
                        class="btn"
                        aria-label="Redo"
                        title="Redo (Ctrl+Shift+Z)"
                        use:lives=is_disabled(desk.flag(|frame| !frame.past.can_redo))
                        on:click=go(Go::Redo)
                    >
                        "\u{21b7}"
                    </button>
                </div>
                <div class="row">
                    <Seed />
                    <button type="button" class="btn" on:click=act(move |_| desk.list_past())>
                        "History"
                    </button>
                    <button type="button" class="btn" title="The scenario from its start" on:click=press(Action::Reset)>
                        "Reset"
                    </button>
                    <button type="button" class="btn" on:click=act(move |_| show_share(desk))>
                        "Share"
                    </button>
                </div>
            </div>
            <span class="pace">{desk.read(pace)}</span>
            <button type="button" class="btn" use:lives=is_hidden(stays) on:click=go(Go::Leave)>
                "Leave"
            </button>
        </footer>
    }
}

/// The slider with its marks.
#[component]
fn Track() -> impl IntoView {
    let desk = desk();
    let held = move |held: bool| act(move |_| desk.send(Action::Go(Go::Held(held))));
    let seek = move |event| {
        let step = event_target_value(&event).parse().unwrap_or(0);
        let length = desk.frame_now(|frame| timebar::length(&frame.past, frame.now));
        desk.send(Action::Go(Go::To(timebar::time(step, length))));
    };
    let stroke = |(tick, class, _): &'static (timebar::Tick, &str, _)| {
        let path = desk.read(move |frame| timebar::path(&frame.past, frame.now, *tick));
        view! { <path class=*class d=path /> }
    };
    view! {
        <div class="track">
            <svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
                {TICKS.iter().map(stroke).collect::<Vec<_>>()}
            </svg>
            <input
                type="range"
                aria-label="Timeline"
                min="0"
                step="1"
                max=STEPS.to_string()
                use:lives=stands_in_time()
                on:input=act(seek)
                on:pointerdown=held(true)
                on:pointerup=held(false)
                on:pointercancel=held(false)
            />
        </div>
    }
}

/// How it goes: the way to another time, or how fast time passes.
fn pace(frame: &Frame) -> String {
    match frame.past.destination.zip(frame.past.progress) {
        Some((to, progress)) => {
            format!("Going to {}: {}%", format::clock(to), format::whole(progress * 100.0))
        }
        None => readings::pace(frame),
    }
}

/// The slider stands at the present, or where that is on its way to.
fn stands_in_time() -> Life {
    let desk = desk();
    Rc::new(move |range| {
        let mut last = String::new();
        follow(move || {
            let (step, words) = desk.frame(|frame| {
                let length = timebar::length(&frame.past, frame.now);
                let at = frame.past.destination.unwrap_or(frame.now);
                let words = format!("{} of {}", format::clock(at), format::clock(length));
                (timebar::step(at, length), words)
            });
            if words != last {
                range.set_value(&step.to_string());
                range.set("aria-valuetext", &words);
                let fill = format::fixed(step as f64 * 100.0 / STEPS as f64, 2);
                range.set_style("--fill", &format!("{fill}%"));
                last = words;
            }
        });
    })
}

/// A button that does nothing while this holds.
fn is_disabled(flag: Flag) -> Life {
    Rc::new(move |button| {
        let flag = flag.clone();
        follow(move || button.disable(flag()));
    })
}

/// What happened, and the branches: a list as it is when it is opened.
#[component]
pub(crate) fn PastDialog() -> impl IntoView {
    let desk = desk();
    let choose = move |go: Go| {
        act(move |_| {
            desk.send(Action::Go(go.clone()));
            if let Some(dialog) = Element::with_id("past") {
                dialog.close();
            }
        })
    };
    let line = move |entry: Entry| {
        view! {
            <button type="button" class="line" on:click=choose(entry.go)>
                <span>{entry.at}</span>
                <span class=entry.class>{entry.text}</span>
            </button>
        }
    };
    let lines = move || desk.listed().into_iter().map(line).collect::<Vec<_>>();
    let anew = choose(Go::Anew);
    view! {
        <dialog id="past" aria-labelledby="past-title">
            <h2 id="past-title">"History"</h2>
            <p class="muted">"Choose a moment to go there, or a branch to go on from."</p>
            <div class="lines" tabindex="0" role="group" aria-label="Moments and branches">
                {lines}
            </div>
            <form method="dialog">
                <button type="button" class="btn" on:click=anew>
                    "Start anew"
                </button>
                <button class="btn primary">"Close"</button>
            </form>
        </dialog>
    }
}

/// A line of the list.
#[derive(Clone)]
pub(crate) struct Entry {
    at: String,
    class: &'static str,
    text: String,
    go: Go,
}

/// What the list says of a session.
pub(crate) fn entries(session: &Session) -> Vec<Entry> {
    let shape = session.shape();
    let branch = |(index, leaves, end, made): (usize, _, _, Option<queuescope_engine::Command>)| {
        let what = made.map_or("without that change".into(), |made| timebar::words(&made, shape));
        let text = format!("Branch: {what}, up to {}", format::clock(end));
        Entry { at: format::clock(leaves), class: "branch", text, go: Go::Branch(index) }
    };
    let line =
        |Line { at, class, text }: Line| Entry { at: format::clock(at), class, text, go: Go::StayAt(at) };
    let lines = timebar::lines(&mut session.acts(), session.marks(), shape);
    session.branches().into_iter().map(branch).chain(lines.into_iter().map(line)).collect()
}
