//! The painter: puts a [`Picture`] on a canvas. Nothing else in the page draws.

use std::f64::consts::TAU;

use queuescope_engine::decimal::Decimal;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, Document, Element, HtmlCanvasElement, HtmlElement};

use crate::picture::{
    Align, Dash, Fill, Font, Ink, Mark, Op, Picture, Point, Rect, Shape, Stroke, View, Weight, angle,
};

/// The colors of the page's theme, as a canvas takes them.
#[derive(Clone, PartialEq, Debug)]
pub struct Palette([String; Ink::COUNT]);

impl Palette {
    /// Reads the theme that holds at `element`. It costs a style computation: once a theme is enough.
    ///
    /// A canvas knows nothing of custom properties and `light-dark()`. So each color is worn by a
    /// probe for a moment, and what the browser computes for it is taken.
    pub fn read(element: &Element) -> Palette {
        let colors = probe(element).map(|probe| {
            let colors = Ink::PROPERTIES.map(|property| color_of(&probe, property).unwrap_or_default());
            probe.remove();
            colors
        });
        Palette(colors.unwrap_or_default())
    }

    /// The colors, as any program that shows drawings takes them: what a canvas makes of them, in three bytes each.
    #[cfg(feature = "systems")]
    pub fn plain(&self) -> Vec<String> {
        self.0.iter().map(|color| plain(color).unwrap_or_else(|| color.clone())).collect()
    }

    fn of(&self, ink: Ink) -> &str {
        &self.0[ink.index()]
    }
}

#[cfg(feature = "systems")]
fn plain(color: &str) -> Option<String> {
    let document = web_sys::window()?.document()?;
    let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
    let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
    context.set_fill_style_str(color);
    context.fill_rect(0.0, 0.0, 1.0, 1.0);
    let pixel = context.get_image_data(0.0, 0.0, 1.0, 1.0).ok()?.data();
    let [red, green, blue, ..] = pixel.as_slice() else { return None };
    Some(format!("#{red:02x}{green:02x}{blue:02x}"))
}

fn probe(element: &Element) -> Option<HtmlElement> {
    let document: Document = element.owner_document()?;
    let probe: HtmlElement = document.create_element("span").ok()?.dyn_into().ok()?;
    probe.style().set_property("display", "none").ok()?;
    // Where the system forces its colors they would all come out as one.
    probe.style().set_property("forced-color-adjust", "none").ok()?;
    element.append_child(&probe).ok()?;
    Some(probe)
}

fn color_of(probe: &HtmlElement, property: &str) -> Option<String> {
    probe.style().set_property("color", &format!("var({property})")).ok()?;
    let style = web_sys::window()?.get_computed_style(probe).ok()??;
    style.get_property_value("color").ok()
}

/// Paints pictures on one canvas.
pub struct Painter {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    /// CSS pixels.
    size: (f64, f64),
    /// Device pixels to a CSS pixel.
    scale: f64,
    family: String,
    state: State,
}

/// What the context was last told. Telling it again costs more than to remember.
#[derive(Default)]
struct State {
    fill: Option<Ink>,
    stroke: Option<Ink>,
    width: f64,
    dash: Option<Dash>,
    opacity: f64,
    font: Option<(u64, Weight)>,
    align: Option<Align>,
}

impl Painter {
    /// A painter for this canvas; none if the browser gives no context to draw with.
    pub fn new(canvas: &HtmlCanvasElement) -> Option<Painter> {
        let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
        let style = web_sys::window()?.get_computed_style(canvas).ok()?;
        let family = style.and_then(|style| style.get_property_value("font-family").ok());
        let family =
            family.filter(|family| !family.is_empty()).unwrap_or_else(|| "system-ui, sans-serif".into());
        let state = State::default();
        Some(Painter { canvas: canvas.clone(), context, size: (0.0, 0.0), scale: 0.0, family, state })
    }

    /// Takes the size the page gives the canvas, in CSS pixels, and returns it: pictures are to be
    /// made of this size.
    pub fn fit(&mut self) -> (f64, f64) {
        let size = (f64::from(self.canvas.client_width()), f64::from(self.canvas.client_height()));
        let scale = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio()).clamp(0.5, 4.0);
        if (size, scale) != (self.size, self.scale) {
            (self.size, self.scale) = (size, scale);
            // Setting the size empties the canvas, so it is done only when it changes.
            self.canvas.set_width((size.0 * scale).round() as u32);
            self.canvas.set_height((size.1 * scale).round() as u32);
        }
        size
    }

    /// Paints the picture in these colors, in place of what was there. [`Painter::fit`] comes first.
    pub fn paint(&mut self, picture: &Picture, palette: &Palette, view: View) {
        self.begin(view);
        for op in picture.ops() {
            self.step(op, picture, palette);
        }
    }

    /// Paints the picture on a ground of its own, in its own size and so many pixels a CSS pixel.
    #[cfg(feature = "systems")]
    pub fn print(&mut self, picture: &Picture, palette: &Palette, scale: f64) {
        (self.size, self.scale) = (picture.size, scale);
        self.canvas.set_width((picture.size.0 * scale).round() as u32);
        self.canvas.set_height((picture.size.1 * scale).round() as u32);
        self.begin(View::default());
        self.fill_with(Ink::Surface.into(), palette);
        self.context.fill_rect(0.0, 0.0, picture.size.0, picture.size.1);
        for op in picture.ops() {
            self.step(op, picture, palette);
        }
    }

    fn begin(&mut self, view: View) {
        self.state = State::default();
        let context = &self.context;
        // These fail only for numbers that are not finite.
        let _ = context.set_transform(self.scale, 0.0, 0.0, self.scale, 0.0, 0.0);
        context.clear_rect(0.0, 0.0, self.size.0, self.size.1);
        if crate::SYSTEMS && !view.is_whole() {
            let (zoom, moved) = (self.scale * view.zoom, view.moved);
            let (x, y) = (self.scale * moved.x, self.scale * moved.y);
            let _ = context.set_transform(zoom, 0.0, 0.0, zoom, x, y);
        }
        context.set_line_cap("round");
        context.set_line_join("round");
        context.set_text_baseline("alphabetic");
    }

    fn step(&mut self, op: &Op, picture: &Picture, palette: &Palette) {
        match *op {
            Op::Box(rect, corner, fill) => {
                self.fill_with(fill, palette);
                self.outline(rect, corner);
                self.context.fill();
            }
            Op::Frame(rect, corner, stroke) => {
                self.stroke_with(stroke, palette);
                self.outline(rect, corner);
                self.context.stroke();
            }
            Op::Path(points, stroke) => {
                self.stroke_with(stroke, palette);
                self.go(picture.points(points));
                self.context.stroke();
            }
            Op::Segments(points, stroke) => {
                self.stroke_with(stroke, palette);
                self.context.begin_path();
                for ends in picture.points(points).chunks_exact(2) {
                    self.context.move_to(ends[0].x, ends[0].y);
                    self.context.line_to(ends[1].x, ends[1].y);
                }
                self.context.stroke();
            }
            Op::Area(points, fill) => {
                self.fill_with(fill, palette);
                self.go(picture.points(points));
                self.context.fill();
            }
            Op::Curve([from, a, b, to], stroke) => {
                self.stroke_with(stroke, palette);
                self.context.begin_path();
                self.context.move_to(from.x, from.y);
                self.context.bezier_curve_to(a.x, a.y, b.x, b.y, to.x, to.y);
                self.context.stroke();
            }
            Op::Arc(center, radius, [from, to], stroke) => {
                self.stroke_with(stroke, palette);
                self.context.begin_path();
                let _ = self.context.arc(center.x, center.y, radius, angle(from), angle(to));
                self.context.stroke();
            }
            Op::Marks(batch) => {
                let (mark, points) = picture.batch(batch);
                self.marks(mark, points, palette);
            }
            Op::Text(text, point, font) => self.text(picture.text_of(text), point, font, palette),
        }
    }

    fn outline(&self, rect: Rect, corner: f64) {
        self.context.begin_path();
        // Canvases without round corners are older than the oldest browser this page runs in.
        let _ = self.context.round_rect_with_f64(rect.x, rect.y, rect.w, rect.h, corner);
    }

    fn go(&self, points: &[Point]) {
        self.context.begin_path();
        for point in points {
            self.context.line_to(point.x, point.y);
        }
    }

    fn marks(&mut self, mark: Mark, points: &[Point], palette: &Palette) {
        if mark.shape.is_outline() {
            let width = (mark.radius * 0.3).clamp(1.0, 2.0);
            let dash = Dash::Solid;
            self.stroke_with(Stroke { ink: mark.ink, width, opacity: mark.opacity, dash }, palette);
        } else {
            self.fill_with(Fill { ink: mark.ink, opacity: mark.opacity }, palette);
        }
        self.context.begin_path();
        for point in points {
            trace(&self.context, mark, *point);
        }
        if mark.shape.is_outline() {
            self.context.stroke();
        } else {
            self.context.fill();
        }
    }

    fn text(&mut self, text: &str, point: Point, font: Font, palette: &Palette) {
        self.fill_with(Fill { ink: font.ink, opacity: font.opacity }, palette);
        let style = (font.size.to_bits(), font.weight);
        if self.state.font != Some(style) {
            self.state.font = Some(style);
            let weight = match font.weight {
                Weight::Regular => 400,
                Weight::Strong => 650,
            };
            self.context.set_font(&format!("{weight} {}px {}", Decimal(font.size), self.family));
        }
        if self.state.align != Some(font.align) {
            self.state.align = Some(font.align);
            self.context.set_text_align(match font.align {
                Align::Start => "left",
                Align::Middle => "center",
                Align::End => "right",
            });
        }
        let _ = if font.room.is_finite() {
            self.context.fill_text_with_max_width(text, point.x, point.y, font.room)
        } else {
            self.context.fill_text(text, point.x, point.y)
        };
    }

    fn fill_with(&mut self, fill: Fill, palette: &Palette) {
        self.thickness(fill.opacity);
        if self.state.fill != Some(fill.ink) {
            self.state.fill = Some(fill.ink);
            self.context.set_fill_style_str(palette.of(fill.ink));
        }
    }

    fn stroke_with(&mut self, stroke: Stroke, palette: &Palette) {
        self.thickness(stroke.opacity);
        if self.state.stroke != Some(stroke.ink) {
            self.state.stroke = Some(stroke.ink);
            self.context.set_stroke_style_str(palette.of(stroke.ink));
        }
        if self.state.width != stroke.width {
            self.state.width = stroke.width;
            self.context.set_line_width(stroke.width);
        }
        if self.state.dash != Some(stroke.dash) {
            self.state.dash = Some(stroke.dash);
            let _ = self.context.set_line_dash(&lengths(stroke.dash));
        }
    }

    fn thickness(&mut self, opacity: f64) {
        if self.state.opacity != opacity {
            self.state.opacity = opacity;
            self.context.set_global_alpha(opacity);
        }
    }
}

/// Of dashes and gaps, as the canvas wants them.
fn lengths(dash: Dash) -> JsValue {
    let (on, off) = match dash {
        Dash::Solid => return js_sys::Array::new().into(),
        Dash::Dashed => (4.0, 5.0),
        Dash::Dotted => (2.0, 4.0),
    };
    js_sys::Array::of2(&on.into(), &off.into()).into()
}

/// Adds a marker's outline to the path.
fn trace(context: &CanvasRenderingContext2d, mark: Mark, Point { x, y }: Point) {
    let r = mark.radius;
    match mark.shape {
        // A circle of two pixels cannot be told from a square, which is cheaper by half.
        Shape::Circle if r < 2.2 => context.rect(x - r, y - r, 2.0 * r, 2.0 * r),
        Shape::Circle | Shape::Ring | Shape::Struck => {
            context.move_to(x + r, y);
            let _ = context.arc(x, y, r, 0.0, TAU);
            if mark.shape == Shape::Struck {
                context.move_to(x - r, y + r);
                context.line_to(x + r, y - r);
            }
        }
        Shape::Diamond => {
            let r = r * 1.2;
            corners(context, &[(x, y - r), (x + r, y), (x, y + r), (x - r, y)]);
        }
        Shape::Square => {
            let r = r * 0.9;
            context.rect(x - r, y - r, 2.0 * r, 2.0 * r);
        }
        Shape::Triangle => {
            corners(context, &[(x - r * 1.1, y - r * 0.8), (x + r * 1.1, y - r * 0.8), (x, y + r)]);
        }
        Shape::Cross => {
            let r = r * 0.75;
            context.move_to(x - r, y - r);
            context.line_to(x + r, y + r);
            context.move_to(x - r, y + r);
            context.line_to(x + r, y - r);
        }
    }
}

fn corners(context: &CanvasRenderingContext2d, points: &[(f64, f64)]) {
    let [(x, y), rest @ ..] = points else { return };
    context.move_to(*x, *y);
    for (x, y) in rest {
        context.line_to(*x, *y);
    }
    context.close_path();
}
