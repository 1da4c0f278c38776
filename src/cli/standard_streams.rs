//! A command's standard streams: input from a file or standard input, the log to standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write as _};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::fail::Fail;
use crate::journal::private;

/// Levels without `RUST_LOG`. actix logs an error for each malformed request, so strangers could fill the
/// disk; these requests are counted instead.
const WARNINGS: &str = "warn,actix_http::h1::dispatcher=off";

/// The same for a command that runs for long: what changes is told as well.
const CHANGES: &str = "warn,flashtag=info,actix_http::h1::dispatcher=off";

/// Whether standard error has JSON lines alone.
static IS_JSON: AtomicBool = AtomicBool::new(false);

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// Lines for people, in colour on a terminal unless `NO_COLOR` is set
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Debug, clap::Args)]
pub(super) struct LogArgs {
    /// The form of the log on standard error [default: text, or json where FLASHTAG_LOG_JSON is set]
    #[arg(long, value_enum, value_name = "FORM")]
    log_format: Option<LogFormat>,
}

/// Writes a line of a command's result.
pub(super) fn print(result: impl Display) -> Result<(), Fail> {
    writeln!(io::stdout(), "{result}").map_err(|source| Fail::output(&source))
}

impl LogArgs {
    /// Logs what changes to a file alone: standard error is for a story.
    pub(super) fn log_changes_to(&self, path: &Path) -> Result<(), Fail> {
        let file = private::create(path).map_err(|source| Fail::io("write", path, &source))?;
        let lines = tracing_subscriber::fmt::layer().with_writer(Mutex::new(file)).with_ansi(false);
        let levels = levels(CHANGES).0;
        if self.form() == LogFormat::Json {
            tracing_subscriber::registry().with(lines.json()).with(levels).init();
        } else {
            tracing_subscriber::registry().with(lines).with(levels).init();
        }
        Ok(())
    }

    /// The form that is asked for.
    fn form(&self) -> LogFormat {
        let asked = std::env::var_os("FLASHTAG_LOG_JSON").map(|_| LogFormat::Json);
        self.log_format.or(asked).unwrap_or(LogFormat::Text)
    }

    /// Logs warnings and errors to standard error. `RUST_LOG` sets levels, by target:
    /// `info,flashtag::outbox=debug`.
    pub(super) fn log_warnings(&self) {
        self.log(WARNINGS);
    }

    /// Logs to standard error what changes, too.
    pub(super) fn log_changes(&self) {
        self.log(CHANGES);
    }

    fn log(&self, quiet: &str) {
        let (levels, unread) = levels(quiet);
        let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
        if self.form() == LogFormat::Json {
            IS_JSON.store(true, Ordering::Relaxed);
            tracing_subscriber::registry().with(lines.json()).with(levels).init();
        } else {
            let lines = lines.with_ansi(is_coloured());
            tracing_subscriber::registry().with(lines).with(levels).init();
        }
        if let Some(error) = unread {
            tracing::warn!(%error, "RUST_LOG is not understood, and ignored; write it as warn,flashtag=debug");
        }
    }
}

/// The levels of `RUST_LOG`, or `quiet`, and why the variable is not understood.
fn levels(quiet: &str) -> (Targets, Option<ParseError>) {
    let wanted = std::env::var("RUST_LOG").ok().filter(|wanted| !wanted.trim().is_empty());
    let quiet = || quiet.parse().expect("it names targets and levels");
    match wanted.as_deref().map(str::parse::<Targets>) {
        Some(Ok(levels)) => (levels, None),
        Some(Err(error)) => (quiet(), Some(error)),
        None => (quiet(), None),
    }
}

/// Whether somebody sees colours: a file or a pipe gets none.
fn is_coloured() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !refused && io::stderr().is_terminal()
}

/// Prints a line for the person who started the command. It is no event of the log; where the log is JSON, the
/// line is JSON too.
pub(super) fn say(words: &str) {
    if IS_JSON.load(Ordering::Relaxed) {
        words.lines().for_each(|line| tracing::info!("{line}"));
    } else {
        eprintln!("{words}");
    }
}

/// Says why the command failed.
pub(super) fn say_failure(fail: &Fail) {
    if IS_JSON.load(Ordering::Relaxed) {
        tracing::error!(exit_code = fail.code, "{fail}");
    } else {
        eprintln!("flashtag: {fail}");
    }
}

/// Opens an input: a file, or standard input for `-`.
pub(super) fn open_input(path: &Path) -> Result<Box<dyn io::Read + Send>, Fail> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let file = std::fs::File::open(path).map_err(|source| Fail::no_input(path, &source))?;
    Ok(Box::new(file))
}
