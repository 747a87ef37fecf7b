//! Effects: what has to be done to an element itself whenever something changes.

use std::sync::Arc;

use leptos::prelude::on_cleanup;
use leptos::reactive::effect::RenderEffect;

use super::Read;
use crate::browser::element::{Element, Node};

/// Does `act` now, and again whenever what it has read has changed, as long as the component is there.
pub(crate) fn follow(act: impl FnMut() + 'static) {
    boxed(Box::new(act));
}

// Compiled once, and not for each effect.
fn boxed(mut act: Box<dyn FnMut()>) {
    let effect = RenderEffect::new(move |_: Option<()>| act());
    on_cleanup(move || drop(effect));
}

/// A directive for a field or a menu: it has this value.
pub(crate) fn holds(node: Node, value: Read) {
    let element = Element::of(node);
    let mut last = None;
    follow(move || {
        let value = value();
        if last.as_ref() != Some(&value) {
            element.set_value(&value);
            last = Some(value);
        }
    });
}

/// Whether something holds, as it follows what that is read from.
pub(crate) type Flag = Arc<dyn Fn() -> bool + Send + Sync>;

/// A directive: the element is not there while this holds.
pub(crate) fn is_hidden(node: Node, flag: Flag) {
    let element = Element::of(node);
    follow(move || element.hide(flag()));
}
