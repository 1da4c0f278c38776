//! `loadgen compare`: Flashtag compared with what teams use today.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::run::default_out;
use crate::clock::Clock;
use crate::compare::comparison::{ContenderResult, Plan, compare};
use crate::compare::load::Load;
use crate::compare::prefilter::{PrefilterPlan, PrefilterResult, compare_prefilters};
use crate::compare::result::Comparison;
use crate::compare::variant::{VARIANTS, Variant};
use crate::compare::workload::Workload;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::stop_signal::stop_on_signal;

/// The workloads and the prefilter comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum WorkloadName {
    /// One hot offer: 6 accounts for 10 claims, a unit for 100; winners confirm
    W1,
    /// A unit for each claim: every claim is reserved and confirmed
    W2,
    /// A firehose in X's form is prefiltered
    Sift,
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The workloads
    #[arg(long, value_enum, value_delimiter = ',', default_value = "w1,w2,sift")]
    work: Vec<WorkloadName>,
    /// Only these contenders; by default all whose server is installed
    #[arg(long, value_delimiter = ',', value_name = "ID", help = only_help())]
    only: Vec<Variant>,
    /// Claims per workload
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..=50_000_000))]
    claims: u32,
    /// Number of rounds, in each of which every contender runs every workload
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
    /// Connections, each with one request in flight
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    lines: u16,
    /// Claims per request, where the contender supports batches
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u16).range(1..=2000))]
    batch: u16,
    /// Also measure latency, at these percentages of each contender's own rate
    #[arg(long, value_delimiter = ',', value_name = "PERCENT", num_args = 0.., default_missing_value = "25,50,75",
          value_parser = clap::value_parser!(u32).range(1..=100))]
    latency: Vec<u32>,
    /// Microseconds that a request waits for more claims while latency is measured
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    gather: u64,
    /// Live tags, for sift
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    tags: u32,
    /// Posts in a thousand that contain one of the tags, for sift
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(0..=1000))]
    per_mille: u64,
    /// Seed of the claims
    #[arg(long, default_value_t = 2013)]
    seed: u64,
    /// Directory of the report and of the servers' data; by default loadgen-out/compare-<time>
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Show nothing while it runs
    #[arg(long)]
    quiet: bool,
}

fn only_help() -> String {
    let ids: Vec<_> = VARIANTS.iter().map(|variant| variant.id).collect();
    format!(
        "Only these contenders; by default all whose server is installed [possible values: {}]",
        ids.join(", ")
    )
}

/// Mebibytes of the prefilter comparison.
const SIFTED_MIB: usize = 64;

pub(super) fn run(args: &Args) -> Result<ExitCode, CommandError> {
    let out = args.out.clone().unwrap_or_else(|| default_out("compare"));
    std::fs::create_dir_all(&out).map_err(|source| CommandError::no_output(&out, &source))?;
    let began_at = Timestamp::from_millisecond(Clock::start().started_at_ms()).unwrap_or_default();
    let stop = stop_on_signal()?;
    let (variants, missing) = variants(&args.only);
    missing.iter().for_each(|words| eprintln!("left out: {words}"));
    if variants.is_empty() {
        return Err(CommandError::unavailable("no contender is left to compare"));
    }
    let screen = StatusLine::new(args.quiet);
    let rows = run_workloads(args, variants, &out, &stop, &screen)?;
    let sifting = run_prefilters(args, &out, &stop, &screen)?;
    screen.bar.finish_and_clear();
    let manner = manner(args);
    let environment = Environment {
        durability: "each as its row says".to_owned(),
        server: "all on this machine, one after the other".to_owned(),
        ..Environment::of("", Some(&out))
    };
    let comparison =
        Comparison { began_at: began_at.to_string(), manner, rows, sifting, missing, environment };
    comparison.write(&out)?;
    let broken = comparison.broken();
    let printed = print_results(&comparison, &broken, &out);
    printed.map_err(|source| CommandError::output(&source))?;
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Splits the variants into those that can run and the reasons of the others.
fn variants(only: &[Variant]) -> (Vec<Variant>, Vec<String>) {
    let wanted = if only.is_empty() { VARIANTS.to_vec() } else { only.to_vec() };
    let (here, missing): (Vec<_>, Vec<_>) =
        wanted.into_iter().partition(|variant| variant.missing().is_none());
    let mut words: Vec<String> = missing.iter().filter_map(Variant::missing).collect();
    words.dedup();
    (here, words)
}

fn run_workloads(
    args: &Args,
    variants: Vec<Variant>,
    out: &Path,
    stop: &AtomicBool,
    screen: &StatusLine,
) -> Result<Vec<ContenderResult>, CommandError> {
    let works = args.work.iter().filter_map(|work| match work {
        WorkloadName::W1 => Some(Workload::hot_offer(args.claims)),
        WorkloadName::W2 => Some(Workload::all_win(args.claims)),
        WorkloadName::Sift => None,
    });
    let load = Load {
        connections: args.lines.into(),
        batch: args.batch.into(),
        per_s: None,
        linger_us: args.gather,
    };
    let plan = Plan {
        variants,
        works: works.collect(),
        rounds: args.rounds,
        load,
        loads: args.latency.clone(),
        seed: args.seed,
    };
    compare(&plan, out, stop, |words| screen.show_step(words))
}

fn run_prefilters(
    args: &Args,
    out: &Path,
    stop: &AtomicBool,
    screen: &StatusLine,
) -> Result<Vec<PrefilterResult>, CommandError> {
    if !args.work.contains(&WorkloadName::Sift) {
        return Ok(Vec::new());
    }
    let plan = PrefilterPlan {
        tags: args.tags,
        per_mille: args.per_mille,
        bytes: SIFTED_MIB << 20,
        rounds: args.rounds,
    };
    compare_prefilters(&plan, out, stop, |words| screen.show_step(words))
}

/// Describes the method in words.
fn manner(args: &Args) -> Vec<String> {
    let Args { claims, lines, batch, rounds, tags, per_mille, gather, .. } = args;
    vec![
        format!(
            "{claims} claims in each work. W1: by six accounts for ten claims, for one unit in a hundred; winners \
             confirm. W2: every claim is reserved and then confirmed. Each claim and each confirmation is a decision."
        ),
        format!(
            "{lines} connections with one request under way on each, of {batch} claims where they travel together and \
             of one where not. {rounds} rounds, in which everybody does everything, in turn, on a new server."
        ),
        "Everybody checks the same: open, no unit held by the account, a unit left, held for fifteen minutes. Flashtag \
         besides charges cards (a sandbox that takes 3 s) and sends replies, mails and orders, for which no answer waits."
            .to_owned(),
        "Requests are written before the clock runs, and answers are read after it has stopped. Nothing is pinned to a \
         processor."
            .to_owned(),
        format!(
            "Latency counts from the instant when an operation was due, even if the connection was busy; a request waits up to {gather} \
             µs for more."
        ),
        format!("Sifting: {SIFTED_MIB} MiB of posts in X's form, of which {per_mille} in 1000 matter, and {tags} tags."),
    ]
}

fn print_results(comparison: &Comparison, broken: &[String], out: &Path) -> std::io::Result<()> {
    let mut stdout = std::io::stdout();
    write!(stdout, "{}", comparison.tables())?;
    for words in broken {
        writeln!(stdout, "BROKEN {words}")?;
    }
    if broken.is_empty() {
        writeln!(stdout, "every audit is clean: no contender oversold, undersold or sold a unit twice")?;
    }
    writeln!(stdout, "{}", out.join("compare.html").display())
}

/// The current step on standard error: a spinner on a terminal, lines elsewhere.
struct StatusLine {
    bar: ProgressBar,
    lines: bool,
}

impl StatusLine {
    fn new(quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = if quiet || !terminal { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        let style =
            ProgressStyle::with_template("{spinner} {elapsed} {msg}").expect("the template is well formed");
        bar.set_style(style);
        Self { bar, lines: !quiet && !terminal }
    }

    fn show_step(&self, words: &str) {
        self.bar.set_message(words.to_owned());
        self.bar.tick();
        if self.lines {
            eprintln!("{words}");
        }
    }
}
