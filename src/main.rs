//! The `flashtag` command.

use std::process::ExitCode;

/// Records are made on one thread and freed on another, all the time: the system's allocator makes such
/// threads wait for each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    flashtag::memory::keep();
    flashtag::cli::run()
}
