//! The document: its fragment, its theme, what has the focus, what the visitor prefers.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// The fragment of the page's address, with its `#`.
pub(crate) fn fragment() -> String {
    web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}

/// Goes to another fragment; the page's own script then loads the program for it. With a way back, if `is_new`.
pub(crate) fn go_to(fragment: &str, is_new: bool) {
    let Some(location) = web_sys::window().map(|window| window.location()) else { return };
    // It fails only where there is no page anymore.
    let _ = if is_new { location.set_hash(fragment) } else { location.replace(fragment) };
}

/// The page's address without its fragment.
pub(crate) fn address() -> String {
    let href = web_sys::window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    href.split('#').next().unwrap_or_default().to_owned()
}

fn root() -> Option<Element> {
    web_sys::window()?.document()?.document_element()
}

/// Sets the theme; `None` follows the visitor's system.
pub(crate) fn set_theme(theme: Option<&str>) {
    let Some(root) = root() else { return };
    let _ = match theme {
        Some(theme) => root.set_attribute("data-theme", theme),
        None => root.remove_attribute("data-theme"),
    };
}

/// Whether the page is shown dark.
pub(crate) fn is_dark() -> bool {
    let theme = root().and_then(|root| root.get_attribute("data-theme"));
    theme.map_or_else(|| matches("(prefers-color-scheme: dark)"), |theme| theme == "dark")
}

/// Whether the visitor asked for less motion.
pub(crate) fn reduces_motion() -> bool {
    matches("(prefers-reduced-motion: reduce)")
}

fn matches(query: &str) -> bool {
    let list = web_sys::window().and_then(|window| window.match_media(query).ok().flatten());
    list.is_some_and(|list| list.matches())
}

/// Whether something has the focus that keys belong to: a field, a button, a link.
pub(crate) fn keys_are_taken() -> bool {
    let active = web_sys::window().and_then(|window| window.document()?.active_element());
    active.is_some_and(|active| active.dyn_ref::<HtmlElement>().is_some() && active.tag_name() != "BODY")
}

/// Whether a field has the focus that takes what is typed.
#[cfg(feature = "systems")]
pub(crate) fn is_typed_in() -> bool {
    let active = web_sys::window().and_then(|window| window.document()?.active_element());
    let fields = "input:not([type=range], [type=checkbox], [type=radio]), textarea";
    active.is_some_and(|active| active.matches(fields).unwrap_or(false))
}

/// What colors depend on.
pub(crate) type Look = (Option<String>, bool, bool);

/// Changes whenever colors may have to be read anew: with the theme and the visitor's preference.
pub(crate) fn look() -> Look {
    (
        root().and_then(|root| root.get_attribute("data-theme")),
        matches("(prefers-color-scheme: dark)"),
        matches("(prefers-contrast: more)"),
    )
}

/// Marks the whole page with an attribute, or takes it away.
#[cfg(feature = "systems")]
pub(crate) fn mark(attribute: &str, on: bool) {
    if let Some(root) = root() {
        let _ = root.toggle_attribute_with_force(attribute, on);
    }
}

/// The width and height of what is seen of the page.
#[cfg(feature = "systems")]
pub(crate) fn window_size() -> (f64, f64) {
    let size = root().map(|root| (f64::from(root.client_width()), f64::from(root.client_height())));
    size.unwrap_or_default()
}

/// What the window's title bar says.
#[cfg(feature = "systems")]
pub(crate) fn set_title(title: &str) {
    if let Some(document) = web_sys::window().and_then(|window| window.document()) {
        document.set_title(title);
    }
}

/// Shows the page from its top.
#[cfg(feature = "systems")]
pub(crate) fn to_top() {
    if let Some(window) = web_sys::window() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// Calls `act` whenever the fragment has changed.
#[cfg(feature = "systems")]
pub(crate) fn on_fragment(act: impl Fn(String) + 'static) {
    let act = wasm_bindgen::prelude::Closure::wrap(Box::new(move || act(fragment())) as Box<dyn Fn()>);
    if let Some(window) = web_sys::window() {
        let _ = window.add_event_listener_with_callback("hashchange", act.into_js_value().unchecked_ref());
    }
}

/// Takes away what the page showed while the program was loading.
pub(crate) fn clear_boot() {
    let boot = web_sys::window().and_then(|window| window.document()?.get_element_by_id("boot"));
    if let Some(boot) = boot {
        boot.remove();
    }
}
