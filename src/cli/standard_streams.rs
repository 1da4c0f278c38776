//! A command's standard streams: input from a file or standard input, the log to standard error.

use std::path::Path;

use super::fail::Fail;

/// Logs to standard error: for people, or as JSON where FLASHTAG_LOG_JSON is set. RUST_LOG filters.
pub(super) fn log_to_stderr() {
    // actix logs an error for each malformed request, so strangers could fill the disk. They are counted
    // instead.
    let quiet = || "warn,actix_http::h1::dispatcher=off".into();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| quiet());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::env::var_os("FLASHTAG_LOG_JSON").is_some() {
        log.json().init();
    } else {
        log.init();
    }
}

/// Opens an input: a file, or standard input for `-`.
pub(super) fn open_input(path: &Path) -> Result<Box<dyn std::io::Read + Send>, Fail> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(std::io::stdin()));
    }
    let file = std::fs::File::open(path).map_err(|source| Fail::no_input(path, &source))?;
    Ok(Box::new(file))
}
