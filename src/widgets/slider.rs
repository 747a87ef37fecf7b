//! A slider with a box to type into. The slider moves along stops that read well; the box takes
//! any value of the range.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;

use crate::browser::element::{Element, Shown};
use crate::format;
use crate::scale::Stops;

/// After so many milliseconds without another key, what was typed counts.
const TYPING_PAUSE: u32 = 350;

/// What a slider shows of its knob; all of it stands still.
pub(crate) struct Dial {
    /// Its name.
    pub(crate) label: &'static str,
    /// One line on what it does.
    pub(crate) meaning: &'static str,
    /// What stands behind the number.
    pub(crate) unit: &'static str,
    /// Where it can stop.
    pub(crate) stops: Stops,
    /// The ends of its range: least, greatest.
    pub(crate) range: (f64, f64),
    /// Where a double click takes it.
    pub(crate) default: f64,
    /// Its value in words.
    pub(crate) words: fn(f64) -> String,
    /// Its value in another unit, beside its name; nothing if one unit is enough.
    pub(crate) also: fn(f64) -> String,
    /// What one unit of the box is in units of the knob: 0.01 for a share that is typed as a percentage.
    pub(crate) grain: f64,
}

/// The slider and its box. Both bear the same name.
pub(crate) struct Slider {
    parts: Rc<Parts>,
    shown: [Shown; 3],
    /// What the box was last given.
    boxed: String,
}

/// What an event does.
type Then = fn(&Rc<Parts>);

/// What the slider's own events need of it.
struct Parts {
    dial: Dial,
    range: Element,
    number: Element,
    /// The value that holds.
    value: Cell<f64>,
    typing: RefCell<Option<Timeout>>,
    set: Box<dyn Fn(f64)>,
}

impl Slider {
    /// Lays a slider out in `field`, whose control it is from then on; `id` is an id that nothing else has.
    pub(crate) fn new(field: &Element, id: &str, dial: Dial, set: Box<dyn Fn(f64)>) -> Slider {
        field.add("slider");
        let (range, number) = (field.find("[type=range]"), field.find("[type=number]"));
        let hint = format!("{id}-hint");
        let label = field.find("label");
        label.say(dial.label);
        label.set("for", id);
        label.set("title", dial.meaning);
        range.set("id", id);
        range.set("max", &dial.stops.last().to_string());
        range.set("aria-describedby", &hint);
        let meaning = field.find(".hidden");
        meaning.say(dial.meaning);
        meaning.set("id", &hint);
        let (min, max) = dial.range;
        number.set("aria-label", dial.label);
        number.set("min", &format::number(min / dial.grain));
        number.set("max", &format::number(max / dial.grain));
        field.find(".unit").say(dial.unit);
        let shown = [
            Shown::text(field.find("small")),
            Shown::attribute(range.clone(), "aria-valuetext"),
            Shown::attribute(range.clone(), "style"),
        ];
        let value = Cell::new(f64::NAN);
        let parts = Rc::new(Parts { dial, range, number, value, typing: RefCell::default(), set });
        parts.clone().listen();
        Slider { parts, shown, boxed: String::new() }
    }

    /// From now on this is the value that holds.
    pub(crate) fn show(&mut self, value: f64) {
        let Parts { dial, range, number, value: own, .. } = &*self.parts;
        let boxed = self.parts.typeable(value);
        // While someone types, the box is theirs.
        if self.boxed != boxed && !number.has_focus() {
            number.set_value(&boxed);
            self.boxed = boxed;
        }
        if own.replace(value) == value {
            return;
        }
        let position = dial.stops.position(value);
        let share = position as f64 / dial.stops.last() as f64 * 100.0;
        range.set_value(&position.to_string());
        let texts = [(dial.also)(value), (dial.words)(value), format!("--fill:{share:.2}%")];
        for (shown, text) in self.shown.iter_mut().zip(texts) {
            shown.show(text);
        }
    }
}

impl Parts {
    fn listen(self: Rc<Parts>) {
        let events: [(&Element, &str, Then); 4] = [
            (&self.range, "input", |parts| {
                let position = parts.range.value().parse().unwrap_or(0);
                (parts.set)(parts.dial.stops.value(position));
            }),
            (&self.range, "dblclick", |parts| (parts.set)(parts.dial.default)),
            (&self.number, "input", Parts::wait),
            (&self.number, "change", |parts| {
                parts.take();
                // A value that was not taken gives way to the one that holds.
                parts.number.set_value(&parts.typeable(parts.value.get()));
            }),
        ];
        for (element, event, then) in events {
            let parts = self.clone();
            element.on(event, move || then(&parts));
        }
    }

    /// A value as it stands in the box.
    fn typeable(&self, value: f64) -> String {
        format::number(value / self.dial.grain)
    }

    /// Takes what was typed once no key follows, if it is permitted.
    fn wait(self: &Rc<Parts>) {
        let (min, max) = self.dial.range;
        let fits =
            self.number.number().is_some_and(|number| (min..=max).contains(&(number * self.dial.grain)));
        let parts = self.clone();
        let pause = fits.then(|| Timeout::new(TYPING_PAUSE, move || parts.take()));
        self.typing.replace(pause);
    }

    /// Takes what was typed.
    fn take(&self) {
        self.typing.take();
        let typed = self.number.number();
        let typed = typed.filter(|number| format::number(*number) != self.typeable(self.value.get()));
        if let Some(number) = typed {
            (self.set)(number * self.dial.grain);
        }
    }
}
