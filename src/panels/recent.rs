//! The latest deliveries that have ended.

use std::time::Duration;

use leptos::prelude::*;
use queuescope_engine::metrics::{Processed, Result};

use super::desk;
use super::panel::Panel;
use crate::format;

/// The list, newest first.
#[component]
pub(crate) fn Recent() -> impl IntoView {
    let desk = desk();
    let recent = desk.read(|frame| frame.recent.clone());
    let rows = move || recent.get().into_iter().map(row).collect_view();
    let is_empty = move || recent.with(Vec::is_empty);
    view! {
        <Panel name="Recently processed" class="recent">
            <Show when=move || !is_empty() fallback=|| view! { <p class="empty">"No messages processed yet"</p> }>
                <div class="scroll" tabindex="0" role="group" aria-label="The latest 20 deliveries">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"Id"</th>
                                <th scope="col">"Waited"</th>
                                <th scope="col">"Service"</th>
                                <th scope="col">"Attempt"</th>
                                <th scope="col">"Result"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </Show>
        </Panel>
    }
}

fn row(processed: Processed) -> impl IntoView {
    let Processed { message, attempt, waited, service, result, .. } = processed;
    let (sign, word, class) = match result {
        Result::Done => ("\u{25a0}", "done", "good"),
        Result::Failed => ("\u{25b3}", "failed", "warn"),
        Result::Crashed => ("\u{25c7}", "crashed", "warn"),
        Result::Dead => ("\u{25bc}", "dead", "bad"),
    };
    let span = |nanos| format::span(Duration::from_nanos(nanos));
    view! {
        <tr>
            <td>{message.0}</td>
            <td>{span(waited)}</td>
            <td>{span(service)}</td>
            <td>{attempt}</td>
            <td class=class><span aria-hidden="true">{sign}</span>" "{word}</td>
        </tr>
    }
}
