//! The body of a table whose rows come and go.

use crate::browser::element::{Element, Shown};

/// The rows, made after a template. Rows that stay are not made anew: only what changed in them is written.
pub(crate) struct Rows {
    body: Element,
    template: &'static str,
    rows: Vec<Row>,
}

struct Row {
    element: Element,
    class: Shown,
    fields: Vec<Shown>,
}

impl Rows {
    /// No rows yet, in the body of the table in `place`.
    pub(crate) fn new(place: &Element, template: &'static str) -> Rows {
        Rows { body: place.find("tbody"), template, rows: Vec::new() }
    }

    /// From now on these are the rows: the class of each, and the texts of what is empty in the template.
    pub(crate) fn show<'a, const N: usize>(
        &mut self,
        rows: impl ExactSizeIterator<Item = (&'a str, [String; N])>,
    ) {
        for row in self.rows.drain(rows.len().min(self.rows.len())..) {
            row.element.remove();
        }
        for (index, (class, texts)) in rows.enumerate() {
            if index == self.rows.len() {
                self.rows.push(self.fresh());
            }
            let row = &mut self.rows[index];
            row.class.show(class.to_owned());
            for (field, text) in row.fields.iter_mut().zip(texts) {
                field.show(text);
            }
        }
    }

    fn fresh(&self) -> Row {
        let element = self.body.add(self.template);
        let fields = element.all(":empty").into_iter().map(Shown::text).collect();
        Row { class: Shown::attribute(element.clone(), "class"), fields, element }
    }
}
