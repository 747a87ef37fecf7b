//! A table whose rows come and go.

use std::sync::Arc;

use leptos::prelude::*;

/// A row: its class, and the text of each cell.
pub(crate) struct Row {
    pub(crate) class: &'static str,
    pub(crate) cells: Vec<String>,
    /// What a click on the first cell does.
    #[cfg(feature = "systems")]
    pub(crate) open: Option<Box<dyn Fn()>>,
}

impl Row {
    /// A row of which no cell does anything.
    pub(crate) fn plain(class: &'static str, cells: Vec<String>) -> Row {
        Row {
            class,
            cells,
            #[cfg(feature = "systems")]
            open: None,
        }
    }
}

/// Rows that follow what they are made from.
pub(crate) type Rows = Arc<dyn Fn() -> Vec<Row> + Send + Sync>;

/// The names of the columns, and the rows.
#[component]
pub(crate) fn Table(columns: Vec<&'static str>, rows: Rows) -> impl IntoView {
    let column = |name| view! { <th scope="col">{name}</th> };
    let cell = |text| view! { <td>{text}</td> };
    let row = move |row: Row| {
        #[cfg(feature = "systems")]
        let mut row = row;
        #[cfg(feature = "systems")]
        let first = row.open.take().filter(|_| !row.cells.is_empty()).map(|open| {
            let text = row.cells.remove(0);
            view! {
                <td>
                    <button type="button" class="link" on:click=super::act(move |_| open())>
                        {text}
                    </button>
                </td>
            }
        });
        #[cfg(not(feature = "systems"))]
        let first = ();
        let cells: Vec<_> = row.cells.into_iter().map(cell).collect();
        view! {
            <tr class=row.class>
                {first}
                {cells}
            </tr>
        }
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
