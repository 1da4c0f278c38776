//! The `flashtag` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    flashtag::cli::run()
}
