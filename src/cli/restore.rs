//! `flashtag restore`: a data directory of a backup.

use std::path::PathBuf;
use std::process::ExitCode;

use super::fail::Fail;
use super::standard_streams::{print, say};
use crate::backups::{Restored, Restoring, restore};
use crate::clock::Clock;
use crate::outbox::instance_id::InstanceId;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The backup, as /backups/flashtag/2026-11-30T03-15-00.123Z
    #[arg(long, value_name = "DIR")]
    backup: PathBuf,
    /// The data directory to make, which must not exist
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// What the new directory is to be
    #[arg(long = "as", value_name = "WHAT")]
    what: What,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum What {
    /// Another shop beside the original, with an identity of its own, to look at or to try something
    Copy,
    /// The shop itself, whose data directory is lost
    Continue,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let restoring = match args.what {
        What::Copy => Restoring::Copy(InstanceId::random(rand::random())),
        What::Continue => Restoring::Continue,
    };
    let restored = restore(&args.backup, &args.to, restoring, Clock::start().now())?;
    let Restored { quarantine, instance, epoch, erased, keys_of } = &restored;
    let view = serde_json::json!({
        "data": args.to.display().to_string(),
        "as": quarantine.restored_as.name(),
        "made_at": quarantine.made_at().to_string(),
        "positions": quarantine.positions,
        "instance": instance.to_string(),
        "epoch": epoch,
        "erased": erased,
        "keys_of": keys_of.map(|at| at.to_string()),
    });
    print(view)?;
    say(&format!("not in {}: {}", args.to.display(), quarantine.missing_tail()));
    say(match args.what {
        What::Copy => {
            "nothing leaves it, to no card processor, network or mail relay, until it is opened (flashtag open)"
        }
        What::Continue => {
            "nothing leaves it until it is opened (flashtag open), which compares it with the books of the card processor first"
        }
    });
    if keys_of.is_none() {
        say("no copy of the people's keys is left: their addresses are not in it");
    }
    Ok(ExitCode::SUCCESS)
}
