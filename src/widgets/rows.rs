//! A table whose rows come and go.

use std::sync::Arc;

use leptos::prelude::*;

/// A row: its class, and the text of each cell.
pub(crate) struct Row {
    pub(crate) class: &'static str,
    pub(crate) cells: Vec<String>,
}

/// Rows that follow what they are made from.
pub(crate) type Rows = Arc<dyn Fn() -> Vec<Row> + Send + Sync>;

/// The names of the columns, and the rows.
#[component]
pub(crate) fn Table(columns: Vec<&'static str>, rows: Rows) -> impl IntoView {
    let column = |name| view! { <th scope="col">{name}</th> };
    let cell = |text| view! { <td>{text}</td> };
    let row = move |row: Row| {
        let cells: Vec<_> = row.cells.into_iter().map(cell).collect();
        view! { <tr class=row.class>{cells}</tr> }
    };
    view! {
        <table>
            <thead>
                <tr>{columns.into_iter().map(column).collect::<Vec<_>>()}</tr>
            </thead>
            <tbody>{move || rows().into_iter().map(row).collect::<Vec<_>>()}</tbody>
        </table>
    }
}
