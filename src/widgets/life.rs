//! What has to be done to an element itself, now and whenever something changes.

use std::rc::Rc;

use leptos::prelude::on_cleanup;
use leptos::reactive::effect::RenderEffect;

use super::{Flag, Read};
use crate::browser::element::{Element, Node};

/// What is done to an element once it is there.
pub(crate) type Life = Rc<dyn Fn(Element)>;

/// The directive that does it. It is the only one, so that it is compiled once.
pub(crate) fn lives(node: Node, life: Life) {
    life(Element::of(node));
}

/// Does `act` now, and again whenever what it has read has changed, as long as the component is there.
pub(crate) fn follow(act: impl FnMut() + 'static) {
    boxed(Box::new(act));
}

// Compiled once, and not for each effect.
fn boxed(mut act: Box<dyn FnMut()>) {
    let effect = RenderEffect::new(move |_: Option<()>| act());
    on_cleanup(move || drop(effect));
}

/// What is inside of an element follows what this markup is made from.
#[cfg(feature = "systems")]
pub(crate) fn writes(element: Element, markup: Read) {
    let mut last = String::new();
    follow(move || {
        let markup = markup();
        if last != markup {
            element.set_markup(&markup);
            last = markup;
        }
    });
}

/// Keeps what is mounted for as long as what mounts it.
#[cfg(feature = "systems")]
pub(crate) fn keep(handle: Box<dyn std::any::Any>) {
    leptos::prelude::StoredValue::new_local(handle);
}

/// A menu stands at this value. Its options may come later than this does.
pub(crate) fn stands(value: Read) -> Life {
    Rc::new(move |element| {
        let value = value.clone();
        follow(move || {
            let value = value();
            if element.value() != value {
                element.set_value(&value);
            }
        });
    })
}

/// A field has this value. While someone types, it is theirs.
pub(crate) fn offers(value: Read) -> Life {
    Rc::new(move |element| {
        let (value, mut last) = (value.clone(), None);
        follow(move || {
            let value = value();
            if element.has_focus() {
                // Whatever it shows then.
                last = None;
            } else if last.as_ref() != Some(&value) {
                element.set_value(&value);
                last = Some(value);
            }
        });
    })
}

/// The element is not there while this holds.
pub(crate) fn is_hidden(flag: Flag) -> Life {
    Rc::new(move |element| {
        let flag = flag.clone();
        follow(move || element.hide(flag()));
    })
}
