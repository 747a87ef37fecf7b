//! An element of the page: what components do with one that no markup can say.

use leptos::mount::{UnmountHandle, mount_to_renderer};
use leptos::prelude::Render;
#[cfg(feature = "systems")]
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use web_sys::{Event, HtmlCanvasElement, HtmlDialogElement, HtmlInputElement};

#[cfg(feature = "systems")]
use super::document;
use super::sheet::Sheet;

/// An element as a directive gets it.
pub(crate) type Node = web_sys::Element;

/// What lives as long as it is kept: it shows nothing itself.
#[cfg(feature = "systems")]
pub(crate) type Scope = UnmountHandle<<() as Render>::State>;

/// A handle to an element; its clones are handles to the same one.
#[derive(Clone)]
pub(crate) struct Element(Node);

impl Element {
    /// The element that a directive got.
    pub(crate) fn of(node: Node) -> Element {
        Element(node)
    }

    /// The element on which an event came to be.
    ///
    /// # Panics
    /// If there is none: only events that a program makes up itself have none.
    pub(crate) fn target(event: &Event) -> Element {
        Element(event.target().expect_throw("an event of the page has a target").unchecked_into())
    }

    /// The element of the page that bears an id, if it is there.
    pub(crate) fn with_id(id: &str) -> Option<Element> {
        web_sys::window()?.document()?.get_element_by_id(id).map(Element)
    }

    /// The first element of the page that a CSS selector names.
    #[cfg(feature = "systems")]
    pub(crate) fn first(selector: &str) -> Option<Element> {
        web_sys::window()?.document()?.query_selector(selector).ok().flatten().map(Element)
    }

    /// The element after it, within the same.
    pub(crate) fn next(&self) -> Option<Element> {
        self.0.next_element_sibling().map(Element)
    }

    /// All elements inside that a CSS selector names.
    pub(crate) fn all(&self, selector: &str) -> Vec<Element> {
        let Ok(found) = self.0.query_selector_all(selector) else { return Vec::new() };
        let elements = (0..found.length()).filter_map(|index| found.item(index));
        elements.map(|node| Element(node.unchecked_into())).collect()
    }

    /// The first element inside that a CSS selector names.
    #[cfg(feature = "systems")]
    pub(crate) fn one(&self, selector: &str) -> Option<Element> {
        self.0.query_selector(selector).ok().flatten().map(Element)
    }

    /// Sets what it says.
    pub(crate) fn say(&self, text: &str) {
        self.0.set_text_content(Some(text));
    }

    /// Sets what it says, if it says something else: nothing is read out twice.
    #[cfg(feature = "systems")]
    pub(crate) fn tell(&self, text: &str) {
        if self.text() != text {
            self.say(text);
        }
    }

    /// Whether it has an attribute.
    pub(crate) fn has(&self, attribute: &str) -> bool {
        self.0.has_attribute(attribute)
    }

    /// Sets an attribute.
    pub(crate) fn set(&self, attribute: &str, value: &str) {
        // It fails only for what is no name of an attribute.
        let _ = self.0.set_attribute(attribute, value);
    }

    /// Sets a property of its style. The page's policy has no styles in attributes.
    pub(crate) fn set_style(&self, property: &str, value: &str) {
        let _ = self.field().style().set_property(property, value);
    }

    /// Takes it from sight and from reach, or gives it back.
    pub(crate) fn hide(&self, hidden: bool) {
        let _ = self.0.toggle_attribute_with_force("hidden", hidden);
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

    /// Ticks a box, or chooses one of several.
    pub(crate) fn check(&self, checked: bool) {
        self.field().set_checked(checked);
    }

    /// The file that is chosen in a field for files.
    #[cfg(feature = "systems")]
    pub(crate) fn file(&self) -> Option<web_sys::File> {
        self.field().files()?.get(0)
    }

    /// Marks all that a field holds.
    #[cfg(feature = "systems")]
    pub(crate) fn select(&self) {
        self.field().select();
    }

    /// Switches a button off, or on.
    #[cfg(feature = "systems")]
    pub(crate) fn disable(&self, disabled: bool) {
        let _ = self.0.toggle_attribute_with_force("disabled", disabled);
    }

    /// Closes a dialog.
    #[cfg(feature = "systems")]
    pub(crate) fn close(&self) {
        self.0.unchecked_ref::<HtmlDialogElement>().close();
    }

    /// Opens a dialog above the page, if it is not open.
    pub(crate) fn open(&self) {
        if !self.has("open") {
            let _ = self.0.unchecked_ref::<HtmlDialogElement>().show_modal();
        }
    }

    /// Opens a dialog beside the page, which stays in reach.
    #[cfg(feature = "systems")]
    pub(crate) fn stand_beside(&self) {
        if !self.has("open") {
            self.0.unchecked_ref::<HtmlDialogElement>().show();
        }
    }

    /// Calls `act` with each event of this name.
    #[cfg(feature = "systems")]
    pub(crate) fn listen(&self, event: &str, act: impl Fn(Event) + 'static) {
        let act = Closure::wrap(Box::new(act) as Box<dyn Fn(Event)>).into_js_value();
        let _ = self.0.add_event_listener_with_callback(event, act.unchecked_ref());
    }

    /// Where its upper left corner is in the window.
    #[cfg(feature = "systems")]
    pub(crate) fn corner(&self) -> (f64, f64) {
        let place = self.0.get_bounding_client_rect();
        (place.left(), place.top())
    }

    /// Its width and height.
    #[cfg(feature = "systems")]
    pub(crate) fn size(&self) -> (f64, f64) {
        (f64::from(self.0.client_width()), f64::from(self.0.client_height()))
    }

    /// Left, top, width and height in the window.
    #[cfg(feature = "systems")]
    pub(crate) fn area(&self) -> (f64, f64, f64, f64) {
        let place = self.0.get_bounding_client_rect();
        (place.left(), place.top(), place.width(), place.height())
    }

    /// Brings it into sight, if it is not.
    #[cfg(feature = "systems")]
    pub(crate) fn scroll_to(&self) {
        let (_, top, _, height) = self.area();
        if top < 0.0 || document::window_size().1 < top + height {
            self.0.scroll_into_view();
        }
    }

    /// The value of an attribute, if it has it.
    #[cfg(feature = "systems")]
    pub(crate) fn get(&self, attribute: &str) -> Option<String> {
        self.0.get_attribute(attribute)
    }

    /// What it says, with all that is inside.
    #[cfg(feature = "systems")]
    pub(crate) fn text(&self) -> String {
        self.0.text_content().unwrap_or_default()
    }

    /// Its markup.
    #[cfg(feature = "systems")]
    pub(crate) fn markup(&self) -> String {
        self.0.inner_html()
    }

    /// Puts markup in place of all that is inside: of the page's own files or the program's own, for it is taken as it is.
    #[cfg(feature = "systems")]
    pub(crate) fn set_markup(&self, markup: &str) {
        self.0.set_inner_html(markup);
    }

    /// Puts markup at its end.
    #[cfg(feature = "systems")]
    pub(crate) fn add_markup(&self, markup: &str) {
        // It fails only for what is no place in an element.
        let _ = self.0.insert_adjacent_html("beforeend", markup);
    }

    /// An element that is not on the page yet.
    #[cfg(feature = "systems")]
    pub(crate) fn new(tag: &str, class: &str) -> Option<Element> {
        let element = Element(web_sys::window()?.document()?.create_element(tag).ok()?);
        if !class.is_empty() {
            element.set("class", class);
        }
        Some(element)
    }

    /// Puts another element at its end.
    #[cfg(feature = "systems")]
    pub(crate) fn append(&self, other: &Element) {
        let _ = self.0.append_child(&other.0);
    }

    /// Puts another element before it.
    #[cfg(feature = "systems")]
    pub(crate) fn precede(&self, other: &Element) {
        let _ = self.0.before_with_node_1(&other.0);
    }

    /// Brings its beginning to the upper edge of the window.
    #[cfg(feature = "systems")]
    pub(crate) fn bring_up(&self) {
        self.0.scroll_into_view();
    }

    /// Takes an attribute away.
    #[cfg(feature = "systems")]
    pub(crate) fn unset(&self, attribute: &str) {
        let _ = self.0.remove_attribute(attribute);
    }

    /// Gives it the focus, and leaves the page where it is.
    #[cfg(feature = "systems")]
    pub(crate) fn focus(&self) {
        let _ = self.0.unchecked_ref::<web_sys::HtmlElement>().focus();
    }

    /// The nearest element around it, or itself, that a CSS selector names.
    #[cfg(feature = "systems")]
    pub(crate) fn closest(&self, selector: &str) -> Option<Element> {
        self.0.closest(selector).ok().flatten().map(Element)
    }

    /// Unfolds what it lies in, and gives it the focus.
    #[cfg(feature = "systems")]
    pub(crate) fn reveal(&self) {
        let mut around = self.0.closest("details").ok().flatten();
        while let Some(details) = around {
            let _ = details.set_attribute("open", "");
            around = details.parent_element().and_then(|outer| outer.closest("details").ok().flatten());
        }
        let _ = self.0.unchecked_ref::<web_sys::HtmlElement>().focus();
    }

    /// Folds it up.
    #[cfg(feature = "systems")]
    pub(crate) fn fold(&self) {
        let _ = self.0.remove_attribute("open");
    }

    /// Lays a view out inside, for as long as the handle is kept.
    pub(crate) fn mount<N: Render>(&self, view: impl FnOnce() -> N + 'static) -> UnmountHandle<N::State> {
        mount_to_renderer(&self.0, view)
    }

    /// Lets something live with it, for as long as the handle is kept.
    #[cfg(feature = "systems")]
    pub(crate) fn live(&self, act: Box<dyn FnOnce()>) -> Scope {
        self.mount(act)
    }

    /// The element itself.
    #[cfg(feature = "systems")]
    pub(crate) fn node(&self) -> &Node {
        &self.0
    }

    /// A sheet to draw on, over a canvas; none if the browser cannot draw.
    pub(crate) fn sheet(&self) -> Option<Sheet> {
        Sheet::new(self.0.unchecked_ref::<HtmlCanvasElement>())
    }
}
