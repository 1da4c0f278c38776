//! A command's standard streams: input from a file or standard input, the log to standard error.

use std::path::Path;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::fail::Fail;

/// The log without `RUST_LOG`. actix logs an error for each malformed request, so strangers could fill the
/// disk; these requests are counted instead.
const QUIET: &str = "warn,actix_http::h1::dispatcher=off";

/// Logs to standard error: for people, or as JSON where `FLASHTAG_LOG_JSON` is set. `RUST_LOG` sets levels, by
/// target: `info,flashtag::outbox=debug`.
pub(super) fn log_to_stderr() {
    let wanted = std::env::var("RUST_LOG").ok().filter(|wanted| !wanted.trim().is_empty());
    let (levels, unread) = match wanted.as_deref().map(str::parse::<Targets>) {
        Some(Ok(levels)) => (levels, None),
        Some(Err(error)) => (quiet(), Some(error)),
        None => (quiet(), None),
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    if std::env::var_os("FLASHTAG_LOG_JSON").is_some() {
        tracing_subscriber::registry().with(lines.json()).with(levels).init();
    } else {
        tracing_subscriber::registry().with(lines).with(levels).init();
    }
    if let Some(error) = unread {
        tracing::warn!(%error, "RUST_LOG is not understood, and ignored; write it as warn,flashtag=debug");
    }
}

fn quiet() -> Targets {
    QUIET.parse().expect("it names targets and levels")
}

/// Opens an input: a file, or standard input for `-`.
pub(super) fn open_input(path: &Path) -> Result<Box<dyn std::io::Read + Send>, Fail> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(std::io::stdin()));
    }
    let file = std::fs::File::open(path).map_err(|source| Fail::no_input(path, &source))?;
    Ok(Box::new(file))
}
