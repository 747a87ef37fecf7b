//! Starts the page with every system in it. Natively there is nothing to start.

fn main() {
    #[cfg(target_arch = "wasm32")]
    queuescope::app::start();
}
