//! A panic ends a wasm program for good. There should be none; if there is, the visitor is told,
//! and given the link that brings the same session back, never a frozen page.

use std::cell::RefCell;

use wasm_bindgen::JsValue;

thread_local! {
    /// The link to the session as it was last noted.
    static LINK: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Notes the link that reproduces the session as it is now.
pub(crate) fn note(link: String) {
    LINK.with(|own| *own.borrow_mut() = link);
}

/// From now on a panic shows an overlay.
pub(crate) fn watch() {
    std::panic::set_hook(Box::new(|info| {
        let text = info.to_string();
        web_sys::console::error_1(&JsValue::from_str(&text));
        let link = LINK.with(|link| link.try_borrow().map(|link| link.clone()).unwrap_or_default());
        let _ = show(&text, &link);
    }));
}

/// Builds the overlay by hand: nothing that may have panicked is used.
fn show(text: &str, link: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let overlay = document.create_element("div").ok()?;
    overlay.set_class_name("overlay");
    overlay.set_attribute("role", "alertdialog").ok()?;
    overlay.set_attribute("aria-label", "Queuescope has stopped").ok()?;
    let add = |tag: &str, text: &str| {
        let element = document.create_element(tag).ok()?;
        element.set_text_content(Some(text));
        overlay.append_child(&element).ok()?;
        Some(element)
    };
    add("h2", "Queuescope has stopped")?;
    add(
        "p",
        "A fault in the program, not of yours. The link below brings your session back to where it stopped; with it, the fault can be found.",
    )?;
    // A link that differs by its fragment alone would load nothing: the time in the query makes it another page.
    let (page, fragment) = link.split_once('#').unwrap_or((link, ""));
    let fresh = format!("{}?{}", page.split('?').next()?, js_sys::Date::now() as u64);
    add("a", "Open the session again")?.set_attribute("href", &format!("{fresh}#{fragment}")).ok()?;
    add("a", "Start afresh")?.set_attribute("href", &fresh).ok()?;
    add("pre", text)?;
    document.body()?.append_child(&overlay).ok()?;
    Some(())
}
