//! The `loadgen` command.

use std::process::ExitCode;

/// Requests are made on one thread and freed on another, all the time, here and in the server that this may
/// become.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    flashtag::memory::keep();
    loadgen::cli::run()
}
