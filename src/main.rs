//! Starts the page. Natively there is nothing to start: the library's pure modules are tested there.

fn main() {
    #[cfg(target_arch = "wasm32")]
    queuescope::app::start();
}
