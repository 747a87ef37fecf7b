//! What the visitor chose last time. Storage is optional: a browser may refuse it, and then
//! nothing is remembered.

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// What was kept under `key`.
pub(crate) fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Keeps `value` under `key`.
pub(crate) fn set(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

/// Forgets what was kept under `key`.
pub(crate) fn remove(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(key);
    }
}

/// Whether this tab has shown the page under this fragment before, and not yet under another: it is loaded again.
#[cfg(feature = "systems")]
pub(crate) fn is_of_this_tab(fragment: &str) -> bool {
    const FRAGMENT: &str = "queuescope.fragment";
    let storage = web_sys::window().and_then(|window| window.session_storage().ok()?);
    storage.is_some_and(|storage| {
        let last = storage.get_item(FRAGMENT).ok().flatten();
        let _ = storage.set_item(FRAGMENT, fragment);
        last.as_deref() == Some(fragment)
    })
}
