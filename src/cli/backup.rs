//! `flashtag backup`: a copy of a data directory, of a running server or of one that is stopped.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::fail::Fail;
use super::remote::Remote;
use super::standard_streams::print;
use crate::api::backup_view::BackupView;
use crate::backups::{BackupError, Backups, Source};
use crate::clock::Clock;
use crate::config::serve::BACKUP_RETENTION;
use crate::domain::time::Millis;
use crate::journal::DataLock;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    remote: Remote,
    /// The data directory of a server that is not running; without it, a running server makes the backup
    #[arg(long, value_name = "DIR", requires = "to")]
    data: Option<PathBuf>,
    /// The directory of the backups; a running server has `backups` in its configuration
    #[arg(long, value_name = "DIR", requires = "data")]
    to: Option<PathBuf>,
    /// How long copies of the people's keys are kept there, as `backup_retention` of the configuration
    #[arg(long, value_name = "TIME", requires = "data", default_value_t = BACKUP_RETENTION)]
    retention: Millis,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let said = match (&args.data, &args.to) {
        (Some(data), Some(to)) => of_stopped(data, to, args.retention)?,
        _ => args.remote.post_and_wait("/v1/backups")?.body,
    };
    print(said)?;
    Ok(ExitCode::SUCCESS)
}

fn of_stopped(data: &Path, to: &Path, retention: Millis) -> Result<String, Fail> {
    if !data.is_dir() {
        return Err(Fail::new(66, format!("{} is no data directory", data.display())));
    }
    let _lock = DataLock::acquire(data).map_err(BackupError::from)?;
    let source = Source { data: data.to_owned(), running: None };
    let made = Backups::open(to, retention)?.make(&source, Clock::start().now())?;
    let view = BackupView {
        backup: made.path.display().to_string(),
        positions: made.positions,
        bytes: made.bytes,
        keys_removed: made.keys_removed,
    };
    Ok(serde_json::to_string(&view).expect("a view is a plain value"))
}
