//! An element of the page: what panels and widgets do with one. The page's markup is in `index.html`.

use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use web_sys::{HtmlCanvasElement, HtmlDialogElement, HtmlInputElement, HtmlTemplateElement};

use super::sheet::Sheet;

/// A handle to an element; its clones are handles to the same one.
#[derive(Clone)]
pub(crate) struct Element(web_sys::Element);

impl Element {
    /// The whole page, laid out.
    ///
    /// # Panics
    /// If this is no page.
    pub(crate) fn page() -> Element {
        let body = web_sys::window().and_then(|window| window.document()?.body());
        Element(body.expect_throw("a page has a body").into())
    }

    /// The first element inside that a CSS selector names.
    ///
    /// # Panics
    /// If there is none: markup and program are of one build, so that is a fault in one of them.
    pub(crate) fn find(&self, selector: &str) -> Element {
        let found = self.0.query_selector(selector).ok().flatten();
        Element(found.unwrap_or_else(|| panic!("the page has no {selector}")))
    }

    /// The element inside that bears an id.
    pub(crate) fn with_id(&self, id: &str) -> Element {
        self.find(&format!("#{id}"))
    }

    /// All elements inside that a CSS selector names.
    pub(crate) fn all(&self, selector: &str) -> Vec<Element> {
        let Ok(found) = self.0.query_selector_all(selector) else { return Vec::new() };
        let elements = (0..found.length()).filter_map(|index| found.item(index));
        elements.map(|node| Element(node.unchecked_into())).collect()
    }

    /// Adds a copy of the template with this id at the end, and returns the last element of it.
    ///
    /// # Panics
    /// If there is none, as with [`Element::find`].
    pub(crate) fn add(&self, template: &str) -> Element {
        let copy = self.0.owner_document().and_then(|document| {
            let template: HtmlTemplateElement = document.get_element_by_id(template)?.unchecked_into();
            template.content().clone_node_with_deep(true).ok()
        });
        let added = copy.and_then(|copy| {
            self.0.append_child(&copy).ok()?;
            self.0.last_element_child()
        });
        Element(added.unwrap_or_else(|| panic!("the page has no template {template}")))
    }

    /// Takes it from the page.
    pub(crate) fn remove(&self) {
        self.0.remove();
    }

    /// Sets what it says.
    pub(crate) fn say(&self, text: &str) {
        self.0.set_text_content(Some(text));
    }

    /// An attribute.
    pub(crate) fn get(&self, attribute: &str) -> String {
        self.0.get_attribute(attribute).unwrap_or_default()
    }

    /// Whether it has an attribute.
    pub(crate) fn has(&self, attribute: &str) -> bool {
        self.0.has_attribute(attribute)
    }

    /// Sets an attribute; one without a value is taken away.
    pub(crate) fn set(&self, attribute: &str, value: &str) {
        // It fails only for what is no name of an attribute.
        let _ = match value {
            "" => self.0.remove_attribute(attribute),
            _ => self.0.set_attribute(attribute, value),
        };
    }

    /// Calls `then` on each event of this name, as long as the element is there.
    pub(crate) fn on(&self, event: &str, then: impl Fn() + 'static) {
        // The browser owns it from here, and lets go of it with the element.
        let listener = Closure::wrap(Box::new(then) as Box<dyn Fn()>).into_js_value();
        let _ = self.0.add_event_listener_with_callback(event, listener.unchecked_ref());
    }

    /// Whether it has the focus.
    pub(crate) fn has_focus(&self) -> bool {
        self.0.matches(":focus").unwrap_or(false)
    }

    // A menu and a field have in common what is read and set here.
    fn field(&self) -> &HtmlInputElement {
        self.0.unchecked_ref()
    }

    /// The value of a field.
    pub(crate) fn value(&self) -> String {
        self.field().value()
    }

    /// Sets the value of a field.
    pub(crate) fn set_value(&self, value: &str) {
        self.field().set_value(value);
    }

    /// The value of a field for numbers, if it is one.
    pub(crate) fn number(&self) -> Option<f64> {
        Some(self.field().value_as_number()).filter(|number| number.is_finite())
    }

    /// Whether a box is ticked, or one of several chosen.
    pub(crate) fn is_checked(&self) -> bool {
        self.field().checked()
    }

    /// Ticks a box, or chooses one of several.
    pub(crate) fn check(&self, checked: bool) {
        self.field().set_checked(checked);
    }

    /// Opens a dialog above the page, if it is not open.
    pub(crate) fn open(&self) {
        if !self.has("open") {
            let _ = self.0.unchecked_ref::<HtmlDialogElement>().show_modal();
        }
    }

    /// A sheet to draw on, over a canvas; none if the browser cannot draw.
    pub(crate) fn sheet(&self) -> Option<Sheet> {
        Sheet::new(self.0.unchecked_ref::<HtmlCanvasElement>())
    }
}

/// Something that the page shows in an element. The page is touched only where what is shown changes.
pub(crate) struct Shown {
    element: Element,
    /// The attribute that it is; the text of the element, if none.
    attribute: &'static str,
    last: Option<String>,
}

impl Shown {
    /// The text of an element.
    pub(crate) fn text(element: Element) -> Shown {
        Shown::attribute(element, "")
    }

    /// An attribute of an element.
    pub(crate) fn attribute(element: Element, attribute: &'static str) -> Shown {
        Shown { element, attribute, last: None }
    }

    /// From now on it is this.
    pub(crate) fn show(&mut self, text: String) {
        if self.last.as_ref() == Some(&text) {
            return;
        }
        match self.attribute {
            "" => self.element.say(&text),
            attribute => self.element.set(attribute, &text),
        }
        self.last = Some(text);
    }
}
