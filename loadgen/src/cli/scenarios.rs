//! `loadgen scenarios`: lists or prints the built-in scenarios.

use std::io::Write;
use std::process::ExitCode;

use crate::error::CommandError;
use crate::scenario::{BUILT_IN, Scenario};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The one to print, as the file that it is; by default all are listed
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CommandError> {
    let mut out = String::new();
    match &args.name {
        Some(name) => {
            let found = BUILT_IN.iter().find(|(known, _)| known == name);
            let known = || BUILT_IN.map(|(known, _)| known).join(", ");
            let (_, text) = found.ok_or_else(|| {
                CommandError::usage(format!("no scenario is called {name}; there are {}", known()))
            })?;
            out.push_str(text);
        }
        None => {
            for (name, _) in BUILT_IN {
                let scenario = Scenario::find(name)?;
                out.push_str(&format!("{name:8} {}\n", scenario.title));
            }
        }
    }
    std::io::stdout().write_all(out.as_bytes()).map_err(|source| CommandError::output(&source))?;
    Ok(ExitCode::SUCCESS)
}
