//! How true the model is: what of the real system is modeled, each rule with the cases that hold it, and what is not.

use leptos::prelude::*;
use queuescope_engine::broker::fidelity::{Feature, Fidelity};

use super::settings::source;
use crate::browser::element::Element;
use crate::desk::desk;
use crate::settings::manual;
use crate::widgets::act;

const DIALOG: &str = "fidelity";

/// The way to it.
#[component]
pub(super) fn Question() -> impl IntoView {
    let open = |_| Element::with_id(DIALOG).iter().for_each(Element::open);
    view! {
        <button type="button" class="way" on:click=act(open)>
            "How true is this?"
        </button>
    }
}

/// The answer.
#[component]
pub(crate) fn FidelityDialog() -> impl IntoView {
    let desk = desk();
    view! {
        <dialog id=DIALOG aria-labelledby="fidelity-title">
            {move || {
                let shape = desk.shape();
                let own = manual(&shape);
                let features = own.map_or(&[][..], |own| own.features);
                let rule = |feature: &Feature| {
                    let (cases, why) = match feature.state {
                        Fidelity::Modelled(cases) => (cases.join(" "), ""),
                        Fidelity::NotModelled(why) => (String::new(), why),
                    };
                    let address = own.and_then(|own| own.address(feature.source));
                    view! {
                        <li>
                            <p>{feature.what}</p>
                            <p class="facts">{why} {source(address, feature.source)} <code>{cases}</code></p>
                        </li>
                    }
                };
                let is_modeled = |feature: &&Feature| matches!(feature.state, Fidelity::Modelled(_));
                let (modeled, not): (Vec<&Feature>, Vec<&Feature>) = features.iter().partition(is_modeled);
                let summary = format!(
                    "{} rules of {} {} are modeled. Each is held by conformance cases, whose numbers stand behind it. {} are known and left out.",
                    modeled.len(), shape.terms.system, shape.version, not.len(),
                );
                view! {
                    <h2 id="fidelity-title">"How true is this?"</h2>
                    <p class="muted">{summary}</p>
                    <div class="rules" tabindex="0" role="group" aria-label="Rules">
                        <h3>"Not modeled"</h3>
                        <ul>{not.into_iter().map(rule).collect::<Vec<_>>()}</ul>
                        <h3>"Modeled"</h3>
                        <ul>{modeled.into_iter().map(rule).collect::<Vec<_>>()}</ul>
                    </div>
                }
            }}
            <form method="dialog">
                <button class="btn primary">"Close"</button>
            </form>
        </dialog>
    }
}
