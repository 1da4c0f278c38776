//! `loadgen run`: plays a scenario and writes its report.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};
use jiff::Timestamp;

use crate::clock::Clock;
use crate::error::CommandError;
use crate::population::Population;
use crate::progress::{NoProgress, ProgressBars};
use crate::report::{self, Summary, headline, measured};
use crate::run::run as play;
use crate::scenario::Scenario;
use crate::self_host::{self, SelfHostedServer};
use crate::stop_signal::stop_on_signal;
use crate::summarize::summarize;
use crate::target::{Target, read_token};
use crate::threshold::Threshold;

/// A scenario, and its changes.
#[derive(Debug, clap::Args)]
pub(super) struct Scaled {
    /// A built-in scenario, or a file
    #[arg(long, default_value = "flash", value_name = "NAME|FILE")]
    scenario: String,
    /// Factor on the scenario's rate
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR")]
    rate_scale: f64,
    /// Duration in seconds; rates stay, and all durations scale alike
    #[arg(long, value_name = "SECONDS")]
    duration: Option<f64>,
    /// Seed of the crowd and its behavior
    #[arg(long)]
    seed: Option<u64>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    scaled: Scaled,
    /// Start a server for the run, and stop it afterwards
    #[arg(long, conflicts_with_all = ["url", "token_file"])]
    self_host: bool,
    /// Address of the server; `loadgen prepare` writes its files
    #[arg(long, value_name = "URL", required_unless_present = "self_host")]
    url: Option<String>,
    /// File of the server's token
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Requests in flight at once
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: Option<u16>,
    /// Directory of the report; by default loadgen-out/<scenario>-<time>
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// A condition under which the run fails, such as 'p99 > 20ms', besides those of the scenario
    #[arg(long, value_name = "EXPR")]
    fail_if: Vec<Threshold>,
    /// Show nothing while it runs
    #[arg(long)]
    quiet: bool,
}

impl Scaled {
    /// Returns the changed scenario, and the factor of its rate.
    pub(super) fn scenario(&self) -> Result<(Scenario, f64), CommandError> {
        let scenario = Scenario::find(&self.scenario)?;
        let span_s: f64 = scenario.phases.iter().map(crowd::Phase::for_s).sum();
        let length = self.duration.map_or(1.0, |duration_s| duration_s / span_s);
        if !(1e-6..=1e6).contains(&self.rate_scale) || !(1e-6..=1e6).contains(&length) {
            return Err(CommandError::usage(
                "--rate-scale and --duration must be above zero, and within reason",
            ));
        }
        let scenario = Scenario { seed: self.seed.unwrap_or(scenario.seed), ..scenario };
        Ok((scenario.scaled(self.rate_scale, length), self.rate_scale))
    }
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CommandError> {
    let (mut scenario, rate_scale) = args.scaled.scenario()?;
    if let Some(connections) = args.connections {
        scenario.sending.connections = connections.into();
    }
    scenario.fail_if.extend(args.fail_if.iter().cloned());
    let population = Population::new(&scenario).map_err(CommandError::data)?;
    let out = args.out.clone().unwrap_or_else(|| default_out(&scenario.name));
    std::fs::create_dir_all(&out).map_err(|source| CommandError::no_output(&out, &source))?;
    let stop = stop_on_signal()?;
    let summary = if args.self_host {
        self_hosted(&scenario, &population, rate_scale, &out, &stop, args.quiet)?
    } else {
        let token = args.token_file.as_deref().map(read_token).transpose()?;
        let target = Target::new(args.url.as_deref().unwrap_or_default(), token);
        perform(
            &Played { scenario: &scenario, population: &population, rate_scale, target, data: None },
            &out,
            &stop,
            args.quiet,
        )?
    };
    print_summary(&summary, &out).map_err(|source| CommandError::output(&source))?;
    Ok(if summary.passed() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Returns a directory named after this second, so that no run overwrites another.
pub(super) fn default_out(name: &str) -> PathBuf {
    let now = Timestamp::from_millisecond(Clock::start().started_at_ms()).unwrap_or_default();
    Path::new("loadgen-out").join(format!("{name}-{}", now.strftime("%Y%m%dT%H%M%SZ")))
}

/// The input of a run.
struct Played<'a> {
    scenario: &'a Scenario,
    population: &'a Population,
    rate_scale: f64,
    target: Target,
    /// The directory of the server's data, if it is one of our own.
    data: Option<&'a Path>,
}

/// Plays against a self-hosted server with its data beside the report, on the same disk.
fn self_hosted(
    scenario: &Scenario,
    population: &Population,
    rate_scale: f64,
    out: &Path,
    stop: &AtomicBool,
    quiet: bool,
) -> Result<Summary, CommandError> {
    let directory = tempfile::Builder::new().prefix("server-").tempdir_in(out);
    let directory = directory.map_err(|source| CommandError::no_output(out, &source))?;
    let config = self_host::prepare(scenario, population, directory.path(), "127.0.0.1:0")?;
    let host = SelfHostedServer::start(&config)?;
    let target = Target::new(host.base(), None);
    let played = Played { scenario, population, rate_scale, target, data: Some(directory.path()) };
    let summary = perform(&played, out, stop, quiet)?;
    host.stop();
    Ok(summary)
}

/// Plays, audits, and writes the report.
fn perform(played: &Played<'_>, out: &Path, stop: &AtomicBool, quiet: bool) -> Result<Summary, CommandError> {
    let Played { scenario, population, target, .. } = played;
    let mut screen = ProgressBars::default();
    let finished = if quiet {
        play(scenario, population, target, stop, &mut NoProgress)
    } else {
        eprintln!("{}; against {}", scenario.title, target.base());
        play(scenario, population, target, stop, &mut screen)
    };
    screen.clear();
    let finished = finished?;
    let mut summary = summarize(scenario, population, target, &finished, played.data)?;
    summary.rate_scale = played.rate_scale;
    summary.judge(&scenario.fail_if);
    report::write(&summary, &finished.record, out)?;
    Ok(summary)
}

/// Prints the result on standard output.
fn print_summary(summary: &Summary, out: &Path) -> std::io::Result<()> {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    for (name, value) in headline(summary) {
        table.add_row([name.to_owned(), value]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{table}")?;
    for check in &summary.audit {
        let mark = if check.held { "held  " } else { "BROKEN" };
        writeln!(stdout, "{mark} {}\n       {}", check.promise, check.detail)?;
    }
    for verdict in &summary.thresholds {
        let mark = if verdict.crossed { "FAILED" } else { "kept  " };
        writeln!(stdout, "{mark} fail if {}: {}", verdict.fail_if, measured(verdict))?;
    }
    if let Some(failure) = &summary.failure {
        writeln!(stdout, "the first failed request: {failure}")?;
    }
    writeln!(stdout, "{}", out.join("report.html").display())
}
