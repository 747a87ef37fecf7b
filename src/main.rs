//! Starts the page. Natively there is nothing to start: the library's pure modules are tested there.

// The small program has a small allocator: it takes the same few steps whatever it is asked for.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

fn main() {
    #[cfg(target_arch = "wasm32")]
    queuescope::app::start();
}
